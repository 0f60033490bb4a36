package conformance

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// hostile texts mean something to a database's language, or to nobody. None
// may mean more than itself.
var hostile = []string{
	"$ne", `{"$ne":""}`, `{"$where":"1"}`, "$", ".", "a.b", "' OR 1=1 --", "'; DROP TABLE rows; --", `"`,
	"%", "_", `\`, "*", "?", "/", ":", "a/", "a\x00b", "Đặng Thị Ế", "e\u0301", "\uffff", "\U0010ffff", " ", "null",
}

// chain makes the first commits of a unit.
func chain(unit ledger.UnitID, n int) []*ledger.Commit { return chainOf(unit, n, 10) }

// chainOf makes commits whose ops have texts of a size.
func chainOf(unit ledger.UnitID, n, size int) []*ledger.Commit {
	list := make([]*ledger.Commit, n)
	var prev ledger.Hash
	for i := range list {
		list[i] = commit(unit, ledger.Seq(i+1), prev, size)
		prev = list[i].Hash
	}
	return list
}

func commit(unit ledger.UnitID, seq ledger.Seq, prev ledger.Hash, size int) *ledger.Commit {
	text := ledger.Value(fmt.Sprintf(`{"n":%d,"text":"%s"}`, seq, strings.Repeat("ế", size/len("ế"))))
	c := &ledger.Commit{
		Unit: unit, Seq: seq, Log: "L1", Prev: prev, At: 1_795_400_000_000 + ledger.Millis(seq),
		Entries: []ledger.Entry{{
			Device: "d_7Q", Epoch: 1, From: uint64(seq), User: "u_1", Role: "collector",
			Ops: []ledger.StoredOp{{
				Public: text, Salt: ledger.Salt{byte(seq)},
				Personal: []ledger.PersonalValue{{Path: "set.name", Value: `"Đặng \"Ba\""`, Salt: ledger.Salt{1}}},
			}},
			Verdicts: []ledger.Verdict{{Status: ledger.Conflict, Fields: []string{"name"}}},
		}},
	}
	c.Hash = c.Sum()
	return c
}

// erased is the commit as an erasure leaves it.
func erased(c *ledger.Commit) *ledger.Commit {
	out, err := ledger.ParseCommit(c.AppendJSON(nil))
	if err != nil {
		panic(err) // it was just written
	}
	out.Entries[0].Ops[0].Personal[0] = ledger.PersonalValue{
		Path: "set.name", Erased: true, Leaf: ledger.Hash{7}, Class: ledger.Dot{Seq: c.Seq},
	}
	return out
}

// recordID makes ids that sort as their numbers.
func recordID(n int) (id ledger.RecordID) {
	binary.BigEndian.PutUint64(id[:], 0x0197_0000_0000_7000)
	binary.BigEndian.PutUint64(id[8:], 0x8000_0000_0000_0000+uint64(n))
	return id
}

// row is a plain one, of version 1.
func row(unit ledger.UnitID, n int) store.Row {
	return store.Row{
		Unit: unit, ID: recordID(n), Kind: "gift", Seq: 1, State: store.Pending, Date: "2026-11-20",
		Name: "ten\x00\xff\x80" + fmt.Sprint(n), Updated: 1_795_400_000_000 + ledger.Millis(n),
		Words: []string{"nguyen", "van", fmt.Sprint("an", n)}, Keys: []string{fmt.Sprint("k", n)}, Files: []string{fmt.Sprint("f", n)},
		Body: fmt.Appendf(nil, `{"n":%d,"name":"Nguyễn Văn Ân"}`, n),
	}
}

func stream(id string, through uint64) store.Stream {
	return store.Stream{ID: id, Through: through, Body: fmt.Appendf(nil, `{"through":%d}`, through)}
}
