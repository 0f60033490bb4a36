package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// spec is that of a report of village1, which stands for a commune here.
func spec() report.Spec {
	return report.Spec{
		ID: "r", Period: term, Template: report.UBND, Unit: village1,
		Letter: report.StandardLetter(report.UBND, "Trà Mẫu", "Huyện mẫu", "huyện"),
	}
}

func compile(t fataler, o report.Spec, members []report.Member) *report.Compiled {
	t.Helper()
	c, err := report.Compile(o, members)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSameFoldsSameBytes: no form of a report depends on the order of its
// ledgers, or on anything else but them.
func TestSameFoldsSameBytes(t *testing.T) {
	w := newWorld(t)
	draw(w)
	members := w.members()
	a := compile(t, spec(), members)
	slices.Reverse(members)
	b := compile(t, spec(), members)
	if !bytes.Equal(a.JSON(), b.JSON()) {
		t.Error("two compilations differ")
	}
	if !a.Intact() {
		t.Error("the sum is not that of the content")
	}
	a.Figures[0].Value++
	if a.Intact() {
		t.Error("a changed figure is not noticed")
	}
	var read report.Content
	if err := json.Unmarshal(b.JSON(), &read); err != nil || !bytes.Equal(read.JSON(), b.JSON()) {
		t.Errorf("read and written again it differs: %v", err)
	}
}

// draw fills two villages with a little of everything.
func draw(w *world) {
	w.t.Helper()
	w.edit(village1, form.KindHousehold, 50, `"headName":"Hộ mẫu 050","category":"poor","code":"050"`)
	w.edit(village1, form.KindCampaign, 51, `"name":"Tết vì người nghèo","from":"2021-01-10"`)
	w.edit(village1, form.KindGift, 1, `"date":"2021-01-20","quantity":2,"household":"`+recordID(50).String()+`","campaign":"`+recordID(51).String()+`","valueVnd":600000`)
	w.edit(village1, form.KindGift, 2, `"date":"2022-01-20","quantity":3,"recipientName":"Người nhận mẫu","category":"merit"`)
	w.edit(village2, form.KindGift, 1, `"date":"2024-02-20","quantity":4,"recipientName":"Người nhận mẫu"`)
	w.edit(village2, form.KindHouse, 2, `"household":"`+recordID(50).String()+`","program":"gratitude","work":"new","status":"handedOver","handedOverOn":"2020-01-20","sources":[{"name":"Quỹ mẫu","amountVnd":40000000,"form":"cash"}]`)
	w.edit(village1, form.KindReception, 3, `"date":"2020-02-02","type":"leader","class":"denunciation","citizenName":"Công dân mẫu","citizenAddress":"Thôn mẫu 1","content":"=cmd()","groupSize":3`)
	w.entry(4, "2019-03-02", "in", 500_000, 0)
}

// Every number of a table leads to its records, and the parts add up to the
// figure.
func TestTables(t *testing.T) {
	w := newWorld(t)
	draw(w)
	c := compile(t, spec(), w.members())
	for _, table := range c.Tables {
		sums := make([]int64, len(table.Columns))
		for _, row := range table.Rows {
			if len(row.Cells) != len(table.Columns) {
				t.Fatalf("%s: row %s has %d cells for %d columns", table.ID, row.Label, len(row.Cells), len(table.Columns))
			}
			for i, cell := range row.Cells {
				if row.Sum {
					if cell.Value != sums[i] {
						t.Errorf("%s: %s comes to %d, its parts to %d", table.ID, table.Columns[i].Title, cell.Value, sums[i])
					}
					continue
				}
				sums[i] += cell.Value
				behind, known := c.Behind(cell.Figure)
				if known != (cell.Figure != "") || known && len(behind) == 0 && !cell.Touched || !known && cell.Value != 0 {
					t.Errorf("%s: %s of %s is %d, of %d records behind %q", table.ID, table.Columns[i].Title, row.Label, cell.Value, len(behind), cell.Figure)
				}
			}
		}
	}
	for id, want := range map[string]int64{
		"gifts@" + string(village1): 5, "gifts.2022": 3, "gifts.2024": 4, "gifts:poor": 2, "gifts:merit": 3, "gifts:unsaid": 4, "houses:gratitude": 1,
	} {
		if f, ok := c.Figure(id); !ok || f.Value != want {
			t.Errorf("%s = %d, want %d", id, f.Value, want)
		}
	}
}

// cells reads a sheet as text.
func cells(s *paper.Sheet) [][]string {
	var rows [][]string
	for row := range s.Rows {
		var texts []string
		for _, c := range row {
			text := c.Text
			if c.Format == paper.Integer || c.Format == paper.Dong {
				text = form.Grouped(c.Number)
			}
			texts = append(texts, text)
		}
		rows = append(rows, texts)
	}
	return rows
}

// No sheet of a report has personal data.
func TestWorkbookHasNothingPersonal(t *testing.T) {
	w := newWorld(t)
	draw(w)
	b := compile(t, spec(), w.members()).Workbook()
	var names []string
	var all strings.Builder
	for i := range b.Sheets {
		names = append(names, b.Sheets[i].Name)
		if n := len([]rune(names[i])); n > 31 { // Excel would cut it
			t.Errorf("the tab %q has %d characters", names[i], n)
		}
		for _, row := range cells(&b.Sheets[i]) {
			if len(row) != len(b.Sheets[i].Columns) {
				t.Fatalf("%s: %d cells for %d columns", names[i], len(row), len(b.Sheets[i].Columns))
			}
			fmt.Fprintln(&all, strings.Join(row, "\t"))
		}
	}
	for _, personal := range []string{"Công dân mẫu", "Người nhận mẫu", "Hộ mẫu", "cmd", "Quỹ mẫu"} {
		if strings.Contains(all.String(), personal) {
			t.Errorf("%q stands in the workbook", personal)
		}
	}
	for _, told := range []string{"Tết vì người nghèo", "\t050\t", "Tố cáo", "\tTiền mặt: 40.000.000 đồng\t", "2021-01-20"} {
		if !strings.Contains(all.String(), told) {
			t.Errorf("%q does not stand in the workbook:\n%s", told, all.String())
		}
	}
	for _, want := range []string{"Số liệu", "Kết quả thực hiện theo thôn", "Danh sách suất quà", "Sổ tiếp công dân"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no sheet %q in %q", want, names)
		}
	}
}

