package report

import (
	"cmp"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// details are what the text and the tables tell beside the figures.
func (p period) details(t *tally) []measure {
	list := p.fundFlows(t)
	list = append(list, p.funding()...)
	list = append(list, p.giftValues()...)
	list = append(list, p.people())
	list = append(list, p.petitionFlows()...)
	return append(list, p.activities()...)
}

// fundFlows tells what the fund held before the period, and what came in and went
// out until its last day: with the balance it adds up. What was reversed is in
// none of them. What the fund held before its book began came before.
func (p period) fundFlows(t *tally) []measure {
	reversed, _ := t.reversals(p.last())
	stands := func(ref ledger.Ref, v values) bool { return !v.has("reverses") && !reversed[ref] }
	of := func(id, label string, in func(v values) bool) measure {
		m := p.during(form.KindFund, "date", id, label, "đ").summing("amountVnd")
		m.Period = p.From + "/" + p.last()
		m.fields = []string{"date", "direction", "amountVnd", "reverses", "opening"}
		m.in = func(ref ledger.Ref, v values) bool { return stands(ref, v) && in(v) }
		return m
	}
	during := func(v values) bool { return within(v.text("date"), p.From, p.last()) }
	opening := of("fund.opening", "Số dư Quỹ “Vì người nghèo” đầu kỳ", func(v values) bool {
		return within(v.text("date"), form.EarliestDay, p.last()) && (v.text("date") < p.From || v.is("opening"))
	})
	opening.Period, opening.AsOf, opening.amount = "", p.From, signedAmount
	return []measure{
		opening,
		of("fund.received", "Thu Quỹ “Vì người nghèo” trong kỳ", func(v values) bool {
			return during(v) && v.text("direction") == form.FundIn && !v.is("opening")
		}),
		of("fund.spent", "Chi Quỹ “Vì người nghèo” trong kỳ", func(v values) bool {
			return during(v) && v.text("direction") == form.FundOut
		}),
	}
}

// funding tells in which form houses were supported.
func (p period) funding() []measure {
	support := p.houses()[1]
	var list []measure
	for _, f := range []struct{ form, label string }{
		{"cash", "Hỗ trợ làm nhà bằng tiền mặt"},
		{"kind", "Hỗ trợ làm nhà bằng hiện vật"},
		{"labour", "Hỗ trợ làm nhà bằng ngày công quy tiền"},
	} {
		m := support
		m.ID, m.Label = "houses.support."+f.form, f.label
		m.amount = func(v values) (total int64) {
			for source := range v("sources").Elements() {
				is, _ := source.Get("form")
				if is == ledger.Text(f.form) {
					amount, _ := source.Get("amountVnd")
					n, _ := amount.Int()
					total += n
				}
			}
			return total
		}
		list = append(list, m)
	}
	return list
}

// giftValues tells what the gifts were worth, and how many have no value
// written down.
func (p period) giftValues() []measure {
	value := p.during(form.KindGift, "date", "gifts.value", "Trị giá các suất quà", "đ").summing("valueVnd")
	unvalued := p.during(form.KindGift, "date", "gifts.unvalued", "Suất quà chưa quy ra tiền", "suất").summing("quantity")
	during := unvalued.in
	unvalued.fields = append(unvalued.fields, "valueVnd")
	unvalued.in = func(ref ledger.Ref, v values) bool { return during(ref, v) && v.number("valueVnd") == 0 }
	return []measure{value, unvalued}
}

// people counts who came: at least one for each reception.
func (p period) people() measure {
	m := p.during(form.KindReception, "date", "receptions.people", "Số người được tiếp", "người").summing("groupSize")
	m.amount = func(v values) int64 { return max(1, v.number("groupSize")) }
	return m
}

// petitionFields are those that decide when a petition ended.
var petitionFields = []string{"receivedOn", "status", "declinedOn", "transferredOn", "guidedOn", "withdrawnOn", "stoppedOn", "resolvedOn"}

// petitionFlows tells the outcome of petitions: those that were open when the period
// began, and those that ended in it, in time or late where the law has a term.
// Those carried over and those received are those that ended and those still
// open.
func (p period) petitionFlows() []measure {
	of := func(id, label string, in func(v values) bool) measure {
		m := p.during(form.KindPetition, "receivedOn", id, label, "đơn")
		m.fields = petitionFields
		m.in = func(_ ledger.Ref, v values) bool { return in(v) }
		return m
	}
	before := func(v values) bool { return within(v.text("receivedOn"), form.EarliestDay, yesterday(p.From)) }
	settled := func(v values) bool {
		return within(v.text("receivedOn"), form.EarliestDay, p.last()) && within(endedOn(v), p.From, p.last())
	}
	termed := func(m measure) measure {
		m.fields = append([]string{"class", "instance", "complex", "remote", "extensions", "deadline", "acceptedOn", "suspensions"}, m.fields...)
		return m
	}
	carried := of("petitions.carried", "Đơn kỳ trước chuyển sang", func(v values) bool {
		return before(v) && !ended(v, yesterday(p.From))
	})
	carried.Period, carried.AsOf = "", p.From
	left := of("petitions.open.carried", "Đơn kỳ trước chuyển sang đang giải quyết", func(v values) bool { return before(v) && !ended(v, p.last()) })
	overdue := termed(of("petitions.overdue", "Đơn đang quá thời hạn giải quyết", func(v values) bool {
		due, known := resolveBy(v, p.last())
		return within(v.text("receivedOn"), form.EarliestDay, p.last()) && !ended(v, p.last()) && known && due.Late(calendar.Day(p.last()))
	}))
	for _, m := range []*measure{&left, &overdue} {
		m.Period, m.AsOf = "", p.last()
	}
	return []measure{
		carried,
		of("petitions.settled", "Đơn đã giải quyết, xử lý trong kỳ", settled),
		termed(of("petitions.settled.timely", "Đơn giải quyết đúng thời hạn", func(v values) bool {
			due, known := resolveBy(v, p.last())
			return settled(v) && known && due.Done <= due.Due
		})),
		termed(of("petitions.settled.late", "Đơn giải quyết quá thời hạn", func(v values) bool {
			due, known := resolveBy(v, p.last())
			return settled(v) && known && due.Done > due.Due
		})),
		left, overdue,
	}
}

// resolveBy is the term by which a petition is to be resolved, as it stood on a
// day, and whether it has one.
func resolveBy(v values, on string) (calendar.Deadline, bool) {
	p := PetitionOf(v)
	if !ended(v, on) {
		p.EndedOn = ""
	}
	for _, d := range p.Deadlines(calendar.Holidays{}) { // the term is in calendar days: no holiday moves it
		if d.Step == calendar.Resolve {
			return d, true
		}
	}
	return calendar.Deadline{}, false
}

// PetitionOf reads of the fields of a petition what its deadlines follow from.
func PetitionOf(field func(string) ledger.Value) calendar.Petition {
	v := values(field)
	day := func(field string) calendar.Day { return calendar.Day(v.text(field)) }
	p := calendar.Petition{
		Class: calendar.Class(v.text("class")), Second: v.text("instance") == "second", Complex: v.is("complex"), Remote: v.is("remote"),
		Extensions: int(v.number("extensions")), Deadline: day("deadline"), ReceivedOn: day("receivedOn"), AcceptedOn: day("acceptedOn"),
		AnsweredOn: cmp.Or(day("acceptedOn"), day("declinedOn"), day("guidedOn"), day("transferredOn")), EndedOn: calendar.Day(endedOn(v)),
	}
	for pause := range v("suspensions").Elements() {
		member := func(name string) calendar.Day {
			value, _ := pause.Get(name)
			text, _ := value.Text()
			return calendar.Day(text)
		}
		p.Pauses = append(p.Pauses, calendar.Span{From: member("from"), To: member("to")})
	}
	return p
}

func yesterday(d string) string { return string(calendar.Day(d).AddDays(-1)) }

// activities tells what was done beside gifts, houses and meetings with voters.
func (p period) activities() []measure {
	return []measure{
		p.during(form.KindActivity, "date", "activities", "Hoạt động đã tổ chức, tham gia", "hoạt động"),
		p.during(form.KindActivity, "date", "activities.reached", "Lượt người tham gia các hoạt động", "lượt người").summing("reached"),
	}
}
