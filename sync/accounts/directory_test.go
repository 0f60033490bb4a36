package accounts_test

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// counted counts the lists of units that are read.
type counted struct {
	store.Documents
	lists atomic.Int32
	gate  chan struct{}
}

func (c *counted) List(ctx context.Context, collection, prefix, after string, limit int) ([]store.Document, error) {
	if collection == "units" {
		c.lists.Add(1)
		<-c.gate
	}
	return c.Documents.List(ctx, collection, prefix, after, limit)
}

// TestDirectoryIsReadOnce asks for the tree of units from many requests at
// once: one of them reads it.
func TestDirectoryIsReadOnce(t *testing.T) {
	db := &counted{Documents: memory.New(), gate: make(chan struct{})}
	tables := accounts.New(db.Documents)
	for _, code := range []string{"21133", "21134"} {
		if _, err := tables.AddUnit(t.Context(), accounts.Unit{Code: code, Name: "Xã mẫu", Level: accounts.Commune, ValidFrom: "2004-01-01"}); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	directory := accounts.NewDirectory(accounts.New(db), func() time.Time { return now })
	gone, leave := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 50 {
		ctx := t.Context()
		if i%2 == 0 {
			ctx = gone
		}
		wg.Go(func() {
			if tree, err := directory.Tree(ctx); ctx != gone && (err != nil || len(tree.All()) != 2) {
				t.Errorf("%v", err)
			}
		})
	}
	for db.lists.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond) // the others ask meanwhile
	leave()                           // a caller that gives up does not end the read of the others
	close(db.gate)
	wg.Wait()
	if n := db.lists.Load(); n != 1 {
		t.Errorf("%d requests read the units", n)
	}
	directory.ForgetTree()
	if _, err := directory.Tree(t.Context()); err != nil || db.lists.Load() != 2 {
		t.Errorf("after a change: %v, %d reads", err, db.lists.Load())
	}
}

// TestChangesOfOtherServersAreSeen within three seconds: until then what was read
// stands.
func TestChangesOfOtherServersAreSeen(t *testing.T) {
	db := memory.New()
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	here, elsewhere := accounts.New(db), accounts.New(db)
	directory := accounts.NewDirectory(here, func() time.Time { return now })
	user, err := here.AddUser(t.Context(), rand.Reader, now, accounts.NewUser{Username: "nguoi.mau", NoPassword: true, Name: "Người mẫu", Role: form.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	disabled := func() bool {
		t.Helper()
		seen, err := directory.Users.Get(t.Context(), string(user.ID))
		if err != nil {
			t.Fatal(err)
		}
		return seen.Value.Disabled
	}
	if disabled() {
		t.Error("disabled from the beginning")
	}
	if _, err := elsewhere.Users.Update(t.Context(), string(user.ID), func(u *accounts.User) error {
		u.Disabled = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if now = now.Add(3 * time.Second); !disabled() {
		t.Error("after three seconds the account is still in force")
	}
}
