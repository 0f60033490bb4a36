package demo

import (
	"fmt"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// communeHall is where voters meet at the commune.
var communeHall = ledger.Text("Hội trường xã mẫu")

// villageHall is where they meet in a village.
func villageHall(village int) ledger.Value {
	return ledger.Text(fmt.Sprintf("Nhà văn hóa thôn mẫu %d", village+1))
}

// houses builds fifteen, and four that do not count: one in work, one given up,
// one handed over when the report was out, one that both phones of a village
// list.
func (p *planner) houses() {
	count, total := int(printed("houses")), printed("houses.support")/1_000_000
	for i, million := range p.shares(total, count, 40, 70) {
		village := i % len(p.villages)
		unit, phone := p.villages[village], p.phoneIn(village)
		start := p.between(fmt.Sprintf("%d-07-03", firstYear+i%4), fmt.Sprintf("%d-08-25", firstYear+i%4))
		finished, over := p.dayIn(monthOf(start)+2), p.dayIn(monthOf(start)+3)
		plan := p.house(village, i, start)
		ref := p.create(start, phone, unit, form.KindHouse, plan)
		whole := fields{"sources": sources(million), "hardFloor": ledger.Bool(true), "hardFrame": ledger.Bool(true), "hardRoof": ledger.Bool(true)}
		end := fields{"status": ledger.Text(form.HouseHandedOver), "acceptedOn": ledger.Text(finished), "handedOverOn": ledger.Text(over)}
		if i == 4 { // inspected, and to be handed over on a day that is yet to be named
			end = fields{"status": ledger.Text(form.HouseAccepted), "acceptedOn": ledger.Text(finished)}
		}
		p.edit(over, phone, ref, form.KindHouse, whole.with(end))
		switch i {
		case 2, 9: // both phones list it, the other one when it is finished
			p.repeat(ref, over, other(phone), unit, form.KindHouse, plan.with(whole).with(end))
		case 6, 11: // both phones correct what it cost
			p.disagree(p.later(monthOf(over)), ref, form.KindHouse, fields{"sources": sources(million)}, fields{"sources": sources(million + 5)})
		}
	}
	for i, end := range []fields{
		{"status": ledger.Text(form.HouseBuilding)},
		{"status": ledger.Text(form.HouseCancelled)},
		{"status": ledger.Text(form.HouseHandedOver), "handedOverOn": ledger.Text("2024-06-12")},
	} {
		plan := p.house(i, 20, "2024-03-01").with(fields{"sources": sources(50)})
		ref := p.create("2024-03-01", 2*i, p.villages[i], form.KindHouse, plan)
		p.edit("2024-06-15", 2*i, ref, form.KindHouse, end)
	}
}

func (p *planner) house(village, number int, start string) fields {
	return fields{
		"household": p.homes[village][number].ref.Value(), "program": ledger.Text("greatUnity"), "work": ledger.Text("new"),
		"status": ledger.Text(form.HouseBuilding), "startedOn": ledger.Text(start), "areaM2": ledger.Int(int64(36 + 2*(number%7))),
	}
}

// sources of a house that cost that many million.
func sources(million int64) ledger.Value {
	labour, kind := million/5, million/10
	list := ledger.Value("[")
	for i, source := range []struct {
		name, form string
		million    int64
	}{{"Quỹ vì người nghèo cấp trên (mẫu)", "cash", million - labour - kind}, {"Nhà hảo tâm mẫu", "kind", kind}, {"Bà con trong thôn", "labour", labour}} {
		if i > 0 {
			list += ","
		}
		list += `{"amountVnd":` + ledger.Int(source.million*1_000_000) + `,"form":` + ledger.Text(source.form) + `,"name":` + ledger.Text(source.name) + `}`
	}
	return list + "]"
}

// meetings are held at the commune, which the desk records, and in villages.
func (p *planner) meetings() {
	count := int(printed("meetings"))
	attendance, opinions := p.shares(printed("meetings.attendance"), count, 120, 330), p.shares(printed("meetings.opinions"), count, 12, 40)
	levels := []string{form.LevelCommune, form.LevelDistrict, form.LevelProvince, form.LevelNational}
	for i := range count {
		date := p.dayIn(5*i + 2) // twice a year and more, until March 2024
		set := fields{
			"date": ledger.Text(date), "level": ledger.Text(levels[i%4]), "place": communeHall,
			"attendance": ledger.Int(attendance[i]), "opinions": ledger.Int(opinions[i]), "opinionsApprox": ledger.Bool(i%4 == 1),
		}
		if i%3 != 0 {
			p.create(date, Desk, p.commune, form.KindMeeting, set)
			continue
		}
		village := (i + 1) % len(p.villages)
		phone, unit := p.phoneIn(village), p.villages[village]
		set["place"] = villageHall(village)
		ref := p.create(date, phone, unit, form.KindMeeting, set)
		switch i {
		case 3, 9: // two villages meet together, and both record it
			next := (village + 1) % len(p.villages)
			p.repeat(ref, date, p.phoneIn(next), p.villages[next], form.KindMeeting, set)
		case 6:
			p.disagree(p.later(monthOf(date)), ref, form.KindMeeting, fields{"attendance": set["attendance"]}, fields{"attendance": ledger.Int(attendance[i] + 40)})
		}
	}
	p.create("2024-10-09", Desk, p.commune, form.KindMeeting, fields{
		"date": ledger.Text("2024-10-09"), "level": ledger.Text(form.LevelCommune), "place": communeHall, "attendance": ledger.Int(90), "opinions": ledger.Int(11),
	})
}

// matters plans what citizens bring.
type matters struct {
	*planner
	citizens int // how many were named so far
}

// citizen names somebody new.
func (p *matters) citizen() fields {
	p.citizens++
	return fields{"citizenName": ledger.Text(fmt.Sprintf("Công dân mẫu %03d", p.citizens)), "citizenAddress": ledger.Text("Thôn mẫu")}
}

// matter is what a citizen says; no two say the same.
func (p *matters) matter(about string) fields {
	return fields{"content": ledger.Text(fmt.Sprintf("%s (việc mẫu số %d)", about, p.citizens))}
}

var subjects = []struct{ class, about string }{
	{form.ClassProposal, "Đề nghị sửa đường vào thôn"},
	{form.ClassFeedback, "Phản ánh nước sinh hoạt yếu"},
	{form.ClassProposal, "Hỏi về chế độ hỗ trợ hộ nghèo"},
	{form.ClassComplaint, "Không đồng ý với kết quả rà soát hộ"},
	{form.ClassFeedback, "Phản ánh đèn đường hỏng"},
}

// receptions by the officer on duty and by leaders, at the commune and in
// villages.
func (p *matters) receptions() {
	regular := int(printed("receptions.regular"))
	count := regular + int(printed("receptions.leader"))
	for i := range count {
		by := form.ReceptionRegular
		if i >= regular {
			by = form.ReceptionLeader
		}
		date := p.between("2019-02-11", "2024-04-10")
		if i < 12 { // early enough for what follows
			date = p.between("2020-02-11", "2022-11-10")
		}
		subject := subjects[i%len(subjects)]
		set := p.citizen().with(p.matter(subject.about)).with(fields{
			"date": ledger.Text(date), "type": ledger.Text(by), "class": ledger.Text(subject.class), "groupSize": ledger.Int(1),
		})
		if i >= 12 && i%5 < 2 {
			p.create(date, Desk, p.commune, form.KindReception, set)
			continue
		}
		village := i % len(p.villages)
		phone, unit := p.phoneIn(village), p.villages[village]
		switch {
		case i == 0: // only its author and the desk may ever see it
			p.create(date, phone, unit, form.KindReception, set.with(fields{"class": ledger.Text(form.ClassDenunciation)}))
		case i < 5: // both phones record it
			p.repeat(p.create(date, phone, unit, form.KindReception, set), date, other(phone), unit, form.KindReception, set)
		case i < 8: // it was a leader after all, says the one; it was not, says the other
			wrong := form.ReceptionLeader
			ref := p.create(date, phone, unit, form.KindReception, set.with(fields{"type": ledger.Text(wrong)}))
			p.disagree(p.later(monthOf(date)), ref, form.KindReception, fields{"type": ledger.Text(by)}, fields{"type": ledger.Text(wrong), "visit": ledger.Text("repeat")})
		case i < 10:
			p.add(date, Act{
				Phone: phone, Unit: unit, Kind: form.KindReception, New: true, Refused: form.FaultPhone,
				Set: set.with(fields{"citizenPhone": ledger.Text("12345")}), Mend: set,
			})
		default:
			p.create(date, phone, unit, form.KindReception, set)
		}
	}
	for village := range 2 {
		set := p.citizen().with(p.matter(subjects[0].about)).with(fields{
			"date": ledger.Text("2024-09-17"), "type": ledger.Text(form.ReceptionRegular), "class": ledger.Text(form.ClassProposal),
		})
		p.create("2024-09-17", 2*village, p.villages[village], form.KindReception, set)
	}
}

// petitions all come to an end before the report.
func (p *matters) petitions() {
	for i := range int(printed("petitions")) {
		received := p.between("2019-02-11", "2023-12-20")
		if i < 8 { // early enough for what follows
			received = p.between("2019-08-01", "2022-05-20")
		}
		subject := subjects[i%len(subjects)]
		set := p.citizen().with(p.matter(subject.about)).with(fields{
			"receivedOn": ledger.Text(received), "class": ledger.Text(subject.class), "status": ledger.Text(form.PetitionReceived),
		})
		village := i % len(p.villages)
		phone, unit := p.phoneIn(village), p.villages[village]
		if i >= 8 && i%3 == 0 {
			phone, unit = Desk, p.commune
		}
		month := monthOf(received)
		write := func(set fields) ledger.Ref { return p.create(received, phone, unit, form.KindPetition, set) }
		switch {
		case i == 0: // it turns out to be a denunciation: from then on the other phone has it no more
			ref := write(set)
			p.edit(p.later(month), phone, ref, form.KindPetition, fields{"class": ledger.Text(form.ClassDenunciation)})
			p.resolve(ref, phone, month+2*half)
		case i == 1:
			p.resolve(write(set.with(fields{"class": ledger.Text(form.ClassDenunciation)})), phone, month+1)
		case i < 5: // one phone knows that it was passed on, the other that it was taken on
			ref, later := write(set), p.later(month)
			p.disagree(later, ref, form.KindPetition,
				fields{"status": ledger.Text(form.PetitionTransferred), "transferredOn": ledger.Text(later), "transferredTo": ledger.Text("Cơ quan mẫu")},
				fields{"status": ledger.Text(form.PetitionAccepted), "acceptedOn": ledger.Text(later)})
		case i < 7: // both phones record it
			ref := write(set)
			p.repeat(ref, received, other(phone), unit, form.KindPetition, set)
			p.resolve(ref, phone, month+1)
		case i == 7: // its end is written without a day, and refused
			ref, date := write(set), p.dayIn(month+1)
			p.add(date, Act{
				Phone: phone, Unit: unit, Record: ref.Record, Kind: form.KindPetition, Refused: ledger.FaultMissing,
				Set:  fields{"status": ledger.Text(form.PetitionResolved)},
				Mend: fields{"status": ledger.Text(form.PetitionResolved), "resolvedOn": ledger.Text(date)},
			})
		case i%7 == 1:
			date := p.dayIn(month + 1)
			p.edit(date, phone, write(set), form.KindPetition, fields{"status": ledger.Text(form.PetitionGuided), "guidedOn": ledger.Text(date), "guidedTo": ledger.Text("Tổ hòa giải mẫu")})
		case i%7 == 4:
			date := p.dayIn(month + 1)
			p.edit(date, phone, write(set), form.KindPetition, fields{"status": ledger.Text(form.PetitionWithdrawn), "withdrawnOn": ledger.Text(date)})
		default:
			p.resolve(write(set), phone, month+1)
		}
	}
	p.create("2024-05-20", 0, p.villages[0], form.KindPetition, p.citizen().with(p.matter(subjects[1].about)).with(fields{
		"receivedOn": ledger.Text("2024-05-20"), "class": ledger.Text(form.ClassFeedback), "status": ledger.Text(form.PetitionReceived),
	}))
}

// resolve takes a petition on in one month, and settles it in the next.
func (p *matters) resolve(ref ledger.Ref, phone, month int) {
	accepted, resolved := p.dayIn(month), p.dayIn(month+1)
	p.edit(accepted, phone, ref, form.KindPetition, fields{"status": ledger.Text(form.PetitionAccepted), "acceptedOn": ledger.Text(accepted)})
	p.edit(resolved, phone, ref, form.KindPetition, fields{"status": ledger.Text(form.PetitionResolved), "resolvedOn": ledger.Text(resolved)})
}
