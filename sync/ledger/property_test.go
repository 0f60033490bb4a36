package ledger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/sync/ledger"
)

var (
	collectors = []ledger.DeviceID{"A", "B", "C"}
	fields     = []string{"name", "quantity"}
)

// history plays a random history: phones that edit offline and push late,
// and a desk that reviews, resolves and erases.
func history(rt *rapid.T, t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	pulled := map[ledger.DeviceID]ledger.Seq{}
	steps := rapid.IntRange(1, 25).Draw(rt, "steps")
	for range steps {
		device := rapid.SampledFrom(append(slices.Clone(collectors), "desk")).Draw(rt, "device")
		role := ledger.RoleCollector
		if device == "desk" {
			role = "reviewer"
		}
		if rapid.Bool().Draw(rt, "pulls") {
			pulled[device] = w.state.Head().Seq
		}
		var ops []draftOp
		for range rapid.IntRange(1, 3).Draw(rt, "ops") {
			base := pulled[device]
			if rapid.IntRange(0, 3).Draw(rt, "opened before the pull") == 0 {
				base = ledger.Seq(rapid.Uint64Range(0, uint64(base)).Draw(rt, "base"))
			}
			ops = append(ops, randomOp(rt, w, role, base))
		}
		w.push(device, role, ops...)
	}
	return w
}

func randomOp(rt *rapid.T, w *world, role ledger.Role, base ledger.Seq) draftOp {
	op := draftOp{
		record: recordID(byte(rapid.IntRange(1, 2).Draw(rt, "record"))),
		base:   base,
		at:     ledger.Millis(rapid.IntRange(0, 5).Draw(rt, "at")),
	}
	edit := func() draftOp {
		var set []string
		for _, f := range fields {
			if rapid.Bool().Draw(rt, f) {
				set = append(set, fmt.Sprintf(`%q:%d`, f, rapid.IntRange(1, 3).Draw(rt, "value")))
			}
		}
		if len(set) == 0 {
			set = []string{`"quantity":null`}
		}
		op.action, op.rest = ledger.ActionEdit, `,"set":{`+strings.Join(set, ",")+`}`
		return op
	}
	actions := []ledger.Action{ledger.ActionEdit, ledger.ActionEdit, ledger.ActionEdit, ledger.ActionRemove, ledger.ActionRestore, ledger.ActionComment}
	if role != ledger.RoleCollector {
		actions = append(actions, ledger.ActionReview, ledger.ActionResolve, ledger.ActionResolve, ledger.ActionErase)
	}
	op.action = rapid.SampledFrom(actions).Draw(rt, "action")
	switch op.action {
	case ledger.ActionEdit:
		return edit()
	case ledger.ActionReview:
		op.rest = fmt.Sprintf(`,"state":%q,"note":%q`, rapid.SampledFrom([]string{ledger.Approved, ledger.Returned, ledger.Pending}).Draw(rt, "state"), rapid.SampledFrom([]string{"", "Hộ mẫu 012 chưa ký"}).Draw(rt, "note"))
	case ledger.ActionComment:
		op.rest = `,"text":"Hộ mẫu 012 đã nhận"`
	case ledger.ActionErase:
		op.rest = `,"fields":["name"]`
	case ledger.ActionResolve:
		r := w.state.Record(op.record)
		if r == nil || len(r.Conflicts()) == 0 {
			return edit()
		}
		field := rapid.SampledFrom(r.Conflicts()).Draw(rt, "conflict")
		var sees, origins []string
		siblings := r.Register(field)
		for _, write := range siblings {
			if len(sees) == 0 || rapid.Bool().Draw(rt, "sees") {
				sees = append(sees, `"`+write.Dot.String()+`"`)
				origins = append(origins, `"`+write.Origin().String()+`"`)
			}
		}
		value := siblings[0].Value
		if value.Erased() {
			value = ledger.Null
		}
		op.rest = fmt.Sprintf(`,"field":%q,"value":%s,"sees":[%s]`, field, value, strings.Join(sees, ","))
		if rapid.Bool().Draw(rt, "origins") {
			op.rest += `,"origins":[` + strings.Join(origins, ",") + `]`
		}
	}
	return op
}

func TestFoldAgreesWithOracle(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := history(rt, t)
		o := newOracle(w.commits)
		for r := range w.state.Records() {
			for _, field := range append(slices.Clone(fields), ledger.Lifecycle, ledger.Review) {
				var got []ledger.Dot
				for _, write := range r.Register(field) {
					got = append(got, write.Dot)
				}
				if want := o.standing(r.ID, field); !slices.Equal(got, want) {
					rt.Fatalf("%s %s: fold has %v, oracle %v", r.ID, field, got, want)
				}
			}
		}
	})
}

