package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// people lists the people that a person sees, by id.
func (h *host) people(username string) map[string]contract.Person {
	h.t.Helper()
	var list contract.PersonList
	h.do("GET", "/v1/people", h.as(username), nil).want(http.StatusOK).into(&list)
	all := map[string]contract.Person{}
	for _, p := range list.People {
		all[string(p.ID)] = p
	}
	return all
}

func (h *host) user(username string) contract.User {
	h.t.Helper()
	var page contract.UserPage
	h.do("GET", "/v1/users?limit=200", h.as("root"), nil).want(http.StatusOK).into(&page)
	i := slices.IndexFunc(page.Items, func(u contract.User) bool { return u.Username == username })
	if i < 0 {
		h.t.Fatalf("no account %s", username)
	}
	return page.Items[i]
}

// TestPeople shows the people of one's units, and no others; phone numbers and
// devices to staff alone.
func TestPeople(t *testing.T) {
	h := newHost(t)
	title, phone := "Trưởng thôn", "0900 000 012"
	u := h.user("collector1")
	h.do("PATCH", "/v1/users/collector1", h.as("admin"), contract.UserChange{Version: u.Version, Title: &title, Phone: &phone}).want(http.StatusOK)
	yes := true
	h.do("PATCH", "/v1/users/deputy1", h.as("admin"), contract.UserChange{Version: 1, Disabled: &yes}).want(http.StatusOK)
	device := h.session("collector1").Device.ID

	seen := h.people("reviewer")
	if p := seen["collector1"]; p.Title != title || p.Phone != phone || len(p.Devices) != 1 || p.Devices[0].ID != device || !p.Active {
		t.Errorf("a reviewer sees %+v", p)
	}
	if p, ok := seen["deputy1"]; !ok || p.Active {
		t.Errorf("a disabled colleague: %v %+v", ok, p)
	}
	for _, stranger := range []string{"othercollector", "otherreviewer", "root"} {
		if _, ok := seen[stranger]; ok {
			t.Errorf("a reviewer sees %s", stranger)
		}
	}
	if seen = h.people("collector1"); seen["collector1"].Phone != "" || seen["collector1"].Devices != nil || seen["collector1"].Title != title {
		t.Errorf("a collector sees %+v", seen["collector1"])
	}
	for name, want := range map[string]bool{"deputy1": true, "reviewer": true, "collector2": false, "othercollector": false} {
		if _, ok := seen[name]; ok != want {
			t.Errorf("a collector sees %s: %v", name, ok)
		}
	}
	if all := h.people("root"); len(all) != len(people) {
		t.Errorf("the admin of everything sees %d of %d", len(all), len(people))
	}

	a := h.do("GET", "/v1/people", h.as("reviewer"), nil).want(http.StatusOK)
	r := h.request("GET", "/v1/people", h.as("reviewer"), nil)
	r.Header.Set("If-None-Match", a.header.Get("ETag"))
	h.send(r).want(http.StatusNotModified)

	for _, bad := range []string{`"phone":"gọi tôi nhé"`, `"phone":"123456789012345678901"`, `"title":"a\nb"`, `"title":"a\u2029b"`, `"name":"a\u2028b"`} {
		body := fmt.Sprintf(`{"version":%d,%s}`, h.user("collector1").Version, bad)
		h.do("PATCH", "/v1/users/collector1", h.as("admin"), body).want(http.StatusUnprocessableEntity, "invalid")
	}
}

func (h *host) enrolment(by, user string) contract.Enrolment {
	h.t.Helper()
	var e contract.Enrolment
	h.do("POST", "/v1/users/"+user+"/enrolments", h.as(by), nil).want(http.StatusCreated).into(&e)
	return e
}

func (h *host) enrol(code string) answer {
	h.t.Helper()
	return h.do("POST", "/v1/enrolments", "", contract.EnrolRequest{Code: code, Device: contract.SignInDevice{Name: "Máy mẫu"}})
}

