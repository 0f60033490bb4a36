package form_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func sortSet(op *ledger.Op) {
	slices.SortFunc(op.Set, func(a, b ledger.Assignment) int { return strings.Compare(a.Field, b.Field) })
}

func TestActionFaults(t *testing.T) {
	const period = `"period":"2026-06-15/2026-12-14"`
	resolve := func(field, value string) string {
		return `"action":"resolve","sees":["1.0"],"field":"` + field + `","value":` + value
	}
	for _, c := range []struct {
		before  ledger.Kind // "" for no record
		kind    ledger.Kind
		members string
		code    string
		field   string
	}{
		{"gift", "dragon", `"action":"edit","set":{"a":1}`, "kind-unknown", "kind"},
		{"gift", "house", `"action":"edit","set":{"areaM2":4}`, "kind-mismatch", "kind"},
		{"gift", "period", `"action":"close",` + period, "kind-mismatch", "kind"},
		{"", "gift", `"action":"fly"`, "action-unknown", "action"},
		{"", "gift", `"action":"edit","set":{"_link":1}`, "field-reserved", "_link"},
		{"", "gift", `"action":"remove"`, "record-unknown", "record"},
		{"", "gift", `"action":"restore"`, "record-unknown", "record"},
		{"", "gift", `"action":"unlink"`, "record-unknown", "record"},
		{"", "gift", resolve("quantity", "1"), "record-unknown", "record"},
		{"gift", "gift", `"action":"remove"`, "", ""},
		{"gift", "gift", `"action":"restore"`, "", ""},
		{"gift", "gift", `"action":"unlink"`, "", ""},
		{"gift", "gift", `"action":"link","duplicateOf":"` + another + `"`, "", ""},

		{"", "period", `"action":"close",` + period, "", ""},
		{"", "period", `"action":"reopen",` + period, "", ""},
		{"", "period", `"action":"edit","set":{"period":"x"}`, "action-kind", "action"},
		{"", "period", `"action":"remove"`, "action-kind", "action"},
		{"", "gift", `"action":"close",` + period, "action-kind", "action"},
		{"", "period", resolve(ledger.Closed, "true"), "record-unknown", "record"},
		{"period", "period", resolve(ledger.Closed, "true"), "", ""},
		{"period", "period", resolve(ledger.Closed, "false"), "", ""},
		{"period", "period", resolve(ledger.Closed, "null"), "type", "value"},
		{"period", "period", resolve("period", `"2026-01-01/2026-06-14"`), "field-unknown", "period"},
		{"period", "period", resolve(ledger.Lifecycle, `"removed"`), "field-unknown", "_lifecycle"},
		{"period", "period", `"action":"review","state":"approved"`, "action-kind", "action"},

		{"gift", "gift", `"action":"review","state":"returned","note":"Xem lại\nsố suất"`, "", ""},
		{"gift", "gift", `"action":"review","state":"returned","note":"Xem\u0007"`, "text-control", "note"},

		{"gift", "gift", `"action":"review","state":"returned","note":"` + strings.Repeat("ế", 4000) + `"`, "", ""},
		{"gift", "gift", `"action":"review","state":"returned","note":"` + strings.Repeat("ế", 4001) + `"`, "type", "note"},
		{"gift", "gift", `"action":"review","state":"returned"`, "required", "note"},
		{"gift", "gift", `"action":"review","state":"returned","note":" \n"`, "required", "note"},
		{"gift", "gift", `"action":"review","state":"approved"`, "", ""},
		{"gift", "gift", `"action":"review","state":"pending"`, "", ""},
		{"gift", "gift", `"action":"review","state":"lost"`, "type", "state"},

		{"gift", "gift", `"action":"comment","text":"Hộ này đã ký nhận."`, "", ""},
		{"gift", "gift", `"action":"comment"`, "required", "text"},
		{"gift", "gift", `"action":"comment","text":""`, "type", "text"},
		{"gift", "gift", `"action":"comment","text":"  "`, "required", "text"},
		{"gift", "gift", `"action":"comment","text":"\u0007"`, "text-control", "text"},
		{"gift", "gift", `"action":"comment","text":"` + strings.Repeat("ế", 2000) + `"`, "", ""},
		{"gift", "gift", `"action":"comment","text":"` + strings.Repeat("e", 2001) + `"`, "too-long", "text"},
		{"", "gift", `"action":"comment","text":"x"`, "record-unknown", "record"},
		{"gift", "gift", `"action":"erase","fields":["_comments","_review","_unknown"]`, "", ""},

		{"gift", "gift", resolve("quantity", "2"), "", ""},
		{"gift", "gift", resolve("quantity", "0"), "too-small", "quantity"},
		{"gift", "gift", resolve("quantity", "null"), "required", "quantity"},
		{"gift", "gift", resolve("wings", "2"), "field-unknown", "wings"},
		{"gift", "gift", resolve("valueVnd", "null"), "", ""},
		{"gift", "gift", resolve(ledger.Lifecycle, `"live"`), "", ""},
		{"gift", "gift", resolve(ledger.Lifecycle, `"removed"`), "", ""},
		{"gift", "gift", resolve(ledger.Lifecycle, `"gone"`), "type", "value"},
		{"gift", "gift", resolve(ledger.Lifecycle, `null`), "type", "value"},
		{"gift", "gift", resolve(ledger.Link, `null`), "", ""},
		{"gift", "gift", resolve(ledger.Link, `"`+another+`"`), "", ""},
		{"gift", "gift", resolve(ledger.Link, elsewhere), "", ""},
		{"gift", "gift", resolve(ledger.Distinct+another, `true`), "", ""},
		{"gift", "gift", resolve(ledger.Distinct+another, `null`), "type", "value"},
		{"gift", "gift", resolve(ledger.Link, `{"not":7}`), "reference-malformed", "value"},
		{"gift", "gift", resolve(ledger.Link, `true`), "reference-malformed", "value"},
		{"gift", "gift", resolve(ledger.Review, `{"note":"","state":"approved"}`), "", ""},
		{"gift", "gift", resolve(ledger.Review, `{"note":"`+strings.Repeat("ế", 4000)+`","state":"approved"}`), "", ""},
		{"gift", "gift", resolve(ledger.Review, `{"note":"`+strings.Repeat("ế", 4001)+`","state":"approved"}`), "type", "value"},
		{"gift", "gift", resolve(ledger.Review, `{"note":"","state":"lost"}`), "type", "value"},
		{"gift", "gift", resolve(ledger.Review, `{"state":"approved"}`), "type", "value"},
		{"gift", "gift", resolve(ledger.Review, `{"more":1,"note":"","state":"approved"}`), "type", "value"},
		{"gift", "gift", resolve(ledger.Review, `{"note":"\u0000","state":"approved"}`), "text-control", "value"},
		{"gift", "gift", resolve(ledger.Closed, `true`), "field-unknown", "_closed"},

		{"gift", "gift", `"action":"erase","fields":["recipientName","photos"]`, "", ""},
		{"gift", "gift", `"action":"erase","fields":["recipientName","quantity"]`, "not-personal", "quantity"},
		{"gift", "gift", `"action":"erase","fields":["wings"]`, "field-unknown", "wings"},
		{"gift", "gift", `"action":"erase","fields":["_link"]`, "field-unknown", "_link"},

		{"fund", "fund", `"action":"edit","set":{"amountVnd":2}`, "write-once", ""},
		{"fund", "fund", `"action":"remove"`, "write-once", ""},
		{"fund", "fund", `"action":"restore"`, "write-once", ""},
		{"fund", "fund", resolve("amountVnd", "2"), "write-once", ""},
		{"fund", "fund", resolve(ledger.Lifecycle, `"removed"`), "write-once", ""},
		{"fund", "fund", resolve(ledger.Link, `null`), "", ""},
		{"fund", "fund", `"action":"review","state":"approved"`, "", ""},
		{"fund", "fund", `"action":"link","duplicateOf":"` + another + `"`, "", ""},
		{"fund", "fund", `"action":"erase","fields":["party"]`, "", ""},
	} {
		var before *ledger.Record
		switch c.before {
		case "":
		case ledger.KindPeriod: // no form writes it
			before = &ledger.Record{Kind: ledger.KindPeriod}
		default:
			before = mustRecord(t, c.before, least[c.before])
		}
		got := form.CheckOp(form.RoleReviewer, before, mustOp(t, c.kind, c.members), today)
		if want := (ledger.Fault{Code: c.code, Field: c.field}); got != want {
			t.Errorf("%s on %q: %.90s: %v, want %v", c.kind, c.before, c.members, got, want)
		}
	}
}

