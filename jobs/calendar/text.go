package calendar

import "fmt"

// ShortDate writes a day as tables do: "5/4/2024". Of no day it writes nothing.
func ShortDate(d Day) string {
	t, ok := d.date()
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d/%d/%d", t.Day(), t.Month(), t.Year())
}
