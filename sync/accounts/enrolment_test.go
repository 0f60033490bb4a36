package accounts_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
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

// withoutPassword has one person, who has no password.
func withoutPassword(t *testing.T) (*memory.DB, *accounts.Sessions, accounts.User) {
	t.Helper()
	db, now := memory.New(), time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	a := accounts.New(db)
	user, err := a.AddUser(t.Context(), rand.Reader, now, accounts.NewUser{Username: "nguoi.mau", NoPassword: true, Name: "Người mẫu", Role: form.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	return db, &accounts.Sessions{Accounts: a, Directory: accounts.NewDirectory(a, clock), Now: clock, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)}, user
}

// TestUsedCodeCannotBeDeleted lets the person in all the same, once.
func TestUsedCodeCannotBeDeleted(t *testing.T) {
	db, s, user := withoutPassword(t)
	a := s.Accounts
	enrol := func() string {
		t.Helper()
		code, _, err := a.Enrol(t.Context(), rand.Reader, s.Now(), user.ID)
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

// TestCodeOutlivesAFailure: where the database fails before the person is in, their
// code and their password stay good; and of two who use one code at once, one is
// let in.
func TestCodeOutlivesAFailure(t *testing.T) {
	db, s, user := withoutPassword(t)
	a := s.Accounts
	if _, err := a.Users.Update(t.Context(), string(user.ID), func(u *accounts.User) error { u.PasswordHash = "x"; return nil }); err != nil {
		t.Fatal(err)
	}
	code, _, err := a.Enrol(t.Context(), rand.Reader, s.Now(), user.ID)
	if err != nil {
		t.Fatal(err)
	}
	start := func() (accounts.Principal, error) {
		p, _, err := s.StartByCode(t.Context(), code, "", accounts.Installation{Name: "Máy mẫu"})
		return p, err
	}
	for _, step := range []string{memory.OpAdd + " devices/", memory.OpAdd + " sessions/", memory.OpReplace + " users/"} {
		failed := false
		db.SetFaults(func(op, name string) memory.Fault {
			if strings.HasPrefix(op+" "+name, step) {
				failed = true
				return memory.Unapplied
			}
			return memory.None
		})
		if _, err := start(); !errors.Is(err, memory.ErrFault) || !failed {
			t.Errorf("%s fails: %v", step, err)
		}
		u, err := a.Users.Get(t.Context(), string(user.ID))
		if err != nil || u.Value.PasswordHash != "x" {
			t.Errorf("%s failed, and the account has no password: %+v, %v", step, u.Value, err)
		}
		sessions, err := a.Sessions.All(t.Context())
		if err != nil || slices.ContainsFunc(sessions, func(s store.Stored[accounts.Session]) bool { return !s.Value.Ended }) {
			t.Errorf("%s failed, and a session is open: %+v, %v", step, sessions, err)
		}
	}

	// Another sign-in by the same code, between this one's session and its end.
	var other accounts.Principal
	var met error
	db.SetFaults(func(op, name string) memory.Fault {
		if op == memory.OpAdd && strings.HasPrefix(name, "sessions/") {
			db.SetFaults(nil)
			other, met = start()
		}
		return memory.None
	})
	if _, err := start(); !errors.Is(err, accounts.ErrEnrolment) || met != nil {
		t.Errorf("two at once: %v, and %v", err, met)
	}
	if !other.User.MustChange || other.User.PasswordHash != "" {
		t.Errorf("let in as %+v", other.User)
	}
	open := 0
	sessions, err := a.Sessions.All(t.Context())
	for _, s := range sessions {
		if !s.Value.Ended {
			open++
		}
	}
	if err != nil || open != 1 {
		t.Errorf("%d sessions are open, %v", open, err)
	}
}
