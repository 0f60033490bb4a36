package accounts_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store/memory"
)

// TestCodeOutlivesARefusal tries a code on a device that was revoked: it is still
// good on another, and until then the password is.
func TestCodeOutlivesARefusal(t *testing.T) {
	d, token := signIn(t)
	a, in := d.s.Accounts, accounts.Installation{Name: "Máy mẫu", Platform: "web"}
	id, _, _ := strings.Cut(token, ".")
	session, err := a.Sessions.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	revoked, user := session.Value.Device, session.Value.User
	_, err = a.Devices.Update(t.Context(), string(revoked), func(d *accounts.Device) error {
		d.Revoked = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Users.Update(t.Context(), string(user), func(u *accounts.User) error {
		u.PasswordHash = "x"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	code, _, err := a.Enrol(t.Context(), rand.Reader, d.now, user)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.s.StartByCode(t.Context(), code, revoked, in); !errors.Is(err, accounts.ErrRevoked) {
		t.Fatalf("on a revoked device: %v", err)
	}
	if u, err := a.Users.Get(t.Context(), string(user)); err != nil || u.Value.PasswordHash != "x" {
		t.Errorf("after the refusal the account has no password: %+v, %v", u.Value, err)
	}
	if _, _, err := d.s.StartByCode(t.Context(), code, "", in); err != nil {
		t.Errorf("on another device: %v", err)
	}
	if _, _, err := d.s.StartByCode(t.Context(), code, "", in); !errors.Is(err, accounts.ErrEnrolment) {
		t.Errorf("once more: %v", err)
	}
}

// TestUsedCodeCannotBeDeleted lets the person in all the same, once.
func TestUsedCodeCannotBeDeleted(t *testing.T) {
	db, now := memory.New(), time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	a := accounts.New(db)
	s := &accounts.Sessions{Accounts: a, Directory: accounts.NewDirectory(a, clock), Now: clock, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)}
	user, err := a.AddUser(t.Context(), rand.Reader, now, accounts.NewUser{Username: "nguoi.mau", NoPassword: true, Name: "Người mẫu", Role: form.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	enrol := func() string {
		t.Helper()
		code, _, err := a.Enrol(t.Context(), rand.Reader, now, user.ID)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	start := func(code string, want error) {
		t.Helper()
		if _, _, err := s.StartByCode(t.Context(), code, "", accounts.Installation{Name: "Máy mẫu"}); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	first := enrol()
	db.SetFaults(func(op, _ string) memory.Fault {
		if op == memory.OpDelete {
			return memory.Unapplied
		}
		return memory.None
	})
	second := enrol()
	start(first, accounts.ErrEnrolment)
	start(second, nil)
	start(second, accounts.ErrEnrolment)
}
