package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Bounds of an overview.
const (
	maxOpenPetitions = 1000 // that are looked at; the oldest
	maxDue           = 100  // petitions that are shown
	maxReportsDue    = 400
	maxProblems      = 200
)

// ended are the facets of the petitions that nothing is to be done with.
var ended = []string{
	store.FacetValue("status", form.PetitionDeclined), store.FacetValue("status", form.PetitionTransferred),
	store.FacetValue("status", form.PetitionGuided), store.FacetValue("status", form.PetitionWithdrawn),
	store.FacetValue("status", form.PetitionStopped), store.FacetValue("status", form.PetitionResolved),
}

// addPetitions lists the petitions whose deadlines are near or over.
func (s *overviews) addPetitions(ctx context.Context, v *overview, units []ledger.UnitID) error {
	watch, err := s.reminders.Watch(ctx)
	if err != nil {
		return err
	}
	rows, records, err := s.lists.visible(ctx, selection{Query: store.Query{
		Units: units, Kinds: []ledger.Kind{form.KindPetition}, States: countedStates, Without: ended, Sort: store.SortDate, Limit: maxOpenPetitions,
	}})
	if err != nil {
		return err
	}
	type petition struct {
		at  int
		due string
	}
	var urgent []petition
	for i, r := range records {
		first := ""
		for _, d := range watch.Deadlines(r) {
			if d.Near && (first == "" || string(d.Due) < first) {
				first = string(d.Due)
			}
		}
		if first != "" {
			urgent = append(urgent, petition{i, first})
		}
	}
	slices.SortStableFunc(urgent, func(a, b petition) int { return strings.Compare(a.due, b.due) })
	urgent = urgent[:min(len(urgent), maxDue)]
	shown := make([]*ledger.Record, len(urgent))
	v.shown = make([]store.Row, len(urgent))
	for i, p := range urgent {
		v.shown[i], shown[i] = rows[p.at], records[p.at]
	}
	if v.answer.Refs, err = s.lists.references(ctx, namedRows(v.shown, shown)); err != nil {
		return err
	}
	for i, r := range shown {
		summary := show.Summary(&v.shown[i], r, v.answer.Refs)
		summary.Due = string(watch.Next(r))
		v.answer.Petitions = append(v.answer.Petitions, contract.PetitionDue{Record: summary, Deadlines: show.Deadlines(watch, r)})
	}
	return nil
}

// addReports lists the reports that communes owe.
func (s *overviews) addReports(ctx context.Context, v *overview, units []ledger.UnitID) error {
	tree, err := s.directory.Tree(ctx)
	if err != nil {
		return err
	}
	watch, err := s.reminders.Watch(ctx)
	if err != nil {
		return err
	}
	for _, unit := range units {
		if u, _ := tree.Unit(unit); u.Value.Level != accounts.Commune {
			continue
		}
		for _, template := range report.Templates {
			list, err := s.archive.Due(ctx, unit, template)
			if err != nil {
				return err
			}
			for i := range list {
				if d := &list[i]; d.State != archive.Delivered && d.State != archive.Acknowledged {
					v.answer.Reports = append(v.answer.Reports, reportDue(unit, d, watch))
				}
			}
		}
	}
	slices.SortStableFunc(v.answer.Reports, func(a, b contract.ReportDue) int { return cmp.Compare(a.Due, b.Due) })
	v.answer.Reports = v.answer.Reports[:min(len(v.answer.Reports), maxReportsDue)]
	return nil
}

func reportDue(unit ledger.UnitID, d *archive.DueReport, watch *reminders.Watch) contract.ReportDue {
	return contract.ReportDue{
		Unit: unit, Type: d.Period.Type, Template: d.Template, From: string(d.Period.From), To: string(d.Period.To), Due: string(d.Due),
		State: d.State, Report: d.Report, WorkingDays: watch.Left(d.Due),
	}
}

// Bounds of the deliveries that an overview says arrived.
const (
	maxArrived  = 3
	arrivedDays = 14
)

