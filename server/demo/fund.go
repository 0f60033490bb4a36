package demo

import (
	"fmt"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// fund plans the entries of the fund's book.
type fund struct {
	*planner
	proofs int // how many were numbered so far
}

// entries raise what the report says in the villages and at the desk, and spend
// the rest of it at the desk.
func (p *fund) entries() {
	const incomes, expenses = 42, 14
	raised := printed("fund.raised")
	amounts := p.amounts(raised, incomes, 100_000, 2_600_000)
	for i, amount := range amounts {
		year := firstYear + i%5
		date := p.between(fmt.Sprintf("%d-01-15", year), fmt.Sprintf("%d-12-20", year))
		set := p.entry(date, form.FundIn, amount, "Ủng hộ quỹ")
		if i%6 == 0 {
			p.create(date, Desk, p.commune, form.KindFund, set.with(fields{"purpose": ledger.Text("Lãi tiền gửi, ủng hộ qua tài khoản")}))
			continue
		}
		village := i % len(p.villages)
		phone, unit := p.phoneIn(village), p.villages[village]
		set["party"] = ledger.Text(fmt.Sprintf("Người ủng hộ mẫu %03d", i+1))
		switch i {
		case 5, 14, 23: // both phones record the same transfer
			set["bankTransaction"] = ledger.Text(fmt.Sprintf("GDMAU%05d", i))
			p.repeat(p.create(date, phone, unit, form.KindFund, set), date, other(phone), unit, form.KindFund, set)
		case 8, 26: // a zero too many, found when the sum was read out
			p.reversed(date, phone, unit, set, amount)
		case 16: // the server refuses an amount of nothing
			p.add(date, Act{
				Phone: phone, Unit: unit, Kind: form.KindFund, New: true, Refused: form.FaultSmall,
				Set: set.with(fields{"amountVnd": ledger.Int(0)}), Mend: set,
			})
		default:
			p.create(date, phone, unit, form.KindFund, set)
		}
	}
	for i, amount := range p.amounts(raised-printed("fund.balance"), expenses, 600_000, 3_000_000) {
		date := p.between(fmt.Sprintf("%d-02-10", firstYear+i%5), fmt.Sprintf("%d-12-20", firstYear+i%5))
		if i == expenses-1 {
			date = "2024-04-11" // on the very day of the report
		}
		set := p.entry(date, form.FundOut, amount, "Hỗ trợ hộ khó khăn")
		if i == 3 {
			p.reversed(date, Desk, p.commune, set, amount)
			continue
		}
		p.create(date, Desk, p.commune, form.KindFund, set)
	}
	// After the report: they must not count.
	p.create("2024-05-14", 4, p.villages[2], form.KindFund, p.entry("2024-05-14", form.FundIn, 700_000, "Ủng hộ quỹ"))
	p.create("2024-08-20", Desk, p.commune, form.KindFund, p.entry("2024-08-20", form.FundOut, 900_000, "Hỗ trợ hộ khó khăn"))
}

// amounts divides a total into round thousands, and leaves the odd rest to the
// first.
func (p *fund) amounts(total int64, n int, low, high int64) []int64 {
	const round = 1000
	list := p.shares(total/round, n, low/round, high/round)
	for i := range list {
		list[i] *= round
	}
	list[0] += total % round
	return list
}

// entry has its own proof.
func (p *fund) entry(date, direction string, amount int64, purpose string) fields {
	p.proofs++
	proof := "PT"
	if direction == form.FundOut {
		proof = "PC"
	}
	return fields{
		"direction": ledger.Text(direction), "date": ledger.Text(date), "amountVnd": ledger.Int(amount),
		"purpose": ledger.Text(purpose), "proofNumber": ledger.Text(fmt.Sprintf("%s-%03d", proof, p.proofs)),
	}
}

// reversed writes an entry with a zero too many, tries to change it, which no
// entry allows, reverses it, and writes the right one. Both have the same
// proof, so that the right one looks like a copy, but is not one.
func (p *fund) reversed(date string, phone int, unit ledger.UnitID, set fields, amount int64) {
	slip := set.with(fields{"amountVnd": ledger.Int(amount * 10)})
	wrong := p.create(date, phone, unit, form.KindFund, slip)
	direction := form.FundOut
	if set["direction"] == ledger.Text(form.FundOut) {
		direction = form.FundIn
	}
	p.add(date, Act{Phone: phone, Unit: unit, Record: wrong.Record, Kind: form.KindFund, Set: fields{"amountVnd": ledger.Int(amount)}, Refused: form.FaultWriteOnce})
	back := p.entry(date, direction, amount*10, "Đảo khoản ghi thừa một số không")
	back["reverses"] = ledger.Ref{Record: wrong.Record}.Value()
	p.create(date, phone, unit, form.KindFund, back)
	p.create(date, phone, unit, form.KindFund, set)
}