// TestAddendumIsTheDifference compares an addendum with two independent counts.
func TestAddendumIsTheDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := newWorld(t), newWorld(t)
		n := rapid.IntRange(0, 12).Draw(t, "then")
		more := rapid.IntRange(0, 12).Draw(t, "since")
		for i := range n + more {
			unit := rapid.SampledFrom([]ledger.UnitID{village1, village2}).Draw(t, "unit")
			date := fmt.Sprintf("%d-05-01", rapid.IntRange(2018, 2024).Draw(t, "year"))
			quantity := rapid.IntRange(1, 9).Draw(t, "quantity")
			gone := rapid.Bool().Draw(t, "removed") && i >= n && i > 0
			for _, w := range []*world{before, after} {
				if w == before && i >= n {
					continue
				}
				w.gift(unit, byte(i+1), date, quantity)
				if gone {
					w.remove(unit, form.KindGift, byte(rapid.IntRange(1, i+1).Draw(t, "which")))
				}
			}
		}
		before.state(village1)
		after.state(village1)
		before.state(village2)
		after.state(village2)
		o := spec()
		issued := term
		issued.AsOf = calendar.Day(rapid.SampledFrom([]string{"2022-05-01", "2024-04-11", "2024-12-31"}).Draw(t, "told then"))
		first := spec()
		first.Period = issued
		o.Addendum = &report.Issued{
			ID: "first", Name: "Báo cáo số 01/BC-UBND", Period: issued,
			Figures: compile(t, first, before.members()).Figures, Members: before.members(),
		}
		got := map[string]report.Change{}
		for _, c := range compile(t, o, after.members()).Addendum.Changes {
			got[c.Figure] = c
		}
		now := map[string]report.Counted{}
		for _, f := range report.Figures(after.members(), term) {
			now[f.ID] = f
		}
		for _, was := range report.Figures(before.members(), issued) {
			now, still := now[was.ID]
			c, told := got[was.ID]
			same := !still || was.Value == now.Value && slices.Equal(was.Behind, now.Behind)
			switch {
			case told == same:
				t.Fatalf("%s: told %v, same %v", was.ID, told, same)
			case told && (c.Was != was.Value || c.Now != now.Value || len(was.Behind)+c.Entered-c.Left != len(now.Behind)):
				t.Fatalf("%s: %+v, was %d, is %d", was.ID, c, was.Value, now.Value)
			}
		}
	})
}

