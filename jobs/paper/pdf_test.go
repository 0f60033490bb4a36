package paper_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
)

func TestPDFElements(t *testing.T) {
	p := &pages(t, sample())[0]
	for _, c := range []struct {
		prefix   string
		font     string
		from, to float64 // size
		centre   float64 // in millimetres from the page's left edge; 0: not centred
	}{
		{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "B", 12, 13, 146},
		{"Độc lập - Tự do - Hạnh phúc", "B", 13, 14, 146},
		{"HUYỆN MẪU SƠN", "", 12, 13, 63.5},
		{"XÃ SUỐI MẪU", "B", 12, 13, 63.5},
		{"Số: 05/BC-UBND", "", 13, 13, 63.5},
		{"Suối Mẫu, ngày 07 tháng 02 năm 2024", "I", 13, 14, 146},
		{"BÁO CÁO", "B", 13, 14, 112.5},
		{"Kết quả phối hợp công tác giữa", "B", 13, 14, 112.5},
		{"Kính gửi:", "", 13, 14, 0},
		{"I. KẾT QUẢ THỰC HIỆN", "B", 13, 14, 0},
		{"1. Xây dựng khối", "B", 13, 14, 0},
		{"a) Tiếp xúc cử tri", "", 13, 14, 0},
		{"Thực ", "", 13, 14, 0},
	} {
		s := p.find(t, c.prefix)
		if s.font != c.font || s.size < c.from || s.size > c.to {
			t.Errorf("%q is in font %q at %g pt, not %q at %g to %g", c.prefix, s.font, s.size, c.font, c.from, c.to)
		}
		if centre := (s.x + s.right()) / 2 / mm; c.centre > 0 && math.Abs(centre-c.centre) > .3 {
			t.Errorf("%q has its centre at %.1f mm, not %.1f", c.prefix, centre, c.centre)
		}
	}
}

func TestPDFRules(t *testing.T) {
	p := &pages(t, sample())[0]
	for _, c := range []struct {
		above    string
		from, to float64 // of the text's length
	}{
		{"Độc lập - Tự do - Hạnh phúc", .995, 1.005},
		{"XÃ SUỐI MẪU", 1. / 3, .5},
		{"ban Mặt trận Tổ quốc Việt Nam xã nhiệm kỳ", 1. / 3, .5},
	} {
		s := p.find(t, c.above)
		r := p.ruleBelow(t, (s.x+s.right())/2, s.y)
		if share := r.length() / (s.right() - s.x); share < c.from || share > c.to {
			t.Errorf("the rule below %q has %.3f of its length", c.above, share)
		}
		if off := (r.x1+r.x2)/2 - (s.x+s.right())/2; math.Abs(off) > .5 {
			t.Errorf("the rule below %q is %.1f pt off its middle", c.above, off)
		}
	}
}

func TestPDFPage(t *testing.T) {
	all := pages(t, sample())
	landscape, number := 0, 0
	for i, p := range all {
		short, long := p.width, p.height
		if p.width > p.height {
			landscape++
			short, long = long, short
		}
		if math.Abs(short-210*mm) > .5 || math.Abs(long-297*mm) > .5 {
			t.Errorf("page %d is %.0f × %.0f mm", i+1, p.width/mm, p.height/mm)
		}
		texts := p.texts
		if number++; strings.HasPrefix(texts[0].text, "Phụ lục") {
			number = 1 // each annex numbers its own pages
		}
		if number > 1 {
			top := texts[0]
			if strings.TrimSpace(top.text) != fmt.Sprint(number) || top.size < 13 || top.size > 14 || top.y > 20*mm {
				t.Errorf("page %d has %q at %g pt, %.1f mm from the top for a number", i+1, top.text, top.size, top.y/mm)
			}
			if off := (top.x+top.right())/2 - (30*mm+p.width-15*mm)/2; math.Abs(off) > .5 {
				t.Errorf("the number of page %d is %.1f pt off the middle", i+1, off)
			}
			texts = texts[1:]
		}
		for _, s := range texts {
			if s.x < 30*mm-.5 || s.right() > p.width-15*mm+.5 || s.y-s.size*.7 < 20*mm || s.y > p.height-20*mm {
				t.Errorf("page %d: %q stands in a margin: %.1f to %.1f, %.1f mm", i+1, s.text, s.x/mm, s.right()/mm, s.y/mm)
			}
		}
	}
	if landscape != 3 {
		t.Errorf("%d landscape pages, not 3", landscape)
	}
	first := all[0]
	if y := first.find(t, "CỘNG").y; y > 30*mm {
		t.Errorf("the head begins %.1f mm from the top", y/mm)
	}
}

