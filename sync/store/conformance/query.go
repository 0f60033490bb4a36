package conformance

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

var queryTests = []test{
	{"a query without units is refused", func(t *testing.T, db *database) {
		db.mustProject("A", store.Projection{Rows: []store.Row{row("A", 1)}})
		for _, scope := range [][]ledger.UnitID{nil, {}} {
			if rows, err := db.Query(t.Context(), store.Query{Units: scope, Limit: 9}); err == nil {
				t.Errorf("%d rows, want an error", len(rows))
			}
		}
	}},
	{"words of other letters are refused", func(t *testing.T, db *database) {
		db.mustProject("A", store.Projection{Rows: []store.Row{row("A", 1)}})
		for _, w := range append(slices.Clone(hostile[:len(hostile)-1]), "", "An", "a b", "ă", "a%", "a\uffff") {
			if rows, err := db.Query(t.Context(), store.Query{Units: units("A"), Words: []string{w}, Limit: 9}); err == nil {
				t.Errorf("%q: %d rows, want an error", w, len(rows))
			}
		}
	}},
	{"facets with blanks are refused", func(t *testing.T, db *database) {
		for _, f := range []string{"", "a b", " a", "a\n"} {
			for _, q := range []store.Query{{Facets: []string{f}}, {Any: []string{f}}, {Without: []string{f}}, {Words: []string{"a"}, WordFacets: []string{f}}} {
				q.Units, q.Limit = units("A"), 9
				if _, err := db.Query(t.Context(), q); err == nil {
					t.Errorf("%+v: no error", q)
				}
			}
		}
	}},
	{"an unknown order is refused", func(t *testing.T, db *database) {
		for _, sort := range []store.Sort{"seq", "updated, unit", "$natural"} {
			if _, err := db.Query(t.Context(), store.Query{Units: units("A"), Sort: sort, Limit: 9}); err == nil {
				t.Errorf("%q: no error", sort)
			}
		}
	}},
	{"every filter alone, in every order, page by page", testFilters},
	{"any filters together, page by page", testQueryModel},
	{"values are only values", testHostileQueries},
}

// village is a set of rows with many equal values.
func village() []store.Row {
	random := rand.New(rand.NewPCG(1, 2)) // the same rows each time
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	var rows []store.Row
	for n := range 300 {
		r := row(ledger.UnitID(pick("A", "A-1", "A1", "B")), n)
		r.Kind = ledger.Kind(pick("gift", "house", "meeting", "fund"))
		r.State = store.State(pick("pending", "approved", "returned", "removed", "duplicate"))
		r.Conflict = random.IntN(10) == 0
		r.Date = pick("", "2025-12-31", "2026-01-01", "2026-11-20", "2026-11-21")
		r.Name = pick("", "\x00", "an", "an\x00", "ân", "\x80", "\xff\xff", "b", "\u007f\u0080")
		r.Updated = ledger.Millis(random.IntN(7))
		if r.Conflict {
			r.Waiting = ledger.Millis(1 + random.IntN(4))
		}
		r.Words = nil
		for range random.IntN(4) {
			r.Words = append(r.Words, pick("an", "ang", "ba", "nguyen", "ng", "van", "1", "12", "z"))
		}
		r.Facets, r.Amount, r.Quantity = nil, int64(random.IntN(3)), int64(random.IntN(3))
		for _, f := range []string{"late", "class:a", "class:ab", "ref:A/1"} {
			if random.IntN(3) == 0 {
				r.Facets = append(r.Facets, f)
			}
		}
		slices.Sort(r.Words)
		r.Words = slices.Compact(r.Words)
		rows = append(rows, r)
	}
	return rows
}

func (db *database) mustProjectAll(rows []store.Row) {
	db.t.Helper()
	byUnit := map[ledger.UnitID][]store.Row{}
	for _, r := range rows {
		byUnit[r.Unit] = append(byUnit[r.Unit], r)
	}
	for unit, rows := range byUnit {
		db.mustProject(unit, store.Projection{Head: ledger.Head{Seq: 1}, Rows: rows})
	}
}

