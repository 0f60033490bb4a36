package report

import (
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// Member is one of the units that a report is made of, with its ledger folded
// up to the head that the report cites. A report of a commune is made of the
// commune, its villages, and all whose place one of them took: records count
// where they were written, each unit's under the unit's own days.
type Member struct {
	Unit     ledger.UnitID
	Name     string // Vietnamese: "Thôn mẫu 1"
	Kind     string // what it is called, "phường"; "" where its name says it
	Village  bool
	From, To string // the days on which the unit was one; To is "" while it is
	State    *ledger.State
}

// inTime reports whether the unit was one on a day.
func (m *Member) inTime(d string) bool {
	return m.From <= d && (m.To == "" || d <= m.To)
}

// head is what a report cites of the member.
func (m *Member) head() Head {
	h := m.State.Head()
	return Head{Unit: m.Unit, Name: m.Name, Kind: m.Kind, Village: m.Village, From: m.From, To: m.To, Seq: h.Seq, Hash: h.Hash.String()}
}

// Member is the unit as it was when the report was made, without its ledger.
func (h Head) Member() Member {
	return Member{Unit: h.Unit, Name: h.Name, Kind: h.Kind, Village: h.Village, From: h.From, To: h.To}
}

// byUnit puts members in order.
func byUnit(members []Member) []Member {
	sorted := slices.Clone(members)
	slices.SortFunc(sorted, func(a, b Member) int {
		switch {
		case a.Unit < b.Unit:
			return -1
		case a.Unit > b.Unit:
			return 1
		}
		return 0
	})
	return sorted
}
