package report_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// The invented commune: two that were merged into a phường on 1 July 2025, with
// two thôn each before and two tổ dân phố and a thôn since.
const (
	ward     ledger.UnitID = "91100-20250701"
	oldNorth ledger.UnitID = "91001-20000101"
	oldSouth ledger.UnitID = "91002-20000101"
)

// numbers are a plain generator, so that the fixture is the same forever.
type numbers uint32

func (n *numbers) next(below int) int {
	*n = *n*1664525 + 1013904223
	return int(uint32(*n)>>8) % below
}

// merged is the commune's ledgers, and what the test itself counts on the way.
type merged struct {
	*world
	units []report.Member
	facts []fact
}

// fact is what one record says, in the test's own words.
type fact struct {
	unit        ledger.UnitID
	kind        ledger.Kind
	date        string
	a, b, c     int64
	choice, end string
}

func newMerged(t fataler) *merged {
	m := &merged{world: newWorld(t)}
	add := func(id ledger.UnitID, name string, village bool, from, to string) {
		m.units = append(m.units, report.Member{Unit: id, Name: name, Village: village, From: from, To: to, State: m.state(id)})
	}
	add(ward, "Phường Mẫu Sơn", false, "2025-07-01", "")
	add(oldNorth, "Xã Mẫu Bắc", false, "2000-01-01", "2025-06-30")
	add(oldSouth, "Mẫu Nam", false, "2000-01-01", "2025-06-30")
	for i := range 2 {
		add(ledger.UnitID(fmt.Sprintf("91001-%02d-20000101", i+1)), fmt.Sprintf("Thôn mẫu %d", i+1), true, "2000-01-01", "2025-06-30")
		add(ledger.UnitID(fmt.Sprintf("91002-%02d-20000101", i+1)), fmt.Sprintf("Bản mẫu %d", i+1), true, "2000-01-01", "2025-06-30")
	}
	add("91100-01-20250701", "Tổ dân phố 10", true, "2025-07-01", "")
	add("91100-02-20250701", "Tổ dân phố 9", true, "2025-07-01", "")
	add("91100-03-20250701", "Thôn mẫu mới", true, "2025-07-01", "")
	n := numbers(7)
	for i := range m.units {
		m.fill(&m.units[i], &n)
	}
	return m
}

// fill writes records of every kind into a unit's ledger, on days on which it
// was one.
func (m *merged) fill(u *report.Member, n *numbers) {
	m.t.Helper()
	day := func() string {
		for {
			d := fmt.Sprintf("%d-%02d-%02d", 2024+n.next(3), 1+n.next(12), 1+n.next(28))
			if u.From <= d && (u.To == "" || d <= u.To) && d <= "2026-11-26" {
				return d
			}
		}
	}
	classes := []string{"complaint", "denunciation", "proposal", "feedback"}
	for i := range 40 {
		f := fact{unit: u.Unit, date: day()}
		set := ""
		switch i % 7 {
		case 0:
			f.kind, f.a, f.b = form.KindGift, int64(1+n.next(9)), int64(n.next(3))*100_000_000
			f.choice = []string{"poor", "nearPoor", "social", "merit", "other"}[n.next(5)]
			set = fmt.Sprintf(`"date":%q,"quantity":%d,"valueVnd":%d,"category":%q,"recipientName":"Người nhận mẫu"`, f.date, f.a, f.b, f.choice)
		case 1:
			f.kind, f.a, f.choice = form.KindFund, int64(1+n.next(900))*1_000_000, []string{"in", "in", "out"}[n.next(3)]
			set = fmt.Sprintf(`"date":%q,"direction":%q,"amountVnd":%d`, f.date, f.choice, f.a)
		case 2:
			f.kind, f.a, f.b, f.c = form.KindMeeting, int64(20+n.next(200)), int64(n.next(15)), 0
			f.choice = []string{"commune", "province", "national"}[n.next(3)]
			set = fmt.Sprintf(`"date":%q,"level":%q,"place":"Nhà văn hóa mẫu","attendance":%d,"opinions":%d`, f.date, f.choice, f.a, f.b)
		case 3:
			f.kind, f.choice, f.a, f.b, f.c = form.KindHouse, []string{"new", "repair"}[n.next(2)], int64(n.next(90))*1_000_000, int64(n.next(9))*1_000_000, int64(n.next(5))*1_000_000
			set = fmt.Sprintf(`"household":%q,"program":"greatUnity","work":%q,"status":"accepted","acceptedOn":%q,"sources":[{"name":"A","amountVnd":%d,"form":"cash"},{"name":"B","amountVnd":%d,"form":"kind"},{"name":"C","amountVnd":%d,"form":"labour"}]`,
				recordID(200), f.choice, f.date, f.a, f.b, f.c)
		case 4:
			f.kind, f.choice, f.a = form.KindReception, []string{"regular", "leader"}[n.next(2)], int64(1+n.next(4))
			set = fmt.Sprintf(`"date":%q,"type":%q,"class":%q,"groupSize":%d,"citizenName":"Công dân mẫu","content":"Nội dung mẫu"`, f.date, f.choice, classes[n.next(4)], f.a)
		case 5:
			f.kind, f.choice = form.KindPetition, classes[n.next(4)]
			set = fmt.Sprintf(`"receivedOn":%q,"class":%q,"content":"Nội dung mẫu","citizenName":"Công dân mẫu","acceptedOn":%q`, f.date, f.choice, f.date)
			if f.end = string(calendar.Day(f.date).AddDays(10 + n.next(60))); n.next(3) == 0 {
				f.end = ""
				set += `,"status":"accepted"`
			} else {
				set += fmt.Sprintf(`,"status":"resolved","resolvedOn":%q`, f.end)
			}
		case 6:
			f.kind, f.choice, f.a = form.KindActivity, []string{"propaganda", "supervision", "mediation", "movement", "meeting", "comment", "election", "other"}[n.next(8)], int64(n.next(100))
			set = fmt.Sprintf(`"date":%q,"type":%q,"name":"Hoạt động mẫu","reached":%d`, f.date, f.choice, f.a)
		}
		m.edit(u.Unit, f.kind, byte(i+1), set)
		m.facts = append(m.facts, f)
	}
}

