package report

import (
	"iter"
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

// readings are the ways of settling the conflicts. Not all are tried where
// there are too many.
func readings(r *ledger.Record, conflicts []string) (list iter.Seq[values], all bool) {
	ways := 1
	for _, field := range conflicts {
		ways = min(ways*len(distinctValues(r, field)), maxReadings+1)
	}
	return func(yield func(values) bool) {
		shown := current(r)
		for way := range min(ways, maxReadings) {
			chosen := map[string]ledger.Value{}
			for _, field := range conflicts {
				options := distinctValues(r, field)
				chosen[field] = options[way%len(options)]
				way /= len(options)
			}
			if !yield(func(field string) ledger.Value {
				if v, ok := chosen[field]; ok {
					return v
				}
				return shown(field)
			}) {
				return
			}
		}
	}, ways <= maxReadings
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
