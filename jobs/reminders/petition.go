package reminders

import (
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
)

// petitionOf reads what deadlines follow from.
func petitionOf(r *ledger.Record) calendar.Petition {
	return report.PetitionOf(func(field string) ledger.Value {
		v, _ := r.Current(field)
		return v
	})
}
