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
	tip     ledger.Head // of its last page, where that was not the end
	seen    ledger.Seq  // of its last pull that came to an end: the base of what is written
	records map[ledger.RecordID]*ledger.Record
	known   []ledger.RecordID // every record that it ever saw or made, in that order
	kinds   map[ledger.RecordID]ledger.Kind

	ops     []written // Invariant: ops[i] has the counter i+1
	through int       // how many of them were acknowledged
	sent    bool      // some of them were sent
	request *parcel   // the push that it waits for

	before []earlier     // acknowledged in earlier epochs
	doubt  bool          // the ledger must be asked whether it has those
	pushed ledger.Seq    // the greatest seq of an answer to a push in this epoch
	passed ledger.Seq    // and in those before: until that is pulled, they are in doubt
	heads  []ledger.Head // at which pulls came to an end
	asked  bool          // the next pull names them, to be told what is shared
}

// earlier is an op of an earlier epoch, which has its counter there.
type earlier struct {
	written
	epoch uint32
	n     uint64
	lost  bool // a restored ledger lacks it
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
	b.cursor, b.tip, b.seen, b.request, b.asked = ledger.Head{}, ledger.Head{}, 0, nil, false
	b.records, b.known, b.kinds = map[ledger.RecordID]*ledger.Record{}, nil, map[ledger.RecordID]ledger.Kind{}
}

// reinstall is a phone that lost all it held, what was not sent too.
func (m *mobile) reinstall() {
	m.s.count["apps reinstalled"]++
	m.s.epochs[m.device]++
	m.epoch = m.s.epochs[m.device]
	for _, b := range m.books {
		b.clear()
		b.ops, b.through, b.sent, b.before, b.doubt, b.heads = nil, 0, false, nil, false, nil
	}
}

// fresh signs in with a new epoch. Ops that were not acknowledged count from 1,
// behind those of earlier epochs that a restored ledger lacks.
func (m *mobile) fresh() {
	m.s.count["epochs begun by an app that kept its ops"]++
	was := m.epoch
	m.s.epochs[m.device]++
	m.epoch = m.s.epochs[m.device]
	for _, b := range m.books {
		var again []written
		var kept []earlier
		for _, o := range b.before {
			if o.lost {
				again = append(again, o.written)
			} else {
				kept = append(kept, o)
			}
		}
		for i, w := range b.ops[:b.through] {
			kept = append(kept, earlier{written: w, epoch: was, n: uint64(i + 1)})
		}
		b.ops = append(again, b.ops[b.through:]...)
		b.before, b.through, b.sent, b.request, b.doubt = kept, 0, false, nil, len(kept) > 0
		b.passed, b.pushed = max(b.passed, b.pushed), 0
	}
}

// signIn is what each phone does whose session a restored server does not know.
// That may know an earlier epoch alone: then the phone begins new ones until it
// has its own again.
func (m *mobile) signIn() {
	for m.s.epochs[m.device] < m.epoch {
		m.s.epochs[m.device]++
		m.s.count["epochs that a restored server had forgotten"]++
	}
}

// ask asks a server how far the ledger has the phone's epochs. It reports whether
// that is known.
func (b *book) ask(n *node) bool {
	if !b.doubt && (len(b.before) == 0 || b.cursor.Seq >= b.passed || b.cursor.Seq == 0) {
		return true
	}
	if n.dead {
		return false
	}
	var epochs []store.Through
	var err error
	var head ledger.Head
	n.serve(func() {
		if head, err = n.store.Head(b.m.s.t.Context(), b.unit); err == nil {
			epochs, err = n.store.Epochs(b.m.s.t.Context(), b.unit, b.m.device)
		}
	})
	b.m.s.observe()
	switch {
	case errors.Is(err, memory.ErrFault), errors.Is(err, store.ErrUnreachable):
		return false
	case err != nil:
		b.m.s.fail("ask for the epochs: %v", err)
	}
	b.m.s.count["epochs asked for"]++
	b.doubt, b.passed = false, min(b.passed, head.Seq)
	b.lose(epochs, b.cursor.Seq)
	return true
}

// lose finds the ops of earlier epochs that the ledger lacks.
func (b *book) lose(epochs []store.Through, common ledger.Seq) {
	lost := false
	for i := range b.before {
		if o := &b.before[i]; o.n >= store.Expected(epochs, o.epoch) && !o.lost {
			b.m.s.count["ops of an earlier epoch that a restore lost"]++
			o.lost = true
			o.lower(common)
		}
		lost = lost || b.before[i].lost
	}
	switch {
	case !lost:
	case b.sent:
		b.m.fresh()
	default:
		var again []written
		for _, o := range b.before {
			if o.lost {
				again = append(again, o.written)
			}
		}
		b.before = slices.DeleteFunc(b.before, func(o earlier) bool { return o.lost })
		b.ops = append(again, b.ops...)
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
		d.before, d.heads = slices.Clone(b.before), slices.Clone(b.heads)
		c.books = append(c.books, &d)
	}
	return &c
}

