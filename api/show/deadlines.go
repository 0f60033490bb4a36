package show

import (
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/sync/ledger"
)

// Deadlines shows the steps of a petition as of a watch's day.
func Deadlines(watch *reminders.Watch, r *ledger.Record) contract.Deadlines {
	var views contract.Deadlines
	for _, d := range watch.Deadlines(r) {
		view := contract.Deadline{
			Step: string(d.Step), Label: d.Label, Due: string(d.Due), Done: string(d.Done), Late: d.Late, Paused: d.Paused, Law: d.Law, Unsure: d.Unsure,
		}
		if d.Done == "" {
			view.WorkingDays = watch.Left(d.Due)
		}
		views = append(views, view)
	}
	return views
}
