package report

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Addendum is what has changed since a report was issued: the difference of two
// folds. The issued report stays as it is.
type Addendum struct {
	Of      string `json:"of"`            // the issued report
	Name    string `json:"name"`          // as it is cited: "Báo cáo số 56/BC-UBND ngày 11/4/2024"
	Number  string `json:"number"`        // "Báo cáo số 56/BC-UBND"
	Day     string `json:"day,omitempty"` // of its issue, as a sentence has it
	Subject string `json:"subject,omitempty"`
	// Supplemented says which addendum came before: "đã bổ sung tại Báo cáo số
	// 57/BC-UBND ngày 20 tháng 5 năm 2024".
	Supplemented string   `json:"supplemented,omitempty"`
	Heads        []Head   `json:"heads"`
	Changes      []Change `json:"changes"` // in the order of the figures
}

// Change is a figure that is another now.
type Change struct {
	Figure  string       `json:"figure"`
	Label   string       `json:"label"`
	Unit    string       `json:"unit"`
	Was     int64        `json:"was"`
	Now     int64        `json:"now"`
	Added   []ledger.Ref `json:"-"` // behind it now, and not then
	Gone    []ledger.Ref `json:"-"` // behind it then, and not now
	Entered int          `json:"added"`
	Left    int          `json:"gone"`
}

// Differing are the changes of a value. A figure may have other records behind
// it and the same value: there is nothing to print about it, nor about a detail
// that repeats the change of a figure.
func (a *Addendum) Differing() []Change {
	return slices.DeleteFunc(slices.Clone(a.Changes), func(c Change) bool {
		return c.Was == c.Now || slices.ContainsFunc(a.Changes, func(f Change) bool {
			return f.Figure == repeated[c.Figure] && f.Was == c.Was && f.Now == c.Now
		})
	})
}

// difference compares the figures with those that were signed. A record may
// have changed and stand behind both: then only the values differ. A figure
// that the issued report does not have cannot differ from it: the year that was
// not over then.
func (e *evidence) difference(o Spec) *Addendum {
	a := &Addendum{Of: o.Addendum.ID, Name: o.Addendum.Name, Subject: o.Addendum.Subject, Changes: []Change{}}
	a.Number, a.Day, a.Supplemented = citation(a.Name)
	members := byUnit(o.Addendum.Members)
	for _, m := range members {
		a.Heads = append(a.Heads, m.head())
	}
	behind := map[string][]ledger.Ref{}
	t := newTally(members)
	p := periodOf(o.Addendum.Period)
	if own := t.members[o.Unit]; own != nil {
		p = p.until(own.To)
	}
	for _, m := range slices.Concat(p.measures(t), p.details(t)) {
		behind[m.ID] = m.of(t).Behind
	}
	for i, was := range slices.Concat(o.Addendum.Figures, o.Addendum.Details) {
		now, ok := e.counted[was.ID]
		if !ok || i >= len(o.Addendum.Figures) && now.Value == was.Value { // the records behind details stand behind figures
			continue
		}
		before := behind[was.ID]
		change := Change{
			Figure: was.ID, Label: was.Label, Unit: was.Unit, Was: was.Value, Now: now.Value,
			Added: without(now.Behind, before), Gone: without(before, now.Behind),
		}
		change.Entered, change.Left = len(change.Added), len(change.Gone)
		if change.Was != change.Now || change.Entered > 0 || change.Left > 0 {
			a.Changes = append(a.Changes, change)
		}
	}
	return a
}

// without returns those of the records that are not among the others. Both are
// in order.
func without(all, others []ledger.Ref) []ledger.Ref {
	var rest []ledger.Ref
	for _, ref := range all {
		if _, found := slices.BinarySearchFunc(others, ref, compareRefs); !found {
			rest = append(rest, ref)
		}
	}
	return rest
}

// citation parts the name of a report from its day, and from what was added to it:
// "Báo cáo số 56/BC-UBND ngày 11/4/2024, đã bổ sung tại …".
func citation(name string) (number, day, supplemented string) {
	name, supplemented, _ = strings.Cut(name, ", ")
	number, written, _ := strings.Cut(name, " ngày ")
	if day = longDay(written); day == "" {
		number = name
	}
	return number, day, Cited(supplemented)
}

var citedDays = regexp.MustCompile(` ngày (\d+/\d+/\d{4})`)

// Cited is the name of a report with its day as a sentence has it: "Báo cáo số
// 56/BC-UBND ngày 11 tháng 4 năm 2024".
func Cited(name string) string {
	return citedDays.ReplaceAllStringFunc(name, func(written string) string {
		if day := longDay(strings.TrimPrefix(written, " ngày ")); day != "" {
			return " " + day
		}
		return written
	})
}

// longDay is a day that is written "11/4/2024" as a sentence has it; "" where it
// is none.
func longDay(written string) string {
	t, err := time.Parse("2/1/2006", written)
	if err != nil {
		return ""
	}
	return longDate(t.Format(time.DateOnly))
}
