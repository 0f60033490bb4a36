package paper

import "strings"

// linesOfRow is how many lines of text the highest row shows, of sheetSize × 1.3 points each.
const linesOfRow = 26

// part takes from a row what one row of the sheet can show, and returns what is
// left for the next: nil where nothing is.
func (s *sheetWriter) part(row []Cell) (first, rest []Cell) {
	for i := range s.sheet.Columns {
		if i >= len(row) || !s.sheet.Columns[i].Wrap || row[i].Format != Text {
			continue
		}
		lines := textLines(strings.Join(cleanAll(strings.Split(row[i].Text, "\n")), "\n"), s.widths[i], regular.with(row[i].Bold, false))
		if len(lines) <= linesOfRow {
			continue
		}
		if rest == nil {
			first, rest = append([]Cell(nil), row...), make([]Cell, len(row))
		}
		first[i].Text = strings.Join(lines[:linesOfRow], "\n")
		rest[i] = row[i]
		rest[i].Text = strings.Join(lines[linesOfRow:], "\n")
	}
	if rest == nil {
		return row, nil
	}
	return first, rest
}

// textLines breaks a text as Excel is expected to in a column; a word that is
// longer than a line is cut.
func textLines(text string, width float64, f face) (lines []string) {
	width *= .95 // Excel's letters stand on whole pixels
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := ""
		for word := range strings.SplitSeq(paragraph, " ") {
			if line != "" && f.width(line+" "+word, sheetSize) > width {
				lines, line = append(lines, line), ""
			}
			if line != "" {
				line += " "
			}
			for line += word; f.width(line, sheetSize) > width; {
				p := piece{text: line, face: f, size: sheetSize}
				at, _ := p.prefix(width, true)
				if at <= 0 || at >= len(line) {
					break
				}
				lines, line = append(lines, line[:at]), line[at:]
			}
		}
		lines = append(lines, line)
	}
	return lines
}
