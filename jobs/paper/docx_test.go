package paper_test

import (
	"math"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
)

const twipsPerMM = 1440 / 25.4

func TestDOCXElements(t *testing.T) {
	w := readDOCX(t, sample())
	for _, c := range []struct {
		prefix       string
		from, to     float64
		bold, italic bool
		caps         bool // by the style; what stands in capitals needs none
		align        string
	}{
		{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, 13, true, false, false, "center"},
		{"Độc lập - Tự do - Hạnh phúc", 13, 14, true, false, false, "center"},
		{"huyện Mẫu Sơn", 12, 13, false, false, true, "center"},
		{"xã Suối Mẫu", 12, 13, true, false, true, "center"},
		{"Số: 05/BC-UBND", 13, 13, false, false, false, "center"},
		{"Suối Mẫu, ngày", 13, 14, false, true, false, "center"},
		{"Báo cáo", 13, 14, true, false, true, "center"},
		{"Kết quả phối hợp công tác giữa", 13, 14, true, false, false, "center"},
		{"Kính gửi:", 13, 14, false, false, false, "left"},
		{"I. Kết quả thực hiện", 13, 14, true, false, true, "left"},
		{"1. Xây dựng khối", 13, 14, true, false, false, "left"},
		{"a) Tiếp xúc cử tri", 13, 14, false, false, false, "left"},
		{"Thực hiện quy chế", 13, 14, false, false, false, "both"},
		{"Nơi nhận:", 12, 12, true, true, false, "left"},
		{"- Như trên;", 11, 11, false, false, false, "left"},
		{"TM. Ủy ban nhân dân", 13, 14, true, false, true, "center"},
		{"Phó Chủ tịch", 13, 14, true, false, true, "center"},
		{"Người Ký Mẫu", 13, 14, true, false, false, "center"},
		{"Phụ lục I", 14, 14, true, false, false, "center"},
		{"Số suất quà theo thôn", 13, 14, true, false, true, "center"},
		{"(Kèm theo Báo cáo số", 13, 14, false, true, false, "center"},
	} {
		p := w.paragraph(t, c.prefix)
		size, isBold, isItalic, caps := w.shown(p)
		if size < c.from || size > c.to || isBold != c.bold || isItalic != c.italic || caps != c.caps {
			t.Errorf("%q: %g pt, bold %v, italic %v, caps %v", c.prefix, size, isBold, isItalic, caps)
		}
		if align := w.property(p, "pPr", "jc").attr("val"); align != c.align {
			t.Errorf("%q stands %q, not %q", c.prefix, align, c.align)
		}
	}
	fonts := w.parts["word/styles.xml"].at("docDefaults", "rPrDefault", "rPr", "rFonts")
	if fonts.attr("ascii") != "Times New Roman" || fonts.attr("hAnsi") != "Times New Roman" {
		t.Errorf("the font is %v", fonts.attrs)
	}
}

func TestDOCXBody(t *testing.T) {
	w := readDOCX(t, sample())
	for _, prefix := range []string{"Hai cơ quan", "- Đã tiếp 78 lượt", "I. Kết quả"} {
		p := w.paragraph(t, prefix)
		if indent := w.property(p, "pPr", "ind").number("firstLine") / twipsPerMM; indent < 10-.1 || indent > 12.7+.1 {
			t.Errorf("the first line of %q is %.2f mm in", prefix, indent)
		}
		spacing := w.property(p, "pPr", "spacing")
		if before := spacing.number("before") / 20; before < 6 {
			t.Errorf("%g pt stand before %q", before, prefix)
		}
		if high := spacing.number("line") / 240; high < 1 || high > 1.5 || spacing.attr("lineRule") != "auto" {
			t.Errorf("lines of %q are %g high", prefix, high)
		}
	}
	runs := w.paragraph(t, "Trong nhiệm kỳ").all("r")
	if runs[1].at("rPr", "b") == nil || runs[0].at("rPr", "b") != nil {
		t.Error("bold text in a paragraph is not bold")
	}
}

