package accounts

import (
	"encoding/base64"
	"fmt"
	"io"
)

// NewID makes an identity that nobody can guess: the prefix, as "d_", and 22
// characters (128 bits).
func NewID(random io.Reader, prefix string) (string, error) {
	b, err := RandomBytes(random, 16)
	return prefix + base64.RawURLEncoding.EncodeToString(b), err
}

// RandomBytes reads n bytes of randomness.
func RandomBytes(random io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	return b, nil
}