func TestFieldWriters(t *testing.T) {
	before := mustRecord(t, "petition", least["petition"])
	for _, field := range []string{`"complex":true`, `"remote":true`, `"extensions":1`, `"deadline":"2026-12-31"`} {
		op := mustEdit(t, "petition", "{"+field+"}")
		name, _, _ := strings.Cut(strings.Trim(field, `"`), `"`)
		want := ledger.Fault{Code: form.FaultFieldForbidden, Field: name}
		if got := form.CheckOp(form.RoleCollector, before, op, today); got != want {
			t.Errorf("a collector writes %s: %v", name, got)
		}
		if got := form.CheckOp(form.RoleReviewer, before, op, today); got != (ledger.Fault{}) {
			t.Errorf("a reviewer writes %s: %v", name, got)
		}
	}
	if got := form.CheckOp(form.RoleCollector, nil, mustEdit(t, "petition", least["petition"]), today); got != (ledger.Fault{}) {
		t.Errorf("a collector records a petition: %v", got)
	}
}

// Two edits that were each right may merge into a record that breaks a rule.
// It stays open to edits of something else, and to the edit that fixes it.
func TestFaultsThatWereThere(t *testing.T) {
	v := newVillage(t)
	v.apply(mustEdit(t, "house", least["house"]), "u1")
	v.apply(mustEdit(t, "house", `{"startedOn":"2026-05-02"}`), "u2")
	broken := v.apply(mustEdit(t, "house", `{"handedOverOn":"2026-05-01"}`), "u3")
	for set, want := range map[string]ledger.Fault{
		`{"areaM2":40}`:                                           {},
		`{"startedOn":"2026-05-01"}`:                              {},
		`{"acceptedOn":"2026-05-01"}`:                             {Code: form.FaultOrder, Field: "acceptedOn"},
		`{"status":"accepted"}`:                                   {Code: ledger.FaultMissing, Field: "acceptedOn"},
		`{"acceptedOn":"2026-05-02","handedOverOn":"2026-05-02"}`: {},
	} {
		if got := form.CheckOp(form.RoleReviewer, broken, mustEdit(t, "house", set), today); got != want {
			t.Errorf("%s: %v, want %v", set, got, want)
		}
	}
}

