package report

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Counts are the figures of a period without a report: what charts are drawn
// of. They are the same numbers that a report of the period would tell.
type Counts struct {
	Unit     ledger.UnitID `json:"unit"`
	UnitName string        `json:"unitName"`
	From     string        `json:"from"`
	To       string        `json:"to"`
	AsOf     string        `json:"asOf"`
	Heads    []Head        `json:"heads"` // in order of unit
	Figures  []Figure      `json:"figures"`
	Tables   []Table       `json:"tables"`
	Charts   []Chart       `json:"charts"`
}

// Chart is a figure broken down in one way, in the order in which it is drawn.
type Chart struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Columns []Column `json:"columns"` // the first is the one that is drawn, or all where they are parts of one bar
	Points  []Point  `json:"points"`
}

// Point is one bar or step of a chart.
type Point struct {
	Key    string  `json:"key"` // a year, a unit, a month YYYY-MM, or a status
	Label  string  `json:"label"`
	Values []int64 `json:"values"` // one for each column
}

// The charts.
const (
	ChartGiftsByYear       = "gifts-years"
	ChartGiftsByUnit       = "gifts-units"
	ChartFundByMonth       = "fund-months"
	ChartPetitionsByStatus = "petitions-status"
)

// Count counts a period. late tells of a petition whether a step of it was done
// after its last day, or is not done though that day has passed.
func Count(unit ledger.UnitID, period calendar.Period, members []Member, late func(*ledger.Record) bool) (*Counts, error) {
	if field, err := CheckPeriod(period); err != nil {
		return nil, fmt.Errorf("the period's %s: %w", field, err)
	}
	members = byUnit(members)
	c := &Compiled{counted: map[string]*Counted{}, touched: map[ledger.Ref][]string{}, members: members, tally: newTally(members)}
	own, ok := c.tally.members[unit]
	if !ok {
		return nil, fmt.Errorf("the ledger of %s is not among the folds", unit)
	}
	p := periodOf(period).until(own.To)
	c.told, c.UnitName, c.UnitKind = p, own.Name, own.Kind
	figures, details := p.measures(c.tally), p.details(c.tally)
	counts := &Counts{Unit: unit, UnitName: own.Name, From: p.From, To: p.To, AsOf: p.AsOf, Figures: c.count(figures)}
	c.count(details)
	measures := slices.Concat(figures, details)
	c.tables(p, measures)
	counts.Tables = c.Tables
	for i := range members {
		counts.Heads = append(counts.Heads, members[i].head())
	}
	gifts, value := find(measures, "gifts"), find(measures, "gifts.value")
	counts.Charts = []Chart{
		c.giftsByYear(p, gifts, value), c.giftsByUnit(p, gifts, value), c.fundByMonth(p, find(measures, "fund.balance")), c.petitionsByStatus(find(measures, "petitions"), late),
	}
	return counts, nil
}

// giftColumns are those of the charts of gifts.
var giftColumns = []Column{{Title: "Số suất", Unit: "suất"}, {Title: "Trị giá", Unit: "đ"}}

// giftsByYear tells every calendar year of the period, also one without gifts.
func (c *Compiled) giftsByYear(p period, gifts, value *measure) Chart {
	chart := Chart{ID: ChartGiftsByYear, Title: "Suất quà đã trao theo năm", Columns: giftColumns}
	by := func(m *measure) map[string]*Counted {
		return m.split(c.tally, partition{of: func(e entry, v values) string { return "." + m.date(e.ref, v)[:4] }})
	}
	number, worth := by(gifts), by(value)
	for year := yearOf(p.From); year <= yearOf(p.last()); year++ {
		key := strconv.Itoa(year)
		chart.Points = append(chart.Points, Point{Key: key, Label: key, Values: []int64{valueOf(number["."+key]), valueOf(worth["."+key])}})
	}
	return chart
}

// giftsByUnit tells the villages that there were in the period, and any other
// unit that has gifts.
func (c *Compiled) giftsByUnit(p period, gifts, value *measure) Chart {
	chart := Chart{ID: ChartGiftsByUnit, Title: "Suất quà đã trao theo đơn vị", Columns: giftColumns, Points: []Point{}}
	by := func(m *measure) map[string]*Counted {
		return m.split(c.tally, partition{of: func(e entry, _ values) string { return "@" + string(e.ref.Unit) }})
	}
	number, worth := by(gifts), by(value)
	listed := make([]*Member, len(c.members))
	for i := range c.members {
		listed[i] = &c.members[i]
	}
	inOrderOfNames(listed, p.last())
	for _, m := range listed {
		id := "@" + string(m.Unit)
		if number[id] == nil && (!m.Village || !p.lived(m)) {
			continue
		}
		chart.Points = append(chart.Points, Point{Key: string(m.Unit), Label: p.labelled(m), Values: []int64{valueOf(number[id]), valueOf(worth[id])}})
	}
	return chart
}

// fundByMonth tells what was left at the end of each month of the period; the
// last of them is the figure. A reversal takes effect once it and the entry that
// it cancels are both there.
func (c *Compiled) fundByMonth(p period, balance *measure) Chart {
	chart := Chart{ID: ChartFundByMonth, Title: "Tồn quỹ cuối tháng", Columns: []Column{{Title: "Tồn cuối tháng", Unit: "đ"}, {Title: "Tăng, giảm trong tháng", Unit: "đ"}}}
	var left int64
	change := map[string]int64{}
	for _, e := range c.tally.byKind[form.KindFund] {
		v, in := balance.holds(c.tally, e)
		if !in {
			continue
		}
		day := max(v.text("date"), c.tally.entryDay(e.ref, v))
		if day < p.From {
			left += balance.amount(v)
		} else {
			change[day[:7]] += balance.amount(v)
		}
	}
	for year, month := yearOf(p.From), monthOf(p.From); ; month++ {
		if month > 12 {
			year, month = year+1, 1
		}
		key := fmt.Sprintf("%04d-%02d", year, month)
		if key > p.last()[:7] {
			return chart
		}
		left += change[key]
		chart.Points = append(chart.Points, Point{Key: key, Label: fmt.Sprintf("%d/%d", month, year), Values: []int64{left, change[key]}})
	}
}

func monthOf(d string) int {
	month, _ := strconv.Atoi(d[5:7])
	return month
}

// petitionsByStatus tells how far the petitions of the period have come, and of
// each step how many are late.
func (c *Compiled) petitionsByStatus(petitions *measure, late func(*ledger.Record) bool) Chart {
	chart := Chart{
		ID: ChartPetitionsByStatus, Title: "Đơn đã tiếp nhận theo tình trạng và thời hạn", Points: []Point{},
		Columns: []Column{{Title: "Trong hạn", Unit: "đơn"}, {Title: "Quá hạn", Unit: "đơn"}},
	}
	found := map[string][]int64{}
	for _, e := range c.tally.byKind[form.KindPetition] {
		v, in := petitions.holds(c.tally, e)
		if !in {
			continue
		}
		status := v.text("status")
		if found[status] == nil {
			found[status] = []int64{0, 0}
		}
		if late(e.record) {
			found[status][1]++
		} else {
			found[status][0]++
		}
	}
	f, _ := form.Of(form.KindPetition)
	field, _ := f.Field("status")
	for _, o := range append(slices.Clone(field.Options), form.Option{Label: "Chưa ghi rõ"}) {
		if values := found[o.Value]; values != nil {
			chart.Points = append(chart.Points, Point{Key: o.Value, Label: o.Label, Values: values})
		}
	}
	return chart
}

func valueOf(part *Counted) int64 {
	if part == nil {
		return 0
	}
	return part.Value
}
