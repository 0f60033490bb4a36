package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// Settle returns only after what is kept elsewhere of an erased record is gone
// too, also when another projection has just written the rows.
func TestSettledIsErasedElsewhereToo(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	s := openStore(t, memory.New(), func(o *store.Options) {
		o.ProjectAfter = time.Hour // only Settle projects
		o.Erased = func(context.Context, ledger.UnitID) {
			close(begun)
			<-finish
		}
	})
	p := staff(t, "desk")
	p.write(id(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H01","headName":"Hộ mẫu 001","category":"poor"}`)
	p.mustPush(s, 1, 1)
	p.mustPush(s, p.write(id(1), form.KindHousehold, ledger.ActionErase, 1, `,"fields":["headName"]`), 2)
	settled := make(chan error, 2)
	settle := func() { settled <- s.Settle(t.Context(), []ledger.UnitID{village}) }
	go settle()
	select {
	case <-begun:
	case err := <-settled:
		t.Fatalf("settled without telling of the erasure: %v", err)
	}
	go settle()
	select {
	case err := <-settled:
		t.Errorf("settled while erased things were still there: %v", err)
		settled <- err
	case <-time.After(50 * time.Millisecond): // time enough to return wrongly
	}
	close(finish)
	for range 2 {
		if err := <-settled; err != nil {
			t.Error(err)
		}
	}
}
