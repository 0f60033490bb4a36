package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/paper"
)

// Document lays the report out as the letter that is signed and sent.
func (r *Report) Document() *paper.Document {
	d := &paper.Document{
		Parent: r.Letter.Parent, Issuer: r.Letter.Issuer, Symbol: r.Letter.Symbol, Place: r.Letter.Place, Kind: "BÁO CÁO", Subject: r.Subject,
		Addressees: r.Letter.Addressees, Draft: r.Issue == nil, Recipients: r.Letter.Recipients,
		Signature: paper.Signature{Authority: r.Letter.Authority, Position: r.Letter.Position},
		Title:     r.Subject, Author: r.Template.issuer(r.UnitName), Body: r.body(), Annexes: r.annexes(),
		Date: paper.Date{Year: yearOf(r.AsOf)},
	}
	if i := r.Issue; i != nil {
		d.Number, d.Symbol, d.Place = strconv.Itoa(i.Number), i.Symbol, i.Place
		d.Signature.Position, d.Signature.Name = i.Position, i.Name
		if t, err := time.Parse(time.DateOnly, i.Date); err == nil {
			d.Date = paper.Date{Year: t.Year(), Month: int(t.Month()), Day: t.Day()}
		}
	}
	return d
}

// body sets the sections that say something, with numbered headings.
func (r *Report) body() []paper.Block {
	var blocks []paper.Block
	var numbers [4]int // by level
	for i, s := range r.Sections {
		if !r.printed(i) {
			continue
		}
		if s.Level > 0 {
			numbers[s.Level]++
			clear(numbers[s.Level+1:])
			blocks = append(blocks, paper.Heading{Level: s.Level, Text: numbered(s.Level, numbers[s.Level]) + " " + s.Title})
		}
		blocks = append(blocks, s.paragraphs()...)
	}
	return blocks
}

// printed reports whether a section has a text, or one below it has.
func (r *Report) printed(i int) bool {
	if strings.TrimSpace(r.Sections[i].Text) != "" {
		return true
	}
	level := r.Sections[i].Level
	for _, below := range r.Sections[i+1:] {
		if level == 0 || below.Level <= level {
			return false
		}
		if strings.TrimSpace(below.Text) != "" {
			return true
		}
	}
	return false
}

// numbered is the number of a heading: "I.", "1.", "a)".
func numbered(level, n int) string {
	const letters = "abcdđeghiklmnopqrstuvxy" // the Vietnamese alphabet, as far as lists are lettered
	switch level {
	case 1:
		return roman(n) + "."
	case 2:
		return strconv.Itoa(n) + "."
	}
	if l := []rune(letters); n <= len(l) {
		return string(l[n-1]) + ")"
	}
	return strconv.Itoa(n) + ")"
}

func roman(n int) string {
	var text strings.Builder
	for _, digit := range []struct {
		value int
		sign  string
	}{{10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= digit.value; n -= digit.value {
			text.WriteString(digit.sign)
		}
	}
	return text.String()
}

// paragraphs sets a section's text. A footnote whose sign an official took out
// stands at the end.
func (s *Section) paragraphs() []paper.Block {
	var blocks []paper.Block
	notes := map[string][]string{}
	for _, n := range s.Notes {
		notes[n.ID] = n.Lines
	}
	add := func(text string, item bool) {
		if text = strings.TrimSpace(text); text != "" {
			blocks = append(blocks, paper.Paragraph{Runs: runs(text, notes), Item: item})
		}
	}
	for part := range strings.SplitSeq(s.Text, "\n\n") {
		var lines []string
		for line := range strings.SplitSeq(part, "\n") {
			if rest, item := strings.CutPrefix(strings.TrimSpace(line), "- "); item {
				add(strings.Join(lines, " "), false)
				lines = nil
				add(rest, true)
				continue
			}
			lines = append(lines, strings.TrimSpace(line))
		}
		add(strings.Join(lines, " "), false)
	}
	for _, n := range s.Notes {
		if lines, left := notes[n.ID]; left && len(blocks) > 0 {
			last := blocks[len(blocks)-1].(paper.Paragraph)
			last.Runs = append(last.Runs, paper.Run{Note: lines})
			blocks[len(blocks)-1] = last
		}
	}
	return blocks
}

// runs splits a paragraph at the signs of its footnotes, and takes from notes
// those that it has.
func runs(text string, notes map[string][]string) []paper.Run {
	var list []paper.Run
	for text != "" {
		before, rest, found := strings.Cut(text, "[^")
		id, after, closed := strings.Cut(rest, "]")
		lines, known := notes[id]
		if !found || !closed || !known {
			if !found {
				return append(list, paper.Run{Text: text})
			}
			list = append(list, paper.Run{Text: before + "[^"})
			text = rest
			continue
		}
		delete(notes, id)
		list = append(list, paper.Run{Text: before, Note: lines})
		text = after
	}
	return list
}

func (r *Report) annexes() []paper.Annex {
	var list []paper.Annex
	source := "" // of a draft there is nothing yet to name
	if i := r.Issue; i != nil {
		source = fmt.Sprintf("Kèm theo Báo cáo số %02d/%s %s của %s", i.Number, i.Symbol, longDate(i.Date), r.Template.issuer(r.UnitName))
	}
	add := func(subject string, landscape bool, blocks ...paper.Block) {
		list = append(list, paper.Annex{Title: "Phụ lục " + roman(len(list)+1), Subject: subject, Source: source, Landscape: landscape, Body: blocks})
	}
	if r.Addendum != nil {
		add("Số liệu thay đổi so với "+r.Addendum.Name, false, r.Addendum.table())
	}
	add("Số liệu tổng hợp", false, r.figureTable())
	var narrow []paper.Block
	for i := range r.Tables {
		t := &r.Tables[i]
		table := t.paper()
		if len(t.Columns) == 1 {
			table.Caption = t.Title
			narrow = append(narrow, table)
			continue
		}
		add(t.Title, true, table)
	}
	add("Số liệu theo loại", false, narrow...)
	if len(r.Conflicts) > 0 {
		add("Bản ghi còn ý kiến khác nhau", true, r.conflictTable())
	}
	return list
}

func (r *Report) lastAnnex() string {
	list := r.annexes()
	return list[len(list)-1].Title
}

func (r *Report) figureTable() paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Title: "TT", Width: 11, Align: paper.Center},
		{Title: "Chỉ tiêu", Width: 50},
		{Title: "Đơn vị tính", Width: 20, Align: paper.Center},
		{Title: "Số liệu", Width: 31, Align: paper.Right},
		{Title: "Kỳ, thời điểm", Width: 30, Align: paper.Center},
		{Title: "Số bản ghi", Width: 18, Align: paper.Right},
		{Title: "Ghi chú", Width: 24},
	}}
	for i := range r.Figures {
		f := &r.Figures[i]
		t.Rows = append(t.Rows, paper.Row{Cells: []string{
			strconv.Itoa(i + 1), f.Label, f.Unit, Grouped(f.Value), f.when(), Grouped(int64(f.Records)), f.remark(),
		}})
	}
	return t
}

