package api_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs/archive"
)

// attach puts a signed copy.
func (h *host) attach(path, token string, pdf []byte) answer {
	h.t.Helper()
	request := h.request("PUT", path, token, nil)
	request.Header.Set("Content-Type", "application/pdf")
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(pdf)), int64(len(pdf))
	return h.send(request)
}

// A draft goes from its writer to its signer, and back.
func TestSubmittedReports(t *testing.T) {
	h := newHost(t)
	h.gift(village1, 1, "2020-05-01", 3)
	r := h.compile("reviewer", term, http.StatusCreated)
	path := "/v1/reports/" + r.ID
	if r.NextNumber != 1 || len(r.Warnings) == 0 || r.Content.Sections[0].Version != 0 {
		t.Errorf("a draft: number %d, warnings %+v", r.NextNumber, r.Warnings)
	}
	step := func(verb, username, note string, status int, codes ...string) contract.Report {
		t.Helper()
		var out contract.Report
		a := h.do("POST", path+"/"+verb, h.as(username), fmt.Sprintf(`{"version":%d,"note":%q}`, r.Version, note)).want(status, codes...)
		if status == http.StatusOK {
			a.into(&out)
		}
		return out
	}
	step("return", "approver", "Chưa được trình.", http.StatusConflict, "report-state")
	r = step("submit", "reviewer", "Kính trình ký.", http.StatusOK)
	if r.State != archive.Submitted || r.Submitted.Note != "Kính trình ký." || r.Submitted.By.User == "" || r.NextNumber != 1 {
		t.Errorf("submitted: %s %+v", r.State, r.Submitted)
	}
	if got := h.reports("approver", "state=submitted"); !slices.Equal(got, []string{r.ID}) {
		t.Errorf("submitted are %v", got)
	}
	h.do("PATCH", path, h.as("reviewer"), fmt.Sprintf(`{"version":%d,"sections":{"lessons":"x"}}`, r.Version)).want(http.StatusConflict, "report-state")
	step("return", "reviewer", "x", http.StatusForbidden, "role-forbidden")
	step("return", "approver", " ", http.StatusUnprocessableEntity, "invalid")
	r = step("return", "approver", "Bổ sung mục bài học.", http.StatusOK)
	if r.State != archive.Draft || r.Returned.Note != "Bổ sung mục bài học." {
		t.Errorf("returned: %s %+v", r.State, r.Returned)
	}
	r = step("submit", "reviewer", "", http.StatusOK)
	h.do("POST", "/v1/users", h.as("admin"), fmt.Sprintf(`{"username":"reviewer2","password":%q,"name":"Người mẫu hai","role":"reviewer","units":[%q]}`, password, commune)).want(http.StatusCreated)
	step("recall", "approver", "", http.StatusForbidden, "role-forbidden")
	step("recall", "reviewer2", "", http.StatusForbidden, "not-submitter")
	r = step("recall", "reviewer", "Bổ sung số liệu.", http.StatusOK)
	if r.State != archive.Draft || r.Recalled.Note != "Bổ sung số liệu." || r.Recalled.By.User != "reviewer" {
		t.Errorf("recalled: %s %+v", r.State, r.Recalled)
	}
	step("recall", "reviewer", "", http.StatusConflict, "report-state")
	r = step("submit", "reviewer", "", http.StatusOK)
	h.approve(&r)
	if r = h.report("reviewer", r.ID); r.State != archive.Signed || r.NextNumber != 0 || len(r.Warnings) != 0 {
		t.Errorf("signed: %s, next number %d, warnings %v", r.State, r.NextNumber, r.Warnings)
	}
}