// told is a recount without the program's code: days compare as texts.
func (m *merged) told(from, to string) map[string]int64 {
	n := map[string]int64{}
	add := func(id string, value int64) {
		if value != 0 {
			n[id] += value
		}
	}
	for _, f := range m.facts {
		in := from <= f.date && f.date <= to
		switch f.kind {
		case form.KindFund:
			signed := f.a
			if f.choice == "out" {
				signed = -f.a
			}
			switch {
			case f.date < from:
				add("fund.opening", signed)
			case in && f.choice == "in":
				add("fund.received", f.a)
				add("fund.raised", f.a)
			case in:
				add("fund.spent", f.a)
			}
			if f.date <= to {
				add("fund.balance", signed)
			}
			continue
		case form.KindPetition:
			open := func(d string) bool { return f.date <= d && (f.end == "" || f.end > d) }
			if f.date < from && (f.end == "" || f.end >= from) {
				add("petitions.carried", 1)
			}
			if f.date <= to && f.end != "" && from <= f.end && f.end <= to {
				add("petitions.settled", 1)
				if f.choice == "complaint" || f.choice == "denunciation" {
					if f.end <= string(calendar.Day(f.date).AddDays(30)) {
						add("petitions.settled.timely", 1)
					} else {
						add("petitions.settled.late", 1)
					}
				}
			}
			if open(to) {
				add("petitions.open", 1)
				if f.date < from {
					add("petitions.open.carried", 1)
				}
				if (f.choice == "complaint" || f.choice == "denunciation") && string(calendar.Day(f.date).AddDays(30)) < to {
					add("petitions.overdue", 1)
				}
			}
			if in {
				add("petitions", 1)
				add("petitions:"+f.choice, 1)
			}
			continue
		}
		if !in {
			continue
		}
		switch f.kind {
		case form.KindGift:
			add("gifts", f.a)
			add("gifts:"+f.choice, f.a)
			add("gifts.value", f.b)
			if f.b == 0 {
				add("gifts.unvalued", f.a)
			}
		case form.KindMeeting:
			add("meetings", 1)
			add("meetings:"+f.choice, 1)
			add("meetings.attendance", f.a)
			add("meetings.opinions", f.b)
		case form.KindHouse:
			add("houses", 1)
			add("houses:"+f.choice, 1)
			add("houses.support", f.a+f.b+f.c)
			add("houses.support.cash", f.a)
			add("houses.support.kind", f.b)
			add("houses.support.labour", f.c)
		case form.KindReception:
			add("receptions", 1)
			add("receptions."+f.choice, 1)
			add("receptions.people", f.a)
		case form.KindActivity:
			add("activities", 1)
			add("activities:"+f.choice, 1)
			add("activities.reached", f.a)
			add("activities.reached:"+f.choice, f.a)
		}
	}
	return n
}

