package store_test

import (
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

// The simulation plays small worlds, each from one seed and on one goroutine:
// a few phones and desks, a few servers, one database that fails. Whatever
// happens in a world hangs on its seed alone, so that what went wrong once can
// be looked at as often as needed.
//
//	go test ./sync/store -run Simulation -v               # 10^5 ops
//	go test ./sync/... -run Simulation -ops 1000000 -seed 7 -v
//
// A world is played to its end; -ops says how many ops all of them make at
// least. The world that follows has the next seed.
var (
	simulatedOps = flag.Int("ops", 0, "ops that the simulation makes; 0 means 100000, or 10000 with -short or -race")
	firstSeed    = flag.Uint64("seed", 1, "seed of the simulation's first world")
)

func TestSimulation(t *testing.T) {
	ops := *simulatedOps
	if ops == 0 {
		ops = 100_000
		if testing.Short() || raced() {
			ops = 10_000
		}
	}
	total := tally{}
	begin := time.Now()
	for seed := *firstSeed; total["ops"] < ops; seed++ {
		total.add(simulate(t, seed).count)
		total["worlds"]++
	}
	if !testing.Short() {
		fmt.Printf("%d ops in %d worlds from seed %d, in %v:\n%v", total["ops"], total["worlds"], *firstSeed, time.Since(begin).Round(time.Millisecond), total)
	}
	if ops < 100_000 || *firstSeed != 1 {
		return
	}
	for _, rare := range []string{
		"roles changed", "units merged", "epochs that a restored server had forgotten", "orders of erasure that came again after a restore",
		"copies of requests that came after a restore", "apps reinstalled", "ops of an earlier epoch that a restore lost",
	} {
		if total[rare] < 10 {
			t.Errorf("%d %s: too few to learn anything about them", total[rare], rare)
		}
	}
}

// TestSimulationRepeats: the same seed is the
// same history, to the last bit of every ledger.
func TestSimulationRepeats(t *testing.T) {
	once, again := simulate(t, *firstSeed), simulate(t, *firstSeed)
	if !maps.Equal(once.count, again.count) {
		t.Errorf("once:\n%v\nagain:\n%v", once.count, again.count)
	}
	for i, l := range once.ledgers {
		if l.head() != again.ledgers[i].head() {
			t.Errorf("%s: once %v, again %v", l.unit, l.head(), again.ledgers[i].head())
		}
	}
}

func raced() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// tally counts what happened, by a name.
type tally map[string]int

func (c tally) add(other tally) {
	for name, n := range other {
		c[name] += n
	}
}

func (c tally) String() string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&out, "%9d  %s\n", c[name], name)
	}
	return out.String()
}

// Units of every world. The first is the commune's own; the second may be merged
// into the third.
const mergedUnit, successor = ledger.UnitID("21133-01-20250701"), ledger.UnitID("21133-02-20250701")

var simulatedUnits = []ledger.UnitID{"21133-20250701", mergedUnit, successor}

// simulation is one world.
type simulation struct {
	t      testing.TB
	seed   uint64
	rng    *rand.Rand
	now    time.Time
	habits habits
	count  tally

	db      *memory.DB
	nodes   []*node
	serving *node // whose calls reach the database now; nil where the simulation itself looks
	depth   int   // of requests that are served while another waits
	calm    bool  // nothing fails, and nothing happens meanwhile
	backup  *memory.DB
	lastDay string // of the unit that was merged into another; "" before
	// What the backup has of the accounts: the epochs of the devices.
	backedUp map[ledger.DeviceID]uint32
	orders   map[counter]bool // of erasures that a restore lost

	ledgers []*truth // one per unit
	mobiles []*mobile
	mail    []*parcel
	devices int
	epochs  map[ledger.DeviceID]uint32
	encoded map[*ledger.Record]string
}

// habits are how often things happen in a world. Worlds differ in them,
// because what goes wrong often hides what needs peace to go wrong.
type habits struct {
	ops        int
	maxRecords int // kept folded by a server

	drop, repeat, loseReply, giveUp     float64 // of requests
	insert, read, project               float64 // calls to the database that fail
	crash                               float64 // of a server, at a call that writes
	meet                                float64 // requests that arrive while another is served
	reinstall, clone, makeCopy, restore float64 // of steps
	changeRole, fresh, merge            float64 // of steps
	erase                               float64 // of decisions
}

