package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

func TestPushAndPull(t *testing.T) {
	h := newHost(t)
	a, b := h.phone("collector1", village1), h.phone("deputy1", village1)
	a.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1))
	a.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":{"date":"2030-01-01","level":"commune"}`)
	a.write(recordID(3), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(3))
	first := a.mustPush()
	if got := results(first); got != "accepted rejected(date-future date) accepted" || first.Through != 3 {
		t.Errorf("%s, through %d", got, first.Through)
	}
	if m := first.Results[1].Message; !strings.Contains(m, "Ngày") {
		t.Errorf("the message does not name the field: %q", m)
	}
	b.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":{"attendance":5}`)
	if got := b.mustPush(); results(got) != "conflict" || fmt.Sprint(got.Results[0].Fields) != "[attendance]" {
		t.Errorf("%+v", got.Results)
	}
	a.pull()
	b.pull()
	if len(a.book.Records) != 2 || len(b.book.Records) != 2 {
		t.Errorf("A holds %d records, B %d; want 2", len(a.book.Records), len(b.book.Records))
	}
	again := h.do("POST", a.path()+"/batches", a.token(), a.body(1, 3)).want(http.StatusOK)
	var repeated contract.PushResponse
	again.into(&repeated)
	if results(repeated) != results(first) {
		t.Errorf("sent again: %s", results(repeated))
	}
}

