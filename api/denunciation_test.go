package api_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// A commune with denunciations, and what would tell of them.
const (
	denouncer = "Người tố cáo kín"
	denounced = "Nội dung tố cáo kín"
)

var (
	hiddenPetition  = recordID(20)
	hiddenReception = recordID(24)
	becameHidden    = recordID(26)
	hiddenTwin      = recordID(28) // of a record that everybody sees
	evidence        = photo(20, 60)
)

// denounce has collector1 record denunciations, and records that name them.
func (h *host) denounce() *phone {
	h.t.Helper()
	h.upload("collector1", evidence, village1)
	p := h.phone("collector1", village1)
	reception := func(n int, class, more string) {
		p.write(recordID(n), form.KindReception, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"date":"2020-03-%02d","type":"regular","citizenName":"Người mẫu %d","content":"nội dung %d","class":%q%s}`, n-19, n, n, class, more))
	}
	petition := func(n int, class, more string) {
		p.write(recordID(n), form.KindPetition, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"receivedOn":"2020-03-%02d","status":"received","class":%q,%s}`, n-19, class, more))
	}
	petition(20, "denunciation", fmt.Sprintf(`"citizenName":%q,"content":%q,"photos":[%q]`, denouncer, denounced, hashOf(evidence)))
	reception(21, "feedback", fmt.Sprintf(`,"petition":%q`, hiddenPetition))
	reception(22, "proposal", "")
	petition(23, "proposal", `"citizenName":"Người mẫu 23","content":"nội dung 23"`)
	reception(24, "denunciation", "")
	petition(25, "feedback", `"citizenName":"Người mẫu 25","content":"nội dung 25"`)
	petition(26, "proposal", `"citizenName":"Người mẫu 26","content":"nội dung 26"`)
	for i, class := range []string{"feedback", "denunciation"} {
		p.write(recordID(27+i), form.KindReception, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"date":"2020-03-08","type":"regular","citizenName":"Người mẫu 27","content":"nội dung 27","class":%q}`, class))
	}
	p.mustPush()
	desk := h.phone("reviewer", village1)
	desk.write(recordID(23), form.KindPetition, ledger.ActionLink, 1, fmt.Sprintf(`,"duplicateOf":%q`, hiddenPetition))
	desk.write(recordID(25), form.KindPetition, ledger.ActionUnlink, 1, fmt.Sprintf(`,"duplicateOf":%q`, hiddenPetition))
	desk.mustPush()
	deputy := h.phone("deputy1", village1) // two opinions on a denunciation, and one of its author's
	deputy.pull()
	other := h.phone("reviewer", village1)
	other.write(hiddenPetition, form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2020-03-15"}`)
	other.write(becameHidden, form.KindPetition, ledger.ActionEdit, 2, `,"set":{"class":"denunciation"}`)
	other.mustPush()
	return p
}

// unpacked is an answer's body, and what lies in it where it is a zip.
func unpacked(t *testing.T, body []byte) string {
	t.Helper()
	files, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return string(body)
	}
	var all strings.Builder
	for _, f := range files.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// TestDenunciationsShowThroughNowhere asks all that each role may ask, and looks
