package syncing

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// TestWrittenPageIsTheContracts compares the pages that are written by hand with
// what encoding/json makes of the contract's types.
func TestWrittenPageIsTheContracts(t *testing.T) {
	const unit ledger.UnitID = "21133-01-20040101"
	state, err := ledger.NewState(unit, ledger.RulesCurrent)
	if err != nil {
		t.Fatal(err)
	}
	push := func(device ledger.DeviceID, role ledger.Role, at ledger.Millis, late bool, ops ...string) {
		t.Helper()
		head := state.Head()
		e := ledger.Entry{Device: device, Epoch: 1, From: uint64(100*head.Seq + 1), User: ledger.UserID("u_" + device), Role: role}
		for i, op := range ops {
			text, err := ledger.Canonical(fmt.Appendf(nil, `{"n":%d,"at":"2026-11-20T02:10:00Z",%s}`, e.From+uint64(i), op))
			if err != nil {
				t.Fatal(err)
			}
			parsed := ledger.ParseOp(text)
			if parsed.Fault != (ledger.Fault{}) {
				t.Fatalf("%s: %+v", op, parsed.Fault)
			}
			e.Ops = append(e.Ops, ledger.Seal(&parsed, false, form.Personal, func() ledger.Salt { return ledger.Salt{} }))
			e.Verdicts = append(e.Verdicts, ledger.Verdict{Status: ledger.Accepted, Late: late})
		}
		c := &ledger.Commit{Unit: unit, Seq: head.Seq + 1, Log: "log", Prev: head.Hash, At: at, Entries: []ledger.Entry{e}}
		c.Hash = c.Sum()
		if _, err := state.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	a, b := ledger.NameID("a"), ledger.NameID("b")
	op := func(record ledger.RecordID, kind ledger.Kind, action ledger.Action, base int, rest string) string {
		return fmt.Sprintf(`"record":%q,"kind":%q,"action":%q,"base":%d%s`, record, kind, action, base, rest)
	}
	meeting := func(record ledger.RecordID, base int, set string) string {
		return op(record, form.KindMeeting, ledger.ActionEdit, base, `,"set":`+set)
	}
	push("A", form.RoleCollector, 1_790_000_000_000, false,
		meeting(a, 0, `{"date":"2026-11-20","place":"Nhà \"văn hoá\" <1> & 2","attendance":12,"odd \"é\" name":[1,null,{"x":"\u2028"}]}`),
		meeting(b, 0, `{"date":"2026-11-20","place":null}`))
	push("B", form.RoleCollector, 1_790_000_000_120, true, meeting(a, 0, `{"attendance":13}`), op(b, form.KindMeeting, ledger.ActionRemove, 0, ""))
	push("C", form.RoleReviewer, 1_790_000_000_123, false,
		op(a, form.KindMeeting, ledger.ActionReview, 1, `,"state":"returned","note":"Xem lại \u0001 <số> \"người\""`),
		op(a, form.KindMeeting, ledger.ActionComment, 1, `,"text":"Họp \"ở\" đâu?"`),
		op(b, form.KindMeeting, ledger.ActionComment, 1, `,"text":"một"`), op(b, form.KindMeeting, ledger.ActionComment, 1, `,"text":"hai"`),
		op(b, form.KindMeeting, ledger.ActionReview, 1, `,"state":"pending"`),
		op(b, form.KindMeeting, ledger.ActionLink, 1, fmt.Sprintf(`,"duplicateOf":{"unit":"X-1","record":%q}`, a)),
		op(a, form.KindMeeting, ledger.ActionErase, 1, `,"fields":["place"]`))
	reviewer := &gate.Caller{User: accounts.User{ID: "u_C", Role: form.RoleReviewer}, Scope: []ledger.UnitID{unit}}
	for _, records := range [][]*ledger.Record{nil, {state.Record(a)}, {state.Record(a), state.Record(b)}} {
		page := &store.Changes{Head: state.Head(), More: len(records) == 1, Records: records, Tip: ledger.Head{Seq: 9, Hash: ledger.Hash{9}}}
		want := contract.Changes{Hash: page.Head.Hash.String(), Log: page.Head.Log, More: page.More, Records: []contract.Change{}, Seq: page.Head.Seq, View: "staff-1"}
		if page.More {
			want.Tip = contract.Tip{Hash: page.Tip.Hash.String(), Seq: page.Tip.Seq}
		}
		for _, r := range records {
			view, err := json.Marshal(show.Record(unit, r))
			if err != nil {
				t.Fatal(err)
			}
			want.Records = append(want.Records, view)
		}
		marshalled, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		written, err := appendPage(nil, reviewer, unit, "staff-1", page, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		// Package json escapes < and > besides; the canonical form does not.
		x, err1 := ledger.Canonical(marshalled)
		y, err2 := ledger.Canonical(written)
		if err1 != nil || err2 != nil || x != y {
			t.Errorf("%v, %v\nwant %s\nis   %s", err1, err2, x, y)
		}
	}
}
