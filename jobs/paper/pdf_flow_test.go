package paper_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
)

// numbered gives n texts that no other text contains.
func numbered(what string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s %d.", what, i+1)
	}
	return all
}

// inOrder fails unless each text is on the pages once, in order.
func inOrder(t *testing.T, all []page, texts []string) {
	t.Helper()
	var sb strings.Builder
	for i := range all {
		sb.WriteString(all[i].text())
	}
	rest := sb.String()
	for _, s := range texts {
		if n := strings.Count(sb.String(), s+" "); n != 1 {
			t.Errorf("%q is there %d times", s, n)
		}
		_, after, found := strings.Cut(rest, s+" ")
		if !found {
			t.Errorf("%q is not behind the text before it", s)
			continue
		}
		rest = after
	}
}

func TestPDFFootnotes(t *testing.T) {
	all := pages(t, sample())
	p := &all[0]
	lines := lines(p)
	note := lineOf(t, lines, "Số lượt người dự")
	number, body := lines[note-1], lineOf(t, lines, "người dự")
	if number.text != "1 " || number.y >= lines[note].y-2 || number.y < lines[note].y-5 {
		t.Errorf("before the footnote stands %q, %.1f pt higher", number.text, lines[note].y-number.y)
	}
	if reference := lines[body+1]; !strings.HasPrefix(reference.text, "1") || reference.y >= lines[body].y-3 || body > note {
		t.Errorf("behind the text stands %q, %.1f pt higher", reference.text, lines[body].y-reference.y)
	}
	found := false
	for _, r := range p.rules {
		if r.y1 == r.y2 && math.Abs(r.x1-30*mm) < .01 && r.length() < 60*mm && r.y1 < lines[note].y && r.y1 > lines[note].y-16 {
			found = true
		}
	}
	if !found {
		t.Error("no rule stands above the footnote")
	}
	if gap := p.height - 20*mm - lines[note].y; gap < 0 || gap > 4 {
		t.Errorf("the footnote ends %.1f pt above the margin", gap)
	}
}

// A footnote goes on at the foot of as many pages as it needs, and everything
// of it is there once; the text goes on above it.
func TestPDFFootnoteLongerThanPages(t *testing.T) {
	first, second := numbered("Đoạn chú thích thứ nhất", 250), numbered("Đoạn chú thích thứ hai", 30)
	body := numbered("Đoạn văn", 60)
	d := sample()
	d.Annexes, d.Body = nil, []paper.Block{paper.Paragraph{Runs: []paper.Run{
		{Text: "Có hai chú thích", Note: first}, {Text: " liền nhau", Note: second}, {Text: " ở đây."},
	}}}
	for _, s := range body {
		d.Body = append(d.Body, text(s))
	}
	all := pages(t, d)
	inOrder(t, all, append(first, second...))
	inOrder(t, all, body)
	if n := strings.Count(all[1].text(), "Đoạn văn"); n < 3 {
		t.Errorf("page 2 has %d paragraphs above the footnote", n)
	}
	for i := range all {
		for _, s := range all[i].texts[min(i, 1):] {
			if s.y > all[i].height-20*mm {
				t.Errorf("page %d: %q stands in the margin", i+1, s.text)
			}
		}
	}

	// Footnotes that are left when the text has ended have their own pages.
	d.Body = d.Body[:1]
	inOrder(t, pages(t, d), append(first, second...))
}

func TestPDFTableHeadOnEveryPage(t *testing.T) {
	d := sample()
	table := houses(200)
	d.Body, d.Annexes = []paper.Block{table}, nil
	all := pages(t, d)
	var cells []string
	for i := range 200 {
		cells = append(cells, fmt.Sprintf("Hộ mẫu %03d", i+1))
	}
	inOrder(t, all, cells)
	for i := range all {
		p := &all[i]
		if n := strings.Count(p.text(), "Hộ mẫu"); n > 0 && strings.Count(p.text(), "Chủ hộ") != 1 {
			t.Errorf("page %d has rows and %d heads", i+1, strings.Count(p.text(), "Chủ hộ"))
		}
		checkFrames(t, i+1, p)
	}
	if head := all[1].find(t, "Chủ hộ"); head.font != "B" {
		t.Error("the head is not bold")
	}
	if sum := all[len(all)-1].find(t, "Tổng cộng"); sum.font != "B" {
		t.Error("the sum is not bold")
	}
}

// checkFrames fails where a line of a table's row crosses a line between rows,
// or text stands outside the lines.
func checkFrames(t *testing.T, number int, p *page) {
	t.Helper()
	var left, right []rule
	for _, r := range p.rules {
		if r.x1 == r.x2 {
			if math.Abs(r.x1-30*mm) < .01 {
				left = append(left, r)
			} else if math.Abs(r.x1-p.width+15*mm) < .01 {
				right = append(right, r)
			}
		}
	}
	if len(left) != len(right) {
		t.Errorf("page %d: a table has %d left edges and %d right ones", number, len(left), len(right))
	}
	for _, r := range p.rules {
		if r.y1 == r.y2 && r.length() > 150*mm && len(left) > 0 {
			for _, s := range p.texts {
				if s.y > r.y1 && s.y-s.size*.6 < r.y1 {
					t.Errorf("page %d: a line goes through %q", number, s.text)
				}
			}
		}
	}
}

