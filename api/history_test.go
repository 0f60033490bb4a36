package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// history reads all pages of a record's history.
func (h *host) history(id ledger.RecordID, limit int) (dots []string, pages []contract.RecordHistory) {
	h.t.Helper()
	for cursor := ""; ; {
		path := fmt.Sprintf("/v1/records/%s?unit=%s&limit=%d", id, village1, limit)
		if cursor != "" {
			path += "&cursor=" + cursor
		}
		var page contract.RecordHistory
		a := h.do("GET", path, h.as("reviewer"), nil).want(http.StatusOK)
		if len(a.body) > 3*store.MaxHistoryBytes {
			h.t.Fatalf("a page of %d bytes", len(a.body))
		}
		a.into(&page)
		pages = append(pages, page)
		for _, e := range page.History {
			dots = append(dots, e.Dot)
		}
		if cursor = page.Next; cursor == "" {
			return dots, pages
		}
	}
}

// TestHistoryIsPaged reads a long history: no answer grows with it, and the
// pages hold each op once.
func TestHistoryIsPaged(t *testing.T) {
	h := newHost(t)
	p, q := h.phone("collector1", village1), h.phone("deputy1", village1)
	const edits = 300
	for i := range edits {
		if i == edits/2 { // one person may not write one record as often within a day
			p.mustPush()
			p, q = q, p
		}
		p.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(i))
		if i%50 == 49 { // of another record, and so not in the history
			p.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(i+edits))
		}
	}
	p.mustPush()
	const long = 30
	for i := range long { // ops of some 60 KB
		p.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"attendance":%d},"other":%q`, i, strings.Repeat("ă", 30_000)))
	}
	for p.book.Waiting() > 0 {
		p.send(p.book.Next(p.device, client.Limits{MaxOps: 10})).want(http.StatusOK)
	}

	var first contract.RecordHistory
	h.do("GET", "/v1/records/"+recordID(1).String()+"?unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK).into(&first)
	if len(first.History) > store.MaxHistoryOps || first.Next == "" {
		t.Errorf("a page of %d ops, next %q", len(first.History), first.Next)
	}
	want, _ := h.history(recordID(1), store.MaxHistoryOps)
	for _, limit := range []int{7, 100} {
		got, pages := h.history(recordID(1), limit)
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("in pages of %d: %d ops, want %d", limit, len(got), len(want))
		}
		for _, page := range pages {
			if len(page.History) > limit {
				t.Errorf("a page of %d holds %d", limit, len(page.History))
			}
		}
	}
	if len(want) != edits+long {
		t.Errorf("the history holds %d ops, want %d", len(want), edits+long)
	}
	h.do("GET", "/v1/records/"+recordID(1).String()+"?unit="+string(village1)+"&cursor=e30x", h.as("reviewer"), nil).want(http.StatusBadRequest)
}
