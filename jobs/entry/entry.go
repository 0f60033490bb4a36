// Package entry is what the parts of the office take from a person: who it is,
// and what is wrong with what they said.
package entry

import (
	"encoding/base32"
	"fmt"
	"io"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// Actor is a person, or a scheduled task, that does something.
type Actor struct {
	User ledger.UserID `json:"user"` // "" where the clock did it
	Name string        `json:"name"`
}

// Invalid says that a field cannot be accepted.
type Invalid struct {
	Field   string // of the request
	Message string // Vietnamese
}

func (e *Invalid) Error() string { return e.Field + ": " + e.Message }

// NewID draws an id of a-z and 2-7 that nobody guesses.
func NewID(random io.Reader, prefix string) (string, error) {
	var b [15]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw an id: %w", err)
	}
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(b[:])), nil
}
