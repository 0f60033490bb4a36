package paper

import "github.com/sothon/sothon/jobs/paper/pdf"

// column is lines one below the other.
type column struct {
	left  float64 // from the margin
	width float64
	lines []line
	part  *pdf.Element // of the structure, to which the texts belong
}

// add sets a text of one line or more under what the column has, and returns
// the last line's width.
func (c *column) add(set *setter, st *style, text string) float64 {
	if st.before > 0 {
		c.lines = append(c.lines, gapLine(st.before))
	}
	pieces := set.pieces(st, Run{Text: text})
	var lines []line
	if st.align == centred {
		lines = st.balanced(pieces, c.width)
	} else {
		lines = st.lines(pieces, c.width)
	}
	if c.part != nil {
		partOf(c.part.Add(pdf.Paragraph), lines)
	}
	c.lines = append(c.lines, lines...)
	return lines[len(lines)-1].width
}

// columns stand beside each other without lines between them.
type columns []column

func (cs columns) height() float64 {
	var high float64
	for i := range cs {
		high = max(high, height(cs[i].lines))
	}
	return high
}

// columns places columns on one page, unless a page is too small for them.
func (f *flow) columns(cs columns) {
	if cs.height() > f.room() && !f.fresh && cs.height() <= f.bottom-marginTop {
		f.newPage(owedShare)
	}
	for {
		low, left := f.y, false
		for i := range cs {
			c := &cs[i]
			y := f.y
			for len(c.lines) > 0 {
				l := &c.lines[0]
				if y+l.height-f.y > f.room() && !(f.fresh && y == f.y) {
					left = true
					break
				}
				f.canvas.draw(l, marginLeft+c.left, y)
				y += l.height
				c.lines = c.lines[1:]
			}
			low = max(low, y)
		}
		f.y = low
		f.fresh = false
		if !left {
			return
		}
		f.newPage(owedShare)
	}
}

// head places what stands above a document's text.
func (f *flow) head(d *Document) {
	issuer := column{width: issuerWidth, part: f.part}
	state := column{left: issuerWidth, width: nationWidth, part: f.part}
	for _, s := range cleanAll(d.Parent) {
		issuer.add(&f.set, &parentStyle, s)
	}
	last := 0.0
	for _, s := range cleanAll(d.Issuer) {
		last = issuer.add(&f.set, &issuerStyle, s)
	}
	if last > 0 {
		issuer.lines = append(issuer.lines, ruleLine(last*ruleShare, issuer.width))
	}
	state.add(&f.set, &nationStyle, nation)
	length := state.add(&f.set, &mottoStyle, motto)
	state.lines = append(state.lines, ruleLine(length, state.width))
	f.columns(columns{issuer, state})

	number := column{width: issuerWidth, part: f.part}
	place := column{left: issuerWidth, width: nationWidth, part: f.part}
	number.add(&f.set, &numberStyle, d.numberAndSymbol())
	if d.Draft {
		number.add(&f.set, &draftStyle, draft)
	}
	place.add(&f.set, &placeStyle, d.placeAndDate())
	f.columns(columns{number, place})

	var title *pdf.Element
	if clean(d.Kind+d.Subject) != "" {
		title = f.title(1)
	}
	f.centred(&kindStyle, d.Kind, title)
	if lines := f.centred(&subjectStyle, d.Subject, title); lines != nil {
		rule := ruleLine(lines[len(lines)-1].width*ruleShare, f.width)
		f.together([]line{rule}, 0, 0)
	}
	f.addressees(d)
	f.y += paragraphGap
}

// addressees places Kính gửi: one beside it, several below it with their
// dashes under the colon.
func (f *flow) addressees(d *Document) {
	names := cleanAll(d.Addressees)
	switch len(names) {
	case 0:
		return
	case 1:
		f.centred(&addresseeStyle, addressed+" "+names[0], f.part.Add(pdf.Paragraph))
		return
	}
	st := addresseeStyle
	st.align = toLeft
	lines := func(s string, left float64) []line {
		return partOf(f.part.Add(pdf.Paragraph), indented(st.lines(f.set.pieces(&st, Run{Text: s}), f.width-left), left))
	}
	f.paragraph(&st, lines(addressed, addressedLeft), st.lineHeight())
	left := addressedLeft + st.face.width(addressed[:len(addressed)-1], st.size)
	st.before = 0
	for _, s := range list(names) {
		f.paragraph(&st, lines(s, left), 0)
	}
}

// addressedLeft is where a list of addressees begins.
const addressedLeft = 30 * mm

func indented(lines []line, left float64) []line {
	for i := range lines {
		lines[i].left += left
	}
	return lines
}

// signature sets what stands below a document's text: to whom it goes, and who
// signs it. It belongs to part, unless that is nil.
func (f *flow) signature(d *Document, part *pdf.Element) columns {
	to := column{width: recipientsWidth, part: part}
	by := column{left: recipientsWidth, width: signatureWidth, part: part}
	if lines := list(d.Recipients); len(lines) > 0 {
		to.add(&f.set, &recipientsStyle, recipients)
		for _, s := range lines {
			to.add(&f.set, &recipientStyle, s)
		}
	}
	for _, s := range append(cleanAll(d.Signature.Authority), cleanAll([]string{d.Signature.Position})...) {
		by.add(&f.set, &positionStyle, s)
	}
	by.lines = append(by.lines, gapLine(signatureRoom))
	by.add(&f.set, &signerStyle, d.Signature.Name)
	return columns{to, by}
}