// TestPhonesHoldWhatTheyMaySee pulls on every phone of two villages, and
// compares with the fold what each then holds.
func TestPhonesHoldWhatTheyMaySee(t *testing.T) {
	h := newHost(t)
	a, b := h.phone("collector1", village1), h.phone("deputy1", village1)
	reception := func(class string) string {
		return fmt.Sprintf(`,"set":{"date":"2026-11-20","type":"regular","citizenName":"Người mẫu","content":"nội dung mẫu","class":%q}`, class)
	}
	a.write(recordID(1), form.KindReception, ledger.ActionEdit, 0, reception("denunciation"))
	a.write(recordID(2), form.KindReception, ledger.ActionEdit, 0, reception("proposal"))
	a.write(recordID(3), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"denunciation","content":"nội dung mẫu","status":"received"}`)
	a.write(recordID(4), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(4))
	a.mustPush()
	a.pull()
	b.pull()
	if len(a.book.Records) != 4 {
		t.Errorf("the author holds %d records, want all 4", len(a.book.Records))
	}
	if len(b.book.Records) != 2 || b.book.Records[recordID(1).String()] != nil || b.book.Records[recordID(3).String()] != nil {
		t.Errorf("another phone holds %d records, among them a denunciation", len(b.book.Records))
	}
	if page := h.do("GET", b.path()+"/changes?after=0", b.token(), nil); strings.Contains(string(page.body), recordID(1).String()) {
		t.Errorf("another phone learns of the denunciation: %s", page.body)
	}
	// What was a proposal becomes a denunciation: phones that hold it drop it.
	a.write(recordID(2), form.KindReception, ledger.ActionEdit, a.book.Seen, `,"set":{"class":"denunciation"}`)
	a.mustPush()
	b.pull()
	if b.book.Records[recordID(2).String()] != nil {
		t.Error("another phone still holds what became a denunciation")
	}
	fresh := h.phone("deputy1", village1)
	fresh.pull()
	if len(fresh.book.Records) != 1 {
		t.Errorf("a new phone holds %d records, want 1", len(fresh.book.Records))
	}
	h.do("GET", "/v1/records/"+recordID(1).String()+"?unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK)
	h.do("GET", "/v1/records/"+recordID(1).String()+"?unit="+string(village1), h.as("approver"), nil).want(http.StatusNotFound)
}

// TestChangedRolesAreNewViews: who sees a ledger otherwise pulls it from the
// beginning, and holds from then on what they may see, no more and no less.
func TestChangedRolesAreNewViews(t *testing.T) {
	h := newHost(t)
	root := h.as("root")
	a, b := h.phone("collector1", village1), h.phone("deputy1", village1)
	a.write(recordID(1), form.KindReception, ledger.ActionEdit, 0, `,"set":{"date":"2026-11-20","type":"regular","citizenName":"Người mẫu","content":"nội dung mẫu","class":"denunciation"}`)
	for i := 2; i < 9; i++ {
		a.write(recordID(i), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(i))
	}
	a.mustPush()
	b.pull()
	old, oldView := *b.book.Cursor, b.book.View
	become := func(version int, role ledger.Role, unit ledger.UnitID) {
		t.Helper()
		h.do("PATCH", "/v1/users/deputy1", root, contract.UserChange{Role: role, Units: []contract.UnitID{unit}, Version: int64(version)}).want(http.StatusOK)
		b.signInAgain() // a change of role ends sessions
	}
	mustHold := func(records, afresh int) {
		t.Helper()
		if b.pull(); len(b.book.Records) != records || b.afresh != afresh {
			t.Errorf("holds %d records after %d pulls from the beginning, want %d after %d", len(b.book.Records), b.afresh, records, afresh)
		}
	}
	mustHold(7, 0)
	become(1, form.RoleReviewer, village1)
	path := fmt.Sprintf("%s/changes?after=%d&log=%s&hash=%s", b.path(), old.Seq, old.Log, old.Hash)
	h.do("GET", path, b.token(), nil).want(http.StatusOK) // a client that keeps no view
	h.do("GET", path+"&view="+oldView, b.token(), nil).want(http.StatusConflict, "view-changed")
	lost := fmt.Sprintf("%s/changes?after=%d&log=%s&hash=%s&view=%s", b.path(), old.Seq+9, old.Log, old.Hash, oldView)
	h.do("GET", lost, b.token(), nil).want(http.StatusConflict, "log-diverged") // or it would never learn of a restore
	h.do("GET", b.path()+"/changes?after=0&view="+oldView, b.token(), nil).want(http.StatusOK)
	mustHold(8, 1)
	become(2, form.RoleCollector, village1)
	mustHold(7, 2)
	mustHold(7, 2)

	// The commune's own ledger: whole for a reviewer, campaigns for a village.
	desk := h.phone("reviewer", commune)
	desk.write(recordID(20), form.KindCampaign, ledger.ActionEdit, 0, `,"set":{"name":"Tết mẫu","from":"2026-01-01","onePerHousehold":true}`)
	desk.write(recordID(21), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(21))
	desk.mustPush()
	become(3, form.RoleReviewer, commune)
	b.book = &client.Book{Unit: commune}
	mustHold(2, 2)
	become(4, form.RoleCollector, village1)
	mustHold(1, 3)
}

// TestWhatIsWrittenAfterTheEnd: a unit that has ended takes what its people
// still write, tells them that it counts nowhere, and the desk too.
func TestWhatIsWrittenAfterTheEnd(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	h.do("PATCH", "/v1/units/"+string(village1), h.as("root"), contract.UnitChange{Version: 1, ValidTo: json.RawMessage(`"2026-11-19"`)}).want(http.StatusOK)
	dated := func(day string, n int) string {
		return fmt.Sprintf(`,"set":{"date":%q,"level":"commune","place":"Điểm mẫu %d","attendance":1}`, day, n)
	}
	p.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, dated("2026-11-19", 1))
	p.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, dated("2026-11-20", 2))
	if got := p.mustPush(); results(got) != "accepted accepted" || got.Results[0].AfterEnd || !got.Results[1].AfterEnd {
		t.Errorf("%+v", got.Results)
	}
	var list contract.RecordPage
	h.do("GET", "/v1/records?unit="+string(village1)+"&sort=date", h.as("reviewer"), nil).want(http.StatusOK).into(&list)
	if len(list.Items) != 2 || list.Items[0].AfterEnd || !list.Items[1].AfterEnd {
		t.Errorf("%+v", list.Items)
	}
	var one contract.RecordHistory
	h.do("GET", "/v1/records/"+recordID(2).String()+"?unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK).into(&one)
	var sum contract.Overview
	h.do("GET", "/v1/overview", h.as("reviewer"), nil).want(http.StatusOK).into(&sum)
	if !one.AfterEnd || sum.Counts.AfterEnd != 1 {
		t.Errorf("the desk sees %t, and %d records", one.AfterEnd, sum.Counts.AfterEnd)
	}
	h.do("GET", "/v1/records?afterEnd=true&totals=true", h.as("reviewer"), nil).want(http.StatusOK).into(&list)
	if len(list.Items) != 1 || list.Items[0].ID != contract.RecordID(recordID(2)) || list.Totals.Count != 1 {
		t.Errorf("the list of what the desk counts: %+v", list.Items)
	}
	// The day is that by which reports count, in the lists, the overview and a record.
	p.write(recordID(3), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"HM01","headName":"Hộ mẫu 001","category":"poor"}`)
	house := func(id int, program, rest string) {
		p.write(recordID(id), form.KindHouse, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"household":%q,"program":%q,"work":"new",%s}`, recordID(3), program, rest))
	}
	house(4, "greatUnity", `"status":"accepted","acceptedOn":"2026-11-20"`)
	house(5, "gratitude", `"status":"handedOver","acceptedOn":"2026-11-19","handedOverOn":"2026-11-20"`)
	if got := p.mustPush(); results(got) != "accepted accepted accepted" || !got.Results[1].AfterEnd || got.Results[2].AfterEnd {
		t.Errorf("%+v", got.Results)
	}
	h.clock.advance(time.Minute) // the overview is kept for seconds
	h.do("GET", "/v1/overview", h.as("reviewer"), nil).want(http.StatusOK).into(&sum)
	h.do("GET", "/v1/records?afterEnd=true&totals=true", h.as("reviewer"), nil).want(http.StatusOK).into(&list)
	if sum.Counts.AfterEnd != 2 || len(list.Items) != 2 || list.Totals.Count != 2 {
		t.Errorf("%d after the end, listed %+v", sum.Counts.AfterEnd, list.Items)
	}
	for id, want := range map[int]bool{4: true, 5: false} {
		var one contract.RecordHistory
		h.do("GET", "/v1/records/"+recordID(id).String()+"?unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK).into(&one)
		if one.AfterEnd != want || want != slices.ContainsFunc(list.Items, func(s contract.RecordSummary) bool { return s.ID == contract.RecordID(recordID(id)) }) {
			t.Errorf("record %d: after the end %t, want %t", id, one.AfterEnd, want)
		}
	}
	list = contract.RecordPage{}
	h.do("GET", "/v1/records?afterEnd=true", h.as("otherreviewer"), nil).want(http.StatusOK).into(&list)
	if len(list.Items) != 0 {
		t.Errorf("where no unit has ended: %+v", list.Items)
	}
}

// TestCampaignsReachTheVillages: of the commune's ledger collectors pull the
// campaigns, and nothing else.
func TestCampaignsReachTheVillages(t *testing.T) {
	h := newHost(t)
	desk := h.phone("reviewer", commune)
	desk.write(recordID(1), form.KindCampaign, ledger.ActionEdit, 0, `,"set":{"name":"Tết mẫu","from":"2026-01-01","onePerHousehold":true}`)
	desk.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(2))
	desk.mustPush()
	p := h.phone("collector1", commune)
	p.pull()
	if len(p.book.Records) != 1 || p.book.Records[recordID(1).String()] == nil {
		t.Errorf("the collector holds %v", p.book.Records)
	}
	p.write(recordID(3), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(3)).push().want(http.StatusNotFound, "not-found")

	// A gift of such a campaign has the id of household and campaign.
	v := h.phone("collector1", village1)
	gift := fmt.Sprintf(`,"set":{"campaign":{"record":%q,"unit":%q},"household":%q,"date":"2026-11-20","quantity":1}`, recordID(1), commune, recordID(9))
	v.write(recordID(10), form.KindGift, ledger.ActionEdit, 0, gift)
	v.write(form.GiftID(village1, ledger.Ref{Unit: commune, Record: recordID(1)}, ledger.Ref{Record: recordID(9)}), form.KindGift, ledger.ActionEdit, 0, gift)
	if got := results(v.mustPush()); got != "rejected(gift-id record) accepted" {
		t.Error(got)
	}
}

func TestDivergedTellsWhatIsKnown(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1))
	p.mustPush()
	p.pull()
	p.book.Cursor.Hash = strings.Repeat("0", 64)
	p.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(2))
	for _, a := range []answer{
		p.push(),
		h.do("GET", fmt.Sprintf("%s/changes?after=1&log=%s&hash=%s", p.path(), p.book.Cursor.Log, p.book.Cursor.Hash), p.token(), nil),
	} {
		problem := a.want(http.StatusConflict, "log-diverged").problem()
		if problem.Expected != 2 || problem.Common == nil || *problem.Common != 0 || problem.Seq == nil || *problem.Seq != 1 {
			t.Errorf("%s", a.body)
		}
	}
}

func TestReceiptsAndHeadsVerify(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	receipt := p.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1)).mustPush()
	var keys contract.KeySet
	h.do("GET", "/.well-known/jwks.json", "", nil).want(http.StatusOK).into(&keys)
	verifier, err := note.NewVerifier(keys.Notes[0])
	if err != nil {
		t.Fatal(err)
	}
	var head contract.SignedHead
	h.do("GET", p.path()+"/head", p.token(), nil).want(http.StatusOK).into(&head)
	hash, err := ledger.ParseHash(head.Hash)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"receipt": receipt.Receipt, "head": head.Note} {
		n, err := note.Open([]byte(text), note.VerifierList(verifier))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		begin := fmt.Sprintf("%s/%s/%s\n1\n%s\n", issuer, what, village1, base64.StdEncoding.EncodeToString(hash[:]))
		if !strings.HasPrefix(n.Text, begin) {
			t.Errorf("%s says\n%s\nwant\n%s", what, n.Text, begin)
		}
		if _, err := note.Open([]byte(strings.Replace(text, "\n1\n", "\n2\n", 1)), note.VerifierList(verifier)); err == nil {
			t.Errorf("a %s that was changed verifies", what)
		}
	}
}

// TestLogVerifiesForAuditors: without personal values the chain still closes.
func TestLogVerifiesForAuditors(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H01","headName":"Hộ mẫu bí mật","category":"poor"}`).mustPush()
	p.write(recordID(1), form.KindHousehold, ledger.ActionEdit, 1, `,"set":{"phone":"0912345678"}`).mustPush()
	for username, reads := range map[string]bool{"reviewer": true, "auditor": false} {
		var page contract.LogPage
		a := h.do("GET", p.path()+"/log", h.as(username), nil).want(http.StatusOK)
		a.into(&page)
		if strings.Contains(string(a.body), "bí mật") != reads {
			t.Errorf("%s reads %s", username, a.body)
		}
		v := ledger.NewVerifier(village1)
		for _, raw := range page.Commits {
			c, err := ledger.ParseCommit(raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Check(c); err != nil {
				t.Errorf("%s: %v", username, err)
			}
		}
		if v.Head().Seq != 2 {
			t.Errorf("%s verified to %d", username, v.Head().Seq)
		}
	}
	h.do("GET", p.path()+"/log?after=2", h.as("auditor"), nil).want(http.StatusOK)
	h.backend.failing(func(op, _, _ string) memory.Fault {
		if op == memory.OpCommits {
			return memory.Older
		}
		return memory.None
	})
	h.do("GET", p.path()+"/log?after=1", h.as("auditor"), nil).want(http.StatusServiceUnavailable) // not an end of the ledger
}