// Warnings are confirmed by name, and numbers out of order have a reason.
func TestApprovalsWithQuestions(t *testing.T) {
	h := newHost(t)
	h.gift(village1, 1, "2020-05-01", 3)
	r := h.compile("reviewer", term, http.StatusCreated)
	path := "/v1/reports/" + r.ID + "/approve"
	var codes []string
	p := h.do("POST", path, h.as("approver"), fmt.Sprintf(`{"version":%d,"name":"Người ký mẫu"}`, r.Version)).want(http.StatusConflict, "report-unconfirmed").problem()
	for _, w := range p.Warnings {
		codes = append(codes, string(w.Code))
		if w.Message == "" || w.Count == 0 {
			t.Errorf("%+v", w)
		}
	}
	if !slices.Equal(codes, []string{"villages-silent", "not-reviewed", "sections-empty"}) {
		t.Fatalf("warnings %v", codes)
	}
	confirms := `"confirms":["villages-silent","not-reviewed","sections-empty"]`
	for members, field := range map[string]string{
		`"number":7`:          "reason",
		`"date":"2025-01-05"`: "reason",
	} {
		body := fmt.Sprintf(`{"version":%d,"name":"Người ký mẫu",%s,%s}`, r.Version, confirms, members)
		if p := h.do("POST", path, h.as("approver"), body).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != field {
			t.Errorf("%s: the problem names %q", members, p.Field)
		}
	}
	body := fmt.Sprintf(`{"version":%d,"name":"Người ký mẫu",%s,"number":7,"reason":"Số 1 đến 6 đã cấp bằng tay."}`, r.Version, confirms)
	if h.do("POST", path, h.as("approver"), body).want(http.StatusOK).into(&r); r.Number != 7 {
		t.Errorf("number %d", r.Number)
	}
}

// Sections are written by their own versions.
func TestSectionVersions(t *testing.T) {
	h := newHost(t)
	r := h.compile("reviewer", term, http.StatusCreated)
	path := "/v1/reports/" + r.ID
	write := func(section string, version int) answer {
		t.Helper()
		return h.do("PATCH", path, h.as("reviewer"), fmt.Sprintf(`{"sections":{%q:"Lời mới."},"sectionVersions":{%q:%d}}`, section, section, version))
	}
	write("lessons", 0).want(http.StatusOK)
	write("directions", 0).want(http.StatusOK).into(&r)
	for _, s := range r.Content.Sections {
		if want := s.ID == "lessons" || s.ID == "directions"; (s.Version == 1) != want {
			t.Errorf("%s has version %d", s.ID, s.Version)
		}
	}
	if p := write("lessons", 0).want(http.StatusConflict, "section-conflict").problem(); !slices.Equal(p.Sections, []string{"lessons"}) {
		t.Errorf("the problem names %v", p.Sections)
	}
	if p := h.do("PATCH", path, h.as("reviewer"), `{"sections":{"lessons":"x"}}`).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != "version" {
		t.Errorf("without a version: %+v", p)
	}
}

