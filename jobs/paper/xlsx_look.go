package paper

import "github.com/xuri/excelize/v2"

const (
	sheetFont = "Times New Roman"
	sheetSize = 12.0
)

// look is how a cell looks.
type look struct {
	align  Align
	format Format
	bold   bool
	italic bool
	wrap   bool
	head   bool // of the table
	bare   bool // outside the table: no lines
	large  bool
	marked bool // (*) behind the number
}

// looks gives each look its number in the file, in the order of first use.
type looks struct {
	file *excelize.File
	ids  map[look]int
}

// A form names the language in whose way LibreOffice separates thousands: Vietnamese,
// with dots. Excel separates them as the computer does that it runs on.
const (
	numberForm = "[$-42A]#,##0"
	markedForm = `[$-42A]#,##0"(*)"`
	dateForm   = "dd/mm/yyyy"
)

func (l *looks) id(k look) (int, error) {
	if id, ok := l.ids[k]; ok {
		return id, nil
	}
	id, err := l.file.NewStyle(k.style())
	if err != nil {
		return 0, err
	}
	l.ids[k] = id
	return id, nil
}

func (k look) style() *excelize.Style {
	s := &excelize.Style{
		Font:      &excelize.Font{Family: sheetFont, Size: sheetSize, Bold: k.bold || k.head, Italic: k.italic},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: k.wrap || k.head},
	}
	if k.large {
		s.Font.Size = 14
	}
	switch {
	case k.head || k.align == Center:
		s.Alignment.Horizontal = "center"
	case k.align == Right: // and no number runs into the text of the next column
		s.Alignment.Horizontal, s.Alignment.Indent = "right", 1
	case k.format == Text: // numbers and days stand where Excel puts them
		s.Alignment.Horizontal = "left"
	}
	if !k.bare {
		for _, side := range []string{"left", "right", "top", "bottom"} {
			s.Border = append(s.Border, excelize.Border{Type: side, Style: 1, Color: "000000"})
		}
	}
	number, date := numberForm, dateForm
	if k.marked {
		number = markedForm
	}
	switch k.format {
	case Integer, Dong:
		s.CustomNumFmt = &number
	case Day:
		s.CustomNumFmt = &date
	case Text:
	}
	return s
}
