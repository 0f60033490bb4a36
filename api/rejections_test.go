package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func (h *host) rejections(username, query string) contract.RejectionPage {
	h.t.Helper()
	var page contract.RejectionPage
	h.do("GET", "/v1/rejections"+query, h.as(username), nil).want(http.StatusOK).into(&page)
	return page
}

func TestListRejections(t *testing.T) {
	h := newHost(t)
	p, other := h.phone("collector1", village1), h.phone("otherreviewer", otherVillage)
	record := ledger.NameID("rejected", "1")
	p.write(record, form.KindMeeting, ledger.ActionEdit, 0, `,"set":{"date":"2026-11-20","level":"commune","place":"Điểm mẫu 1","attendance":-5}`).mustPush()
	other.write(ledger.NameID("rejected", "2"), form.KindMeeting, ledger.ActionEdit, 0, `,"set":{"level":"nowhere"}`).mustPush()
	if n := h.overview("reviewer", "").Counts.Rejected; n != 1 {
		t.Errorf("the overview counts %d", n)
	}
	if n := h.overview("approver", "").Counts.Rejected; n != 0 {
		t.Errorf("a role that may not list them sees %d", n)
	}
	page := h.rejections("reviewer", "")
	if len(page.Items) != 1 {
		t.Fatalf("%d items", len(page.Items))
	}
	r := page.Items[0]
	if r.Unit != village1 || r.User != "collector1" || r.Kind != "meeting" || r.Action != "edit" || ledger.RecordID(r.Record) != record ||
		r.Field != "attendance" || r.Code == "" || r.Message == "" || r.Mended || len(r.Values) != 4 || !r.ReceivedAt.Equal(h.clock.Now().Add(-6*time.Second)) {
		t.Errorf("%+v", r)
	}
	h.do("GET", "/v1/rejections?unit="+string(otherVillage), h.as("reviewer"), nil).want(http.StatusNotFound, "not-found")
	var log contract.AccessPage
	h.do("GET", "/v1/access-log?user=reviewer", h.as("auditor"), nil).want(http.StatusOK).into(&log)
	if len(log.Items) != 1 || log.Items[0].Operation != "listRejections" || log.Items[0].Unit != village1 || len(log.Items[0].Records) != 1 {
		t.Errorf("the log: %+v", log.Items)
	}

	// A reviewer writes it in place of the collector.
	h.phone("reviewer", village1).write(record, form.KindMeeting, ledger.ActionEdit, 0, `,"set":{"date":"2026-11-20","level":"commune","place":"Điểm mẫu 1","attendance":5}`).mustPush()
	if page := h.rejections("reviewer", ""); len(page.Items) != 1 || !page.Items[0].Mended {
		t.Errorf("after it was written again: %+v", page.Items)
	}
	if page := h.rejections("reviewer", "?open=true"); len(page.Items) != 0 {
		t.Errorf("still open: %+v", page.Items)
	}
	if n := h.overview("reviewer", "").Counts.Rejected; n != 0 {
		t.Errorf("the overview counts %d", n)
	}
}

func TestRejectionsInPages(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	for i := range 5 {
		h.clock.advance(time.Second)
		p.write(ledger.NameID("page", fmt.Sprint(i)), form.KindMeeting, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"level":"nowhere","attendance":%d}`, i)).mustPush()
	}
	var seen []string
	for cursor := ""; ; {
		page := h.rejections("reviewer", "?limit=2"+cursor)
		for _, r := range page.Items {
			seen = append(seen, r.Dot)
		}
		if page.Next == "" {
			break
		}
		cursor = "&cursor=" + page.Next
	}
	if fmt.Sprint(seen) != "[5.0 4.0 3.0 2.0 1.0]" {
		t.Errorf("in pages: %q", seen)
	}
	h.do("GET", "/v1/rejections?cursor=x", h.as("reviewer"), nil).want(http.StatusBadRequest, "malformed")
}

// An op that says nothing that can be read is still listed.
func TestRejectionOfNonsense(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(ledger.NameID("odd", "1"), "no-such-kind", "no-such-action", 0, `,"set":{"một trường lạ":{"sâu":[1]}},"lạ":1`).mustPush()
	page := h.rejections("reviewer", "")
	if len(page.Items) != 1 || page.Items[0].Code == "" || page.Items[0].Message == "" {
		t.Errorf("%+v", page.Items)
	}
}