// The subject and the titles are written by their version, and leave those of
// the sections.
func TestHeadings(t *testing.T) {
	h := newHost(t)
	r := h.compile("reviewer", term, http.StatusCreated)
	path, compiled := "/v1/reports/"+r.ID, r.Subject
	write := func(body string) answer {
		t.Helper()
		return h.do("PATCH", path, h.as("reviewer"), body)
	}
	write(`{"headings":{"subject":"Kết quả năm qua","lessons":"Bài học"},"headingsVersion":0}`).want(http.StatusOK).into(&r)
	if r.Subject != "Kết quả năm qua" || r.Content.CompiledSubject != compiled || r.HeadingsVersion != 1 {
		t.Errorf("the subject is %q, before %q, version %d", r.Subject, r.Content.CompiledSubject, r.HeadingsVersion)
	}
	for _, s := range r.Content.Sections {
		if own := s.ID == "lessons"; own != (s.Title == "Bài học") || s.Version != 0 || own != (s.CompiledTitle != "") {
			t.Errorf("%s: %q, %q, version %d", s.ID, s.Title, s.CompiledTitle, s.Version)
		}
	}
	if len(r.Edits) != 2 || r.Edits[0].Section != "lessons" || !r.Edits[0].Heading || r.Edits[1].Section != "subject" || r.Edits[1].By.Name == "" {
		t.Errorf("who wrote: %+v", r.Edits)
	}
	if p := write(`{"headings":{"subject":"Khác"},"headingsVersion":0}`).want(http.StatusConflict, "section-conflict").problem(); !slices.Equal(p.Sections, []string{"subject"}) {
		t.Errorf("the problem names %v", p.Sections)
	}
	write(fmt.Sprintf(`{"headings":{"subject":null},"version":%d}`, r.Version)).want(http.StatusOK).into(&r)
	if r.Subject != compiled || r.HeadingsVersion != 2 {
		t.Errorf("taken back: %q, version %d", r.Subject, r.HeadingsVersion)
	}
	if p := write(fmt.Sprintf(`{"version":%d}`, r.Version)).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != "sections" {
		t.Errorf("nothing to write: %+v", p)
	}
	if p := write(`{"headings":{"subject":"Khác"},"sections":{"lessons":"x"},"sectionVersions":{"lessons":0}}`).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != "version" {
		t.Errorf("headings without their version: %+v", p)
	}
	if p := write(fmt.Sprintf(`{"version":%d,"headings":{"opening":"x"}}`, r.Version)).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != "headings" {
		t.Errorf("a section without a title: %+v", p)
	}
}

// A draft is dropped, and an issued report is not.
func TestDroppedReports(t *testing.T) {
	h := newHost(t)
	r := h.compile("reviewer", term, http.StatusCreated)
	path := "/v1/reports/" + r.ID
	h.do("DELETE", path+"?version=9", h.as("reviewer"), nil).want(http.StatusConflict, "version-conflict")
	h.do("DELETE", path, h.as("reviewer"), nil).want(http.StatusBadRequest, "malformed")
	h.do("DELETE", fmt.Sprintf("%s?version=%d", path, r.Version), h.as("reviewer"), nil).want(http.StatusNoContent)
	h.do("GET", path, h.as("reviewer"), nil).want(http.StatusNotFound, "not-found")
	if got := h.reports("reviewer", ""); len(got) != 0 {
		t.Errorf("listed: %v", got)
	}
	next := h.compile("reviewer", term, http.StatusCreated)
	h.approve(&next)
	h.do("DELETE", fmt.Sprintf("/v1/reports/%s?version=%d", next.ID, next.Version), h.as("approver"), nil).want(http.StatusConflict, "report-state")
}

// The signed copy takes the place of the report's own PDF.
func TestSignedCopies(t *testing.T) {
	h := newHost(t)
	h.gift(village1, 1, "2020-05-01", 3)
	r := h.compile("reviewer", term, http.StatusCreated)
	path := func() string { return fmt.Sprintf("/v1/reports/%s/signed?version=%d", r.ID, r.Version) }
	file := func() []byte {
		t.Helper()
		return h.do("GET", "/v1/reports/"+r.ID+"/file.pdf", h.as("approver"), nil).want(http.StatusOK).body
	}
	h.attach(path(), h.as("approver"), file()).want(http.StatusConflict, "report-state")
	h.approve(&r)
	own := file()
	copied := append(bytes.Clone(own), "\n% signature\n"...)
	h.attach(path(), h.as("reviewer"), copied).want(http.StatusForbidden, "role-forbidden")
	if p := h.attach(path(), h.as("approver"), []byte("PK")).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != "file" || !strings.Contains(p.Message, "PDF") {
		t.Errorf("no PDF: %+v", p)
	}
	h.attach(path(), h.as("approver"), append(bytes.Clone(own), make([]byte, 20<<20)...)).want(http.StatusRequestEntityTooLarge, "too-large")
	h.do("PUT", path(), h.as("approver"), "{}").want(http.StatusUnsupportedMediaType, "unsupported-media")
	if h.attach(path(), h.as("approver"), copied).want(http.StatusOK).into(&r); r.SignedCopy.Kind != "appended" || r.SignedCopy.Size != len(copied) || r.SignedCopy.Pages == 0 {
		t.Errorf("attached: %+v", r.SignedCopy)
	}
	if !bytes.Equal(file(), copied) {
		t.Error("the file is not the signed copy")
	}
	shown := h.do("GET", "/v1/reports/"+r.ID+"/file.pdf?inline=true", h.as("approver"), nil).want(http.StatusOK)
	if got := shown.header.Get("Content-Disposition"); !strings.HasPrefix(got, "inline; filename=") {
		t.Errorf("shown: %s", got)
	}
	h.do("POST", "/v1/reports/"+r.ID+"/verify", h.as("approver"), nil).want(http.StatusOK)
}