// when is a figure's time, for a table.
func (f *Figure) when() string {
	if f.AsOf != "" {
		return "đến " + shortDate(f.AsOf)
	}
	if from, to, days := strings.Cut(f.Period, "/"); days {
		return shortDate(from) + " – " + shortDate(to)
	}
	return f.Period
}

func (f *Figure) remark() string {
	var list []string
	if f.Approx {
		list = append(list, "ước chừng")
	}
	if f.Touched {
		list = append(list, "chưa thống nhất (*)")
	}
	return strings.Join(list, "; ")
}

func (t *Table) paper() paper.Table {
	out := paper.Table{Columns: []paper.Column{{Title: t.Heading, Width: 50}}}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, paper.Column{Title: fmt.Sprintf("%s (%s)", c.Title, c.Unit), Width: 26, Align: paper.Right})
	}
	for _, r := range t.Rows {
		cells := []string{r.Label}
		for _, c := range r.Cells {
			cells = append(cells, c.text())
		}
		out.Rows = append(out.Rows, paper.Row{Cells: cells, Bold: r.Sum})
	}
	return out
}

func (c *Cell) text() string {
	switch {
	case c.Empty:
		return "–"
	case c.Touched:
		return Grouped(c.Value) + touchedMark
	}
	return Grouped(c.Value)
}

func (r *Report) conflictTable() paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Title: "TT", Width: 10, Align: paper.Center},
		{Title: "Đơn vị", Width: 33},
		{Title: "Loại bản ghi", Width: 35},
		{Title: "Ngày", Width: 20, Align: paper.Center},
		{Title: "Mã bản ghi", Width: 50},
		{Title: "Nội dung khác nhau", Width: 60},
		{Title: "Số liệu liên quan", Width: 40},
	}}
	for i, c := range r.Conflicts {
		var disputes, labels []string
		for _, d := range c.Fields {
			text := d.Label
			if len(d.Values) > 0 {
				text += ": " + strings.Join(d.Values, " / ")
			}
			disputes = append(disputes, text)
		}
		for _, id := range c.Figures {
			if label := r.label(id); !slices.Contains(labels, label) {
				labels = append(labels, label)
			}
		}
		t.Rows = append(t.Rows, paper.Row{Cells: []string{
			strconv.Itoa(i + 1), c.Village, c.Label, shortDate(c.Date), c.Record, strings.Join(disputes, "; "), strings.Join(labels, "; "),
		}})
	}
	return t
}

// label is that of a figure, or of the table in which it is a cell.
func (r *Report) label(id string) string {
	for i := range r.Figures {
		if r.Figures[i].ID == id {
			return r.Figures[i].Label
		}
	}
	for i := range r.Tables {
		if r.Tables[i].cell(id) != nil {
			return r.Tables[i].Title
		}
	}
	return id
}

func (a *Addendum) table() paper.Table {
	t := paper.Table{Columns: []paper.Column{
		{Title: "TT", Width: 11, Align: paper.Center},
		{Title: "Chỉ tiêu", Width: 45},
		{Title: "Đơn vị tính", Width: 20, Align: paper.Center},
		{Title: "Đã báo cáo", Width: 28, Align: paper.Right},
		{Title: "Nay", Width: 28, Align: paper.Right},
		{Title: "Tăng, giảm", Width: 25, Align: paper.Right},
		{Title: "Bản ghi thêm", Width: 16, Align: paper.Right},
		{Title: "Bản ghi bớt", Width: 16, Align: paper.Right},
	}}
	for i, c := range a.Changes {
		t.Rows = append(t.Rows, paper.Row{Cells: []string{
			strconv.Itoa(i + 1), c.Label, c.Unit, Grouped(c.Was), Grouped(c.Now), Grouped(c.Now - c.Was), Grouped(int64(c.Entered)), Grouped(int64(c.Left)),
		}})
	}
	return t
}
