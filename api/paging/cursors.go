// Package paging lists in pages: cursors, scans of tables, lists in memory.
package paging

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/sothon/sothon/api/problem"
)

// DefaultLimit is how many items a list's page holds unless asked.
const DefaultLimit = 50

// maxCursor is how many characters of a cursor are read: as many as the
// contract allows.
const maxCursor = 1024

// Encode makes the opaque "next" of a list out of where its page ended.
// A cursor is no secret and proves nothing: who follows one is held to their
// reach as on the first page.
func Encode(at any) string {
	text, err := json.Marshal(at)
	if err != nil {
		panic(fmt.Sprintf("a cursor of type %T: %v", at, err)) // cursors are plain structs
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// Decode reads what [Encode] made. An empty cursor is the first page
// and leaves at alone.
func Decode(cursor string, at any) error {
	if cursor == "" {
		return nil
	}
	if len(cursor) > maxCursor {
		return problem.Malformed("the cursor is too long", nil)
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return problem.Malformed("the cursor is not one of this list", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(at); err != nil {
		return problem.Malformed("the cursor is not one of this list", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return problem.Malformed("the cursor is not one of this list", err)
	}
	return nil
}