// What was erased still counts as recorded.
func TestErasedValues(t *testing.T) {
	v := newVillage(t)
	v.apply(mustEdit(t, "gift", least["gift"]), "u1")
	r := v.apply(mustOp(t, "gift", `"action":"erase","fields":["recipientName","photos"]`), "u2")
	if got := form.CheckOp(form.RoleCollector, r, mustEdit(t, "gift", `{"quantity":2}`), today); got != (ledger.Fault{}) {
		t.Errorf("an edit after the erasure: %v", got)
	}
	if words := form.Words(r); len(words) != 0 {
		t.Errorf("the erased name is still found by %v", words)
	}
	if keys := form.SameKeys(r); len(keys) != 0 {
		t.Errorf("the erased name still stands in keys: %v", keys)
	}
	if name := form.SortName(r); name != "" {
		t.Errorf("the erased name still sorts: %s", name)
	}
}

func TestDay(t *testing.T) {
	before := mustRecord(t, "gift", least["gift"])
	for _, c := range []struct {
		members string
		want    string
	}{
		{`"action":"edit","set":{"quantity":2}`, "2026-11-20"},
		{`"action":"edit","set":{"date":"2026-05-01"}`, "2026-05-01"},
		{`"action":"edit","set":{"date":"soon"}`, ""},
		{`"action":"edit","set":{"date":null}`, ""},
		{`"action":"resolve","field":"date","value":"2026-05-02","sees":["1.0"]`, "2026-05-02"},
		{`"action":"resolve","field":"quantity","value":2,"sees":["1.0"]`, "2026-11-20"},
		{`"action":"remove"`, "2026-11-20"},
	} {
		if got := form.DayOf(mustOp(t, "gift", c.members), before); got != c.want {
			t.Errorf("DayOf(%s) = %q, want %q", c.members, got, c.want)
		}
	}
	if got := form.Day(before); got != "2026-11-20" {
		t.Errorf("Day = %q", got)
	}
	if got := form.DayOf(mustEdit(t, "gift", least["gift"]), nil); got != "2026-11-20" {
		t.Errorf("DayOf a new record = %q", got)
	}
	if got := form.Day(mustRecord(t, "house", least["house"])); got != "" {
		t.Errorf("Day of a house not handed over = %q", got)
	}
	if got := form.Day(nil); got != "" {
		t.Errorf("Day(nil) = %q", got)
	}
}

func TestReversal(t *testing.T) {
	entry := mustRecord(t, "fund", `{"direction":"in","date":"2026-11-20","amountVnd":500000}`)
	reversal := mustRecord(t, "fund", good["fund"])
	if ref, ok := form.Reverses(reversal); !ok || ref.Record.String() != another {
		t.Errorf("Reverses = %v, %v", ref, ok)
	}
	if _, ok := form.Reverses(entry); ok {
		t.Error("a plain entry reverses something")
	}
	for _, c := range []struct {
		entry *ledger.Record
		set   string
		field string // "" when it mirrors the entry
	}{
		{entry, `{"direction":"out","amountVnd":500000}`, ""},
		{entry, `{"direction":"in","amountVnd":500000}`, "direction"},
		{entry, `{"direction":"out","amountVnd":400000}`, "amountVnd"},
		{reversal, `{"direction":"in","amountVnd":500000}`, "reverses"},
		{mustRecord(t, "gift", least["gift"]), `{"direction":"out","amountVnd":500000}`, "reverses"},
		{nil, `{"direction":"out","amountVnd":500000}`, "reverses"},
	} {
		var want ledger.Fault
		if c.field != "" {
			want = ledger.Fault{Code: form.FaultReversal, Field: c.field}
		}
		if got := form.CheckReversal(c.entry, mustEdit(t, "fund", c.set)); got != want {
			t.Errorf("%s: %v, want %v", c.set, got, want)
		}
	}
}
