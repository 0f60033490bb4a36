package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Notice tells reviewers that a petition's deadline is near, or over.
type Notice struct {
	Unit   ledger.UnitID   `json:"unit"`
	Record ledger.RecordID `json:"record"`
	Step   calendar.Step   `json:"step"`
	Label  string          `json:"label"` // Vietnamese: what is to be done
	Law    string          `json:"law,omitempty"`
	Due    calendar.Day    `json:"due"`
	Late   bool            `json:"late"` // the day has passed
	// Unsure tells that the holidays of the time were not entered: the day may
	// be later.
	Unsure bool          `json:"unsure,omitempty"`
	At     ledger.Millis `json:"at"`
	Seen   []Sight       `json:"seen,omitempty"`
}

// Sight is who has seen a notice.
type Sight struct {
	By Actor         `json:"by"`
	At ledger.Millis `json:"at"`
}

// soon is how many working days before its last day a step is told of.
const soon = 2

// AddHoliday enters a day off, or a day to be worked instead of one; it
// replaces what was said of the day before.
func (f *Office) AddHoliday(ctx context.Context, h calendar.Holiday) error {
	h.Name = tidy(h.Name)
	if n := len([]rune(h.Name)); n < 1 || n > 200 {
		return &Invalid{"name", "Tên ngày nghỉ cần từ 1 đến 200 ký tự."}
	}
	if !h.Day.Valid() {
		return &Invalid{"day", "Ngày không đúng, cần dạng năm-tháng-ngày."}
	}
	_, err := f.holidays.Add(ctx, string(h.Day), h)
	if errors.Is(err, store.ErrTaken) {
		_, err = f.holidays.Update(ctx, string(h.Day), func(old *calendar.Holiday) error {
			*old = h
			return nil
		})
	}
	return err
}

// RemoveHoliday takes a day back.
func (f *Office) RemoveHoliday(ctx context.Context, d calendar.Day) error {
	return f.holidays.Delete(ctx, string(d))
}

// Holidays lists them by day.
func (f *Office) Holidays(ctx context.Context) ([]calendar.Holiday, error) {
	all, err := f.holidays.All(ctx)
	list := make([]calendar.Holiday, len(all))
	for i := range all {
		list[i] = all[i].Value
	}
	return list, err
}

// workingDays tells the days on which people work from the others.
func (f *Office) workingDays(ctx context.Context) (calendar.Holidays, error) {
	list, err := f.Holidays(ctx)
	if err != nil {
		return calendar.Holidays{}, err
	}
	return calendar.NewHolidays(list)
}

// remind notes the petitions whose deadlines are near or over. Each is noted
// once for each step and day; a day that moves is another.
func (f *Office) remind(ctx context.Context) (string, error) {
	holidays, err := f.workingDays(ctx)
	if err != nil {
		return "", err
	}
	units, err := f.store.Backend().Ledgers(ctx)
	if err != nil {
		return "", err
	}
	today, noted := f.today(), 0
	var errs []error
	for _, unit := range units {
		n, err := f.remindUnit(ctx, unit, today, holidays)
		noted += n
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", unit, err))
		}
	}
	return fmt.Sprintf("%d notices", noted), errors.Join(errs...)
}

func (f *Office) remindUnit(ctx context.Context, unit ledger.UnitID, today calendar.Day, holidays calendar.Holidays) (noted int, err error) {
	if err := f.store.Settle(ctx, []ledger.UnitID{unit}); err != nil {
		return 0, err
	}
	query := store.Query{Units: []ledger.UnitID{unit}, Kinds: []ledger.Kind{form.KindPetition}, Limit: 200}
	for {
		rows, err := f.store.Backend().Query(ctx, query)
		if err != nil {
			return noted, err
		}
		for i := range rows {
			if rows[i].State == store.Removed || rows[i].State == store.Duplicate {
				continue
			}
			r, err := f.store.Record(ctx, unit, rows[i].ID)
			if err != nil {
				return noted, err
			}
			n, err := f.remindOf(ctx, unit, r, today, holidays)
			noted += n
			if err != nil {
				return noted, err
			}
		}
		if len(rows) < query.Limit {
			return noted, nil
		}
		last := &rows[len(rows)-1]
		query.After = &store.Position{Updated: last.Updated, Unit: last.Unit, ID: last.ID}
	}
}

