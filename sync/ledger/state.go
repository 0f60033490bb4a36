package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// errNotNext is returned for a commit that does not follow the state's head.
var errNotNext = errors.New("commit does not follow the head")

// ErrRules is wrapped where a commit, or the caller of a fold, names rules that
// the fold does not know.
var ErrRules = errors.New("the version of the rules is unknown")

// State is the fold of one unit's ledger up to a head. It is not safe for
// concurrent use; the records that it gives out are.
type State struct {
	unit    UnitID
	rules   Rules
	head    Head
	places  map[RecordID]Place
	records []record // by place
	names   names    // of the packed records
	scratch []byte   // room to pack in
	changes []change // Invariant: rising in seq; an entry is stale when its record has moved on
	streams map[streamKey]*Stream
	epochs  map[DeviceID]uint32 // the newest epoch of each device
	closed  map[RecordID]Period
}

// Place numbers the records of a state from 0 in the order in which they came
// to it. It stays as long as the state, and takes less memory than an id.
type Place uint32

type record struct {
	id   RecordID
	text packed
}

type change struct {
	seq    Seq
	record Place
}

type streamKey struct {
	device DeviceID
	epoch  uint32
}

// NewState is the fold of an empty ledger. It knows the rules up to a version.
func NewState(unit UnitID, rules Rules) (*State, error) {
	if rules < rules1 || rules > RulesCurrent {
		return nil, fmt.Errorf("fold rules %d: %w", rules, ErrRules)
	}
	return &State{
		unit: unit, rules: rules,
		places: map[RecordID]Place{}, names: names{numbers: map[string]uint64{}},
		streams: map[streamKey]*Stream{}, epochs: map[DeviceID]uint32{}, closed: map[RecordID]Period{},
	}, nil
}

// Restore continues a fold from a snapshot: the head it was taken at, and the
// records and streams as they were stored then or later. What is newer than the
// head is not applied a second time.
func (s *State) Restore(head Head, records iter.Seq[*Record], streams []*Stream) {
	s.head = head
	for r := range records {
		s.changes = append(s.changes, change{r.Seq, s.put(r)})
	}
	slices.SortFunc(s.changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.seq, b.seq), s.At(a.record).Compare(s.At(b.record)))
	})
	for _, l := range streams {
		s.streams[streamKey{l.Device, l.Epoch}] = l
		s.epochs[l.Device] = max(s.epochs[l.Device], l.Epoch)
	}
}

// Unit returns the unit whose ledger this is.
func (s *State) Unit() UnitID { return s.unit }

// Rules returns the latest version of the fold that the state knows, which new
// commits name.
func (s *State) Rules() Rules { return s.rules }

// Head returns how far the fold has come.
func (s *State) Head() Head { return s.head }

// Len counts the records, the removed ones too.
func (s *State) Len() int { return len(s.records) }

// Record returns a record, or nil.
func (s *State) Record(id RecordID) *Record {
	if at, ok := s.places[id]; ok {
		return s.unpack(&s.records[at])
	}
	return nil
}

// Place returns where a record stands that the state has.
func (s *State) Place(id RecordID) Place { return s.places[id] }

// At returns the record that stands at a place.
func (s *State) At(p Place) RecordID { return s.records[p].id }

// Records yields every record in order of its id.
func (s *State) Records() iter.Seq[*Record] {
	ids := slices.SortedFunc(maps.Keys(s.places), RecordID.Compare)
	return func(yield func(*Record) bool) {
		for _, id := range ids {
			if !yield(s.Record(id)) {
				return
			}
		}
	}
}

// MaxChangedBytes bounds what [State.Changed] returns at once, by the values of the
// records: a phone on a bad line takes it in pieces, and a server encodes it whole.
const MaxChangedBytes = 4 << 20

