package paper

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/paper/pdf"
)

// piece is text in one face and size at which no line breaks.
type piece struct {
	text  string
	face  face
	size  float64
	rise  float64 // above the baseline
	width float64
	space bool      // a space stands before it: a line may break there
	tied  bool      // unless it is one at which no line breaks
	note  *footnote // it is the number of
}

// footnote is one of a document.
type footnote struct {
	number     int
	paragraphs []string
	part       *pdf.Element // of a pdf's structure
}

// line is what stands beside each other: the pieces of a text, or a drawn rule.
type line struct {
	pieces []piece
	spaces int     // between them
	width  float64 // of the pieces with ordinary spaces
	space  float64 // width of an ordinary space
	left   float64 // where its box begins
	box    float64 // width of the box in which it stands
	align  textAlign
	height float64
	base   float64 // from its top to the baseline
	last   bool    // of its paragraph: it is not stretched
	rule   float64 // length of a rule drawn in the middle instead of text
	notes  []*footnote
	entry  *outlineEntry // of the document's outline that leads to it; nil for none
	part   *pdf.Element  // of a pdf's structure; nil for what only adorns a page
}

// outlineEntry leads to a place in a document.
type outlineEntry struct {
	title string
	level int // 0 is the highest
}

// setter makes lines of texts and counts the footnotes on the way.
type setter struct{ notes int }

// pieces cuts runs at their spaces. Those at which no line breaks are as wide as
// the others, so that they are cut too.
func (t *setter) pieces(st *style, runs ...Run) []piece {
	var all []piece
	space, tied := false, false
	for i := range runs {
		r := &runs[i]
		f := st.face.with(r.Bold, r.Italic)
		text := clean(r.Text)
		if st.caps {
			text = strings.ToUpper(text)
		}
		for rest := f.show(text); rest != ""; {
			if rest[0] == ' ' {
				space, tied, rest = true, false, rest[1:]
				continue
			}
			end, tie := wordEnd(rest)
			all = append(all, piece{text: rest[:end], face: f, size: st.size, width: f.width(rest[:end], st.size), space: space && len(all) > 0, tied: tied})
			space, tied, rest = tie > 0, tie > 0, rest[end+tie:]
		}
		if paragraphs := cleanAll(r.Note); len(paragraphs) > 0 {
			t.notes++
			n := superscript(f, st.size, t.notes)
			n.note = &footnote{number: t.notes, paragraphs: paragraphs}
			all = append(all, n)
		}
	}
	return all
}

// noBreak is the space at which no line breaks.
const noBreak = "\u00a0"

// wordEnd returns where the first word of a text ends, and the length of the
// space behind it where no line breaks there. Several of these beside each
// other are no space between words, but room that is left.
func wordEnd(text string) (end, tie int) {
	end = strings.IndexByte(text, ' ')
	if end < 0 {
		end = len(text)
	}
	for at := 0; at < end; {
		next := strings.Index(text[at:end], noBreak)
		if next < 0 {
			break
		}
		from := at + next
		if at = from + len(noBreak); !strings.HasPrefix(text[at:end], noBreak) {
			if from > 0 && at < end && !strings.HasSuffix(text[:from], noBreak) {
				return from, len(noBreak)
			}
		}
	}
	return end, 0
}

// superscript is the number of a footnote.
func superscript(f face, size float64, number int) piece {
	s := strconv.Itoa(number)
	return piece{text: s, face: f, size: size * .65, rise: size * .33, width: f.width(s, size*.65)}
}

func (st *style) lineHeight() float64 {
	if st.leading == 0 {
		return st.size * natural
	}
	return st.size * natural * st.leading
}

// blank is a line of the style without text.
func (st *style) blank(box float64) line {
	h := st.lineHeight()
	return line{box: box, align: st.align, height: h, base: h - st.size*(natural-ascent), space: regular.width(" ", st.size)}
}

// lines breaks pieces at their spaces as late as they fit into width; what is
// longer than a line is cut. Pieces may be changed. There is always a line.
func (st *style) lines(pieces []piece, width float64) []line {
	var all []line
	indent := 0.0
	if st.align == justified || st.align == toLeft {
		indent = min(st.indent, width/2)
	}
	for first := true; first || len(pieces) > 0; first = false {
		l := st.blank(width)
		if first {
			l.left, l.box = indent, width-indent
		}
		pieces = l.fill(pieces)
		all = append(all, l)
	}
	all[len(all)-1].last = true
	return all
}

// roundOff is what sums of widths may be off by.
const roundOff = 0.01

