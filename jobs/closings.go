package jobs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/store"
)

// A schedule that compiles once a year for every commune has the day that suits the
// periods of Nghị định 09/2019/NĐ-CP. A commune whose own periods end on another day
// is compiled for by a job beside it, at the same hour, as many days after their end.

// closing is the day on which a commune's periods end, and the day and the cron line
// by which they are compiled.
type closing struct {
	ends calendar.MonthDay
	cron string
}

// beside names the job that compiles for communes whose periods end on a day.
func beside(id string, ends calendar.MonthDay) string {
	return id + besideMark + strings.ReplaceAll(string(ends), "-", "")
}

// besideMark stands in no identity of a schedule.
const besideMark = "--"

// scheduleOf returns the schedule that a job belongs to.
func scheduleOf(job string) string {
	id, _, _ := strings.Cut(job, besideMark)
	return id
}

// ownClosings are the other days on which a schedule compiles for some communes, by
// the rules that these have set.
func (s *Schedule) ownClosings(rules map[report.Template][]calendar.Rule) []closing {
	if s.Task != TaskCompile {
		return nil
	}
	apart := map[calendar.MonthDay]bool{}
	for _, rule := range rules[s.Template] {
		if ends := rule.Closes(s.Type); ends.Valid() && s.leavesApart(ends) {
			apart[ends] = true
		}
	}
	var list []closing
	for _, ends := range slices.Sorted(maps.Keys(apart)) {
		list = append(list, closing{ends, moved(s.Cron, calendar.DefaultRule().Closes(s.Type), ends)})
	}
	return list
}

// leavesApart reports whether a schedule leaves a commune, whose periods end on a
// day, to a job beside it.
func (s *Schedule) leavesApart(ends calendar.MonthDay) bool {
	standard := calendar.DefaultRule().Closes(s.Type)
	return len(s.Units) == 0 && standard != "" && ends != standard && yearly(s.Cron)
}

// shortYear has the days that every year has.
const shortYear = 2001

// dayOfYear returns the day of [shortYear] on which a cron line comes due, where it
// does so on one day of each year.
func dayOfYear(cron string) (calendar.Day, bool) {
	parts := strings.Fields(cron)
	if len(parts) != len(cronFields) || parts[4] != "*" {
		return "", false
	}
	day, err1 := strconv.Atoi(parts[2])
	month, err2 := strconv.Atoi(parts[3])
	d := calendar.Day(fmt.Sprintf("%04d-%02d-%02d", shortYear, month, day))
	return d, err1 == nil && err2 == nil && d.Valid()
}

func yearly(cron string) bool {
	_, ok := dayOfYear(cron)
	return ok
}

// moved moves the day of a yearly cron line, so that it comes as long after one end of
// periods as it came after another.
func moved(cron string, from, to calendar.MonthDay) string {
	day, _ := dayOfYear(cron)
	end := from.In(shortYear)
	if end >= day { // of the year before
		end = from.In(shortYear - 1)
	}
	at := to.In(shortYear).AddDays(end.Until(day))
	_, monthDay, _ := strings.Cut(string(at), "-")
	month, dayOfMonth, _ := strings.Cut(monthDay, "-")
	parts := strings.Fields(cron)
	return strings.Join([]string{parts[0], parts[1], strings.TrimPrefix(dayOfMonth, "0"), strings.TrimPrefix(month, "0"), parts[4]}, " ")
}

// Runs returns what was done for a schedule, the newest first.
func (f *Office) Runs(ctx context.Context, id string, limit int) ([]schedule.Run, error) {
	s, err := f.Schedules.list.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	rules, err := f.Archive.Letterheads.Rules(ctx)
	if err != nil {
		return nil, err
	}
	var all []schedule.Run
	for _, job := range f.jobsOf(&s, rules) {
		runs, err := f.Runner.Runs(ctx, job.Name, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, runs...)
	}
	slices.SortStableFunc(all, func(a, b schedule.Run) int { return b.Occurrence.Compare(a.Occurrence) })
	return all[:min(limit, len(all))], nil
}

// jobsOf are the jobs of a schedule: itself, and those beside it.
func (f *Office) jobsOf(s *store.Stored[Schedule], rules map[report.Template][]calendar.Rule) []schedule.Job {
	job := schedule.Job{Name: s.ID, Cron: s.Value.Cron, CatchUp: schedule.Latest, Do: f.task(s.Value, "")}
	if s.Value.Task == TaskCompile {
		job.CatchUp = schedule.All
	}
	list := []schedule.Job{job}
	for _, c := range s.Value.ownClosings(rules) {
		job.Name, job.Cron, job.Do = beside(s.ID, c.ends), c.cron, f.task(s.Value, c.ends)
		list = append(list, job)
	}
	return list
}