// TestEnrolment lets a person in who has no password yet: once, within a day,
// by the newest code alone.
func TestEnrolment(t *testing.T) {
	h := newHost(t)
	var made contract.User
	h.do("POST", "/v1/users", h.as("admin"), contract.NewUser{
		Username: "new", Name: "Người mẫu", Role: "collector", Units: []contract.UnitID{village1},
	}).want(http.StatusCreated).into(&made)
	if !made.MustChangePassword {
		t.Error("an account without a password need not set one")
	}
	h.trySignIn("new", " ").want(http.StatusUnauthorized, "credentials")
	id := string(made.ID)
	first := h.enrolment("reviewer", id)
	if !first.ExpiresAt.Equal(h.clock.Now().Add(24 * time.Hour)) {
		t.Errorf("it expires at %v", first.ExpiresAt)
	}
	second := h.enrolment("admin", id)
	h.enrol(first.Code).want(http.StatusUnauthorized, "enrolment-invalid")
	var s contract.Session
	h.enrol(second.Code).want(http.StatusOK).into(&s)
	if !s.User.MustChangePassword || s.User.Username != "new" {
		t.Errorf("signed in as %+v", s.User)
	}
	h.enrol(second.Code).want(http.StatusUnauthorized, "enrolment-invalid")

	change := func(old, next string, status int, code ...string) {
		t.Helper()
		h.do("PUT", "/v1/me/password", s.AccessToken, contract.PasswordChange{Old: old, New: next}).want(status, code...)
	}
	change("", "ngan", http.StatusUnprocessableEntity, "invalid")
	change("", "mat-khau-dau", http.StatusNoContent)
	change("", "mat-khau-khac", http.StatusUnauthorized, "credentials")
	var me contract.Me
	h.do("GET", "/v1/me", s.AccessToken, nil).want(http.StatusOK).into(&me)
	if me.User.MustChangePassword {
		t.Error("it was set, and is still asked for")
	}
	h.trySignIn("new", "mat-khau-dau").want(http.StatusOK)

	late := h.enrolment("admin", id)
	h.clock.advance(24 * time.Hour)
	h.enrol(late.Code).want(http.StatusUnauthorized, "enrolment-invalid")
	h.trySignIn("new", "mat-khau-dau").want(http.StatusOK) // an unused code changes nothing
}

// TestWhoMakesCodes: reviewers for collectors of their units, admins for all
// of theirs.
func TestWhoMakesCodes(t *testing.T) {
	h := newHost(t)
	for _, c := range []struct {
		by, user string
		status   int
	}{
		{"reviewer", "collector1", http.StatusCreated},
		{"reviewer", "approver", http.StatusNotFound},
		{"reviewer", "reviewer", http.StatusNotFound},
		{"reviewer", "othercollector", http.StatusNotFound},
		{"admin", "reviewer", http.StatusCreated},
		{"admin", "othercollector", http.StatusNotFound},
		{"admin", "root", http.StatusNotFound},
		{"collector1", "deputy1", http.StatusForbidden},
	} {
		h.do("POST", "/v1/users/"+c.user+"/enrolments", h.as(c.by), nil).want(c.status)
	}
	code := h.enrolment("admin", "collector2").Code
	yes := true
	h.do("PATCH", "/v1/users/collector2", h.as("admin"), contract.UserChange{Version: h.user("collector2").Version, Disabled: &yes}).want(http.StatusOK)
	h.enrol(code).want(http.StatusForbidden, "user-disabled")
	h.do("POST", "/v1/users/collector2/enrolments", h.as("admin"), nil).want(http.StatusUnprocessableEntity)
}

// TestCodesAreNotGuessed: an address has few attempts.
func TestCodesAreNotGuessed(t *testing.T) {
	h := newHost(t)
	for range 20 {
		h.enrol("00000000").want(http.StatusUnauthorized, "enrolment-invalid")
	}
	h.enrol("00000000").want(http.StatusTooManyRequests)
	h.trySignIn("collector1", password).want(http.StatusOK)
}

// TestOwnPassword ends the other sessions, and this one not.
func TestOwnPassword(t *testing.T) {
	h := newHost(t)
	here, there := h.signIn("collector1"), h.signIn("collector1")
	h.do("PUT", "/v1/me/password", here.AccessToken, `{"new":"mat-khau-khac"}`).want(http.StatusUnauthorized, "credentials")
	h.do("PUT", "/v1/me/password", here.AccessToken, `{"old":"not-the-password","new":"mat-khau-khac"}`).want(http.StatusUnauthorized, "credentials")
	h.do("PUT", "/v1/me/password", here.AccessToken, contract.PasswordChange{Old: password, New: "mat-khau-khac"}).want(http.StatusNoContent)
	h.do("GET", "/v1/me", here.AccessToken, nil).want(http.StatusOK)
	h.renew(here.RefreshToken)
	h.do("GET", "/v1/me", there.AccessToken, nil).want(http.StatusUnauthorized, "session-ended")
	h.refresh(there.RefreshToken).want(http.StatusUnauthorized, "session-ended")
	h.trySignIn("collector1", password).want(http.StatusUnauthorized, "credentials")
	h.trySignIn("collector1", "mat-khau-khac").want(http.StatusOK)
}