// for the ids, the words, the days and the photo of what it may not see.
func TestDenunciationsShowThroughNowhere(t *testing.T) {
	h := newHost(t)
	h.denounce()
	draft := h.compile("reviewer", term, http.StatusCreated)
	h.approve(&draft)
	h.recipient(commune, "admin", toProvince)
	h.do("POST", "/v1/reports/"+draft.ID+"/deliver", h.as("approver"), nil).want(http.StatusOK)
	h.dispatch()
	for _, username := range []string{"reviewer", "auditor"} { // who are shown them
		for _, figure := range draft.Content.Figures {
			h.do("GET", "/v1/reports/"+draft.ID+"/figures/"+figure.ID+"/records", h.as(username), nil).want(http.StatusOK)
		}
	}
	unit := "?unit=" + string(village1)
	paths := []string{
		"/v1/me", "/v1/people", "/v1/units", "/v1/units/" + string(village1) + "/head", "/v1/overview", "/v1/fund" + unit + "&year=2020",
		"/v1/campaigns", "/v1/conflicts", "/v1/duplicates", "/v1/rejections", "/v1/notices", "/v1/periods?unit=" + string(commune), "/v1/reports",
		"/v1/records", "/v1/records?q=k%C3%ADn", "/v1/records?q=to+cao+kin", "/v1/records?kind=petition&totals=true", "/v1/records?kind=petition&where=class:denunciation&totals=true",
		"/v1/records?kind=reception&totals=true", "/v1/records?photos=some", "/v1/records?state=duplicate", "/v1/records?sort=date", "/v1/records.xlsx?kind=petition",
		"/v1/reports/" + draft.ID, "/v1/reports/" + draft.ID + "/later", "/v1/reports/" + draft.ID + "/deliveries", "/v1/deliveries", "/v1/devices", "/v1/users", "/v1/adminlog",
		"/v1/figures?unit=" + string(commune) + "&from=2020-01-01&to=2020-12-31", "/v1/figures.xlsx?unit=" + string(commune) + "&from=2020-01-01&to=2020-12-31",
		"/v1/units/" + string(village1) + "/register.xlsx?from=2020-01-01&to=2020-12-31", "/v1/files/" + hashOf(evidence), "/v1/events",
	}
	for _, format := range []string{"docx", "xlsx", "json", "pdf"} {
		paths = append(paths, "/v1/reports/"+draft.ID+"/file."+format)
	}
	for _, figure := range draft.Content.Figures {
		paths = append(paths, "/v1/reports/"+draft.ID+"/figures/"+figure.ID+"/records")
	}
	for n := 20; n <= 28; n++ {
		paths = append(paths, "/v1/records/"+recordID(n).String()+unit)
	}
	for limit := 1; limit <= 3; limit++ {
		for after := 0; after <= 3; after++ {
			paths = append(paths, fmt.Sprintf("/v1/units/%s/changes?after=%d&limit=%d", village1, after, limit))
		}
	}
	head := map[int]string{}
	for seq := 1; seq <= 3; seq++ {
		commits, _, err := h.store.Commits(t.Context(), village1, ledger.Seq(seq-1), 1)
		if err != nil || len(commits) == 0 {
			t.Fatal(err)
		}
		head[seq] = fmt.Sprintf("&log=%s&hash=%s", commits[0].Log, commits[0].Hash)
	}
	signs := []string{hiddenPetition.String(), hiddenReception.String(), hiddenTwin.String(), denouncer, denounced, hashOf(evidence), "Người mẫu 24", "nội dung 26"}
	for _, username := range []string{"deputy1", "collector2", "othercollector", "approver", "otherapprover", "superior", "provincial", "admin", "root", "otherreviewer"} {
		asked := 0
		for _, path := range paths {
			for seq, query := range head {
				if strings.Contains(path, fmt.Sprintf("after=%d&", seq)) {
					path += query
				}
			}
			a := h.do("GET", path, h.as(username), nil)
			if a.status != http.StatusOK {
				if a.status != http.StatusForbidden && a.status != http.StatusNotFound {
					t.Errorf("%s: %s is answered %d %s", username, path, a.status, a.body)
				}
				continue
			}
			asked++
			if strings.HasPrefix(path, "/v1/reports/") && strings.HasSuffix(path, "json") && a.header.Get("Content-Type") == "" {
				t.Errorf("no content of %s", path)
			}
			text := unpacked(t, a.body)
			for _, sign := range signs {
				if strings.Contains(text, sign) {
					t.Errorf("%s: %s tells %q", username, path, sign)
				}
			}
			// What was seen before is taken away by its id alone.
			if gone := `{"change":"gone","id":"` + becameHidden.String(); strings.Contains(strings.ReplaceAll(text, gone, ""), becameHidden.String()) {
				t.Errorf("%s: %s tells of what became a denunciation", username, path)
			}
		}
		if asked < 3 {
			t.Errorf("%s was answered only %d times", username, asked)
		}
	}
	// All of these reads are in the access log, and none that would say that
	// somebody saw what was hidden from them.
	for n, want := range map[int]string{20: "auditor reviewer", 24: "auditor reviewer", 26: "auditor reviewer", 21: "approver auditor reviewer"} {
		readers := map[string]bool{}
		for _, entry := range h.accessLog(h.as("auditor"), url.Values{"record": {recordID(n).String()}}) {
			readers[string(entry.User)] = true
		}
		if got := strings.Join(slices.Sorted(maps.Keys(readers)), " "); got != want {
			t.Errorf("the access log says that record %d was read by %s, want %s", n, got, want)
		}
	}
}

