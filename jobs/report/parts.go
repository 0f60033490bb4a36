package report

// partition is a way to break a figure down.
type partition struct {
	of     func(e entry, v values) string // the name of a record's part
	fields []string                       // that of looks at, besides those of the figure
	// maybe names the parts into which a conflict of another record may put
	// one; nil: there is no other that decides.
	maybe func(e entry, v values) []string
}

// split counts the figure once for each part. A part that a conflict may change
// is touched, also where nothing is in it yet.
func (m *measure) split(t *tally, by partition) map[string]*Counted {
	found := map[string]*Counted{}
	part := func(name string) *Counted {
		if found[name] == nil {
			found[name] = &Counted{Figure: m.Figure}
			found[name].ID = m.ID + name
		}
		return found[name]
	}
	for _, e := range t.byKind[m.kind] {
		v, in := m.holds(t, e)
		if !in {
			continue
		}
		m.add(part(by.of(e, v)), e, v)
		if by.maybe != nil && m.adds(v) {
			for _, name := range by.maybe(e, v) {
				part(name).Touched = true
			}
		}
	}
	for _, e := range t.disputed[m.kind] {
		for name := range m.partsInDoubt(t, e, by) {
			part(name).Touched = true
		}
	}
	return found
}

// partsInDoubt names the parts in which a record in conflict is counted under
// some reading.
func (m *measure) partsInDoubt(t *tally, e entry, by partition) map[string]bool {
	names := map[string]bool{}
	list, _ := m.doubts(t, e, append(by.fields[:len(by.fields):len(by.fields)], m.fields...))
	for v := range list {
		names[by.of(e, v)] = true
	}
	return names
}