// fill takes the words that fit from the front of pieces, and returns the rest.
func (l *line) fill(pieces []piece) []piece {
	taken := 0
	for taken < len(pieces) {
		end, width, ties := wordAt(pieces, taken, l.space)
		gap := 0.0
		if taken > 0 {
			gap = l.space
		}
		if l.width+gap+width > l.box+roundOff {
			break
		}
		if taken > 0 {
			l.spaces++
		}
		l.spaces += ties
		l.width += gap + width
		taken = end
	}
	if taken == 0 && len(pieces) > 0 {
		return l.cut(pieces)
	}
	l.pieces = pieces[:taken:taken]
	l.collectNotes()
	return pieces[taken:]
}

// wordAt returns the end of what stays together from i on, its width, and how
// many spaces are in it.
func wordAt(pieces []piece, i int, space float64) (end int, width float64, ties int) {
	width = pieces[i].width
	for end = i + 1; end < len(pieces) && (!pieces[end].space || pieces[end].tied); end++ {
		width += pieces[end].width
		if pieces[end].tied {
			width += space
			ties++
		}
	}
	return end, width, ties
}

// cut takes as much as fits of what stays together and is longer than the line:
// up to a space if there is one, else at least a character, so that it ends.
func (l *line) cut(pieces []piece) []piece {
	whole := 0
	for whole < len(pieces) {
		width := pieces[whole].width
		if whole > 0 && pieces[whole].tied {
			width += l.space
		}
		if l.width+width > l.box+roundOff {
			break
		}
		if whole > 0 && pieces[whole].tied {
			l.spaces++
		}
		l.width += width
		whole++
	}
	if whole > 0 && (whole == len(pieces) || pieces[whole].tied) {
		l.pieces = pieces[:whole:whole]
		l.collectNotes()
		return pieces[whole:]
	}
	l.pieces = append([]piece(nil), pieces[:whole]...)
	p := &pieces[whole]
	at, width := p.prefix(l.box-l.width, whole == 0)
	if at > 0 {
		head := *p
		head.text, head.width = p.text[:at], width
		if at == len(p.text) {
			whole++
		} else {
			head.note = nil
			p.text, p.width = p.text[at:], p.width-width
			p.space = false
		}
		l.pieces = append(l.pieces, head)
		l.width += width
	}
	l.collectNotes()
	return pieces[whole:]
}

// prefix returns the length in bytes and the width of the longest beginning of
// p that is no wider than room. It ends behind a dash or a stroke if one is far
// enough, and never between a letter and its mark. A forced one has a letter.
func (p *piece) prefix(room float64, forced bool) (int, float64) {
	w := &measured()[p.face]
	at, width := 0, 0.0
	dash, dashWidth := 0, 0.0
	for i, r := range p.text {
		step := float64(w[r]) * p.size / 1000
		if width+step > room+roundOff && (at > 0 || !forced) {
			if step == 0 {
				continue
			}
			break
		}
		at, width = i+utf8.RuneLen(r), width+step
		if r == '-' || r == '–' || r == '/' {
			dash, dashWidth = at, width
		}
	}
	if dash > at/2 && at < len(p.text) {
		return dash, dashWidth
	}
	return at, width
}

func (l *line) collectNotes() {
	for i := range l.pieces {
		if n := l.pieces[i].note; n != nil {
			l.notes = append(l.notes, n)
		}
	}
}

// balanced breaks into the same number of lines as width needs, but as evenly
// as can be: what is centred over several lines looks whole.
func (st *style) balanced(pieces []piece, width float64) []line {
	lines := st.lines(append([]piece(nil), pieces...), width)
	low, high := 0.0, width
	for range 12 {
		middle := (low + high) / 2
		if len(st.lines(append([]piece(nil), pieces...), middle)) > len(lines) {
			low = middle
		} else {
			high = middle
		}
	}
	even := st.lines(append([]piece(nil), pieces...), high)
	for i := range even {
		even[i].left += (width - high) / 2
	}
	return even
}

// ruleLine is a line in whose middle a rule is drawn.
func ruleLine(length, box float64) line {
	return line{rule: min(length, box), box: box, height: ruleBox, base: ruleBox / 2, last: true}
}

// gapLine is empty.
func gapLine(height float64) line { return line{height: height, last: true} }

// partOf makes lines belong to a part of a pdf's structure.
func partOf(part *pdf.Element, lines []line) []line {
	for i := range lines {
		lines[i].part = part
	}
	return lines
}

func height(lines []line) float64 {
	var sum float64
	for i := range lines {
		sum += lines[i].height
	}
	return sum
}
