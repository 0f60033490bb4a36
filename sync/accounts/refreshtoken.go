package accounts

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
)

// A refresh token is the session's id, a dot, and a secret in base64url: 16
// random bytes, and the first 16 of their HMAC-SHA256 under the session's key.
const (
	refreshKeyBytes    = 32
	refreshRandomBytes = 16
	refreshSecretBytes = 32
)

type refreshSecret []byte

func (r refreshSecret) hash() []byte {
	sum := sha256.Sum256(r)
	return sum[:]
}

// isMarked reports whether the secret was made with a key.
func (r refreshSecret) isMarked(key []byte) bool {
	return len(key) > 0 && hmac.Equal(r[refreshRandomBytes:], mark(key, r[:refreshRandomBytes]))
}

func mark(key, random []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(random)
	return m.Sum(nil)[:refreshSecretBytes-refreshRandomBytes]
}

// refreshToken makes a token of a session, and the hash that it is known by.
func (s *Sessions) refreshToken(session string, key []byte) (token string, hash []byte, err error) {
	random, err := RandomBytes(s.Random, refreshRandomBytes)
	if err != nil {
		return "", nil, err
	}
	secret := append(refreshSecret(random), mark(key, random)...)
	return session + "." + base64.RawURLEncoding.EncodeToString(secret), secret.hash(), nil
}

func parseRefreshToken(token string) (session string, secret refreshSecret, err error) {
	session, text, ok := strings.Cut(token, ".")
	secret, err = base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(secret) != refreshSecretBytes {
		return "", nil, fmt.Errorf("%w: not a refresh token", ErrToken)
	}
	return session, secret, nil
}

// standing is what a session knows of a refresh token.
type standing int

const (
	unknown  standing = iota // it never had it
	inForce                  // one of Current
	repeated                 // the one before, of whose successors none was used
	spent                    // an earlier one
)

func (s *Session) standingOf(secret refreshSecret) standing {
	hash := secret.hash()
	switch {
	case isOneOf(s.Current, hash):
		return inForce
	case isOneOf([][]byte{s.Previous}, hash):
		return repeated
	case secret.isMarked(s.Key):
		return spent
	}
	return unknown
}

// isOneOf compares in constant time, so that it gives nothing away.
func isOneOf(hashes [][]byte, hash []byte) bool {
	found := 0
	for _, h := range hashes {
		found |= subtle.ConstantTimeCompare(h, hash)
	}
	return found == 1
}
