package report

import (
	"fmt"
	"slices"
	"strings"
)

// existed reports whether the unit was one on some day of the period.
func (p period) existed(m *Member) bool {
	return m.From <= p.last() && (m.To == "" || m.To >= p.From)
}

// ended reports whether the unit had come to an end by the last day.
func (p period) ended(m *Member) bool { return m.To != "" && m.To < p.last() }

// sources says of which units the numbers are: those that there are on the last
// day of the period, and those before them that it covers.
func sources(p period, members []Member, own *Member) (now, former string) {
	var living, above, villages, communes []*Member
	for i := range members {
		switch m := &members[i]; {
		case !p.existed(m) || m.Unit == own.Unit:
		case !p.ended(m):
			if m.Village {
				living = append(living, m)
			} else {
				above = append(above, m)
			}
		case m.Village:
			villages = append(villages, m)
		default:
			communes = append(communes, m)
		}
	}
	now = own.kind()
	if len(above) > 0 { // before the unit was one, there were those whose place it took
		now = listNames(above, false)
	}
	if len(living) > 0 {
		now = countByKind(living) + " và " + now
	}
	switch {
	case len(communes) > 0:
		former = listNames(communes, true)
		if len(villages) == 0 {
			break
		}
		if until, one := strings.CutSuffix(former, ")"); one && strings.Count(former, " (đến ") == 1 {
			former = until + "; " + countByKind(villages) + ")"
		} else {
			former += ", " + countByKind(villages)
		}
	case len(villages) > mostNamed:
		former = countByKind(villages)
	case len(villages) > 0:
		former = listNames(villages, true)
	}
	return now, former
}

// mostNamed is how many villages a sentence names.
const mostNamed = 6

// countByKind tells how many units of each kind there are: "8 thôn, 4 tổ dân phố".
func countByKind(members []*Member) string {
	var kinds []string
	n := map[string]int{}
	for _, m := range members {
		if n[m.kind()]++; n[m.kind()] == 1 {
			kinds = append(kinds, m.kind())
		}
	}
	slices.SortStableFunc(kinds, func(a, b string) int { return n[b] - n[a] })
	for i, k := range kinds {
		kinds[i] = fmt.Sprintf("%02d %s", n[k], k)
	}
	return strings.Join(kinds, ", ")
}

// listNames lists units, where it is wanted with the last day of those that ended
// together.
func listNames(members []*Member, until bool) string {
	inOrderOfNames(members, "")
	var texts []string
	for i, m := range members {
		text := m.fullName()
		if until && (i == len(members)-1 || members[i+1].To != m.To) {
			text += " (đến " + longDate(m.To) + ")"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

// villageKindsOf are the kinds of the villages, for a heading: "thôn, tổ dân phố";
// "" where there are none.
func villageKindsOf(members []*Member) string {
	var kinds []string
	for _, m := range members {
		if k := m.kind(); m.Village && !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return strings.Join(kinds, ", ")
}

// villageKindsNow are the kinds of the villages that there are on the period's
// last day.
func villageKindsNow(p period, members []Member) string {
	var now []*Member
	for i := range members {
		if m := &members[i]; p.existed(m) && !p.ended(m) {
			now = append(now, m)
		}
	}
	inOrderOfNames(now, "")
	return villageKindsOf(now)
}
