package report

import (
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
}

// measure is how one figure is made.
type measure struct {
	Figure
	kind   ledger.Kind
	fields []string // what in and amount look at: a conflict elsewhere cannot change the figure
	date   func(v values) string
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
		f.Touched = f.Touched || m.touchedBy(t, e)
		if v, in := m.holds(t, e); in {
			m.add(&f, e, v)
		}
	}
	return f
}

// holds reports whether a record is counted, and reads it.
func (m *measure) holds(t *tally, e entry) (values, bool) {
	v := current(e.record)
	return v, t.counts(e) && t.within(e.ref.Unit, m.date(v)) && m.in(e.ref, v)
}

func (m *measure) add(f *Counted, e entry, v values) {
	f.Behind = append(f.Behind, e.ref)
	f.Records++
	if m.amount == nil {
		f.Value++
	} else {
		f.Value += m.amount(v)
	}
	f.Approx = f.Approx || m.approx != nil && m.approx(v)
}

// split counts the figure once for each part that key names. A record whose
// part has no name is in none.
func (m *measure) split(t *tally, key func(e entry, v values) string) map[string]*Counted {
	parts := map[string]*Counted{}
	for _, e := range t.byKind[m.kind] {
		v, in := m.holds(t, e)
		if !in {
			continue
		}
		name := key(e, v)
		if name == "" {
			continue
		}
		if parts[name] == nil {
			parts[name] = &Counted{Figure: m.Figure}
			parts[name].ID = m.ID + name
		}
		m.add(parts[name], e, v)
	}
	return parts
}

// touchedBy reports whether a conflict of the record may change the figure: one
// about the record as a whole, or about a field that the figure is made of, on
// a record that counts or would count if a conflict went another way.
func (m *measure) touchedBy(t *tally, e entry) bool {
	conflicts := slices.DeleteFunc(e.record.Conflicts(), func(register string) bool {
		switch register {
		case ledger.Lifecycle, ledger.Review, ledger.Link:
			return false
		}
		return !isDistinct(register) && !slices.Contains(m.fields, register)
	})
	if len(conflicts) == 0 || !t.mayCount(e) {
		return false
	}
	return anyReading(e.record, conflicts, func(v values) bool {
		return t.within(e.ref.Unit, m.date(v)) && m.in(e.ref, v)
	})
}