// TestNothingAcknowledgedIsLost looks for the reason why each accepted write
// no longer stands.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := history(rt, t)
		o := newOracle(w.commits)
		for _, write := range o.writes {
			stands := slices.ContainsFunc(w.state.Record(write.op.Record).Register(write.field), func(s ledger.Write) bool {
				return s.Dot == write.dot && (s.Value == write.value || s.Value.Erased() || write.field == ledger.Review)
			})
			if !stands && o.superseder(write) == nil && !write.silent {
				rt.Fatalf("%v of %s at %s is gone, and nothing that saw it took its place", write.value, write.field, write.dot)
			}
		}
	})
}

func TestResolveSettlesWhatItSaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		n := rapid.IntRange(2, 6).Draw(rt, "siblings")
		var sees []string
		var rest []ledger.Dot
		for i := range n {
			c := w.push(ledger.DeviceID(fmt.Sprint("phone", i)), ledger.RoleCollector,
				draftOp{record: recordID(1), action: ledger.ActionEdit, rest: fmt.Sprintf(`,"set":{"quantity":%d}`, i)})
			dot := ledger.Dot{Seq: c.Seq}
			if i == 0 || rapid.Bool().Draw(rt, "seen") {
				sees = append(sees, `"`+dot.String()+`"`)
			} else {
				rest = append(rest, dot)
			}
		}
		c := w.push("desk", "reviewer", draftOp{
			record: recordID(1), action: ledger.ActionResolve, base: w.state.Head().Seq,
			rest: `,"field":"quantity","value":99,"sees":[` + strings.Join(sees, ",") + `]`,
		})
		var got []ledger.Dot
		for _, write := range w.state.Record(recordID(1)).Register("quantity") {
			got = append(got, write.Dot)
		}
		if want := append(rest, ledger.Dot{Seq: c.Seq}); !slices.Equal(got, want) {
			rt.Fatalf("standing after the resolve: %v, want %v", got, want)
		}
		if shown, _ := w.state.Record(recordID(1)).Current("quantity"); shown != "99" {
			rt.Fatalf("shows %s, not the resolution", shown)
		}
	})
}

