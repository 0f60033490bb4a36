package report_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Units of the tests. The numbers of records begin at 1 in each.
const (
	village1 ledger.UnitID = "21133-01-20040101"
	village2 ledger.UnitID = "21133-02-20040101"
)

// term is the one of the report that the figures were first made for.
var term = calendar.Term(2019, 2024, "2024-04-11")

// fataler is what rapid and testing share.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// world is the smallest host of several ledgers: it numbers ops, seals them
// and appends a commit for each, accepting everything.
type world struct {
	t      fataler
	states map[ledger.UnitID]*ledger.State
	next   map[ledger.DeviceID]uint64
	salts  uint64
}

func newWorld(t fataler) *world {
	return &world{t: t, states: map[ledger.UnitID]*ledger.State{}, next: map[ledger.DeviceID]uint64{}}
}

func (w *world) state(unit ledger.UnitID) *ledger.State {
	w.t.Helper()
	if w.states[unit] == nil {
		s, err := ledger.NewState(unit, ledger.RulesCurrent)
		if err != nil {
			w.t.Fatal(err)
		}
		w.states[unit] = s
	}
	return w.states[unit]
}

// member is a unit that always was one.
func (w *world) member(unit ledger.UnitID) report.Member {
	w.t.Helper()
	return report.Member{Unit: unit, Name: "Thôn mẫu " + string(unit[6:8]), Village: true, From: "1945-09-02", State: w.state(unit)}
}

func (w *world) members() []report.Member {
	w.t.Helper()
	var members []report.Member
	for unit := range w.states {
		members = append(members, w.member(unit)) // in any order: figures must not depend on it
	}
	return members
}

func (w *world) salt() (s ledger.Salt) {
	w.salts++
	binary.BigEndian.PutUint64(s[:], w.salts)
	return s
}

// say appends one op whose author has seen the ledger up to base. rest are its
// further members.
func (w *world) say(unit ledger.UnitID, device ledger.DeviceID, base ledger.Seq, kind ledger.Kind, id ledger.RecordID, action ledger.Action, rest string) {
	w.t.Helper()
	state := w.state(unit)
	line := ledger.DeviceID(unit) + "/" + device
	w.next[line]++
	text, err := ledger.Canonical(fmt.Appendf(nil, `{"n":%d,"record":%q,"kind":%q,"action":%q,"base":%d,"at":"2024-01-01T00:00:00Z",%s}`,
		w.next[line], id, kind, action, base, strings.TrimPrefix(rest, ",")))
	if err != nil {
		w.t.Fatal(err)
	}
	op := ledger.ParseOp(text)
	if op.Fault != (ledger.Fault{}) {
		w.t.Fatalf("op %s: %v", text, op.Fault)
	}
	head := state.Head()
	c := &ledger.Commit{Unit: unit, Seq: head.Seq + 1, Log: "log", Prev: head.Hash, At: 1_800_000_000_000, Entries: []ledger.Entry{{
		Device: device, Epoch: 1, From: op.N, User: "user", Role: form.RoleReviewer,
		Ops: []ledger.StoredOp{ledger.Seal(&op, false, form.Personal, w.salt)}, Verdicts: []ledger.Verdict{{Status: ledger.Accepted}},
	}}}
	c.Hash = c.Sum()
	if _, err := state.Apply(c); err != nil {
		w.t.Fatal(err)
	}
}

// edit is an edit by somebody who has seen everything.
func (w *world) edit(unit ledger.UnitID, kind ledger.Kind, id byte, set string) {
	w.t.Helper()
	w.say(unit, "desk", w.state(unit).Head().Seq, kind, recordID(id), ledger.ActionEdit, `"set":{`+set+`}`)
}

// edit2 are edits of one record on two phones that know nothing of each other.
func (w *world) edit2(unit ledger.UnitID, kind ledger.Kind, id byte, one, two string) {
	w.t.Helper()
	base := w.state(unit).Head().Seq
	w.say(unit, "phone1", base, kind, recordID(id), ledger.ActionEdit, `"set":{`+one+`}`)
	w.say(unit, "phone2", base, kind, recordID(id), ledger.ActionEdit, `"set":{`+two+`}`)
}

func (w *world) act(unit ledger.UnitID, kind ledger.Kind, id byte, action ledger.Action, rest string) {
	w.t.Helper()
	w.say(unit, "desk", w.state(unit).Head().Seq, kind, recordID(id), action, rest)
}

func (w *world) remove(unit ledger.UnitID, kind ledger.Kind, id byte) {
	w.t.Helper()
	w.act(unit, kind, id, ledger.ActionRemove, `"x":0`)
}

func (w *world) giveBack(unit ledger.UnitID, kind ledger.Kind, id byte) {
	w.t.Helper()
	w.act(unit, kind, id, ledger.ActionReview, `"state":"returned","note":"Xin bổ sung."`)
}

// link says that id is a copy of the record of another unit, or of its own.
func (w *world) link(unit ledger.UnitID, kind ledger.Kind, id byte, of ledger.Ref) {
	w.t.Helper()
	w.act(unit, kind, id, ledger.ActionLink, `"duplicateOf":`+string(of.Value()))
}

func (w *world) gift(unit ledger.UnitID, id byte, date string, quantity int) {
	w.t.Helper()
	w.edit(unit, form.KindGift, id, fmt.Sprintf(`"date":%q,"quantity":%d,"recipientName":"Người nhận mẫu"`, date, quantity))
}

func (w *world) entry(id byte, date, direction string, amount int64, reverses byte) {
	w.t.Helper()
	set := fmt.Sprintf(`"date":%q,"direction":%q,"amountVnd":%d`, date, direction, amount)
	if reverses > 0 {
		set += fmt.Sprintf(`,"purpose":"Ghi sai","reverses":%q`, recordID(reverses))
	}
	w.edit(village1, form.KindFund, id, set)
}

func (w *world) figure(id string) report.Counted {
	w.t.Helper()
	return find(w.t, report.Figures(w.members(), term), id)
}

func find(t fataler, figures []report.Counted, id string) report.Counted {
	t.Helper()
	i := slices.IndexFunc(figures, func(f report.Counted) bool { return f.ID == id })
	if i < 0 {
		t.Fatalf("there is no figure %s", id)
	}
	return figures[i]
}

func recordID(n byte) ledger.RecordID { return ledger.RecordID{0x01, 15: n} }

func ref(unit ledger.UnitID, n byte) ledger.Ref {
	return ledger.Ref{Unit: unit, Record: recordID(n)}
}

func own(n byte) ledger.Ref { return ledger.Ref{Record: recordID(n)} }

func refs(list ...ledger.Ref) []ledger.Ref { return list }

var _ fataler = (*testing.T)(nil)