func TestPDFBody(t *testing.T) {
	p := &pages(t, sample())[0]
	lines := lines(p)
	var previous float64
	for _, first := range []string{"Hai cơ quan", "Ngày hội Đại đoàn kết"} {
		i := lineOf(t, lines, first)
		if indent := lines[i].x/mm - 30; indent < 9.9 || indent > 12.8 {
			t.Errorf("the first line of %q is %.1f mm in", first, indent)
		}
		gap := lines[i].y - lines[i-1].y - 14*1.149*1.1
		if gap < 6-.1 {
			t.Errorf("%.1f pt stand before %q", gap, first)
		}
		for ; math.Abs(lines[i+1].x-30*mm) < .1; i++ {
			if off := lines[i].right - (210-15)*mm; math.Abs(off) > .5 {
				t.Errorf("%q ends %.1f pt off the margin", lines[i].text, off)
			}
			if high := lines[i+1].y - lines[i].y; high < 14*1.14 || high > 14*1.149*1.5+.1 {
				t.Errorf("lines are %.1f pt high", high)
			}
		}
		if lines[i].y < previous {
			t.Error("paragraphs are out of order")
		}
		previous = lines[i].y
	}
}

// The first line of a heading of two is not spread, however long the words are that
// follow.
func TestPDFHeadingsAreNotSpread(t *testing.T) {
	d := sample()
	d.Annexes = nil
	d.Body = nil
	for level := range 3 {
		d.Body = append(d.Body, paper.Heading{Level: level + 1, Text: "Kết quả thực hiện Quy chế phối hợp công tác 6\u00a0tháng\u00a0đầu\u00a0năm\u00a02026\u00a0của\u00a0xã\u00a0Mẫu"}, text("Một dòng."))
	}
	lines := lines(&pages(t, d)[0])
	found := 0
	for i := range lines {
		if !strings.HasPrefix(strings.ToLower(lines[i].text), "kết quả thực hiện quy chế") {
			continue
		}
		found++
		if next := strings.ToLower(lines[i+1].text); !strings.HasPrefix(next, "6") {
			t.Errorf("%q is followed by %q", lines[i].text, next)
		}
		if lines[i].right > (210-15-10)*mm {
			t.Errorf("%q is spread to the margin", lines[i].text)
		}
	}
	if found != 3 {
		t.Errorf("%d headings were found", found)
	}
}

// shownLine is what stands on one baseline.
type shownLine struct {
	text        string
	x, y, right float64
}

func lines(p *page) []shownLine {
	var all []shownLine
	for _, s := range p.texts {
		if n := len(all); n > 0 && math.Abs(all[n-1].y-s.y) < .01 {
			all[n-1].text += s.text
			all[n-1].right = s.right()
			continue
		}
		all = append(all, shownLine{s.text, s.x, s.y, s.right()})
	}
	return all
}

func lineOf(t *testing.T, lines []shownLine, prefix string) int {
	t.Helper()
	for i, l := range lines {
		if strings.HasPrefix(l.text, prefix) {
			return i
		}
	}
	t.Fatalf("no line begins with %q", prefix)
	return 0
}

// What is read out of the file has the words of the document, with a space
// between any two.
func TestPDFTextLayer(t *testing.T) {
	d := sample()
	var all strings.Builder
	for _, p := range pages(t, d) {
		all.WriteString(p.text())
	}
	text := all.String()
	for _, b := range d.Body {
		p, ok := b.(paper.Paragraph)
		if !ok || len(p.Runs) > 1 {
			continue
		}
		if !strings.Contains(text, p.Runs[0].Text+" ") {
			t.Errorf("missing: %s", p.Runs[0].Text)
		}
	}
	if strings.Contains(text, "  ") {
		t.Error("words stand two spaces apart")
	}
}

