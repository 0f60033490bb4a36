package paper

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Excel's limits.
const (
	mostRows      = excelize.TotalRows
	highestRow    = 409.0               // points
	mostDigits    = 999_999_999_999_999 // beyond, a number is not exact
	widestColumn  = 200.0               // characters; a sheet of paper has fewer
	usualColumn   = 12.0                // of a column that asks for none
	firstTrueDate = "1900-03-01"        // before it, Excel counts a day that never was
	dayForm       = "02/01/2006"
)

// WriteXLSX writes a workbook (ECMA-376). Rows beyond Excel's 1,048,576 are an
// error; so is what the writer returns. While it works, rows beyond 16 MB are
// kept in a temporary file that nobody else may read.
func WriteXLSX(w io.Writer, b *Workbook) (err error) {
	file := excelize.NewFile()
	file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return &sortedZip{to: w} })
	defer func() {
		if closed := file.Close(); err == nil && closed != nil {
			err = fmt.Errorf("write xlsx: %w", closed)
		}
	}()
	if err := writeBook(file, b); err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

func writeBook(file *excelize.File, b *Workbook) error {
	if err := file.SetDefaultFont(sheetFont); err != nil {
		return err
	}
	if err := file.SetDocProps(&excelize.DocProperties{
		Title: clean(b.Title), Creator: clean(b.Author), LastModifiedBy: clean(b.Author), Language: "vi-VN",
	}); err != nil {
		return err
	}
	sheets := b.Sheets
	if len(sheets) == 0 {
		sheets = []Sheet{{}} // Excel opens no book without one
	}
	names := sheetNames(sheets)
	if err := file.SetSheetName(file.GetSheetName(0), names[0]); err != nil {
		return err
	}
	looks := &looks{file: file, ids: map[look]int{}}
	for i := range sheets {
		if i > 0 {
			if _, err := file.NewSheet(names[i]); err != nil {
				return err
			}
		}
		s := &sheetWriter{file: file, looks: looks, sheet: &sheets[i], name: names[i]}
		if err := s.write(); err != nil {
			return fmt.Errorf("sheet %q: %w", names[i], err)
		}
	}
	return file.Write(io.Discard) // the archive goes to its own writer
}

// sheetNames makes the names of tabs: none twice, none empty, none longer than
// Excel allows or of characters that it forbids.
func sheetNames(sheets []Sheet) []string {
	names, taken := make([]string, len(sheets)), map[string]bool{}
	for i := range sheets {
		base := strings.Map(func(r rune) rune {
			if strings.ContainsRune(`:\/?*[]`, r) {
				return '-'
			}
			return r
		}, clean(sheets[i].Name))
		if base = strings.Trim(base, " '"); base == "" || strings.EqualFold(base, "history") {
			base = "Trang " + strconv.Itoa(i+1)
		}
		name := shorten(base, excelize.MaxSheetNameLength)
		for n := 2; taken[strings.ToLower(name)]; n++ {
			suffix := " (" + strconv.Itoa(n) + ")"
			name = shorten(base, excelize.MaxSheetNameLength-len(suffix)) + suffix
		}
		taken[strings.ToLower(name)] = true
		names[i] = name
	}
	return names
}

// shorten cuts a text to a length in UTF-16, as Excel counts.
func shorten(s string, length int) string {
	for i, r := range s {
		if length--; r > 0xffff {
			length--
		}
		if length < 0 {
			return strings.TrimRight(s[:i], " '")
		}
	}
	return s
}
