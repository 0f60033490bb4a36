package paper

import (
	"fmt"
	"strings"
	"time"
)

// room is left where a pen writes what is not known yet.
func room(characters int) string { return strings.Repeat("\u00a0", characters) }

// numberAndSymbol reads "Số: 05/BC-UBND".
func (d *Document) numberAndSymbol() string {
	number := strings.TrimSpace(clean(d.Number))
	switch {
	case number == "":
		number = room(8)
	case len(number) == 1 && '1' <= number[0] && number[0] <= '9':
		number = "0" + number
	}
	return "Số: " + number + "/" + strings.TrimSpace(clean(d.Symbol))
}

// placeAndDate reads "Trà Lâm, ngày 05 tháng 4 năm 2024". A zero goes before
// days below 10 and before the months 1 and 2 only, where one could be added.
func (d *Document) placeAndDate() string {
	day, month, year := room(6), room(6), room(8)
	if d.Date.Day > 0 {
		day = fmt.Sprintf("%02d", d.Date.Day)
	}
	switch {
	case d.Date.Month == 1 || d.Date.Month == 2:
		month = fmt.Sprintf("%02d", d.Date.Month)
	case d.Date.Month > 0:
		month = fmt.Sprint(d.Date.Month)
	}
	if d.Date.Year > 0 {
		year = fmt.Sprint(d.Date.Year)
	}
	date := "ngày " + day + " tháng " + month + " năm " + year
	place := strings.TrimSpace(clean(d.Place))
	if place == "" {
		return "Ngày" + strings.TrimPrefix(date, "ngày")
	}
	return place + ", " + date
}

// list puts a dash before each line and an end after it: ";", and "." after the last.
func list(lines []string) []string {
	lines = cleanAll(lines)
	for i, s := range lines {
		s = strings.TrimRight(strings.TrimPrefix(s, "- "), " ;.")
		end := ";"
		if i == len(lines)-1 {
			end = "."
		}
		lines[i] = "- " + s + end
	}
	return lines
}

const (
	addressed  = "Kính gửi:"
	recipients = "Nơi nhận:"
	draft      = "DỰ THẢO"
)

// time is when the day began, and whether there is such a day.
func (d Date) time() (time.Time, bool) {
	t := time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	ok := 1 <= d.Year && d.Year <= 9999 && t.Year() == d.Year && int(t.Month()) == d.Month && t.Day() == d.Day
	return t, ok
}

// source reads "(Kèm theo Báo cáo số …)".
func (a Annex) source() string {
	s := strings.TrimSpace(clean(a.Source))
	if s == "" || strings.HasPrefix(s, "(") {
		return s
	}
	return "(" + s + ")"
}
