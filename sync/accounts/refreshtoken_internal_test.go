package accounts

import "testing"

// FuzzRefreshToken reads whatever can stand in the place of a refresh token.
func FuzzRefreshToken(f *testing.F) {
	f.Add("s_jn1x7qOVOpSIa2bhQmUvMw.f0gWt5TvLqkDfnWVnDw1HTaPpDXnfcJ4tFogPpsYM0o")
	f.Fuzz(func(t *testing.T, token string) {
		if _, secret, err := parseRefreshToken(token); (err == nil) != (len(secret) == 32) {
			t.Fatalf("%q: %v, %v", token, secret, err)
		}
	})
}
