package ledger_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
)

const (
	gave       = `[{"amount":40,"name":"Ông Mẫu"},{"amount":2},{"amount":5,"name":null}]`
	gaveNobody = `[{"amount":40},{"amount":2},{"amount":5}]`
)

func sources(v string) draftOp {
	return draftOp{record: recordID(1), action: ledger.ActionEdit, rest: `,"set":{"category":"poor","sources":` + v + `}`}
}

func eraseSources(base ledger.Seq) draftOp {
	return draftOp{record: recordID(1), action: ledger.ActionErase, base: base, rest: `,"fields":["sources.name"]`}
}

func shownSources(s *ledger.State) ledger.Value {
	v, _ := s.Record(recordID(1)).Current("sources")
	return v.WithoutErased()
}

// A personal member of a list's objects leaves the ledger; what is counted stays,
// and so do all folds and the chain.
func TestErasureOfMembers(t *testing.T) {
	w := newWorld(t)
	drafts := []draftOp{sources(gave), {record: recordID(1), action: ledger.ActionResolve, base: 1, rest: `,"field":"sources","sees":["1.0"],"value":[{"amount":41,"name":"Ông Mẫu"}]`}}
	ops := w.number("A", drafts)
	w.commit(w.entry("A", ledger.RoleCollector, ops))
	refused := w.number("B", []draftOp{{record: recordID(1), action: ledger.ActionEdit, rest: `,"set":{"_own":1,"sources":` + gave + `}`}, sources(gave)})
	w.commit(w.entry("B", ledger.RoleCollector, refused))
	for i, stored := range w.commits[0].Entries[0].Ops {
		if strings.Contains(string(stored.Public), "Mẫu") || stored.Open().Text != ops[i].Text {
			t.Errorf("op %d is kept as %s, and reads %s", i, stored.Public, stored.Open().Text)
		}
	}
	c := w.push("desk", "reviewer", eraseSources(2))
	ledger.Redact(w.commits, ledger.Erasure{Record: recordID(1), Fields: []string{"sources.name"}, Before: ledger.Dot{Seq: c.Seq}})
	for _, c := range w.commits {
		if text := string(c.AppendJSON(nil)); strings.Contains(text, "Ông") || !strings.Contains(text, `"amount"`) && c.Seq < 3 {
			t.Errorf("commit %d is %s", c.Seq, text)
		}
	}
	verify(t, w.commits)
	for through := 1; through <= 3; through++ {
		s := fold(t, w.commits[:through])
		amounts := ""
		v, _ := s.Record(recordID(1)).Current("sources")
		for source := range v.Elements() {
			n, _ := source.Get("amount")
			amounts += string(n) + " "
		}
		if want := map[int]string{1: "41 ", 2: "41 ", 3: "41 "}[through]; amounts != want || strings.Contains(string(shownSources(s)), "name") {
			t.Errorf("through %d the sources are %s", through, v)
		}
	}
	if r := w.state.Record(recordID(1)); !r.Register("sources.name")[0].Value.Erased() || strings.Contains(string(r.AppendJSON(nil)), "Ông") {
		t.Errorf("after the erasure the record is %s", r.AppendJSON(nil))
	}
	stored := w.commits[0].Entries[0].Ops
	blanked := strings.ReplaceAll(string(ops[0].Text), "Ông Mẫu", "-")
	other := strings.ReplaceAll(string(ops[0].Text), "40", "50")
	for text, same := range map[string]bool{string(ops[0].Text): true, blanked: true, other: false} {
		if sent := ledger.ParseOp(ledger.Value(text)); stored[0].Same(&sent) != same {
			t.Errorf("sent again as %s: the same %t", text, !same)
		}
	}
}

// An author who had not seen the erasure cannot bring the names back, whichever
// arrives first; one who had seen it writes new ones.
func TestMembersThatComeAfterTheirErasure(t *testing.T) {
	late := newWorld(t)
	late.push("A", ledger.RoleCollector, sources(gave))
	late.push("desk", "reviewer", eraseSources(1))
	late.push("B", ledger.RoleCollector, sources(gave))
	early := newWorld(t)
	early.push("A", ledger.RoleCollector, sources(gave))
	early.push("B", ledger.RoleCollector, sources(gave))
	early.push("desk", "reviewer", eraseSources(2))
	for name, w := range map[string]*world{"late": late, "early": early} {
		r := w.state.Record(recordID(1))
		if got := shownSources(w.state); got != gaveNobody || r.InConflict("sources") {
			t.Errorf("%s: the sources are %s, in conflict %t", name, got, r.InConflict("sources"))
		}
		edit := sources(`[{"amount":40,"name":"Bà Mẫu"}]`)
		edit.base = 3
		w.push("C", ledger.RoleCollector, edit)
		if got := shownSources(w.state); !strings.Contains(string(got), "Bà Mẫu") || len(w.state.Record(recordID(1)).Register("sources.name")) > 0 {
			t.Errorf("%s: the new value is %s", name, got)
		}
	}
}

// Names that were erased differ still where they did before: a fold from before
// the erasure keeps its conflict.
func TestErasedMembersKeepConflicts(t *testing.T) {
	w := newWorld(t)
	w.push("A", ledger.RoleCollector, sources(`[{"amount":1,"name":"A"}]`))
	w.push("B", ledger.RoleCollector, sources(`[{"amount":1,"name":"B"}]`))
	w.push("C", ledger.RoleCollector, sources(`[{"amount":1,"name":"A"}]`))
	c := w.push("desk", "reviewer", eraseSources(3))
	ledger.Redact(w.commits, ledger.Erasure{Record: recordID(1), Fields: []string{"sources.name"}, Before: ledger.Dot{Seq: c.Seq}})
	r := fold(t, w.commits[:3]).Record(recordID(1))
	writes := r.Register("sources")
	if len(writes) != 3 || writes[0].Value != writes[2].Value || writes[0].Value == writes[1].Value {
		t.Errorf("before the erasure the record has %v", writes)
	}
}

// Records that are not shown end no page, and make no other expected.
func TestChangedCountsWhatIsShown(t *testing.T) {
	w := newWorld(t)
	for n := byte(1); n <= 6; n++ {
		w.push("A", ledger.RoleCollector, draftOp{record: recordID(n), action: ledger.ActionEdit, rest: `,"set":{"name":"Hộ mẫu"}`})
	}
	odd := func(r *ledger.Record) bool { return r.Seq%2 == 1 }
	var pages []string
	for after, more := ledger.Seq(0), true; more; {
		var records []*ledger.Record
		records, after, more = w.state.Changed(after, 1, odd)
		pages = append(pages, fmt.Sprint(len(records), " through ", after))
	}
	if got := strings.Join(pages, ", "); got != "1 through 1, 1 through 3, 1 through 6" {
		t.Errorf("the pages hold %s", got)
	}
}