// TestMyDevices lists and shuts out one's own devices, and nobody else's.
func TestMyDevices(t *testing.T) {
	h := newHost(t)
	lost, here, others := h.signIn("collector1"), h.signIn("collector1"), h.signIn("collector2")
	h.do("DELETE", "/v1/me/devices/"+string(others.Device.ID), here.AccessToken, nil).want(http.StatusNotFound)
	h.do("DELETE", "/v1/me/devices/"+string(lost.Device.ID), here.AccessToken, nil).want(http.StatusNoContent)
	h.do("GET", "/v1/me", lost.AccessToken, nil).want(http.StatusForbidden, "device-revoked")
	h.do("GET", "/v1/me", others.AccessToken, nil).want(http.StatusOK)
	var list contract.MyDeviceList
	h.do("GET", "/v1/me/devices", here.AccessToken, nil).want(http.StatusOK).into(&list)
	if len(list.Devices) != 2 {
		t.Fatalf("devices %+v", list.Devices)
	}
	for _, d := range list.Devices {
		if d.Current != (d.ID == here.Device.ID) || (d.State == contract.DeviceStateRevoked) != (d.ID == lost.Device.ID) {
			t.Errorf("device %+v", d)
		}
	}
}

// TestDeviceKey takes a P-256 key at a sign-in, and no other.
func TestDeviceKey(t *testing.T) {
	h := newHost(t)
	encoded := func(curve elliptic.Curve) string {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(der)
	}
	first, second := encoded(elliptic.P256()), encoded(elliptic.P256())
	s := h.signIn("collector1", contract.SignInDevice{Key: first})
	for _, key := range []string{first, second} {
		h.signIn("collector1", contract.SignInDevice{ID: s.Device.ID, Key: key, Fresh: key == second})
	}
	for _, bad := range []string{encoded(elliptic.P384()), strings.Repeat("A", 40), first[:len(first)-3]} {
		h.trySignIn("collector1", password, contract.SignInDevice{ID: s.Device.ID, Key: bad}).want(http.StatusUnprocessableEntity, "invalid")
	}
	stored, err := h.accounts.Devices.Get(t.Context(), string(s.Device.ID))
	if err != nil {
		t.Fatal(err)
	}
	keys := stored.Value.Keys
	if len(keys) != 2 || keys[0].Epoch != 1 || keys[1].Epoch != 2 || base64.RawURLEncoding.EncodeToString(keys[1].Key) != second {
		t.Errorf("keys %+v", keys)
	}
}

