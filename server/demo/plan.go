package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// The play runs through 72 months. At the end of each June and December every
// phone comes to the commune, so that all have seen what was recorded before;
// within a half-year nobody can rely on that.
const (
	firstYear = 2019
	months    = 72
	half      = 6
)

// Desk stands for the reviewer where a phone is numbered.
const Desk = -1

// Act is one thing that one person writes into a phone, or at the desk.
type Act struct {
	Month  int // from 0
	Phone  int // 2v and 2v+1 are those of village v; or Desk
	At     time.Time
	Unit   ledger.UnitID
	Record ledger.RecordID
	Kind   ledger.Kind
	Action ledger.Action
	Set    fields // edit
	State  string // review
	Note   string

	New     bool   // as far as its author knows, it begins the record
	Mends   bool   // its author has read why the record was returned
	Refused string // the code with which the server must refuse it, or ""
	Mend    fields // what the author writes instead once it was refused, if anything

	// wrong tells that it is not so: a slip, a copy, a rumour. The play with
	// the wrong acts left out gives the paper's figures at once.
	wrong bool
}

// fields are what an edit sets.
type fields map[string]ledger.Value

func (f fields) with(more fields) fields {
	all := fields{}
	for name, v := range f {
		all[name] = v
	}
	for name, v := range more {
		all[name] = v
	}
	return all
}

// truth is what the reviewer knows of a record from asking in the village.
type truth struct {
	copyOf  ledger.Ref // the record that tells the same thing, and counts; zero where it is this one
	removed bool
	fields  fields
}

// Plan is who records what and when.
type Plan struct {
	Acts  []Act // by month; within one, in the order in which each author writes
	truth map[ledger.Ref]*truth
}

// thing is the record that counts for what a record says.
func (p *Plan) thing(ref ledger.Ref) ledger.Ref {
	if t := p.truth[ref]; t != nil && !t.copyOf.Record.IsZero() {
		return t.copyOf
	}
	return ref
}

// holds returns what a register must be once its conflict is settled.
func (p *Plan) holds(ref ledger.Ref, register string) (ledger.Value, error) {
	t := p.truth[ref]
	if t == nil {
		return "", fmt.Errorf("the plan knows no record %s of %s", ref.Record, ref.Unit)
	}
	if register == ledger.Lifecycle {
		if t.removed {
			return ledger.Text("removed"), nil
		}
		return ledger.Text("live"), nil
	}
	v, ok := t.fields[register]
	if !ok {
		return "", fmt.Errorf("the plan does not say what %s of %s should be", register, ref.Record)
	}
	return v, nil
}

// NewPlan draws a plan. Its totals do not depend on the draw.
func NewPlan(commune ledger.UnitID, villages []ledger.UnitID, random *rand.Rand) *Plan {
	p := &planner{random: random, commune: commune, villages: villages, plan: &Plan{truth: map[ledger.Ref]*truth{}}, last: map[phoneDay]time.Time{}}
	p.households()
	(&giving{planner: p}).gifts()
	p.houses()
	p.meetings()
	m := &matters{planner: p}
	m.receptions()
	m.petitions()
	(&fund{planner: p}).entries()
	p.activities()
	slices.SortStableFunc(p.plan.Acts, func(a, b Act) int { return a.Month - b.Month })
	return p.plan
}

// planner writes acts into a plan. What each kind of record needs beside that is
// in its own type.
type planner struct {
	random   *rand.Rand
	commune  ledger.UnitID
	villages []ledger.UnitID
	plan     *Plan

	homes [][]home               // by village
	last  map[phoneDay]time.Time // when a phone last did something on a day
}

type phoneDay struct {
	phone int
	date  string
}

// home is a household as the others refer to it.
type home struct {
	ref      ledger.Ref
	category string
}

