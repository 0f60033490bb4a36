package api

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// FuzzBody decompresses and reads whatever a client may send: a problem, or a
// body within the limit.
func FuzzBody(f *testing.F) {
	const limit = 4 << 10
	f.Add("gzip", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xaa\xae\x05\x04\x00\x00\xff\xff\x43\xbf\xa6\xa3\x02\x00\x00\x00"))
	f.Add("zstd", []byte("\x28\xb5\x2f\xfd\x04\x00\x11\x00\x00{}\x2c\x8c\x45\x5b"))
	f.Add("", []byte(`{"username":"x","username":"y"}`))
	f.Fuzz(func(t *testing.T, encoding string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Content-Encoding", encoding)
		if err := decodeBody(r, limit); err != nil {
			var problem *failure
			if !errors.As(err, &problem) || problem.Status >= 500 {
				t.Fatalf("%q of %q: %v", encoding, body, err)
			}
			return
		}
		plain, err := io.ReadAll(r.Body)
		if err != nil || len(plain) > limit {
			t.Fatalf("%q of %q: %d bytes, %v", encoding, body, len(plain), err)
		}
	})
}

// FuzzCursor reads whatever can stand in a list's cursor.
func FuzzCursor(f *testing.F) {
	f.Add(encodeCursor(position{Sort: store.SortName, Text: []byte{0xff, 0}, Unit: "21133-01-20040101", Record: ledger.RecordID{1}.String()}))
	f.Add("e30")
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, other := range []any{&moment{}, &place{}, &afterID{}, &pairs{}} {
			if err := decodeCursor(cursor, other); err == nil && cursor != "" && len(encodeCursor(other)) <= maxCursor {
				if err := decodeCursor(encodeCursor(other), other); err != nil {
					t.Fatalf("%q reads as %+v, and that cannot be read: %v", cursor, other, err)
				}
			}
		}
		var p position
		if err := decodeCursor(cursor, &p); err != nil || cursor == "" {
			return
		}
		var again position
		if err := decodeCursor(encodeCursor(p), &again); err != nil && len(encodeCursor(p)) <= maxCursor {
			t.Fatalf("%q reads as %+v, and that cannot be read: %v", cursor, p, err)
		}
	})
}

// fuzzKeys opens a keyring, and one more with keys of its own.
func fuzzKeys(f *testing.F, seed byte) *keyring {
	f.Helper()
	now := func() time.Time { return time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC) }
	s := store.New(memory.New(), store.Options{Now: now, Random: rand.NewChaCha8([32]byte{seed}), Location: time.UTC})
	k, err := openKeyring(f.Context(), Config{
		Store: s, Now: now, Random: rand.NewChaCha8([32]byte{seed, 1}), Issuer: "sothon.example.vn", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		f.Fatal(err)
	}
	return k
}

// FuzzToken: nothing but what the server signed is taken for an access token.
func FuzzToken(f *testing.F) {
	k, other := fuzzKeys(f, 1), fuzzKeys(f, 2)
	user, session := store.User{ID: "u_1", Role: ledger.RoleCollector}, store.Session{ID: "s_1", Device: "d_1", Epoch: 1}
	good, _, err := k.issue(f.Context(), user, session)
	if err != nil {
		f.Fatal(err)
	}
	strange, _, err := other.issue(f.Context(), user, session)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(strange)
	f.Add("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := k.verify(t.Context(), token)
		if (err == nil) != (token == good) {
			t.Fatalf("%q: %+v, %v", token, c, err)
		}
	})
}

// FuzzRefreshToken reads whatever can stand in the place of a refresh token.
func FuzzRefreshToken(f *testing.F) {
	f.Add("s_jn1x7qOVOpSIa2bhQmUvMw.f0gWt5TvLqkDfnWVnDw1HTaPpDXnfcJ4tFogPpsYM0o")
	f.Fuzz(func(t *testing.T, token string) {
		if _, hash, err := parseRefreshToken(token); (err == nil) != (len(hash) == 32) {
			t.Fatalf("%q: %v, %v", token, hash, err)
		}
	})
}

// FuzzReceipt: nothing but what the server signed verifies as a note of it.
func FuzzReceipt(f *testing.F) {
	k := fuzzKeys(f, 1)
	good, err := k.note("sothon.example.vn/head/21133-01-20040101\n1\nAAAA\nlog L\n")
	if err != nil {
		f.Fatal(err)
	}
	verifier, err := note.NewVerifier(k.verifier)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := note.Open(text, note.VerifierList(verifier))
		if err == nil && !bytes.HasPrefix([]byte(good), []byte(n.Text)) {
			t.Fatalf("%q verifies", text)
		}
	})
}
