package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

// term is the order of the report that most tests are about.
const term = `{"unit":"21133-20040101","template":"ubnd","type":"term","fromYear":2019,"toYear":2024}`

// gift writes one into a unit's ledger.
func (h *host) gift(unit ledger.UnitID, n int, date string, quantity int) {
	h.t.Helper()
	p := h.phone("reviewer", unit)
	p.write(recordID(n), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"date":%q,"quantity":%d,"recipientName":"Người nhận mẫu %d"}`, date, quantity, n))
	if got := results(p.mustPush()); got != "accepted" {
		h.t.Fatalf("the gift: %s", got)
	}
}

// compile has a report compiled.
func (h *host) compile(username, order string, status int) contract.Report {
	h.t.Helper()
	var r contract.Report
	h.do("POST", "/v1/reports", h.as(username), order).want(status).into(&r)
	return r
}

func (h *host) report(username, id string) contract.Report {
	h.t.Helper()
	var r contract.Report
	h.do("GET", "/v1/reports/"+id, h.as(username), nil).want(http.StatusOK).into(&r)
	return r
}

// approve signs a report.
func (h *host) approve(r *contract.Report) {
	h.t.Helper()
	body := fmt.Sprintf(`{"version":%d,"name":"Người ký mẫu","confirms":["conflicts","villages-silent","not-reviewed","sections-empty"]}`, r.Version)
	h.do("POST", "/v1/reports/"+r.ID+"/approve", h.as("approver"), body).want(http.StatusOK).into(r)
}

// write puts a text in the place of a section's.
func (h *host) write(r *contract.Report, section, text string) {
	h.t.Helper()
	body := fmt.Sprintf(`{"version":%d,"sections":{%q:%q}}`, r.Version, section, text)
	h.do("PATCH", "/v1/reports/"+r.ID, h.as("reviewer"), body).want(http.StatusOK).into(r)
}

func sectionOf(t *testing.T, r *contract.Report, id string) report.Section {
	t.Helper()
	i := slices.IndexFunc(r.Content.Sections, func(s report.Section) bool { return s.ID == id })
	if i < 0 {
		t.Fatalf("%s has no section %s", r.ID, id)
	}
	return r.Content.Sections[i]
}

func figureOf(t *testing.T, r *contract.Report, id string) int64 {
	t.Helper()
	i := slices.IndexFunc(r.Content.Figures, func(f report.Figure) bool { return f.ID == id })
	if i < 0 {
		t.Fatalf("%s has no figure %s", r.ID, id)
	}
	return r.Content.Figures[i].Value
}

// TestLifeOfAReport follows a report from its draft to its replacement.
func TestLifeOfAReport(t *testing.T) {
	h := newHost(t)
	h.gift(village1, 1, "2020-05-01", 3)
	h.gift(village2, 2, "2021-05-01", 4)

	draft := h.compile("reviewer", term, http.StatusCreated)
	if draft.State != archive.Draft || draft.Type != "term" || draft.AsOf != "2024-12-31" || draft.Due != "2025-01-03" || figureOf(t, &draft, "gifts") != 7 {
		t.Fatalf("the draft: %+v", draft)
	}
	if again := h.compile("approver", term, http.StatusOK); again.ID != draft.ID || again.By.User != "reviewer" {
		t.Fatalf("compiling twice made %s by %s", again.ID, again.By.User)
	}
	draft = h.report("reviewer", draft.ID)

	// An official writes a section; then its numbers change.
	h.write(&draft, "gifts", "Trao 7 suất quà.")
	if len(draft.Edits) != 1 || draft.Edits[0].Section != "gifts" || draft.Edits[0].By.Name != "Người mẫu reviewer" {
		t.Errorf("who wrote it: %+v", draft.Edits)
	}
	h.gift(village2, 3, "2022-05-01", 5)
	h.do("POST", "/v1/reports/"+draft.ID+"/recompile", h.as("reviewer"), fmt.Sprintf(`{"version":%d}`, draft.Version)).want(http.StatusOK).into(&draft)
	s := sectionOf(t, &draft, "gifts")
	if s.Text != "Trao 7 suất quà." || !s.Edited || len(s.Stale) == 0 || s.Stale[0] != (report.Stale{Figure: "gifts", Was: 7, Now: 12}) {
		t.Fatalf("the section after its numbers changed: %+v", s)
	}
	sign := fmt.Sprintf(`{"version":%d,"name":"Người ký mẫu","confirms":["conflicts","villages-silent","not-reviewed","sections-empty"]}`, draft.Version)
	h.do("POST", "/v1/reports/"+draft.ID+"/approve", h.as("approver"), sign).want(http.StatusConflict, "report-stale")
	h.write(&draft, "gifts", "Trao 12 suất quà.")

	first := draft
	h.approve(&first)
	if first.State != archive.Signed || first.Number != 1 || first.Symbol != "BC-UBND" || first.Date != "2026-11-23" || len(first.Files) != 4 ||
		first.Approval.By.User != "approver" || first.Approval.Name != "Người ký mẫu" || first.Approval.Sha256 != first.Content.SHA256 {
		t.Fatalf("the issued report: %+v", first.Approval)
	}
	second := h.compile("reviewer", `{"unit":"21133-20040101","template":"ubnd","type":"annual","year":2022}`, http.StatusCreated)
	h.approve(&second)
	if second.Number != 2 || figureOf(t, &second, "gifts") != 5 {
		t.Errorf("the next report has the number %d and %d gifts", second.Number, figureOf(t, &second, "gifts"))
	}

	// From here on it is frozen.
	h.gift(village1, 4, "2022-06-01", 6)
	path := "/v1/reports/" + first.ID
	version := h.report("reviewer", first.ID).Version
	if after := h.report("auditor", first.ID); after.Content.SHA256 != first.Content.SHA256 || figureOf(t, &after, "gifts") != 12 {
		t.Error("an issued report has changed")
	}
	h.do("PATCH", path, h.as("reviewer"), fmt.Sprintf(`{"version":%d,"sections":{"gifts":null}}`, version)).want(http.StatusConflict, "report-state")
	h.do("POST", path+"/recompile", h.as("reviewer"), fmt.Sprintf(`{"version":%d}`, version)).want(http.StatusConflict, "report-state")
	h.do("POST", path+"/approve", h.as("approver"), fmt.Sprintf(`{"version":%d,"name":"Người ký mẫu","confirms":["conflicts","villages-silent","not-reviewed","sections-empty"]}`, version)).want(http.StatusConflict, "report-state")
	h.do("POST", "/v1/reports", h.as("reviewer"), term).want(http.StatusConflict, "report-issued")
	for _, username := range []string{"reviewer", "approver", "auditor"} {
		var verified contract.ReportVerification
		if h.do("POST", path+"/verify", h.as(username), nil).want(http.StatusOK).into(&verified); !verified.Ok || len(verified.Differences) != 0 {
			t.Errorf("verified for %s: %+v", username, verified)
		}
	}

	// An addendum reports what came later.
	addendum := h.compile("reviewer", `{"unit":"21133-20040101","addendumOf":"`+first.ID+`"}`, http.StatusCreated)
	if a := addendum.Content.Addendum; addendum.AddendumOf != first.ID || a == nil || a.Of != first.ID ||
		!slices.ContainsFunc(a.Changes, func(c report.Change) bool { return c.Figure == "gifts" && c.Was == 12 && c.Now == 18 && c.Entered == 1 }) {
		t.Errorf("the addendum: %+v", a)
	}
	h.do("POST", "/v1/reports/"+addendum.ID+"/verify", h.as("approver"), nil).want(http.StatusConflict, "report-state")

	// It is withdrawn, and another one issued instead.
	h.do("POST", path+"/withdraw", h.as("approver"), fmt.Sprintf(`{"version":%d,"reason":" "}`, version)).want(http.StatusUnprocessableEntity, "invalid")
	h.do("POST", path+"/withdraw", h.as("approver"), fmt.Sprintf(`{"version":%d,"reason":"Ghi nhầm."}`, version+1)).want(http.StatusConflict, "version-conflict")
	h.do("POST", path+"/withdraw", h.as("approver"), fmt.Sprintf(`{"version":%d,"reason":"Ghi nhầm."}`, version)).want(http.StatusOK).into(&first)
	if first.State != archive.Withdrawn || first.Number != 1 || first.Withdrawal.Reason != "Ghi nhầm." || first.Withdrawal.By.User != "approver" {
		t.Errorf("withdrawn: %+v", first.Withdrawal)
	}
	next := h.compile("reviewer", `{"unit":"21133-20040101","replaces":"`+first.ID+`"}`, http.StatusCreated)
	h.approve(&next)
	if next.Number != 3 || next.Replaces != first.ID || figureOf(t, &next, "gifts") != 18 {
		t.Errorf("issued next: number %d, in the place of %s", next.Number, next.Replaces)
	}
	if first = h.report("reviewer", first.ID); first.ReplacedBy != next.ID {
		t.Errorf("the withdrawn report is replaced by %q", first.ReplacedBy)
	}
}

// TestApprovalsThatAreCutOff: the next look finishes what had its number, and
// where it is not known whether it has, nobody touches the report for a while.
func TestApprovalsThatAreCutOff(t *testing.T) {
	h := newHost(t)
	sign := `{"version":1,"name":"Người ký mẫu","confirms":["conflicts","villages-silent","not-reviewed","sections-empty"]}`
	order := func(year int) string {
		return fmt.Sprintf(`{"unit":%q,"template":"ubnd","type":"annual","year":%d}`, commune, year)
	}
	cutOff := func(id string, fault func(op, collection, id string) memory.Fault) {
		t.Helper()
		h.backend.failing(fault)
		h.do("POST", "/v1/reports/"+id+"/approve", h.as("approver"), sign).want(http.StatusInternalServerError)
		h.backend.failing(nil)
	}
	first := h.compile("reviewer", order(2024), http.StatusCreated)
	replaced := 0
	cutOff(first.ID, func(op, collection, _ string) memory.Fault {
		if op == memory.OpReplace && collection == "reports" {
			if replaced++; replaced == 2 {
				return memory.Unapplied
			}
		}
		return memory.None
	})
	if first = h.report("auditor", first.ID); first.State != archive.Signed || first.Number != 1 {
		t.Errorf("with its number taken: %s, number %d", first.State, first.Number)
	}

	second := h.compile("reviewer", order(2025), http.StatusCreated)
	cutOff(second.ID, func(op, collection, _ string) memory.Fault {
		if op == memory.OpAdd && collection == "register" {
			return memory.Unapplied
		}
		return memory.None
	})
	if second = h.report("reviewer", second.ID); second.State != archive.Signing || second.Signing.By.User != "approver" || second.Number != 0 {
		t.Errorf("where nobody knows: %s, %+v", second.State, second.Signing)
	}
	h.do("POST", "/v1/reports/"+second.ID+"/approve", h.as("approver"), fmt.Sprintf(`{"version":%d,"name":"Người ký mẫu","confirms":["conflicts","villages-silent","not-reviewed","sections-empty"]}`, second.Version)).want(http.StatusConflict, "report-signing")
	h.do("POST", "/v1/reports", h.as("reviewer"), order(2025)).want(http.StatusConflict, "report-signing")
	h.clock.advance(6 * time.Minute)
	if second = h.report("reviewer", second.ID); second.State != archive.Draft || !second.Signing.Until.IsZero() {
		t.Errorf("after a while: %s, %+v", second.State, second.Signing)
	}
	if h.approve(&second); second.Number != 2 {
		t.Errorf("at last it has the number %d", second.Number)
	}
}

func (h *host) reports(username, query string) []string {
	h.t.Helper()
	var ids []string
	cursor := ""
	for range 20 {
		var page contract.ReportPage
		h.do("GET", "/v1/reports?limit=2&"+query+cursor, h.as(username), nil).want(http.StatusOK).into(&page)
		for _, r := range page.Items {
			ids = append(ids, r.ID)
		}
		if page.Next == "" {
			return ids
		}
		cursor = "&cursor=" + page.Next
	}
	h.t.Fatal("the list does not end")
	return nil
}

func TestListOfReports(t *testing.T) {
	h := newHost(t)
	var want []string
	for year := 2020; year <= 2024; year++ {
		r := h.compile("reviewer", fmt.Sprintf(`{"unit":%q,"template":"mttq","type":"firstHalf","year":%d}`, commune, year), http.StatusCreated)
		if year == 2022 {
			h.approve(&r)
		}
		want = append(want, r.ID)
		h.clock.advance(time.Second)
	}
	slices.Reverse(want)
	other := h.compile("otherreviewer", fmt.Sprintf(`{"unit":%q,"template":"mttq","type":"annual","year":2020}`, otherCommune), http.StatusCreated)
	for _, c := range []struct {
		as, query string
		want      []string
	}{
		{"reviewer", "", want},
		{"approver", "unit=" + string(commune), want},
		{"auditor", "state=approved", want[2:3]},
		{"reviewer", "state=approved&state=withdrawn", want[2:3]},
		{"reviewer", "unit=" + string(village1), nil},
		{"otherreviewer", "", []string{other.ID}},
		{"superior", "", nil},
	} {
		if got := h.reports(c.as, c.query); !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %v, want %v", c.as, c.query, got, c.want)
		}
	}
	h.do("GET", "/v1/reports?unit="+string(otherCommune), h.as("reviewer"), nil).want(http.StatusNotFound, "not-found")
	h.do("GET", "/v1/reports?state=lost", h.as("reviewer"), nil).want(http.StatusBadRequest, "malformed")
	h.do("GET", "/v1/reports?cursor=e30x", h.as("reviewer"), nil).want(http.StatusBadRequest, "malformed")
}

// TestPeriods: when a period begins and ends, the unit's letterhead says.
func TestPeriods(t *testing.T) {
	h := newHost(t)
	for _, c := range []struct{ order, from, to, asOf string }{
		{`"type":"firstHalf","year":2026`, "2025-12-15", "2026-06-14", "2026-06-14"},
		{`"type":"secondHalf","year":2026`, "2026-06-15", "2026-12-14", "2026-11-23"},
		{`"type":"annual","year":2025`, "2024-12-15", "2025-12-14", "2025-12-14"},
		{`"type":"annual","year":2025,"asOf":"2025-12-01"`, "2024-12-15", "2025-12-14", "2025-12-01"},
		{`"type":"term","fromYear":2024,"toYear":2029`, "2024-01-01", "2029-12-31", "2026-11-23"},
	} {
		var r contract.Report
		h.do("POST", "/v1/reports", h.as("reviewer"), fmt.Sprintf(`{"unit":%q,"template":"ubnd",%s}`, commune, c.order)).into(&r)
		if r.From != c.from || r.To != c.to || r.AsOf != c.asOf {
			t.Errorf("%s: %s to %s, as of %s", c.order, r.From, r.To, r.AsOf)
		}
	}
	head := `{"version":0,"letter":{"issuer":["XÃ MẪU"],"symbol":"BC-UBND","place":"Xã mẫu","recipients":["Lưu: VT"],"position":"CHỦ TỊCH"},
		"rule":{"halfEnds":"05-31","yearEnds":"11-30","within":5},"termTold":"04-11","firstNumbers":{"2026":56}}`
	h.do("PUT", "/v1/units/"+string(commune)+"/letterheads/ubnd", h.as("approver"), head).want(http.StatusOK)
	half := h.compile("reviewer", fmt.Sprintf(`{"unit":%q,"template":"ubnd","type":"firstHalf","year":2025}`, commune), http.StatusCreated)
	if half.From != "2024-12-01" || half.To != "2025-05-31" {
		t.Errorf("by the unit's own rule: %s to %s", half.From, half.To)
	}
	r := h.compile("reviewer", term, http.StatusCreated)
	if r.AsOf != "2024-04-11" {
		t.Errorf("the term is reported as of %s", r.AsOf)
	}
	if h.approve(&r); r.Number != 56 {
		t.Errorf("the first number is %d", r.Number)
	}
}

// TestReportsOfBadOrders: each answer names the member that is wrong.
func TestReportsOfBadOrders(t *testing.T) {
	h := newHost(t)
	draft := h.compile("reviewer", term, http.StatusCreated)
	other := h.compile("otherreviewer", strings.Replace(term, "21133", "21134", 1), http.StatusCreated)
	order := func(members string) string { return fmt.Sprintf(`{"unit":%q%s}`, commune, members) }
	reports, one := "/v1/reports", "/v1/reports/"+draft.ID
	const version = `{"version":1`
	for _, c := range []struct{ method, path, body, field string }{
		{"POST", reports, order(``), "template"},
		{"POST", reports, order(`,"template":"ubnd"`), "type"},
		{"POST", reports, order(`,"template":"tỉnh","type":"annual","year":2025`), "template"},
		{"POST", reports, order(`,"template":"ubnd","type":"quarter","year":2025`), "type"},
		{"POST", reports, order(`,"template":"ubnd","type":"annual"`), "year"},
		{"POST", reports, order(`,"template":"ubnd","type":"annual","year":1066`), "year"},
		{"POST", reports, order(`,"template":"ubnd","type":"annual","year":2030`), "year"},
		{"POST", reports, order(`,"template":"ubnd","type":"term","toYear":2024`), "fromYear"},
		{"POST", reports, order(`,"template":"ubnd","type":"term","fromYear":2024`), "toYear"},
		{"POST", reports, order(`,"template":"ubnd","type":"term","fromYear":2024,"toYear":2019`), "toYear"},
		{"POST", reports, order(`,"template":"ubnd","type":"term","fromYear":1960,"toYear":2019`), "toYear"},
		{"POST", reports, order(`,"template":"ubnd","type":"annual","year":2025,"asOf":"2026-02-30"`), "asOf"},
		{"POST", reports, order(`,"template":"ubnd","type":"annual","year":2025,"asOf":"2026-12-01"`), "asOf"},
		{"POST", reports, order(`,"template":"ubnd","type":"annual","year":2025,"asOf":"hôm qua"`), "asOf"},
		{"POST", reports, order(`,"addendumOf":"none"`), "addendumOf"},
		{"POST", reports, order(`,"addendumOf":"` + other.ID + `"`), "addendumOf"},
		{"POST", reports, order(`,"addendumOf":"` + draft.ID + `"`), "addendumOf"},
		{"POST", reports, order(`,"replaces":"` + draft.ID + `"`), "replaces"},
		{"PATCH", one, version + `,"sections":{"none":"x"}}`, "sections"},
		{"PATCH", one, version + `,"sections":{}}`, "sections"},
		{"PATCH", one, version + `,"sections":{"gifts":7}}`, "sections.gifts"},
		{"POST", one + "/recompile", version + `,"asOf":"2026-11-24"}`, "asOf"},
		{"POST", one + "/recompile", version + `,"asOf":"2018-01-01"}`, "asOf"},
		{"POST", one + "/approve", version + `,"name":" "}`, "name"},
		{"POST", one + "/approve", version + `,"name":"Người ký mẫu","date":"2024-12-30"}`, "date"},
		{"POST", one + "/approve", version + `,"name":"Người ký mẫu","date":"2026-11-24"}`, "date"},
		{"POST", one + "/approve", version + `,"name":"Người ký mẫu","position":"` + strings.Repeat("x", 201) + `"}`, "position"},
		{"POST", one + "/withdraw", `{"version":0,"reason":"x"}`, "version"},
	} {
		if p := h.do(c.method, c.path, h.as("approver"), c.body).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != c.field {
			t.Errorf("%s %s: the problem names %q, want %q", c.path, c.body, p.Field, c.field)
		}
	}
	for _, body := range []string{``, `{}`, `{"unit":"21133-20040101","$where":1}`, `{"unit":"21133-20040101","unit":"x"}`, `[]`} {
		if a := h.do("POST", reports, h.as("reviewer"), body); a.status != http.StatusBadRequest && a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", body, a.status)
		}
	}
	h.do("PATCH", one, h.as("reviewer"), version+`,"sections":{"gifts":"`+strings.Repeat("x", 70<<10)+`"}}`).want(http.StatusRequestEntityTooLarge, "too-large")
	if after := h.report("reviewer", draft.ID); after.Version != 1 {
		t.Errorf("something of it was taken: version %d", after.Version)
	}
}
