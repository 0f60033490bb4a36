package api

import (
	"encoding/base64"
	"fmt"
	"io"
)

// newID makes an identity that nobody can guess, as "d_" and 22 characters.
func newID(random io.Reader, prefix string) (string, error) {
	b, err := randomBytes(random, 16)
	return prefix + base64.RawURLEncoding.EncodeToString(b), err
}

func randomBytes(random io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	return b, nil
}
