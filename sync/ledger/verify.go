package ledger

import "fmt"

// Damage says what is wrong with which commit of a ledger.
type Damage struct {
	Unit UnitID
	Seq  Seq
	What string
}

func (d *Damage) Error() string { return CommitID(d.Unit, d.Seq) + ": " + d.What }

// Verifier checks a ledger commit by commit from the first: that nothing was
// changed, left out, put in or put elsewhere since it was written, and that
// every device's counters run without gap or repetition.
type Verifier struct {
	unit    UnitID
	head    Head
	streams map[streamKey]uint64
	ops     int
}

// NewVerifier begins before a unit's first commit.
func NewVerifier(unit UnitID) *Verifier {
	return &Verifier{unit: unit, streams: map[streamKey]uint64{}}
}

// Head is the last commit found sound.
func (v *Verifier) Head() Head { return v.head }

// Ops counts the ops found sound.
func (v *Verifier) Ops() int { return v.ops }

// Check takes the next commit. The error is a *[Damage].
func (v *Verifier) Check(c *Commit) error {
	damage := func(format string, args ...any) error {
		return &Damage{Unit: v.unit, Seq: v.head.Seq + 1, What: fmt.Sprintf(format, args...)}
	}
	switch {
	case c.Unit != v.unit:
		return damage("belongs to unit %q", c.Unit)
	case c.Seq != v.head.Seq+1:
		return damage("missing; the next commit found is %d", c.Seq)
	case c.Prev != v.head.Hash:
		return damage("does not follow the commit before it: prev is %s, want %s", c.Prev, v.head.Hash)
	case v.head.Seq > 0 && c.Log != v.head.Log:
		return damage("is of log %q, the ledger of %q", c.Log, v.head.Log)
	}
	for i := range c.Entries {
		e := &c.Entries[i]
		if len(e.Ops) == 0 || len(e.Ops) != len(e.Verdicts) {
			return damage("entry %d has %d ops and %d verdicts", i, len(e.Ops), len(e.Verdicts))
		}
		key := streamKey{e.Device, e.Epoch}
		if want := v.streams[key] + 1; e.From != want {
			return damage("entry %d: device %s continues at %d, want %d", i, e.Device, e.From, want)
		}
		v.streams[key] = e.To()
		for j := range e.Ops {
			if op := e.Ops[j].Open(); op.N != e.From+uint64(j) {
				return damage("entry %d: op %d has counter %d", i, j, op.N)
			}
		}
		v.ops += len(e.Ops)
	}
	if sum := c.Sum(); sum != c.Hash {
		return damage("its content does not have its hash: computed %s, stored %s", sum, c.Hash)
	}
	v.head = c.Head()
	return nil
}
