package store_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// mobile is a phone, or a browser at a desk, that does what the contract
// (openapi.yaml) says a client does.
type mobile struct {
	s      *simulation
	device ledger.DeviceID
	epoch  uint32
	author store.Author
	skew   time.Duration // of its clock
	books  []*book       // one per unit that it pulls
}

// book is what a phone holds of one unit.
type book struct {
	m       *mobile
	unit    ledger.UnitID
	writes  bool        // the unit is its own
	cursor  ledger.Head // of its last page; zero before the first
	view    string      // under which that page was made
	tip     ledger.Head // that its last page told of, where it was not the end
	seen    ledger.Seq  // of its last pull that came to an end: the base of what is written
	records map[ledger.RecordID]*ledger.Record
	known   []ledger.RecordID // every record that it ever saw or made, in that order
	kinds   map[ledger.RecordID]ledger.Kind

	ops     []written // Invariant: ops[i] has the counter i+1
	through int       // how many of them were acknowledged
	request *parcel   // the push that it waits for
}

// written is an op in the outbox. Acknowledged ones stay.
type written struct {
	base ledger.Seq
	rest string // its other members, each with a comma before it
	want string // the code that it must be rejected with, if any
}

// newMobile makes a phone of a village, or every third time a desk of the
// commune, which writes everywhere.
func newMobile(s *simulation, i int) *mobile {
	m := &mobile{s: s, author: store.Author{User: ledger.UserID(fmt.Sprint("u", i)), Role: form.RoleCollector}}
	m.sign()
	own := simulatedUnits[1+i%2 : 2+i%2]
	if i%3 == 2 {
		m.author.Role = form.RoleReviewer
		own = simulatedUnits
	}
	for _, unit := range simulatedUnits {
		if writes := slices.Contains(own, unit); writes || unit == simulatedUnits[0] {
			b := &book{m: m, unit: unit, writes: writes}
			b.clear()
			m.books = append(m.books, b)
		}
	}
	return m
}

// sign gives the phone an identity that nobody has.
func (m *mobile) sign() {
	m.s.devices++
	m.device, m.epoch = ledger.DeviceID(fmt.Sprint("d", m.s.devices)), 1
	m.s.epochs[m.device] = 1
}

func (b *book) clear() {
	b.cursor, b.tip, b.seen, b.request = ledger.Head{}, ledger.Head{}, 0, nil
	b.records, b.known, b.kinds = map[ledger.RecordID]*ledger.Record{}, nil, map[ledger.RecordID]ledger.Kind{}
}

// reinstall is a phone that lost all it held, what was not sent too.
func (m *mobile) reinstall() {
	m.s.count["apps installed anew"]++
	m.s.epochs[m.device]++
	m.epoch = m.s.epochs[m.device]
	for _, b := range m.books {
		b.clear()
		b.ops, b.through = nil, 0
	}
}

// changeRole makes another of the person, on all their phones. The commune's own
// ledger is theirs as long as they are staff, or have written into it.
func (m *mobile) changeRole() {
	role := form.RoleReviewer
	if m.author.Role == role {
		role = form.RoleCollector
	}
	m.s.count["roles changed"]++
	for _, other := range m.s.mobiles {
		if other.author.User != m.author.User {
			continue
		}
		other.author.Role = role
		if b := other.books[0]; len(b.ops) == 0 {
			b.writes = role == form.RoleReviewer
		}
	}
}

// clone is a phone restored from a backup of another: two now have one
// identity.
func (m *mobile) clone() *mobile {
	m.s.count["phones cloned"]++
	c := *m
	c.books = nil
	for _, b := range m.books {
		d := *b
		d.m, d.request = &c, nil
		d.ops, d.known = slices.Clone(b.ops), slices.Clone(b.known)
		d.records, d.kinds = maps.Clone(b.records), maps.Clone(b.kinds)
		c.books = append(c.books, &d)
	}
	return &c
}

// separate is what a phone does that was told that another one uses its
// identity: it takes a new one, in which the ops that were not acknowledged
// count from 1.
func (m *mobile) separate() {
	m.sign()
	for _, b := range m.books {
		b.ops, b.through, b.request = slices.Clone(b.ops[b.through:]), 0, nil
	}
}

