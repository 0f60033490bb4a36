package form

import (
	"cmp"
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

// CountedOn returns the day by which reports count a record of a kind, or "":
// a house is finished on the day of its acceptance, or of its handover where no
// acceptance was written down. That day does not move when the house is handed
// over later, so that two periods in a row do not both count it.
func CountedOn(kind ledger.Kind, text func(field string) string) string {
	if kind == KindHouse {
		switch text("status") {
		case HouseAccepted, HouseHandedOver:
			return cmp.Or(text("acceptedOn"), text("handedOverOn"))
		}
		return ""
	}
	f, ok := Of(kind)
	if !ok || f.DateField == "" {
		return ""
	}
	return text(f.DateField)
}

// CountedAfter reports whether reports would count the record before, after the
// op, on a day after the last of its unit, and so count it nowhere. A fund entry
// that reverses another counts with that one, whatever its own day. Either may be
// nil; last is "" of a unit that has not ended.
func CountedAfter(last string, op *ledger.Op, before *ledger.Record) bool {
	f, ok := formOf(op, before)
	if last == "" || !ok {
		return false
	}
	text := func(field string) string { return textIn(field, op, before) }
	return CountedOn(f.Kind, text) > last && !overlaid(op, before).Has("reverses")
}

// HasDay reports whether reports count records of a kind by a day.
func HasDay(kind ledger.Kind) bool {
	f, ok := Of(kind)
	return ok && f.DateField != ""
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
	day := textIn(field, op, before)
	if !isDay(day) {
		return ""
	}
	return day
}

// textIn returns the text that a field of the record before holds after the op.
func textIn(field string, op *ledger.Op, before *ledger.Record) string {
	if op != nil && op.Action == ledger.ActionResolve && op.Field == field {
		text, _ := op.Value.Text()
		return text
	}
	return overlaid(op, before).Text(field)
}

// overlaid is the record before with what the op sets, if it is an edit.
func overlaid(op *ledger.Op, before *ledger.Record) *edited {
	if op != nil && op.Action == ledger.ActionEdit {
		return &edited{before: before, op: op}
	}
	return &edited{before: before}
}
