package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// settle resolves a listed conflict by the words of the answer alone, as a client
// does that knows nothing but the contract.
func (p *phone) settle(item *contract.ConflictItem, value string) string {
	p.h.t.Helper()
	p.pull()
	conflict := &item.Fields[0]
	var sees, origins []string
	for _, s := range conflict.Siblings {
		sees, origins = append(sees, s.Dot), append(origins, s.Origin)
	}
	text := func(v any) string {
		out, err := json.Marshal(v)
		if err != nil {
			p.h.t.Fatal(err)
		}
		return string(out)
	}
	p.write(ledger.RecordID(item.Record.ID), item.Record.Kind, ledger.ActionResolve, item.Record.Seq, fmt.Sprintf(
		`,"field":%s,"value":%s,"sees":%s,"origins":%s`, text(conflict.Field), value, text(sees), text(origins)))
	return results(p.mustPush())
}

func (h *host) conflicts(username string) []contract.ConflictItem {
	h.t.Helper()
	var page contract.ConflictPage
	h.do("GET", "/v1/conflicts", h.as(username), nil).want(http.StatusOK).into(&page)
	return page.Items
}

// Every conflict that the queue lists can be settled by what it lists, the
// longest waiting first: of two records being one thing, of a period, of a field.
// Each answer is held against the contract.
func TestEveryConflictIsSettledByWhatItLists(t *testing.T) {
	h := newHost(t)
	a, b := h.phone("collector1", village1), h.phone("deputy1", village1)
	desk, second, leader := h.phone("reviewer", village1), h.phone("reviewer", village1), h.phone("approver", village1)
	for i := range 3 {
		a.write(recordID(i), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(i))
	}
	a.mustPush()
	desk.pull()
	second.pull()
	later := func() { h.clock.advance(time.Minute) }

	later()
	distinct := ledger.Distinct + recordID(1).String()
	of := fmt.Sprintf(`,"duplicateOf":%q`, recordID(1))
	desk.write(recordID(0), form.KindMeeting, ledger.ActionUnlink, desk.book.Seen, of).mustPush()
	if got := second.write(recordID(0), form.KindMeeting, ledger.ActionLink, second.book.Seen, of).mustPush(); results(got) != "conflict" || got.Results[0].Fields[0] != distinct {
		t.Fatalf("%+v", got.Results)
	}
	later()
	days := ledger.Period{From: "2026-06-15", To: "2026-12-14"}
	of = fmt.Sprintf(`,"period":%q`, days)
	desk.write(ledger.PeriodID(village1, days), ledger.KindPeriod, ledger.ActionClose, 0, of).mustPush()
	second.write(ledger.PeriodID(village1, days), ledger.KindPeriod, ledger.ActionReopen, 0, of).mustPush()
	later()
	b.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":{"attendance":70}`).mustPush()
	later()
	a.write(recordID(0), form.KindMeeting, ledger.ActionEdit, 0, `,"set":{"place":"Nhà văn hóa mẫu"}`).mustPush()

	items := h.conflicts("reviewer")
	var listed []string
	for i := range items {
		listed = append(listed, items[i].Fields[0].Field)
		if items[i].Fields[0].Label == "" || i > 0 && !items[i].Since.After(items[i-1].Since) {
			t.Errorf("%s: label %q, since %s", listed[i], items[i].Fields[0].Label, items[i].Since)
		}
	}
	if want := distinct + " _closed attendance"; strings.Join(listed, " ") != want {
		t.Fatalf("listed %q, want %s", listed, want)
	}
	h.do("GET", fmt.Sprintf("/v1/records/%s?unit=%s", recordID(0), village1), h.as("reviewer"), nil).want(http.StatusOK)
	if got := a.settle(&items[1], "true"); got != "rejected(role-forbidden action)" {
		t.Errorf("a collector settles a period: %s", got)
	}
	for i, value := range []string{"true", "false", "70"} {
		who := desk
		if listed[i] == "_closed" {
			who = leader
		}
		if got := who.settle(&items[i], value); got != "accepted" {
			t.Errorf("%s: %s", listed[i], got)
		}
	}
	if left := h.conflicts("reviewer"); len(left) != 0 {
		t.Errorf("%d are left: %+v", len(left), left)
	}
}
