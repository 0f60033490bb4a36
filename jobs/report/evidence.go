package report

import (
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// evidence is what was counted, with the records behind each number.
type evidence struct {
	tally   *tally
	counted map[string]*Counted     // figures, and cells of tables
	touched map[ledger.Ref][]string // cells that a record's conflict may change, where it changes no figure
}

func newEvidence(members []Member) *evidence {
	return &evidence{tally: newTally(members), counted: map[string]*Counted{}, touched: map[ledger.Ref][]string{}}
}

// count counts figures, and remembers what is behind them.
func (e *evidence) count(measures []measure) []Figure {
	list := make([]Figure, len(measures))
	for i := range measures {
		figure := measures[i].of(e.tally)
		e.counted[figure.ID], list[i] = &figure, figure.Figure
	}
	return list
}

// Behind returns the records that a figure, or a cell of a table, was counted
// from, by unit and id.
func (e *evidence) Behind(figure string) ([]ledger.Ref, bool) {
	counted, ok := e.counted[figure]
	if !ok {
		return nil, false
	}
	return counted.Behind, true
}

// Parts returns what each of the records behind a figure adds to its value, in
// the order of [Compiled.Behind]. They sum to the value.
func (e *evidence) Parts(figure string) []int64 {
	counted, ok := e.counted[figure]
	if !ok {
		return nil
	}
	if counted.parts != nil {
		return counted.parts
	}
	return slices.Repeat([]int64{1}, len(counted.Behind))
}

// Figure finds a figure, or a cell of a table that has an identity.
func (e *evidence) Figure(id string) (Figure, bool) {
	counted, ok := e.counted[id]
	if !ok {
		return Figure{}, false
	}
	return counted.Figure, true
}

// Record returns a record as it was counted: at the heads that the report
// cites.
func (e *evidence) Record(ref ledger.Ref) (*ledger.Record, bool) {
	r, ok := e.tally.records[ref]
	return r, ok
}

// cell remembers the records behind a number.
func (e *evidence) cell(part *Counted, id string) Cell {
	if part == nil {
		return Cell{}
	}
	if e.counted[id] == nil { // the gifts of a year are a figure already
		part.ID = id
		e.counted[id] = part
	}
	return Cell{Figure: id, Value: part.Value, Touched: part.Touched}
}

// touch notes that a conflict of a record may change cells of a table, of
// which the figures themselves do not tell.
func (e *evidence) touch(ref ledger.Ref, ids ...string) {
	e.touched[ref] = append(e.touched[ref], ids...)
}

// outside counts the records that some figure would count had their unit been
// one on their day.
func (v *evidence) outside(measures []measure) int {
	found := map[ledger.Ref]bool{}
	for i := range measures {
		m := &measures[i]
		for _, e := range v.tally.byKind[m.kind] {
			values := current(e.record)
			if d := m.date(e.ref, values); d != "" && !v.tally.within(e.ref.Unit, d) && v.tally.counts(e) && m.in(e.ref, values) {
				found[e.ref] = true
			}
		}
	}
	return len(found)
}

// sums are the last row of a table: the figures themselves.
func (e *evidence) sums(ids ...string) Row {
	row := Row{Label: "Tổng cộng", Sum: true}
	for _, id := range ids {
		row.Cells = append(row.Cells, Cell{Figure: id, Value: e.counted[id].Value, Touched: e.counted[id].Touched})
	}
	return row
}