func (f *Office) remindOf(ctx context.Context, unit ledger.UnitID, r *ledger.Record, today calendar.Day, holidays calendar.Holidays) (noted int, err error) {
	for _, d := range petitionOf(r).Deadlines(holidays) {
		near := !d.Paused && d.Done == "" && today >= holidays.AddWorkingDays(d.Due, -soon)
		if !near {
			continue
		}
		late := d.Late(today)
		id := fmt.Sprintf("%s.%s.%s.%s.%t", unit, r.ID, d.Step, d.Due, late)
		_, err := f.notices.Add(ctx, id, Notice{
			Unit: unit, Record: r.ID, Step: d.Step, Label: d.Label, Law: d.Law, Due: d.Due, Late: late, Unsure: !holidays.Knows(d.Due.Year()), At: f.millis(),
		})
		switch {
		case err == nil:
			noted++
		case !errors.Is(err, store.ErrTaken):
			return noted, err
		}
	}
	return noted, nil
}

// petitionOf reads what deadlines follow from.
func petitionOf(r *ledger.Record) calendar.Petition {
	day := func(field string) calendar.Day { return calendar.Day(r.Text(field)) }
	p := calendar.Petition{
		Class: calendar.Class(r.Text("class")), Second: r.Text("instance") == "second", Complex: r.Bool("complex"), Remote: r.Bool("remote"),
		Extensions: int(r.Int("extensions")), Deadline: day("deadline"), ReceivedOn: day("receivedOn"), AcceptedOn: day("acceptedOn"),
		AnsweredOn: cmp.Or(day("acceptedOn"), day("declinedOn"), day("guidedOn"), day("transferredOn")),
	}
	switch r.Text("status") {
	case form.PetitionDeclined:
		p.EndedOn = day("declinedOn")
	case form.PetitionTransferred:
		p.EndedOn = day("transferredOn")
	case form.PetitionGuided:
		p.EndedOn = day("guidedOn")
	case form.PetitionWithdrawn:
		p.EndedOn = day("withdrawnOn")
	case form.PetitionStopped:
		p.EndedOn = day("stoppedOn")
	case form.PetitionResolved:
		p.EndedOn = day("resolvedOn")
	}
	pauses, _ := r.Current("suspensions")
	for pause := range pauses.Elements() {
		var s calendar.Span
		from, _ := pause.Get("from")
		to, _ := pause.Get("to")
		text, _ := from.Text()
		s.From = calendar.Day(text)
		text, _ = to.Text()
		s.To = calendar.Day(text)
		p.Pauses = append(p.Pauses, s)
	}
	return p
}

// Notices lists those of units, the latest first. Only open ones leaves out
// what somebody has seen.
func (f *Office) Notices(ctx context.Context, units []ledger.UnitID, open bool) ([]store.Stored[Notice], error) {
	var all []store.Stored[Notice]
	for _, unit := range units {
		for after := ""; ; {
			const page = 500
			list, err := f.notices.List(ctx, string(unit)+".", after, page)
			if err != nil {
				return nil, err
			}
			for _, n := range list {
				after = n.ID
				if !open || len(n.Value.Seen) == 0 {
					all = append(all, n)
				}
			}
			if len(list) < page {
				break
			}
		}
	}
	slices.SortStableFunc(all, func(a, b store.Stored[Notice]) int { return cmp.Compare(b.Value.At, a.Value.At) })
	return all, nil
}

// Notice returns one.
func (f *Office) Notice(ctx context.Context, id string) (store.Stored[Notice], error) {
	return f.notices.Get(ctx, id)
}

// SeeNotice notes that somebody has seen it.
func (f *Office) SeeNotice(ctx context.Context, id string, by Actor) (store.Stored[Notice], error) {
	return f.notices.Update(ctx, id, func(n *Notice) error {
		if !slices.ContainsFunc(n.Seen, func(s Sight) bool { return s.By.User == by.User }) {
			n.Seen = append(n.Seen, Sight{By: by, At: f.millis()})
		}
		return nil
	})
}