func TestDOCXPages(t *testing.T) {
	w := readDOCX(t, sample())
	sections := w.body.all("sectPr")
	if len(sections) != 3 {
		t.Fatalf("%d sections, not 3", len(sections))
	}
	for i, s := range sections {
		margins := s.at("pgMar")
		for _, c := range []struct {
			side     string
			from, to float64
		}{{"top", 20, 25}, {"bottom", 20, 25}, {"left", 30, 35}, {"right", 15, 20}} {
			if m := margins.number(c.side) / twipsPerMM; m < c.from-.05 || m > c.to+.05 {
				t.Errorf("section %d: %s is %.2f mm", i, c.side, m)
			}
		}
		width, height := s.at("pgSz").number("w")/twipsPerMM, s.at("pgSz").number("h")/twipsPerMM
		if landscape := i == 2; landscape {
			width, height = height, width
			if s.at("pgSz").attr("orient") != "landscape" {
				t.Error("the second annex is not landscape")
			}
		}
		if math.Abs(width-210) > .1 || math.Abs(height-297) > .1 {
			t.Errorf("section %d is %.1f × %.1f mm", i, width, height)
		}
		if s.at("titlePg") == nil || s.at("pgNumType").attr("start") != "1" {
			t.Errorf("section %d does not number its pages from 1, or has a number on the first", i)
		}
		for _, h := range s.all("headerReference") {
			header := w.header(h.attr("id"))
			switch h.attr("type") {
			case "default":
				w.checkNumber(t, header)
				if top := margins.number("header") / twipsPerMM; top <= 0 || top >= 20 {
					t.Errorf("the number stands %.1f mm from the top", top)
				}
			case "first":
				if len(header.all("r")) > 0 {
					t.Error("the first page has a number")
				}
			}
		}
	}
}

func (w *word) header(id string) *node {
	for _, r := range w.parts["word/_rels/document.xml.rels"].all("Relationship") {
		if r.attr("Id") == id {
			return w.parts["word/"+r.attr("Target")]
		}
	}
	return nil
}

func (w *word) checkNumber(t *testing.T, header *node) {
	t.Helper()
	p := header.at("p")
	if code := p.all("instrText"); len(code) != 1 || strings.TrimSpace(code[0].data) != "PAGE" {
		t.Error("the header has no page number")
	}
	if size, _, _, _ := w.shown(p); size < 13 || size > 14 || w.property(p, "pPr", "jc").attr("val") != "center" {
		t.Errorf("the page number is at %g pt", size)
	}
}

func TestDOCXRules(t *testing.T) {
	w := readDOCX(t, sample())
	extents := w.body.all("extent")
	if len(extents) != 3 {
		t.Fatalf("%d rules, not 3", len(extents))
	}
	const emu = 12700
	for i, c := range []struct {
		text     string // of the line above
		font     string
		size     float64
		from, to float64
	}{
		{"XÃ SUỐI MẪU", "B", 13, 1. / 3, .5},
		{"Độc lập - Tự do - Hạnh phúc", "B", 14, .995, 1.005},
		{"ban Mặt trận Tổ quốc Việt Nam xã nhiệm kỳ 2019-2024", "B", 14, 1. / 3, .5},
	} {
		if share := extents[i].number("cx") / emu / textLength(c.font, c.size, c.text); share < c.from || share > c.to {
			t.Errorf("the rule below %q has %.3f of its length", c.text, share)
		}
	}
	if n := len(w.body.all("line")); n != 3 {
		t.Errorf("%d rules for an older Word, not 3", n)
	}
	for _, a := range w.body.all("positionH") {
		if strings.TrimSpace(a.at("align").data) != "center" {
			t.Error("a rule is not in the middle")
		}
	}
}

func TestDOCXHeadIsATable(t *testing.T) {
	w := readDOCX(t, sample())
	head := w.body.at("tbl")
	if rows := head.all("tr"); len(rows) != 2 || len(rows[0].all("tc")) != 2 || len(rows[1].all("tc")) != 2 {
		t.Fatal("the head is not two by two")
	}
	if w.styles[head.at("tblPr", "tblStyle").attr("val")].at("tblPr", "tblBorders") != nil {
		t.Error("the head has lines")
	}
	left, right := head.all("tc")[0].text(), head.all("tc")[1].text()
	if !strings.Contains(left, "xã Suối Mẫu") || !strings.Contains(right, "Hạnh phúc") {
		t.Errorf("left: %s, right: %s", left, right)
	}
}

