package calendar

import "fmt"

// LongDate writes a day as the text of a report does: "ngày 5 tháng 4 năm
// 2024". Of no day it writes nothing; so does the other.
func LongDate(d Day) string { return d.write("ngày %d tháng %d năm %d") }

// ShortDate writes a day as tables do: "5/4/2024".
func ShortDate(d Day) string { return d.write("%d/%d/%d") }

func (d Day) write(format string) string {
	t, ok := d.date()
	if !ok {
		return ""
	}
	return fmt.Sprintf(format, t.Day(), t.Month(), t.Year())
}
