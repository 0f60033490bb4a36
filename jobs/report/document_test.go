package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
)

// printed is what a document says, and how many lines its footnotes have and
// how many items its lists.
func printed(d *paper.Document) (text string, notes, items int) {
	var all strings.Builder
	for _, b := range d.Body {
		switch b := b.(type) {
		case paper.Heading:
			fmt.Fprintln(&all, b.Text)
		case paper.Paragraph:
			for _, r := range b.Runs {
				all.WriteString(r.Text)
				if len(r.Note) > 0 {
					fmt.Fprintf(&all, "[%s]", strings.Join(r.Note, " "))
				}
				notes += len(r.Note)
			}
			if b.Item {
				items++
			}
			fmt.Fprintln(&all)
		}
	}
	return plain(all.String()), notes, items
}

// plain writes the spaces at which no line breaks as ordinary ones: words are
// read the same.
func plain(text string) string { return strings.ReplaceAll(text, "\u00a0", " ") }

// What a report is made on is in italics, and nothing else.
func TestBasesAreInItalics(t *testing.T) {
	w := newWorld(t)
	draw(w)
	o := spec()
	o.Edits = map[string]report.Edit{"bases": {Text: "Thực hiện Công văn số 01/UBND-NV ngày 10 tháng 4 năm 2024 của Ủy ban nhân dân huyện Mẫu;"}}
	for _, b := range compile(t, o, w.members()).Document().Body {
		if p, ok := b.(paper.Paragraph); ok && p.Runs[0].Italic != strings.HasPrefix(plain(p.Runs[0].Text), "Thực hiện Công văn số 01") {
			t.Errorf("italic: %t: %s", p.Runs[0].Italic, p.Runs[0].Text)
		}
	}
}

// A text that an official writes has the items that it says, and the footnotes
// whose signs it keeps.
func TestWhatOfficialsWrite(t *testing.T) {
	w := newWorld(t)
	draw(w)
	_, notes, items := printed(compile(t, spec(), w.members()).Document())
	if notes != 3 {
		t.Fatalf("%d lines of footnotes, want 3", notes)
	}
	o := spec()
	o.Edits = map[string]report.Edit{
		"documents": {Text: "Đã góp ý 3 dự thảo.\n\n- Một\n- Hai"},
		"gifts":     {Text: "Không còn dấu chú thích."},
	}
	c := compile(t, o, w.members())
	if _, notes, more := printed(c.Document()); more != items+2 || notes != 0 {
		t.Errorf("%d items, then %d; want 2 more; %d lines of footnotes without a sign", items, more, notes)
	}
	for _, s := range c.Sections {
		if len(s.Footnotes) > 0 {
			t.Errorf("section %s still has %v", s.ID, s.Footnotes)
		}
	}
	o.Edits["gifts"] = report.Edit{Text: "Trao quà[^gifts] như sau."}
	if _, notes, _ := printed(compile(t, o, w.members()).Document()); notes != 3 {
		t.Errorf("%d lines of footnotes where the sign stayed, want 3", notes)
	}
}

// inConflict are two villages with a number that nobody has settled.
func inConflict(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	draw(w)
	w.edit2(village1, form.KindGift, 1, `"quantity":3`, `"quantity":4`)
	return w
}

// The text points to its annexes, and by its number to the one that lists what
// is not settled.
func TestTextPointsToAnnexes(t *testing.T) {
	for _, period := range []calendar.Period{term, calendar.DefaultRule().Annual(2021)} {
		for _, template := range report.Templates {
			o := spec()
			o.Template, o.Period = template, period
			d := compile(t, o, inConflict(t).members()).Document()
			last := d.Annexes[len(d.Annexes)-1]
			text, _, _ := printed(d)
			if n := strings.Count(text, "Số liệu đang tiếp tục rà soát"); n != 1 {
				t.Errorf("%s %s: the marks are explained %d times", template, period.Type, n)
			}
			for _, want := range []string{"; chi tiết tại các Phụ lục kèm theo) như sau:", "(*)[(*) Số liệu đang tiếp tục rà soát, đối chiếu (chi tiết tại " + last.Title + ").]"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s %s: %q is not said in\n%s", template, period.Type, want, text)
				}
			}
			if !strings.HasPrefix(last.Title, "Phụ lục ") || last.Subject != "Số liệu đang rà soát, đối chiếu" {
				t.Errorf("the last annex is %s: %s", last.Title, last.Subject)
			}
		}
	}
}

// The workbook lists what has changed and what is not settled, with the ids that
// the paper spares.
func TestWorkbookOfAnAddendum(t *testing.T) {
	then, now := newWorld(t), inConflict(t)
	draw(then)
	now.edit2(village2, form.KindHouse, 2, `"sources":[{"name":"Bà Mẫu","amountVnd":5000000,"form":"cash"}]`, `"sources":[]`)
	first := compile(t, spec(), then.members())
	o := spec()
	o.Addendum = &report.Issued{ID: "first", Name: "Báo cáo số 01/BC-UBND", Period: term, Figures: first.Figures, Members: then.members()}
	sheets := map[string][][]string{}
	for _, s := range compile(t, o, now.members()).Workbook().Sheets {
		sheets[s.Name] = cells(&s)
	}
	changes, conflicts := sheets["Số liệu thay đổi"], sheets["Số liệu đang rà soát, đối chiếu"]
	if len(changes) != 3 || strings.Join(changes[1], "|") != "2|Suất quà đã trao|suất|9|11|2|gifts" {
		t.Errorf("changes: %q", changes)
	}
	if len(conflicts) != 2 || conflicts[0][6] != recordID(1).String() || conflicts[0][4] != "Số suất: 3 / 4" ||
		conflicts[1][4] != "Nguồn kinh phí: Tiền mặt: 5.000.000 đồng / (không ghi)" {
		t.Errorf("conflicts: %q", conflicts)
	}
}

// No paper that is signed talks as machines do.
func TestWordsOfPeople(t *testing.T) {
	for _, template := range report.Templates {
		o := spec()
		o.Template = template
		d := compile(t, o, inConflict(t).members()).Document()
		text, _, _ := printed(d)
		text += fmt.Sprint(d.Annexes)
		for _, word := range []string{"bản ghi", "dữ liệu", recordID(1).String()} {
			if strings.Contains(strings.ToLower(text), word) {
				t.Errorf("%s says %q", template, word)
			}
		}
	}
}

// An addendum explains its marks; where nothing has changed it has no table of
// changes.
func TestAddendumOnPaper(t *testing.T) {
	then, now := newWorld(t), inConflict(t)
	draw(then)
	first := compile(t, spec(), then.members())
	o := spec()
	o.Addendum = &report.Issued{ID: "first", Name: "Báo cáo số 01/BC-UBND", Period: term, Figures: first.Figures, Members: then.members()}
	d := compile(t, o, now.members()).Document()
	text, _, _ := printed(d)
	for _, want := range []string{"đã báo cáo 09 suất, nay điều chỉnh thành 11(*)[(*) Số liệu đang tiếp tục rà soát, đối chiếu (chi tiết tại Phụ lục VI).] suất (tăng 02 suất)."} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said in\n%s", want, text)
		}
	}
	if table := d.Annexes[0].Body[0].(paper.Table); table.Rows[0].Cells[4] != "11(*)" {
		t.Errorf("the first change is %q", table.Rows[0].Cells)
	}
	if d = compile(t, o, then.members()).Document(); d.Annexes[0].Subject != "Số liệu tổng hợp" {
		t.Errorf("without a change the first annex is %s", d.Annexes[0].Subject)
	}
}
