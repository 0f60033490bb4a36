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

// PaperDate writes a day in numbers as official paper does, with a zero before
// days below 10 and before the months 1 and 2: 05/02/2026, 11/4/2024. It is ""
// where there is none.
func PaperDate(d Day) string {
	t, ok := d.date()
	switch {
	case !ok:
		return ""
	case t.Month() <= 2:
		return t.Format("02/01/2006")
	}
	return t.Format("02/1/2006")
}
