package keys

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

// fuzzKeys opens a keyring, and one more with its own keys.
func fuzzKeys(f *testing.F, seed byte) *Keyring {
	f.Helper()
	now := func() time.Time { return time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC) }
	k, err := Open(f.Context(), Options{
		Documents: memory.New(), Now: now, Random: rand.NewChaCha8([32]byte{seed, 1}), Issuer: "sothon.example.vn", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		f.Fatal(err)
	}
	return k
}

// FuzzToken: nothing but what the server signed is taken for an access token.
func FuzzToken(f *testing.F) {
	k, other := fuzzKeys(f, 1), fuzzKeys(f, 2)
	principal := &accounts.Principal{User: accounts.User{ID: "u_1", Role: ledger.RoleCollector}, Session: accounts.Session{ID: "s_1", Device: "d_1", Epoch: 1}}
	good, _, err := k.Issue(f.Context(), principal)
	if err != nil {
		f.Fatal(err)
	}
	strange, _, err := other.Issue(f.Context(), principal)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(strange)
	f.Add("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := k.Verify(t.Context(), token)
		if (err == nil) != (token == good) {
			t.Fatalf("%q: %+v, %v", token, c, err)
		}
	})
}

// FuzzReceipt: nothing but what the server signed verifies as a note of it.
func FuzzReceipt(f *testing.F) {
	k := fuzzKeys(f, 1)
	good, err := k.SignNote("sothon.example.vn/head/21133-01-20040101\n1\nAAAA\nlog L\n")
	if err != nil {
		f.Fatal(err)
	}
	verifier, err := note.NewVerifier(k.Verifier)
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
