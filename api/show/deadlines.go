package show

import (
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs/reminders"
)

// Deadlines shows the steps of a petition.
func Deadlines(list []reminders.Deadline) contract.Deadlines {
	var views contract.Deadlines
	for i := range list {
		d := &list[i]
		views = append(views, contract.Deadline{
			Step: string(d.Step), Label: d.Label, Due: string(d.Due), Done: string(d.Done), Late: d.Late, Paused: d.Paused, Law: d.Law, Unsure: d.Unsure,
		})
	}
	return views
}
