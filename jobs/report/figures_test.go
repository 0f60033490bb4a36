package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func TestTermFiguresAreThoseOfTheReport(t *testing.T) {
	var got []string
	for _, f := range report.Figures(nil, term) {
		got = append(got, fmt.Sprintf("%s %s %s%s", f.ID, f.Unit, f.Period, f.AsOf))
		if f.Label == "" || f.Value != 0 || f.Records != 0 || len(f.Behind) != 0 || f.Approx || f.Touched {
			t.Errorf("of no records: %+v", f)
		}
	}
	want := []string{
		"meetings đợt 2019-2024", "meetings.attendance lượt cử tri 2019-2024", "meetings.opinions ý kiến 2019-2024",
		"fund.raised đ 2019-2023", "fund.balance đ 2024-04-11", "houses căn 2019-2024", "houses.support đ 2019-2024",
		"gifts suất 2019-2024", "gifts.2019 suất 2019", "gifts.2020 suất 2020", "gifts.2021 suất 2021", "gifts.2022 suất 2022",
		"gifts.2023 suất 2023", "receptions lượt 2019-2024", "receptions.regular lượt 2019-2024", "receptions.leader lượt 2019-2024",
		"petitions đơn 2019-2024", "petitions.open đơn 2024-04-11",
	}
	if !slices.Equal(got, want) {
		t.Errorf("figures:\n%q\nwant\n%q", got, want)
	}
	if all := report.Figures(nil, calendar.Term(2026, 2026, "2026-12-31")); find(t, all, "gifts.2026").Period != "2026" || find(t, all, "gifts").Period != "2026" {
		t.Error("a term of one full year has that year")
	}
	for _, test := range []struct{ asOf, raised, last string }{
		{"2024-12-30", "2019-2023", "gifts.2023"},
		{"2024-12-31", "2019-2024", "gifts.2024"},
		{"2025-03-01", "2019-2024", "gifts.2024"},
		{"2022-06-01", "2019-2021", "gifts.2021"},
		{"2019-06-01", "2019", "gifts.2019"},
	} {
		last := ""
		all := report.Figures(nil, calendar.Term(2019, 2024, calendar.Day(test.asOf)))
		for _, f := range all {
			if strings.HasPrefix(f.ID, "gifts.") {
				last = f.ID
			}
		}
		if raised := find(t, all, "fund.raised").Period; raised != test.raised || last != test.last {
			t.Errorf("as of %s: raised in %s, the last year is %s", test.asOf, raised, last)
		}
	}
}

// An entry that is reversed after its unit has come to an end was not raised,
// and is not left either.
func TestReversedAfterTheUnit(t *testing.T) {
	w := newWorld(t)
	w.entry(1, "2023-03-01", "in", 1_000, 0)
	w.entry(2, "2024-02-01", "out", 1_000, 1)
	unit := w.member(village1)
	unit.To = "2023-12-31"
	figures := report.Figures([]report.Member{unit}, term)
	if raised, balance := find(t, figures, "fund.raised").Value, find(t, figures, "fund.balance").Value; raised != 0 || balance != 0 {
		t.Errorf("raised %d, left %d", raised, balance)
	}
}

