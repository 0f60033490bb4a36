package ledger_test

import (
	"testing"

	"github.com/sothon/sothon/sync/ledger"
)

// A phone restores a record, and then saves a form that was open since before
// somebody had removed the record a second time. It knows its own restoration,
// and so its edit is a sign of life, which a removal by somebody who had not
// seen it does not take away in silence.
func TestFormOpenedBeforeItsOwnRestoration(t *testing.T) {
	w := newWorld(t)
	op := func(action ledger.Action, base ledger.Seq, rest string) draftOp {
		return draftOp{record: recordID(1), action: action, base: base, rest: rest}
	}
	w.push("A", ledger.RoleCollector, op(ledger.ActionEdit, 0, `,"set":{"quantity":1}`))
	w.push("B", ledger.RoleCollector, op(ledger.ActionRemove, 1, ""))
	w.push("B", ledger.RoleCollector, op(ledger.ActionRemove, 2, ""))
	w.push("A", ledger.RoleCollector, op(ledger.ActionRestore, 3, ""))
	w.push("A", ledger.RoleCollector, op(ledger.ActionEdit, 2, `,"set":{"quantity":2}`))
	w.push("B", ledger.RoleCollector, op(ledger.ActionRemove, 4, ""))
	r := w.state.Record(recordID(1))
	if r.Removed() || !r.InConflict(ledger.Lifecycle) {
		t.Errorf("removed %v, conflicts %v; want the removal in conflict with the edit", r.Removed(), r.Conflicts())
	}
}

// Nobody has seen what stands beside the own op in one commit, whatever base
// says.
func TestBaseBeyondTheLedger(t *testing.T) {
	w := newWorld(t)
	var entries []ledger.Entry
	for device, quantity := range map[ledger.DeviceID]string{"A": "1", "B": "2"} {
		ops := w.number(device, []draftOp{{record: recordID(1), action: ledger.ActionEdit, base: 99, rest: `,"set":{"quantity":` + quantity + `}`}})
		entries = append(entries, w.entry(device, ledger.RoleCollector, ops))
	}
	w.commit(entries...)
	if r := w.state.Record(recordID(1)); !r.InConflict("quantity") {
		t.Errorf("standing: %v", r.Register("quantity"))
	}
}
