package paper

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// table writes a table whose head every page repeats; keep is a property of
// the last row's paragraphs.
func (x *docx) table(t *Table, width float64, keep string) {
	x.centred("Caption", &captionStyle, t.Caption, width)
	g := newGrid(t, width)
	if g == nil {
		return
	}
	x.sizes[slices.Index(cellSizes[:], g.text.size)] = true
	wide := make([]int, len(g.widths))
	for i := range wide { // so that they add up
		wide[i] = twips(g.edges[i+1]) - twips(g.edges[i])
	}
	x.rawf(`<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="%d" w:type="dxa"/><w:tblLayout w:type="fixed"/>`, twips(width))
	if g.pad < cellPad {
		x.rawf(`<w:tblCellMar><w:left w:w="%[1]d" w:type="dxa"/><w:right w:w="%[1]d" w:type="dxa"/></w:tblCellMar>`, twips(g.pad))
	}
	x.raw(`<w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="0" w:noVBand="1"/>`)
	if title := strings.TrimSpace(cmp.Or(t.Caption, x.subject)); title != "" {
		x.raw(`<w:tblCaption w:val="`)
		x.text(title)
		x.raw(`"/>`)
	}
	x.raw(`</w:tblPr><w:tblGrid>`)
	for _, w := range wide {
		x.rawf(`<w:gridCol w:w="%d"/>`, w)
	}
	x.raw(`</w:tblGrid>`)

	high := textHeight(width)
	repeats := g.headHeight() <= high*headShare
	x.tableHead(g, wide, repeats)
	if repeats {
		high -= g.headHeight()
	}
	columns := make([]string, len(wide)) // how a cell of each begins
	for i, w := range wide {
		kind := [...]string{justified: "", toLeft: "Trai", centred: "Giua", toRight: "Phai"}[g.columns[i].Align.text()]
		columns[i] = fmt.Sprintf(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="%s"/>`, w, cellStyleID(g.text.size, kind))
	}
	together := ""
	if g.whole(t.Rows, textHeight(width)/2) > 0 {
		together = keepNext
	}
	for i := range t.Rows {
		with := together
		switch i {
		case len(t.Rows) - 1:
			with = keep
		case len(t.Rows) - 2: // a sum does not stand on its own page
			if t.Rows[i+1].Bold {
				with = keepNext
			}
		}
		x.row(g, columns, &t.Rows[i], high, with)
	}
	if len(t.Rows) == 0 && !repeats {
		x.row(g, columns, &Row{}, high, keep)
	}
	x.raw(`</w:tbl>`)
	x.spacer(paragraphGap, keep != "")
}

// textHeight is that of a page whose text is of a width.
func textHeight(width float64) float64 {
	if width > textWidth {
		return pageShort - marginTop - marginBottom
	}
	return pageLong - marginTop - marginBottom
}

func (x *docx) row(g *grid, columns []string, row *Row, high float64, keep string) {
	if g.fits(row, high) {
		x.raw(`<w:tr><w:trPr><w:cantSplit/></w:trPr>`)
	} else {
		x.raw(`<w:tr>`)
	}
	for i, begin := range columns {
		x.raw(begin, keep, `</w:pPr>`)
		if i < len(row.Cells) {
			x.run(row.Cells[i], row.Bold, false)
		}
		x.raw(`</w:p></w:tc>`)
	}
	x.raw(`</w:tr>`)
}

// fits reports whether a page of a height can hold the row. It breaks lines
// only where there is doubt: a text has no more lines than bytes.
func (g *grid) fits(row *Row, high float64) bool {
	longest := 0
	for _, s := range row.Cells {
		longest = max(longest, len(s))
	}
	if float64(longest)*g.text.lineHeight()+rowMargin <= high {
		return true
	}
	_, need := g.cells(nil, row)
	return need <= high
}

// tableHead writes the rows of a head; cells over both of them are merged.
func (x *docx) tableHead(g *grid, wide []int, repeats bool) {
	style := cellStyleID(g.text.size, "Dau")
	for r := range g.rows {
		x.raw(`<w:tr>`)
		if repeats {
			x.raw(`<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`)
		}
		for i := range g.head {
			h := &g.head[i]
			if h.row != r && h.rows == 1 {
				continue
			}
			width := 0
			for _, w := range wide[h.column : h.column+h.span] {
				width += w
			}
			x.rawf(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>`, width)
			if h.span > 1 {
				x.rawf(`<w:gridSpan w:val="%d"/>`, h.span)
			}
			title := h.title
			switch {
			case h.rows == 2 && r == 0:
				x.raw(`<w:vMerge w:val="restart"/>`)
			case h.rows == 2:
				x.raw(`<w:vMerge/>`)
				title = ""
			}
			x.raw(`</w:tcPr>`)
			x.paragraph(style, "", strings.TrimSpace(title))
			x.raw(`</w:tc>`)
		}
		x.raw(`</w:tr>`)
	}
}
