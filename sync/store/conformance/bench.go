package conformance

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Benchmark measures what a server does most: a batch of fifty records that
// is stored and projected, and the desk's lists over ten thousand.
func Benchmark(b *testing.B, open func(b *testing.B) store.Backend) {
	b.Helper()
	const batch, village = 50, 10_000
	b.Run("Insert", func(b *testing.B) {
		db := open(b)
		var head ledger.Head
		for b.Loop() {
			c := commit("A", head.Seq+1, head.Hash, 40<<10)
			if err := db.Insert(b.Context(), c); err != nil {
				b.Fatal(err)
			}
			head = c.Head()
		}
	})
	for _, project := range []struct {
		name string
		rows int // how many there are to change
	}{{"Project/new", 1 << 40}, {"Project/again", village}} {
		b.Run(project.name, func(b *testing.B) {
			db, n := open(b), 0
			if project.rows == village {
				fill(b, db, village)
			}
			for b.Loop() {
				p := store.Projection{Head: ledger.Head{Seq: ledger.Seq(n)}, Streams: []store.Stream{stream("d/1", uint64(n))}}
				for range batch {
					p.Rows = append(p.Rows, likely(n%project.rows, ledger.Seq(2+n)))
					n++
				}
				if err := db.Project(b.Context(), "A", p); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
		})
	}
	b.Run("Lists", func(b *testing.B) {
		db := open(b)
		fill(b, db, village)
		for name, q := range map[string]store.Query{
			"page":     {Units: units("A"), Desc: true, Limit: 50},
			"state":    {Units: units("A"), States: []store.State{store.Returned}, Desc: true, Limit: 50},
			"conflict": {Units: units("A"), Conflict: true, Desc: true, Limit: 50},
			"name":     {Units: units("A"), Sort: store.SortName, Limit: 50, After: &store.Position{Text: "m", Unit: "A"}},
			"common":   {Units: units("A"), Words: []string{"ng"}, Sort: store.SortName, Limit: 50},
			"rare":     {Units: units("A"), Words: []string{"w77", "an"}, Desc: true, Limit: 50},
			"naming":   {Units: units("A"), Words: []string{"xyz"}, WordFacets: naming(200), Desc: true, Limit: 50},
			"absent":   {Units: units("A"), Words: []string{"xyz"}, Desc: true, Limit: 50},
		} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					if _, err := db.Query(b.Context(), q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		for name, q := range map[string]store.Query{
			"totals":         {Units: units("A"), Kinds: []ledger.Kind{"gift"}},
			"totals/waiting": {Units: units("A"), States: []store.State{store.Pending}},
			"totals/stale":   {Units: units("A"), Facets: []string{store.FacetStale}},
		} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					if _, err := db.Totals(b.Context(), q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run("alike", func(b *testing.B) {
			for b.Loop() {
				if _, err := db.Alike(b.Context(), units("A"), "gift", "", 50); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("snapshot", func(b *testing.B) {
			for b.Loop() {
				if _, err := db.Snapshot(b.Context(), "A"); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// naming are facets that no row has.
func naming(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("ref:A/0197c0ff-3300-7b90-a1b2-%012d", i)
	}
	return list
}

func fill(b *testing.B, db store.Backend, n int) {
	b.Helper()
	for from := 0; from < n; from += 1000 {
		p := store.Projection{Head: ledger.Head{Seq: 1}}
		for i := range 1000 {
			p.Rows = append(p.Rows, likely(from+i, 1))
		}
		if err := db.Project(b.Context(), "A", p); err != nil {
			b.Fatal(err)
		}
	}
}

// likely is a row as a village has them.
func likely(n int, seq ledger.Seq) store.Row {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	r := row("A", n)
	r.ID = ledger.RecordID{byte(random.Int()), byte(random.Int()), byte(random.Int()), byte(n >> 16), byte(n >> 8), byte(n)}
	r.Seq, r.Updated = seq, 1_795_400_000_000+ledger.Millis(seq)*1000+ledger.Millis(n)
	if random.IntN(20) == 0 {
		r.State = store.Returned
	}
	r.Conflict = random.IntN(100) == 0
	r.Date = fmt.Sprintf("2026-%02d-%02d", 1+random.IntN(12), 1+random.IntN(28))
	r.Name = fmt.Sprintf("%c%c ho ten %d", 'a'+rune(random.IntN(26)), 'a'+rune(random.IntN(26)), n)
	r.Words = []string{"nguyen", "van", "tang", "qua", "tet", "thon", "dong"}
	for range 6 {
		r.Words = append(r.Words, fmt.Sprint("w", random.IntN(5000)))
	}
	r.Keys = []string{fmt.Sprint("name:", random.IntN(9000)), fmt.Sprint("phone:", n)}
	r.Facets = []string{"author:u_truongthon1", fmt.Sprintf("ref:A/0197c0ff-3300-7b90-a1b3-%012d", n), "category:poor"}
	r.Body = fmt.Appendf(nil, `{"n":%d,"text":"%0*d"}`, n, 1500+random.IntN(1500), n)
	return r
}