// TestOneDeviceIsNotInConflictWithItself: who decides twice before the first
// decision was pulled has changed their mind. Commits of the first rules keep
// what they came to.
func TestOneDeviceIsNotInConflictWithItself(t *testing.T) {
	for rules, want := range map[ledger.Rules]int{1: 2, 2: 1} {
		w := newWorld(t)
		if w.state, _ = ledger.NewState(unit, rules); w.state == nil {
			t.Fatal("the rules are unknown")
		}
		edit := func(n int) string { return fmt.Sprintf(`,"set":{"quantity":%d}`, n) }
		a := w.push("A", ledger.RoleCollector, draftOp{record: recordID(1), action: ledger.ActionEdit, rest: edit(1)})
		b := w.push("B", ledger.RoleCollector, draftOp{record: recordID(1), action: ledger.ActionEdit, rest: edit(2)})
		for _, value := range []int{1, 2} {
			w.push("desk", "reviewer", draftOp{
				record: recordID(1), action: ledger.ActionResolve, base: 2,
				rest: fmt.Sprintf(`,"field":"quantity","value":%d,"sees":["%d.0","%d.0"]`, value, a.Seq, b.Seq),
			})
		}
		if got := w.state.Record(recordID(1)).Register("quantity"); len(got) != want {
			t.Errorf("rules %d: %d values stand, want %d", rules, len(got), want)
		}
		// Each commit is folded by its own rules, whatever the fold knows.
		if again := fold(t, w.commits); dump(again) != dump(w.state) {
			t.Errorf("rules %d: folded by a later program\n%s\nwas\n%s", rules, dump(again), dump(w.state))
		}
		verify(t, w.commits)
	}
	w := newWorld(t)
	c := w.push("A", ledger.RoleCollector, draftOp{record: recordID(1), action: ledger.ActionRemove})
	old, err := ledger.NewState(unit, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Apply(c); !errors.Is(err, ledger.ErrRules) {
		t.Errorf("a fold that does not know the rules: %v", err)
	}
}

// TestResolveBeforeWhatItSaw: after a restored backup a resolve comes first, and
// then what it had settled. That stands no more than it did.
func TestResolveBeforeWhatItSaw(t *testing.T) {
	push := func(w *world, device ledger.DeviceID) {
		edit := func(rest string) draftOp {
			return draftOp{record: recordID(1), action: ledger.ActionEdit, rest: rest}
		}
		settle := func(field, value string) draftOp {
			return draftOp{
				record: recordID(1), action: ledger.ActionResolve,
				rest: fmt.Sprintf(`,"field":%q,"value":%s,"sees":["7.0","8.0"],"origins":["A/1/1","B/1/1","B/1/2"]`, field, value),
			}
		}
		switch device {
		case "A":
			w.push("A", ledger.RoleCollector, edit(`,"set":{"quantity":1,"name":"A"}`))
		case "B":
			w.push("B", ledger.RoleCollector, edit(`,"set":{"quantity":2}`), draftOp{record: recordID(1), action: ledger.ActionRemove})
		case "desk":
			w.push("desk", "reviewer", settle("quantity", "3"), settle(ledger.Lifecycle, `"live"`))
		}
	}
	for _, order := range [][]ledger.DeviceID{{"A", "B", "desk"}, {"desk", "A", "B"}, {"A", "desk", "B"}, {"B", "desk", "A"}} {
		w := newWorld(t)
		for _, device := range order {
			push(w, device)
		}
		r := w.state.Record(recordID(1))
		if got := r.Register("quantity"); len(got) != 1 || got[0].Value != "3" || r.Removed() || len(r.Conflicts()) != 0 || r.Text("name") != "A" {
			t.Errorf("%v: %s", order, r.AppendJSON(nil))
		}
		// Somebody else's edit, who had seen it all, leaves it in the lists.
		w.push("C", ledger.RoleCollector, draftOp{record: recordID(1), action: ledger.ActionEdit, base: 3, rest: `,"set":{"quantity":4}`})
		if r = w.state.Record(recordID(1)); r.Removed() || r.Int("quantity") != 4 {
			t.Errorf("%v, then an edit: %s", order, r.AppendJSON(nil))
		}
		stored, err := ledger.ParseRecord(r.AppendJSON(nil))
		if err != nil || string(stored.AppendJSON(nil)) != string(r.AppendJSON(nil)) {
			t.Errorf("stored and read: %v", err)
		}
	}
}

func TestSnapshotAndTail(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := history(rt, t)
		at := rapid.IntRange(0, len(w.commits)).Draw(rt, "snapshot")
		older := fold(t, w.commits[:at])
		newer := fold(t, w.commits[:rapid.IntRange(at, len(w.commits)).Draw(rt, "newer")])
		// A projection that was cut off holds some rows and streams newer than
		// its head.
		var records []*ledger.Record
		for r := range newer.Records() {
			row := older.Record(r.ID)
			if row == nil || rapid.Bool().Draw(rt, "newer row") {
				row = r
			}
			stored, err := ledger.ParseRecord(row.AppendJSON(nil))
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, stored)
		}
		var streams []*ledger.Stream
		for l := range newer.Streams() {
			row := older.Stream(l.Device, l.Epoch)
			if row == nil || rapid.Bool().Draw(rt, "newer stream") {
				row = l
			}
			stored, err := ledger.ParseStream(row.AppendJSON(nil))
			if err != nil {
				t.Fatal(err)
			}
			streams = append(streams, stored)
		}
		s := newState(t)
		s.Restore(older.Head(), slices.Values(records), streams)
		for _, c := range w.commits[at:] {
			if _, err := s.Apply(c); err != nil {
				rt.Fatal(err)
			}
		}
		if got, want := dump(s), dump(w.state); got != want {
			rt.Fatalf("snapshot and tail:\n%s\nall:\n%s", got, want)
		}
		for after := range w.state.Head().Seq {
			if got, want := changedAfter(s, after), changedAfter(w.state, after); got != want {
				rt.Fatalf("changed after %d, snapshot and tail:\n%s\nall:\n%s", after, got, want)
			}
		}
		for l := range w.state.Streams() {
			if got := s.Stream(l.Device, l.Epoch); string(got.AppendJSON(nil)) != string(l.AppendJSON(nil)) {
				rt.Fatalf("stream %s, want %s", got.AppendJSON(nil), l.AppendJSON(nil))
			}
		}
	})
}

// changedAfter writes which records changed after a seq, page by page.
func changedAfter(s *ledger.State, after ledger.Seq) string {
	var out []string
	for more := true; more; {
		var records []*ledger.Record
		records, after, more = s.Changed(after, 1, nil)
		for _, r := range records {
			out = append(out, fmt.Sprintf("%06d %s", r.Seq, r.ID))
		}
	}
	slices.Sort(out) // in a commit the order may differ
	return strings.Join(out, "\n")
}