// TestWhatDevicesHaveNotSent reaches the admin, and the answer to a change
// that would strand it.
func TestWhatDevicesHaveNotSent(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	ask := func(method, path, header string, body any) {
		t.Helper()
		r := h.request(method, path, p.token(), body)
		r.Header.Set("Sothon-Unsent", header)
		r.Header.Set("Sothon-Client", "sothon-web/1.4.0")
		h.send(r).want(http.StatusOK)
	}
	device := func(query string) contract.Device {
		t.Helper()
		var page contract.DevicePage
		h.do("GET", "/v1/devices?"+query, h.as("admin"), nil).want(http.StatusOK).into(&page)
		for _, d := range page.Items {
			if d.ID == p.device.ID {
				return d
			}
		}
		return contract.Device{}
	}
	since := h.clock.Now()
	ask("GET", p.path()+"/changes?after=0", "12;photos=3", nil)
	if d := device("user=collector1"); d.Unsent != 12 || d.UnsentPhotos != 3 || !d.UnsentSince.Equal(since) || !d.LastPullAt.Equal(since) || !d.LastPushAt.IsZero() || d.Client != "sothon-web/1.4.0" {
		t.Errorf("after a pull: %+v", d)
	}
	if d := device("user=collector2"); d.ID != "" {
		t.Error("the filter by account lets others through")
	}
	if d := device("unit=" + string(commune)); d.ID == "" {
		t.Error("the filter by a unit above loses it")
	}
	if d := device("unit=" + string(village2)); d.ID != "" {
		t.Error("the filter by unit lets others through")
	}
	for _, malformed := range []string{"many", "-1", "12;photos=", "12;photos=3;x=1", "99999999"} {
		ask("GET", p.path()+"/changes?after=0", malformed, nil)
	}
	h.clock.advance(time.Minute)
	p.book.Append(0, []byte(`{"record":"`+recordID(1).String()+`","kind":"meeting","action":"edit","at":"2026-11-23T07:11:00Z","set":`+meeting(1)+`}`))
	ask("POST", p.path()+"/batches", "11;photos=3", p.body(1, 1))
	if d := device(""); d.Unsent != 11 || !d.UnsentSince.Equal(since) || !d.LastPushAt.Equal(h.clock.Now()) || d.SkewSeconds != 600 {
		t.Errorf("after a push: %+v", d)
	}
	var u contract.User
	h.do("PATCH", "/v1/users/collector1", h.as("admin"), contract.UserChange{Version: 1, Units: []contract.UnitID{village2}}).want(http.StatusOK).into(&u)
	if len(u.Unsent) != 1 || u.Unsent[0].Device != p.device.ID || u.Unsent[0].Ops != 11 || u.Unsent[0].Photos != 3 {
		t.Errorf("a change of units is answered with %+v", u.Unsent)
	}
}

// TestUnsentIsSettledAtOnce: a device that has sent all is shown so, however
// soon after.
func TestUnsentIsSettledAtOnce(t *testing.T) {
	h := newHost(t)
	token := h.signIn("collector1").RefreshToken
	for _, header := range []string{"5", "4", "0"} {
		r := h.request("POST", "/v1/sessions/refresh", "", contract.RefreshRequest{RefreshToken: token})
		r.Header.Set("Sothon-Unsent", header)
		var s contract.Session
		h.send(r).want(http.StatusOK).into(&s)
		token = s.RefreshToken
	}
	var page contract.DevicePage
	h.do("GET", "/v1/devices", h.as("root"), nil).want(http.StatusOK).into(&page)
	for _, d := range page.Items {
		if d.Unsent != 0 || !d.UnsentSince.IsZero() {
			t.Errorf("%+v", d)
		}
	}
}

// TestLeaving lets what a person wrote for a unit in for 30 days after it was
// taken from them, and shows them nothing of it.
func TestLeaving(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1))
	h.do("PATCH", "/v1/users/collector1", h.as("admin"), contract.UserChange{Version: 1, Units: []contract.UnitID{village2}}).want(http.StatusOK)
	again := func() {
		s := h.signIn("collector1", contract.SignInDevice{ID: p.device.ID})
		h.sessions[p.user] = signedIn{s, h.clock.Now()}
	}
	again()
	var me contract.Me
	h.do("GET", "/v1/me", p.token(), nil).want(http.StatusOK).into(&me)
	if len(me.Leaving) != 1 || me.Leaving[0].Unit != village1 || !me.Leaving[0].Until.Equal(h.clock.Now().Add(30*24*time.Hour)) {
		t.Errorf("leaving %+v", me.Leaving)
	}
	if got := results(p.mustPush()); got != "accepted" {
		t.Errorf("what was queued: %s", got)
	}
	h.do("GET", p.path()+"/changes?after=0", p.token(), nil).want(http.StatusNotFound)
	if _, ok := h.people("deputy1")["collector1"]; !ok {
		t.Error("nobody knows any more who wrote there")
	}
	h.clock.advance(30 * 24 * time.Hour)
	again()
	p.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(2))
	p.push().want(http.StatusNotFound)

	// A unit that is given back is no longer leaving.
	h.do("PATCH", "/v1/users/collector1", h.as("admin"), contract.UserChange{Version: h.user("collector1").Version, Units: []contract.UnitID{village1}}).want(http.StatusOK)
	again()
	h.do("GET", "/v1/me", p.token(), nil).want(http.StatusOK).into(&me)
	if len(me.Leaving) != 1 || me.Leaving[0].Unit != village2 {
		t.Errorf("leaving %+v", me.Leaving)
	}
	p.push().want(http.StatusOK)
}