func TestDOCXFootnotes(t *testing.T) {
	w := readDOCX(t, sample())
	notes := map[string]*node{}
	for _, n := range w.parts["word/footnotes.xml"].all("footnote") {
		notes[n.attr("id")] = n
	}
	if notes["-1"].attr("type") != "separator" || notes["0"].attr("type") != "continuationSeparator" {
		t.Error("the separators are missing")
	}
	var listed []string
	for _, n := range w.parts["word/settings.xml"].at("footnotePr").children {
		listed = append(listed, n.attr("id"))
	}
	if strings.Join(listed, " ") != "-1 0" {
		t.Errorf("the settings list %v", listed)
	}
	references := w.body.all("footnoteReference")
	if len(references) != 2 || len(notes) != 4 {
		t.Fatalf("%d references, %d notes", len(references), len(notes))
	}
	for i, want := range []string{"Số lượt người dự", "Số suất quà theo từng đợt"} {
		note := notes[references[i].attr("id")]
		if note == nil || !strings.Contains(note.text(), want) || len(note.all("footnoteRef")) != 1 {
			t.Errorf("reference %d leads to no note of %q", i, want)
		}
	}
	if n := len(notes["2"].all("p")); n != 21 {
		t.Errorf("the long note has %d paragraphs, not 21", n)
	}
}

func TestDOCXTables(t *testing.T) {
	d := sample()
	for i, b := range d.Body {
		if table, ok := b.(paper.Table); ok {
			table.Rows = append(table.Rows, paper.Row{Cells: []string{"", strings.Repeat("cao ", 3000)}})
			d.Body[i] = table
		}
	}
	w := readDOCX(t, d)
	tables := w.body.all("tbl")
	rows := tables[1].all("tr")
	if len(rows) != 8 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, r := range rows {
		if repeats := r.at("trPr", "tblHeader") != nil; repeats != (i == 0) {
			t.Errorf("row %d is a head: %v", i, repeats)
		}
		if whole := r.at("trPr", "cantSplit") != nil; whole != (i < 7) {
			t.Errorf("row %d stays whole: %v", i, whole)
		}
	}
	if bold := rows[6].all("r")[0].at("rPr", "b"); bold == nil {
		t.Error("the sum is not bold")
	}
	if w.styles["TableGrid"].at("tblPr", "tblBorders", "insideV").attr("val") != "single" {
		t.Error("a table has no lines")
	}

	head := tables[3].all("tr")
	if len(head) != 6 || head[1].at("trPr", "tblHeader") == nil {
		t.Fatal("a head of two rows does not repeat")
	}
	cells := head[0].all("tc")
	if len(cells) != 4 || cells[2].at("tcPr", "gridSpan").attr("val") != "3" || cells[0].at("tcPr", "vMerge").attr("val") != "restart" {
		t.Error("the group does not span its columns")
	}
	if below := head[1].all("tc"); len(below) != 6 || below[0].at("tcPr", "vMerge") == nil || below[2].at("tcPr", "vMerge") != nil {
		t.Error("a column without a group is not as high as the head")
	}
	for i, tbl := range tables {
		var sum float64
		for _, c := range tbl.at("tblGrid").children {
			sum += c.number("w")
		}
		if width := tbl.at("tblPr", "tblW").number("w"); math.Abs(sum-width) > 1.5 {
			t.Errorf("the columns of table %d are %g wide, the table %g", i, sum, width)
		}
	}
}

