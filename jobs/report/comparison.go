package report

import (
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/calendar"
)

// Comparison lays the figures of the period beside those of the same days of
// the year before.
type Comparison struct {
	Name string     `json:"name"` // Vietnamese: "cùng kỳ năm trước"
	From string     `json:"from"`
	To   string     `json:"to"`
	Rows []Compared `json:"rows"` // in the order of the figures
}

// Compared is a figure, and what it was.
type Compared struct {
	Figure string `json:"figure"`
	Label  string `json:"label"`
	Unit   string `json:"unit"`
	Was    int64  `json:"was"`
	Now    int64  `json:"now"`
}

// comparison is nil where the records do not reach back so far, and of a term:
// the one before it is no measure for it.
func (e *evidence) comparison(p period) *Comparison {
	if p.Type == calendar.TermYears {
		return nil
	}
	before := p
	before.From, before.To, before.AsOf = yearBefore(p.From), yearBefore(p.To), yearBefore(p.last())
	out := &Comparison{Name: "cùng kỳ năm trước", From: before.From, To: before.last()}
	known := false
	measures := before.measures(e.tally)
	for i := range measures {
		m := &measures[i]
		now := e.counted[m.ID]
		if m.AsOf != "" || now == nil {
			continue
		}
		was := m.of(e.tally)
		known = known || was.Records > 0
		if was.Value != 0 || now.Value != 0 {
			out.Rows = append(out.Rows, Compared{Figure: m.ID, Label: m.Label, Unit: m.Unit, Was: was.Value, Now: now.Value})
		}
	}
	if !known {
		return nil
	}
	return out
}

// headed is the head of the column of what figures were.
func (c *Comparison) headed() string { return upperFirst(c.Name) + " " + inLine(c.From, c.To) }

// thisPeriod is the head of the column of what they are now.
func (r *Content) thisPeriod() string {
	return "Kỳ này " + inLine(r.From, min(r.To, r.AsOf))
}

// inLine are the days of a period in a head of several lines, on one of them.
func inLine(from, to string) string {
	return "(" + strings.ReplaceAll(between(from, to), " ", "\u00a0") + ")"
}

// yearBefore is the same day of the year before; of 29 February, the 28th.
func yearBefore(d string) string {
	day := day(yearOf(d)-1, strings.TrimPrefix(d[4:], "-"))
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return day[:8] + "28"
	}
	return day
}

// change says by how much a number has changed: "tăng 40 suất".
func change(was, now int64, unit string) string {
	switch {
	case now > was:
		return "tăng " + withUnit(now-was, unit)
	case now < was:
		return "giảm " + withUnit(was-now, unit)
	}
	return "không thay đổi"
}
