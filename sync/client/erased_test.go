package client_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/ledger"
)

// What was erased leaves the ops that a client keeps, whichever way they hold it,
// and nothing else of them changes. What waits to be sent may be newer.
func TestErasedValuesLeaveKeptOps(t *testing.T) {
	b := &client.Book{Unit: unit}
	one, two := ledger.NameID("test", "1"), ledger.NameID("test", "2")
	write := func(d client.Draft) {
		d.Kind, d.At = "household", time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
		if _, err := b.Write(&d); err != nil {
			t.Fatal(err)
		}
	}
	set := func(name string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"headName": json.RawMessage(fmt.Sprintf("%q", name)), "category": json.RawMessage(`"poor"`)}
	}
	write(client.Draft{Record: one, Action: ledger.ActionEdit, Set: set("Hộ mẫu 012")})
	write(client.Draft{Record: two, Action: ledger.ActionEdit, Set: set("Hộ mẫu 013")})
	write(client.Draft{Record: one, Action: ledger.ActionResolve, Field: "headName", Value: json.RawMessage(`"Hộ mẫu 012"`), Sees: []ledger.Dot{{Seq: 1}}})
	write(client.Draft{Record: one, Action: ledger.ActionComment, Text: "Hộ mẫu 012 đã nhận"})
	batch := b.Next(client.Device{ID: "d_7Q", Epoch: 1}, client.StandardLimits)
	answer := `{"seq":7,"through":4,"results":[{"n":1,"status":"accepted"},{"n":2,"status":"accepted"},{"n":3,"status":"accepted"},{"n":4,"status":"accepted"}]}`
	if err := b.Acknowledge(batch, []byte(answer), time.Time{}); err != nil {
		t.Fatal(err)
	}
	write(client.Draft{Record: one, Action: ledger.ActionEdit, Set: set("Hộ mẫu 014")})
	page := func(seq int, rest string) {
		t.Helper()
		if _, err := b.Page(fmt.Appendf(nil, `{"log":"l_1","seq":%d,"hash":"aa","records":[{"id":%q,"kind":"household"%s}]}`, seq, one, rest)); err != nil {
			t.Fatal(err)
		}
	}
	names := func() string {
		var all []string
		for i := range b.Outbox {
			text := string(b.Outbox[i].Text())
			for _, name := range []string{"Hộ mẫu 012", "Hộ mẫu 013", "Hộ mẫu 014"} {
				if strings.Contains(text, name) {
					all = append(all, fmt.Sprintf("%d:%s", i+1, strings.TrimPrefix(name, "Hộ mẫu ")))
				}
			}
			if !strings.Contains(text, `"at":"2026-11-26T08:00:00Z"`) || i < 2 && !strings.Contains(text, `"category":"poor"`) {
				t.Errorf("op %d lost something else: %s", i+1, text)
			}
		}
		return strings.Join(all, " ")
	}
	page(8, `,"fields":{"headName":"Hộ mẫu 012"}`)
	if got := names(); got != "1:012 2:013 3:012 4:012 5:014" {
		t.Fatalf("before the erasure the ops hold %s", got)
	}
	page(9, `,"erased":["headName"],"comments":[{"dot":"3.0","erased":true}]`)
	if got := names(); got != "2:013 4:012 5:014" {
		t.Errorf("after it they hold %s; the comment is younger than the one that was erased", got)
	}
	page(10, `,"erased":["headName"],"comments":[{"dot":"3.0","erased":true},{"dot":"7.3","erased":true}]`)
	if got := names(); got != "2:013 5:014" {
		t.Errorf("after the comments were erased they hold %s", got)
	}
	if text := string(b.Outbox[0].Text()); !strings.Contains(text, `"headName":null`) || !strings.Contains(string(b.Outbox[3].Text()), `"text":"-"`) {
		t.Errorf("op 1 is %s", text)
	}
}

// The note of a review that was erased, and an erased member of a list, leave the
// ops too. What came after stays.
func TestErasedNotesLeaveKeptOps(t *testing.T) {
	b := &client.Book{Unit: unit}
	record := ledger.NameID("test", "1")
	sources := json.RawMessage(`[{"amountVnd":5,"form":"cash","name":"Bà Mẫu"},{"amountVnd":6,"form":"kind","name":"Bà Mẫu"}]`)
	drafts := []client.Draft{
		{Action: ledger.ActionEdit, Set: map[string]json.RawMessage{"program": json.RawMessage(`"other"`), "sources": sources}},
		{Action: ledger.ActionReview, State: ledger.Returned, Note: "Bà Mẫu gọi lại"},
		{Action: ledger.ActionResolve, Field: ledger.Review, Value: json.RawMessage(`{"note":"Bà Mẫu","state":"returned"}`), Sees: []ledger.Dot{{Seq: 1}}},
		{Action: ledger.ActionResolve, Field: "sources", Value: sources, Sees: []ledger.Dot{{Seq: 1}}},
		{Action: ledger.ActionReview, State: ledger.Returned, Note: "Bà Mẫu lần sau"},
	}
	for i := range drafts {
		d := drafts[i]
		d.Record, d.Kind, d.At = record, "house", time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
		if _, err := b.Write(&d); err != nil {
			t.Fatal(err)
		}
		answer := fmt.Sprintf(`{"seq":%d,"through":%d,"results":[{"n":%d,"status":"accepted"}]}`, 3+i, 1+i, 1+i)
		if err := b.Acknowledge(b.Next(client.Device{ID: "d_7Q", Epoch: 1}, client.StandardLimits), []byte(answer), time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	page := fmt.Appendf(nil, `{"log":"l_1","seq":9,"hash":"aa","records":[{"id":%q,"kind":"house","erased":["sources.name"],"review":{"state":"returned","by":"u","at":"2026-11-26T08:00:00Z","dot":"5.0","erased":true}}]}`, record)
	if _, err := b.Page(page); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		`"set":{"program":"other","sources":[{"amountVnd":5,"form":"cash","name":"-"},{"amountVnd":6,"form":"kind","name":"-"}]}`,
		`"note":"-"`, `"value":{"note":"-","state":"returned"}`, `"value":[{"amountVnd":5,"form":"cash","name":"-"},{"amountVnd":6,"form":"kind","name":"-"}]`, `"note":"Bà Mẫu lần sau"`,
	} {
		if text := string(b.Outbox[i].Text()); !strings.Contains(text, want) {
			t.Errorf("op %d is %s, want %s in it", i+1, text, want)
		}
	}
}
