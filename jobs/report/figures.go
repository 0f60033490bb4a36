package report

import (
	"iter"
	"slices"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/ledger"
)

// Figure is one number of a report.
type Figure struct {
	ID      string `json:"id"`
	Label   string `json:"label"` // Vietnamese
	Value   int64  `json:"value"`
	Unit    string `json:"unit"`             // Vietnamese: "suất", "đ", "lượt"
	Period  string `json:"period,omitempty"` // the years, "2019-2024" or "2019", or two days with "/" between; "" where AsOf stands
	AsOf    string `json:"asOf,omitempty"`   // the day as of which it holds, YYYY-MM-DD; "" where Period stands
	Approx  bool   `json:"approx"`           // a record behind it says "about"
	Touched bool   `json:"touched"`          // a conflict that nobody has settled yet may change it
	Records int    `json:"records"`          // how many are behind it
}

// Counted is a figure with the records behind it.
type Counted struct {
	Figure
	Behind []ledger.Ref // by unit and id; Unit is always set
	// parts is what each of them adds to the value; nil where each is one.
	parts []int64
}

// sort puts the records in order, each with its part.
func (c *Counted) sort() {
	order := make([]int, len(c.Behind))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compareRefs(c.Behind[a], c.Behind[b]) })
	behind, parts := make([]ledger.Ref, len(order)), make([]int64, len(c.parts))
	for to, from := range order {
		behind[to] = c.Behind[from]
		if c.parts != nil {
			parts[to] = c.parts[from]
		}
	}
	c.Behind = behind
	if c.parts != nil {
		c.parts = parts
	}
}

// measure is how one figure is made.
type measure struct {
	Figure
	kind   ledger.Kind
	fields []string // what in and amount look at: a conflict elsewhere cannot change the figure
	date   func(ref ledger.Ref, v values) string
	in     func(ref ledger.Ref, v values) bool
	amount func(v values) int64 // nil: each record is one
	approx func(v values) bool  // nil: never
}

// Figures counts what a report tells, in the order in which it tells it.
func Figures(members []Member, p calendar.Period) []Counted {
	t := newTally(members)
	measures := periodOf(p).measures(t)
	figures := make([]Counted, len(measures))
	for i := range measures {
		figures[i] = measures[i].of(t)
	}
	return figures
}

// of counts the figure.
func (m *measure) of(t *tally) Counted {
	f := Counted{Figure: m.Figure}
	for _, e := range t.byKind[m.kind] {
		if v, in := m.holds(t, e); in {
			m.add(&f, e, v)
		}
	}
	f.Touched = slices.ContainsFunc(t.disputed[m.kind], func(e entry) bool { return m.touchedBy(t, e) })
	return f
}

// holds reports whether a record is counted, and reads it.
func (m *measure) holds(t *tally, e entry) (values, bool) {
	v := current(e.record)
	return v, t.counts(e) && t.within(e.ref.Unit, m.date(e.ref, v)) && m.in(e.ref, v)
}

func (m *measure) add(f *Counted, e entry, v values) {
	f.Behind = append(f.Behind, e.ref)
	f.Records++
	if m.amount == nil {
		f.Value++
	} else {
		part := m.amount(v)
		f.Value, f.parts = f.Value+part, append(f.parts, part)
	}
	f.Approx = f.Approx || m.approx != nil && m.approx(v)
}

// touchedBy reports whether a conflict of the record may change the figure.
// Where there are too many ways of settling it, it says so: a figure that is
// wrongly called touched costs a look.
func (m *measure) touchedBy(t *tally, e entry) bool {
	list, all := m.doubts(t, e, m.fields)
	for range list {
		return true
	}
	return !all
}

// adds reports whether a record that is counted changes the value.
func (m *measure) adds(v values) bool { return m.amount == nil || m.amount(v) != 0 }

// doubts are the readings of a record in conflict under which it is counted,
// and for more than nothing.
// The conflicts that matter are those about the record as a whole, or about
// some fields, on a record that counts or would if a conflict went another way.
func (m *measure) doubts(t *tally, e entry, fields []string) (list iter.Seq[values], all bool) {
	conflicts := slices.DeleteFunc(e.record.Conflicts(), func(register string) bool {
		switch register {
		case ledger.Lifecycle, ledger.Review, ledger.Link:
			return false
		}
		return !isDistinct(register) && !slices.Contains(fields, register)
	})
	if len(conflicts) == 0 || !t.mayCount(e) {
		return func(func(values) bool) {}, true
	}
	each, all := readings(e.record, conflicts)
	return func(yield func(values) bool) {
		for v := range each {
			if t.within(e.ref.Unit, m.date(e.ref, v)) && m.in(e.ref, v) && m.adds(v) && !yield(v) {
				return
			}
		}
	}, all
}