// To people who may not see a record, every answer is the same as for a record
// that does not exist.
func TestHiddenRecordsAreUnknown(t *testing.T) {
	h := newHost(t)
	h.denounce()
	unknown := recordID(99)
	same := func(username, method, path string) {
		t.Helper()
		hidden := h.do(method, strings.ReplaceAll(path, "ID", hiddenPetition.String()), h.as(username), nil)
		none := h.do(method, strings.ReplaceAll(path, "ID", unknown.String()), h.as(username), nil)
		if hidden.status != none.status || strings.ReplaceAll(string(hidden.body), hiddenPetition.String(), unknown.String()) != string(none.body) {
			t.Errorf("%s: %s %s is answered %d %s, an unknown one %d %s", username, method, path, hidden.status, hidden.body, none.status, none.body)
		}
	}
	for username := range people {
		if role := people[username].role; role == form.RoleReviewer || role == form.RoleAuditor {
			continue
		}
		if username != "collector1" {
			same(username, "GET", "/v1/records/ID?unit="+string(village1))
			same(username, "GET", "/v1/campaigns/ID?unit="+string(village1))
		}
	}
	ops := []struct {
		kind   ledger.Kind
		action ledger.Action
		rest   string
	}{
		{form.KindPetition, ledger.ActionEdit, `,"set":{"note":"thử"}`},
		{form.KindPetition, ledger.ActionEdit, `,"set":{"receivedOn":"2020-03-01"}`},
		{form.KindReception, ledger.ActionEdit, `,"set":{"note":"thử"}`},
		{form.KindHousehold, ledger.ActionEdit, `,"set":{"phone":"0905123456"}`},
		{form.KindPetition, ledger.ActionRemove, ``},
		{form.KindPetition, ledger.ActionRestore, ``},
		{form.KindHousehold, ledger.ActionRemove, ``},
		{form.KindPetition, ledger.ActionComment, `,"text":"thử"`},
		{form.KindPetition, ledger.ActionErase, `,"fields":["content"]`},
		{form.KindPetition, ledger.ActionReview, `,"state":"approved"`},
		{form.KindPetition, ledger.ActionResolve, `,"field":"class","value":"proposal","sees":["1.0"]`},
		{form.KindPetition, ledger.ActionLink, fmt.Sprintf(`,"duplicateOf":%q`, recordID(23))},
		{form.KindPetition, ledger.ActionUnlink, fmt.Sprintf(`,"duplicateOf":%q`, recordID(23))},
	}
	named := func(target ledger.RecordID) []string {
		return []string{
			fmt.Sprintf(`{"record":%q,"kind":"reception","action":"edit","at":"2026-11-20T02:10:00Z","set":{"petition":%q}}`, recordID(22), target),
			fmt.Sprintf(`{"record":%q,"kind":"reception","action":"edit","at":"2026-11-20T02:10:00Z","set":{"petition":%q}}`, recordID(21), recordID(98)),
			fmt.Sprintf(`{"record":%q,"kind":"gift","action":"edit","at":"2026-11-20T02:10:00Z","set":{"household":%q}}`, recordID(41), target),
			fmt.Sprintf(`{"record":%q,"kind":"gift","action":"edit","at":"2026-11-20T02:10:00Z","set":{"date":"2020-05-01","quantity":1,"household":{"record":%q,"unit":%q}}}`, recordID(42), target, village1),
			fmt.Sprintf(`{"record":%q,"kind":"petition","action":"unlink","at":"2026-11-20T02:10:00Z","duplicateOf":%q}`, recordID(23), target),
			fmt.Sprintf(`{"record":%q,"kind":"petition","action":"link","at":"2026-11-20T02:10:00Z","duplicateOf":%q}`, recordID(23), target),
			fmt.Sprintf(`{"record":%q,"kind":"fund","action":"edit","at":"2026-11-20T02:10:00Z","set":{"direction":"out","date":"2020-05-01","amountVnd":1,"purpose":"x","reverses":%q}}`, recordID(44), target),
		}
	}
	for _, username := range []string{"deputy1", "approver"} {
		verdicts := func(target ledger.RecordID) string {
			h := newHost(t)
			h.denounce()
			p := h.phone(username, village1)
			for _, op := range ops {
				p.write(target, op.kind, op.action, 0, op.rest)
			}
			for _, op := range named(target) {
				p.book.Append(0, []byte(op))
			}
			var all strings.Builder
			for _, v := range p.mustPush().Results {
				fmt.Fprintf(&all, "%d %s %s %s %s %s %s %t\n", v.N, v.Status, v.Code, v.Field, v.Message, v.Of, v.Reason, v.Late)
			}
			return all.String()
		}
		if hidden, none := verdicts(hiddenPetition), verdicts(unknown); hidden != none {
			t.Errorf("%s is answered\n%s and of what there is not\n%s", username, hidden, none)
		}
	}
	// A new record is not made in the place of a hidden one.
	p := h.phone("deputy1", village1)
	p.write(hiddenPetition, form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2020-03-01","status":"received","class":"proposal","content":"thử"}`)
	if got := results(p.mustPush()); got != "rejected(record-unknown record)" {
		t.Error(got)
	}
}

// A pull's pages end where they would without what it hides, and tell a phone to
// drop only what it may hold.
func TestPagesCountNothingHidden(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	class := func(i int) string {
		if i%3 == 0 {
			return "proposal"
		}
		return "denunciation"
	}
	for i := range 12 {
		p.write(recordID(i), form.KindPetition, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"receivedOn":"2026-11-20","class":%q,"content":"nội dung %d","status":"received"}`, class(i), i))
		p.mustPush()
	}
	pages := func(username string) (sizes []int) {
		t.Helper()
		query := "after=0"
		for {
			var page struct {
				Log, Hash string
				Seq       int
				More      bool
				Records   []struct{ Change string }
			}
			h.do("GET", p.path()+"/changes?limit=1&"+query, h.as(username), nil).want(http.StatusOK).into(&page)
			sizes = append(sizes, len(page.Records))
			if !page.More {
				return sizes
			}
			query = fmt.Sprintf("after=%d&log=%s&hash=%s", page.Seq, page.Log, page.Hash)
		}
	}
	// Each asks what the other has just asked: none gets the other's page.
	for range 2 {
		if got := fmt.Sprint(pages("deputy1")); got != "[1 1 1 1]" {
			t.Errorf("another's pages hold %s", got)
		}
		if got := fmt.Sprint(pages("collector1")); got != "[1 1 1 1 1 1 1 1 1 1 1 1]" {
			t.Errorf("the author's pages hold %s", got)
		}
	}
	// One who pulled before a record was there is not told that it became hidden.
	early := h.phone("deputy1", village1)
	early.pull()
	p.write(recordID(50), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"proposal","content":"nội dung","status":"received"}`).mustPush()
	late := h.phone("deputy1", village1)
	late.pull()
	p.write(recordID(50), form.KindPetition, ledger.ActionEdit, 13, `,"set":{"class":"denunciation"}`).mustPush()
	for name, c := range map[string]struct {
		p    *phone
		told bool
	}{"before": {early, false}, "between": {late, true}} {
		a := h.do("GET", p.path()+"/changes?"+c.p.book.Query(3).Encode(), c.p.token(), nil).want(http.StatusOK)
		if told := strings.Contains(string(a.body), recordID(50).String()); told != c.told {
			t.Errorf("a phone that pulled %s is answered %t", name, told)
		}
	}
}

// The author of a denunciation and the reviewers see what names it.
func TestWhoSeesADenunciationSeesItsReferences(t *testing.T) {
	h := newHost(t)
	p := h.denounce()
	p.pull()
	if r := p.book.Records[recordID(21).String()]; !strings.Contains(string(r), hiddenPetition.String()) {
		t.Errorf("the author's phone holds %s", r)
	}
	for username, sees := range map[string]bool{"reviewer": true, "approver": false} {
		a := h.do("GET", "/v1/records/"+recordID(21).String()+"?unit="+string(village1), h.as(username), nil).want(http.StatusOK)
		if got := strings.Contains(string(a.body), hiddenPetition.String()); got != sees {
			t.Errorf("%s: %s", username, a.body)
		}
		var list contract.RecordPage
		h.do("GET", "/v1/records?state=duplicate", h.as(username), nil).want(http.StatusOK).into(&list)
		if len(list.Items) > 0 && (list.Items[0].State == "duplicate") != sees {
			t.Errorf("%s: a copy of a denunciation is %s", username, list.Items[0].State)
		}
	}
}

// A record that is in conflict only about which hidden record it names is in no
// queue, page, total or count of who is not shown that one, and their access log
// does not tell of it.
func TestConflictsAboutHiddenRecords(t *testing.T) {
	h := newHost(t)
	h.denounce()
	named := recordID(21)
	h.phone("reviewer", village1).write(named, form.KindReception, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"petition":%q}`, recordID(23))).mustPush()
	for username, sees := range map[string]bool{"reviewer": true, "approver": false} {
		for range 3 {
			a := h.do("GET", "/v1/conflicts?again=true", h.as(username), nil).want(http.StatusOK)
			if strings.Contains(string(a.body), named.String()) != sees {
				t.Errorf("%s: %s", username, a.body)
			}
		}
		want := 0
		if sees {
			want = 1 // read three times by itself
		}
		entries := h.accessLog(h.as("auditor"), url.Values{"user": {username}, "record": {named.String()}})
		if len(entries) != want {
			t.Errorf("the access log of %s tells of it %d times, want %d", username, len(entries), want)
		}
	}
	conflicts := func(username string, want int) {
		t.Helper()
		var first, all contract.ConflictPage
		h.do("GET", "/v1/conflicts", h.as(username), nil).want(http.StatusOK).into(&all)
		if counts := h.overview(username, "").Counts; len(all.Items) != want || counts.Conflicts != want {
			t.Errorf("%s: %d conflicts are listed and %d counted, want %d", username, len(all.Items), counts.Conflicts, want)
		}
		h.do("GET", "/v1/conflicts?limit=1", h.as(username), nil).want(http.StatusOK).into(&first)
		if len(first.Items) != min(want, 1) || (first.Next != "") != (want > 1) {
			t.Errorf("%s: the first page holds %d conflicts and goes on at %q", username, len(first.Items), first.Next)
		}
		var list contract.RecordPage
		h.do("GET", "/v1/records?conflict=true&totals=true", h.as(username), nil).want(http.StatusOK).into(&list)
		if len(list.Items) != want || list.Totals.Count != int64(want) {
			t.Errorf("%s: %d records in conflict are listed and %d counted, want %d", username, len(list.Items), list.Totals.Count, want)
		}
	}
	seesAll := len(conflictsOf(h, "reviewer"))
	conflicts("approver", 0)
	var list contract.RecordPage
	h.do("GET", "/v1/records?kind=reception", h.as("approver"), nil).want(http.StatusOK).into(&list)
	for _, r := range list.Items {
		if r.Conflict {
			t.Errorf("%s is shown to be in conflict", r.ID)
		}
	}
	for _, content := range []string{"một", "hai"} {
		h.phone("reviewer", village1).write(recordID(22), form.KindReception, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"content":%q}`, content)).mustPush()
	}
	conflicts("approver", 1)
	conflicts("reviewer", seesAll+1)
}

