package demo_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/server/demo"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

const commune ledger.UnitID = "21133-20040101"

func villages() []ledger.UnitID {
	var list []ledger.UnitID
	for i := range 8 {
		list = append(list, ledger.UnitID(fmt.Sprintf("21133-%02d-20040101", i+1)))
	}
	return list
}

func newPlan(seed uint64) *demo.Plan {
	return demo.NewPlan(commune, villages(), drawn(seed))
}

func drawn(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // A play is drawn, not hidden.
}

// host applies acts one after another, each author having seen everything.
type host struct {
	t      *testing.T
	states map[ledger.UnitID]*ledger.State
	next   map[string]uint64
	salts  uint64
}

func (h *host) op(a *demo.Act, set map[string]ledger.Value) ledger.Op {
	h.t.Helper()
	line := fmt.Sprint(a.Unit, "/", a.Phone)
	h.next[line]++
	members := map[string]any{
		"n": h.next[line], "record": a.Record.String(), "kind": a.Kind, "action": a.Action, "base": h.state(a.Unit).Head().Seq, "at": a.At,
	}
	if set != nil {
		raw := map[string]json.RawMessage{}
		for field, v := range set {
			raw[field] = json.RawMessage(v)
		}
		members["set"] = raw
	}
	if a.State != "" {
		members["state"], members["note"] = a.State, a.Note
	}
	body, err := json.Marshal(members)
	if err != nil {
		h.t.Fatal(err)
	}
	text, err := ledger.Canonical(body)
	if err != nil {
		h.t.Fatal(err)
	}
	return ledger.ParseOp(text)
}

func (h *host) state(unit ledger.UnitID) *ledger.State {
	h.t.Helper()
	if h.states[unit] == nil {
		s, err := ledger.NewState(unit, ledger.RulesCurrent)
		if err != nil {
			h.t.Fatal(err)
		}
		h.states[unit] = s
	}
	return h.states[unit]
}

func (h *host) append(a *demo.Act, op ledger.Op, v ledger.Verdict) {
	h.t.Helper()
	s := h.state(a.Unit)
	head := s.Head()
	salt := func() (salt ledger.Salt) {
		h.salts++
		binary.BigEndian.PutUint64(salt[:], h.salts)
		return salt
	}
	c := &ledger.Commit{Unit: a.Unit, Seq: head.Seq + 1, Log: "log", Prev: head.Hash, At: 1_800_000_000_000, Entries: []ledger.Entry{{
		Device: ledger.DeviceID(fmt.Sprint("d_", a.Phone)), Epoch: 1, From: op.N, User: "u", Role: roleOf(a),
		Ops: []ledger.StoredOp{ledger.Seal(&op, v.Status == ledger.Rejected, form.Personal, salt)}, Verdicts: []ledger.Verdict{v},
	}}}
	c.Hash = c.Sum()
	if _, err := s.Apply(c); err != nil {
		h.t.Fatal(err)
	}
}

func roleOf(a *demo.Act) ledger.Role {
	if a.Phone == demo.Desk {
		return form.RoleReviewer
	}
	return form.RoleCollector
}

// run applies the acts that pass, checking each as the server will.
func run(t *testing.T, plan *demo.Plan, passes func(*demo.Act) bool) *host {
	t.Helper()
	h := &host{t: t, states: map[ledger.UnitID]*ledger.State{}, next: map[string]uint64{}}
	for i := range plan.Acts {
		a := &plan.Acts[i]
		if !passes(a) {
			continue
		}
		for _, set := range []map[string]ledger.Value{a.Set, a.Mend} {
			if set == nil && a.Action == ledger.ActionEdit {
				continue
			}
			op := h.op(a, set)
			before := h.state(a.Unit).Record(op.Record)
			fault := form.CheckOp(roleOf(a), before, &op, "2026-11-23")
			want := ""
			if reflect.ValueOf(set).Pointer() == reflect.ValueOf(a.Set).Pointer() {
				want = a.Refused
			}
			if fault.Code != want {
				t.Fatalf("act %d: %s\nis refused with %v, want %q", i, op.Text, fault, want)
			}
			if !form.MayAct(roleOf(a), a.Kind, a.Action) {
				t.Fatalf("act %d: %s\nis not its author's to write", i, op.Text)
			}
			v := ledger.Verdict{Status: ledger.Accepted}
			if want != "" {
				v = ledger.Verdict{Status: ledger.Rejected, Code: fault.Code, Field: fault.Field}
			}
			h.append(a, op, v)
			if a.Action != ledger.ActionEdit {
				break
			}
		}
	}
	return h
}

func (h *host) members() []report.Member {
	var members []report.Member
	for unit, s := range h.states {
		members = append(members, report.Member{Unit: unit, From: "2004-01-01", State: s})
	}
	return members
}

