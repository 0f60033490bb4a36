package admin

import (
	"cmp"
	"context"
	"fmt"
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

// What is done for every unit is the server's: an admin of some units sees it,
// and changes what is done for theirs alone.

// mostOfUnit is how many schedules of a unit an admin of some units may have.
const mostOfUnit = 50

// ListSchedules implements the operation listSchedules.
func (s *timetable) ListSchedules(ctx context.Context, _ contract.ListSchedulesRequestObject) (contract.ListSchedulesResponseObject, error) {
	c := gate.CallerOf(ctx)
	list, err := s.schedules.All(ctx)
	answer := contract.ListSchedules200JSONResponse{Schedules: []contract.Schedule{}}
	for i := range list {
		if v := &list[i].Value; c.ManagesAll() || len(v.Units) == 0 || slices.ContainsFunc(v.Units, c.Reaches) {
			answer.Schedules = append(answer.Schedules, s.scheduleView(c, &list[i]))
		}
	}
	return answer, err
}

// mayEdit reports whether a caller may change a schedule: all that it is for is
// within their reach.
func mayEdit(c *gate.Caller, v *jobs.Schedule) bool {
	return c.ManagesAll() || len(v.Units) > 0 && !slices.ContainsFunc(v.Units, func(u ledger.UnitID) bool { return !c.Reaches(u) })
}

// check reports whether the caller may have a schedule. id is the one that it
// takes the place of, or "".
func (s *timetable) check(ctx context.Context, c *gate.Caller, plan *jobs.Schedule, id string) error {
	if c.ManagesAll() {
		return s.checkUnits(ctx, plan.Units)
	}
	switch {
	case len(plan.Units) == 0:
		return problem.Invalid("units", "Cần chọn đơn vị của lịch.")
	case !mayEdit(c, plan):
		return noSuchUnit("units")
	case plan.Task != jobs.TaskCompile:
		return problem.Invalid("task", "Chỉ quản trị toàn hệ thống đặt được việc này.")
	case !jobs.Daily(plan.Cron):
		return problem.Invalid("cron", "Lịch chạy nhiều nhất một lần mỗi ngày, vào một giờ và phút xác định.")
	}
	list, err := s.schedules.All(ctx)
	if err != nil {
		return err
	}
	for _, unit := range plan.Units {
		n := 0
		for i := range list {
			if list[i].ID != id && slices.Contains(list[i].Value.Units, unit) {
				n++
			}
		}
		if n >= mostOfUnit {
			return problem.Invalid("units", fmt.Sprintf("Một đơn vị có tối đa %d lịch.", mostOfUnit))
		}
	}
	return nil
}

// CreateSchedule implements the operation createSchedule.
func (s *timetable) CreateSchedule(ctx context.Context, request contract.CreateScheduleRequestObject) (contract.CreateScheduleResponseObject, error) {
	c := gate.CallerOf(ctx)
	plan := scheduleOf(request.Body)
	if err := s.check(ctx, c, &plan, ""); err != nil {
		return nil, err
	}
	made, err := s.schedules.Add(ctx, plan)
	if err != nil {
		return nil, err
	}
	view := s.scheduleView(c, &made)
	return contract.CreateSchedule201JSONResponse(view), s.log.Add(ctx, "createSchedule", view.ID, plan.Units, nil, view)
}

// UpdateSchedule implements the operation updateSchedule.
func (s *timetable) UpdateSchedule(ctx context.Context, request contract.UpdateScheduleRequestObject) (contract.UpdateScheduleResponseObject, error) {
	c, in := gate.CallerOf(ctx), request.Body
	stored, err := s.schedule(ctx, request.Schedule)
	if err != nil {
		return nil, err
	}
	before := s.scheduleView(c, &stored)
	plan := scheduleOf(&contract.NewSchedule{
		Name: in.Name, Cron: in.Cron, Task: in.Task, Off: in.Off, Type: in.Type, Template: in.Template, Units: in.Units,
		FromYear: in.FromYear, ToYear: in.ToYear,
	})
	if err := s.check(ctx, c, &plan, request.Schedule); err != nil {
		return nil, err
	}
	changed, err := s.schedules.Replace(ctx, request.Schedule, in.Version, plan)
	if err != nil {
		return nil, err
	}
	view := s.scheduleView(c, &changed)
	return contract.UpdateSchedule200JSONResponse(view), s.log.Add(ctx, "updateSchedule", view.ID, accounts.SortUnits(slices.Concat(stored.Value.Units, plan.Units)), before, view)
}

// RemoveSchedule implements the operation removeSchedule.
func (s *timetable) RemoveSchedule(ctx context.Context, request contract.RemoveScheduleRequestObject) (contract.RemoveScheduleResponseObject, error) {
	stored, err := s.schedule(ctx, request.Schedule)
	if err != nil {
		return nil, err
	}
	before := s.scheduleView(gate.CallerOf(ctx), &stored)
	if err := s.schedules.Remove(ctx, request.Schedule, request.Params.Version); err != nil {
		return nil, err
	}
	return contract.RemoveSchedule204Response{}, s.log.Add(ctx, "removeSchedule", before.ID, stored.Value.Units, before, nil)
}

// ListRuns implements the operation listRuns.
func (s *timetable) ListRuns(ctx context.Context, request contract.ListRunsRequestObject) (contract.ListRunsResponseObject, error) {
	if _, err := s.schedule(ctx, request.Schedule); err != nil {
		return nil, err
	}
	list, err := s.runs(ctx, request.Schedule, cmp.Or(request.Params.Limit, paging.DefaultLimit))
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

// schedule returns a schedule, if the caller may change it.
func (s *timetable) schedule(ctx context.Context, id string) (store.Stored[jobs.Schedule], error) {
	var none store.Stored[jobs.Schedule]
	list, err := s.schedules.All(ctx)
	if err != nil {
		return none, err
	}
	i := slices.IndexFunc(list, func(s store.Stored[jobs.Schedule]) bool { return s.ID == id })
	if i < 0 || !mayEdit(gate.CallerOf(ctx), &list[i].Value) {
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

// scheduleView shows a schedule, of its units those that the caller reaches.
func (s *timetable) scheduleView(c *gate.Caller, p *store.Stored[jobs.Schedule]) contract.Schedule {
	v := &p.Value
	view := contract.Schedule{
		ID: p.ID, Version: p.Version, Name: v.Name, Cron: v.Cron, Task: v.Task, Off: v.Off, Type: v.Type, Template: v.Template,
		FromYear: v.FromYear, ToYear: v.ToYear, Next: s.schedules.Next(v), Editable: mayEdit(c, v), BuiltIn: jobs.BuiltIn(p.ID),
	}
	for _, unit := range v.Units {
		if c.ManagesAll() || c.Reaches(unit) {
			view.Units = append(view.Units, unit)
		}
	}
	return view
}
