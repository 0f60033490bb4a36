package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Order says which report to compile. One that cites another report is about
// what that is about: it needs no template and of the period no more than the
// day as of which it is told, and even that and the unit may be left out.
type Order struct {
	Unit       ledger.UnitID
	Template   report.Template
	Period     calendar.Period
	AddendumOf string // an issued report of the same unit: tell what has changed since
	// Replaces is the withdrawn report that this one is issued instead of. Where
	// the period has one, it follows from that, and need not be named.
	Replaces string
	By       Actor
}

// Compile makes the draft of a report, or compiles it again where there is one:
// doing it twice makes one. Where the period has an issued report already it
// fails with ErrIssued, unless it is to be an addendum.
func (f *Office) Compile(ctx context.Context, o Order) (store.Stored[Report], error) {
	if err := f.check(ctx, &o); err != nil {
		return store.Stored[Report]{}, err
	}
	for {
		o := o // what it replaces may be another at the next look
		drafted, next, err := f.place(ctx, &o)
		if err != nil {
			return drafted, err
		}
		if next == "" {
			return f.changeDraft(ctx, drafted.ID, drafted.Version, func(r *Report) error {
				r.Replaces = o.Replaces
				return f.recompile(ctx, r, o.Period.AsOf)
			})
		}
		r := Report{
			ID: next, Unit: o.Unit, Template: o.Template, Period: o.Period, State: Draft, Created: f.millis(), Updated: f.millis(), By: o.By,
			AddendumOf: o.AddendumOf, Replaces: o.Replaces,
		}
		if err := f.refresh(ctx, &r, f.compile); err != nil {
			return drafted, err
		}
		stored, err := f.reports.Add(ctx, r.ID, r)
		if errors.Is(err, store.ErrTaken) {
			continue // another server was faster
		}
		return stored, err
	}
}

// check completes an order, and holds it to what there is.
func (f *Office) check(ctx context.Context, o *Order) error {
	if o.Replaces != "" {
		r, err := f.cite(ctx, o, "replaces", o.Replaces, func(s State) bool { return s == WithdrawnOut })
		if err != nil {
			return err
		}
		o.AddendumOf = r.AddendumOf // instead of an addendum stands an addendum
	}
	if o.AddendumOf != "" {
		if _, err := f.cite(ctx, o, "addendumOf", o.AddendumOf, State.Issued); err != nil {
			return err
		}
	}
	if !slices.Contains(report.Templates, o.Template) {
		return &Invalid{"template", "Mẫu báo cáo không có trong danh sách cho phép."}
	}
	if field, err := report.CheckPeriod(o.Period); err != nil {
		return &Invalid{field, "Kỳ báo cáo không đúng: cần loại kỳ, ngày đầu, ngày cuối và ngày chốt số liệu hợp lệ."}
	}
	if o.Period.AsOf > f.today() {
		return &Invalid{"asOf", "Ngày chốt số liệu không được sau hôm nay."}
	}
	return nil
}

// cite takes over what a report of the same unit is about.
func (f *Office) cite(ctx context.Context, o *Order, field, id string, good func(State) bool) (*Report, error) {
	r, err := f.reports.Get(ctx, id)
	missing := errors.Is(err, store.ErrNotFound)
	if missing || err == nil && (o.Unit != "" && o.Unit != r.Value.Unit || !good(r.Value.State)) {
		return nil, &Invalid{field, "Báo cáo được dẫn không tồn tại, hoặc không ở trạng thái cho phép."}
	}
	if err != nil {
		return nil, err
	}
	of, asOf := &r.Value, o.Period.AsOf
	o.Unit, o.Template, o.Period = of.Unit, of.Template, of.Period
	if asOf != "" {
		o.Period.AsOf = asOf
	}
	return of, nil
}