// A row that no page can hold goes over several; its columns go on side by side.
func TestPDFRowTallerThanAPage(t *testing.T) {
	long, short := numbered("Câu dài của ô cao", 300), numbered("Câu của ô thấp", 90)
	d := sample()
	d.Annexes, d.Body = nil, []paper.Block{
		text("Đoạn văn trước bảng."),
		paper.Table{
			Columns: []paper.Column{{Title: "Cao", Width: 2}, {Title: "Thấp", Width: 1}},
			Rows: []paper.Row{
				{Cells: []string{"Hàng đầu tiên.", "Thấp."}},
				{Cells: []string{strings.Join(long, " "), strings.Join(short, " ")}},
				{Cells: []string{"Hàng cuối cùng.", "Thấp."}},
			},
		},
	}
	all := pages(t, d)
	var words int
	for i := range all {
		words += strings.Count(all[i].text(), "Câu dài")
		checkFrames(t, i+1, &all[i])
		if i > 0 && strings.Contains(all[i].text(), "Câu") && !strings.Contains(all[i].text(), "Cao ") {
			t.Errorf("page %d goes on without a head", i+1)
		}
	}
	text := ""
	for i := range all {
		text += all[i].text()
	}
	if words < 280 || !strings.Contains(text, "Hàng cuối cùng.") {
		t.Errorf("%d sentences of 300 are whole", words)
	}
	if !strings.Contains(all[0].text(), "Câu dài") {
		t.Error("the row does not begin where there is room")
	}
}

func TestPDFMergedHead(t *testing.T) {
	p := &pages(t, sample())[4]
	group, single, year := p.find(t, "Số suất quà trong năm"), p.find(t, "Tổng số"), p.find(t, "2022")
	if group.y >= year.y || single.y <= group.y || single.y >= year.y {
		t.Errorf("the group is at %.1f, its column at %.1f, the one without a group at %.1f", group.y, year.y, single.y)
	}
	if off := (group.x + group.right() - year.x - year.right()) / 2; math.Abs(off) > 1 {
		t.Errorf("the group is %.1f pt off the middle of its columns", off)
	}
	for _, r := range p.rules {
		if r.y1 == r.y2 && r.y1 > group.y && r.y1 < year.y-5 && r.x1 < single.x && single.x < r.x2 {
			t.Error("a line goes through the head of the column without a group")
		}
	}
}

// A head that would fill the page is not on each.
func TestPDFHeadTallerThanAPage(t *testing.T) {
	d := sample()
	table := gifts()
	table.Columns[1].Title = strings.Repeat("Tên cột rất dài ", 400)
	d.Annexes, d.Body = nil, []paper.Block{table}
	all := pages(t, d)
	n := 0
	for i := range all {
		n += strings.Count(all[i].text(), "Tên cột")
	}
	if n < 395 || n > 400 || len(all) > 12 {
		t.Errorf("the head is there %d times on %d pages", n, len(all))
	}
}

func TestPDFLongTable(t *testing.T) {
	var b counter
	if err := paper.WritePDF(&b, longDocument(10_000)); err != nil {
		t.Fatal(err)
	}
	if b > 4<<20 {
		t.Errorf("%d bytes", b)
	}
}

func TestPDFShowsWhatItCan(t *testing.T) {
	d := sample()
	d.Annexes, d.Body = nil, []paper.Block{
		text("Thôn \u0054ra\u0302\u0300 Ho\u0061\u0300 🏠👨‍👩‍👧 vui\u0007 vẻ\u200b\u202e, số\u00a05, a\u2011b, ❤️."),
	}
	p := &pages(t, d)[0]
	if want := "Thôn Trầ Hoà vui vẻ, số 5, a-b, ."; !strings.Contains(p.text(), want) {
		t.Errorf("not %q but\n%s", want, p.text())
	}
}

func TestPDFAnnexes(t *testing.T) {
	all := pages(t, sample())
	for _, c := range []struct {
		page      int
		landscape bool
		title     string
	}{{4, false, "Phụ lục I"}, {5, true, "Phụ lục II"}} {
		p := &all[c.page]
		if (p.width > p.height) != c.landscape {
			t.Errorf("%s is %.0f × %.0f", c.title, p.width, p.height)
		}
		title := p.find(t, c.title)
		subject := p.texts[1]
		source := p.find(t, "(Kèm theo Báo cáo số 05/BC-UBND")
		if title.font != "B" || title.size != 14 || subject.font != "B" || subject.text != strings.ToUpper(subject.text) || source.font != "I" {
			t.Errorf("%s: %+v, %+v, %+v", c.title, title, subject, source)
		}
	}
}

// A short table stands on one page, with its caption; a long one begins where
// there is room.
func TestPDFShortTables(t *testing.T) {
	for n := range 25 {
		d := sample()
		d.Annexes, d.Body = nil, nil
		for i := range n {
			d.Body = append(d.Body, text(fmt.Sprintf("Đoạn thứ %d.", i+1)))
		}
		table := houses(6)
		table.Caption = "Bảng ngắn"
		d.Body = append(d.Body, table)
		for i, p := range pages(t, d) {
			if has := strings.Contains(p.text(), "Bảng ngắn"); has != strings.Contains(p.text(), "Hộ mẫu 001") || has != strings.Contains(p.text(), "Tổng cộng") {
				t.Errorf("after %d paragraphs, page %d has a part of the table", n, i+1)
			}
		}
	}
}
