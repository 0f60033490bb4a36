package ledger_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
)

const unit ledger.UnitID = "21133-01-20040101"

// world is the smallest host of a ledger: it numbers ops, seals them and
// appends commits, one per push, accepting everything.
type world struct {
	t       testing.TB
	commits []*ledger.Commit
	state   *ledger.State
	next    map[ledger.DeviceID]uint64
	salts   uint64
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return &world{t: t, state: newState(t), next: map[ledger.DeviceID]uint64{}}
}

func newState(t testing.TB) *ledger.State {
	t.Helper()
	s, err := ledger.NewState(unit, ledger.RulesCurrent)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func personal(_ ledger.Kind, field string) bool {
	return field == "name" || field == "phone" || field == "sources.name"
}

func (w *world) salt() (s ledger.Salt) {
	w.salts++
	binary.BigEndian.PutUint64(s[:], w.salts)
	return s
}

// draftOp is an op before it is numbered.
type draftOp struct {
	record ledger.RecordID
	action ledger.Action
	base   ledger.Seq
	at     ledger.Millis
	rest   string // further members of the JSON object, each with a comma before it
}

func (w *world) number(device ledger.DeviceID, ops []draftOp) []ledger.Op {
	w.t.Helper()
	var out []ledger.Op
	for _, op := range ops {
		w.next[device]++
		text, err := ledger.Canonical(fmt.Appendf(nil, `{"n":%d,"record":%q,"kind":"gift","action":%q,"base":%d,"at":%q%s}`,
			w.next[device], op.record, op.action, op.base, op.at, op.rest))
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, ledger.ParseOp(text))
	}
	return out
}

// push appends one commit and folds it.
func (w *world) push(device ledger.DeviceID, role ledger.Role, ops ...draftOp) *ledger.Commit {
	w.t.Helper()
	return w.commit(w.entry(device, role, w.number(device, ops)))
}

func (w *world) entry(device ledger.DeviceID, role ledger.Role, ops []ledger.Op) ledger.Entry {
	e := ledger.Entry{Device: device, Epoch: 1, From: ops[0].N, User: ledger.UserID("user-" + device), Role: role}
	for i := range ops {
		v := ledger.Verdict{Status: ledger.Accepted}
		if f := ops[i].Fault; f != (ledger.Fault{}) {
			v = ledger.Verdict{Status: ledger.Rejected, Code: f.Code, Field: f.Field}
		}
		e.Ops = append(e.Ops, ledger.Seal(&ops[i], v.Status == ledger.Rejected, personal, w.salt))
		e.Verdicts = append(e.Verdicts, v)
	}
	return e
}

func (w *world) commit(entries ...ledger.Entry) *ledger.Commit {
	w.t.Helper()
	head := w.state.Head()
	c := &ledger.Commit{Unit: unit, Seq: head.Seq + 1, Log: "log", Prev: head.Hash, At: ledger.Millis(1e12) + ledger.Millis(head.Seq), Rules: w.state.Rules(), Entries: entries}
	c.Hash = c.Sum()
	changed, err := w.state.Apply(c)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range changed { // what the state keeps is what the fold made
		if got, want := w.state.Record(r.ID).AppendJSON(nil), r.AppendJSON(nil); string(got) != string(want) {
			w.t.Fatalf("kept %s, folded %s", got, want)
		}
	}
	w.commits = append(w.commits, c)
	return c
}

// fold folds commits from the first.
func fold(t testing.TB, commits []*ledger.Commit) *ledger.State {
	t.Helper()
	s := newState(t)
	for _, c := range commits {
		if _, err := s.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func verify(t testing.TB, commits []*ledger.Commit) {
	t.Helper()
	v := ledger.NewVerifier(unit)
	for _, c := range commits {
		if err := v.Check(c); err != nil {
			t.Fatal(err)
		}
	}
}

// dump writes every record of a state in its stored form.
func dump(s *ledger.State) string {
	var out strings.Builder
	for r := range s.Records() {
		out.Write(r.AppendJSON(nil))
		out.WriteByte('\n')
	}
	return out.String()
}

// meaning writes what a person would see of a state, without dots: the
// standing values of each register as a set.
func meaning(s *ledger.State) string {
	var out strings.Builder
	for r := range s.Records() {
		fmt.Fprintf(&out, "%s removed=%v review=%s\n", r.ID, r.Removed(), r.Review().State)
		for _, field := range r.Fields() {
			var values []string
			for _, w := range r.Register(field) {
				values = append(values, fmt.Sprintf("%s by %s #%d", w.Value, w.Device, w.N))
			}
			slices.Sort(values)
			shown, _ := r.Current(field)
			fmt.Fprintf(&out, "  %s = %s of %v\n", field, shown, values)
		}
	}
	return out.String()
}

func recordID(n byte) ledger.RecordID { return ledger.RecordID{0x01, 15: n} }
