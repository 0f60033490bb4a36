package archive

import (
	"context"
	"errors"
	"slices"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Request says which report to compile. A request that cites another report
// takes its unit, template and period from it; only the as-of day of the period
// may differ.
type Request struct {
	Unit       ledger.UnitID
	Template   report.Template
	Period     calendar.Period
	AddendumOf string // an issued report of the same unit: tell what has changed since
	// Replaces is the withdrawn report that this one is issued instead of. It
	// may be left out: the period's last withdrawn report is found.
	Replaces string
	By       entry.Actor
}

// check completes a request and checks it against the archive.
func (d *Drafts) check(ctx context.Context, q *Request) error {
	if q.Replaces != "" {
		r, err := q.cite(ctx, d.reports.table, "replaces", q.Replaces, func(s State) bool { return s == Withdrawn })
		if err != nil {
			return err
		}
		q.AddendumOf = r.AddendumOf // instead of an addendum stands an addendum
	}
	if q.AddendumOf != "" {
		if _, err := q.cite(ctx, d.reports.table, "addendumOf", q.AddendumOf, State.Issued); err != nil {
			return err
		}
	}
	if !slices.Contains(report.Templates, q.Template) {
		return &entry.Invalid{Field: "template", Message: "Mẫu báo cáo không có trong danh sách cho phép."}
	}
	if field, err := report.CheckPeriod(q.Period); err != nil {
		return &entry.Invalid{Field: field, Message: "Kỳ báo cáo không đúng: cần loại kỳ, ngày đầu, ngày cuối và ngày chốt số liệu hợp lệ."}
	}
	if q.Period.AsOf > d.reports.clock.Today() {
		return &entry.Invalid{Field: "asOf", Message: "Ngày chốt số liệu không được sau hôm nay."}
	}
	return d.compiler.limitToUnitEnd(ctx, q.Unit, &q.Period)
}

// limitToUnitEnd has a report of a unit that ended tell no day after its end.
func (c *compiler) limitToUnitEnd(ctx context.Context, unit ledger.UnitID, p *calendar.Period) error {
	u, err := c.units.Get(ctx, string(unit))
	if errors.Is(err, store.ErrNotFound) {
		return nil // compiling says so
	}
	if err != nil {
		return err
	}
	end := calendar.Day(u.Value.ValidTo)
	if end == "" || p.AsOf <= end {
		return nil
	}
	if end < p.From {
		return &entry.Invalid{Field: "unit", Message: "Đơn vị đã kết thúc trước kỳ báo cáo này."}
	}
	p.AsOf = end
	return nil
}

// cite takes unit, template and period from a report of the same unit.
func (q *Request) cite(ctx context.Context, reports store.Table[Report], field, id string, good func(State) bool) (*Report, error) {
	r, err := reports.Get(ctx, id)
	missing := errors.Is(err, store.ErrNotFound)
	if missing || err == nil && (q.Unit != "" && q.Unit != r.Value.Unit || !good(r.Value.State)) {
		return nil, &entry.Invalid{Field: field, Message: "Báo cáo được dẫn không tồn tại, hoặc không ở trạng thái cho phép."}
	}
	if err != nil {
		return nil, err
	}
	of, asOf := &r.Value, q.Period.AsOf
	q.Unit, q.Template, q.Period = of.Unit, of.Template, of.Period
	if asOf != "" {
		q.Period.AsOf = asOf
	}
	return of, nil
}
