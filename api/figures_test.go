package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// behind follows the pages of the records behind a figure.
func (h *host) behind(username, id, figure string, limit int) (contract.FigureRecords, []contract.CountedRecord) {
	h.t.Helper()
	var first contract.FigureRecords
	var items []contract.CountedRecord
	cursor := ""
	for range 20 {
		var page contract.FigureRecords
		path := fmt.Sprintf("/v1/reports/%s/figures/%s/records?limit=%d%s", id, figure, limit, cursor)
		h.do("GET", path, h.as(username), nil).want(http.StatusOK).into(&page)
		if cursor == "" {
			first = page
		}
		items = append(items, page.Items...)
		if page.Next == "" {
			sum := int64(0)
			for _, item := range items {
				sum += item.Part
			}
			if sum += first.HiddenPart; sum != first.Figure.Value || len(items)+first.Hidden != first.Figure.Records {
				h.t.Errorf("the parts of %s sum to %d, not to %d", figure, sum, first.Figure.Value)
			}
			return first, items
		}
		cursor = "&cursor=" + page.Next
	}
	h.t.Fatal("the list does not end")
	return first, nil
}

// TestWhatANumberIsMadeOf goes from figures, and from cells of tables, down to
// the records as they were counted.
func TestWhatANumberIsMadeOf(t *testing.T) {
	h := newHost(t)
	h.gift(village1, 1, "2020-05-01", 3)
	h.gift(village1, 2, "2021-05-01", 4)
	h.gift(village2, 3, "2020-06-01", 5)
	draft := h.compile("reviewer", term, http.StatusCreated)
	for figure, want := range map[string]struct {
		value   int64
		records []int
	}{
		"gifts":                       {12, []int{1, 2, 3}},
		"gifts.2020":                  {8, []int{1, 3}},
		"gifts@" + string(village1):   {7, []int{1, 2}},
		"gifts%40" + string(village1): {7, []int{1, 2}},
		"gifts:unsaid":                {12, []int{1, 2, 3}},
		"gifts%3Aunsaid":              {12, []int{1, 2, 3}},
		"houses":                      {0, nil},
	} {
		first, items := h.behind("reviewer", draft.ID, figure, 2)
		if first.Figure.Value != want.value || first.Figure.Records != len(want.records) || len(items) != len(want.records) {
			t.Errorf("%s: %+v of %d records", figure, first.Figure, len(items))
		}
		for _, n := range want.records {
			if !slices.ContainsFunc(items, func(i contract.CountedRecord) bool { return ledger.RecordID(i.Record.ID) == recordID(n) }) {
				t.Errorf("%s: record %d is not behind it", figure, n)
			}
		}
	}
	for _, figure := range []string{"none", "gifts.1999", "gifts@" + string(otherVillage), "%00", strings.Repeat("x", 300)} {
		h.do("GET", "/v1/reports/"+draft.ID+"/figures/"+figure+"/records", h.as("reviewer"), nil).want(http.StatusNotFound, "not-found")
	}

	// A record changes: the number, and what it was made of, stay.
	p := h.phone("reviewer", village1)
	p.pull()
	p.write(recordID(1), form.KindGift, ledger.ActionEdit, p.book.Seen, `,"set":{"quantity":9}`).mustPush()
	_, items := h.behind("reviewer", draft.ID, "gifts.2020", 50)
	if title := items[0].Title; !strings.HasPrefix(title, "Người nhận mẫu ") {
		t.Errorf("a record behind a number is called %q", title)
	}
	one, other := items[0], items[1]
	if one.Record.Unit != village1 {
		one, other = other, one
	}
	if string(one.Record.Fields["quantity"]) != "3" || !one.Changed || other.Changed || one.Redacted || one.Date != "2020-05-01" || one.UnitName != "Thôn mẫu 1" ||
		string(one.Record.Fields["recipientName"]) != `"Người nhận mẫu 1"` {
		t.Errorf("as it was counted: %+v", one)
	}
	var live contract.RecordHistory
	if h.do("GET", one.Link, h.as("reviewer"), nil).want(http.StatusOK).into(&live); string(live.Record.Fields["quantity"]) != "9" {
		t.Errorf("as it is now: %+v", live.Record)
	}
	// Its name is erased: it is not shown, though the report was compiled before.
	p.pull()
	p.write(recordID(1), form.KindGift, ledger.ActionErase, p.book.Seen, `,"fields":["recipientName"]`)
	if got := results(p.mustPush()); got != "accepted" {
		t.Fatalf("the erasure: %s", got)
	}
	h.do("GET", "/v1/reports/"+draft.ID+"/figures/gifts.2020/records", h.as("reviewer"), nil).want(http.StatusOK)
	if a := h.do("GET", "/v1/reports/"+draft.ID+"/figures/gifts.2020/records", h.as("reviewer"), nil); strings.Contains(string(a.body), "Người nhận mẫu 1") ||
		!strings.Contains(string(a.body), "Người nhận mẫu 3") {
		t.Errorf("after the erasure: %s", a.body)
	}

	// Auditors see the same without what is personal.
	_, items = h.behind("auditor", draft.ID, "gifts", 50)
	for _, item := range items {
		if _, told := item.Record.Fields["recipientName"]; told || !item.Redacted || item.Link != "" || item.Record.Fields["quantity"] == nil {
			t.Errorf("an auditor sees %+v", item)
		}
	}
	read := map[string]bool{}
	for _, entry := range h.accessLog(h.as("root"), url.Values{"record": {recordID(3).String()}}) {
		read[string(entry.User)+" "+entry.Operation] = true
	}
	if !read["reviewer listFigureRecords"] || !read["auditor listFigureRecords"] {
		t.Errorf("the access log has %v", read)
	}
}