func TestDOCXSignatureKept(t *testing.T) {
	for _, last := range []paper.Block{text("Kính báo./."), gifts(), paper.Heading{Level: 2, Text: "1. Hết"}} {
		d := sample()
		d.Body = append(d.Body, last)
		w := readDOCX(t, d)
		signing := -1
		for i, c := range w.body.children {
			if c.name == "tbl" && strings.Contains(c.text(), "Nơi nhận:") {
				signing = i
			}
		}
		table := w.body.children[signing]
		if rows := table.all("tr"); len(rows) != 1 || rows[0].at("trPr", "cantSplit") == nil {
			t.Error("recipients and signature are not in one row that stays whole")
		}
		if text := table.text(); !strings.Contains(text, "Phó Chủ tịch") || !strings.Contains(text, "Người Ký Mẫu") || !strings.Contains(text, "- Lưu: VT, VP.") {
			t.Errorf("it says %s", text)
		}
		kept := table.all("p")
		end := w.body.children[signing-1] // the gap
		kept = append(kept, end)
		before := w.body.children[signing-2]
		if before.name == "p" && len(before.all("t")) == 0 { // the gap below a table
			kept = append(kept, before)
			before = w.body.children[signing-3]
		}
		if before.name == "tbl" {
			rows := before.all("tr")
			kept = append(kept, rows[len(rows)-1].all("p")...)
		} else {
			kept = append(kept, before)
		}
		for _, p := range kept {
			if w.property(p, "pPr", "keepNext") == nil {
				t.Errorf("after %T, %q is not kept with what follows", last, (&node{children: []*node{p}}).text())
			}
		}
	}
}

// Whatever looks its own way has a style that Word's users can change.
func TestDOCXStyles(t *testing.T) {
	w := readDOCX(t, sample())
	for _, p := range w.body.all("p") {
		id := p.at("pPr", "pStyle").attr("val")
		if w.styles[id] == nil {
			t.Errorf("a paragraph has the style %q, which does not exist", id)
		}
		for _, r := range p.all("rPr") {
			for _, c := range r.children {
				switch c.name {
				case "b", "bCs", "i", "iCs", "rStyle", "noProof":
				default:
					t.Errorf("a run of %q has its own %s", id, c.name)
				}
			}
		}
	}
	for id, s := range w.styles {
		if s.at("name").attr("val") == "" {
			t.Errorf("style %q has no name", id)
		}
	}
}

func TestDOCXKeepsWhatWordCanShow(t *testing.T) {
	d := sample()
	d.Body = []paper.Block{text("  Tra\u0302\u0300 🏠 <&>\"' \u0000\u0007vui\ufffe\u202e  vẻ\r\nxuống dòng ")}
	if got, want := readDOCX(t, d).body.text(), "  Trầ  <&>\"' vui\ufffd  vẻ xuống dòng \n"; !strings.Contains(got, want) {
		t.Errorf("not %q in %q", want, got)
	}
}

func TestDOCXLongTable(t *testing.T) {
	w := readDOCX(t, longDocument(10_000))
	if n := len(w.body.all("tr")); n < 10_000 {
		t.Errorf("%d rows", n)
	}
}

// Word breaks a line behind a hyphen: within a number or a symbol it is one at
// which none breaks.
func TestHyphensInWords(t *testing.T) {
	w := readDOCX(t, &paper.Document{Subject: "nhiệm kỳ 2019-2024 theo Báo cáo số 56/BC-MTTQ-BTT - lần 2 -"})
	p := w.paragraph(t, "nhiệm kỳ")
	if got := len(p.all("noBreakHyphen")); got != 3 {
		t.Errorf("%d hyphens hold their words together, want 3", got)
	}
	if got := p.words(); got != "nhiệm kỳ 2019-2024 theo Báo cáo số 56/BC-MTTQ-BTT - lần 2 -" {
		t.Errorf("the subject reads %q", got)
	}
}

// A head over which no group stands has one row: of two, LibreOffice repeats only the
// lower, which is empty.
func TestHeadWithoutGroups(t *testing.T) {
	for title, want := range map[string]int{"": 1, "Nhà": 2} {
		w := readDOCX(t, &paper.Document{Body: []paper.Block{paper.Table{
			Columns: []paper.Column{{Title: "Thôn"}, {Title: "Số nhà"}}, Groups: []paper.Group{{Span: 1}, {Title: title, Span: 1}}, Rows: make([]paper.Row, 3),
		}}})
		if n := len(w.body.all("tblHeader")); n != want {
			t.Errorf("under the group %q, the head has %d rows, want %d", title, n, want)
		}
	}
}
