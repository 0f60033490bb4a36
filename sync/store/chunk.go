package store

import (
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// chunk is a piece of the backlog: what one step of a projection writes.
type chunk struct {
	Projection
	erasures  []ledger.Erasure
	parts     []Stream         // of streams: they stand before a stream stands that lacks them
	tooLarge  []*ledger.Record // they have no row here
	refused   []Row            // the database does not take them
	notErased []ledger.Erasure // of erasures, those that failed

	head    ledger.Head // up to which it brings the lists, if whole
	whole   bool
	skipped bool // it leaves out what is set aside
	records []*ledger.Record
	moved   map[streamName]storedStream
}

// storedStream is how far a chunk stores a stream.
type storedStream struct {
	through uint64
	parts   int
}

// takeStreams adds the stored form of the streams that moved, and apart from
// them the parts that are not stored yet; of each stream, stored parts are.
func (c *chunk) takeStreams(state *ledger.State, moved map[streamName]struct{}, stored map[streamName]int) {
	c.moved = make(map[streamName]storedStream, len(moved))
	for name := range moved {
		l := state.Stream(name.device, name.epoch)
		c.Streams = append(c.Streams, Stream{ID: name.String(), Through: l.Through, Body: l.AppendJSON(nil)})
		fresh := l.Parts(stored[name])
		for _, q := range fresh {
			c.parts = append(c.parts, Stream{ID: partID(name, q.Number), Through: q.Through, Body: q.AppendJSON(nil)})
		}
		c.moved[name] = storedStream{l.Through, stored[name] + len(fresh)}
	}
}

// isEmpty reports whether there is nothing to write but the head.
func (c *chunk) isEmpty() bool { return len(c.records)+len(c.moved) == 0 }

// makeRows makes the rows of a chunk that was taken. It needs no lock.
func (c *chunk) makeRows(unit ledger.UnitID, maxRow int) {
	// In order, so that a simulation repeats itself.
	slices.SortFunc(c.records, func(a, b *ledger.Record) int { return a.ID.Compare(b.ID) })
	byID := func(a, b Stream) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(c.Streams, byID)
	slices.SortFunc(c.parts, byID)
	for _, r := range c.records {
		row := newRow(unit, r)
		if len(row.Body) > maxRow {
			c.tooLarge = append(c.tooLarge, r)
			continue
		}
		c.Rows = append(c.Rows, row)
	}
	if c.whole && !c.skipped && len(c.tooLarge) == 0 {
		// The head comes last, in time too: it says that all rows up to it are there.
		c.Head = c.head
	}
}

// settleStreams takes its streams off those that moved, and notes how many parts
// of each are stored.
func (c *chunk) settleStreams(state *ledger.State, moved map[streamName]struct{}, stored map[streamName]int) {
	for name, is := range c.moved {
		if state.Stream(name.device, name.epoch).Through == is.through {
			delete(moved, name)
		}
		if is.parts > 0 {
			stored[name] = is.parts
		}
	}
}
