package ledger_test

import (
	"testing"

	"github.com/sothon/sothon/sync/ledger"
)

// Two phones said the same, and were in no conflict. An erasure that is cut
// off after its first commit, and resumed, must not make one of it.
func TestErasureCutOffMakesNoConflict(t *testing.T) {
	w := newWorld(t)
	for _, device := range []ledger.DeviceID{"A", "B"} {
		w.push(device, ledger.RoleCollector, draftOp{record: recordID(1), action: ledger.ActionEdit, rest: `,"set":{"name":"Hộ mẫu"}`})
	}
	c := w.push("desk", "reviewer", draftOp{record: recordID(1), action: ledger.ActionErase, rest: `,"fields":["name"]`})
	e := ledger.Erasure{Record: recordID(1), Fields: []string{"name"}, Before: ledger.Dot{Seq: c.Seq}}
	stored := make([][]byte, len(w.commits))
	for i, c := range w.commits {
		stored[i] = c.AppendJSON(nil)
	}
	load := func() (commits []*ledger.Commit) {
		for _, b := range stored {
			c, err := ledger.ParseCommit(b)
			if err != nil {
				t.Fatal(err)
			}
			commits = append(commits, c)
		}
		return commits
	}
	for range 2 { // each time it gets no further than its first commit
		commits := load()
		first := ledger.Redact(commits, e)[0]
		stored[first] = commits[first].AppendJSON(nil)
	}
	verify(t, load())
	if r := fold(t, load()[:2]).Record(recordID(1)); r.InConflict("name") {
		t.Errorf("before the erasure the record now has %v", r.Register("name"))
	}
}
