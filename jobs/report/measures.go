package report

import (
	"slices"
	"strconv"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// measures lists the figures of a report.
func (p period) measures(t *tally) []measure {
	list := p.meetings()
	list = append(list, p.fund(t)...)
	list = append(list, p.houses()...)
	list = append(list, p.gifts()...)
	list = append(list, p.receptions()...)
	return append(list, p.petitions()...)
}

// during is a measure of the period, over records whose day is in a field.
func (p period) during(kind ledger.Kind, date, id, label, unit string) measure {
	return measure{
		Figure: Figure{ID: id, Label: label, Unit: unit, Period: p.code()},
		kind:   kind, fields: []string{date}, date: dated(date),
		in: func(_ ledger.Ref, v values) bool { return within(v.text(date), p.From, p.last()) },
	}
}

// held is a measure of what stands on the last day that is covered: what came
// in, what went out and what is left are of the same days.
func (p period) held(kind ledger.Kind, date, id, label, unit string) measure {
	m := p.during(kind, date, id, label, unit)
	m.Period, m.AsOf = "", p.last()
	return m
}

// summing makes a measure of records one of amounts.
func (m measure) summing(field string) measure {
	m.fields = append(slices.Clone(m.fields), field)
	m.amount = func(v values) int64 { return v.number(field) }
	return m
}

// where narrows a measure to records with a value in a field.
func (m measure) where(field, value string) measure {
	in := m.in
	m.fields = append(slices.Clone(m.fields), field)
	m.in = func(ref ledger.Ref, v values) bool { return in(ref, v) && v.text(field) == value }
	return m
}

func dated(field string) func(ledger.Ref, values) string {
	return func(_ ledger.Ref, v values) string { return v.text(field) }
}

func (p period) meetings() []measure {
	const kind = form.KindMeeting
	opinions := p.during(kind, "date", "meetings.opinions", "Ý kiến cử tri", "ý kiến").summing("opinions")
	opinions.fields = append(opinions.fields, "opinionsApprox")
	opinions.approx = func(v values) bool { return v.is("opinionsApprox") }
	return []measure{
		p.during(kind, "date", "meetings", "Đợt tiếp xúc cử tri", "đợt"),
		p.during(kind, "date", "meetings.attendance", "Lượt cử tri dự tiếp xúc", "lượt cử tri").summing("attendance"),
		opinions,
	}
}

// fund measures what was raised, and what is left. What the fund held before its
// book began is left, but was not raised. For a term, what was raised
// covers its full years.
func (p period) fund(t *tally) []measure {
	reversed, standing := t.reversals(p.last())
	last := p.last()
	raised := p.during(form.KindFund, "date", "fund.raised", "Số tiền vận động Quỹ “Vì người nghèo”", "đ").summing("amountVnd")
	if p.Type == calendar.TermYears {
		last = min(last, day(p.lastFull(), "12-31"))
		raised.Period = span(yearOf(p.From), p.lastFull())
	}
	raised.fields = []string{"date", "direction", "amountVnd", "reverses", "opening"}
	raised.in = func(ref ledger.Ref, v values) bool {
		return v.text("direction") == form.FundIn && !v.is("opening") && !v.has("reverses") && !reversed[ref] && within(v.text("date"), p.From, last)
	}
	balance := p.held(form.KindFund, "date", "fund.balance", "Số dư Quỹ “Vì người nghèo”", "đ")
	balance.fields = []string{"date", "direction", "amountVnd", "reverses"}
	balance.date = t.entryDay
	balance.amount = signedAmount
	balance.in = func(ref ledger.Ref, v values) bool {
		return within(v.text("date"), form.EarliestDay, p.last()) && (standing[ref] || !v.has("reverses"))
	}
	return []measure{raised, balance}
}

func signedAmount(v values) int64 {
	if v.text("direction") == form.FundOut {
		return -v.number("amountVnd")
	}
	return v.number("amountVnd")
}

// finishedOn is the one day of a house.
func finishedOn(v values) string { return form.CountedOn(form.KindHouse, v.text) }

// houses counts those that were finished in the period.
func (p period) houses() []measure {
	finished := measure{
		Figure: Figure{ID: "houses", Label: "Nhà đại đoàn kết, nhà tình nghĩa", Unit: "căn", Period: p.code()},
		kind:   form.KindHouse, fields: []string{"status", "handedOverOn", "acceptedOn"}, date: func(_ ledger.Ref, v values) string { return finishedOn(v) },
		in: func(_ ledger.Ref, v values) bool { return within(finishedOn(v), p.From, p.last()) },
	}
	support := finished
	support.Figure = Figure{ID: "houses.support", Label: "Kinh phí hỗ trợ làm nhà", Unit: "đ", Period: p.code()}
	support.fields = append([]string{"sources"}, finished.fields...)
	support.amount = func(v values) int64 {
		var total int64
		for source := range v("sources").Elements() {
			amount, _ := source.Get("amountVnd")
			n, _ := amount.Int()
			total += n
		}
		return total
	}
	return []measure{finished, support}
}

// gifts tells the gifts of the period, and of a term each full year's.
func (p period) gifts() []measure {
	whole := p.during(form.KindGift, "date", "gifts", "Suất quà đã trao", "suất").summing("quantity")
	list := []measure{whole}
	if p.Type != calendar.TermYears {
		return list
	}
	for year := yearOf(p.From); year <= p.lastFull(); year++ {
		of := period{Type: calendar.TermYears, From: day(year, "01-01"), To: day(year, "12-31"), AsOf: p.AsOf}
		y := strconv.Itoa(year)
		list = append(list, of.during(form.KindGift, "date", "gifts."+y, "Suất quà đã trao năm "+y, "suất").summing("quantity"))
	}
	return list
}

func (p period) receptions() []measure {
	of := func(id, label string) measure { return p.during(form.KindReception, "date", id, label, "lượt") }
	return []measure{
		of("receptions", "Lượt tiếp công dân"),
		of("receptions.regular", "Lượt tiếp thường xuyên").where("type", form.ReceptionRegular),
		of("receptions.leader", "Lượt tiếp của lãnh đạo").where("type", form.ReceptionLeader),
	}
}

// petitions tells those that were received in the period, and of all that ever
// were those that have not ended: one that nobody settles is reported again in
// each report.
func (p period) petitions() []measure {
	received := p.during(form.KindPetition, "receivedOn", "petitions", "Đơn đã tiếp nhận", "đơn")
	open := p.held(form.KindPetition, "receivedOn", "petitions.open", "Đơn đang giải quyết", "đơn")
	open.fields = []string{"receivedOn", "status", "declinedOn", "transferredOn", "guidedOn", "withdrawnOn", "stoppedOn", "resolvedOn"}
	open.in = func(_ ledger.Ref, v values) bool {
		return within(v.text("receivedOn"), form.EarliestDay, p.last()) && !ended(v, p.last())
	}
	return []measure{received, open}
}

// endDates are the steps with which a petition ends, each with the field that
// says when. A day after which it is still open decides for open, and so does
// an end without a day: it cannot be shown to lie before the report.
var endDates = map[string]string{
	form.PetitionDeclined:    "declinedOn",
	form.PetitionTransferred: "transferredOn",
	form.PetitionGuided:      "guidedOn",
	form.PetitionWithdrawn:   "withdrawnOn",
	form.PetitionStopped:     "stoppedOn",
	form.PetitionResolved:    "resolvedOn",
}

func ended(v values, asOf string) bool {
	return within(endedOn(v), form.EarliestDay, asOf)
}

// endedOn is the day on which a petition ended, or "".
func endedOn(v values) string { return v.text(endDates[v.text("status")]) }

func find(measures []measure, id string) *measure {
	for i := range measures {
		if measures[i].ID == id {
			return &measures[i]
		}
	}
	return nil
}
