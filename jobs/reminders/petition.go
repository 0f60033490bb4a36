package reminders

import (
	"cmp"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// petitionOf reads what deadlines follow from.
func petitionOf(r *ledger.Record) calendar.Petition {
	day := func(field string) calendar.Day { return calendar.Day(r.Text(field)) }
	p := calendar.Petition{
		Class: calendar.Class(r.Text("class")), Second: r.Text("instance") == "second", Complex: r.Bool("complex"), Remote: r.Bool("remote"),
		Extensions: int(r.Int("extensions")), Deadline: day("deadline"), ReceivedOn: day("receivedOn"), AcceptedOn: day("acceptedOn"),
		AnsweredOn: cmp.Or(day("acceptedOn"), day("declinedOn"), day("guidedOn"), day("transferredOn")),
	}
	switch r.Text("status") {
	case form.PetitionDeclined:
		p.EndedOn = day("declinedOn")
	case form.PetitionTransferred:
		p.EndedOn = day("transferredOn")
	case form.PetitionGuided:
		p.EndedOn = day("guidedOn")
	case form.PetitionWithdrawn:
		p.EndedOn = day("withdrawnOn")
	case form.PetitionStopped:
		p.EndedOn = day("stoppedOn")
	case form.PetitionResolved:
		p.EndedOn = day("resolvedOn")
	}
	pauses, _ := r.Current("suspensions")
	for pause := range pauses.Elements() {
		var s calendar.Span
		from, _ := pause.Get("from")
		to, _ := pause.Get("to")
		text, _ := from.Text()
		s.From = calendar.Day(text)
		text, _ = to.Text()
		s.To = calendar.Day(text)
		p.Pauses = append(p.Pauses, s)
	}
	return p
}