func newHabits(rng *rand.Rand) habits {
	some := func(p float64) float64 { // none in one world of three
		return max(0, p*(rng.Float64()*1.5-0.5))
	}
	h := habits{
		ops: 200 + rng.IntN(1400), maxRecords: 300_000,
		drop: some(0.3), repeat: some(0.4), loseReply: some(0.4), giveUp: some(0.2),
		insert: some(0.3), read: some(0.03), project: some(0.1), crash: some(0.02), meet: some(0.8),
		reinstall: some(0.004), clone: some(0.003), makeCopy: 0.006, restore: some(0.01),
		changeRole: some(0.004), fresh: some(0.02), merge: some(0.002),
		erase: some(0.4),
	}
	if rng.IntN(2) == 0 {
		// Not both: where a backup has lost what a phone sent, its clone may fill
		// the same counters with something else, and counters are all that the
		// first phone's next push is compared by.
		h.clone = 0
	} else {
		h.restore = 0
	}
	if rng.IntN(4) == 0 {
		h.maxRecords = 100 // folds are dropped and loaded all the time
	}
	if rng.IntN(20) == 0 {
		h.ops *= 4
	}
	return h
}

// simulate plays one world to its end.
func simulate(t testing.TB, seed uint64) *simulation {
	t.Helper()
	var key [32]byte
	binary.BigEndian.PutUint64(key[:], seed)
	rng := rand.New(rand.NewChaCha8(key)) //nolint:gosec // A simulation must repeat itself.
	s := &simulation{
		t: t, seed: seed, rng: rng, now: day, habits: newHabits(rng), count: tally{},
		db: memory.New(), epochs: map[ledger.DeviceID]uint32{}, encoded: map[*ledger.Record]string{}, orders: map[counter]bool{},
	}
	defer func() {
		if r := recover(); r != nil {
			s.fail("panic: %v\n%s", r, debug.Stack())
		}
	}()
	s.db.SetFaults(s.fault)
	for _, unit := range simulatedUnits {
		s.ledgers = append(s.ledgers, newTruth(s, unit))
	}
	for range 1 + rng.IntN(3) {
		s.nodes = append(s.nodes, s.start())
	}
	for i := range 3 + rng.IntN(5) {
		s.mobiles = append(s.mobiles, newMobile(s, i))
	}
	next := s.habits.ops / 4
	for steps := 0; s.count["ops"] < s.habits.ops; steps++ {
		s.now = s.now.Add(time.Duration(rng.IntN(300)) * time.Second)
		s.step()
		s.observe()
		if s.count["ops"] >= next {
			s.inspect()
			next += s.habits.ops / 4
		}
		if steps > 100*s.habits.ops {
			s.fail("nothing moves any more")
		}
	}
	s.end()
	return s
}

// fail ends the test, and says how to see it again.
func (s *simulation) fail(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("seed %d, after %d ops: %s\n\nagain: go test ./sync/store -run Simulation -ops 1 -seed %d",
		s.seed, s.count["ops"], fmt.Sprintf(format, args...), s.seed)
}

func (s *simulation) chance(p float64) bool { return s.rng.Float64() < p }

func pick[T any](s *simulation, list []T) T { return list[s.rng.IntN(len(list))] }

// step lets one thing happen.
func (s *simulation) step() {
	for i, n := range s.nodes {
		if n.dead && s.chance(0.5) {
			s.nodes[i] = s.start()
		}
	}
	m := pick(s, s.mobiles)
	switch at := s.rng.IntN(100); {
	case at < 30:
		m.write(1 + s.rng.IntN(4))
	case at < 55:
		pick(s, m.books).push()
	case at < 65:
		pick(s, m.books).pull(pick(s, s.nodes), 1+s.rng.IntN(3))
	case at < 90:
		s.deliver(pick(s, s.nodes))
	case at < 98:
		pick(s, s.nodes).work()
	default:
		s.upset(m)
	}
	s.disturb(m)
}

// disturb lets things happen that are rare.
func (s *simulation) disturb(m *mobile) {
	h := &s.habits
	switch {
	case s.chance(h.crash / 4):
		pick(s, s.nodes).crash("at rest")
	case s.chance(h.reinstall):
		m.reinstall()
	case s.chance(h.clone) && len(s.mobiles) < 12:
		s.mobiles = append(s.mobiles, m.clone())
	case s.chance(h.changeRole):
		m.changeRole()
	case s.chance(h.fresh) && h.clone == 0:
		m.fresh()
	case s.chance(h.merge) && s.lastDay == "":
		s.merge()
	case s.chance(h.makeCopy):
		s.backup, s.backedUp = s.db.Clone(), maps.Clone(s.epochs)
	case s.chance(h.restore) && s.backup != nil:
		s.restore()
	}
}

// upset sets a phone's clock, or lets a server read the whole of a ledger.
func (s *simulation) upset(m *mobile) {
	if s.chance(0.5) {
		m.skew = time.Duration(s.rng.IntN(20*365)-10*365) * 24 * time.Hour
		s.count["clocks set wrong"]++
		return
	}
	n := pick(s, s.nodes)
	n.serve(func() { _, _ = n.store.Head(s.t.Context(), pick(s, s.ledgers).unit) })
}

