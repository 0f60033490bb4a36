package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// tet is the campaign of these tests, in the commune's ledger.
var tet = recordID(500)

// announce writes the campaign: poor and nearly poor households, three gifts for
// the first village and one for the second.
func (h *host) announce() *phone {
	h.t.Helper()
	p := h.phone("reviewer", commune)
	p.write(tet, form.KindCampaign, ledger.ActionEdit, 0, fmt.Sprintf(
		`,"set":{"name":"Quà Tết mẫu","from":"2026-11-01","purpose":"give","categories":["poor","nearPoor"],"quotas":[{"unit":%q,"quantity":3},{"unit":%q,"quantity":1}]}`,
		village1, village2)).mustPush()
	return p
}

func (p *phone) household(n int, more string) *phone {
	return p.write(recordID(n), form.KindHousehold, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"code":"H%03d","headName":"Hộ mẫu %03d"%s}`, n, n, more))
}

func (p *phone) give(n int, more string) *phone {
	return p.write(recordID(n), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(
		`,"set":{"campaign":{"record":%q,"unit":%q},"date":"2026-11-10","quantity":1,"valueVnd":300000%s}`, tet, commune, more))
}

// listed brings all lists up to their ledgers.
func (h *host) listed() {
	h.t.Helper()
	if err := h.store.Settle(h.t.Context(), []ledger.UnitID{commune, village1, village2}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) progress(username string) contract.CampaignProgress {
	h.t.Helper()
	h.listed() // within the time for which answers are kept, for those who looked before
	var p contract.CampaignProgress
	h.do("GET", "/v1/campaigns/"+tet.String()+"?unit="+string(commune), h.as(username), nil).want(http.StatusOK).into(&p)
	return p
}

// notReceived reads the list page by page: the households' numbers.
func (h *host) notReceived(query string, limit int) []string {
	h.t.Helper()
	var codes []string
	for cursor := ""; ; {
		var page contract.HouseholdPage
		h.do("GET", fmt.Sprintf("/v1/campaigns/%s/missing?unit=%s&limit=%d%s%s", tet, commune, limit, query, cursor), h.as("approver"), nil).want(http.StatusOK).into(&page)
		if len(page.Items) > limit {
			h.t.Errorf("%d households on a page of %d", len(page.Items), limit)
		}
		for _, item := range page.Items {
			codes = append(codes, string(item.Fields["code"]))
		}
		if page.Next == "" {
			return codes
		}
		cursor = "&cursor=" + page.Next
	}
}

// TestCampaignsTellWhoReceived hands out gifts in two villages, and from the
// commune to a household of one of them.
func TestCampaignsTellWhoReceived(t *testing.T) {
	h := newHost(t)
	desk := h.announce()
	p := h.phone("collector1", village1)
	for n, more := range map[int]string{
		1: `,"category":"poor"`, 2: `,"category":"poor"`, 3: `,"category":"nearPoor"`, 4: `,"category":"poor"`,
		5: `,"category":"merit"`, 6: `,"category":"poor","leftOn":"2026-09-01"`, 7: `,"category":"poor"`,
	} {
		p.household(n, more)
	}
	own := func(n int) string { return fmt.Sprintf(`,"household":%q`, recordID(n)) }
	p.give(101, own(1)).give(102, own(1)) // one household twice
	p.give(103, own(5))                   // not of the categories
	p.give(104, `,"recipientName":"Người mẫu"`)
	p.give(105, own(2))
	p.mustPush()
	p.pull()
	p.write(recordID(105), form.KindGift, ledger.ActionRemove, p.book.Seen, "").mustPush()
	h.phone("collector2", village2).household(21, `,"category":"poor"`).household(22, `,"category":"other"`).mustPush()
	desk.write(recordID(110), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(
		`,"set":{"campaign":%q,"household":{"record":%q,"unit":%q},"date":"2026-11-11","quantity":1,"valueVnd":300000}`, tet, recordID(4), village1)).mustPush()
	h.phone("othercollector", otherVillage).household(31, `,"category":"poor"`).mustPush()

	got := h.progress("approver")
	want := map[ledger.UnitID]contract.CampaignVillage{
		village1: {Name: "Thôn mẫu 1", Households: 5, Given: 3, Missing: 3, Gifts: 4, Quantity: 4, ValueVnd: 1_200_000, Quota: 3, Collectors: 2},
		village2: {Name: "Thôn mẫu 2", Households: 1, Missing: 1, Quota: 1, Collectors: 1},
		commune:  {Name: "Xã mẫu", Households: 1, Given: 1, Gifts: 1, Quantity: 1, ValueVnd: 300_000},
	}
	if len(got.Villages) != len(want) || got.Partial || got.Record.ID != contract.RecordID(tet) || len(got.Record.Fields["quotas"]) == 0 {
		t.Errorf("%d villages: %+v", len(got.Villages), got)
	}
	for _, v := range got.Villages {
		if v.UpdatedAt.IsZero() != (v.Gifts == 0) || v.LastPushAt.IsZero() != (v.Collectors == 0) {
			t.Errorf("%s: last gift %v, last sent %v", v.Unit, v.UpdatedAt, v.LastPushAt)
		}
		w := want[v.Unit]
		w.Unit, w.UpdatedAt, w.LastPushAt = v.Unit, v.UpdatedAt, v.LastPushAt
		if v != w {
			t.Errorf("%+v, want %+v", v, w)
		}
	}

	for limit := 1; limit <= 6; limit++ {
		for query, want := range map[string][]string{
			"": {`"H002"`, `"H003"`, `"H007"`, `"H021"`}, "&village=" + string(village1): {`"H002"`, `"H003"`, `"H007"`},
			"&village=" + string(village2): {`"H021"`}, "&village=" + string(commune): nil,
		} {
			if got := h.notReceived(query, limit); !slices.Equal(got, want) {
				t.Errorf("without a gift %q in pages of %d: %v, want %v", query, limit, got, want)
			}
		}
	}

	var list contract.CampaignPage
	h.do("GET", "/v1/campaigns", h.as("reviewer"), nil).want(http.StatusOK).into(&list)
	if len(list.Items) != 1 {
		t.Fatalf("%d campaigns", len(list.Items))
	}
	c := list.Items[0]
	if c.Record.Title != "Quà Tết mẫu" || c.Gifts != 5 || c.Quantity != 5 || c.ValueVnd != 1_500_000 || c.Quota != 4 || c.Villages != 2 || c.Done != 1 {
		t.Errorf("in the list: %+v", c)
	}
}

// TestCampaignsOfAllHouseholds: without categories everybody is to receive, and a
// change of the campaign shows at once.
func TestCampaignsOfAllHouseholds(t *testing.T) {
	h := newHost(t)
	r := h.announce()
	h.phone("collector1", village1).household(1, `,"category":"poor"`).household(2, `,"category":"merit"`).mustPush()
	missing := func() (n int) {
		var p contract.CampaignProgress // without waiting
		h.do("GET", "/v1/campaigns/"+tet.String()+"?unit="+string(commune), h.as("reviewer"), nil).want(http.StatusOK).into(&p)
		for _, v := range p.Villages {
			n += v.Missing
		}
		return n
	}
	if n := missing(); n != 1 {
		t.Errorf("%d poor households have nothing", n)
	}
	r.pull()
	r.write(tet, form.KindCampaign, ledger.ActionEdit, r.book.Seen, `,"set":{"categories":null}`).mustPush()
	if n := missing(); n != 2 {
		t.Errorf("%d households have nothing", n)
	}
	if got := h.notReceived("", 5); len(got) != 2 {
		t.Errorf("%v have nothing", got)
	}
	var list contract.CampaignPage
	h.do("GET", "/v1/campaigns", h.as("reviewer"), nil).want(http.StatusOK).into(&list)
	if len(list.Items) != 1 {
		t.Errorf("%d campaigns are listed", len(list.Items))
	}
	r.pull()
	r.write(tet, form.KindCampaign, ledger.ActionRemove, r.book.Seen, "").mustPush()
	h.listed()
	list = contract.CampaignPage{}
	h.do("GET", "/v1/campaigns", h.as("reviewer"), nil).want(http.StatusOK).into(&list)
	if len(list.Items) != 0 {
		t.Errorf("a removed campaign is listed: %+v", list.Items)
	}
}

// TestCampaignsStayWithinTheirReaders: what lies outside is not there, what is no
// campaign is not one, and every household that is shown is noted.
func TestCampaignsStayWithinTheirReaders(t *testing.T) {
	h := newHost(t)
	h.announce()
	h.phone("collector1", village1).household(1, `,"category":"poor"`).household(2, `,"category":"poor"`).mustPush()
	one := "/v1/campaigns/" + tet.String()
	in := "?unit=" + string(commune)
	for _, path := range []string{one + in, one + "/missing" + in} {
		h.do("GET", path, h.as("otherreviewer"), nil).want(http.StatusNotFound)
		h.do("GET", path, h.as("collector1"), nil).want(http.StatusForbidden)
	}
	for _, path := range []string{
		"/v1/campaigns/" + recordID(1).String() + "?unit=" + string(village1), one + "?unit=" + string(village1),
		one + "/missing" + in + "&village=" + string(otherVillage), "/v1/campaigns?unit=" + string(otherCommune),
	} {
		h.do("GET", path, h.as("reviewer"), nil).want(http.StatusNotFound)
	}
	var list contract.CampaignPage
	h.do("GET", "/v1/campaigns", h.as("otherreviewer"), nil).want(http.StatusOK).into(&list)
	if len(list.Items) != 0 {
		t.Errorf("the other commune sees %+v", list.Items)
	}
	h.do("GET", "/v1/campaigns?limit=51", h.as("reviewer"), nil).want(http.StatusBadRequest)

	h.notReceived("", 1)
	h.progress("approver")
	var log contract.AccessPage
	h.do("GET", "/v1/access-log", h.as("auditor"), nil).want(http.StatusOK).into(&log)
	read := map[string]int{}
	for _, a := range log.Items {
		read[a.Operation] += len(a.Records)
	}
	if read["listNotReceived"] != 2 || read["getCampaign"] != 1 {
		t.Errorf("the log has %v", read)
	}
}