func conflictsOf(h *host, username string) []contract.ConflictItem {
	var page contract.ConflictPage
	h.do("GET", "/v1/conflicts", h.as(username), nil).want(http.StatusOK).into(&page)
	return page.Items
}

// A copy of a hidden record is to who is not shown that one as if it were none: in
// lists, totals, counts and references.
func TestCopiesOfHiddenRecords(t *testing.T) {
	h := newHost(t)
	h.denounce()
	copied := contract.RecordID(recordID(23))
	naming := recordID(30)
	h.phone("collector1", village1).write(naming, form.KindReception, ledger.ActionEdit, 0,
		fmt.Sprintf(`,"set":{"date":"2020-03-09","type":"regular","citizenName":"Người mẫu 30","content":"nội dung 30","class":"feedback","petition":%q}`, recordID(23))).mustPush()
	for username, state := range map[string]string{"reviewer": "duplicate", "approver": "pending"} {
		for _, asked := range []string{"duplicate", "pending"} {
			var list contract.RecordPage
			h.do("GET", "/v1/records?kind=petition&totals=true&state="+asked, h.as(username), nil).want(http.StatusOK).into(&list)
			found := slices.ContainsFunc(list.Items, func(r contract.RecordSummary) bool { return r.ID == copied && string(r.State) == asked })
			if found != (asked == state) || list.Totals.Count != int64(len(list.Items)) {
				t.Errorf("%s asks for what is %s: found %t, %d of %d", username, asked, found, len(list.Items), list.Totals.Count)
			}
		}
		var list contract.RecordPage
		h.do("GET", "/v1/records?state=pending&totals=true", h.as(username), nil).want(http.StatusOK).into(&list)
		if counts := h.overview(username, "").Counts; counts.Pending != len(list.Items) || list.Totals.Count != int64(len(list.Items)) {
			t.Errorf("%s: %d are pending, %d by the totals, %d by the overview", username, len(list.Items), list.Totals.Count, counts.Pending)
		}
		var one contract.RecordHistory
		h.do("GET", "/v1/records/"+naming.String()+"?unit="+string(village1), h.as(username), nil).want(http.StatusOK).into(&one)
		if len(one.Refs) != 1 {
			t.Errorf("%s: %d references", username, len(one.Refs))
		}
		for _, ref := range one.Refs {
			if string(ref.State) != state {
				t.Errorf("%s: a reference to the copy is %s", username, ref.State)
			}
		}
	}
}

