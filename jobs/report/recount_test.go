package report_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// kept is what the test itself remembers of a record.
type kept struct {
	kind           ledger.Kind
	date, second   string // the days that decide
	choice         string // status, type or direction
	number, more   int64
	approx, gone   bool // approx of a house: the day of acceptance is not written down; of the fund: it is the opening balance
	reverses, used int  // of the fund: the entry that it cancels, and whether one cancels it; -1 is none
}

// TestEveryFigureEqualsARecount draws records of every kind, counts them in the
// plainest way there is, and compares all 18 figures.
func TestEveryFigureEqualsARecount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.state(village1)
		var list []*kept
		day := func(label string) string {
			return fmt.Sprintf("%d-%02d-%02d", rapid.IntRange(2018, 2024).Draw(t, label), rapid.IntRange(1, 12).Draw(t, label), rapid.IntRange(1, 28).Draw(t, label))
		}
		for i := range rapid.IntRange(0, 40).Draw(t, "records") {
			k := &kept{date: day("day"), number: rapid.Int64Range(1, 1000).Draw(t, "number"), reverses: -1, used: -1}
			id, set := byte(i+1), ""
			switch k.kind = rapid.SampledFrom([]ledger.Kind{form.KindMeeting, form.KindFund, form.KindHouse, form.KindGift, form.KindReception, form.KindPetition}).Draw(t, "kind"); k.kind {
			case form.KindMeeting:
				k.more, k.approx = rapid.Int64Range(0, 50).Draw(t, "opinions"), rapid.Bool().Draw(t, "about")
				set = fmt.Sprintf(`"date":%q,"level":"commune","place":"Nhà văn hóa","attendance":%d,"opinions":%d,"opinionsApprox":%t`, k.date, k.number, k.more, k.approx)
			case form.KindFund:
				k.choice = rapid.SampledFrom([]string{form.FundIn, form.FundOut}).Draw(t, "direction")
				more := ""
				for j, entry := range list {
					if entry.kind == form.KindFund && entry.reverses < 0 && entry.used < 0 && rapid.IntRange(0, 3).Draw(t, "cancels") == 0 {
						k.reverses, entry.used, k.number = j, i, entry.number
						k.choice = map[string]string{form.FundIn: form.FundOut, form.FundOut: form.FundIn}[entry.choice]
						more = fmt.Sprintf(`,"purpose":"Ghi sai","reverses":%q`, recordID(byte(j+1)))
						break
					}
				}
				if k.approx = k.choice == form.FundIn && more == "" && rapid.IntRange(0, 3).Draw(t, "opening") == 0; k.approx {
					more = `,"opening":true`
				}
				set = fmt.Sprintf(`"date":%q,"direction":%q,"amountVnd":%d`, k.date, k.choice, k.number) + more
			case form.KindHouse:
				k.choice = rapid.SampledFrom([]string{form.HouseBuilding, form.HouseAccepted, form.HouseHandedOver}).Draw(t, "status")
				k.second, k.more = day("handed over"), rapid.Int64Range(0, 1000).Draw(t, "second source")
				set = fmt.Sprintf(`"household":%q,"program":"greatUnity","work":"new","status":%q,"handedOverOn":%q,"sources":[{"name":"A","amountVnd":%d,"form":"cash"},{"name":"B","amountVnd":%d,"form":"labour"}]`,
					recordID(99), k.choice, k.second, k.number, k.more)
				if k.approx = k.choice == form.HouseHandedOver && rapid.Bool().Draw(t, "acceptance left out"); !k.approx {
					set += fmt.Sprintf(`,"acceptedOn":%q`, k.date)
				}
			case form.KindGift:
				set = fmt.Sprintf(`"date":%q,"quantity":%d,"recipientName":"Người nhận mẫu"`, k.date, k.number)
			case form.KindReception:
				k.choice = rapid.SampledFrom([]string{form.ReceptionRegular, form.ReceptionLeader}).Draw(t, "type")
				set = fmt.Sprintf(`"date":%q,"type":%q,"class":"feedback","citizenName":"Công dân mẫu","content":"Nội dung mẫu"`, k.date, k.choice)
			case form.KindPetition:
				k.choice = rapid.SampledFrom([]string{form.PetitionReceived, form.PetitionSuspended, form.PetitionResolved}).Draw(t, "status")
				k.second = day("resolved")
				set = fmt.Sprintf(`"receivedOn":%q,"class":"proposal","content":"Nội dung mẫu","status":%q,"resolvedOn":%q`, k.date, k.choice, k.second)
			}
			w.edit(village1, k.kind, id, set)
			if k.reverses < 0 && rapid.IntRange(0, 5).Draw(t, "removed") == 0 {
				w.remove(village1, k.kind, id)
				k.gone = true
			}
			list = append(list, k)
		}
		unit := w.member(village1)
		unit.To = day("the unit's last")
		want := recountAll(list, unit.To)
		for _, f := range report.Figures([]report.Member{unit}, term) {
			if f.Value != want[f.ID] {
				t.Fatalf("%s = %d, a recount gives %d", f.ID, f.Value, want[f.ID])
			}
			if f.Records != len(f.Behind) {
				t.Fatalf("%s counts %d records, and names %d", f.ID, f.Records, len(f.Behind))
			}
		}
	})
}

// recountAll goes through the records with the words of the figures in hand. last
// is the last day of their unit.
func recountAll(list []*kept, last string) map[string]int64 {
	const told = "2024-04-11"
	n := map[string]int64{}
	in := func(d string) bool { return "2019-01-01" <= d && d <= min(told, last) }
	cancelled := func(k *kept) bool {
		return k.used >= 0 && !list[k.used].gone && list[k.used].date <= told
	}
	for _, k := range list {
		if k.gone {
			continue
		}
		switch k.kind {
		case form.KindMeeting:
			if in(k.date) {
				n["meetings"]++
				n["meetings.attendance"] += k.number
				n["meetings.opinions"] += k.more
			}
		case form.KindFund:
			if k.choice == form.FundIn && !k.approx && k.reverses < 0 && !cancelled(k) && in(k.date) && k.date <= "2023-12-31" {
				n["fund.raised"] += k.number
			}
			if k.date > told {
				continue
			}
			entry := k
			if k.reverses >= 0 { // counts if what it cancels does, and was there by then
				entry = list[k.reverses]
			}
			if entry.gone || entry.date > told || entry.date > last {
				continue
			}
			if k.choice == form.FundIn {
				n["fund.balance"] += k.number
			} else {
				n["fund.balance"] -= k.number
			}
		case form.KindHouse:
			done := k.date
			if k.choice == form.HouseHandedOver && k.approx {
				done = k.second
			}
			if k.choice != form.HouseBuilding && in(done) {
				n["houses"]++
				n["houses.support"] += k.number + k.more
			}
		case form.KindGift:
			if in(k.date) {
				n["gifts"] += k.number
				n["gifts."+k.date[:4]] += k.number
			}
		case form.KindReception:
			if in(k.date) {
				n["receptions"]++
				n["receptions."+k.choice]++
			}
		case form.KindPetition:
			if in(k.date) {
				n["petitions"]++
			}
			if k.date <= min(told, last) && (k.choice != form.PetitionResolved || k.second > told) {
				n["petitions.open"]++ // whenever it was received
			}
		}
	}
	return n
}