func testFilters(t *testing.T, db *database) {
	rows := village()
	db.mustProjectAll(rows)
	all := units("A", "A-1", "A1", "B")
	for _, q := range []store.Query{
		{Units: all},
		{Units: units("A")},
		{Units: units("A-1", "B", "B")},
		{Units: units("X")},
		{Units: all, IDs: []ledger.RecordID{recordID(7), recordID(8), recordID(7), recordID(9999)}},
		{Units: units("A"), IDs: []ledger.RecordID{recordID(1), recordID(2), recordID(3), recordID(4), recordID(5), recordID(6)}},
		{Units: all, Kinds: []ledger.Kind{"gift"}},
		{Units: all, Kinds: []ledger.Kind{"house", "fund", "none"}},
		{Units: all, States: []store.State{store.Pending}},
		{Units: all, States: []store.State{store.Approved, store.Duplicate}},
		{Units: all, Conflict: true},
		{Units: all, From: "2026-01-01"},
		{Units: all, To: "2026-01-01"},
		{Units: all, From: "2026-01-01", To: "2026-11-20"},
		{Units: all, From: "2026-11-22"},
		{Units: all, From: "2026-11-20", To: "2026-01-01"},
		{Units: all, From: "2026-01-01", To: "2026-11-20", Undated: true},
		{Units: all, To: "2026-01-01", Undated: true},
		{Units: all, From: "2026-11-22", Undated: true},
		{Units: all, Undated: true},
		{Units: all, Words: []string{"an"}},
		{Units: all, Words: []string{"ng"}},
		{Units: all, Words: []string{"n", "b"}},
		{Units: all, Words: []string{"n", "n", "ng"}},
		{Units: all, Words: []string{"1"}},
		{Units: all, Words: []string{"guyen"}},
		{Units: all, Words: []string{"ann"}},
		{Units: all, Facets: []string{"late"}},
		{Units: all, Facets: []string{"class:a"}},
		{Units: all, Facets: []string{"class:a", "late"}},
		{Units: all, Facets: []string{"class"}},
		{Units: all, Any: []string{"class:ab", "ref:A/1", "x"}},
		{Units: all, Any: []string{"class"}},
		{Units: all, Any: []string{"class:ab", "ref:A/1", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9"}, Without: []string{"late"}}, // as a set
		{Units: all, Any: []string{"class", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9"}},
		{Units: all, Any: []string{"class:ab", "ref:A/1"}, Facets: []string{"late"}, Without: []string{"class:a"}},
		{Units: all, Words: []string{"an"}, WordFacets: []string{"class:ab"}, Any: []string{"late"}},
		{Units: all, Without: []string{"late", "class:ab"}},
		{Units: all, Facets: []string{"late"}, Without: []string{"late"}},
		{Units: all, Words: []string{"nguyen"}, WordFacets: []string{"class:ab", "ref:A/1"}},
		{Units: all, WordFacets: []string{"class:ab"}},
	} {
		for _, sort := range []store.Sort{"", store.SortUpdated, store.SortDate, store.SortName, store.SortWaiting, store.SortAmount} {
			for _, desc := range []bool{false, true} {
				q.Sort, q.Desc, q.Limit = sort, desc, 40
				checkQuery(t, db, q, rows)
			}
		}
	}
	for _, limit := range []int{0, 1, 299, 300, 301} {
		q := store.Query{Units: all, Limit: limit}
		sameRows(t, db.mustQuery(q), oracle(&q, rows)[:min(limit, 300)])
	}
}

func testQueryModel(t *testing.T, db *database) {
	rows := village()
	db.mustProjectAll(rows)
	some := func(t *rapid.T, label string, atMost int, of ...string) []string {
		return rapid.SliceOfN(rapid.SampledFrom(of), 0, atMost).Draw(t, label)
	}
	day := rapid.SampledFrom([]string{"", "", "2025-12-31", "2026-01-01", "2026-11-20", "2027-01-01"})
	rapid.Check(t, func(t *rapid.T) {
		q := store.Query{
			Units:    units("A"),
			Conflict: rapid.IntRange(0, 5).Draw(t, "conflict") == 0,
			From:     day.Draw(t, "from"), To: day.Draw(t, "to"),
			Undated: rapid.Bool().Draw(t, "undated"),
			Facets:  some(t, "facets", 2, "late", "class:a", "class:ab", "x"), Without: some(t, "without", 1, "late", "class:ab"),
			Any:        some(t, "any", 2, "late", "class:a", "x"),
			WordFacets: some(t, "naming", 2, "ref:A/1", "class:a"),
			Words:      some(t, "words", 2, "a", "an", "n", "ng", "nguyen", "1", "z", "x"),
			Sort:       rapid.SampledFrom([]store.Sort{store.SortUpdated, store.SortDate, store.SortName, store.SortWaiting, store.SortAmount}).Draw(t, "sort"),
			Desc:       rapid.Bool().Draw(t, "desc"),
			Limit:      rapid.IntRange(5, 70).Draw(t, "limit"),
		}
		for _, unit := range some(t, "units", 4, "A", "A-1", "A1", "B", "X") {
			q.Units = append(q.Units, ledger.UnitID(unit))
		}
		for _, kind := range some(t, "kinds", 3, "gift", "house", "meeting", "fund") {
			q.Kinds = append(q.Kinds, ledger.Kind(kind))
		}
		for _, state := range some(t, "states", 3, "pending", "approved", "returned", "removed", "duplicate") {
			q.States = append(q.States, store.State(state))
		}
		if rapid.IntRange(0, 3).Draw(t, "named") == 0 {
			for _, n := range rapid.SliceOfN(rapid.IntRange(0, 310), 0, 40).Draw(t, "ids") {
				q.IDs = append(q.IDs, recordID(n))
			}
		}
		checkQuery(t, db, q, rows)
		// A position need not be in the list, and its row need not exist.
		anywhere := func(label string) *store.Position {
			return &store.Position{
				Updated: ledger.Millis(rapid.IntRange(-1, 8).Draw(t, label+" updated")),
				Amount:  int64(rapid.IntRange(-1, 3).Draw(t, label+" amount")),
				Text:    rapid.SampledFrom([]string{"", "an", "2026-01-01", "2026-06-01", "\x80\x00", "\xff\xff\xff"}).Draw(t, label+" text"),
				Unit:    ledger.UnitID(rapid.SampledFrom([]string{"", "A", "A-0", "A-1", "Z"}).Draw(t, label+" unit")),
				ID:      recordID(rapid.IntRange(0, 310).Draw(t, label+" id")),
			}
		}
		if rapid.Bool().Draw(t, "from anywhere") {
			q.After = anywhere("after")
			checkQuery(t, db, q, rows)
		}
		if rapid.Bool().Draw(t, "up to anywhere") {
			q.Through = anywhere("through")
			checkQuery(t, db, q, rows)
		}
		if list := oracle(&q, rows); len(list) > 2 { // one of the list is its last
			q.Through = placeOf(&list[len(list)/2], q.Sort)
			checkQuery(t, db, q, rows)
		}
	})
}

// checkQuery pages through the answer and compares with the oracle.
func checkQuery(t interface {
	Helper()
	Fatalf(string, ...any)
}, db *database, q store.Query, rows []store.Row,
) {
	t.Helper()
	expected := oracle(&q, rows)
	var got []store.Row
	for page := q; ; {
		list, err := db.Query(db.t.Context(), page)
		if err != nil {
			t.Fatalf("%+v: %v", page, err)
		}
		if len(list) > q.Limit {
			t.Fatalf("%d rows, want at most %d", len(list), q.Limit)
		}
		got = append(got, list...)
		if len(list) < q.Limit || len(got) > len(rows) {
			break
		}
		last := list[len(list)-1]
		page.After = placeOf(&last, q.Sort)
	}
	if len(got) != len(expected) {
		t.Fatalf("%+v: %d rows, want %d", q, len(got), len(expected))
	}
	sameRows(t, got, expected)
	checkTotals(t, db, q, rows)
}

// placeOf is a row's place in a list.
func placeOf(r *store.Row, sort store.Sort) *store.Position {
	switch sort {
	case store.SortDate:
		return &store.Position{Text: r.Date, Unit: r.Unit, ID: r.ID}
	case store.SortWaiting:
		return &store.Position{Updated: r.Waiting, Unit: r.Unit, ID: r.ID}
	case store.SortAmount:
		return &store.Position{Amount: r.Amount, Unit: r.Unit, ID: r.ID}
	default:
		return &store.Position{Updated: r.Updated, Text: r.Name, Unit: r.Unit, ID: r.ID}
	}
}

// checkTotals adds up what the oracle selects.
func checkTotals(t interface {
	Helper()
	Fatalf(string, ...any)
}, db *database, q store.Query, rows []store.Row,
) {
	t.Helper()
	q.After = nil
	var want store.Totals
	facets := []string{"class:ab", "late", "nobody's"}
	byFacet := map[store.UnitFacet]store.Totals{}
	for _, r := range oracle(&q, rows) {
		want.Count++
		want.Amount += r.Amount
		want.Quantity += r.Quantity
		want.Updated = max(want.Updated, r.Updated)
		for _, f := range facets {
			if slices.Contains(r.Facets, f) {
				sum := byFacet[store.UnitFacet{Unit: r.Unit, Facet: f}]
				sum.Add(&r)
				byFacet[store.UnitFacet{Unit: r.Unit, Facet: f}] = sum
			}
		}
	}
	if got, err := db.Totals(db.t.Context(), q); err != nil || got != want {
		t.Fatalf("totals of %+v: %+v, %v; want %+v", q, got, err, want)
	}
	if got, err := db.TotalsByFacet(db.t.Context(), q, facets); err != nil || !maps.Equal(got, byFacet) {
		t.Fatalf("totals by facet of %+v: %+v, %v; want %+v", q, got, err, byFacet)
	}
	if got, err := db.TotalsByFacet(db.t.Context(), q, nil); err != nil || len(got) > 0 {
		t.Fatalf("totals by no facet of %+v: %+v, %v", q, got, err)
	}
}

// oracle answers a query, regardless of its limit, in the plainest way.
func oracle(q *store.Query, rows []store.Row) []store.Row {
	value := func(r *store.Row) string {
		switch q.Sort {
		case store.SortDate:
			return r.Date
		case store.SortName:
			return r.Name
		case store.SortWaiting:
			return fmt.Sprintf("%020d", int64(r.Waiting)+1<<40)
		case store.SortAmount:
			return fmt.Sprintf("%020d", r.Amount+1<<60)
		default:
			return fmt.Sprintf("%020d", int64(r.Updated)+1<<40)
		}
	}
	compare := func(a, b *store.Row) int {
		c := cmp.Or(strings.Compare(value(a), value(b)),
			strings.Compare(string(a.Unit), string(b.Unit)), strings.Compare(a.ID.String(), b.ID.String()))
		if q.Desc {
			return -c
		}
		return c
	}
	var list []store.Row
	for _, r := range rows {
		ok := slices.Contains(q.Units, r.Unit)
		ok = ok && (len(q.IDs) == 0 || slices.Contains(q.IDs, r.ID))
		ok = ok && (len(q.Kinds) == 0 || slices.Contains(q.Kinds, r.Kind))
		ok = ok && (len(q.States) == 0 || slices.Contains(q.States, r.State))
		ok = ok && (!q.Conflict || r.Conflict)
		ok = ok && (q.From == "" || r.Date >= q.From || r.Date == "" && q.Undated)
		ok = ok && (q.To == "" || r.Date != "" && r.Date <= q.To || r.Date == "" && q.Undated)
		for _, f := range q.Facets {
			ok = ok && slices.Contains(r.Facets, f)
		}
		for _, f := range q.Without {
			ok = ok && !slices.Contains(r.Facets, f)
		}
		ok = ok && (len(q.Any) == 0 || slices.ContainsFunc(q.Any, func(f string) bool { return slices.Contains(r.Facets, f) }))
		said := true
		for _, w := range q.Words {
			said = said && strings.Contains(" "+strings.Join(r.Words, " "), " "+w)
		}
		for _, f := range q.WordFacets {
			said = said || slices.Contains(r.Facets, f)
		}
		ok = ok && said
		beside := func(p *store.Position) int {
			return compare(&r, &store.Row{Unit: p.Unit, ID: p.ID, Updated: p.Updated, Waiting: p.Updated, Amount: p.Amount, Date: p.Text, Name: p.Text})
		}
		ok = ok && (q.After == nil || beside(q.After) > 0) && (q.Through == nil || beside(q.Through) <= 0)
		if ok {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b store.Row) int { return compare(&a, &b) })
	return list
}

func testHostileQueries(t *testing.T, db *database) {
	var rows []store.Row
	for i, text := range hostile {
		r := row(ledger.UnitID(text), i)
		r.Kind, r.State, r.Date, r.Name = ledger.Kind(text), store.State(text), text, text
		rows = append(rows, r, row("A", 1000+i))
	}
	db.mustProjectAll(rows)
	for i, text := range hostile {
		mine, one := rows[2*i:2*i+1], units(ledger.UnitID(text))
		all := append(units("A"), one...)
		sameRows(t, db.mustQuery(store.Query{Units: one, Limit: 9}), mine)
		sameRows(t, db.mustQuery(store.Query{Units: all, Kinds: []ledger.Kind{ledger.Kind(text)}, Limit: 9}), mine)
		sameRows(t, db.mustQuery(store.Query{Units: all, States: []store.State{store.State(text)}, Limit: 9}), mine)
		sameRows(t, db.mustQuery(store.Query{Units: all, From: text, To: text, Limit: 9}), mine)
		sameRows(t, db.mustSnapshot(one[0]).Rows, mine)
		for _, sort := range []store.Sort{store.SortUpdated, store.SortDate, store.SortName, store.SortAmount} {
			after := &store.Position{Updated: mine[0].Updated, Text: text, Amount: mine[0].Amount, Unit: one[0], ID: recordID(0)}
			if i > 0 {
				after.ID = recordID(i - 1)
			}
			q := store.Query{Units: one, Sort: sort, After: after, Limit: 9}
			sameRows(t, db.mustQuery(q), oracle(&q, rows))
		}
	}
}
