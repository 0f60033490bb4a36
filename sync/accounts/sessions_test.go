package accounts_test

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

// desk is where a person has signed in.
type desk struct {
	t   *testing.T
	now time.Time
	s   *accounts.Sessions
}

func signIn(t *testing.T) (*desk, string) {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return d.now }
	a := accounts.New(memory.New())
	d.s = &accounts.Sessions{Accounts: a, Directory: accounts.NewDirectory(a, clock), Now: clock, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)}
	user, err := a.AddUser(t.Context(), rand.Reader, d.now, accounts.NewUser{Username: "nguoi.mau", NoPassword: true, Name: "Người mẫu", Role: form.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := d.s.Start(t.Context(), user, "", accounts.Installation{Name: "Máy mẫu", Platform: "web"})
	if err != nil {
		t.Fatal(err)
	}
	return d, token
}

// renew refreshes a session, and wants an error.
func (d *desk) renew(token string, want error) string {
	d.t.Helper()
	_, next, err := d.s.Refresh(d.t.Context(), token, "")
	if !errors.Is(err, want) {
		d.t.Fatalf("%v, want %v", err, want)
	}
	return next
}

// A refresh token that somebody made up of a session's id ends nothing.
func TestForgedRefreshEndsNothing(t *testing.T) {
	d, token := signIn(t)
	session, _, _ := strings.Cut(token, ".")
	d.renew(session+"."+base64.RawURLEncoding.EncodeToString(make([]byte, 32)), accounts.ErrToken)
	d.renew(token, nil)
}

// All successors of a token are good until one is used, however long ago the answers
// were lost; a token that was spent before ends the session.
func TestSuccessorsAreGoodUntilOneIsUsed(t *testing.T) {
	d, first := signIn(t)
	lost := d.renew(first, nil)
	d.now = d.now.Add(48 * time.Hour)
	d.renew(first, nil)
	second := d.renew(lost, nil)
	third := d.renew(second, nil)
	d.renew(third, nil)
	d.renew(first, accounts.ErrEnded)
	d.renew(third, accounts.ErrEnded)
}

// Only the latest refresh token of a device proves that somebody is that device, also
// after its session has ended: not its id, not one that was spent, and not another
// device's.
func TestProofIsOfTheDevice(t *testing.T) {
	d, first := signIn(t)
	proves := func(token string, device ledger.DeviceID, want bool) {
		t.Helper()
		if ok, err := d.s.Proves(t.Context(), token, device); ok != want || err != nil {
			t.Errorf("proves: %t, %v; want %t", ok, err, want)
		}
	}
	principal, second, err := d.s.Refresh(t.Context(), first, "")
	if err != nil {
		t.Fatal(err)
	}
	device := principal.Device.ID
	proves(first, device, true) // the answer to it may have been lost
	third := d.renew(second, nil)
	proves(first, device, false)
	proves(third, device, true)
	proves(third, "d_other", false)
	session, _, _ := strings.Cut(third, ".")
	proves(session+"."+base64.RawURLEncoding.EncodeToString(make([]byte, 32)), device, false)
	proves(string(device), device, false)
	if err := d.s.End(t.Context(), principal.Session.ID); err != nil {
		t.Fatal(err)
	}
	proves(third, device, true)
}