// A list that is narrowed by a hidden record is to who is not shown it that of a record
// which is not there, with its totals.
func TestListsByHiddenRecords(t *testing.T) {
	h := newHost(t)
	h.denounce()
	asked := func(username, query string) string {
		t.Helper()
		return string(h.do("GET", "/v1/records?totals=true&"+query, h.as(username), nil).want(http.StatusOK).body)
	}
	for _, narrower := range []string{"", "&kind=reception", "&state=pending", "&kind=reception&state=pending&state=duplicate", "&conflict=true", "&sort=date"} {
		ref := "ref=" + string(village1) + "/"
		if got, none := asked("approver", ref+hiddenPetition.String()+narrower), asked("approver", ref+recordID(99).String()+narrower); got != none {
			t.Errorf("by a hidden record%s: %s, and by one that is not there: %s", narrower, got, none)
		}
	}
	if got := asked("reviewer", "ref="+string(village1)+"/"+hiddenPetition.String()); !strings.Contains(got, recordID(21).String()) || !strings.Contains(got, `"count":1`) {
		t.Errorf("the reviewer finds %s", got)
	}
}

// Of what was only said about a hidden record, the history of another tells nothing,
// neither by an entry nor by where a page ends.
func TestHistoriesTellOfNoHiddenRecord(t *testing.T) {
	h := newHost(t)
	h.denounce()
	desk := h.phone("reviewer", village1)
	desk.write(recordID(21), form.KindReception, ledger.ActionEdit, 3, fmt.Sprintf(`,"set":{"petition":%q}`, hiddenPetition))
	desk.write(recordID(21), form.KindReception, ledger.ActionEdit, 3, `,"set":{"note":"sửa"}`).mustPush()
	for username, want := range map[string]map[int]string{
		"reviewer": {21: "edit edit edit", 22: "edit", 23: "edit link", 25: "edit unlink"},
		"approver": {21: "edit edit", 22: "edit", 23: "edit", 25: "edit"},
	} {
		for n, want := range want {
			for _, limit := range []int{1, 100} {
				var actions []string
				path := fmt.Sprintf("/v1/records/%s?unit=%s&limit=%d", recordID(n), village1, limit)
				for cursor := ""; ; {
					var one contract.RecordHistory
					h.do("GET", path+cursor, h.as(username), nil).want(http.StatusOK).into(&one)
					if len(one.History) == 0 {
						t.Errorf("%s: a page of the history of record %d is empty", username, n)
					}
					for i := range one.History {
						if len(one.History[i].Changes) == 0 {
							t.Errorf("%s: an entry of record %d says nothing", username, n)
						}
						actions = append(actions, string(one.History[i].Action))
					}
					if one.Next == "" {
						break
					}
					cursor = "&cursor=" + one.Next
				}
				if got := strings.Join(actions, " "); got != want {
					t.Errorf("%s: record %d, %d an answer: %s, want %s", username, n, limit, got, want)
				}
			}
		}
	}
}
