package store_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// This file is what people of the simulation write: mostly into the few
// records that others write into as well, sometimes wrongly.

// draft makes the next op, without its counter.
func (b *book) draft() written {
	s := b.m.s
	base := b.seen
	if s.chance(0.2) { // the form was opened before the last pull
		base -= min(base, ledger.Seq(s.rng.IntN(10)))
	}
	var w written
	switch {
	case s.chance(0.06):
		w = b.mistake()
	case b.m.author.Role == form.RoleReviewer && s.chance(0.5):
		w = b.decision()
	default:
		w = b.entry()
	}
	if w.base == 0 { // nothing said what the author must have seen
		w.base = base
	}
	return w
}

func (b *book) op(record ledger.RecordID, kind ledger.Kind, action ledger.Action, rest string) written {
	at := b.m.s.now.Add(b.m.skew).UTC().Format(time.RFC3339)
	return written{rest: fmt.Sprintf(`,"record":%q,"kind":%q,"action":%q,"at":%q%s`, record, kind, action, at, rest)}
}

func (b *book) edit(record ledger.RecordID, kind ledger.Kind, set string) written {
	b.meet(record, kind)
	return b.op(record, kind, ledger.ActionEdit, `,"set":{`+set+`}`)
}

func (s *simulation) newID() (id ledger.RecordID) {
	for i := range id {
		id[i] = byte(s.rng.Uint32())
	}
	return id
}

// some returns a record that the phone knows, rather a busy one than any.
func (b *book) some() (ledger.RecordID, ledger.Kind, bool) {
	if len(b.known) == 0 {
		return ledger.RecordID{}, "", false
	}
	n := len(b.known)
	if b.m.s.chance(0.6) {
		n = min(n, 8)
	}
	id := b.known[b.m.s.rng.IntN(n)]
	return id, b.kinds[id], true
}

// of returns a record of a kind that the phone knows.
func (b *book) of(kind ledger.Kind) (ledger.RecordID, bool) {
	for range 10 {
		if id, k, ok := b.some(); ok && k == kind {
			return id, true
		}
	}
	return ledger.RecordID{}, false
}

// entry is what a collector writes: something new, a correction, a removal.
func (b *book) entry() written {
	s := b.m.s
	if id, kind, ok := b.some(); ok && kind != ledger.KindPeriod && !s.chance(0.3) {
		switch at := s.rng.IntN(100); {
		case at < 8:
			return b.op(id, kind, ledger.ActionRemove, "")
		case at < 14:
			return b.op(id, kind, ledger.ActionRestore, "")
		}
		return b.edit(id, kind, s.correction(kind))
	}
	if b.unit == simulatedUnits[0] {
		return b.edit(s.newID(), form.KindCampaign, fmt.Sprintf(`"name":"Đợt mẫu %d","from":"2026-01-05","onePerHousehold":%v`, s.rng.IntN(50), s.chance(0.7)))
	}
	if b.unit == successor && s.lastDay != "" && s.chance(0.2) {
		for _, old := range b.m.books {
			if id, ok := old.of(form.KindHousehold); ok && old.unit == mergedUnit {
				ref := ledger.Ref{Unit: mergedUnit, Record: id}
				return b.edit(s.newID(), form.KindHousehold, fmt.Sprintf(`"code":"M%03d","headName":"Hộ mẫu %03d","category":%q,"movedFrom":%s`, s.rng.IntN(100), s.rng.IntN(40), s.category(), ref.Value()))
			}
		}
	}
	switch s.rng.IntN(5) {
	case 0:
		return b.edit(s.newID(), form.KindHousehold, fmt.Sprintf(`"code":"H%03d","headName":"Hộ mẫu %03d","category":%q`, s.rng.IntN(100), s.rng.IntN(40), s.category()))
	case 1:
		return b.edit(s.newID(), form.KindMeeting, fmt.Sprintf(`"date":%q,"level":"commune","place":"Điểm mẫu %d","attendance":%d`, s.date(), s.rng.IntN(5), s.rng.IntN(200)))
	case 2:
		return b.edit(s.newID(), form.KindReception, fmt.Sprintf(`"date":%q,"type":"regular","citizenName":"Công dân mẫu %d","content":"Nội dung mẫu","class":%q`, s.date(), s.rng.IntN(30), s.class()))
	}
	return b.gift()
}