// write makes ops as a person would, in any book.
func (m *mobile) write(n int) {
	b := pick(m.s, m.books)
	if !b.writes {
		b = m.books[len(m.books)-1]
	}
	for range n {
		b.write()
	}
}

func (b *book) write() {
	b.ops = append(b.ops, b.draft())
	b.m.s.count["ops"]++
}

// push sends ops from the first that was not acknowledged, and at times from
// before it.
func (b *book) push() {
	s := b.m.s
	from := b.through + 1
	if from > 1 && s.chance(0.1) {
		from -= s.rng.IntN(min(from, 20))
		s.count["requests that send again what was acknowledged"]++
	}
	if from > len(b.ops) {
		return
	}
	to := min(len(b.ops), from+s.rng.IntN(30))
	if b.unseen(from, to) {
		s.count["pushes put off until more was pulled"]++
		return
	}
	text := fmt.Appendf(nil, `{"device":%q,"epoch":%d,"from":%d`, b.m.device, b.m.epoch, from)
	if b.cursor.Seq > 0 {
		text = fmt.Appendf(text, `,"head":{"log":%q,"seq":%d,"hash":%q}`, b.cursor.Log, b.cursor.Seq, b.cursor.Hash)
	}
	text = append(text, `,"ops":[`...)
	for n := from; n <= to; n++ {
		if n > from {
			text = append(text, ',')
		}
		w := &b.ops[n-1]
		text = fmt.Appendf(text, `{"n":%d,"base":%d%s}`, n, w.base, w.rest)
	}
	batch, err := ledger.ParseBatch(append(text, `]}`...))
	if err != nil {
		s.fail("%v: %s", err, text)
	}
	b.request = &parcel{from: b.m, unit: b.unit, batch: batch}
	s.post(b.request)
}

// unseen reports whether ops were made by somebody who had seen more than the
// phone could show a head of: it began to pull from the beginning, and sends
// again what it takes for acknowledged. Of what a restored backup has lost the
// ledger would say that it cannot have been seen.
func (b *book) unseen(from, to int) bool {
	return slices.ContainsFunc(b.ops[from-1:to], func(w written) bool {
		return w.want != ledger.FaultBaseUnknown && w.base > b.cursor.Seq
	})
}

// hear takes the answer to a push. The answer to one that it no longer waits
// for reaches nobody.
func (m *mobile) hear(p *parcel, answer store.Answer, err error) {
	i := slices.IndexFunc(m.books, func(b *book) bool { return b.request == p })
	if i < 0 {
		return
	}
	b := m.books[i]
	var gap *store.GapError
	var diverged *store.DivergedError
	var reuse *store.ReuseError
	switch {
	case err == nil:
		for i, v := range answer.Results {
			if w := b.ops[int(answer.From)+i-1]; w.want != "" && v.Code != w.want {
				m.s.fail("%s: want %s, is %+v", w.rest, w.want, v)
			}
		}
		b.through = max(b.through, int(answer.From)+len(answer.Results)-1)
		b.request = nil
	case errors.As(err, &gap):
		m.s.count["gaps"]++
		b.lower(int(gap.Expected), b.cursor.Seq)
		b.request = nil
	case errors.As(err, &diverged):
		b.startAgain(diverged)
	case errors.Is(err, store.ErrForked), errors.Is(err, store.ErrFenced), errors.As(err, &reuse):
		m.s.count["phones told that another has their identity"]++
		m.separate()
	default: // it does not know, and sends again
	}
}

// startAgain is what a phone does whose cursor is not in the ledger, because a
// backup was restored.
func (b *book) startAgain(diverged *store.DivergedError) {
	b.m.s.count["phones told of a restored backup"]++
	b.lower(int(diverged.Expected), diverged.Common)
	b.clear()
}

// lower is for ops that the ledger has lost, or never had: they are sent
// again, as by somebody who had seen no more than what is certainly shared.
func (b *book) lower(expected int, common ledger.Seq) {
	for i := expected - 1; i < len(b.ops); i++ {
		w := &b.ops[i]
		if w.want == ledger.FaultBaseUnknown && w.base > common {
			w.want = ""
		}
		w.base = min(w.base, common)
	}
	b.through = min(b.through, expected-1)
}

