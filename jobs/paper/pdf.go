package paper

import (
	"fmt"
	"io"
	"strings"

	"github.com/sothon/sothon/jobs/paper/pdf"
)

// WritePDF writes a document as PDF with its fonts in it. Characters that these
// lack become □; scripts that run from right to left stand in the order of
// their letters. An error is the writer's.
func WritePDF(w io.Writer, d *Document) error {
	f := newFlow(newCanvas(d))
	f.begin(false)
	f.head(d)
	f.blocks(d.Body, signatureGap+f.signature(d, nil).height())
	f.y += signatureGap
	f.columns(f.signature(d, f.part))
	for i := range d.Annexes {
		a := &d.Annexes[i]
		f.begin(a.Landscape)
		f.part = f.document.Add(pdf.Section)
		f.entry = &outlineEntry{title: strings.TrimSpace(regular.show(clean(a.Title + ": " + a.Subject)))}
		title := f.title(2)
		f.centred(&annexStyle, a.Title, title)
		f.centred(&annexSubjectStyle, a.Subject, title)
		f.centred(&annexSourceStyle, a.source(), f.part.Add(pdf.Paragraph))
		f.y += paragraphGap
		f.blocks(a.Body, 0)
	}
	f.finish()
	if _, err := f.canvas.pdf.WriteTo(w); err != nil {
		return fmt.Errorf("write pdf: %w", err)
	}
	return nil
}

// blocks places what a document says; rest is kept free below the last line.
func (f *flow) blocks(blocks []Block, rest float64) {
	var list *pdf.Element // of the items that follow each other
	for i, b := range blocks {
		below := 0.0
		if i == len(blocks)-1 {
			below = min(rest, (f.bottom-marginTop)/2)
		}
		switch b := b.(type) {
		case Heading:
			st := b.style()
			lines := st.lines(f.set.pieces(st, Run{Text: b.Text}), f.width)
			lines[0].entry = &outlineEntry{title: regular.show(clean(b.Text)), level: max(b.Level-1, 0)}
			f.heading = min(f.above+min(max(b.Level, 1), 3), f.heading+1)
			partOf(f.part.Add(pdf.Heading(f.heading)), lines)
			f.paragraph(st, lines, max(below, f.least(blocks[i+1:], 3)))
		case Paragraph:
			lines := bodyStyle.lines(f.set.pieces(&bodyStyle, b.runs()...), f.width)
			if b.Item {
				if list == nil {
					list = f.part.Add(pdf.List)
				}
				partOf(list.Add(pdf.ListItem).Add(pdf.ListBody), lines)
				f.paragraph(&bodyStyle, lines, below)
				continue
			}
			partOf(f.part.Add(pdf.Paragraph), lines)
			f.paragraph(&bodyStyle, lines, below)
		case Table:
			f.table(&b, below)
		}
		list = nil
	}
}

// least is how much of what follows a heading must stand on its page. It looks
// at a few headings that follow each other, not more.
func (f *flow) least(blocks []Block, headings int) float64 {
	if len(blocks) == 0 || headings == 0 {
		return 0
	}
	switch b := blocks[0].(type) {
	case Heading:
		st := b.style()
		lines := st.lines(f.set.pieces(st, Run{Text: b.Text}), f.width)
		return st.before + height(lines) + f.least(blocks[1:], headings-1)
	case Table:
		least := captionStyle.before + captionStyle.lineHeight() + captionStyle.after
		if g := newGrid(&b, f.width); g != nil {
			least += min(g.headHeight()+2*g.text.lineHeight(), (f.bottom-marginTop)/2)
		}
		return least
	case Paragraph:
		set := f.set // whose footnotes are counted when the paragraph is placed
		lines := bodyStyle.lines(set.pieces(&bodyStyle, b.runs()...), f.width)
		return bodyStyle.before + height(lines[:unbroken(len(lines), true)])
	default:
		return 0
	}
}

func (h Heading) style() *style {
	switch h.Level {
	case 1:
		return &partStyle
	case 2:
		return &sectionStyle
	default:
		return &pointStyle
	}
}

// runs are those of the paragraph, with its dash before them.
func (p Paragraph) runs() []Run {
	if !p.Item {
		return p.Runs
	}
	return append([]Run{{Text: "- "}}, p.Runs...)
}