// gift is one for a household of a campaign, where the phone knows both.
// Where a campaign gives once, two phones come to the same record.
func (b *book) gift() written {
	s := b.m.s
	campaign, ok1 := b.m.books[0].of(form.KindCampaign)
	household, ok2 := b.of(form.KindHousehold)
	if !ok1 || !ok2 {
		return b.edit(s.newID(), form.KindGift, fmt.Sprintf(`"recipientName":"Hộ mẫu %03d","date":%q,"quantity":1`, s.rng.IntN(40), s.date()))
	}
	ref := ledger.Ref{Unit: simulatedUnits[0], Record: campaign}
	id := form.GiftID(b.unit, ref, ledger.Ref{Record: household})
	if s.chance(0.1) {
		id = s.newID() // refused, where the server knows that the campaign gives once
	}
	return b.edit(id, form.KindGift, fmt.Sprintf(`"campaign":%s,"household":%q,"date":%q,"quantity":%d`, ref.Value(), household, s.date(), 1+s.rng.IntN(2)))
}

func (s *simulation) date() string {
	return fmt.Sprintf("2026-%02d-%02d", 1+s.rng.IntN(10), 1+s.rng.IntN(4))
}

func (s *simulation) category() string {
	return pick(s, []string{form.CategoryPoor, form.CategoryNearPoor, form.CategoryMerit})
}

func (s *simulation) class() string {
	return pick(s, []string{form.ClassComplaint, form.ClassProposal, form.ClassFeedback, form.ClassDenunciation})
}

// correction sets one field or two, to one of few values, so that two phones
// may say the same.
func (s *simulation) correction(kind ledger.Kind) string {
	few := func(list ...string) string { return pick(s, list) }
	switch kind {
	case form.KindCampaign:
		return few(`"donor":"Đơn vị mẫu 1"`, `"donor":"Đơn vị mẫu 2"`, `"donor":null`, `"onePerHousehold":false`)
	case form.KindHousehold:
		return few(`"headName":"Hộ mẫu A"`, `"headName":"Hộ mẫu B","phone":"0905123456"`, `"phone":"0905123457"`, `"phone":null`, `"category":"`+s.category()+`"`)
	case form.KindMeeting:
		return few(`"opinions":3`, `"opinions":4,"opinionsApprox":true`, `"attendance":120`, `"attendance":121`, `"summaries":"Đề nghị sửa đường."`)
	case form.KindReception:
		return few(`"content":"Nội dung khác"`, `"outcome":"Đã trả lời"`, `"class":"`+s.class()+`"`, `"class":"`+s.class()+`","citizenPhone":"0905123456"`)
	}
	return few(`"quantity":1`, `"quantity":2`, `"valueVnd":300000`, `"valueVnd":500000,"items":"10 kg gạo"`, `"items":"chăn"`, `"date":"`+s.date()+`"`)
}

// decision is what staff do with what they pulled.
func (b *book) decision() written {
	s := b.m.s
	if s.chance(0.03) {
		p := ledger.Period{From: "2026-01-01", To: fmt.Sprintf("2026-%02d-28", 1+s.rng.IntN(6))}
		action := pick(s, []ledger.Action{ledger.ActionClose, ledger.ActionReopen})
		return b.op(ledger.PeriodID(b.unit, p), ledger.KindPeriod, action, fmt.Sprintf(`,"period":%q`, p))
	}
	if s.chance(s.habits.erase) {
		if w, ok := b.erasure(); ok {
			return w
		}
	}
	if s.chance(0.5) {
		for range 5 {
			if id, _, ok := b.some(); ok && b.records[id] != nil && len(b.records[id].Conflicts()) > 0 {
				return b.resolve(b.records[id])
			}
		}
	}
	id, kind, ok := b.some()
	if !ok || kind == ledger.KindPeriod {
		return b.entry()
	}
	other, _, _ := b.some()
	switch at := s.rng.IntN(100); {
	case at < 40:
		return b.op(id, kind, ledger.ActionReview, fmt.Sprintf(`,"state":%q,"note":"Xem lại"`, pick(s, []string{ledger.Approved, ledger.Returned})))
	case at < 60:
		return b.op(id, kind, ledger.ActionLink, fmt.Sprintf(`,"duplicateOf":%q`, other))
	case at < 65:
		return b.op(id, kind, ledger.ActionUnlink, "")
	case at < 75:
		return b.op(id, kind, ledger.ActionUnlink, fmt.Sprintf(`,"duplicateOf":%q`, other))
	}
	return b.edit(id, kind, s.correction(kind))
}

