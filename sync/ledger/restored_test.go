package ledger_test

import (
	"slices"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
)

// A resolve names what it saw by dot and by origin. A restored backup loses
// both of them, and the dots go to others: a resolve that is sent again settles
// what its author saw, which comes later, and not what stands under its dots.
func TestResolveSentAgainAfterARestore(t *testing.T) {
	set := func(quantity string) draftOp {
		return draftOp{record: recordID(1), action: ledger.ActionEdit, rest: `,"set":{"quantity":` + quantity + `}`}
	}
	resolve := func(base ledger.Seq) draftOp {
		const rest = `,"field":"quantity","value":3,"sees":["1.0","2.0"],"origins":["A/1/1","B/1/1"]`
		return draftOp{record: recordID(1), action: ledger.ActionResolve, base: base, rest: rest}
	}
	w := newWorld(t)
	w.push("A", ledger.RoleCollector, set("1"))
	w.push("B", ledger.RoleCollector, set("2"))
	w.push("desk", "reviewer", resolve(2))
	if got := standing(w, "quantity"); !slices.Equal(got, []string{"desk: 3"}) {
		t.Fatalf("standing before the restore: %v", got)
	}

	// The backup holds nothing. C comes first, and the desk sends again what it
	// keeps, with the base cut to what is shared.
	w = newWorld(t)
	w.push("C", ledger.RoleCollector, set("9"))
	w.push("desk", "reviewer", resolve(0))
	w.push("A", ledger.RoleCollector, set("1"))
	w.push("B", ledger.RoleCollector, set("2"))
	if got := standing(w, "quantity"); !slices.Equal(got, []string{"C: 9", "desk: 3"}) {
		t.Errorf("standing after the restore: %v; nobody decided on what C wrote, and the desk did on A's and B's", got)
	}
}

// A resolve too is settled by one that saw it, even where it comes after that, and
// still settles what it named itself.
func TestResolveSettledBeforeItCame(t *testing.T) {
	set := func(quantity string) draftOp {
		return draftOp{record: recordID(1), action: ledger.ActionEdit, rest: `,"set":{"quantity":` + quantity + `}`}
	}
	resolve := func(rest string) draftOp {
		return draftOp{record: recordID(1), action: ledger.ActionResolve, rest: `,"field":"quantity",` + rest}
	}
	first := resolve(`"value":3,"sees":["1.0","2.0"],"origins":["A/1/1","B/1/1"]`)
	second := resolve(`"value":4,"sees":["3.0"],"origins":["desk/1/1"]`)
	w := newWorld(t)
	w.push("A", ledger.RoleCollector, set("1"))
	w.push("other", "reviewer", second) // a restored backup had lost the first
	w.push("desk", "reviewer", first)
	w.push("B", ledger.RoleCollector, set("2"))
	if got := standing(w, "quantity"); !slices.Equal(got, []string{"other: 4"}) {
		t.Errorf("standing: %v", got)
	}
}

// standing lists who wrote what stands in a register of the first record.
func standing(w *world, field string) (list []string) {
	for _, write := range w.state.Record(recordID(1)).Register(field) {
		list = append(list, string(write.Device)+": "+string(write.Value))
	}
	return list
}
