package calendar

import (
	"fmt"
	"time"
)

// LongDate writes a day as the text of a report does: "ngày 5 tháng 4 năm
// 2024". Of no day it writes nothing; so do the others.
func LongDate(d Day) string { return d.write("ngày %d tháng %d năm %d") }

// ShortDate writes a day as tables do: "5/4/2024".
func ShortDate(d Day) string { return d.write("%d/%d/%d") }

// LetterDate writes a day as the head of a document does: "ngày 05 tháng 4 năm
// 2024". There days below 10 and the months 1 and 2 have two digits, so that
// nobody can write a digit before them (Nghị định 30/2020/NĐ-CP, Annex I).
func LetterDate(d Day) string {
	if t, ok := d.date(); ok && t.Month() <= time.February {
		return d.write("ngày %02d tháng %02d năm %d")
	}
	return d.write("ngày %02d tháng %d năm %d")
}

func (d Day) write(format string) string {
	t, ok := d.date()
	if !ok {
		return ""
	}
	return fmt.Sprintf(format, t.Day(), t.Month(), t.Year())
}