// pull asks for pages of changes until there are no more.
func (b *book) pull(n *node, pages int) {
	s := b.m.s
	for range pages {
		if n.dead {
			return
		}
		view := form.Sight(b.m.author.Role, b.writes)
		if b.cursor.Seq > 0 && b.view != view { // package api answers view-changed
			s.count["phones told of another view"]++
			b.clear()
		}
		s.count["pages pulled"]++
		var page store.Changes
		var expected uint64
		var err error
		var diverged *store.DivergedError
		n.serve(func() {
			if page, err = n.store.Changes(s.t.Context(), b.unit, store.Pulled{Head: b.cursor, Tip: b.tip}, 1+s.rng.IntN(60), 0); errors.As(err, &diverged) {
				if expected, err = n.store.Expected(s.t.Context(), b.unit, b.m.device, b.m.epoch); err == nil {
					diverged.Expected, err = expected, diverged
				}
			}
		})
		s.observe()
		l := s.ledgerOf(b.unit)
		switch {
		case !s.calm && s.chance(s.habits.loseReply):
			s.count["replies lost"]++
			return
		case errors.Is(err, memory.ErrFault), errors.Is(err, store.ErrUnreachable):
			return
		case errors.As(err, &diverged):
			if (b.cursor.Seq == 0 || l.holds(b.cursor)) && (b.tip.Seq == 0 || l.holds(b.tip)) {
				s.fail("%s is told that %v or %v is not in the ledger", b.m.device, b.cursor, b.tip)
			}
			b.startAgain(diverged)
			continue
		case err != nil:
			s.fail("pull: %v", err)
		}
		b.take(page)
		b.view = view
		if !page.More {
			l.checkBook(b)
			return
		}
	}
}

// take puts a page into the book, as package api would have sent it: a record
// whole, as a tombstone, or not at all.
func (b *book) take(page store.Changes) {
	if !b.m.s.ledgerOf(b.unit).holds(page.Head) && page.Head.Seq > 0 {
		b.m.s.fail("a page ends at %v, which is not in the ledger", page.Head)
	}
	for _, r := range page.Records {
		switch {
		case b.sees(r):
			b.meet(r.ID, r.Kind)
			b.records[r.ID] = r
		case b.cursor.Seq > 0 && r.Created.Dot.Seq < r.Hidden:
			delete(b.records, r.ID)
		}
	}
	b.cursor, b.tip = page.Head, ledger.Head{}
	if page.More {
		b.tip = page.Tip
	} else {
		b.seen = page.Head.Seq
	}
}

// sees reports whether the phone may hold a record.
func (b *book) sees(r *ledger.Record) bool {
	if !b.writes {
		return form.VisibleFromParent(r)
	}
	return form.Visible(r, b.m.author.Role, b.m.author.User)
}

func (b *book) meet(id ledger.RecordID, kind ledger.Kind) {
	if _, ok := b.kinds[id]; !ok {
		b.known = append(b.known, id)
		b.kinds[id] = kind
	}
}

// mustBeAtRest checks that every op that the phone kept is in the ledger, as
// the phone has it, and that the phone holds what it may see.
func (b *book) mustBeAtRest() {
	s, l := b.m.s, b.m.s.ledgerOf(b.unit)
	if b.through != len(b.ops) && b.writes {
		s.fail("%s in %s: %d of %d ops acknowledged", b.m.device, b.unit, b.through, len(b.ops))
	}
	for i, w := range b.ops {
		n := uint64(i + 1)
		text, err := ledger.Canonical(fmt.Appendf(nil, `{"n":%d,"base":%d%s}`, n, w.base, w.rest))
		if err != nil {
			s.fail("%v", err)
		}
		l.mustHold(b.m.device, b.m.epoch, n, ledger.ParseOp(text))
	}
	if b.pull(pick(s, s.nodes), 1000); b.cursor != l.head() {
		s.fail("%s in %s: pulled to %v, the head is %v", b.m.device, b.unit, b.cursor, l.head())
	}
}
