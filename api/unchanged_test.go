package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// TestOneRequestFindsNothingNew: a pull tells of the caller's other units which
// have nothing new, and no more than that.
func TestOneRequestFindsNothingNew(t *testing.T) {
	h := newHost(t)
	desk, next := h.phone("reviewer", commune), h.phone("collector2", village2)
	desk.write(recordID(1), form.KindCampaign, ledger.ActionEdit, 0, `,"set":{"name":"Tết mẫu","from":"2026-01-01","onePerHousehold":true}`)
	desk.mustPush()
	next.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(2))
	next.mustPush()
	next.pull()
	p := h.phone("collector1", village1)
	for i := 3; i < 10; i++ {
		p.write(recordID(i), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(i))
	}
	p.mustPush()
	p.pull()
	own := *p.book
	p.book = &client.Book{Unit: commune}
	p.pull()
	mustTell := func(what string, want []ledger.UnitID, also ...string) {
		t.Helper()
		q := p.book.Query(0)
		q["also"] = also
		var page contract.Changes
		h.do("GET", p.path()+"/changes?"+q.Encode(), p.token(), nil).want(http.StatusOK).into(&page)
		if !slices.Equal(page.Unchanged, want) || len(page.Records) != 0 {
			t.Errorf("%s: %d records, unchanged %v, want %v", what, len(page.Records), page.Unchanged, want)
		}
	}
	named := func(b *client.Book, view string) string {
		return fmt.Sprintf("%s:%s:%d:%s:%s", b.Unit, b.Cursor.Log, b.Cursor.Seq, b.Cursor.Hash, view)
	}
	cursor := named(&own, own.View)
	mustTell("nothing was asked", nil)
	mustTell("nothing new", []ledger.UnitID{village1}, cursor)
	mustTell("named twice", []ledger.UnitID{village1}, cursor, cursor)
	mustTell("another view", nil, named(&own, form.ViewOf(form.RoleReviewer, true)))
	mustTell("another ledger of that length, as after a restore", nil, strings.Replace(cursor, own.Cursor.Hash, strings.Repeat("0", 64), 1))
	mustTell("a neighbour's village", nil, named(next.book, next.book.View), named(next.book, form.ViewOf(form.RoleCollector, false)))
	mustTell("no such unit", nil, strings.Replace(cursor, string(village1), string(nowhere), 1))

	// The village is asked first, and tells of the commune; only its last page does,
	// also where that is remembered.
	communes := named(p.book, p.book.View)
	p.book = &client.Book{Unit: village1}
	for range 2 {
		query := url.Values{"also": {communes}, "limit": {"3"}}
		var page contract.Changes
		h.do("GET", p.path()+"/changes?"+query.Encode(), p.token(), nil).want(http.StatusOK).into(&page)
		if page.More && len(page.Unchanged) > 0 {
			t.Errorf("a page with more behind it tells of %v", page.Unchanged)
		}
		query.Del("limit")
		h.do("GET", p.path()+"/changes?"+query.Encode(), p.token(), nil).want(http.StatusOK).into(&page)
		if !slices.Equal(page.Unchanged, []ledger.UnitID{commune}) || len(page.Records) != 7 {
			t.Errorf("%d records, unchanged %v", len(page.Records), page.Unchanged)
		}
		query.Del("also")
		h.do("GET", p.path()+"/changes?"+query.Encode(), p.token(), nil).want(http.StatusOK).into(&page)
	}

	p.book = &own
	p.write(recordID(10), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(10))
	p.mustPush()
	p.book = &client.Book{Unit: commune}
	p.pull()
	mustTell("somebody wrote", nil, cursor)

	for _, bad := range []string{"", "x", cursor + ":x", strings.Replace(cursor, ":", ";", 1), strings.Replace(cursor, fmt.Sprintf(":%d:", own.Cursor.Seq), ":9999999999999999:", 1)} {
		h.do("GET", p.path()+"/changes?also="+url.QueryEscape(bad), p.token(), nil).want(http.StatusBadRequest, "malformed")
	}
	h.do("GET", p.path()+"/changes?"+url.Values{"also": slices.Repeat([]string{cursor}, 17)}.Encode(), p.token(), nil).want(http.StatusBadRequest, "malformed")
}