// Changed returns the records changed after a seq, in order of their last
// change, and the seq through which the answer is complete. It stops at the
// end of the commit in which limit or [MaxChangedBytes] is reached, so that a seq is
// a safe cursor.
// Records that are not shown are neither returned nor counted, and do not make
// more of the answer; nil shows all.
func (s *State) Changed(after Seq, limit int, shown func(*Record) bool) (records []*Record, through Seq, more bool) {
	bytes := 0
	i, _ := slices.BinarySearchFunc(s.changes, after+1, func(c change, seq Seq) int { return cmp.Compare(c.seq, seq) })
	for ; i < len(s.changes); i++ {
		c := s.changes[i]
		p := &s.records[c.record]
		if p.text.seq() != c.seq {
			continue
		}
		r := s.unpack(p)
		if shown != nil && !shown(r) {
			continue
		}
		if (len(records) >= limit || bytes >= MaxChangedBytes) && c.seq != through {
			return records, through, true
		}
		records, through = append(records, r), c.seq
		for j := range r.Writes {
			bytes += len(r.Writes[j].Value)
		}
	}
	return records, s.head.Seq, false
}

// Stream returns how far a device has come in one of its epochs, or nil.
func (s *State) Stream(device DeviceID, epoch uint32) *Stream {
	return s.streams[streamKey{device, epoch}]
}

// Streams yields every stream in order of device and epoch.
func (s *State) Streams() iter.Seq[*Stream] {
	keys := slices.SortedFunc(maps.Keys(s.streams), func(a, b streamKey) int {
		return cmp.Or(strings.Compare(string(a.device), string(b.device)), cmp.Compare(a.epoch, b.epoch))
	})
	return func(yield func(*Stream) bool) {
		for _, k := range keys {
			if !yield(s.streams[k]) {
				return
			}
		}
	}
}

// Epoch returns the newest epoch of a device that this ledger has seen.
func (s *State) Epoch(device DeviceID) uint32 { return s.epochs[device] }

// isClosed reports whether a day lies in a closed period.
func (s *State) isClosed(day string) bool {
	for _, p := range s.closed {
		if p.contains(day) {
			return true
		}
	}
	return false
}

// Apply folds the next commit, and fails where it is another. Whether it is
// genuine, only [Verifier] checks.
func (s *State) Apply(c *Commit) (changed []*Record, err error) {
	if c.Unit != s.unit || c.Seq != s.head.Seq+1 || c.Prev != s.head.Hash || s.head.Seq > 0 && c.Log != s.head.Log {
		return nil, fmt.Errorf("%s after %s: %w", CommitID(c.Unit, c.Seq), CommitID(s.unit, s.head.Seq), errNotNext)
	}
	if c.rules() > s.rules {
		return nil, fmt.Errorf("%s: rules %d: %w", CommitID(c.Unit, c.Seq), c.Rules, ErrRules)
	}
	d := s.Draft(c.At)
	d.rules = c.rules()
	for i := range c.Entries {
		e := &c.Entries[i]
		for j := range e.Ops {
			op := e.Ops[j].Open()
			d.Apply(e, &op, &e.Verdicts[j])
		}
	}
	return d.Publish(c), nil
}

func (s *State) put(r *Record) Place {
	at, ok := s.places[r.ID]
	if !ok {
		at = Place(len(s.records))
		s.places[r.ID] = at
		s.records = append(s.records, record{id: r.ID})
	}
	s.records[at].text = s.pack(r)
	if r.Kind == KindPeriod {
		delete(s.closed, r.ID)
		if p, err := ParsePeriod(r.Text("period")); err == nil && r.Bool(Closed) {
			s.closed[r.ID] = p
		}
	}
	return at
}

// note keeps the changes rising: a snapshot may hold records newer than its
// head, and then newer than the commits that follow.
func (s *State) note(c change) {
	at := len(s.changes)
	if at > 0 && s.changes[at-1].seq > c.seq {
		at, _ = slices.BinarySearchFunc(s.changes, c.seq+1, func(c change, seq Seq) int { return cmp.Compare(c.seq, seq) })
	}
	s.changes = slices.Insert(s.changes, at, c)
}

func (s *State) extend(c *Commit) {
	for i := range c.Entries {
		e := &c.Entries[i]
		key := streamKey{e.Device, e.Epoch}
		stream := s.streams[key]
		if stream == nil {
			stream = &Stream{Device: e.Device, Epoch: e.Epoch}
			s.streams[key] = stream
		}
		if e.To() <= stream.Through {
			continue // the snapshot was newer than its head
		}
		stream.add(Range{From: e.From, To: e.To(), Seq: c.Seq, Entry: i})
		s.epochs[e.Device] = max(s.epochs[e.Device], e.Epoch)
	}
}