// The link in a letter says that the report was withdrawn, and by which it was
// replaced; nobody acknowledges it any more.
func TestAcknowledgementOfAWithdrawnReport(t *testing.T) {
	h := newHost(t)
	r := h.compile("reviewer", term, http.StatusCreated)
	h.approve(&r)
	h.recipient(commune, "root", toProvince)
	h.do("POST", "/v1/reports/"+r.ID+"/deliver", h.as("approver"), nil).want(http.StatusOK)
	h.dispatch()
	list, err := h.office.Outbox.Of(t.Context(), r.ID)
	if err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(list[0].Value.Cover.AckURL, "/v1/acknowledgements/")
	link := "/v1/acknowledgements/" + token
	now := h.report("approver", r.ID)
	h.do("POST", "/v1/reports/"+r.ID+"/withdraw", h.as("approver"), fmt.Sprintf(`{"version":%d,"reason":"Sai số liệu."}`, now.Version)).want(http.StatusOK)
	next := h.compile("reviewer", term, http.StatusCreated)
	h.approve(&next)
	for _, method := range []string{"GET", "POST"} {
		page := string(h.do(method, link, "", nil).want(http.StatusOK).body)
		if !strings.Contains(page, "đã được thu hồi") || !strings.Contains(page, "Thay thế bằng Báo cáo số 02/BC-UBND") || strings.Contains(page, "<form") {
			t.Errorf("%s: %s", method, page)
		}
	}
	if list, err := h.office.Outbox.Of(t.Context(), r.ID); err != nil || list[0].Value.Arrived != nil {
		t.Errorf("acknowledged: %+v, %v", list[0].Value.Arrived, err)
	}
}

// A phone that knows more than the server tells that a backup was restored: who
// signs next is asked whether the number is free.
func TestApprovalsAfterARestore(t *testing.T) {
	h := newHost(t)
	h.gift(village1, 1, "2020-05-01", 3)
	r := h.compile("reviewer", term, http.StatusCreated)
	p := h.phone("collector1", village1)
	ahead := fmt.Sprintf("/v1/units/%s/changes?after=999&log=%s&hash=%s", village1, strings.Repeat("0", 32), strings.Repeat("0", 64))
	h.do("GET", ahead, p.token(), nil).want(http.StatusConflict, "log-diverged")
	i := slices.IndexFunc(h.report("approver", r.ID).Warnings, func(w contract.ReportWarning) bool { return w.Code == archive.Restored })
	if i < 0 {
		t.Fatal("no warning")
	}
	path, confirms := "/v1/reports/"+r.ID+"/approve", `"conflicts","villages-silent","not-reviewed","sections-empty"`
	body := fmt.Sprintf(`{"version":%d,"name":"Người ký mẫu","confirms":[%s]}`, r.Version, confirms)
	if p := h.do("POST", path, h.as("approver"), body).want(http.StatusConflict, "report-unconfirmed").problem(); len(p.Warnings) != 1 || p.Warnings[0].Code != "restored" {
		t.Errorf("%+v", p.Warnings)
	}
	body = fmt.Sprintf(`{"version":%d,"name":"Người ký mẫu","confirms":[%s,"restored"]}`, r.Version, confirms)
	h.do("POST", path, h.as("approver"), body).want(http.StatusOK)
}