// Each template says something of each type of period, with and without
// records, and never a placeholder.
func TestEveryNarrative(t *testing.T) {
	full := newWorld(t)
	draw(full)
	empty := newWorld(t)
	empty.state(village1)
	rule := calendar.DefaultRule()
	for _, template := range report.Templates {
		for _, p := range []calendar.Period{rule.FirstHalf(2021), rule.SecondHalf(2021), rule.Annual(2021), term} {
			for name, w := range map[string]*world{"full": full, "empty": empty} {
				o := spec()
				o.Template, o.Period = template, p
				c := compile(t, o, w.members())
				d := c.Document()
				var text strings.Builder
				for _, b := range d.Body {
					fmt.Fprintln(&text, b)
				}
				for _, bad := range []string{"<no value>", "{{", "%!", "[^"} {
					if strings.Contains(text.String(), bad) || strings.Contains(c.Subject, bad) {
						t.Errorf("%s %s %s: %q in\n%s", template, p.Type, name, bad, text.String())
					}
				}
				if !strings.Contains(c.Subject, p.Label) || len(d.Body) < 8 {
					t.Errorf("%s %s %s: subject %q, %d blocks", template, p.Type, name, c.Subject, len(d.Body))
				}
			}
		}
	}
}

// A petition that an earlier period left open is reported, also where the period
// itself received none, and only what has ended is said to have.
func TestOpenPetitionsAreTold(t *testing.T) {
	petition := func(date, rest string) string {
		return `"class":"proposal","content":"Nội dung mẫu","receivedOn":"` + date + `",` + rest
	}
	const open, passed = `"status":"accepted"`, `"status":"transferred","transferredOn":"2021-03-01"`
	for _, test := range []struct {
		name, set string
		want      map[report.Template]string
	}{
		{"left behind", petition("2019-02-01", open), map[report.Template]string{
			report.UBND: "Trong kỳ không tiếp nhận đơn, kỳ trước chuyển sang 01 đơn; tính đến ngày 14 tháng 6 năm 2021, còn 01 đơn đang giải quyết (trong đó kỳ trước chuyển sang 01 đơn).",
			report.MTTQ: "Trong kỳ không tiếp nhận đơn, kỳ trước chuyển sang 01 đơn; tính đến ngày 14 tháng 6 năm 2021, còn 01 đơn đang giải quyết (trong đó kỳ trước chuyển sang 01 đơn).",
		}},
		{"ended", petition("2021-02-01", passed), map[report.Template]string{
			report.UBND: "Đã tiếp nhận 01 đơn (kiến nghị); kết quả xử lý: chuyển cơ quan có thẩm quyền 01 đơn; tính đến ngày 14 tháng 6 năm 2021, đơn đã được xử lý, không có đơn tồn đọng.",
			report.MTTQ: "Theo dõi việc giải quyết 01 đơn tiếp nhận trong kỳ (kiến nghị); kết quả xử lý: chuyển cơ quan có thẩm quyền 01 đơn; tính đến ngày 14 tháng 6 năm 2021, không có đơn tồn đọng.",
		}},
		{"none", `"class":"proposal"`, map[report.Template]string{
			report.UBND: "Trong kỳ không tiếp nhận đơn; không có đơn tồn đọng.",
			report.MTTQ: "Trong kỳ không tiếp nhận đơn; không có đơn tồn đọng.",
		}},
	} {
		w := newWorld(t)
		w.edit(village1, form.KindPetition, 1, test.set)
		for template, want := range test.want {
			o := spec()
			o.Template, o.Period = template, calendar.DefaultRule().FirstHalf(2021)
			c := compile(t, o, w.members())
			i := slices.IndexFunc(c.Sections, func(s report.Section) bool { return s.ID == "citizens" })
			if got := c.Sections[i].Text; !strings.HasSuffix(got, want) {
				t.Errorf("%s, %s: %s", template, test.name, got)
			}
		}
	}
}