// skews is how far the clock of each phone is off; of the others it is right.
var skews = map[int]time.Duration{
	2:  -7 * time.Minute,
	3:  26 * time.Hour,
	7:  -400 * 24 * time.Hour, // its battery was taken out
	10: 45 * time.Minute,
	13: 12 * 24 * time.Hour,
}

var vietnam = time.FixedZone("", 7*60*60)

// moment is some time of a working day, by the clock of a phone: after what the
// phone did before on that day.
func (p *planner) moment(date string, phone int) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, date, vietnam)
	if err != nil {
		panic(err) // the plan makes no such day
	}
	at := t.Add(7*time.Hour + time.Duration(p.random.IntN(10*60*60))*time.Second + skews[phone])
	day := phoneDay{phone, date}
	if last := p.last[day]; !at.After(last) {
		at = last.Add(time.Minute)
	}
	p.last[day] = at
	return at
}

// newID is a UUID of version 7, as a phone makes it.
func (p *planner) newID(at time.Time) (id ledger.RecordID) {
	for i, ms := 5, at.UnixMilli(); i >= 0; i, ms = i-1, ms>>8 {
		id[i] = byte(ms)
	}
	for i := 6; i < len(id); i++ {
		id[i] = byte(p.random.UintN(256))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

func monthOf(date string) int {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err) // the plan makes no such day
	}
	return (t.Year()-firstYear)*12 + int(t.Month()) - 1
}

// dayIn is some day of a month that every month has.
func (p *planner) dayIn(month int) string {
	return fmt.Sprintf("%04d-%02d-%02d", firstYear+month/12, month%12+1, 1+p.random.IntN(28))
}

// between is some day from one to another, both included.
func (p *planner) between(from, to string) string {
	a, err1 := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil {
		panic("demo: no such day in " + from + " " + to)
	}
	return a.AddDate(0, 0, p.random.IntN(int(b.Sub(a).Hours()/24)+1)).Format(time.DateOnly)
}

// later is some day of the half-year after a month: by then every phone has
// what was recorded in that month.
func (p *planner) later(month int) string {
	return p.dayIn((month/half+1)*half + p.random.IntN(half))
}

// hasHalvesAfter reports whether that many half-years follow a month's.
func hasHalvesAfter(month, n int) bool { return (month/half+1+n)*half <= months }

func (p *planner) add(date string, a Act) ledger.Ref {
	a.Month, a.At = monthOf(date), p.moment(date, a.Phone)
	ref := ledger.Ref{Unit: a.Unit, Record: a.Record}
	if a.Record.IsZero() {
		a.Record = p.newID(a.At)
		ref.Record = a.Record
	}
	if a.Action == "" {
		a.Action = ledger.ActionEdit
	}
	t := p.plan.truth[ref]
	if t == nil {
		t = &truth{fields: fields{}}
		p.plan.truth[ref] = t
	}
	switch {
	case a.wrong:
	case a.Refused != "":
		t.fields = t.fields.with(a.Mend)
	default:
		t.fields = t.fields.with(a.Set)
	}
	p.plan.Acts = append(p.plan.Acts, a)
	return ref
}

// create begins a record.
func (p *planner) create(date string, phone int, unit ledger.UnitID, kind ledger.Kind, set fields) ledger.Ref {
	return p.add(date, Act{Phone: phone, Unit: unit, Kind: kind, Set: set, New: true})
}

// repeat records a thing once more, in another record.
func (p *planner) repeat(of ledger.Ref, date string, phone int, unit ledger.UnitID, kind ledger.Kind, set fields) {
	ref := p.add(date, Act{Phone: phone, Unit: unit, Kind: kind, Set: set, New: true, wrong: true})
	t := p.plan.truth[ref]
	t.copyOf, t.fields = of, set
}

// edit changes a record that its author has seen.
func (p *planner) edit(date string, phone int, ref ledger.Ref, kind ledger.Kind, set fields) {
	p.add(date, Act{Phone: phone, Unit: ref.Unit, Record: ref.Record, Kind: kind, Set: set})
}