// TestMe tells an app what it needs to draw itself.
func TestMe(t *testing.T) {
	h := newHost(t)
	var me contract.Me
	h.do("GET", "/v1/me", h.as("collector1"), nil).want(http.StatusOK).into(&me)
	if me.Server.Name != issuer || !me.Server.Now.Equal(h.clock.Now()) || me.Server.Features == nil {
		t.Errorf("server %+v", me.Server)
	}
	if !slices.Contains(me.Actions["gift"], "edit") || slices.Contains(me.Actions["campaign"], "edit") || slices.Contains(me.Actions["gift"], "review") {
		t.Errorf("actions %v", me.Actions)
	}
}

// TestUnitsReplaced shows whose place a unit took, and which still take ops.
func TestUnitsReplaced(t *testing.T) {
	h := newHost(t)
	h.do("PATCH", "/v1/units/"+string(village2), h.as("admin"), contract.UnitChange{
		Version: 1, ValidTo: json.RawMessage(`"2026-06-30"`), Successor: json.RawMessage(`"` + village1 + `"`),
	}).want(http.StatusOK)
	var list contract.UnitList
	h.do("GET", "/v1/units", h.as("reviewer"), nil).want(http.StatusOK).into(&list)
	for _, u := range list.Units {
		if (len(u.Replaces) == 1 && u.Replaces[0] == village2) != (u.ID == village1) || u.Writable != (u.ID != village2) {
			t.Errorf("unit %+v", u)
		}
	}
	h.do("GET", "/v1/units", h.as("collector1"), nil).want(http.StatusOK).into(&list)
	for _, u := range list.Units {
		if u.Writable != (u.ID == village1) {
			t.Errorf("to a collector: %+v", u)
		}
	}
}

// TestAdminLog names who changed what, to the admins of the unit.
func TestAdminLog(t *testing.T) {
	h := newHost(t)
	name, secret := "Người đổi tên", "mat-khau-moi"
	h.do("PATCH", "/v1/users/collector1", h.as("admin"), contract.UserChange{Version: 1, Name: &name, Password: &secret}).want(http.StatusOK)
	h.do("PATCH", "/v1/units/"+string(village1), h.as("root"), contract.UnitChange{Version: 1, Name: &name}).want(http.StatusOK)
	h.do("PATCH", "/v1/users/othercollector", h.as("otheradmin"), contract.UserChange{Version: 1, Name: &name}).want(http.StatusOK)
	h.do("PUT", "/v1/holidays/2027-02-05", h.as("root"), `{"name":"Tết Nguyên đán"}`).want(http.StatusOK)
	code := h.enrolment("admin", "collector2").Code
	h.do("PATCH", "/v1/users/collector1", h.as("admin"), contract.UserChange{Version: 1, Name: &name}).want(http.StatusConflict) // changes nothing

	list := func(username string) (all []string, last contract.AdminLogPage) {
		t.Helper()
		a := h.do("GET", "/v1/adminlog", h.as(username), nil).want(http.StatusOK)
		for _, hidden := range []string{secret, code} {
			if strings.Contains(string(a.body), hidden) {
				t.Errorf("the log tells %q", hidden)
			}
		}
		a.into(&last)
		for _, e := range last.Items {
			all = append(all, e.Operation+" "+e.Target)
		}
		slices.Sort(all)
		return all, last
	}
	own := []string{"createEnrolment collector2", "updateUnit " + string(village1), "updateUser collector1"}
	for _, username := range []string{"admin", "auditor"} {
		if got, _ := list(username); !slices.Equal(got, own) {
			t.Errorf("%s sees %v", username, got)
		}
	}
	if got, _ := list("root"); len(got) != 5 {
		t.Errorf("the admin of everything sees %v", got)
	}
	_, page := list("admin")
	for _, e := range page.Items {
		if e.Target != "collector1" {
			continue
		}
		if c := e.Changes["name"]; c.From == nil || *c.From != "Người mẫu collector1" || c.To == nil || *c.To != name || string(e.User) != "admin" || !e.At.Equal(h.clock.Now()) {
			t.Errorf("entry %+v", e)
		}
		if _, ok := e.Changes["password"]; !ok || len(e.Changes) != 2 {
			t.Errorf("changes %v", e.Changes)
		}
	}
}