// erasure orders the erasure of a record that has a person's values, where the phone
// knows one.
func (b *book) erasure() (written, bool) {
	for range 5 {
		id, kind, ok := b.some()
		if !ok {
			break
		}
		if fields := map[ledger.Kind]string{form.KindHousehold: `["headName","phone"]`, form.KindReception: `["content","citizenName"]`}[kind]; fields != "" {
			b.m.s.count["erasures ordered"]++
			return b.op(id, kind, ledger.ActionErase, `,"fields":`+fields), true
		}
	}
	return written{}, false
}

// resolve settles a conflict as it was pulled: with a sibling's value, or
// another; naming every sibling, or not. What came with a pull that has not
// come to an end is not on the screen yet.
func (b *book) resolve(r *ledger.Record) written {
	s := b.m.s
	field := pick(s, r.Conflicts())
	siblings := slices.DeleteFunc(slices.Clone(r.Register(field)), func(w ledger.Write) bool { return w.Dot.Seq > b.seen })
	if len(siblings) == 0 {
		return b.entry()
	}
	var sees, origins []string
	for i, w := range siblings {
		if i == 0 || s.chance(0.9) {
			sees = append(sees, `"`+w.Dot.String()+`"`)
			origins = append(origins, `"`+w.Origin().String()+`"`)
		}
	}
	named := `,"sees":[` + strings.Join(sees, ",") + `]`
	if s.chance(0.7) { // older clients name none
		named += `,"origins":[` + strings.Join(origins, ",") + `]`
	}
	value := pick(s, siblings).Value
	switch {
	case field == "class" && s.chance(0.3):
		value = ledger.Text(s.class())
	case value.Erased():
		value = ledger.Text("Đã xóa")
	}
	settled := b.op(r.ID, r.Kind, ledger.ActionResolve, fmt.Sprintf(`,"field":%q,"value":%s%s`, field, value, named))
	settled.base = b.seen
	return settled
}

// mistake is an op that must be rejected, on a record that is nobody else's.
func (b *book) mistake() written {
	id := b.m.s.newID()
	edit := func(kind ledger.Kind, set, want string) written {
		w := b.op(id, kind, ledger.ActionEdit, `,"set":{`+set+`}`)
		w.want = want
		return w
	}
	switch b.m.s.rng.IntN(9) {
	case 0:
		return edit(form.KindMeeting, `"date":"2026-10-10","level":"commune","place":"Điểm mẫu","attendance":-1`, form.FaultSmall)
	case 1:
		return edit(form.KindMeeting, `"date":"2026-10-10","level":"commune"`, ledger.FaultMissing)
	case 2:
		return edit("dragon", `"wings":2`, form.FaultKindUnknown)
	case 3:
		return edit(form.KindHousehold, `"headName":"Hộ mẫu","category":"poor","wings":2`, form.FaultFieldUnknown)
	case 4:
		return edit(form.KindGift, `"recipientName":"Hộ mẫu","date":"2026-13-01","quantity":1`, form.FaultDate)
	case 5:
		return edit(form.KindReception, `"date":"2026-10-10","type":"regular","citizenName":"Công dân mẫu","content":"Nội dung mẫu","class":"dragon"`, form.FaultChoice)
	case 6:
		w := b.op(id, form.KindMeeting, ledger.ActionEdit, `,"set":{"_link":1}`)
		w.want = ledger.FaultReserved
		return w
	case 7:
		w := b.op(id, form.KindMeeting, ledger.ActionRemove, "")
		w.want = form.FaultRecordUnknown
		return w
	}
	w := edit(form.KindMeeting, `"date":"2026-10-10","level":"commune","place":"Điểm mẫu"`, ledger.FaultBaseUnknown)
	w.base = 1 << 40
	return w
}
