package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/sync/ledger"
)

// period finds one of those that a unit has.
func (h *host) period(username string, typ string, from string) contract.ReportPeriod {
	h.t.Helper()
	var list contract.PeriodList
	h.do("GET", "/v1/periods?unit="+string(commune), h.as(username), nil).want(http.StatusOK).into(&list)
	for _, p := range list.Periods {
		if string(p.Template) == "ubnd" && string(p.Type) == typ && p.From == from {
			return p
		}
	}
	h.t.Fatalf("no %s from %s in %+v", typ, from, list.Periods)
	return contract.ReportPeriod{}
}

// A period tells its report, and where it is closed; closing one village leaves
// the others open, and opening it again is seen.
func TestListPeriods(t *testing.T) {
	h := newHost(t)
	h.gift(village1, 1, "2020-05-01", 3)
	const half = "2026-06-15"
	p := h.period("reviewer", "secondHalf", half)
	if p.To != "2026-12-14" || p.Due != "2026-12-16" || p.Name != "6 tháng cuối năm 2026" || p.Report != "" || len(p.ClosedIn) != 0 || len(p.OpenIn) != 3 {
		t.Errorf("nothing was done yet: %+v", p)
	}
	days := ledger.Period{From: half, To: "2026-12-14"}
	head := h.phone("approver", village1)
	head.write(ledger.PeriodID(village1, days), ledger.KindPeriod, ledger.ActionClose, 0, fmt.Sprintf(`,"period":%q`, days)).mustPush()
	p = h.period("auditor", "secondHalf", half)
	if len(p.ClosedIn) != 1 || p.ClosedIn[0].Unit != village1 || p.ClosedIn[0].Seq == 0 || len(p.OpenIn) != 2 {
		t.Errorf("closed in one village: %+v", p)
	}
	head.write(ledger.PeriodID(village1, days), ledger.KindPeriod, ledger.ActionReopen, p.ClosedIn[0].Seq, fmt.Sprintf(`,"period":%q`, days)).mustPush()
	if p = h.period("reviewer", "secondHalf", half); len(p.ClosedIn) != 0 || len(p.OpenIn) != 3 {
		t.Errorf("opened again: %+v", p)
	}
	of := func(unit ledger.UnitID) contract.PeriodUnit {
		return p.OpenIn[slices.IndexFunc(p.OpenIn, func(u contract.PeriodUnit) bool { return u.Unit == unit })]
	}
	if u := of(village1); u.By != "approver" || u.At.IsZero() || u.Disputed {
		t.Errorf("who opened it again: %+v", u)
	}
	if u := of(village2); u.Seq != 0 || u.By != "" || !u.At.IsZero() {
		t.Errorf("where nobody closed it: %+v", u)
	}
	other := h.phone("reviewer", village1)
	other.write(ledger.PeriodID(village1, days), ledger.KindPeriod, ledger.ActionClose, 0, fmt.Sprintf(`,"period":%q`, days)).mustPush()
	p = h.period("reviewer", "secondHalf", half)
	if all := slices.Concat(p.ClosedIn, p.OpenIn); !slices.ContainsFunc(all, func(u contract.PeriodUnit) bool { return u.Unit == village1 && u.Disputed }) {
		t.Errorf("closed by one who did not know that it was opened again: %+v", all)
	}
	draft := h.compile("reviewer", fmt.Sprintf(`{"unit":%q,"template":"ubnd","type":"secondHalf","year":2026}`, commune), http.StatusCreated)
	if p = h.period("reviewer", "secondHalf", half); p.State != archive.Draft || p.Report != draft.ID || p.Number != 0 {
		t.Errorf("with a draft: %+v", p)
	}
	h.approve(&draft)
	if p = h.period("reviewer", "secondHalf", half); p.State != archive.Signed || p.Number != 1 || p.Symbol != "BC-UBND" {
		t.Errorf("with a report: %+v", p)
	}
	whole := h.compile("reviewer", term, http.StatusCreated)
	if p = h.period("reviewer", "term", "2019-01-01"); p.Report != whole.ID || p.To != "2024-12-31" {
		t.Errorf("a term: %+v", p)
	}
	h.do("GET", "/v1/periods", h.as("reviewer"), nil).want(http.StatusBadRequest, "malformed")
}

// Two people who set two texts do not stand in each other's way; a text that was
// not read is not written over.
func TestStandingOverHTTP(t *testing.T) {
	h := newHost(t)
	path := fmt.Sprintf("/v1/units/%s/standing/ubnd/annual", commune)
	put := func(username, section, body string, status int, code ...string) {
		t.Helper()
		h.do("PUT", path+"/"+section, h.as(username), body).want(status, code...)
	}
	put("reviewer", "lessons", `{"version":0,"text":"Ghi chép ngay khi có việc."}`, http.StatusOK)
	put("approver", "strengths", `{"version":0,"text":"Tốt."}`, http.StatusOK)
	put("approver", "lessons", `{"version":0,"text":"Khác."}`, http.StatusConflict, "version-conflict")
	put("reviewer", "lessons", `{"version":1,"text":"Ghi chép ngay."}`, http.StatusOK)
	put("reviewer", "nothing", `{"version":0,"text":"Khác."}`, http.StatusUnprocessableEntity, "invalid")
	h.do("PUT", fmt.Sprintf("/v1/units/%s/standing/ubnd/weekly/lessons", commune), h.as("reviewer"), `{"version":0,"text":"Khác."}`).want(http.StatusNotFound, "not-found")
	draft := h.compile("reviewer", fmt.Sprintf(`{"unit":%q,"template":"ubnd","type":"annual","year":2025}`, commune), http.StatusCreated)
	if s := sectionOf(t, &draft, "lessons"); s.Text != "Ghi chép ngay." || s.Standing != s.Text || s.Edited {
		t.Errorf("the draft says %+v", s)
	}
	h.write(&draft, "directions", "Tiếp tục duy trì.")
	h.approve(&draft)
	var got contract.StandingTexts
	h.do("GET", path, h.as("approver"), nil).want(http.StatusOK).into(&got)
	if len(got.Texts) != 2 || got.Texts[0].Section != "lessons" || got.Texts[0].Version != 2 || got.Texts[0].By.User == "" {
		t.Errorf("the texts are %+v", got.Texts)
	}
	if got.Last.Report != draft.ID || len(got.Last.Sections) == 0 {
		t.Errorf("the last report is %+v", got.Last)
	}
	var none contract.StandingTexts
	h.do("GET", path+"?before="+draft.From, h.as("approver"), nil).want(http.StatusOK).into(&none)
	if none.Last.Report != "" {
		t.Errorf("before it there was %+v", none.Last)
	}
}
