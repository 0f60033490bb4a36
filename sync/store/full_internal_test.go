package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// TestWhatARecordMayHold fills records to their bounds and one beyond, each in one
// respect. Staff have twice the room; what adds nothing is taken at any weight, and so
// is an order of erasure.
func TestWhatARecordMayHold(t *testing.T) {
	writes := func(n int, field string, each func(i int) string) *ledger.Record {
		r := &ledger.Record{}
		for i := range n {
			name := field
			if each != nil {
				name = each(i)
			}
			r.Writes = append(r.Writes, ledger.Write{Field: name, Value: "1", Stamp: &ledger.Stamp{}})
		}
		slices.SortStableFunc(r.Writes, func(a, b ledger.Write) int { return strings.Compare(a.Field, b.Field) })
		return r
	}
	edit, erase := &ledger.Op{Action: ledger.ActionEdit}, &ledger.Op{Action: ledger.ActionErase}
	for name, c := range map[string]struct {
		most int
		of   func(n int) *ledger.Record
	}{
		"values of one field": {maxRecord.Siblings, func(n int) *ledger.Record { return writes(n, "place", nil) }},
		"comments":            {maxRecord.Comments, func(n int) *ledger.Record { return writes(n, ledger.Comments, nil) }},
		"values of all fields": {maxRecord.Writes, func(n int) *ledger.Record {
			return writes(n, "", func(i int) string { return fmt.Sprint("f", i) })
		}},
		"commits": {maxRecord.Commits, func(n int) *ledger.Record { return &ledger.Record{Touched: make([]ledger.Seq, n)} }},
		"bytes": {maxRecord.Bytes, func(n int) *ledger.Record {
			r := writes(1, "place", nil)
			r.Writes[0].Value = ledger.Value(strings.Repeat("x", n-r.Weight().Bytes+1))
			return r
		}},
	} {
		for _, w := range []struct {
			who           ledger.Role
			op            *ledger.Op
			before, after int
			full          bool
		}{
			{form.RoleCollector, edit, c.most - 1, c.most, false},
			{form.RoleCollector, edit, c.most, c.most + 1, true},
			{form.RoleCollector, edit, 2 * c.most, 2 * c.most, false},
			{form.RoleCollector, edit, 2 * c.most, 2*c.most - 1, false},
			{form.RoleReviewer, edit, c.most, c.most + 1, false},
			{form.RoleReviewer, edit, 2 * c.most, 2*c.most + 1, true},
			{form.RoleReviewer, erase, 2 * c.most, 2*c.most + 1, false},
		} {
			fault := refuseFull(w.who, c.of(w.before), c.of(w.after), w.op)
			if full := fault.Code == form.FaultRecordFull; full != w.full || !full && fault != (ledger.Fault{}) {
				t.Errorf("%s, %s of a %s that leads from %d to %d: %+v, want full: %t", name, w.op.Action, w.who, w.before, w.after, fault, w.full)
			}
		}
	}
}
