package paper

import (
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/paper/pdf"
)

// canvas is a pdf on which lines are placed, in points from the upper left
// corner of the page.
type canvas struct {
	pdf  *pdf.Writer
	line strings.Builder
}

func newCanvas(d *Document) *canvas {
	// The same document gives the same bytes: nothing of a clock.
	written, ok := d.Date.time()
	if !ok {
		written = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return &canvas{pdf: pdf.New(pdf.Info{Title: regular.show(clean(d.Title)), Author: regular.show(clean(d.Author)), Language: "vi-VN", Written: written})}
}

func (c *canvas) page(landscape bool) {
	if landscape {
		c.pdf.Page(pageLong, pageShort)
	} else {
		c.pdf.Page(pageShort, pageLong)
	}
}

func (c *canvas) rule(x1, y1, x2, y2, weight float64) { c.pdf.Line(x1, y1, x2, y2, weight) }

// draw places a line with the upper left corner of its paragraph at x, y.
func (c *canvas) draw(l *line, x, y float64) {
	x += l.left
	if l.rule > 0 {
		x += (l.box - l.rule) / 2
		c.rule(x, y+l.base, x+l.rule, y+l.base, ruleWeight)
		return
	}
	space, free := l.space, l.box-l.width
	switch l.align {
	case centred:
		x += free / 2
	case toRight:
		x += free
	case justified:
		if !l.last && l.spaces > 0 {
			space += free / float64(l.spaces)
		}
	case toLeft:
	}
	for i := 0; i < len(l.pieces); {
		p := &l.pieces[i]
		if i > 0 && p.space {
			x += space
		}
		n, width := c.span(l, i, space == l.space)
		c.pdf.Mark(l.part)
		if p.note != nil && l.part != nil {
			c.pdf.Mark(l.part.Add(pdf.Reference))
			p.note.part = l.part.Add(pdf.Note)
		}
		c.pdf.Text(fonts()[p.face], p.size, x, y+l.base-p.rise, c.line.String())
		x += width
		i += n
	}
}

// span gathers the pieces from i on that can be placed as one text, and their
// width: those of one face, over spaces only if they are ordinary ones. A space
// that nobody sees stands behind a word, so that copying and searching
// the text find its spaces.
func (c *canvas) span(l *line, i int, overSpaces bool) (n int, width float64) {
	c.line.Reset()
	first := &l.pieces[i]
	for j := i; j < len(l.pieces); j++ {
		p := &l.pieces[j]
		if j > i {
			if p.face != first.face || p.size != first.size || p.rise != first.rise || p.space && !overSpaces {
				break
			}
			if p.space {
				c.line.WriteByte(' ')
				width += l.space
			}
		}
		c.line.WriteString(p.text)
		width += p.width
		n++
	}
	if next := i + n; next == len(l.pieces) || l.pieces[next].space {
		c.line.WriteByte(' ')
	}
	return n, width
}