// Without what people get wrong, the plan is the paper.
func TestTrueActsAreThePaper(t *testing.T) {
	for seed := range uint64(3) {
		h := run(t, newPlan(seed), func(a *demo.Act) bool { return !a.Wrong() })
		figures := report.Figures(h.members(), demo.Term)
		if len(figures) != len(demo.Paper) {
			t.Fatalf("%d figures, the paper has %d", len(figures), len(demo.Paper))
		}
		for i, f := range figures {
			if p := demo.Paper[i]; f.ID != p.ID || f.Value != p.Value || f.Unit != p.Unit || f.Period != p.Period || f.AsOf != p.AsOf || f.Approx != p.Approx {
				t.Errorf("seed %d: figure %+v; the paper says %+v", seed, f, p)
			}
		}
	}
}

// Every op can be sent, also those that are wrong, and with them the figures
// are not the paper's.
func TestAllActsAreNotThePaper(t *testing.T) {
	h := run(t, newPlan(1), func(*demo.Act) bool { return true })
	differ := 0
	for i, f := range report.Figures(h.members(), demo.Term) {
		if f.Value != demo.Paper[i].Value {
			differ++
		}
	}
	if differ < 8 {
		t.Errorf("only %d figures differ", differ)
	}
	records := map[ledger.Kind]int{}
	total := 0
	for _, s := range h.states {
		for r := range s.Records() {
			records[r.Kind]++
			total++
		}
	}
	if total < 1900 || total > 2150 || len(records) != len(form.All()) {
		t.Errorf("%d records: %v; want about 2000, of every kind", total, records)
	}
}

func TestPlanFollowsFromItsSeed(t *testing.T) {
	if a, b := newPlan(1), newPlan(1); !reflect.DeepEqual(a, b) {
		t.Error("one seed gives two plans")
	}
	if a, b := newPlan(1), newPlan(2); reflect.DeepEqual(a, b) {
		t.Error("two seeds give one plan")
	}
}

// Every person and place is plainly made up.
func TestNamesAreInvented(t *testing.T) {
	invented := regexp.MustCompile(`(?i)mẫu`)
	plan := newPlan(1)
	for i := range plan.Acts {
		a := &plan.Acts[i]
		for _, field := range []string{"headName", "recipientName", "citizenName", "citizenAddress", "party", "donor", "name"} {
			v, ok := a.Set[field]
			if s, _ := v.Text(); ok && !invented.MatchString(s) {
				t.Errorf("%s: %s", field, v)
			}
		}
		if v, ok := a.Set["place"]; ok && !strings.Contains(string(v), "mẫu") {
			t.Errorf("place %s", v)
		}
		for _, field := range []string{"phone", "nationalId"} {
			if s, _ := a.Set[field].Text(); s != "" && !strings.HasPrefix(s, "0900000") && !strings.HasPrefix(s, "000000000") {
				t.Errorf("%s %s may be somebody's", field, s)
			}
		}
	}
}

// Nobody writes about what they cannot have seen: a record of another phone is
// touched in a later half-year only, and a returned one is corrected in a later
// half-year than it was returned in.
func TestActsComeAfterWhatTheyAreAbout(t *testing.T) {
	type key struct {
		unit   ledger.UnitID
		record ledger.RecordID
	}
	begun, by, returned := map[key]int{}, map[key][]int{}, map[key]int{}
	for _, a := range newPlan(3).Acts {
		k := key{a.Unit, a.Record}
		first, known := begun[k]
		switch {
		case a.New && !known:
			begun[k] = a.Month
		case a.New && a.Month != first:
			t.Errorf("%s is begun in month %d and again in %d", a.Record, first, a.Month)
		case !a.New && !known:
			t.Fatalf("%s is changed before it is there", a.Record)
		case !a.New && !slices.Contains(by[k], a.Phone) && a.Month/6 <= first/6:
			t.Errorf("phone %d changes %s in month %d, which another began in %d", a.Phone, a.Record, a.Month, first)
		}
		if a.State == ledger.Returned {
			returned[k] = a.Month
		}
		if a.Mends && a.Month/6 <= returned[k]/6 {
			t.Errorf("%s is corrected in month %d, and returned in %d", a.Record, a.Month, returned[k])
		}
		if a.New {
			by[k] = append(by[k], a.Phone)
		}
		if a.Month < 0 || a.Month >= 72 {
			t.Errorf("month %d", a.Month)
		}
	}
}

// A fund's book is in the order of days and ids, and an id begins with the time: an
// entry comes before the one that reverses it.
func TestReversalsComeAfterTheirEntries(t *testing.T) {
	reversals := 0
	for seed := range uint64(10) {
		for _, a := range newPlan(seed).Acts {
			v, ok := a.Set["reverses"]
			if !ok {
				continue
			}
			reversals++
			if of, err := ledger.ParseRef(v); err != nil || a.Record.Compare(of.Record) <= 0 {
				t.Errorf("seed %d: %s reverses %s, %v", seed, a.Record, of.Record, err)
			}
		}
	}
	if reversals == 0 {
		t.Error("nothing is reversed")
	}
}