// Headings are numbered as they are printed. A draft keeps a place for each
// section that waits for its text; what was left out by hand, or is signed
// without one, takes no number, nor does one that is alone under its heading.
func TestHeadingsOfWhatIsPrinted(t *testing.T) {
	w := newWorld(t)
	draw(w)
	o := spec()
	headings := func() string {
		var list []string
		for _, b := range compile(t, o, w.members()).Document().Body {
			if h, ok := b.(paper.Heading); ok {
				list = append(list, strings.SplitN(h.Text, " ", 2)[0])
			}
		}
		return strings.Join(list, " ")
	}
	if got := headings(); got != "I. 1. a) b) 2. 3. a) b) c) d) đ) e) 4. 5. a) b) 6. 7. II. 1. 2. 3. III." {
		t.Errorf("headings of a draft: %s", got)
	}
	o.Edits = map[string]report.Edit{"lessons": {}, "sessions-front": {}, "sessions-committee": {}, "gifts": {Text: "Không còn dấu chú thích."}}
	if got := headings(); got != "I. 1. a) b) 2. 3. a) b) c) d) đ) e) 4. 5. 6. II. 1. 2. III." {
		t.Errorf("headings where three sections were left out: %s", got)
	}
	o.Issue = &report.Issue{Number: 1, Symbol: "BC-UBND", Date: "2024-04-11"}
	o.Edits["documents"] = report.Edit{Text: "Đã góp ý 3 dự thảo.\n\n- Một\n- Hai"}
	o.Edits["directions"] = report.Edit{Text: "Tiếp tục."}
	if got := headings(); got != "I. 1. Công 2. 3. a) b) c) 4. II." {
		t.Errorf("headings of what is signed: %s", got)
	}
	var waiting []string
	for _, s := range compile(t, o, w.members()).Unfilled() {
		waiting = append(waiting, s.ID)
	}
	if got := strings.Join(waiting, " "); got != "elections propaganda movement security supervision other strengths limits" {
		t.Errorf("sections that wait: %s", got)
	}
}

// The lines of the footnote add up to the gifts, on whichever day the report is
// made; a year of none has no line.
func TestGiftsByYearAddUp(t *testing.T) {
	for asOf, lines := range map[calendar.Day]int{"2019-06-01": 1, "2022-02-01": 3, "2024-01-31": 3, "2024-04-11": 4, "2024-12-31": 4} {
		w := newWorld(t)
		for i, date := range []string{"2019-05-01", "2021-05-01", "2022-01-15", "2024-02-20"} {
			w.gift(village1, byte(i+1), date, 1000+i)
		}
		o := spec()
		o.Period = calendar.Term(2019, 2024, asOf)
		c := compile(t, o, w.members())
		for _, s := range c.Sections {
			if s.ID != "gifts" {
				continue
			}
			var sum int64
			for _, line := range s.Footnotes[0].Lines {
				var n int64
				if _, err := fmt.Sscanf(strings.ReplaceAll(line[strings.LastIndex(line, ":"):], ".", ""), ": %d suất", &n); err != nil {
					t.Fatal(err)
				}
				sum += n
			}
			if f, _ := c.Figure("gifts"); sum != f.Value || len(s.Footnotes[0].Lines) != lines {
				t.Errorf("as of %s: %d gifts, in years %q", asOf, f.Value, s.Footnotes[0].Lines)
			}
			if basis := c.Basis("gifts"); asOf == "2024-04-11" && (basis["gifts"] != 4006 || basis["gifts.2024"] != 1003) {
				t.Errorf("the section tells %v", basis)
			}
		}
	}
}

// Figures of half a year are of its days, and have no years.
func TestFiguresOfAHalf(t *testing.T) {
	w := newWorld(t)
	for i, date := range []string{"2020-12-14", "2020-12-15", "2021-06-14", "2021-06-15"} {
		w.gift(village1, byte(i+1), date, 1<<i)
	}
	all := map[string]report.Counted{}
	for _, f := range report.Figures(w.members(), calendar.DefaultRule().FirstHalf(2021)) {
		all[f.ID] = f
	}
	if f := all["gifts"]; f.Value != 0b0110 || f.Period != "2020-12-15/2021-06-14" {
		t.Errorf("gifts: %+v", f)
	}
	if f := all["fund.balance"]; f.AsOf != "2021-06-14" {
		t.Errorf("balance: %+v", f)
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(id, "gifts.") {
			t.Errorf("there is a figure %s", id)
		}
	}
}
