package archive

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// seriesName names the reports of one unit, template and period, whose ids begin
// with it. The day as of which one is made is not part of it: a draft may be
// made as of another.
func seriesName(unit ledger.UnitID, t report.Template, p *calendar.Period) string {
	return fmt.Sprintf("%s.%s.%s.%s-%s.", unit, t, p.Type,
		strings.ReplaceAll(string(p.From), "-", ""), strings.ReplaceAll(string(p.To), "-", ""))
}

// series is the reports of one unit, template and period, in the order in which
// they were drafted. It has one strand of reports that add to none, and one
// strand of addenda to each report that has any.
//
// Invariant: of a strand, one report at most is a draft, submitted or being signed. Of
// those that add to none, one at most is issued. A draft's id is the next of its
// series and none is ever removed, so that only one of two servers can add it.
type series []store.Stored[Report]

// maxSeries bounds the reports of one period.
const maxSeries = 99

// readSeries reads the series of a unit, template and period.
func readSeries(ctx context.Context, reports store.Table[Report], unit ledger.UnitID, t report.Template, p *calendar.Period) (series, error) {
	return reports.List(ctx, seriesName(unit, t, p), "", maxSeries)
}

// issued reports whether a report that adds to none is issued, beside the one
// called but.
func (s series) issued(but string) bool {
	return slices.ContainsFunc(s, func(r store.Stored[Report]) bool {
		return r.ID != but && r.Value.State.Issued() && r.Value.AddendumOf == ""
	})
}

// signing finds a report that is being signed, beside the one called but.
func (s series) signing(but string) error {
	for i := range s {
		if s[i].ID != but && s[i].Value.State == Signing {
			return fmt.Errorf("report %s: %w", s[i].ID, ErrPending)
		}
	}
	return nil
}

// withdrawn is the last report that was withdrawn and has no other in its place
// yet, of those that add to a report, or to none; "" where there is none.
func (s series) withdrawn(addendumOf string) string {
	for _, r := range slices.Backward(s) {
		if r.Value.State == Withdrawn && r.Value.ReplacedBy == "" && r.Value.AddendumOf == addendumOf {
			return r.ID
		}
	}
	return ""
}

// lastAddendum is the last issued addendum to a report, beside the one called
// but; "" where there is none.
func (s series) lastAddendum(addendumOf, but string) string {
	if addendumOf == "" {
		return ""
	}
	last, at := "", ledger.Millis(0)
	for i := range s {
		v := &s[i].Value
		if s[i].ID != but && v.AddendumOf == addendumOf && v.State.Issued() && v.Approval.At >= at {
			last, at = s[i].ID, v.Approval.At
		}
	}
	return last
}

// place finds the draft that a request is about, or the id of the next report,
// and notes in the request what that is to replace.
func (s series) place(q *Request) (drafted *store.Stored[Report], next string, err error) {
	if err := s.signing(""); err != nil {
		return nil, "", err
	}
	if q.AddendumOf == "" && s.issued("") {
		return nil, "", ErrIssued
	}
	last := s.withdrawn(q.AddendumOf)
	if q.Replaces != "" && q.Replaces != last {
		return nil, "", &entry.Invalid{Field: "replaces", Message: "Báo cáo này đã có báo cáo khác thay thế."}
	}
	q.Replaces = last
	for i := range s {
		if s[i].Value.AddendumOf != q.AddendumOf {
			continue
		}
		switch s[i].Value.State {
		case Draft:
			return &s[i], "", nil
		case Submitted:
			return nil, "", ErrState // it is to be returned first
		default:
		}
	}
	if len(s) == maxSeries {
		return nil, "", &entry.Invalid{Field: "period", Message: "Kỳ này đã có quá nhiều báo cáo."}
	}
	return nil, fmt.Sprintf("%s%02d", seriesName(q.Unit, q.Template, &q.Period), len(s)+1), nil
}

// checkIssue reports what stands in the way of issuing a report, and notes in
// the report what it replaces.
func checkIssue(ctx context.Context, reports store.Table[Report], r *store.Stored[Report]) error {
	v := &r.Value
	s, err := readSeries(ctx, reports, v.Unit, v.Template, &v.Period)
	if err != nil {
		return err
	}
	if err := s.signing(r.ID); err != nil {
		return err
	}
	base := func(other store.Stored[Report]) bool { return other.ID == v.AddendumOf && other.Value.State.Issued() }
	switch {
	case v.AddendumOf == "" && s.issued(r.ID):
		return ErrIssued
	case v.AddendumOf != "" && !slices.ContainsFunc(s, base):
		return ErrState // what it adds to was withdrawn
	case v.Since != s.lastAddendum(v.AddendumOf, r.ID):
		return ErrStale // the addendum before it was withdrawn
	}
	v.Replaces = s.withdrawn(v.AddendumOf)
	return nil
}