// disagree lets two phones of a village change a record on the same day, before
// either knows of the other. The first is right.
func (p *planner) disagree(date string, ref ledger.Ref, kind ledger.Kind, right, wrong fields, more ...int) {
	village := slices.Index(p.villages, ref.Unit)
	first := p.random.IntN(2)
	p.edit(date, 2*village+first, ref, kind, right)
	p.add(date, Act{Phone: 2*village + 1 - first, Unit: ref.Unit, Record: ref.Record, Kind: kind, Set: wrong, wrong: true})
	for _, phone := range more {
		p.add(date, Act{Phone: phone, Unit: ref.Unit, Record: ref.Record, Kind: kind, Set: wrong, wrong: true})
	}
}

// review says what the desk thinks of a record that it has seen.
func (p *planner) review(date string, ref ledger.Ref, kind ledger.Kind, state, note string) {
	p.add(date, Act{Phone: Desk, Unit: ref.Unit, Record: ref.Record, Kind: kind, Action: ledger.ActionReview, State: state, Note: note})
}

// phoneIn is one of the two of a village.
func (p *planner) phoneIn(village int) int { return 2*village + p.random.IntN(2) }

// other is the other phone of the same village.
func other(phone int) int { return phone ^ 1 }

// shares divides a total into n parts of at least low and at most high.
func (p *planner) shares(total int64, n int, low, high int64) []int64 {
	if total < low*int64(n) || total > high*int64(n) {
		panic(fmt.Sprintf("demo: %d cannot be divided into %d parts", total, n))
	}
	parts := make([]int64, n)
	for i := range parts {
		parts[i] = low
	}
	for rest := total - low*int64(n); rest > 0; {
		i := p.random.IntN(n)
		step := min(rest, high-parts[i], 1+(high-low)/8)
		parts[i] += step
		rest -= step
	}
	return parts
}

// households registers fifty in each village. Most are there before the first
// gift is given.
func (p *planner) households() {
	const perVillage, early = 50, 45
	categories := []string{form.CategoryPoor, form.CategoryPoor, form.CategoryNearPoor, form.CategorySocial, form.CategoryMerit, form.CategoryOther}
	for village, unit := range p.villages {
		var homes []home
		for i := range perVillage {
			number := fmt.Sprintf("%03d", village*perVillage+i+1)
			category := categories[p.random.IntN(len(categories))]
			set := fields{
				"code": ledger.Text(number), "headName": ledger.Text("Hộ mẫu " + number), "category": ledger.Text(category),
			}
			if i%3 == 0 {
				set["phone"] = ledger.Text("0900000" + number)
			}
			if i%4 == 0 {
				set["nationalId"] = ledger.Text("000000000" + number)
			}
			date := p.between("2019-01-05", "2019-05-20")
			if i >= early {
				date = p.between("2020-01-05", "2022-11-20")
			}
			phone := p.phoneIn(village)
			ref := p.create(date, phone, unit, form.KindHousehold, set)
			switch {
			case i == 7 || i == 21 && village%4 == 0: // both phones list it
				p.repeat(ref, p.dayIn(monthOf(date)), other(phone), unit, form.KindHousehold, fields{
					"code": ledger.Text(number), "headName": ledger.Text("hộ mẫu " + number), "category": ledger.Text(category),
				})
			case i == 11: // both hear that its category has changed
				category = form.CategoryNearPoor
				p.disagree(p.later(monthOf(date)), ref, form.KindHousehold,
					fields{"category": ledger.Text(category)}, fields{"category": ledger.Text(form.CategoryPoor)})
			case i == 30 && village == 2:
				p.edit(p.later(monthOf(date)), phone, ref, form.KindHousehold, fields{"members": `[{"birthYear":1961,"name":"Người mẫu","relation":"vợ"}]`})
			}
			if i < early {
				homes = append(homes, home{ledger.Ref{Record: ref.Record}, category})
			}
		}
		p.homes = append(p.homes, homes)
	}
}