func TestPDFSignature(t *testing.T) {
	all := pages(t, sample())
	for i, p := range all {
		if !strings.Contains(p.text(), "Nơi nhận:") {
			continue
		}
		to, first, last := p.find(t, "Nơi nhận:"), p.find(t, "- Như trên;"), p.find(t, "- Lưu: VT, VP.")
		by, name := p.find(t, "PHÓ CHỦ TỊCH"), p.find(t, "Người Ký Mẫu")
		if to.font != "BI" || to.size != 12 || first.font != "" || first.size != 11 || last.size != 11 {
			t.Errorf("Nơi nhận is in %q at %g pt, its list at %g", to.font, to.size, first.size)
		}
		if by.font != "B" || by.size < 13 || by.size > 14 || name.font != "B" || name.size < 13 || name.size > 14 {
			t.Errorf("the position is in %q at %g pt, the name in %q at %g", by.font, by.size, name.font, name.size)
		}
		if off := (by.x + by.right() - name.x - name.right()) / 2; math.Abs(off) > .5 || by.x < to.x+60*mm {
			t.Errorf("position and name are %.1f pt off each other, at %.1f mm", off, by.x/mm)
		}
		if room := name.y - by.y; room < 30*mm || room > 40*mm {
			t.Errorf("%.1f mm are left for the signature", room/mm)
		}
		if !strings.Contains(p.text(), "kính báo./.") {
			t.Errorf("page %d has the signature, but not the end of the text", i+1)
		}
		return
	}
	t.Error("no page has recipients")
}

// The signature stays with the end of the text, wherever the page ends.
func TestPDFSignatureKept(t *testing.T) {
	for n := 10; n < 30; n++ { // the first page ends among them
		d := sample()
		d.Annexes, d.Body = nil, nil
		for i := range n {
			d.Body = append(d.Body, text(fmt.Sprintf("Đoạn thứ %d của văn bản.", i+1)))
		}
		d.Body = append(d.Body, text("Đoạn cuối của văn bản dài hơn một dòng để xem dòng cuối cùng của nó có ở cùng trang với phần ký hay không."))
		all := pages(t, d)
		last := all[len(all)-1].text()
		for _, s := range []string{"hay không.", "Nơi nhận:", "Lưu: VT, VP.", "PHÓ CHỦ TỊCH", "Người Ký Mẫu"} {
			if !strings.Contains(last, s) {
				t.Errorf("after %d paragraphs, %q is not on the last page", n, s)
			}
		}
	}
}

// No heading ends a page, and no paragraph leaves a single line alone.
func TestPDFPageEnds(t *testing.T) {
	d := sample()
	d.Body = nil
	for i := range 200 {
		d.Body = append(
			d.Body, paper.Heading{Level: 1 + i%3, Text: fmt.Sprintf("Đề mục %d", i)},
			text(fmt.Sprintf("Đoạn %d. ", i)+strings.Repeat("Nội dung của đoạn văn này dài vài dòng. ", 3+i%5)),
		)
	}
	all := pages(t, d)
	for i := range all {
		lines := lines(&all[i])
		if last := strings.ToLower(lines[len(lines)-1].text); strings.HasPrefix(last, "đề mục") {
			t.Errorf("page %d ends with the heading %q", i+1, last)
		}
		if last := lines[len(lines)-1].text; strings.HasPrefix(last, "Đoạn") {
			t.Errorf("page %d ends with the first line of a paragraph", i+1)
		}
		if i > 0 && i < len(all)-3 && lines[2].x > 40*mm && lines[1].x < 31*mm {
			t.Errorf("page %d begins with the last line of a paragraph: %q", i+1, lines[1].text)
		}
	}
}

// A heading keeps as much of a text on its page as the docx does: of one that has
// one line, that line.
func TestPDFHeadingsFillTheirPages(t *testing.T) {
	const line = 14 * 1.149 * 1.1
	for above := range 12 {
		d := sample()
		d.Body, d.Annexes = nil, nil
		for range above {
			d.Body = append(d.Body, text("Một đoạn."))
		}
		for i := range 60 {
			d.Body = append(d.Body, paper.Heading{Level: 2, Text: fmt.Sprintf("Đề mục %d", i)}, text("Một dòng."))
		}
		all := pages(t, d)
		for i := range all[:len(all)-2] { // the signature takes its part of the last ones
			lines := lines(&all[i])
			if room := all[i].height - 20*mm - lines[len(lines)-1].y; room > 2*(line+6)+4 {
				t.Errorf("after %d paragraphs, page %d has %.1f points left for a heading and its text", above, i+1, room)
			}
		}
	}
}