// lineName names the reports of one unit, template and period, whose ids begin
// with it. The day as of which one is told is not part of it: a draft may be
// told as of another.
func lineName(unit ledger.UnitID, t report.Template, p *calendar.Period) string {
	return fmt.Sprintf("%s.%s.%s.%s-%s.", unit, t, p.Type,
		strings.ReplaceAll(string(p.From), "-", ""), strings.ReplaceAll(string(p.To), "-", ""))
}

// line is the reports of one unit, template and period, in the order in which
// they were drafted. Those that add to the same report, or to none, follow on
// each other in it.
//
// Invariant: of those that follow on each other one at most is a draft or is
// being signed; and of those that add to none, one at most is issued. A draft's
// id is the next of its line, and none is ever removed, so that of two servers
// one adds it.
type line []store.Stored[Report]

// mostInLine bounds the reports of one period.
const mostInLine = 99

func (f *Office) line(ctx context.Context, name string) (line, error) {
	list, err := f.reports.List(ctx, name, "", mostInLine)
	return list, err
}

// issued reports whether a report that adds to none is issued, beside the one
// called but.
func (l line) issued(but string) bool {
	return slices.ContainsFunc(l, func(r store.Stored[Report]) bool {
		return r.ID != but && r.Value.State.Issued() && r.Value.AddendumOf == ""
	})
}

// signing finds a report that is being signed, beside the one called but.
func (l line) signing(but string) error {
	for i := range l {
		if l[i].ID != but && l[i].Value.State == SigningState {
			return fmt.Errorf("report %s: %w", l[i].ID, ErrPending)
		}
	}
	return nil
}

// withdrawn is the last report that was withdrawn and has no other in its place
// yet, of those that add to a report, or to none; "" where there is none.
func (l line) withdrawn(addendumOf string) string {
	for _, r := range slices.Backward(l) {
		if r.Value.State == WithdrawnOut && r.Value.ReplacedBy == "" && r.Value.AddendumOf == addendumOf {
			return r.ID
		}
	}
	return ""
}

// place finds the draft of an order's line, or the id of the next report in it,
// and what it is to replace.
func (f *Office) place(ctx context.Context, o *Order) (drafted store.Stored[Report], next string, err error) {
	name := lineName(o.Unit, o.Template, &o.Period)
	line, err := f.line(ctx, name)
	if err != nil {
		return drafted, "", err
	}
	if err := line.signing(""); err != nil {
		return drafted, "", err
	}
	if o.AddendumOf == "" && line.issued("") {
		return drafted, "", ErrIssued
	}
	last := line.withdrawn(o.AddendumOf)
	if o.Replaces != "" && o.Replaces != last {
		return drafted, "", &Invalid{"replaces", "Báo cáo này đã có báo cáo khác thay thế."}
	}
	o.Replaces = last
	for _, r := range line {
		if r.Value.State == Draft && r.Value.AddendumOf == o.AddendumOf {
			return r, "", nil
		}
	}
	if len(line) == mostInLine {
		return drafted, "", &Invalid{"period", "Kỳ này đã có quá nhiều báo cáo."}
	}
	return drafted, fmt.Sprintf("%s%02d", name, len(line)+1), nil
}

// unopposed reports what stands in the way of issuing a report, and notes what
// it replaces.
func (f *Office) unopposed(ctx context.Context, r *store.Stored[Report]) error {
	v := &r.Value
	line, err := f.line(ctx, lineName(v.Unit, v.Template, &v.Period))
	if err != nil {
		return err
	}
	if err := line.signing(r.ID); err != nil {
		return err
	}
	base := func(other store.Stored[Report]) bool { return other.ID == v.AddendumOf && other.Value.State.Issued() }
	switch {
	case v.AddendumOf == "" && line.issued(r.ID):
		return ErrIssued
	case v.AddendumOf != "" && !slices.ContainsFunc(line, base):
		return ErrState // what it adds to was withdrawn
	}
	v.Replaces = line.withdrawn(v.AddendumOf)
	return nil
}
