package ledger

// Weight is what a record costs to keep, to fold and to show.
type Weight struct {
	Siblings int // standing writes of the register that has most of them, comments apart
	Comments int
	Writes   int // standing writes of all registers
	Removals int // removals that ever were, what ended them, and writes that were settled before they came
	Commits  int // that touch the record
	Bytes    int // about how many its stored form takes
}

// Weight measures the record, in time linear in what it holds.
func (r *Record) Weight() Weight {
	const stamp, seq = 260, 12 // bytes of the stored form, about
	w := Weight{Writes: len(r.Writes), Commits: len(r.Touched), Bytes: stamp + seq*len(r.Touched)}
	run := 0
	for i := range r.Writes {
		write := &r.Writes[i]
		w.Bytes += stamp + len(write.Field) + len(write.Value)
		if write.Field == Comments {
			w.Comments++
			continue
		}
		if i == 0 || r.Writes[i-1].Field != write.Field {
			run = 0
		}
		run++
		w.Siblings = max(w.Siblings, run)
	}
	for i := range r.removals {
		n := 1 + len(r.removals[i].ended)
		w.Removals += n
		w.Bytes += n * stamp
	}
	w.Removals += len(r.awaited)
	w.Bytes += len(r.awaited) * stamp
	return w
}
