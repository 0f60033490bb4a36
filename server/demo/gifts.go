package demo

import (
	"fmt"
	"slices"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// campaign is one round of giving.
type campaign struct {
	year     int
	from, to string
	name     string
	once     bool // one gift per household
	gifts    int  // how many are recorded
	ref      ledger.Ref
}

// Rounds of the years, in order. Those of a first half-year are announced in
// the half-year before, so that the phones have them when the gifts are given.
var campaigns = []campaign{
	{year: 2019, from: "2019-07-20", to: "2019-08-05", name: "Quà tri ân tháng 7 (mẫu)", once: true, gifts: 50},
	{year: 2019, from: "2019-10-17", to: "2019-11-18", name: "Tháng cao điểm vì người nghèo (mẫu)", gifts: 60},
	{year: 2020, from: "2020-01-08", to: "2020-01-22", name: "Quà Tết (mẫu)", once: true, gifts: 60},
	{year: 2020, from: "2020-10-20", to: "2020-12-10", name: "Hỗ trợ sau bão (mẫu)", gifts: 55},
	{year: 2021, from: "2021-01-25", to: "2021-02-09", name: "Quà Tết (mẫu)", once: true, gifts: 130},
	{year: 2021, from: "2021-06-05", to: "2021-06-28", name: "Hỗ trợ mùa dịch đợt một (mẫu)", gifts: 110},
	{year: 2021, from: "2021-08-10", to: "2021-09-25", name: "Hỗ trợ mùa dịch đợt hai (mẫu)", gifts: 110},
	{year: 2021, from: "2021-11-02", to: "2021-12-28", name: "Tháng cao điểm vì người nghèo (mẫu)", gifts: 90},
	{year: 2022, from: "2022-01-12", to: "2022-01-29", name: "Quà Tết (mẫu)", once: true, gifts: 150},
	{year: 2022, from: "2022-04-04", to: "2022-05-20", name: "Cùng em tới trường (mẫu)", gifts: 100},
	{year: 2022, from: "2022-09-05", to: "2022-10-12", name: "Quà mùa mưa (mẫu)", gifts: 100},
	{year: 2022, from: "2022-11-01", to: "2022-12-27", name: "Tháng cao điểm vì người nghèo (mẫu)", gifts: 100},
	{year: 2023, from: "2023-01-06", to: "2023-01-19", name: "Quà Tết (mẫu)", once: true, gifts: 95},
	{year: 2023, from: "2023-06-01", to: "2023-06-25", name: "Quà tháng hành động (mẫu)", gifts: 60},
	{year: 2023, from: "2023-11-03", to: "2023-12-22", name: "Tháng cao điểm vì người nghèo (mẫu)", gifts: 70},
	// After the report: it must not count.
	{year: 2024, from: "2024-07-15", to: "2024-08-10", name: "Quà tri ân tháng 7 (mẫu)", gifts: 12},
}

// afterReport is how many portions are given when the report is out.
const afterReport = 20

// story is what happens to a gift beside being recorded.
type story int

// Stories.
const (
	plain           story = iota
	agree                 // both phones record it, in one record, alike
	meet                  // both phones record it, in one record, and disagree about the number
	meetValue             // …about its worth
	twice                 // both phones record it, in two records
	across                // two villages record it
	correct               // both phones correct the number in different ways
	correctAll            // …and the desk does too
	moveDate              // both phones correct the day in different ways
	correctReturned       // the desk returns it, and its author corrects it
	refuse                // the server refuses it, and its author writes it again
	keep                  // one phone takes it out by mistake while the other works on it
	approve               // the desk approves it
)

// gift is one to be recorded.
type gift struct {
	*campaign
	village  int
	home     *home  // nil where name stands
	name     string // of who received it
	date     string
	quantity int64
	story    story
}

// giving plans the gifts.
type giving struct {
	*planner
	rounds     []campaign
	recipients int // how many were named so far
}

func (p *giving) gifts() {
	p.rounds = slices.Clone(campaigns)
	p.announce()
	var all []gift
	for i := range p.rounds {
		if i == 0 || p.rounds[i].year != p.rounds[i-1].year {
			all = append(all, p.giftsOf(p.rounds[i].year)...)
		}
	}
	p.assignStories(all)
	for i := range all {
		p.play(&all[i])
	}
	p.removedGifts()
}

// announce writes the campaigns into the commune's ledger.
func (p *giving) announce() {
	for i := range p.rounds {
		c := &p.rounds[i]
		month := max(monthOf(c.from)/half*half-half, 0)
		c.ref = p.create(p.dayIn(month+p.random.IntN(half-1)), Desk, p.commune, form.KindCampaign, fields{
			"name": ledger.Text(fmt.Sprintf("%s %d", c.name, c.year)), "organisation": ledger.Text("Đơn vị hảo tâm mẫu " + string(rune('A'+i%6))),
			"from": ledger.Text(c.from), "to": ledger.Text(c.to), "onePerHousehold": ledger.Bool(c.once),
		})
	}
}

// giftsOf draws the gifts of a year; their portions are the report's.
func (p *giving) giftsOf(year int) []gift {
	var list []gift
	for i := range p.rounds {
		c := &p.rounds[i]
		if c.year != year {
			continue
		}
		count := len(p.villages) * len(p.homes[0])
		order := p.random.Perm(count)
		for j := range c.gifts {
			village, h := order[j]%len(p.villages), order[j]/len(p.villages)
			g := gift{campaign: c, village: village, date: p.between(c.from, c.to)}
			if j%12 == 5 && !c.once { // somebody who is on no list
				p.recipients++
				g.name = fmt.Sprintf("Người nhận mẫu %03d", p.recipients)
			} else {
				g.home = &p.homes[village][h]
			}
			if j == 6 && !c.once { // and a namesake of theirs, on the same day
				g = list[len(list)-1]
			}
			list = append(list, g)
		}
	}
	total := printed(fmt.Sprint("gifts.", year))
	if total == 0 {
		total = afterReport
	}
	for i, quantity := range p.shares(total, len(list), 1, 8) {
		list[i].quantity = quantity
	}
	return list
}

// assignStories gives each story to a number of gifts that fit it.
func (p *giving) assignStories(all []gift) {
	once := func(g *gift) bool { return g.once }
	free := func(g *gift) bool {
		return !g.once && g.home != nil && hasHalvesAfter(monthOf(g.date), 2) && g.year < 2024
	}
	for _, part := range []struct {
		story story
		count int
		fits  func(*gift) bool
	}{
		{meet, 34, once},
		{meetValue, 8, once},
		{agree, 10, once},
		{across, 7, func(g *gift) bool { return g.name != "" && g.year < 2024 }},
		{twice, 34, free},
		{correct, 14, free},
		{correctAll, 3, free},
		{moveDate, 5, free},
		{correctReturned, 14, free},
		{refuse, 8, free},
		{keep, 3, free},
		{approve, 150, free},
	} {
		for _, i := range p.random.Perm(len(all)) {
			if part.count == 0 {
				break
			}
			if g := &all[i]; g.story == plain && part.fits(g) {
				g.story = part.story
				part.count--
			}
		}
		if part.count > 0 {
			panic(fmt.Sprintf("demo: %d gifts too few for story %d", part.count, part.story))
		}
	}
}

// fields are what the form says when all is right.
func (g *gift) fields() fields {
	set := fields{
		"campaign": g.ref.Value(), "date": ledger.Text(g.date), "quantity": ledger.Int(g.quantity),
		"valueVnd": ledger.Int(g.quantity * 300_000), "items": ledger.Text("Gạo, mì, dầu ăn"), "signedFor": ledger.Bool(true),
	}
	if g.home != nil {
		set["household"], set["category"] = g.home.ref.Value(), ledger.Text(g.home.category)
	} else {
		set["recipientName"], set["category"] = ledger.Text(g.name), ledger.Text(form.CategoryOther)
	}
	return set
}

// play lets the village record a gift.
func (p *giving) play(g *gift) {
	unit, phone, right, month := p.villages[g.village], p.phoneIn(g.village), g.fields(), monthOf(g.date)
	number := func(n int64) fields { return fields{"quantity": ledger.Int(n)} }
	if g.once && g.home != nil {
		first := Act{Phone: phone, Unit: unit, Record: form.GiftID(unit, g.ref, g.home.ref), Kind: form.KindGift, Set: right, New: true}
		second := first
		second.Phone = other(phone)
		p.add(g.date, first)
		switch g.story {
		case agree:
			p.add(g.date, second)
		case meet:
			second.Set, second.wrong = right.with(number(g.quantity+1+p.random.Int64N(3))), true
			p.add(g.date, second)
		case meetValue:
			second.Set, second.wrong = right.with(fields{"valueVnd": ledger.Int(g.quantity * 350_000)}), true
			p.add(g.date, second)
		default: // the other phone does not
		}
		return
	}
	create := func(set fields) ledger.Ref { return p.create(g.date, phone, unit, form.KindGift, set) }
	switch g.story {
	case twice:
		again := right.with(fields{"items": ledger.Text("Gạo, mì tôm")})
		if p.random.IntN(3) == 0 {
			again["quantity"] = ledger.Int(g.quantity + 1)
		}
		p.repeat(create(right), g.date, other(phone), unit, form.KindGift, again)
	case across:
		village := (g.village + 1) % len(p.villages)
		p.repeat(create(right), g.date, p.phoneIn(village), p.villages[village], form.KindGift, right)
	case correct, correctAll:
		ref := create(right.with(number(g.quantity + 2)))
		var more []int
		if g.story == correctAll {
			more = []int{Desk}
		}
		p.disagree(p.later(month), ref, form.KindGift, number(g.quantity), number(g.quantity+4), more...)
	case moveDate:
		ref := create(right.with(fields{"date": ledger.Text(fmt.Sprintf("%d-01-02", g.year))}))
		p.disagree(p.later(month), ref, form.KindGift, fields{"date": right["date"]}, fields{"date": ledger.Text(fmt.Sprintf("%d-12-29", g.year-1))})
	case correctReturned:
		blank := right.with(nil)
		delete(blank, "signedFor")
		ref := create(blank)
		returned := p.later(month)
		p.review(returned, ref, form.KindGift, ledger.Returned, "Xin ghi rõ đã ký nhận chưa.")
		p.add(p.later(monthOf(returned)), Act{Phone: phone, Unit: unit, Record: ref.Record, Kind: form.KindGift, Set: fields{"signedFor": right["signedFor"]}, Mends: true})
	case refuse:
		p.refused(g, phone, unit, right)
	case keep:
		ref, date := create(right), p.later(month)
		p.add(date, Act{Phone: phone, Unit: unit, Record: ref.Record, Kind: form.KindGift, Action: ledger.ActionRemove, wrong: true})
		p.edit(date, other(phone), ref, form.KindGift, fields{"items": ledger.Text("Gạo, mì, dầu ăn, đường")})
	case approve:
		ref := create(right)
		p.review(p.later(month), ref, form.KindGift, ledger.Approved, "")
	default:
		create(right)
	}
}

// refused writes what the server will not take, and then what it will.
func (p *giving) refused(g *gift, phone int, unit ledger.UnitID, right fields) {
	slips := []struct {
		code string
		set  fields
	}{
		{form.FaultSmall, right.with(fields{"quantity": ledger.Int(0)})},
		{form.FaultDate, right.with(fields{"date": ledger.Text(fmt.Sprintf("%d-02-30", g.year))})},
		{ledger.FaultType, right.with(fields{"valueVnd": ledger.Text("ba trăm nghìn")})},
		{form.FaultChoice, right.with(fields{"category": ledger.Text("Hộ nghèo")})},
		{form.FaultFieldUnknown, right.with(fields{"ghiChu": ledger.Text("x")})},
	}
	slip := slips[p.random.IntN(len(slips))]
	p.add(g.date, Act{Phone: phone, Unit: unit, Kind: form.KindGift, Set: slip.set, New: true, Refused: slip.code, Mend: right})
}

// removedGifts are gifts that never were: one phone takes them out again while the
// other still works on them.
func (p *giving) removedGifts() {
	for village := range 4 {
		unit, phone := p.villages[village], p.phoneIn(village)
		c := &p.rounds[6+village]
		if c.once { // there the household would name the record
			c = &p.rounds[7]
		}
		p.recipients++
		date := p.between(c.from, c.to)
		ref := p.add(date, Act{Phone: phone, Unit: unit, Kind: form.KindGift, New: true, wrong: true, Set: fields{
			"campaign": c.ref.Value(), "recipientName": ledger.Text(fmt.Sprintf("Người nhận mẫu %03d", p.recipients)),
			"date": ledger.Text(date), "quantity": ledger.Int(int64(3 + village)),
		}})
		p.plan.truth[ref].removed = true
		later := p.later(monthOf(date))
		p.add(later, Act{Phone: phone, Unit: unit, Record: ref.Record, Kind: form.KindGift, Action: ledger.ActionRemove, wrong: true})
		p.add(later, Act{Phone: other(phone), Unit: unit, Record: ref.Record, Kind: form.KindGift, Set: fields{"signedFor": ledger.Bool(true)}, wrong: true})
	}
}
