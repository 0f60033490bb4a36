package paper

import (
	"strconv"

	"github.com/sothon/sothon/jobs/paper/pdf"
)

// flow puts lines onto pages from the top down, and footnotes at their foot.
type flow struct {
	canvas    *canvas
	document  *pdf.Element // what the structure holds
	part      *pdf.Element // of it, to which what follows belongs
	heading   int          // level of the last heading; 0 is none
	above     int          // level of the title above the text
	set       setter
	entry     *outlineEntry // of the next title
	landscape bool
	width     float64 // of the text
	bottom    float64 // where the text ends, above which the footnotes stand
	pages     int     // of the section: the document and each annex number their own
	y         float64 // where the next line goes
	fresh     bool    // nothing stands on the page yet
	notes     []line  // at the foot of this page
	notesHigh float64 // their height, with rule and gap
	continued bool    // they begin with the rest of an earlier page's
	owed      []line  // of footnotes that found no room yet, in order
}

const (
	roomForRule = 4.0 // between the footnotes' rule and the first of them
	// What footnotes of earlier pages may take of a page while there is text.
	owedShare = 0.6
)

func newFlow(c *canvas) *flow {
	return &flow{canvas: c, document: c.pdf.Document(), part: c.pdf.Document()}
}

// begin opens a section on its own page.
func (f *flow) begin(landscape bool) {
	if f.pages > 0 {
		f.finish()
	}
	f.landscape, f.pages = landscape, 0
	short, long := pageShort, pageLong
	if landscape {
		short, long = long, short
	}
	f.width, f.bottom = short-marginLeft-marginRight, long-marginBottom
	f.newPage(owedShare)
}

// finish ends a section: pages follow until no footnote is owed.
func (f *flow) finish() {
	for len(f.owed) > 0 {
		f.newPage(1)
	}
	f.endPage()
}

// newPage goes on to a page on which footnotes of earlier ones take share of
// the height at most.
func (f *flow) newPage(share float64) {
	f.endPage()
	f.pages++
	f.canvas.page(f.landscape)
	f.y, f.fresh = marginTop, true
	if f.pages > 1 {
		number := pageNumberStyle.lines(f.set.pieces(&pageNumberStyle, Run{Text: strconv.Itoa(f.pages)}), f.width)
		f.canvas.draw(&number[0], marginLeft, numberTop)
	}
	f.continued = len(f.owed) > 0
	f.payNotes((f.bottom - marginTop) * share)
}

// endPage draws the footnotes of the page.
func (f *flow) endPage() {
	if len(f.notes) == 0 {
		return
	}
	y := f.bottom - f.notesHigh + noteGap
	length := noteRule
	if f.continued {
		length = f.width
	}
	f.canvas.rule(marginLeft, y, marginLeft+length, y, frameWeight)
	y += roomForRule
	for i := range f.notes {
		f.canvas.draw(&f.notes[i], marginLeft, y)
		y += f.notes[i].height
	}
	f.notes, f.notesHigh = nil, 0
}

// room is what is left of the page for text.
func (f *flow) room() float64 { return f.bottom - f.notesHigh - f.y + roundOff }

// payNotes puts owed footnotes at the foot of the page, as far as high allows.
func (f *flow) payNotes(high float64) {
	for len(f.owed) > 0 {
		h := f.owed[0].height
		if len(f.notes) == 0 {
			h += noteGap + roomForRule
		}
		if f.notesHigh+h > high {
			return
		}
		f.notesHigh += h
		f.notes, f.owed = append(f.notes, f.owed[0]), f.owed[1:]
	}
}

// owe takes a line's footnotes to be put at the foot of the page or of the next ones.
func (f *flow) owe(notes []*footnote) {
	for _, n := range notes {
		for i, text := range n.paragraphs {
			pieces := f.set.pieces(&noteStyle, Run{Text: text})
			if i == 0 {
				number := superscript(regular, noteStyle.size, n.number)
				if len(pieces) > 0 {
					pieces[0].space = true
				}
				pieces = append([]piece{number}, pieces...)
			}
			lines := noteStyle.lines(pieces, f.width)
			if n.part != nil {
				partOf(n.part.Add(pdf.Paragraph), lines)
			}
			f.owed = append(f.owed, lines...)
		}
	}
}

// leastNotes is the room that the first lines of a line's footnotes need beside it.
func (f *flow) leastNotes(l *line) float64 {
	if len(l.notes) == 0 || len(f.owed) > 0 {
		return 0
	}
	h := float64(len(l.notes)) * noteStyle.lineHeight()
	if len(f.notes) == 0 {
		h += noteGap + roomForRule
	}
	return h
}

// together places lines that no page's end may part, unless a page is too
// small for them; rest is kept free below them.
func (f *flow) together(lines []line, before, rest float64) {
	need := before + height(lines) + rest
	for i := range lines {
		need += f.leastNotes(&lines[i])
	}
	if need > f.room() && !f.fresh {
		f.newPage(owedShare)
	}
	if !f.fresh {
		f.y += before
	}
	below := height(lines)
	for i := range lines {
		l := &lines[i]
		if l.height > f.room() && !f.fresh {
			f.newPage(owedShare)
		}
		f.canvas.draw(l, marginLeft, f.y)
		if l.entry != nil {
			f.canvas.pdf.Bookmark(l.entry.title, l.entry.level, f.y)
		}
		f.y += l.height
		f.fresh = false
		below -= l.height
		// While an earlier footnote goes on, those that follow it wait.
		if waiting := len(f.owed) > 0; len(l.notes) > 0 {
			f.owe(l.notes)
			if !waiting {
				f.payNotes(f.bottom - f.y - below)
			}
		}
	}
}

// paragraph places the lines of a text: neither its first nor its last line
// stands alone on a page. rest is kept free below the last one.
func (f *flow) paragraph(st *style, lines []line, rest float64) {
	before, first := st.before, true
	for len(lines) > 0 {
		n := unbroken(len(lines), first)
		keep := 0.0
		if n == len(lines) {
			keep = rest
		}
		f.together(lines[:n], before, keep)
		lines, before, first = lines[n:], 0, false
	}
	f.y += st.after
}

// unbroken returns how many of n lines must stay together, at the beginning of
// a paragraph or within it.
func unbroken(n int, first bool) int {
	k := 1
	if first {
		k = 2
	}
	if n-k < 2 {
		return n
	}
	return k
}

// title adds a heading to the structure. It lies at most one level below the
// one before it, and headings of the text lie below it.
func (f *flow) title(level int) *pdf.Element {
	f.above = min(level, f.heading+1)
	f.heading = f.above
	return f.part.Add(pdf.Heading(f.heading))
}

// centred places a text over as many even lines as it needs, and returns them.
func (f *flow) centred(st *style, text string, part *pdf.Element) []line {
	pieces := f.set.pieces(st, Run{Text: text})
	if len(pieces) == 0 {
		return nil
	}
	lines := partOf(part, st.balanced(pieces, f.width))
	lines[0].entry, f.entry = f.entry, nil
	f.paragraph(st, lines, 2*bodyStyle.lineHeight())
	return lines
}
