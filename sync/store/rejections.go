package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Rejection says where in a ledger a rejected op is, and
// whether somebody has written it again since. It holds no values: those are
// read from the ledger, which alone an erasure has to reach.
type Rejection struct {
	ID        string        `json:"-"` // its place, sortable: unit, commit and index
	Unit      ledger.UnitID `json:"-"`
	Seq       ledger.Seq    `json:"seq"`
	Index     int           `json:"index"`
	Received  ledger.Millis `json:"received"`
	Record    string        `json:"record"`
	Action    ledger.Action `json:"action"`
	Fields    []string      `json:"fields,omitempty"` // of an edit: what it set and nobody has set since
	Corrected bool          `json:"mended,omitempty"` // an op that was taken says the same of the record

	stored bool // the table has it
}

// Dot is its place within the unit's ledger.
func (r *Rejection) Dot() ledger.Dot { return ledger.Dot{Seq: r.Seq, Index: r.Index} }

// maxRejections is how many of a unit are kept, the newest. What a broken
// client sends beyond stays in the ledger alone.
const maxRejections = 1000

// Rejections finds the rejected ops of ledgers. Its index is made from the
// ledgers when it is asked, each time from where it ended. Servers that share
// a database may do so at the same time: they write the same.
type Rejections struct {
	backend Backend
	list    Table[Rejection]
	ends    Table[indexEnd]

	mu    sync.Mutex                   // held for a moment
	units map[ledger.UnitID]*unitIndex // guarded by mu
}

// unitIndex is what is known of the index of one unit.
type unitIndex struct {
	busy chan struct{} // holds one element while the index is brought up
	seen indexEnd      // guarded by busy: as ends, but not behind after a quiet commit; zero until read
}

func (x *Rejections) unit(id ledger.UnitID) *unitIndex {
	x.mu.Lock()
	defer x.mu.Unlock()
	u := x.units[id]
	if u == nil {
		u = &unitIndex{busy: make(chan struct{}, 1)}
		x.units[id] = u
	}
	return u
}

// indexEnd is the commit up to which a ledger is indexed, in its stored form.
type indexEnd struct {
	Log  ledger.LogID `json:"log"`
	Seq  ledger.Seq   `json:"seq"`
	Hash string       `json:"hash"`
}

func endAt(c *ledger.Commit) indexEnd { return indexEnd{Log: c.Log, Seq: c.Seq, Hash: c.Hash.String()} }

// NewRejections opens the index of a database.
func NewRejections(b Backend) *Rejections {
	return &Rejections{
		backend: b, list: NewTable[Rejection](b, "rejections"), ends: NewTable[indexEnd](b, "rejections-ends"),
		units: map[ledger.UnitID]*unitIndex{},
	}
}

// Of returns the rejections of a unit, in the order of its ledger.
func (x *Rejections) Of(ctx context.Context, unit ledger.UnitID) ([]Rejection, error) {
	if err := x.bringUp(ctx, unit); err != nil {
		return nil, fmt.Errorf("rejections of %s: %w", unit, err)
	}
	return x.stored(ctx, unit)
}

func (x *Rejections) stored(ctx context.Context, unit ledger.UnitID) ([]Rejection, error) {
	all, err := x.list.AllOf(ctx, string(unit)+":")
	list := make([]Rejection, len(all))
	for i := range all {
		list[i] = all[i].Value
		list[i].ID, list[i].Unit, list[i].stored = all[i].ID, unit, true
	}
	return list, err
}

// Read returns the rejected ops, who sent them, and why they were rejected:
// those of the list that hold at most [MaxHistoryBytes] together, at least one.
func (x *Rejections) Read(ctx context.Context, list []Rejection) ([]Event, error) {
	var events []Event
	var c *ledger.Commit // the one read last: what was rejected together stands together
	size := 0
	for i := range list {
		r := &list[i]
		if c == nil || c.Unit != r.Unit || c.Seq != r.Seq {
			commits, err := commitsUpTo(ctx, x.backend, r.Unit, r.Seq-1, r.Seq, 1)
			if err != nil {
				return nil, fmt.Errorf("read rejection %s: %w", r.ID, err)
			}
			c = commits[0]
		}
		event, ok := eventAt(c, r.Index)
		if !ok {
			return nil, fmt.Errorf("read rejection %s: %w", r.ID, ErrNotFound)
		}
		if size += len(event.Op.Text); i > 0 && size > MaxHistoryBytes {
			break
		}
		events = append(events, event)
	}
	return events, nil
}

func eventAt(c *ledger.Commit, index int) (Event, bool) {
	at := index
	for i := range c.Entries {
		e := &c.Entries[i]
		if at < len(e.Ops) {
			return Event{
				Dot: ledger.Dot{Seq: c.Seq, Index: index}, Received: c.At, Device: e.Device, User: e.User, Role: e.Role,
				Op: e.Ops[at].Open(), Verdict: e.Verdicts[at],
			}, true
		}
		at -= len(e.Ops)
	}
	return Event{}, false
}

