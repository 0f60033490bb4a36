package ledger_test

import (
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// oracle is the merge rule said in the dumbest way: it keeps every write for
// ever, with the full version vector of what its author knew, and asks of
// each whether any other took its place.
type oracle struct {
	writes []*oracleWrite
	there  map[ledger.RecordID]bool // records that an op has made: any but an erasure
}

type oracleWrite struct {
	dot    ledger.Dot
	op     ledger.Op
	field  string
	value  ledger.Value
	device ledger.DeviceID
	known  map[ledger.DeviceID]uint64 // version vector: every device's counter that the author knew
	silent bool                       // says nothing: a lifecycle mark of an edit on whose screen the record was removed
}

func newOracle(commits []*ledger.Commit) *oracle {
	o := &oracle{there: map[ledger.RecordID]bool{}}
	for _, c := range commits {
		index := 0
		for i := range c.Entries {
			e := &c.Entries[i]
			for j := range e.Ops {
				op := e.Ops[j].Open()
				known := map[ledger.DeviceID]uint64{}
				for _, earlier := range commits {
					if earlier.Seq > op.Base {
						break
					}
					for k := range earlier.Entries {
						known[earlier.Entries[k].Device] = earlier.Entries[k].To()
					}
				}
				known[e.Device] = op.N - 1
				o.add(&oracleWrite{dot: ledger.Dot{Seq: c.Seq, Index: index}, op: op, device: e.Device, known: known})
				index++
			}
		}
	}
	return o
}

// add splits an op into its writes.
func (o *oracle) add(w *oracleWrite) {
	put := func(field string, value ledger.Value) {
		c := *w
		c.field, c.value = field, value
		c.silent = field == ledger.Lifecycle && c.op.Action == ledger.ActionEdit && slices.ContainsFunc(o.writes, func(r *oracleWrite) bool {
			return r.op.Record == c.op.Record && r.field == field && r.value == `"removed"` && c.knew(r) && o.stoodOnScreen(r, &c)
		})
		o.writes = append(o.writes, &c)
	}
	switch w.op.Action {
	case ledger.ActionEdit:
		put(ledger.Lifecycle, `"live"`)
		for _, a := range w.op.Set {
			put(a.Field, a.Value)
		}
	case ledger.ActionRemove:
		put(ledger.Lifecycle, `"removed"`)
	case ledger.ActionRestore:
		put(ledger.Lifecycle, `"live"`)
	case ledger.ActionResolve:
		put(w.op.Field, w.op.Value)
	case ledger.ActionReview:
		put(ledger.Review, "review")
	case ledger.ActionErase:
		if !o.there[w.op.Record] {
			return
		}
		for _, f := range w.op.Fields {
			put(f, "erased")
		}
	}
	o.there[w.op.Record] = true
}

func (w *oracleWrite) knew(other *oracleWrite) bool { return other.op.N <= w.known[other.device] }

// supersedes is the rule for two writes of one register, by without regard to
// any third.
func (o *oracle) supersedes(by, w *oracleWrite) bool {
	if by.dot.Compare(w.dot) <= 0 || by.op.Record != w.op.Record || by.field != w.field {
		return false
	}
	switch by.op.Action {
	case ledger.ActionResolve:
		return slices.Contains(by.op.Sees, w.dot)
	case ledger.ActionErase:
		return true
	}
	return by.knew(w) && !by.silent
}

// stoodOnScreen reports whether a removal stood in what the edit's author knew.
func (o *oracle) stoodOnScreen(r, edit *oracleWrite) bool {
	return !slices.ContainsFunc(o.writes, func(by *oracleWrite) bool {
		return edit.knew(by) && by.op.Action != ledger.ActionEdit && o.supersedes(by, r)
	})
}

// superseder is a write that took the place of w, or nil. A review also ends
// with an edit whose author knew it.
func (o *oracle) superseder(w *oracleWrite) *oracleWrite {
	for _, by := range o.writes {
		if o.supersedes(by, w) {
			return by
		}
		if w.field == ledger.Review && by.op.Action == ledger.ActionEdit && by.op.Record == w.op.Record &&
			by.dot.Compare(w.dot) > 0 && by.knew(w) {
			return by
		}
	}
	return nil
}

func (o *oracle) standing(record ledger.RecordID, field string) []ledger.Dot {
	var dots []ledger.Dot
	for _, w := range o.writes {
		if w.op.Record == record && w.field == field && !w.silent && o.superseder(w) == nil {
			dots = append(dots, w.dot)
		}
	}
	return dots
}
