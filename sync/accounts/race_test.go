package accounts_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// racing runs something once, just before a document is replaced: another
// server is quicker.
type racing struct {
	store.Documents
	other func()
}

func (r *racing) Replace(ctx context.Context, collection string, d store.Document) error {
	if other := r.other; other != nil {
		r.other = nil
		other()
	}
	return r.Documents.Replace(ctx, collection, d)
}

func refusedAs(err error, code accounts.Code) bool {
	refused, ok := errors.AsType[*accounts.Error](err)
	return ok && refused.Code == code
}

// TestTwoAdminsDisableEachOther on two servers at once: one of them is left.
func TestTwoAdminsDisableEachOther(t *testing.T) {
	db := memory.New()
	first := accounts.New(db)
	raced := &racing{Documents: db}
	second := accounts.New(raced)
	var ids []string
	for _, name := range []string{"admin1", "admin2"} {
		u, err := first.AddUser(t.Context(), rand.Reader, time.Now(), accounts.NewUser{Username: name, NoPassword: true, Name: "Người mẫu", Role: form.RoleAdmin})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, string(u.ID))
	}
	disable := func(a accounts.Accounts, id string) error {
		stored, err := a.Users.Get(t.Context(), id)
		if err != nil {
			return err
		}
		before := stored.Value
		stored.Value.Disabled = true
		_, err = a.ReplaceUser(t.Context(), stored, before)
		return err
	}
	var quicker error
	raced.other = func() { quicker = disable(first, ids[0]) }
	if err := disable(second, ids[1]); !refusedAs(err, accounts.CodeLastAdmin) || quicker != nil {
		t.Errorf("the quicker: %v, the other: %v", quicker, err)
	}
	if err := disable(first, ids[1]); !refusedAs(err, accounts.CodeLastAdmin) {
		t.Errorf("the last admin goes: %v", err)
	}
	left := 0
	for _, id := range ids {
		if u, err := first.Users.Get(t.Context(), id); err == nil && !u.Value.Disabled {
			left++
		}
	}
	if left != 1 {
		t.Errorf("%d admins are left", left)
	}
}

// TestTwoUnitsSucceedEachOther on two servers at once: one of them does not.
func TestTwoUnitsSucceedEachOther(t *testing.T) {
	db := memory.New()
	first := accounts.New(db)
	raced := &racing{Documents: db}
	second := accounts.New(raced)
	var ids []ledger.UnitID
	for _, code := range []string{"21133", "21134"} {
		u, err := first.AddUnit(t.Context(), accounts.Unit{Code: code, Name: "Xã mẫu", Level: accounts.Commune, ValidFrom: "2004-01-01"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, u.ID)
	}
	succeed := func(a accounts.Accounts, unit, by ledger.UnitID) error {
		stored, err := a.Units.Get(t.Context(), string(unit))
		if err != nil {
			return err
		}
		before := stored.Value
		stored.Value.Successor = by
		if err := a.CheckUnit(t.Context(), &stored.Value); err != nil {
			return err
		}
		_, err = a.ReplaceUnit(t.Context(), stored, before)
		return err
	}
	var quicker error
	raced.other = func() { quicker = succeed(first, ids[0], ids[1]) }
	if err := succeed(second, ids[1], ids[0]); !refusedAs(err, accounts.CodeSuccessor) || quicker != nil {
		t.Errorf("the quicker: %v, the other: %v", quicker, err)
	}
	a, err1 := first.Units.Get(t.Context(), string(ids[0]))
	b, err2 := first.Units.Get(t.Context(), string(ids[1]))
	if err1 != nil || err2 != nil || a.Value.Successor != ids[1] || b.Value.Successor != "" {
		t.Errorf("%+v, %v; %+v, %v", a.Value, err1, b.Value, err2)
	}
}
