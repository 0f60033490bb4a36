package report

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
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
	e := newEvidence(members)
	own, ok := e.tally.members[unit]
	if !ok {
		return nil, fmt.Errorf("the ledger of %s is not among the folds", unit)
	}
	p := periodOf(period).until(own.To)
	figures, details := p.measures(e.tally), p.details(e.tally)
	counts := &Counts{Unit: unit, UnitName: own.Name, From: p.From, To: p.To, AsOf: p.AsOf, Figures: e.count(figures)}
	e.count(details)
	measures := slices.Concat(figures, details)
	counts.Tables = e.breakdown(p, members, own).tables(measures)
	for i := range members {
		counts.Heads = append(counts.Heads, members[i].head())
	}
	gifts, value := find(measures, "gifts"), find(measures, "gifts.value")
	drawn := &charts{tally: e.tally, period: p, members: members}
	counts.Charts = []Chart{
		drawn.giftsByYear(gifts, value), drawn.giftsByUnit(gifts, value), drawn.fundByMonth(find(measures, "fund.balance")), drawn.petitionsByStatus(find(measures, "petitions"), late),
	}
	return counts, nil
}

// charts draws the figures of a period.
type charts struct {
	tally   *tally
	period  period
	members []Member
}

// giftColumns are those of the charts of gifts.
var giftColumns = []Column{{Title: "Số suất", Unit: "suất"}, {Title: "Trị giá", Unit: "đ"}}

// giftsByYear tells every calendar year of the period, also one without gifts.
func (c *charts) giftsByYear(gifts, value *measure) Chart {
	p := c.period
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
func (c *charts) giftsByUnit(gifts, value *measure) Chart {
	p := c.period
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
	var drawn []*Member
	for _, m := range listed {
		id := "@" + string(m.Unit)
		if number[id] == nil && (!m.Village || !p.existed(m)) {
			continue
		}
		drawn = append(drawn, m)
		chart.Points = append(chart.Points, Point{Key: string(m.Unit), Values: []int64{valueOf(number[id]), valueOf(worth[id])}})
	}
	// Days tell those of one name apart; beside a bar there is no room for more.
	named := map[string]int{}
	for _, m := range drawn {
		named[m.labelled()]++
	}
	for i, m := range drawn {
		if chart.Points[i].Label = m.labelled(); named[chart.Points[i].Label] > 1 {
			chart.Points[i].Label = p.labelled(m)
		}
	}
	return chart
}

// fundByMonth tells what was left at the end of each month of the period; the
// last of them is the figure. A reversal takes effect once it and the entry that
// it cancels are both there.
func (c *charts) fundByMonth(balance *measure) Chart {
	p := c.period
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
func (c *charts) petitionsByStatus(petitions *measure, late func(*ledger.Record) bool) Chart {
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

// ChartWorkbook is one chart as a table.
func (c *Counts) ChartWorkbook(id string) *paper.Workbook {
	b := c.Workbook()
	b.Sheets = slices.DeleteFunc(b.Sheets, func(s paper.Sheet) bool { return s.Name != chartTabs[id] })
	return b
}

// Workbook is the counts as tables: the figures, and a sheet for each chart.
func (c *Counts) Workbook() *paper.Workbook {
	period := "Từ ngày " + shortDate(c.From) + " đến ngày " + shortDate(c.To) + ", số liệu tính đến ngày " + shortDate(c.AsOf)
	b := &paper.Workbook{Title: "Số liệu " + c.UnitName, Sheets: []paper.Sheet{{
		Name: "Số liệu", Title: []string{"Số liệu " + c.UnitName, period},
		Columns: []paper.SheetColumn{{Title: "Chỉ tiêu", Width: 60, Wrap: true}, {Title: "Đơn vị tính", Width: 16}, {Title: "Số lượng", Width: 22, Align: paper.Right}},
		Rows: func(yield func([]paper.Cell) bool) {
			for _, f := range c.Figures {
				number := amount(f.Value, f.Unit, false)
				number.Marked = f.Touched
				if !yield([]paper.Cell{text(f.Label), text(f.Unit), number}) {
					return
				}
			}
		},
	}}}
	for i := range c.Charts {
		b.Sheets = append(b.Sheets, c.Charts[i].sheet([]string{c.Charts[i].Title + ", " + c.UnitName, period}))
	}
	return b
}

// chartTabs are the names of the sheets of charts.
var chartTabs = map[string]string{
	ChartGiftsByYear: "Quà theo năm", ChartGiftsByUnit: "Quà theo đơn vị", ChartFundByMonth: "Tồn quỹ theo tháng", ChartPetitionsByStatus: "Đơn theo tình trạng",
}

// chartHeads are the heads of their first columns.
var chartHeads = map[string]string{ChartGiftsByYear: "Năm", ChartGiftsByUnit: "Đơn vị", ChartFundByMonth: "Tháng", ChartPetitionsByStatus: "Tình trạng"}

func (c *Chart) sheet(title []string) paper.Sheet {
	s := paper.Sheet{Name: chartTabs[c.ID], Title: title, Columns: []paper.SheetColumn{{Title: chartHeads[c.ID], Width: 40, Wrap: true}}}
	for _, column := range c.Columns {
		s.Columns = append(s.Columns, paper.SheetColumn{Title: column.Title + " (" + column.Unit + ")", Width: 24, Align: paper.Right})
	}
	s.Rows = func(yield func([]paper.Cell) bool) {
		for _, p := range c.Points {
			row := []paper.Cell{text(p.Label)}
			for i, v := range p.Values {
				row = append(row, amount(v, c.Columns[i].Unit, false))
			}
			if !yield(row) {
				return
			}
		}
	}
	return s
}