// bringUp reads what is new in a ledger. Where the ledger is another than was
// indexed, as after a restored backup, it starts over.
func (x *Rejections) bringUp(ctx context.Context, unit ledger.UnitID) error {
	u := x.unit(unit)
	select {
	case u.busy <- struct{}{}:
		defer func() { <-u.busy }()
	case <-ctx.Done():
		return ctx.Err()
	}
	head, err := x.backend.Head(ctx, unit)
	if err != nil {
		return err
	}
	end, err := x.begin(ctx, u, unit, head.Seq)
	if err != nil || head.Seq <= end.Seq {
		return err
	}
	list, err := x.stored(ctx, unit)
	if err != nil {
		return err
	}
	for end.Seq < head.Seq {
		commits, err := commitsUpTo(ctx, x.backend, unit, end.Seq, head.Seq, 256)
		if err != nil {
			return err
		}
		changed := map[string]bool{}
		for _, c := range commits {
			list = indexCommit(list, c, changed)
		}
		end = endAt(commits[len(commits)-1])
		if list, err = x.store(ctx, list, changed); err != nil {
			return err
		}
		if len(changed) > 0 || len(commits) == 256 {
			if err := x.keepEnd(ctx, unit, end); err != nil {
				return err
			}
		}
		u.seen = end
	}
	return nil
}

// begin returns up to where a ledger is indexed, which reaches through.
func (x *Rejections) begin(ctx context.Context, u *unitIndex, unit ledger.UnitID, through ledger.Seq) (indexEnd, error) {
	end := u.seen
	if end.Seq == 0 {
		stored, err := x.ends.Get(ctx, string(unit))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return end, err
		}
		end = stored.Value
	}
	if end.Seq == 0 {
		return end, nil
	}
	commits, err := commitsUpTo(ctx, x.backend, unit, end.Seq-1, through, 1)
	if err != nil || len(commits) == 1 && endAt(commits[0]) == end {
		return end, err
	}
	list, err := x.stored(ctx, unit)
	if err != nil {
		return end, err
	}
	for i := range list {
		if err := x.list.Delete(ctx, list[i].ID); err != nil {
			return end, err
		}
	}
	u.seen = indexEnd{}
	return indexEnd{}, x.ends.Delete(ctx, string(unit))
}

func (x *Rejections) keepEnd(ctx context.Context, unit ledger.UnitID, end indexEnd) error {
	_, err := x.ends.Add(ctx, string(unit), end)
	if errors.Is(err, ErrTaken) {
		_, err = x.ends.Update(ctx, string(unit), func(last *indexEnd) error {
			*last = end
			return nil
		})
	}
	return err
}

// store writes the rejections that changed, and drops the oldest beyond
// [maxRejections].
func (x *Rejections) store(ctx context.Context, list []Rejection, changed map[string]bool) ([]Rejection, error) {
	over := max(len(list)-maxRejections, 0)
	for i := range list[:over] {
		if !list[i].stored {
			continue
		}
		if err := x.list.Delete(ctx, list[i].ID); err != nil {
			return nil, err
		}
	}
	list = list[over:]
	for i := range list {
		r := list[i]
		if !changed[r.ID] {
			continue
		}
		_, err := x.list.Add(ctx, r.ID, r)
		if errors.Is(err, ErrTaken) {
			_, err = x.list.Update(ctx, r.ID, func(last *Rejection) error {
				last.Action, last.Fields, last.Corrected = r.Action, r.Fields, r.Corrected
				return nil
			})
		}
		if err != nil {
			return nil, err
		}
		list[i].stored = true
	}
	return list, nil
}

// indexCommit adds the rejections of a commit, and marks those that its other
// ops correct. It notes in changed which of the list are to be stored.
func indexCommit(list []Rejection, c *ledger.Commit, changed map[string]bool) []Rejection {
	index := 0
	for i := range c.Entries {
		e := &c.Entries[i]
		for j := range e.Ops {
			if e.Verdicts[j].Status == ledger.Rejected {
				op := e.Ops[j].Open()
				r := Rejection{
					ID: fmt.Sprintf("%s:%010d.%05d", c.Unit, c.Seq, index), Unit: c.Unit,
					Seq: c.Seq, Index: index, Received: c.At, Record: op.Record.String(), Action: actionOf(&op), Fields: fieldsOf(&op),
				}
				list, changed[r.ID] = append(list, r), true
			} else if len(list) > 0 {
				markCorrected(list, &e.Ops[j], changed)
			}
			index++
		}
	}
	return list
}

// markCorrected marks what an accepted op says again. A removal ends all questions
// about its record.
func markCorrected(list []Rejection, stored *ledger.StoredOp, changed map[string]bool) {
	record, action := stored.Record().String(), stored.Action()
	for i := range list {
		r := &list[i]
		switch {
		case r.Corrected || r.Record != record || action != r.Action && action != ledger.ActionRemove:
			continue
		case action == ledger.ActionEdit && len(r.Fields) > 0:
			op := stored.Open()
			left := slices.DeleteFunc(slices.Clone(r.Fields), func(field string) bool { _, set := op.Get(field); return set })
			if len(left) == len(r.Fields) {
				continue
			}
			r.Fields, r.Corrected = left, len(left) == 0
		default:
			r.Corrected = true
		}
		changed[r.ID] = true
	}
}

// actionOf returns what an op asks for. Any other word may be anything, personal
// data too, and stays in the ledger.
func actionOf(op *ledger.Op) ledger.Action {
	if !op.Action.Known() {
		return ""
	}
	return op.Action
}

// fieldsOf returns the fields that an edit sets and its form knows. Other names
// may be anything, personal data too, and stay in the ledger.
func fieldsOf(op *ledger.Op) []string {
	f, ok := form.Of(op.Kind)
	if !ok || op.Action != ledger.ActionEdit {
		return nil
	}
	var fields []string
	for _, a := range op.Set {
		if field, ok := f.Field(a.Field); ok {
			fields = append(fields, field.Name)
		}
	}
	return fields
}