// Each case compares the ledgers with a figure and the records behind it.
func TestFigures(t *testing.T) {
	const house = `"household":"01970000-0000-7000-8000-000000000001","program":"greatUnity","work":"new",`
	petition := func(status, rest string) string {
		return `"class":"proposal","content":"Nội dung mẫu","receivedOn":"2023-02-01","status":"` + status + `"` + rest
	}
	for _, test := range []struct {
		name    string
		build   func(w *world)
		figure  string
		value   int64
		approx  bool
		touched bool
		records []ledger.Ref
	}{
		{"meetings from the first day to the day of the report", func(w *world) {
			for i, date := range []string{"2018-12-31", "2019-01-01", "2024-04-11", "2024-04-12"} {
				w.edit(village1, form.KindMeeting, byte(i+1), `"date":"`+date+`","level":"commune","place":"Nhà văn hóa"`)
			}
		}, "meetings", 2, false, false, refs(ref(village1, 2), ref(village1, 3))},
		{"attendance", func(w *world) {
			w.edit(village1, form.KindMeeting, 1, `"date":"2020-05-05","level":"commune","place":"Nhà văn hóa","attendance":120`)
			w.edit(village2, form.KindMeeting, 1, `"date":"2020-05-05","level":"commune","place":"Sân trường"`)
		}, "meetings.attendance", 120, false, false, refs(ref(village1, 1), ref(village2, 1))},
		{"one approximate number makes the sum approximate", func(w *world) {
			w.edit(village1, form.KindMeeting, 1, `"date":"2020-05-05","level":"commune","place":"A","opinions":30,"opinionsApprox":true`)
			w.edit(village1, form.KindMeeting, 2, `"date":"2021-05-05","level":"commune","place":"B","opinions":7`)
		}, "meetings.opinions", 37, true, false, refs(ref(village1, 1), ref(village1, 2))},
		{"a reversed entry and its reversal are not raised", func(w *world) {
			w.entry(1, "2019-03-01", "in", 5_000_000, 0)
			w.entry(2, "2019-03-02", "out", 5_000_000, 1)
			w.entry(3, "2019-03-02", "in", 500_000, 0)
			w.entry(4, "2020-01-02", "out", 100_000, 0)
			w.entry(5, "2020-01-03", "in", 100_000, 4)
			w.entry(6, "2024-01-03", "in", 9, 0)
		}, "fund.raised", 500_000, false, false, refs(ref(village1, 3))},
		{"an opening balance was not raised", func(w *world) {
			w.edit(village1, form.KindFund, 1, `"date":"2019-01-01","direction":"in","amountVnd":7000,"opening":true`)
			w.entry(2, "2019-03-02", "in", 5_000, 0)
		}, "fund.raised", 5_000, false, false, refs(ref(village1, 2))},
		{"an opening balance is left", func(w *world) {
			w.edit(village1, form.KindFund, 1, `"date":"2019-01-01","direction":"in","amountVnd":7000,"opening":true`)
			w.entry(2, "2019-03-02", "out", 5_000, 0)
		}, "fund.balance", 2_000, false, false, refs(ref(village1, 1), ref(village1, 2))},
		{"the balance takes all that came in and went out", func(w *world) {
			w.entry(1, "2017-03-01", "in", 1_000, 0)
			w.entry(2, "2019-03-02", "in", 5_000, 0)
			w.entry(3, "2019-03-03", "out", 5_000, 2)
			w.entry(4, "2024-04-11", "out", 300, 0)
			w.entry(5, "2024-04-12", "out", 500, 0)
		}, "fund.balance", 700, false, false, refs(ref(village1, 1), ref(village1, 2), ref(village1, 3), ref(village1, 4))},
		{"the reversal of a copy takes nothing from what counts", func(w *world) {
			w.entry(1, "2019-03-01", "in", 5_000, 0)
			w.entry(2, "2019-03-01", "in", 5_000, 0)
			w.entry(3, "2019-03-02", "out", 5_000, 2)
			w.link(village1, form.KindFund, 2, own(1))
		}, "fund.balance", 5_000, false, false, refs(ref(village1, 1))},
		{"a reversal made after the report does not reach back", func(w *world) {
			w.entry(1, "2019-03-01", "in", 5_000, 0)
			w.entry(2, "2024-05-01", "out", 5_000, 1)
		}, "fund.raised", 5_000, false, false, refs(ref(village1, 1))},
		{"houses accepted, or handed over where no acceptance is known", func(w *world) {
			w.edit(village1, form.KindHouse, 1, house+`"status":"handedOver","handedOverOn":"2020-01-20"`)
			w.edit(village1, form.KindHouse, 2, house+`"status":"accepted","acceptedOn":"2021-01-20"`)
			w.edit(village1, form.KindHouse, 3, house+`"status":"building","startedOn":"2021-01-20"`)
			w.edit(village1, form.KindHouse, 4, house+`"status":"handedOver","acceptedOn":"2024-04-01","handedOverOn":"2024-05-01"`)
			w.edit(village1, form.KindHouse, 5, house+`"status":"handedOver","acceptedOn":"2018-12-01","handedOverOn":"2019-01-20"`)
		}, "houses", 3, false, false, refs(ref(village1, 1), ref(village1, 2), ref(village1, 4))},
		{"all sources of a house", func(w *world) {
			w.edit(village1, form.KindHouse, 1, house+`"status":"handedOver","handedOverOn":"2020-01-20","sources":[{"name":"Quỹ mẫu","amountVnd":40000000,"form":"cash"},{"name":"Bà con","amountVnd":10000000,"form":"labour"}]`)
		}, "houses.support", 50_000_000, false, false, refs(ref(village1, 1))},
		{"gifts of the term", func(w *world) {
			w.gift(village1, 1, "2018-12-31", 100)
			w.gift(village1, 2, "2019-01-01", 3)
			w.gift(village2, 1, "2023-12-31", 4)
			w.gift(village2, 2, "2024-04-11", 2)
			w.gift(village2, 3, "2024-04-12", 100)
		}, "gifts", 9, false, false, refs(ref(village1, 2), ref(village2, 1), ref(village2, 2))},
		{"gifts of a year", func(w *world) {
			w.gift(village1, 1, "2018-12-31", 100)
			w.gift(village1, 2, "2019-12-31", 3)
			w.gift(village1, 3, "2020-01-01", 100)
		}, "gifts.2019", 3, false, false, refs(ref(village1, 2))},
		{"receptions by who received", func(w *world) {
			w.edit(village1, form.KindReception, 1, `"date":"2020-02-02","type":"leader","class":"feedback","citizenName":"Công dân mẫu","content":"Nội dung mẫu"`)
			w.edit(village1, form.KindReception, 2, `"date":"2020-02-02","type":"regular","class":"feedback","citizenName":"Công dân mẫu","content":"Nội dung mẫu"`)
		}, "receptions.leader", 1, false, false, refs(ref(village1, 1))},
		{"open petitions: not ended by then", func(w *world) {
			w.edit(village1, form.KindPetition, 1, petition("received", ""))
			w.edit(village1, form.KindPetition, 2, petition("resolved", `,"resolvedOn":"2024-04-11"`))
			w.edit(village1, form.KindPetition, 3, petition("resolved", `,"resolvedOn":"2024-04-12"`))
			w.edit(village1, form.KindPetition, 4, petition("transferred", `,"transferredOn":"2023-02-03"`))
			w.edit(village1, form.KindPetition, 5, petition("suspended", `,"suspensions":[{"from":"2023-03-01"}]`))
			w.edit(village1, form.KindPetition, 6, petition("withdrawn", ""))
		}, "petitions.open", 4, false, false, refs(ref(village1, 1), ref(village1, 3), ref(village1, 5), ref(village1, 6))},
		{"open petitions: also those of an earlier period", func(w *world) {
			for i, date := range []string{"2018-02-01", "2023-02-01", "2024-04-12"} {
				w.edit(village1, form.KindPetition, byte(i+1), `"class":"proposal","content":"Nội dung mẫu","status":"received","receivedOn":"`+date+`"`)
			}
		}, "petitions.open", 2, false, false, refs(ref(village1, 1), ref(village1, 2))},
		{"what was removed or returned does not count", func(w *world) {
			w.gift(village1, 1, "2019-05-01", 1)
			w.gift(village1, 2, "2019-05-01", 2)
			w.gift(village1, 3, "2019-05-01", 4)
			w.gift(village1, 4, "2019-05-01", 8)
			w.remove(village1, form.KindGift, 1)
			w.giveBack(village1, form.KindGift, 2)
			w.giveBack(village1, form.KindGift, 3)
			w.edit(village1, form.KindGift, 3, `"signedFor":true`)
		}, "gifts", 12, false, false, refs(ref(village1, 3), ref(village1, 4))},
		{"a conflict counts with what is shown, and touches", func(w *world) {
			w.gift(village1, 1, "2019-05-01", 1)
			w.edit2(village1, form.KindGift, 1, `"quantity":2`, `"quantity":3`)
		}, "gifts", 3, false, true, refs(ref(village1, 1))},
		{"a conflict about something else does not touch", func(w *world) {
			w.gift(village1, 1, "2019-05-01", 1)
			w.edit2(village1, form.KindGift, 1, `"valueVnd":2000`, `"valueVnd":3000`)
		}, "gifts", 1, false, false, refs(ref(village1, 1))},
		{"a record that another date would bring in touches", func(w *world) {
			w.gift(village1, 1, "2018-05-01", 1)
			w.edit2(village1, form.KindGift, 1, `"date":"2019-05-01"`, `"date":"2018-05-02"`)
		}, "gifts.2019", 0, false, true, nil},
		{"a record that is outside either way does not touch", func(w *world) {
			w.gift(village1, 1, "2018-05-01", 1)
			w.edit2(village1, form.KindGift, 1, `"quantity":5`, `"quantity":6`)
		}, "gifts", 0, false, false, nil},
		{"a removal against an edit counts, and touches", func(w *world) {
			w.gift(village1, 1, "2019-05-01", 1)
			w.say(village1, "phone1", 1, form.KindGift, recordID(1), ledger.ActionRemove, `"x":0`)
			w.say(village1, "phone2", 1, form.KindGift, recordID(1), ledger.ActionEdit, `"set":{"signedFor":true}`)
		}, "gifts", 1, false, true, refs(ref(village1, 1))},
		{"a resolution ends it", func(w *world) {
			w.gift(village1, 1, "2019-05-01", 1)
			w.edit2(village1, form.KindGift, 1, `"quantity":2`, `"quantity":3`)
			w.act(village1, form.KindGift, 1, ledger.ActionResolve, `"field":"quantity","value":2,"sees":["2.0","3.0"]`)
		}, "gifts", 2, false, false, refs(ref(village1, 1))},
		{"a return that only one of two reviewers made touches", func(w *world) {
			w.gift(village1, 1, "2019-05-01", 1)
			w.say(village1, "desk1", 1, form.KindGift, recordID(1), ledger.ActionReview, `"state":"approved"`)
			w.say(village1, "desk2", 1, form.KindGift, recordID(1), ledger.ActionReview, `"state":"returned","note":"Xin xem lại."`)
		}, "gifts", 0, false, true, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			test.build(w)
			f := w.figure(test.figure)
			if f.Value != test.value || f.Approx != test.approx || f.Touched != test.touched {
				t.Errorf("%s = %d, approx %v, touched %v; want %d, %v, %v", f.ID, f.Value, f.Approx, f.Touched, test.value, test.approx, test.touched)
			}
			if !slices.Equal(f.Behind, test.records) {
				t.Errorf("%s is made of %v; want %v", f.ID, f.Behind, test.records)
			}
		})
	}
}

// A house is counted in one of two halves that follow each other, whatever
// becomes of it between their reports.
func TestHouseCountsOnce(t *testing.T) {
	rule := calendar.DefaultRule()
	w := newWorld(t)
	w.edit(village1, form.KindHouse, 1, `"household":"`+recordID(50).String()+`","program":"gratitude","work":"new","status":"accepted","acceptedOn":"2021-06-01"`)
	first := find(t, report.Figures(w.members(), rule.FirstHalf(2021)), "houses").Value
	w.edit(village1, form.KindHouse, 1, `"status":"handedOver","handedOverOn":"2021-07-10"`)
	second := find(t, report.Figures(w.members(), rule.SecondHalf(2021)), "houses").Value
	if first != 1 || second != 0 {
		t.Errorf("counted %d and %d times", first, second)
	}
}