// TestDenunciationsBehindANumber are counted for everybody, read by reviewers
// alone, and not even listed for an approver.
func TestDenunciationsBehindANumber(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindReception, ledger.ActionEdit, 0, `,"set":{"date":"2020-03-01","type":"regular","citizenName":"Người tố cáo mẫu","content":"nội dung mẫu","class":"denunciation"}`)
	p.write(recordID(2), form.KindReception, ledger.ActionEdit, 0, `,"set":{"date":"2020-03-02","type":"regular","citizenName":"Người mẫu","content":"nội dung mẫu","class":"proposal"}`)
	p.mustPush()
	draft := h.compile("reviewer", term, http.StatusCreated)
	for username, reads := range map[string]int{"reviewer": 2, "approver": 1, "auditor": 0} {
		listed := 2
		if username == "approver" {
			listed = 1
		}
		first, items := h.behind(username, draft.ID, "receptions", 50)
		named := 0
		for _, item := range items {
			if _, told := item.Record.Fields["citizenName"]; told != (item.Title != "") {
				t.Errorf("%s reads of %s that it is called %q", username, item.Record.ID, item.Title)
			}
			if _, told := item.Record.Fields["citizenName"]; told {
				named++
				h.do("GET", item.Link, h.as(username), nil).want(http.StatusOK)
			} else if item.Link != "" {
				t.Errorf("%s is led to %s", username, item.Link)
			}
		}
		if len(items) != listed || named != reads || first.Hidden != 2-listed || first.HiddenPart != int64(2-listed) {
			t.Errorf("%s sees %d records and reads %d of them, want %d and %d; %d are hidden", username, len(items), named, listed, reads, first.Hidden)
		}
	}
}

// TestRecordsOfAPredecessor: what a commune before counted is counted, and read
// by its own people alone.
func TestRecordsOfAPredecessor(t *testing.T) {
	h := newHost(t)
	p := h.phone("otherreviewer", otherVillage)
	p.write(recordID(1), form.KindGift, ledger.ActionEdit, 0, `,"set":{"date":"2020-05-01","quantity":2,"recipientName":"Người nhận mẫu"}`).mustPush()
	h.do("PATCH", "/v1/units/"+string(otherCommune), h.as("root"), fmt.Sprintf(`{"version":1,"validTo":"2025-06-30","successor":%q}`, commune)).want(http.StatusOK)
	draft := h.compile("reviewer", term, http.StatusCreated)
	_, items := h.behind("reviewer", draft.ID, "gifts", 50)
	if len(items) != 1 || !items[0].Redacted || items[0].Link != "" || items[0].Record.Fields["recipientName"] != nil || string(items[0].Record.Fields["quantity"]) != "2" {
		t.Errorf("behind the number: %+v", items)
	}
}

// TestGiftsBehindANumberAreCalledByTheirHouseholds: a gift has no name of its
// own.
func TestGiftsBehindANumberAreCalledByTheirHouseholds(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H001","headName":"Hộ mẫu 001","category":"poor"}`)
	p.write(recordID(2), form.KindGift, ledger.ActionEdit, 0, `,"set":{"household":"`+recordID(1).String()+`","date":"2020-05-01","quantity":1}`).mustPush()
	draft := h.compile("reviewer", term, http.StatusCreated)
	for username, title := range map[string]string{"reviewer": "Hộ mẫu 001", "approver": "Hộ mẫu 001", "auditor": ""} {
		if _, items := h.behind(username, draft.ID, "gifts.2020", 50); len(items) != 1 || items[0].Title != title {
			t.Errorf("%s is shown %+v", username, items)
		}
	}
}
