package keys

import (
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

// Keys that a clock a year ahead has made keep nobody from signing, and the keys
// go on rotating.
func TestKeysOfAClockAhead(t *testing.T) {
	for name, c := range map[string]struct {
		before bool          // there was a key before
		ran    time.Duration // with the clock ahead
	}{
		"the first start":     {false, time.Minute},
		"for a minute":        {true, time.Minute},
		"for more than a day": {true, 26 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			db, now := memory.New(), time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
			open := func() *Keyring {
				k, err := Open(t.Context(), Options{Documents: db, Now: func() time.Time { return now }, Random: rand.NewChaCha8([32]byte{1}), Issuer: "sothon.example.vn", Log: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Fatal(err)
				}
				return k
			}
			principal := &accounts.Principal{User: accounts.User{ID: "u_1", Role: ledger.RoleCollector}, Session: accounts.Session{ID: "s_1", Device: "d_1", Epoch: 1}}
			if c.before {
				open()
			}
			right := now
			now = now.Add(365 * 24 * time.Hour)
			open()
			now = now.Add(c.ran)
			open()
			now = right.Add(c.ran)
			k := open()
			if _, _, err := k.Issue(t.Context(), principal); err != nil {
				t.Fatalf("nobody can sign in: %v", err)
			}
			before := k.keys[len(k.keys)-1].Kid
			now = now.Add(100 * 24 * time.Hour)
			if _, _, err := k.Issue(t.Context(), principal); err != nil {
				t.Fatal(err)
			}
			now = now.Add(25 * time.Hour)
			if _, _, err := k.Issue(t.Context(), principal); err != nil {
				t.Fatal(err)
			}
			now = now.Add(2 * time.Hour)
			key, err := k.signer(t.Context())
			if err != nil || now.Sub(key.SignsFrom.Time()) > signsFor {
				t.Errorf("signed by a key of %s (%v), the newest was %s", key.SignsFrom, err, before)
			}
		})
	}
}

// TestTokensOfAServerAhead: a token of a server whose clock is less than a minute ahead is
// taken, and beyond that none.
func TestTokensOfAServerAhead(t *testing.T) {
	db, now := memory.New(), time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	open := func(ahead time.Duration) *Keyring {
		k, err := Open(t.Context(), Options{
			Documents: db, Now: func() time.Time { return now.Add(ahead) }, Random: rand.NewChaCha8([32]byte{1}), Issuer: "sothon.example.vn", Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	principal := &accounts.Principal{User: accounts.User{ID: "u_1", Role: ledger.RoleCollector}, Session: accounts.Session{ID: "s_1", Device: "d_1", Epoch: 1}}
	here := open(0)
	for ahead, taken := range map[time.Duration]bool{0: true, 50 * time.Second: true, 2 * time.Minute: false} {
		token, _, err := open(ahead).Issue(t.Context(), principal)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := here.Verify(t.Context(), token); taken != (err == nil) {
			t.Errorf("%s ahead: %v", ahead, err)
		}
	}
}
