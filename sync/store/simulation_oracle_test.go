package store_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// mergeOracle is the rule of merging in its simplest form: it keeps every
// write forever, and asks of each whether another took its place. What stands
// must be what the fold has, and what does not was superseded by a write that
// saw it, named by a resolve, or erased.
type mergeOracle map[register][]*mark

type register struct {
	record ledger.RecordID
	field  string
}

// mark is one write.
type mark struct {
	dot     ledger.Dot
	base    ledger.Seq
	device  ledger.DeviceID
	epoch   uint32
	n       uint64
	action  ledger.Action
	sees    []ledger.Dot
	origins []ledger.Origin
	removal bool // of a lifecycle: it removes
	silent  bool // of a lifecycle: an edit, on whose screen the record was removed
}

func (o mergeOracle) add(dot ledger.Dot, e *ledger.Entry, op *ledger.Op) {
	put := func(field string) *mark {
		m := &mark{
			dot: dot, base: min(op.Base, dot.Seq-1), device: e.Device, epoch: e.Epoch, n: op.N,
			action: op.Action, sees: op.Sees, origins: op.Origins,
		}
		at := register{op.Record, field}
		o[at] = append(o[at], m)
		return m
	}
	switch op.Action {
	case ledger.ActionEdit:
		life := o[register{op.Record, ledger.Lifecycle}]
		put(ledger.Lifecycle).silent = o.onScreen(life, &mark{base: min(op.Base, dot.Seq-1), device: e.Device, epoch: e.Epoch, n: op.N})
		o.putReview(op.Record, put)
		for _, a := range op.Set {
			put(a.Field)
		}
	case ledger.ActionRemove:
		put(ledger.Lifecycle).removal = true
	case ledger.ActionRestore:
		put(ledger.Lifecycle)
	case ledger.ActionResolve:
		put(op.Field).removal = op.Field == ledger.Lifecycle && op.Value == `"removed"`
	case ledger.ActionReview:
		put(ledger.Review)
	case ledger.ActionLink:
		put(ledger.Link)
		put(ledger.Distinct + op.DuplicateOf.Record.String())
	case ledger.ActionUnlink:
		if op.DuplicateOf.Record.IsZero() {
			put(ledger.Link)
		} else {
			put(ledger.Distinct + op.DuplicateOf.Record.String())
		}
	case ledger.ActionErase:
		if !o.has(op.Record) { // it reaches what was refused, and makes no record
			return
		}
		for _, field := range op.Fields {
			put(field)
		}
	case ledger.ActionClose, ledger.ActionReopen:
		put(ledger.Closed)
		put("period")
	default: // writes nothing
	}
}

// has reports whether somebody wrote to a record.
func (o mergeOracle) has(record ledger.RecordID) bool {
	for at := range o {
		if at.record == record {
			return true
		}
	}
	return false
}

// putReview notes an edit beside the reviews that it may end.
func (o mergeOracle) putReview(record ledger.RecordID, put func(string) *mark) {
	if len(o[register{record, ledger.Review}]) > 0 {
		put(ledger.Review).silent = true
	}
}

func (m *mark) knew(w *mark) bool {
	return w.dot.Seq <= m.base || w.device == m.device && w.epoch == m.epoch && w.n < m.n
}

// supersedes reports whether m took the place of w, an earlier write of the
// same register.
func (m *mark) supersedes(w *mark, field string) bool {
	switch {
	case m.dot.Compare(w.dot) <= 0:
		// A resolve settles what it named, even where that comes after it.
		return m.action == ledger.ActionResolve && m.dot != w.dot && slices.Contains(m.origins, ledger.Origin{Device: w.device, Epoch: w.epoch, N: w.n})
	case m.action == ledger.ActionResolve:
		return slices.Contains(m.sees, w.dot) && (len(m.origins) == 0 || w.dot.Seq <= m.base) || slices.Contains(m.origins, ledger.Origin{Device: w.device, Epoch: w.epoch, N: w.n}) ||
			w.device == m.device && w.epoch == m.epoch && w.n < m.n
	case m.action == ledger.ActionErase:
		return true
	case m.silent && field == ledger.Lifecycle:
		return false
	}
	return m.knew(w)
}

// onScreen reports whether a removal stood in what the author of an edit knew.
func (o mergeOracle) onScreen(life []*mark, edit *mark) bool {
	return slices.ContainsFunc(life, func(r *mark) bool {
		return r.removal && edit.knew(r) && !slices.ContainsFunc(life, func(by *mark) bool {
			return by.action != ledger.ActionEdit && edit.knew(by) && by.supersedes(r, ledger.Lifecycle)
		})
	})
}

func standing(marks []*mark, field string) []ledger.Dot {
	var dots []ledger.Dot
	for _, w := range marks {
		if !w.silent && !slices.ContainsFunc(marks, func(by *mark) bool { return by != w && by.supersedes(w, field) }) {
			dots = append(dots, w.dot)
		}
	}
	return dots
}

// check compares every register of a ledger's fold.
func (o mergeOracle) check(l *truth) {
	for at, marks := range o {
		var got []ledger.Dot
		for _, w := range l.state.Record(at.record).Register(at.field) {
			got = append(got, w.Dot)
		}
		if want := standing(marks, at.field); !slices.Equal(got, want) {
			var all strings.Builder
			for _, m := range marks {
				fmt.Fprintf(&all, "\n%+v", *m)
			}
			l.s.fail("%s of %s in %s: the fold has %v, the oracle %v of%s", at.field, at.record, l.unit, got, want, &all)
		}
	}
	for r := range l.state.Records() {
		for _, field := range r.Fields() {
			if o[register{r.ID, field}] == nil && field != ledger.Comments {
				l.s.fail("%s of %s in %s stands, and nobody wrote it", field, r.ID, l.unit)
			}
		}
	}
}