// mergedPeriods are one before the merger, one across it, and one since.
func mergedPeriods() []calendar.Period {
	rule := calendar.DefaultRule()
	since := rule.Annual(2026)
	since.AsOf = "2026-11-26"
	across := calendar.Term(2024, 2026, "2026-11-26")
	return []calendar.Period{rule.FirstHalf(2025), rule.Annual(2025), rule.SecondHalf(2025), since, across}
}

// morePeriods are the others that there are before the merger and since.
func morePeriods() []calendar.Period {
	rule := calendar.DefaultRule()
	second := rule.SecondHalf(2026)
	second.AsOf = "2026-11-26"
	return []calendar.Period{
		rule.SecondHalf(2024), rule.Annual(2024), calendar.Term(2020, 2025, "2025-06-30"),
		rule.FirstHalf(2026), second, calendar.Term(2025, 2030, "2026-11-26"),
	}
}

func (m *merged) spec(template report.Template, p calendar.Period) report.Spec {
	return report.Spec{
		ID: "r", Period: p, Template: template, Unit: ward,
		Letter: report.StandardLetter(template, "Phường Mẫu Sơn", "Tỉnh Mẫu", "tỉnh"),
	}
}

// Every number of every report equals the recount.
func TestMergedCommuneEqualsARecount(t *testing.T) {
	m := newMerged(t)
	for _, p := range append(mergedPeriods(), morePeriods()...) {
		for _, template := range report.Templates {
			m.mustEqualTheRecount(t, template, p)
		}
	}
}

func (m *merged) mustEqualTheRecount(t *testing.T, template report.Template, p calendar.Period) {
	t.Helper()
	last := string(min(p.To, p.AsOf))
	want := m.told(string(p.From), last)
	if p.Type == calendar.TermYears { // of a term, the full years
		delete(want, "fund.raised")
		if raised := m.told(string(p.From), fmt.Sprintf("%d-12-31", p.AsOf.Year()-1))["fund.raised"]; raised != 0 {
			want["fund.raised"] = raised
		}
		if since := m.told(fmt.Sprintf("%d-01-01", p.AsOf.Year()), last)["gifts"]; since != 0 {
			want["gifts.since"] = since
		}
	}
	c := compile(t, m.spec(template, p), m.units)
	for _, list := range [][]report.Figure{c.Figures, c.Details} {
		for _, f := range list {
			if strings.HasPrefix(f.ID, "gifts.20") {
				continue
			}
			if f.Value != want[f.ID] {
				t.Errorf("%s %s = %d, a recount gives %d", p.Label, f.ID, f.Value, want[f.ID])
			}
			delete(want, f.ID)
		}
	}
	for id, value := range want {
		if f, _ := c.Figure(id); f.Value != value {
			t.Errorf("%s: the part %s = %d, a recount gives %d", p.Label, id, f.Value, value)
		}
	}
	value := func(id string) int64 { f, _ := c.Figure(id); return f.Value }
	if value("fund.opening")+value("fund.received")-value("fund.spent") != value("fund.balance") {
		t.Errorf("%s: the fund does not add up", p.Label)
	}
	if value("petitions.carried")+value("petitions") != value("petitions.settled")+value("petitions.open") {
		t.Errorf("%s: the petitions do not add up", p.Label)
	}
	if c.Comparison != nil {
		before := m.told(c.Comparison.From, c.Comparison.To)
		for _, row := range c.Comparison.Rows {
			if row.Was != before[row.Figure] {
				t.Errorf("%s: %s was %d, a recount gives %d", p.Label, row.Figure, row.Was, before[row.Figure])
			}
		}
	}
}