// compact drops stale changes when they are more than half, so that the list
// stays linear in the records at amortised constant cost.
func (s *State) compact() {
	if len(s.changes) < 2*len(s.records)+64 {
		return
	}
	s.changes = slices.DeleteFunc(s.changes, func(c change) bool { return s.records[c.record].text.seq() != c.seq })
}

// Draft is the next commit in the making: a state that shows the ops applied
// so far, and that vanishes unless it is published.
type Draft struct {
	state   *State
	rules   Rules
	seq     Seq
	at      Millis
	index   int
	records map[RecordID]*Record
	changed []RecordID

	tried   *Op // the op of the last Try, and its outcome
	outcome *Record
}

// Draft begins the commit after the head, received at the given time.
func (s *State) Draft(at Millis) *Draft {
	return &Draft{state: s, rules: s.rules, seq: s.head.Seq + 1, at: at, records: map[RecordID]*Record{}}
}

// Record returns a record as it is after the ops applied so far, or nil.
func (d *Draft) Record(id RecordID) *Record {
	if r := d.records[id]; r != nil {
		return r
	}
	return d.state.Record(id)
}

// Closed reports whether a day lies in a period that was closed before this
// commit.
func (d *Draft) Closed(day string) bool { return d.state.isClosed(day) }

// Try returns the record as the op would leave it, and keeps the draft as it
// is. It is nil where an erasure names a record that does not exist. The
// verdict's status does not matter.
func (d *Draft) Try(e *Entry, op *Op) *Record {
	d.tried, d.outcome = op, d.fold(d.Record(op.Record), e, op)
	return d.outcome
}

// Apply folds one op, unless its verdict rejected it. Ops are applied in the
// order in which they stand in the commit, the rejected ones too.
func (d *Draft) Apply(e *Entry, op *Op, v *Verdict) {
	defer func() { d.index++ }()
	if v.Status == Rejected || op.Fault != (Fault{}) {
		return
	}
	if at, ok := d.state.places[op.Record]; ok && d.state.records[at].text.seq() >= d.seq {
		return // the snapshot was newer than its head
	}
	next := d.outcome
	if d.tried != op {
		next = d.fold(d.Record(op.Record), e, op)
	}
	d.tried, d.outcome = nil, nil
	if next == nil {
		return
	}
	next.Late = next.Late || v.Late
	if v.Hides {
		next.Hidden = d.seq
	}
	if d.records[op.Record] == nil {
		d.changed = append(d.changed, op.Record)
	}
	d.records[op.Record] = next
}

// fold applies the op to a copy of r; a nil r is created, but by an erasure:
// that reaches what was refused, and makes no record.
func (d *Draft) fold(r *Record, e *Entry, op *Op) *Record {
	if r == nil && op.Action == ActionErase {
		return nil
	}
	stamp := &Stamp{
		Dot: Dot{d.seq, d.index}, Base: min(op.Base, d.seq-1), Device: e.Device, Epoch: e.Epoch, N: op.N,
		User: e.User, Role: e.Role, At: min(op.At, d.at), Action: op.Action,
	}
	var next *Record
	if r == nil {
		next = &Record{ID: op.Record, Kind: op.Kind, Created: stamp, Writes: make([]Write, 0, len(op.Set)+1)}
	} else {
		next = r.clone(len(op.Set) + 1)
	}
	next.Seq, next.Updated = d.seq, d.at
	if n := len(next.Touched); n == 0 || next.Touched[n-1] != d.seq {
		next.Touched = append(slices.Clip(next.Touched), d.seq)
	}
	if r != nil {
		next.count(e.User, d.at)
	}
	folding{d.rules, next, stamp}.apply(op)
	switch {
	case !next.conflicted():
		next.Waiting = 0
	case next.Waiting == 0:
		next.Waiting = d.at
	}
	return next
}

// Publish makes the draft the state, once c stands in the ledger, and returns
// the records that changed.
func (d *Draft) Publish(c *Commit) []*Record {
	s := d.state
	s.head = c.Head()
	s.extend(c)
	changed := make([]*Record, len(d.changed))
	for i, id := range d.changed {
		changed[i] = d.records[id]
		s.note(change{c.Seq, s.put(changed[i])})
	}
	s.compact()
	return changed
}