func TestForms(t *testing.T) {
	h := newHost(t)
	a := h.do("GET", "/v1/forms", h.as("collector1"), nil).want(http.StatusOK)
	var forms contract.Forms
	a.into(&forms)
	var kinds []string
	for _, f := range forms.Forms {
		kinds = append(kinds, string(f.Kind))
	}
	if want := "household campaign gift house reception petition meeting activity fund"; strings.Join(kinds, " ") != want {
		t.Errorf("kinds %v", kinds)
	}
	for _, f := range forms.Forms {
		if len(f.Sections) == 0 || len(f.Actions["reviewer"]) == 0 || len(f.Same) == 0 {
			t.Errorf("%s cannot be drawn: %+v", f.Kind, f)
		}
	}
	gift := forms.Forms[2]
	if date := gift.Fields[4]; string(date.Default) != `"today"` || date.When.Field != "" {
		t.Errorf("the day of a gift: %+v", date)
	}
	if l := forms.Limits; l.MaxFileBytes != 1<<20 || l.MaxPixels != 4096 || l.MaxPhotos != 12 || !slices.Equal(l.FileTypes, []string{"image/jpeg"}) {
		t.Errorf("limits %+v", l)
	}
	if forms.Messages["required"] != "{label} chưa được ghi." || forms.Labels.Actions["review"] == "" || forms.Labels.Titles["villageHead"] != "Trưởng thôn" {
		t.Errorf("messages or labels are missing: %v", forms.Labels)
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(a.body); err != nil || zip.Close() != nil {
		t.Fatal(err)
	}
	t.Logf("the forms are %d bytes, %d compressed", len(a.body), packed.Len())
	if packed.Len() > 12<<10 {
		t.Errorf("the forms are %d bytes compressed: a phone on 2G waits for them", packed.Len())
	}
	r := h.request("GET", "/v1/forms", h.as("collector1"), nil)
	r.Header.Set("If-None-Match", a.header.Get("ETag"))
	h.send(r).want(http.StatusNotModified)
}

// TestDesk walks a reviewer through lists, a conflict and a pair of
// duplicates.
func TestDesk(t *testing.T) {
	h := newHost(t)
	a, b, desk := h.phone("collector1", village1), h.phone("deputy1", village1), h.phone("reviewer", village1)
	names := []string{"Hồ Văn Mẫu", "Nguyễn Thị Đẹp", "Đinh Văn An"}
	for i, name := range names {
		a.write(recordID(i), form.KindHousehold, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"code":"H0%d","headName":%q,"category":"poor"}`, i, name))
	}
	a.write(recordID(10), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"campaign":%q,"household":%q,"date":"2026-11-20","quantity":1}`, recordID(20), recordID(0)))
	a.mustPush()
	b.write(recordID(11), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"campaign":%q,"household":%q,"date":"2026-11-21","quantity":1}`, recordID(20), recordID(0)))
	b.write(recordID(10), form.KindGift, ledger.ActionEdit, 0, `,"set":{"quantity":2}`)
	if got := results(b.mustPush()); got != "duplicate conflict" {
		t.Error(got)
	}
	list := func(query string) []string {
		t.Helper()
		var out []string
		cursor := ""
		for {
			var page contract.RecordPage
			h.do("GET", "/v1/records?limit=2&"+query+cursor, h.as("reviewer"), nil).want(http.StatusOK).into(&page)
			for _, r := range page.Items {
				out = append(out, r.Name)
			}
			if page.Next == "" {
				return out
			}
			cursor = "&cursor=" + page.Next
		}
	}
	if got := list("kind=household&sort=name"); !slices.Equal(got, []string{"Đinh Văn An", "Nguyễn Thị Đẹp", "Hồ Văn Mẫu"}) {
		t.Errorf("by name: %v", got)
	}
	if got := list("kind=household&sort=-name"); !slices.Equal(got, []string{"Hồ Văn Mẫu", "Nguyễn Thị Đẹp", "Đinh Văn An"}) {
		t.Errorf("by name, falling: %v", got)
	}
	if got := list("q=dinh+AN"); !slices.Equal(got, []string{"Đinh Văn An"}) {
		t.Errorf("search without diacritics: %v", got)
	}
	if got := list("q=%24ne"); len(got) != 0 {
		t.Errorf("search for an operator: %v", got)
	}

	var conflicts contract.ConflictPage
	h.do("GET", "/v1/conflicts", h.as("reviewer"), nil).want(http.StatusOK).into(&conflicts)
	if len(conflicts.Items) != 1 || conflicts.Items[0].Fields[0].Field != "quantity" || conflicts.Items[0].Fields[0].Label != "Số suất" {
		t.Fatalf("%+v", conflicts)
	}
	var sees []string
	for _, s := range conflicts.Items[0].Fields[0].Siblings {
		sees = append(sees, `"`+s.Dot+`"`)
	}
	var pairs contract.DuplicatePage
	h.do("GET", "/v1/duplicates", h.as("reviewer"), nil).want(http.StatusOK).into(&pairs)
	if len(pairs.Items) != 1 || pairs.Items[0].Reasons[0].Code != "same-campaign-household" || pairs.Items[0].Score < 50 {
		t.Fatalf("%+v", pairs)
	}
	desk.pull()
	desk.write(recordID(10), form.KindGift, ledger.ActionResolve, desk.book.Seen, `,"field":"quantity","value":2,"sees":[`+strings.Join(sees, ",")+`]`)
	desk.write(recordID(11), form.KindGift, ledger.ActionLink, desk.book.Seen, fmt.Sprintf(`,"duplicateOf":%q`, recordID(10)))
	desk.write(recordID(0), form.KindHousehold, ledger.ActionReview, desk.book.Seen, `,"state":"returned","note":"ghi lại diện"`)
	if got := results(desk.mustPush()); got != "accepted accepted accepted" {
		t.Fatal(got)
	}
	h.do("GET", "/v1/conflicts", h.as("reviewer"), nil).into(&conflicts)
	h.do("GET", "/v1/duplicates", h.as("reviewer"), nil).into(&pairs)
	if len(conflicts.Items)+len(pairs.Items) != 0 {
		t.Errorf("queues after the decisions: %+v %+v", conflicts, pairs)
	}
	if got := list("state=returned"); !slices.Equal(got, []string{"Hồ Văn Mẫu"}) {
		t.Errorf("returned: %v", got)
	}
	var one contract.RecordHistory
	h.do("GET", "/v1/records/"+recordID(10).String()+"?unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK).into(&one)
	if len(one.History) != 3 || one.History[0].Changes[3].Standing || string(one.Record.Fields["quantity"]) != "2" {
		t.Errorf("%+v", one)
	}
	desk.pull()
	desk.write(recordID(11), form.KindGift, ledger.ActionUnlink, desk.book.Seen, fmt.Sprintf(`,"duplicateOf":%q`, recordID(10))).mustPush()
	h.do("GET", "/v1/duplicates", h.as("reviewer"), nil).into(&pairs)
	if len(pairs.Items) != 0 {
		t.Errorf("a pair that a person marked as different is asked about again: %+v", pairs)
	}
	var accesses contract.AccessPage
	h.do("GET", "/v1/access-log", h.as("auditor"), nil).want(http.StatusOK).into(&accesses)
	if len(accesses.Items) == 0 || accesses.Items[0].User != "reviewer" {
		t.Errorf("what the reviewer read is not in the access log: %+v", accesses)
	}
}

// A phone is between two pages when a backup is restored that lacks just what
// was left out behind the first one's end. The page's tip shows it.
func TestTipIsLost(t *testing.T) {
	h := newHost(t)
	a, b := h.phone("collector1", village1), h.phone("deputy1", village1)
	for i := range 5 {
		a.write(recordID(i), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(i)).mustPush()
	}
	var page contract.Changes
	path := b.path() + "/changes?limit=2"
	h.do("GET", path, b.token(), nil).want(http.StatusOK).into(&page)
	if !page.More || page.Seq != 2 || page.Tip.Seq != 5 {
		t.Fatalf("%+v", page)
	}
	path += fmt.Sprintf("&after=2&log=%s&hash=%s", page.Log, page.Hash)
	h.do("GET", path+fmt.Sprintf("&tipSeq=5&tipHash=%s", page.Tip.Hash), b.token(), nil).want(http.StatusOK)
	h.do("GET", path+fmt.Sprintf("&tipSeq=5&tipHash=%s", strings.Repeat("0", 64)), b.token(), nil).want(http.StatusConflict, "log-diverged")
	h.do("GET", path+fmt.Sprintf("&tipSeq=6&tipHash=%s", page.Tip.Hash), b.token(), nil).want(http.StatusConflict, "log-diverged")
	h.do("GET", path+"&tipSeq=5", b.token(), nil).want(http.StatusBadRequest, "malformed")
}
