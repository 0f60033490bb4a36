package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/sync/ledger"
)

// recipient adds one to a unit.
func (h *host) recipient(unit ledger.UnitID, username, members string) contract.Recipient {
	h.t.Helper()
	var r contract.Recipient
	h.do("POST", "/v1/units/"+string(unit)+"/recipients", h.as(username), "{"+members+"}").want(http.StatusCreated).into(&r)
	return r
}

// toProvince is a recipient who stands for the province.
const toProvince = `"name":"Tỉnh <mẫu> & bạn","to":"21-20040101","channel":"folder","address":"tinh-mau","validFrom":"2025-07-01"`

func (h *host) deliveries(username, query string) []contract.Delivery {
	h.t.Helper()
	var page contract.DeliveryPage
	h.do("GET", "/v1/deliveries?"+query, h.as(username), nil).want(http.StatusOK).into(&page)
	return page.Items
}

func (h *host) dispatch() {
	h.t.Helper()
	if _, err := h.office.Outbox.Dispatch(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// parcel reads what arrived in a folder of the outbox.
func (h *host) parcel(folder string) post.Manifest {
	h.t.Helper()
	found, err := filepath.Glob(filepath.Join(h.outbox, folder, "*", "parcel.json"))
	if err != nil || len(found) != 1 {
		h.t.Fatalf("%d parcels in %s: %v", len(found), folder, err)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		h.t.Fatal(err)
	}
	var d post.Manifest
	if err := json.Unmarshal(text, &d); err != nil {
		h.t.Fatal(err)
	}
	return d
}

// TestDelivery follows a report to its recipient, who says that it arrived.
func TestDelivery(t *testing.T) {
	h := newHost(t)
	h.recipient(commune, "admin", toProvince)
	h.recipient(commune, "admin", `"name":"Huyện mẫu","channel":"folder","address":"huyen-mau","validFrom":"2004-01-01","validTo":"2025-06-30"`)
	r := h.compile("reviewer", term, http.StatusCreated)
	path := "/v1/reports/" + r.ID
	h.do("POST", path+"/deliver", h.as("approver"), nil).want(http.StatusConflict, "report-state")
	h.approve(&r)
	// A superior knows nothing of it before it is delivered.
	unseen := func(username string) {
		t.Helper()
		if got := h.reports(username, ""); len(got) != 0 {
			t.Errorf("%s sees %v", username, got)
		}
		h.do("GET", path, h.as(username), nil).want(http.StatusNotFound, "not-found")
		h.do("GET", path+"/file.json", h.as(username), nil).want(http.StatusNotFound, "not-found")
		h.do("GET", "/v1/reports?unit="+string(commune), h.as(username), nil).want(http.StatusNotFound, "not-found")
	}
	unseen("provincial")
	var ordered contract.DeliveryList
	for range 2 { // ordering twice orders once
		h.do("POST", path+"/deliver", h.as("approver"), nil).want(http.StatusOK).into(&ordered)
	}
	if len(ordered.Deliveries) != 1 || ordered.Deliveries[0].State != outbox.Queued || ordered.Deliveries[0].To != province || ordered.Deliveries[0].By.User != "approver" {
		t.Fatalf("ordered: %+v", ordered.Deliveries)
	}
	unseen("provincial")
	h.dispatch()
	if got := h.report("reviewer", r.ID).State; got != archive.Delivered {
		t.Errorf("once it was sent it is %s", got)
	}
	parcel := h.parcel("tinh-mau")
	if parcel.Report.Number != 1 || parcel.Report.SHA256 != r.Content.SHA256 || len(parcel.Files) != 4 {
		t.Errorf("what arrived: %+v", parcel)
	}

	// Now the province reads it, and nothing else; others read nothing.
	if got := h.reports("provincial", "unit="+string(commune)); !slices.Equal(got, []string{r.ID}) {
		t.Errorf("the province sees %v", got)
	}
	if seen := h.report("provincial", r.ID); seen.Content.SHA256 != r.Content.SHA256 || len(seen.Edits) != 0 {
		t.Errorf("the province reads %+v", seen)
	}
	h.do("GET", path+"/file.pdf", h.as("provincial"), nil).want(http.StatusOK)
	for _, call := range []string{path + "/figures/gifts/records", path + "/deliveries", "/v1/deliveries", "/v1/records", "/v1/units/" + string(commune) + "/recipients"} {
		h.do("GET", call, h.as("provincial"), nil).want(http.StatusForbidden, "role-forbidden")
	}
	draft := h.compile("reviewer", `{"unit":"21133-20040101","addendumOf":"`+r.ID+`"}`, http.StatusCreated)
	h.do("GET", "/v1/reports/"+draft.ID, h.as("provincial"), nil).want(http.StatusNotFound, "not-found")
	unseen("superior")

	link, ours := strings.CutPrefix(parcel.AckURL, publicURL)
	if !ours {
		t.Fatalf("the link is %s", parcel.AckURL)
	}
	h.acknowledge(link)
	if got := h.report("reviewer", r.ID).State; got != archive.Acknowledged {
		t.Errorf("once it was acknowledged it is %s", got)
	}
	if got := h.overview("reviewer", "").Deliveries.Arrived; len(got) != 1 || got[0].Report != r.ID || got[0].Number != 1 || got[0].Symbol == "" || got[0].Name != "Tỉnh <mẫu> & bạn" {
		t.Errorf("the overview says arrived: %+v", got)
	}
	list := h.deliveries("admin", "state=acknowledged&unit="+string(commune))
	if len(list) != 1 || list[0].Arrived.Via != "link" || list[0].Attempts[0].Outcome != "sent" || list[0].Attempts[0].Server != "máy mẫu" {
		t.Errorf("the delivery: %+v", list)
	}
	if own := h.deliveries("reviewer", ""); len(own) != 1 || own[0].Attempts[0].Server != "" {
		t.Errorf("a reviewer sees the server's name: %+v", own)
	}
	if none := h.deliveries("admin", "state=dead"); len(none) != 0 {
		t.Errorf("dead: %+v", none)
	}
	h.do("POST", "/v1/deliveries/"+list[0].ID+"/resend", h.as("admin"), nil).want(http.StatusConflict, "report-state")
}

// acknowledge follows a link, which changes nothing, and presses the button.
func (h *host) acknowledge(link string) {
	h.t.Helper()
	for range 2 {
		a := h.do("GET", link, "", nil).want(http.StatusOK)
		text := string(a.body)
		style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(text)[1]
		sum := sha256.Sum256([]byte(style))
		policy := a.header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; form-action 'self'") {
			h.t.Errorf("the policy is %s", policy)
		}
		if !strings.Contains(text, "Tỉnh &lt;mẫu&gt; &amp; bạn") || strings.Contains(text, "<mẫu>") || strings.Contains(text, "<script") || !strings.Contains(text, `<form method="post">`) ||
			!strings.Contains(text, "báo cáo số 01/BC-UBND") || a.header.Get("Referrer-Policy") != "no-referrer" || a.header.Get("Cache-Control") != "no-store" {
			h.t.Errorf("the page: %v\n%s", a.header, text)
		}
	}
	for range 2 {
		r := h.request("POST", link, "", nil)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded") // as a browser does
		a := h.send(r).want(http.StatusOK)
		if text := string(a.body); !strings.Contains(text, "Đã xác nhận") || strings.Contains(text, "<form") || !strings.Contains(text, "14:00 23/11/2026") {
			h.t.Errorf("the page afterwards: %s", text)
		}
	}
}

// TestReceipt: a superior confirms what was delivered to their unit, once, and
// nothing else.
func TestReceipt(t *testing.T) {
	h := newHost(t)
	h.recipient(commune, "admin", toProvince)
	h.recipient(commune, "admin", strings.Replace(toProvince, `"tinh-mau"`, `"tinh-mau-2"`, 1))
	r := h.compile("reviewer", term, http.StatusCreated)
	h.approve(&r)
	receipt := "/v1/reports/" + r.ID + "/receipt"
	h.do("POST", "/v1/reports/"+r.ID+"/deliver", h.as("approver"), nil).want(http.StatusOK)
	h.do("POST", receipt, h.as("provincial"), nil).want(http.StatusNotFound, "not-found") // it has not gone out
	h.dispatch()
	row := func() contract.ReportSummary {
		t.Helper()
		var page contract.ReportPage
		h.do("GET", "/v1/reports", h.as("provincial"), nil).want(http.StatusOK).into(&page)
		if len(page.Items) != 1 {
			t.Fatalf("the province has received %+v", page.Items)
		}
		return page.Items[0]
	}
	if got := row(); got.State != archive.Delivered || got.Arrived.Via != "" {
		t.Errorf("before it is confirmed: %+v", got)
	}
	h.do("POST", receipt, h.as("superior"), nil).want(http.StatusNotFound, "not-found")
	h.do("POST", receipt, h.as("approver"), nil).want(http.StatusForbidden, "role-forbidden")
	var first contract.Arrival
	h.do("POST", receipt, h.as("provincial"), nil).want(http.StatusOK).into(&first)
	if first.Via != "desk" || first.By.User != "provincial" {
		t.Errorf("confirmed: %+v", first)
	}
	h.clock.advance(time.Hour)
	var again contract.Arrival
	if h.do("POST", receipt, h.as("provincial"), nil).want(http.StatusOK).into(&again); again != first {
		t.Errorf("confirmed again: %+v, before %+v", again, first)
	}
	if got := row(); got.State != archive.Acknowledged || got.Arrived != first || h.report("provincial", r.ID).Arrived != first {
		t.Errorf("once it is confirmed: %+v", got)
	}
	for _, d := range h.deliveries("admin", "") {
		if d.State != outbox.Acknowledged || d.Arrived != first {
			t.Errorf("the delivery: %+v", d)
		}
	}
	if got := h.report("reviewer", r.ID); got.Arrived.Via != "" {
		t.Errorf("its commune is shown that as a superior: %+v", got.Arrived)
	}

	// One was sent again just before: it has arrived, and does not wait.
	id := h.deliveries("admin", "")[0].ID
	document, err := h.backend.Get(t.Context(), "deliveries", id)
	if err != nil {
		t.Fatal(err)
	}
	queuedAgain := bytes.Replace(document.Body, []byte(`"state":"acknowledged"`), []byte(`"state":"queued"`), 1)
	if bytes.Equal(queuedAgain, document.Body) {
		t.Fatalf("the delivery is stored as %s", document.Body)
	}
	document.Body = queuedAgain
	if err := h.backend.Replace(t.Context(), "deliveries", document); err != nil {
		t.Fatal(err)
	}
	if got := h.overview("approver", "").Deliveries; len(got.Arrived) != 2 || got.Waiting != 0 {
		t.Errorf("the overview says %+v", got)
	}

	now := h.report("approver", r.ID)
	h.do("POST", "/v1/reports/"+r.ID+"/withdraw", h.as("approver"), fmt.Sprintf(`{"version":%d,"reason":"Sai số liệu."}`, now.Version)).want(http.StatusOK)
	h.do("POST", receipt, h.as("provincial"), nil).want(http.StatusConflict, "report-state")
	if got := h.overview("approver", "").Deliveries.Arrived; len(got) != 0 {
		t.Errorf("of a withdrawn report the overview says arrived: %+v", got)
	}
}

// TestWordsAreNotGuessed: an unknown word is answered 404, and after a
// while not at all.
func TestWordsAreNotGuessed(t *testing.T) {
	h := newHost(t)
	h.recipient(commune, "admin", toProvince)
	r := h.compile("reviewer", term, http.StatusCreated)
	h.approve(&r)
	h.do("POST", "/v1/reports/"+r.ID+"/deliver", h.as("approver"), nil).want(http.StatusOK)
	h.dispatch()
	link := strings.TrimPrefix(h.parcel("tinh-mau").AckURL, publicURL)
	id, _, _ := strings.Cut(link, "~")
	for i := range 60 {
		method := []string{"GET", "POST"}[i%2]
		h.do(method, fmt.Sprintf("%s~%032x", id, i), "", nil).want(http.StatusNotFound, "not-found")
	}
	h.do("POST", id, "", nil).want(http.StatusTooManyRequests, "too-many-requests")
	h.do("GET", link, "", nil).want(http.StatusTooManyRequests, "too-many-requests")
	h.trySignIn("reviewer", password).want(http.StatusOK)
	h.clock.advance(time.Minute)
	for range 30 { // with the word one may look as often as one likes
		h.do("GET", strings.Replace(link, "~", "%7E", 1), "", nil).want(http.StatusOK)
	}
	if list := h.deliveries("admin", ""); list[0].Arrived.Via != "" {
		t.Errorf("a guess acknowledged it: %+v", list[0])
	}
}

// TestDeadDeliveries are sent once more by hand, and go on being readable
// meanwhile.
func TestDeadDeliveries(t *testing.T) {
	h := newHost(t)
	h.recipient(commune, "admin", toProvince)
	r := h.compile("reviewer", term, http.StatusCreated)
	h.approve(&r)
	var ordered contract.DeliveryList
	h.do("POST", "/v1/reports/"+r.ID+"/deliver", h.as("approver"), nil).want(http.StatusOK).into(&ordered)
	// In the folder's place is a file.
	blocked := filepath.Join(h.outbox, "tinh-mau")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		h.dispatch()
		h.clock.advance(24 * time.Hour)
	}
	list := h.deliveries("admin", "state=dead")
	if len(list) != 1 || len(list[0].Attempts) != 12 || list[0].Attempts[0].Error == "" || list[0].Attempts[0].Outcome != "retry" {
		t.Fatalf("given up: %+v", list)
	}
	h.do("GET", "/v1/reports/"+r.ID, h.as("provincial"), nil).want(http.StatusNotFound, "not-found")
	for username, told := range map[string]bool{"reviewer": false, "approver": true, "admin": true} {
		var own contract.DeliveryList
		a := h.do("GET", "/v1/reports/"+r.ID+"/deliveries", h.as(username), nil).want(http.StatusOK)
		if a.into(&own); strings.Contains(own.Deliveries[0].Attempts[0].Error, "not a directory") != told || strings.Contains(string(a.body), h.outbox) {
			t.Errorf("%s sees why %t, or where the outbox is: %s", username, told, a.body)
		}
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	resend := "/v1/deliveries/" + ordered.Deliveries[0].ID + "/resend"
	h.do("POST", resend, h.as("reviewer"), nil).want(http.StatusForbidden, "role-forbidden")
	h.do("POST", resend, h.as("otherapprover"), nil).want(http.StatusNotFound, "not-found")
	h.do("POST", "/v1/deliveries/"+r.ID+".none/resend", h.as("approver"), nil).want(http.StatusNotFound, "not-found")
	h.do("POST", "/v1/deliveries/none/resend", h.as("approver"), nil).want(http.StatusNotFound, "not-found")
	h.do("POST", resend, h.as("approver"), nil).want(http.StatusOK)
	h.dispatch()
	h.parcel("tinh-mau")
	h.report("provincial", r.ID)
	h.do("POST", resend, h.as("admin"), nil).want(http.StatusOK) // it is said not to have arrived
	h.report("provincial", r.ID)                                 // and is still theirs

	h.dispatch()
	now := h.report("approver", r.ID)
	h.do("POST", "/v1/reports/"+r.ID+"/withdraw", h.as("approver"), fmt.Sprintf(`{"version":%d,"reason":"Sai số liệu."}`, now.Version)).want(http.StatusOK)
	h.do("POST", resend, h.as("approver"), nil).want(http.StatusConflict, "report-state")
}

func TestRecipients(t *testing.T) {
	h := newHost(t)
	hook := h.recipient(commune, "admin", `"name":"Tỉnh mẫu","to":"21-20040101","channel":"webhook","address":"https://bao-cao.example.vn/nhan","validFrom":"2025-07-01"`)
	if len(hook.Secret) < 20 {
		t.Errorf("the secret is %q", hook.Secret)
	}
	folder := h.recipient(commune, "root", toProvince)
	if folder.Secret != "" {
		t.Errorf("a folder has the secret %q", folder.Secret)
	}
	list := "/v1/units/" + string(commune) + "/recipients"
	for _, username := range []string{"admin", "approver", "reviewer"} {
		var all contract.RecipientList
		a := h.do("GET", list, h.as(username), nil).want(http.StatusOK)
		if a.into(&all); len(all.Recipients) != 2 || strings.Contains(string(a.body), hook.Secret) {
			t.Errorf("%s sees %s", username, a.body)
		}
	}
	one := "/v1/recipients/" + hook.ID
	good := `{"version":1,"name":"Tỉnh mẫu mới","address":"https://bao-cao.example.vn/nhan2","validFrom":"2025-07-01","validTo":"2026-12-31"}`
	var changed contract.Recipient
	h.do("PUT", one, h.as("otheradmin"), good).want(http.StatusNotFound, "not-found")
	h.do("PUT", one, h.as("admin"), good).want(http.StatusOK).into(&changed)
	if changed.Version != 2 || changed.Channel != outbox.ByWebhook || changed.To != "" || changed.Secret != "" || changed.ValidTo != "2026-12-31" {
		t.Errorf("changed to %+v", changed)
	}
	h.do("PUT", one, h.as("admin"), good).want(http.StatusConflict, "version-conflict")
	renew := strings.NewReplacer(`"version":1`, `"newSecret":true,"version":2`).Replace(good)
	h.do("PUT", one, h.as("admin"), renew).want(http.StatusOK).into(&changed)
	if changed.Version != 3 || len(changed.Secret) < 20 || changed.Secret == hook.Secret {
		t.Errorf("with a new secret: %+v", changed)
	}
	none := `{"newSecret":true,"version":1,"name":"Tỉnh mẫu","address":"tinh-mau","validFrom":"2025-07-01"}`
	if p := h.do("PUT", "/v1/recipients/"+folder.ID, h.as("admin"), none).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != "newSecret" {
		t.Errorf("the problem names %q", p.Field)
	}
	h.do("PUT", "/v1/recipients/none", h.as("admin"), good).want(http.StatusNotFound, "not-found")
	for members, field := range map[string]string{
		strings.Replace(toProvince, "21-20040101", string(nowhere), 1):      "to",
		strings.Replace(toProvince, "tinh-mau", "../tinh-mau", 1):           "address",
		strings.Replace(toProvince, `"folder"`, `"mail"`, 1):                "address",
		strings.Replace(toProvince, `"folder"`, `"pigeon"`, 1):              "channel",
		strings.Replace(toProvince, "2025-07-01", "2025-02-30", 1):          "validFrom",
		toProvince + `,"validTo":"2025-06-30"`:                              "validTo",
		strings.Replace(toProvince, "Tỉnh <mẫu> & bạn", " ", 1):             "name",
		strings.Replace(toProvince, `"address":"tinh-mau",`, "", 1):         "address",
		strings.Replace(toProvince, `"tinh-mau"`, `{"$ne":""}`, 1):          "address",
		strings.Replace(toProvince, "tinh-mau", strings.Repeat("a", 64), 1): "",
	} {
		a := h.do("POST", list, h.as("admin"), "{"+members+"}")
		if field == "" {
			a.want(http.StatusCreated)
		} else if p := a.want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != field {
			t.Errorf("%s: the problem names %q, want %q", members, p.Field, field)
		}
	}
	// Without a recipient on the day of issue nothing can be delivered.
	r := h.compile("otherreviewer", strings.Replace(term, "21133", "21134", 1), http.StatusCreated)
	h.do("POST", "/v1/reports/"+r.ID+"/approve", h.as("otherapprover"), `{"version":1,"name":"Người ký mẫu","confirms":["conflicts","villages-silent","not-reviewed","sections-empty"]}`).want(http.StatusOK)
	if p := h.do("POST", "/v1/reports/"+r.ID+"/deliver", h.as("otherapprover"), nil).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != "recipients" {
		t.Errorf("the problem names %q", p.Field)
	}
	// The signed copy may still come.
	path := "/v1/reports/" + r.ID
	h.do("GET", path, h.as("otherapprover"), nil).want(http.StatusOK).into(&r)
	h.attach(fmt.Sprintf("%s/signed?version=%d", path, r.Version), h.as("otherapprover"), append(h.do("GET", path+"/file.pdf", h.as("otherapprover"), nil).want(http.StatusOK).body, "\n% signature\n"...)).want(http.StatusOK)
}
