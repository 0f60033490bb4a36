package accounts_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

// TestCorrect: what a server stored with its clock a year ahead ends as late as what
// is made now, and nothing else is changed.
func TestCorrect(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	a := accounts.New(memory.New())
	for name, ahead := range map[string]time.Duration{"right": 0, "skewed": time.Minute, "ahead": 365 * day} {
		at := now.Add(ahead)
		session := accounts.Session{ID: name, Created: ledger.MillisOf(at), Expires: ledger.MillisOf(at.Add(90 * day))}
		if _, err := a.Sessions.Add(t.Context(), name, session); err != nil {
			t.Fatal(err)
		}
		user, err := a.AddUser(t.Context(), rand.Reader, at, accounts.NewUser{Username: name, NoPassword: true, Name: "Người mẫu", Role: form.RoleAdmin})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := a.Enrol(t.Context(), rand.Reader, at, user.ID); err != nil {
			t.Fatal(err)
		}
		_, err = a.Users.Update(t.Context(), string(user.ID), func(u *accounts.User) error {
			u.Former = []accounts.FormerUnit{{Unit: "21124-01-20250701", Until: ledger.MillisOf(at.Add(30 * day))}}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Correct(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	late := func(what string, end ledger.Millis, life time.Duration) (skewed int) {
		switch over := end.Time().Sub(now) - life; over {
		case 0:
		case time.Minute:
			return 1
		default:
			t.Errorf("%s ends %s too late", what, over)
		}
		return 0
	}
	skewed := 0
	sessions, err := a.Sessions.All(t.Context())
	if err != nil || len(sessions) != 3 {
		t.Fatalf("%d sessions, %v", len(sessions), err)
	}
	for _, s := range sessions {
		skewed += late("the session", s.Value.Expires, 90*day)
		if s.Value.Created > ledger.MillisOf(now.Add(time.Minute)) {
			t.Errorf("a session was made at %s", s.Value.Created.Time())
		}
	}
	codes, err := a.Enrolments.All(t.Context())
	if err != nil || len(codes) != 3 {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	for _, c := range codes {
		skewed += late("the code", c.Value.Expires, day)
	}
	users, err := a.Users.All(t.Context())
	if err != nil || len(users) != 3 {
		t.Fatalf("%d accounts, %v", len(users), err)
	}
	for _, u := range users {
		skewed += late("leaving", u.Value.Former[0].Until, 30*day)
	}
	if skewed != 3 {
		t.Errorf("%d ends of the server whose clock differs a little were kept, want 3", skewed)
	}
}