func TestIndependentBatchesCommute(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := history(rt, t)
		base := w.state.Head().Seq
		batches := map[ledger.DeviceID][]ledger.Op{}
		for i, device := range collectors {
			var ops []draftOp
			for range rapid.IntRange(1, 4).Draw(rt, "ops") {
				op := randomOp(rt, w, ledger.RoleCollector, ledger.Seq(rapid.Uint64Range(0, uint64(base)).Draw(rt, "base")))
				op.at = ledger.Millis(100 + i) // clocks that differ, so that dots decide nothing
				ops = append(ops, op)
			}
			batches[device] = w.number(device, ops)
		}
		var want string
		for _, order := range [][]ledger.DeviceID{{"A", "B", "C"}, {"C", "A", "B"}, {"B", "C", "A"}, {"C", "B", "A"}} {
			other := &world{t: t, state: fold(t, w.commits), salts: w.salts}
			for _, device := range order {
				other.commit(other.entry(device, ledger.RoleCollector, batches[device]))
			}
			switch got := meaning(other.state); {
			case want == "":
				want = got
			case got != want:
				rt.Fatalf("order %v:\n%s\nwant:\n%s", order, got, want)
			}
		}
	})
}

// TestErasureKeepsTheChain erases, cut off anywhere and resumed, and
// looks whether the chain verifies and every fold at an older head still has
// the same conflicts.
func TestErasureKeepsTheChain(t *testing.T) {
	conflicts := func(s *ledger.State) string {
		var out strings.Builder
		for r := range s.Records() {
			fmt.Fprintln(&out, r.ID, r.Conflicts(), r.Int("quantity"), r.Removed(), r.Review().State)
		}
		return out.String()
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := history(rt, t)
		var before []string
		for i := range w.commits {
			before = append(before, conflicts(fold(t, w.commits[:i+1])))
		}
		c := w.push("desk", "reviewer",
			draftOp{record: recordID(1), action: ledger.ActionEdit, rest: `,"set":{"name":"Hộ mẫu 012"}`},
			draftOp{record: recordID(1), action: ledger.ActionErase, rest: `,"fields":["name","_comments","_review"]`})
		e := ledger.Erasure{Record: recordID(1), Fields: []string{"name", ledger.Comments, ledger.Review}, Before: ledger.Dot{Seq: c.Seq, Index: 1}}

		stored := make([][]byte, len(w.commits))
		load := func() []*ledger.Commit {
			var commits []*ledger.Commit
			for _, b := range stored {
				c, err := ledger.ParseCommit(b)
				if err != nil {
					t.Fatal(err)
				}
				commits = append(commits, c)
			}
			return commits
		}
		for i, c := range w.commits {
			stored[i] = c.AppendJSON(nil)
		}
		for range 3 {
			commits := load()
			changed := ledger.Redact(commits, e)
			cut := rapid.IntRange(0, len(changed)).Draw(rt, "stored before the crash")
			for _, i := range changed[:cut] {
				stored[i] = commits[i].AppendJSON(nil)
			}
		}
		commits := load()
		for _, i := range ledger.Redact(commits, e) {
			stored[i] = commits[i].AppendJSON(nil)
		}
		commits = load()
		verify(t, commits)
		for i, want := range before {
			if got := conflicts(fold(t, commits[:i+1])); got != want {
				rt.Fatalf("at head %d after the erasure:\n%s\nbefore:\n%s", i+1, got, want)
			}
		}
		for i, b := range stored {
			for _, entry := range commits[i].Entries {
				for _, op := range entry.Ops {
					for _, p := range op.Personal {
						if full := op.Open(); full.Record == recordID(1) && !p.Erased {
							rt.Fatalf("commit %d still holds a name: %s", i+1, b)
						}
					}
				}
			}
		}
	})
}

// TestTamperingIsFound flips one byte of a stored ledger.
func TestTamperingIsFound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := history(rt, t)
		which := rapid.IntRange(0, len(w.commits)-1).Draw(rt, "commit")
		stored := w.commits[which].AppendJSON(nil)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)) //nolint:gosec // A test's choice of a byte.
		for range 20 {
			bad := slices.Clone(stored)
			bad[rng.IntN(len(bad))] ^= byte(1 + rng.IntN(255))
			c, err := ledger.ParseCommit(bad)
			if err != nil || string(c.AppendJSON(nil)) == string(stored) {
				continue
			}
			v := ledger.NewVerifier(unit)
			for _, good := range w.commits[:which] {
				if err := v.Check(good); err != nil {
					t.Fatal(err)
				}
			}
			err = v.Check(c)
			if err == nil && which+1 < len(w.commits) {
				err = v.Check(w.commits[which+1])
			}
			if err == nil {
				rt.Fatalf("not found:\n%s\nwas\n%s", bad, stored)
			}
		}
	})
}
