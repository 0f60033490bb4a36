package form

import (
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// Day returns the record's day as YYYY-MM-DD, by which it stands in lists, or
// "".
func Day(r *ledger.Record) string { return dayOf(nil, r) }

// dayOf returns the day that the record before will have after the op. Either
// may be nil.
func dayOf(op *ledger.Op, before *ledger.Record) string {
	f, ok := formOf(op, before)
	if !ok || f.DateField == "" {
		return ""
	}
	return dayIn(f.DateField, op, before)
}

// DaysOf returns the days, each once, in whose periods the record before
// counts after the op: one that is finished on one day and handed over on
// another has two. A period that is reported changes when one of them lies in
// it. Either may be nil.
func DaysOf(op *ledger.Op, before *ledger.Record) []string {
	f, ok := formOf(op, before)
	if !ok {
		return nil
	}
	var days []string
	for _, field := range f.dates() {
		if day := dayIn(field, op, before); day != "" && !slices.Contains(days, day) {
			days = append(days, day)
		}
	}
	return days
}

func formOf(op *ledger.Op, before *ledger.Record) (*Form, bool) {
	switch {
	case before != nil:
		return Of(before.Kind)
	case op != nil:
		return Of(op.Kind)
	}
	return nil, false
}

func dayIn(field string, op *ledger.Op, before *ledger.Record) string {
	v := edited{before: before}
	if op != nil && op.Action == ledger.ActionEdit {
		v.op = op
	}
	day := v.Text(field)
	if op != nil && op.Action == ledger.ActionResolve && op.Field == field {
		day, _ = op.Value.Text()
	}
	if !isDay(day) {
		return ""
	}
	return day
}
