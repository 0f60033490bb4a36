package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Where people who gave something are named, an erasure takes their names out of
// the ledger, the lists, the history, the log, the phones and the drafts of
// reports. What is counted stays.
func TestErasureOfWhoGave(t *testing.T) {
	h := newHost(t)
	const secret = "Bà Mẫu Kín"
	house := `,"set":{"household":"` + recordID(1).String() + `","program":"greatUnity","work":"new","status":"handedOver","acceptedOn":"2020-04-01","handedOverOn":"2020-05-01","sources":[` +
		`{"name":"` + secret + `","amountVnd":%d,"form":"cash"},{"name":"` + secret + `","amountVnd":7,"form":"labour"}]}`
	records := []struct {
		unit   ledger.UnitID
		by     string
		kind   ledger.Kind
		rest   string
		erases string
	}{
		{village1, "collector1", form.KindHouse, fmt.Sprintf(house, 40), "sources.name"},
		{commune, "reviewer", form.KindCampaign, `,"set":{"name":"Đợt mẫu","donor":"` + secret + `","from":"2020-01-01"}`, "donor"},
		{village1, "collector1", form.KindFund, `,"set":{"direction":"in","date":"2020-05-01","amountVnd":500,"purpose":"` + secret + ` ủng hộ"}`, "purpose"},
		{village1, "collector1", form.KindMeeting, `,"set":{"date":"2020-05-01","level":"commune","place":"Nhà văn hóa","summaries":"` + secret + ` hỏi"}`, "summaries"},
	}
	for i, r := range records {
		h.phone(r.by, r.unit).write(recordID(10+i), r.kind, ledger.ActionEdit, 0, r.rest).mustPush()
	}
	other := h.phone("deputy1", village1) // in conflict, and so in the annex
	other.write(recordID(10), form.KindHouse, ledger.ActionEdit, 0, fmt.Sprintf(house, 50))
	other.write(recordID(10), form.KindHouse, ledger.ActionEdit, 0, `,"set":{"sources":[{"name":"`+secret+`","amountVnd":-1,"form":"cash"}]}`) // refused
	if got := results(other.mustPush()); !strings.HasPrefix(got, "conflict rejected") {
		t.Fatal(got)
	}
	h.phone("deputy1", village1).write(recordID(14), form.KindHouse, ledger.ActionEdit, 0, `,"set":{"household":"`+recordID(1).String()+`"}`).mustPush()
	draft := h.compile("reviewer", term, http.StatusCreated)
	amount := func() string {
		var all []string
		for _, f := range slices.Concat(h.report("reviewer", draft.ID).Content.Figures, h.report("reviewer", draft.ID).Content.Details) {
			if strings.HasPrefix(f.ID, "houses") || strings.HasPrefix(f.ID, "fund") {
				all = append(all, fmt.Sprint(f.ID, f.Value))
			}
		}
		return strings.Join(all, " ")
	}
	counted := amount()
	paths := []string{
		"/v1/records", "/v1/records?q=k%C3%ADn", "/v1/records.xlsx?kind=campaign", "/v1/records.xlsx?kind=house", "/v1/records.xlsx?kind=meeting", "/v1/records.xlsx?kind=fund",
		"/v1/conflicts", "/v1/rejections", "/v1/campaigns", "/v1/fund?year=2020&unit=" + string(village1), "/v1/reports/" + draft.ID, "/v1/units/" + string(village1) + "/changes?after=0",
		"/v1/units/" + string(commune) + "/changes?after=0", "/v1/units/" + string(village1) + "/log", "/v1/units/" + string(commune) + "/log",
		"/v1/reports/" + draft.ID + "/file.xlsx", "/v1/reports/" + draft.ID + "/file.docx", "/v1/reports/" + draft.ID + "/file.json",
	}
	for _, figure := range draft.Content.Figures {
		paths = append(paths, "/v1/reports/"+draft.ID+"/figures/"+figure.ID+"/records")
	}
	for i, r := range records {
		paths = append(paths, "/v1/records/"+recordID(10+i).String()+"?sensitive=true&unit="+string(r.unit))
	}
	tells := func(username string) (list []string) {
		for _, path := range paths {
			if a := h.do("GET", path, h.as(username), nil); a.status == http.StatusOK && strings.Contains(unpacked(t, a.body), secret) {
				list = append(list, path)
			}
		}
		return list
	}
	if list := tells("reviewer"); len(list) < 12 {
		t.Errorf("before the erasure only %q tell of it", list)
	}
	if list := tells("auditor"); len(list) > 0 {
		t.Errorf("an auditor sees %q", list)
	}
	for _, path := range paths {
		if strings.HasPrefix(path, "/v1/reports/"+draft.ID) && !strings.Contains(path, "/figures/") && slices.Contains(tells("reviewer"), path) {
			t.Errorf("the report tells who gave: %s", path)
		}
	}
	for i, r := range records {
		h.phone("reviewer", r.unit).write(recordID(10+i), r.kind, ledger.ActionErase, 0, fmt.Sprintf(`,"fields":[%q]`, r.erases)).accept()
	}
	for _, unit := range []ledger.UnitID{village1, commune} {
		h.untilErased("/v1/units/"+string(unit)+"/log", secret)
		if err := h.store.Settle(t.Context(), []ledger.UnitID{unit}); err != nil {
			t.Fatal(err)
		}
	}
	h.clock.advance(3 * time.Second) // some answers are kept for two
	if list := tells("reviewer"); len(list) > 0 {
		t.Errorf("after the erasure they see %q", list)
	}
	if now := amount(); now != counted {
		t.Errorf("the figures are %s, were %s", now, counted)
	}
	again := h.do("POST", "/v1/reports/"+draft.ID+"/recompile", h.as("reviewer"), fmt.Sprintf(`{"version":%d}`, draft.Version))
	if again.want(http.StatusOK); amount() != counted || strings.Contains(string(again.body), secret) {
		t.Errorf("compiled again the figures are %s, were %s", amount(), counted)
	}
	p := h.phone("collector1", village1)
	p.pull()
	if r := p.record(recordID(10)); !slices.Contains(r.Erased, "sources.name") || !strings.Contains(string(r.Fields["sources"]), `"amountVnd":7`) {
		t.Errorf("a phone holds %+v", r)
	}
}
