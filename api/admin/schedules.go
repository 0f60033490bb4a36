package admin

import (
	"cmp"
	"context"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Schedules are the server's, not a unit's: to an admin of some units they do
// not exist.

// ListSchedules implements the operation listSchedules.
func (s *timetable) ListSchedules(ctx context.Context, _ contract.ListSchedulesRequestObject) (contract.ListSchedulesResponseObject, error) {
	if !gate.CallerOf(ctx).ManagesAll() {
		return nil, problem.ErrNotFound
	}
	list, err := s.office.Schedules.All(ctx)
	answer := contract.ListSchedules200JSONResponse{Schedules: []contract.Schedule{}}
	for i := range list {
		answer.Schedules = append(answer.Schedules, s.scheduleView(&list[i]))
	}
	return answer, err
}

// CreateSchedule implements the operation createSchedule.
func (s *timetable) CreateSchedule(ctx context.Context, request contract.CreateScheduleRequestObject) (contract.CreateScheduleResponseObject, error) {
	if !gate.CallerOf(ctx).ManagesAll() {
		return nil, problem.ErrNotFound
	}
	plan := scheduleOf(request.Body)
	if err := s.checkUnits(ctx, plan.Units); err != nil {
		return nil, err
	}
	made, err := s.office.Schedules.Add(ctx, plan)
	if err != nil {
		return nil, err
	}
	view := s.scheduleView(&made)
	return contract.CreateSchedule201JSONResponse(view), s.log.Add(ctx, "createSchedule", view.ID, nil, nil, view)
}

// UpdateSchedule implements the operation updateSchedule.
func (s *timetable) UpdateSchedule(ctx context.Context, request contract.UpdateScheduleRequestObject) (contract.UpdateScheduleResponseObject, error) {
	in := request.Body
	stored, err := s.schedule(ctx, request.Schedule)
	if err != nil {
		return nil, err
	}
	before := s.scheduleView(&stored)
	plan := scheduleOf(&contract.NewSchedule{
		Name: in.Name, Cron: in.Cron, Task: in.Task, Off: in.Off, Type: in.Type, Template: in.Template, Units: in.Units,
		FromYear: in.FromYear, ToYear: in.ToYear,
	})
	if err := s.checkUnits(ctx, plan.Units); err != nil {
		return nil, err
	}
	changed, err := s.office.Schedules.Replace(ctx, request.Schedule, in.Version, plan)
	if err != nil {
		return nil, err
	}
	view := s.scheduleView(&changed)
	return contract.UpdateSchedule200JSONResponse(view), s.log.Add(ctx, "updateSchedule", view.ID, nil, before, view)
}

// ListRuns implements the operation listRuns.
func (s *timetable) ListRuns(ctx context.Context, request contract.ListRunsRequestObject) (contract.ListRunsResponseObject, error) {
	if _, err := s.schedule(ctx, request.Schedule); err != nil {
		return nil, err
	}
	list, err := s.office.Runner.Runs(ctx, request.Schedule, cmp.Or(request.Params.Limit, paging.DefaultLimit))
	answer := contract.ListRuns200JSONResponse{Runs: []contract.Run{}}
	for i := range list {
		r := &list[i]
		answer.Runs = append(answer.Runs, contract.Run{
			Occurrence: r.Occurrence, Outcome: string(r.Outcome), Attempt: r.Attempt, Server: r.Server,
			StartedAt: r.Started, EndedAt: r.Ended, RetryAt: r.Retry, Made: r.Made, Error: r.Error,
		})
	}
	return answer, err
}

// schedule returns a schedule, if the caller may know of it.
func (s *timetable) schedule(ctx context.Context, id string) (store.Stored[jobs.Schedule], error) {
	var none store.Stored[jobs.Schedule]
	if !gate.CallerOf(ctx).ManagesAll() {
		return none, problem.ErrNotFound
	}
	list, err := s.office.Schedules.All(ctx)
	if err != nil {
		return none, err
	}
	i := slices.IndexFunc(list, func(s store.Stored[jobs.Schedule]) bool { return s.ID == id })
	if i < 0 {
		return none, problem.ErrNotFound
	}
	return list[i], nil
}

func (s *timetable) checkUnits(ctx context.Context, units []ledger.UnitID) error {
	tree, err := s.directory.Tree(ctx)
	if err == nil && len(tree.Existing(units)) != len(units) {
		err = noSuchUnit("units")
	}
	return err
}

func scheduleOf(n *contract.NewSchedule) jobs.Schedule {
	return jobs.Schedule{
		Name: n.Name, Cron: n.Cron, Task: n.Task, Off: n.Off, Type: n.Type, Template: n.Template, Units: accounts.SortUnits(slices.Clone(n.Units)),
		FromYear: n.FromYear, ToYear: n.ToYear,
	}
}

func (s *timetable) scheduleView(p *store.Stored[jobs.Schedule]) contract.Schedule {
	v := &p.Value
	return contract.Schedule{
		ID: p.ID, Version: p.Version, Name: v.Name, Cron: v.Cron, Task: v.Task, Off: v.Off, Type: v.Type, Template: v.Template,
		Units: v.Units, FromYear: v.FromYear, ToYear: v.ToYear, Next: s.office.Schedules.Next(v),
	}
}