// addOffice tells of the deliveries of units, and the problems that a person must solve.
func (s *overviews) addOffice(ctx context.Context, v *overview, units []ledger.UnitID) error {
	deliveries, err := s.outbox.OfUnits(ctx, units, "")
	if err != nil {
		return err
	}
	if err := s.addDeliveries(ctx, v, deliveries); err != nil {
		return err
	}
	return s.addProblems(ctx, v, units, deliveries)
}

// addDeliveries counts the deliveries that have not arrived, and names the last
// that have. One that has arrived is none of those that wait, though it may have been
// queued again just before the recipient said so.
func (s *overviews) addDeliveries(ctx context.Context, v *overview, list []store.Stored[outbox.Delivery]) error {
	var arrived []*outbox.Delivery
	for i := range list {
		switch d := &list[i].Value; {
		case d.Arrived != nil:
			if v.at.Sub(d.Arrived.At.Time()) < arrivedDays*24*time.Hour {
				arrived = append(arrived, d)
			}
		case d.State == outbox.Dead:
			v.answer.Deliveries.Dead++
		case d.State == outbox.Queued:
			v.answer.Deliveries.Waiting++
		}
	}
	slices.SortStableFunc(arrived, func(a, b *outbox.Delivery) int { return cmp.Compare(b.Arrived.At, a.Arrived.At) })
	for _, d := range arrived {
		if len(v.answer.Deliveries.Arrived) == maxArrived {
			break
		}
		r, err := s.archive.Get(ctx, d.Report)
		if err != nil {
			return err
		}
		if !r.Value.State.Issued() { // withdrawn since
			continue
		}
		issue := r.Value.Approval.Issue
		v.answer.Deliveries.Arrived = append(v.answer.Deliveries.Arrived, contract.DeliveryArrived{
			Report: d.Report, Number: issue.Number, Symbol: issue.Symbol, Name: d.To.Name, At: d.Arrived.At.Time(),
		})
	}
	return nil
}

// addProblems lists the problems that a person must solve.
func (s *overviews) addProblems(ctx context.Context, v *overview, units []ledger.UnitID, deliveries []store.Stored[outbox.Delivery]) error {
	list, err := s.problems(ctx, units, deliveries)
	if err != nil {
		return err
	}
	condition := s.store.Condition()
	if condition.Full {
		v.answer.Problems = append(v.answer.Problems, contract.ServerProblem{
			Code: "database-full", At: v.answer.AsOf,
			Message: "Cơ sở dữ liệu hết chỗ trên đĩa: máy chủ chưa nhận được số liệu mới; máy điện thoại vẫn giữ và sẽ gửi lại. Cần người quản trị máy chủ dọn hoặc thêm dung lượng đĩa.",
		})
	}
	if condition.Left > 0 {
		v.answer.Problems = append(v.answer.Problems, contract.ServerProblem{
			Code: "lists-recovering", At: v.answer.AsOf, Message: "Máy chủ vừa khởi động và đang dựng lại danh sách; danh sách của một số đơn vị hiện ra chậm.",
		})
	}
	for _, unit := range units {
		if len(condition.Aside[unit]) > 0 {
			v.answer.Problems = append(v.answer.Problems, contract.ServerProblem{
				Code: "records-set-aside", At: v.answer.AsOf, Unit: unit,
				Message: "Một số bản ghi không ghi được vào danh sách, nên danh sách còn hiện nội dung cũ của chúng. Cần người quản trị xem nhật ký máy chủ.",
			})
		}
		if n := condition.NotErased[unit]; n > 0 {
			v.answer.Problems = append(v.answer.Problems, contract.ServerProblem{
				Code: "erasure-failed", At: v.answer.AsOf, Unit: unit,
				Message: fmt.Sprintf("%d lệnh xóa dữ liệu cá nhân chưa thực hiện được: sổ còn giữ những dữ liệu đó, dù danh sách không hiện nữa. Máy chủ tự thử lại mỗi phút. Cần người quản trị xem nguyên nhân trong nhật ký máy chủ.", n),
			})
		}
	}
	for i := range list {
		p := &list[i]
		v.answer.Problems = append(v.answer.Problems, contract.ServerProblem{Code: string(p.Code), Message: p.Message, At: p.At.Time(), Unit: p.Unit})
	}
	v.answer.Problems = v.answer.Problems[:min(len(v.answer.Problems), maxProblems)]
	return nil
}
