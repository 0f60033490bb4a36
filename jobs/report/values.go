package report

import (
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// values reads a record's fields, [ledger.Null] where there is nothing.
type values func(field string) ledger.Value

func (v values) text(field string) string {
	s, _ := v(field).Text()
	return s
}

func (v values) number(field string) int64 {
	n, _ := v(field).Int()
	return n
}

func (v values) is(field string) bool { return v(field) == "true" }

func (v values) has(field string) bool { return v(field) != ledger.Null }

// current reads what is shown: of siblings the provisional one.
func current(r *ledger.Record) values {
	return func(field string) ledger.Value {
		v, _ := r.Current(field)
		return v
	}
}

// maxReadings bounds how many ways of settling a record's conflicts are tried.
const maxReadings = 256

// anyReading reports whether there is a way of settling the conflicts that
// makes holds true. Where there are too many ways to try it says that there is:
// a figure that is wrongly called touched costs a look.
func anyReading(r *ledger.Record, conflicts []string, holds func(values) bool) bool {
	ways := 1
	for _, field := range conflicts {
		if ways *= len(distinctValues(r, field)); ways > maxReadings {
			return true
		}
	}
	for way := range ways {
		chosen := map[string]ledger.Value{}
		for _, field := range conflicts {
			options := distinctValues(r, field)
			chosen[field] = options[way%len(options)]
			way /= len(options)
		}
		shown := current(r)
		if holds(func(field string) ledger.Value {
			if v, ok := chosen[field]; ok {
				return v
			}
			return shown(field)
		}) {
			return true
		}
	}
	return false
}

func distinctValues(r *ledger.Record, field string) []ledger.Value {
	var list []ledger.Value
	for _, w := range r.Register(field) {
		if !slices.Contains(list, w.Value) {
			list = append(list, w.Value)
		}
	}
	return list
}