// separate is what a phone does when the server says that another one uses its
// identity: it takes a new epoch, and where two phones would fence each other so
// again and again, a new identity, in which the ops that were not acknowledged
// count from 1.
func (m *mobile) separate() {
	if m.s.habits.clone == 0 {
		m.fresh()
		return
	}
	m.sign()
	for _, b := range m.books {
		b.ops, b.through, b.request, b.sent, b.before, b.doubt = slices.Clone(b.ops[b.through:]), 0, nil, false, nil, false
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
	if !b.ask(pick(s, s.nodes)) {
		return
	}
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
	b.request, b.sent = &parcel{from: b.m, unit: b.unit, batch: batch}, true
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
		b.through, b.pushed = max(b.through, int(answer.From)+len(answer.Results)-1), max(b.pushed, answer.Head.Seq)
		b.request = nil
	case errors.As(err, &gap):
		m.s.count["gaps"]++
		b.lower(int(gap.Expected), b.cursor.Seq)
		b.request, b.doubt = nil, len(b.before) > 0
	case errors.As(err, &diverged):
		b.startAgain(diverged)
	case errors.Is(err, store.ErrForked), errors.Is(err, store.ErrFenced), errors.As(err, &reuse):
		m.s.count["phones refused because another has their identity"]++
		m.separate()
	default: // it does not know, and sends again
	}
}

// startAgain is what a phone does whose cursor is not in the ledger, because a
// backup was restored.
func (b *book) startAgain(diverged *store.DivergedError) {
	s := b.m.s
	if diverged.Common == 0 && !b.asked && len(b.heads) > 0 {
		b.asked, b.request = true, nil
		return
	}
	s.count["phones that noticed a restored backup"]++
	if diverged.Common > 0 {
		s.count["phones that were told what is shared with it"]++
		i := slices.IndexFunc(b.heads, func(h ledger.Head) bool { return h.Seq == diverged.Common })
		if i < 0 || !s.ledgerOf(b.unit).holds(b.heads[i]) {
			s.fail("%s is answered that %d is shared; it knows %v", b.m.device, diverged.Common, b.heads)
		}
	}
	b.heads = slices.DeleteFunc(b.heads, func(h ledger.Head) bool { return h.Seq > diverged.Common })
	b.lower(int(diverged.Expected), diverged.Common)
	b.clear()
	b.doubt, b.pushed, b.passed = false, 0, 0
	b.lose(diverged.Epochs, diverged.Common)
}

// lower is for ops that the ledger has lost, or never had: they are sent
// again, as by somebody who had seen no more than what is certainly shared.
func (b *book) lower(expected int, common ledger.Seq) {
	for i := expected - 1; i < len(b.ops); i++ {
		b.ops[i].lower(common)
	}
	b.through = min(b.through, expected-1)
}

func (w *written) lower(common ledger.Seq) {
	if w.want == ledger.FaultBaseUnknown && w.base > common {
		w.want = ""
	}
	w.base = min(w.base, common)
}

// pull asks for pages of changes until there are no more.
func (b *book) pull(n *node, pages int) {
	s := b.m.s
	if !b.ask(n) {
		return
	}
	for range pages {
		if n.dead {
			return
		}
		view := form.ViewOf(b.m.author.Role, b.writes)
		s.count["pages pulled"]++
		var page store.Changes
		var err error
		var diverged *store.DivergedError
		n.serve(func() {
			pulled := store.Pulled{Head: b.cursor, Tip: b.tip}
			if b.asked {
				pulled.Earlier = b.heads
			}
			if page, err = n.store.Changes(s.t.Context(), b.unit, pulled, 1+s.rng.IntN(60), 0); errors.As(err, &diverged) {
				if diverged.Epochs, err = n.store.Epochs(s.t.Context(), b.unit, b.m.device); err == nil {
					diverged.Expected, err = store.Expected(diverged.Epochs, b.m.epoch), diverged
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
				s.fail("%s is answered that %v or %v is not in the ledger", b.m.device, b.cursor, b.tip)
			}
			b.startAgain(diverged)
			continue
		case err != nil:
			s.fail("pull: %v", err)
		case b.cursor.Seq > 0 && b.view != view: // package api answers view-changed
			s.count["phones told of another view"]++
			b.clear()
			continue
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
		b.heads = append(b.heads, page.Head)
		b.heads = b.heads[max(0, len(b.heads)-8):]
	}
	b.asked = false
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
	for _, o := range b.before {
		text, err := ledger.Canonical(fmt.Appendf(nil, `{"n":%d,"base":%d%s}`, o.n, o.base, o.rest))
		if err != nil {
			s.fail("%v", err)
		}
		l.mustHold(b.m.device, o.epoch, o.n, ledger.ParseOp(text))
	}
	if b.pull(pick(s, s.nodes), 1000); b.cursor != l.head() {
		s.fail("%s in %s: pulled to %v, the head is %v", b.m.device, b.unit, b.cursor, l.head())
	}
}