// A report counts and lists the units that there were, says which former ones
// it covers, and calls each what it is.
func TestUnitsAsTheyAreCalled(t *testing.T) {
	m := newMerged(t)
	for i, want := range []struct{ sources, title, rows string }{
		{
			"số liệu tổng hợp từ 02 thôn, 02 bản và xã Mẫu Bắc, xã Mẫu Nam, tính đến ngày 14 tháng 6 năm 2025;",
			"", "",
		},
		{
			"số liệu tổng hợp từ 02 tổ dân phố, 01 thôn và phường; bao gồm số liệu của xã Mẫu Bắc, xã Mẫu Nam (đến ngày 30 tháng 6 năm 2025; 02 thôn, 02 bản) trước khi sắp xếp; tính đến ngày 14 tháng 12 năm 2025;",
			"Kết quả thực hiện theo thôn, tổ dân phố, bản",
			"Thôn mẫu mới (từ 01/7/2025)|Tổ dân phố 9 (từ 01/7/2025)|Tổ dân phố 10 (từ 01/7/2025)|Phường Mẫu Sơn (cấp phường, từ 01/7/2025)|Bản mẫu 1 (đến 30/6/2025)|Bản mẫu 2 (đến 30/6/2025)|Thôn mẫu 1 (đến 30/6/2025)|Thôn mẫu 2 (đến 30/6/2025)|Xã Mẫu Bắc (cấp xã, đến 30/6/2025)|Xã Mẫu Nam (cấp xã, đến 30/6/2025)|Tổng cộng",
		},
		{},
		{
			"số liệu tổng hợp từ 02 tổ dân phố, 01 thôn và phường, tính đến ngày 26 tháng 11 năm 2026;",
			"Kết quả thực hiện theo thôn, tổ dân phố", "Thôn mẫu mới|Tổ dân phố 9|Tổ dân phố 10|Phường Mẫu Sơn (cấp phường)|Tổng cộng",
		},
	} {
		c := compile(t, m.spec(report.UBND, mergedPeriods()[i]), m.units)
		text, _, _ := printed(c.Document())
		if !strings.Contains(text, want.sources) {
			t.Errorf("%q is not said in\n%s", want.sources, text)
		}
		var rows []string
		for _, r := range c.Tables[0].Rows {
			rows = append(rows, r.Label)
		}
		if got := strings.Join(rows, "|"); want.title != "" && (c.Tables[0].Title != want.title || got != want.rows) {
			t.Errorf("%s: %s; want %s", c.Tables[0].Title, got, want.rows)
		}
	}
	for _, r := range compile(t, m.spec(report.UBND, mergedPeriods()[2]), m.units).Tables[0].Rows {
		told := int64(0)
		for _, cell := range r.Cells {
			told += cell.Value
		}
		if told == 0 && strings.Contains(r.Label, "(đến ") {
			t.Errorf("a dissolved unit with nothing to tell is listed: %s", r.Label)
		}
	}
	if l := report.StandardLetter(report.UBND, "Phường Mẫu Sơn", "Tỉnh Mẫu", "tỉnh"); l.Place != "Mẫu Sơn" || l.Recipients[1] != "Đảng ủy, HĐND phường" {
		t.Errorf("the letter: %+v", l)
	}
	for name, want := range map[string]string{"Xã Mẫu Bình": "Mẫu Bình", "Mẫu Bình": "Mẫu Bình", "Phường 5": "Phường 5", "Đặc khu Mẫu": "Mẫu", "xã An": "An", "Xãnh Mẫu": "Xãnh Mẫu"} {
		if got := report.PlaceName(name); got != want {
			t.Errorf("the place of %s is %s", name, got)
		}
	}
}

// The sheet of the villages has the widths of its numbers, so that its print can
// be read: on A4 where that is enough, else on A3. Lists call units what they are.
func TestSheetsThatPrint(t *testing.T) {
	m := newMerged(t)
	for _, s := range compile(t, m.spec(report.UBND, mergedPeriods()[1]), m.units).Workbook().Sheets {
		wide := 0.0
		for _, column := range s.Columns {
			if !column.Hidden {
				wide += column.Width
			}
		}
		if s.A3 != (wide > 150) || !s.Landscape && wide > 98 { // not below 9 points, and no A3 without need
			t.Errorf("%s has %v characters beside each other on A3: %t, turned: %t", s.Name, wide, s.A3, s.Landscape)
		}
		if strings.HasPrefix(s.Name, "Danh sách") || strings.HasPrefix(s.Name, "Sổ") {
			said, longest := make([]bool, len(s.Columns)), make([]int, len(s.Columns))
			for _, row := range cells(&s) {
				if row[1] == "Mẫu Nam" {
					t.Errorf("%s: a unit is not called what it is: %q", s.Name, row)
				}
				for i, cell := range row {
					said[i] = said[i] || cell != ""
					longest[i] = max(longest[i], utf8.RuneCountInString(cell))
				}
			}
			for i, column := range s.Columns {
				if !said[i] {
					t.Errorf("%s: nothing stands in the column %q", s.Name, column.Title)
				}
				if most := max(longest[i], utf8.RuneCountInString(column.Title)); column.Wrap && column.Width > float64(most+2) {
					t.Errorf("%s: the column %q has %v characters for %d", s.Name, column.Title, column.Width, most)
				}
			}
		}
	}
}