// merge ends a village, whose people go on in another one. What they wrote for it
// still comes, and what they carry over names where it was.
func (s *simulation) merge() {
	s.count["units merged"]++
	s.lastDay = s.date()
	for _, m := range s.mobiles {
		if i := slices.IndexFunc(m.books, func(b *book) bool { return b.unit == mergedUnit && b.writes }); i < 0 || m.author.Role != form.RoleCollector {
			continue
		}
		if slices.ContainsFunc(m.books, func(b *book) bool { return b.unit == successor }) {
			continue
		}
		b := &book{m: m, unit: successor, writes: true}
		b.clear()
		m.books = append(m.books, b)
	}
}

// restore puts the backup in the place of the database. Servers start again, and
// no session is known any more.
func (s *simulation) restore() {
	s.count["backups restored"]++
	maps.DeleteFunc(s.epochs, func(d ledger.DeviceID, _ uint32) bool { return s.backedUp[d] == 0 })
	maps.Copy(s.epochs, s.backedUp)
	for _, m := range s.mobiles {
		m.signIn()
	}
	for _, n := range s.nodes {
		n.dead = true // stopped, before anything is put back
	}
	s.db = s.backup.Clone()
	s.db.SetFaults(s.fault)
	for _, l := range s.ledgers {
		before := l.orders
		l.rewind()
		for at := range before {
			if !l.orders[at] && !s.orders[at] {
				s.count["orders of erasure that a restore lost"]++
				s.orders[at] = true
			}
		}
	}
	for i := range s.nodes {
		s.nodes[i] = s.start()
	}
}

// parcel is a push on its way, perhaps more than once.
type parcel struct {
	from   *mobile
	unit   ledger.UnitID
	batch  *ledger.Batch
	posted int // how many backups were restored by then
}

// post hands a push over to the network.
func (s *simulation) post(p *parcel) {
	p.posted = s.count["backups restored"]
	switch {
	case s.calm:
	case s.chance(s.habits.drop):
		s.count["requests dropped"]++
		return
	case s.chance(s.habits.repeat):
		s.count["requests repeated"]++
		s.mail = append(s.mail, p)
	}
	s.mail = append(s.mail, p)
}

// deliver brings any one push, not the oldest, to a server, and the answer to
// the phone.
func (s *simulation) deliver(n *node) {
	if len(s.mail) == 0 || n.dead {
		return
	}
	at := s.rng.IntN(len(s.mail))
	if at > 0 {
		s.count["requests reordered"]++
	}
	p := s.mail[at]
	s.mail = slices.Delete(s.mail, at, at+1)
	if p.posted < s.count["backups restored"] {
		s.count["copies of requests that came after a restore"]++
	}
	answer, err := n.append(p)
	s.observe()
	s.ledgerOf(p.unit).checkAnswer(p, answer, err)
	if n.dead && s.chance(0.5) || !s.calm && s.chance(s.habits.loseReply) {
		s.count["replies lost"]++
		return
	}
	p.from.hear(p, answer, err)
}

// meanwhile delivers something else while n is busy, to n itself or to
// another server.
func (s *simulation) meanwhile(n *node) {
	for !s.calm && s.depth < 3 && s.chance(s.habits.meet) {
		s.depth++
		s.count["requests that met another"]++
		s.deliver(n)
		s.depth--
	}
}

func (s *simulation) ledgerOf(unit ledger.UnitID) *truth {
	return s.ledgers[slices.Index(simulatedUnits, unit)]
}

func (s *simulation) observe() {
	for _, l := range s.ledgers {
		l.observe()
	}
}

// end lets everything come to rest: nothing fails any more, every phone
// writes once more (which is when it learns of a restored backup that lacks
// only what it had not pulled), sends its outbox and pulls to the head.
func (s *simulation) end() {
	s.calm = true
	for i, n := range s.nodes {
		if n.dead {
			s.nodes[i] = s.start()
		}
	}
	for len(s.mail) > 0 {
		s.deliver(pick(s, s.nodes))
	}
	for _, m := range s.mobiles {
		for _, b := range m.books {
			if b.writes {
				b.write()
			}
		}
	}
	for round := 0; ; round++ {
		drained := true
		for _, m := range s.mobiles {
			for _, b := range m.books {
				b.pull(pick(s, s.nodes), 1000)
				drained = drained && (!b.writes || b.through == len(b.ops))
				for range len(b.ops) { // pushes bring an op each at least, or are put off
					if !b.writes || b.through == len(b.ops) {
						break
					}
					b.push()
					s.deliver(pick(s, s.nodes))
				}
			}
		}
		if drained {
			break
		}
		if round > 20 {
			s.fail("outboxes do not drain")
		}
	}
	for _, m := range s.mobiles {
		for _, b := range m.books {
			b.mustBeAtRest()
		}
	}
	for _, l := range s.ledgers {
		for at := range l.orders {
			if s.orders[at] {
				s.count["orders of erasure that came again after a restore"]++
			}
		}
	}
	s.inspect()
	s.settle()
}
