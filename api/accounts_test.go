package api_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

func (h *host) units(token string) []ledger.UnitID {
	h.t.Helper()
	var list contract.UnitList
	h.do("GET", "/v1/units", token, nil).want(http.StatusOK).into(&list)
	var ids []ledger.UnitID
	for _, u := range list.Units {
		ids = append(ids, u.ID)
	}
	return ids
}

func TestUnitsInReach(t *testing.T) {
	h := newHost(t)
	whole := []ledger.UnitID{village1, village2, commune}
	for username, want := range map[string][]ledger.UnitID{
		"collector1": {village1, commune}, "othercollector": {otherVillage, otherCommune},
		"reviewer": whole, "approver": whole, "auditor": whole, "admin": whole, "superior": {commune},
		"root": {province, commune, village1, village2, otherCommune, otherVillage},
	} {
		slices.Sort(want)
		if got := h.units(h.as(username)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", username, got, want)
		}
	}
}

// TestOutOfReachIsAsIfItDidNotExist: a commune's admin learns nothing of the
// commune beside it, not even that it is there.
func TestOutOfReachIsAsIfItDidNotExist(t *testing.T) {
	h := newHost(t)
	admin := h.as("admin")
	device := h.session("othercollector").Device.ID
	name := "Tên mới"
	newUnit := func(parent ledger.UnitID) contract.NewUnit {
		return contract.NewUnit{Code: "21133-03", Name: "Thôn mẫu 3", Level: contract.LevelVillage, Parent: parent, ValidFrom: "2004-01-01"}
	}
	newUser := func(units ...ledger.UnitID) contract.NewUser {
		return contract.NewUser{Username: "new", Password: password, Name: "Người mẫu", Role: form.RoleCollector, Units: units}
	}
	for _, test := range []struct {
		name           string
		method         string
		theirs, nobody string
		body, unbody   any
	}{
		{"a unit", "PATCH", "/v1/units/" + string(otherVillage), "/v1/units/none", contract.UnitChange{Name: &name, Version: 1}, nil},
		{"a unit at a wrong version", "PATCH", "/v1/units/" + string(otherVillage), "/v1/units/none", contract.UnitChange{Name: &name, Version: 9}, nil},
		{"what is above", "PATCH", "/v1/units/" + string(province), "/v1/units/none", contract.UnitChange{Name: &name, Version: 1}, nil},
		{"an account", "PATCH", "/v1/users/otherreviewer", "/v1/users/none", contract.UserChange{Name: &name, Version: 1}, nil},
		{"an admin of all", "PATCH", "/v1/users/root", "/v1/users/none", contract.UserChange{Name: &name, Version: 1}, nil},
		{"a device", "PATCH", "/v1/devices/" + string(device), "/v1/devices/none", contract.DeviceChange{State: contract.DeviceStateRevoked, Version: 1}, nil},
		{"a parent", "POST", "/v1/units", "/v1/units", newUnit(otherCommune), newUnit("none")},
		{"a parent above", "POST", "/v1/units", "/v1/units", newUnit(province), newUnit("none")},
		{"an account's unit", "POST", "/v1/users", "/v1/users", newUser(village1, otherVillage), newUser(village1, "none")},
		{
			"another parent", "PATCH", "/v1/units/" + string(village1), "/v1/units/" + string(village1),
			contract.UnitChange{Parent: []byte(`"` + otherCommune + `"`), Version: 1},
			contract.UnitChange{Parent: []byte(`"none"`), Version: 1},
		},
		{
			"a successor", "PATCH", "/v1/units/" + string(village1), "/v1/units/" + string(village1),
			contract.UnitChange{Successor: []byte(`"` + otherVillage + `"`), Version: 1},
			contract.UnitChange{Successor: []byte(`"none"`), Version: 1},
		},
		{
			"an account's new unit", "PATCH", "/v1/users/collector1", "/v1/users/collector1",
			contract.UserChange{Units: []contract.UnitID{otherVillage}, Version: 1},
			contract.UserChange{Units: []contract.UnitID{"none"}, Version: 1},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.unbody == nil {
				test.unbody = test.body
			}
			theirs := h.do(test.method, test.theirs, admin, test.body)
			nobody := h.do(test.method, test.nobody, admin, test.unbody)
			if theirs.status < 400 || theirs.status != nobody.status || !bytes.Equal(theirs.body, nobody.body) {
				t.Errorf("got %d %s\nof nothing %d %s", theirs.status, theirs.body, nobody.status, nobody.body)
			}
		})
	}

	for _, u := range allUsers(h, admin, "3") {
		if p := people[u.Username]; !slices.ContainsFunc(p.units, func(id ledger.UnitID) bool { return id == commune || id == village1 || id == village2 }) {
			t.Errorf("the list shows %s of %v", u.Username, p.units)
		}
	}
	var devices contract.DevicePage
	h.do("GET", "/v1/devices", admin, nil).want(http.StatusOK).into(&devices)
	if len(devices.Items) != 1 || devices.Items[0].User != "admin" {
		t.Errorf("the list shows the devices %+v", devices.Items)
	}
}

// allItems follows a list through its pages.
func allItems[T any](h *host, path, token string, query url.Values) []T {
	h.t.Helper()
	var all []T
	query = maps.Clone(query)
	for range 100 {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		h.do("GET", path+"?"+query.Encode(), token, nil).want(http.StatusOK).into(&page)
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		query.Set("cursor", page.Next)
	}
	h.t.Fatalf("the list %s does not end", path)
	return nil
}

// allUsers lists the accounts, in pages of a size.
func allUsers(h *host, token, limit string) []contract.User {
	h.t.Helper()
	return allItems[contract.User](h, "/v1/users", token, url.Values{"limit": {limit}})
}

func TestListsArePaged(t *testing.T) {
	h := newHost(t)
	root := h.as("root")
	for _, limit := range []string{"1", "4", "6", "12", "200"} {
		users := allUsers(h, root, limit)
		byID := func(a, b contract.User) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) }
		if len(users) != len(people) || !slices.IsSortedFunc(users, byID) {
			t.Errorf("pages of %s: %d users", limit, len(users))
		}
	}
	for _, cursor := range []string{"eyJ4IjoxfQ", "bm90IGpzb24", "e30x", "eyJhIjoiIn17fQ"} {
		h.do("GET", "/v1/users?cursor="+cursor, root, nil).want(http.StatusBadRequest, "malformed")
	}
}

func TestOnlyRootMakesRoots(t *testing.T) {
	h := newHost(t)
	n := contract.NewUser{Username: "new", Password: password, Name: "Người mẫu", Role: form.RoleAdmin, Units: []contract.UnitID{}}
	h.do("POST", "/v1/users", h.as("admin"), n).want(http.StatusUnprocessableEntity, "invalid")
	h.do("PATCH", "/v1/users/reviewer", h.as("admin"), `{"role":"admin","units":[],"version":1}`).want(http.StatusUnprocessableEntity, "invalid")
	h.do("POST", "/v1/users", h.as("root"), n).want(http.StatusCreated)
	n.Username, n.Role = "new2", form.RoleReviewer
	if p := h.do("POST", "/v1/users", h.as("root"), n).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != "units" {
		t.Errorf("the problem names %q", p.Field)
	}
	yes := true
	h.do("PATCH", "/v1/users/root", h.as("root"), contract.UserChange{Disabled: &yes, Version: 1}).want(http.StatusUnprocessableEntity, "invalid") // nobody would be left
	if got := h.units(h.as("root")); len(got) != 6 {
		t.Errorf("root reaches %v", got)
	}
}

func TestUsernamesAreUnique(t *testing.T) {
	h := newHost(t)
	admin := h.as("admin")
	n := contract.NewUser{Username: "collector1", Password: password, Name: "Người mẫu", Role: form.RoleCollector, Units: []contract.UnitID{village1}}
	if p := h.do("POST", "/v1/users", admin, n).want(http.StatusConflict, "taken").problem(); p.Field != "username" {
		t.Errorf("the problem names %q", p.Field)
	}

	// Cut off between the two writes.
	n.Username = "cut.off"
	h.backend.failing(func(op, collection, _ string) memory.Fault {
		if op == memory.OpAdd && collection == "users" {
			return memory.Unapplied
		}
		return memory.None
	})
	h.do("POST", "/v1/users", admin, n).want(http.StatusInternalServerError)
	h.backend.failing(nil)
	h.trySignIn(n.Username, password).want(http.StatusUnauthorized, "credentials")
	h.do("POST", "/v1/users", admin, n).want(http.StatusCreated)
	h.trySignIn(n.Username, password).want(http.StatusOK)
	h.do("POST", "/v1/users", admin, n).want(http.StatusConflict, "taken")

	n.Username = "at.once"
	var made atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			switch a := h.do("POST", "/v1/users", admin, n); a.status {
			case http.StatusCreated:
				made.Add(1)
			case http.StatusConflict:
			default:
				t.Errorf("got %d", a.status)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("%d accounts have the name", made.Load())
	}

	for _, bad := range []string{"A", "a", "có dấu", ".ab", "a b"} {
		n.Username = bad
		h.do("POST", "/v1/users", admin, n).want(http.StatusUnprocessableEntity, "invalid")
	}
	n.Username, n.Password = "short", "123456789"
	h.do("POST", "/v1/users", admin, n).want(http.StatusUnprocessableEntity, "invalid")
}

func TestChangesNameTheirVersion(t *testing.T) {
	h := newHost(t)
	admin := h.as("admin")
	device := string(h.session("collector1").Device.ID)
	name := "Tên mới"
	for path, change := range map[string]func(version int64) any{
		"/v1/units/" + string(village1): func(v int64) any { return contract.UnitChange{Name: &name, Version: v} },
		"/v1/users/collector1":          func(v int64) any { return contract.UserChange{Name: &name, Version: v} },
		"/v1/devices/" + device:         func(v int64) any { return contract.DeviceChange{State: contract.DeviceStateActive, Version: v} },
	} {
		h.do("PATCH", path, admin, change(2)).want(http.StatusConflict, "version-conflict")
		var now struct{ Version int64 }
		if h.do("PATCH", path, admin, change(1)).want(http.StatusOK).into(&now); now.Version != 2 {
			t.Errorf("%s: version %d, want 2", path, now.Version)
		}
		h.do("PATCH", path, admin, change(1)).want(http.StatusConflict, "version-conflict")
	}
}

func TestUnits(t *testing.T) {
	h := newHost(t)
	admin, root := h.as("admin"), h.as("root")
	hamlet := contract.NewUnit{Code: "21133-03", Name: " Thôn mẫu 3 ", Level: contract.LevelVillage, Parent: commune, ValidFrom: "2004-01-01"}
	var made contract.Unit
	h.do("POST", "/v1/units", admin, hamlet).want(http.StatusCreated).into(&made)
	if made.ID != "21133-03-20040101" || made.Name != "Thôn mẫu 3" || made.Version != 1 {
		t.Errorf("made %+v", made)
	}
	if !slices.Contains(h.units(h.as("reviewer")), made.ID) {
		t.Error("the reviewer does not reach it at once")
	}
	if p := h.do("POST", "/v1/units", admin, hamlet).want(http.StatusConflict, "taken").problem(); p.Field != "code" {
		t.Errorf("the problem names %q", p.Field)
	}
	for field, change := range map[string]func(*contract.NewUnit){
		"parent":    func(n *contract.NewUnit) { n.Parent = village1 },
		"validFrom": func(n *contract.NewUnit) { n.ValidFrom = "2004-02-30" },
		"validTo":   func(n *contract.NewUnit) { n.ValidTo = "2003-12-31" },
		"successor": func(n *contract.NewUnit) { n.Successor = "21133-04-20040101" },
		"name":      func(n *contract.NewUnit) { n.Name = "   " },
		"code":      func(n *contract.NewUnit) { n.Code = "có dấu" },
		"level":     func(n *contract.NewUnit) { n.Level = "ward" },
	} {
		n := hamlet
		n.Code = "21133-04"
		change(&n)
		if p := h.do("POST", "/v1/units", root, n).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != field {
			t.Errorf("%s: the problem names %q", field, p.Field)
		}
	}

	patch := func(id ledger.UnitID, body string) answer { return h.do("PATCH", "/v1/units/"+string(id), root, body) }
	patch(made.ID, `{"version":1,"validTo":"2025-06-30","successor":"`+string(village2)+`"}`).want(http.StatusOK).into(&made)
	if made.ValidTo != "2025-06-30" || made.Successor != village2 || made.Parent != commune {
		t.Errorf("changed to %+v", made)
	}
	patch(village2, `{"version":1,"successor":"`+string(made.ID)+`"}`).want(http.StatusUnprocessableEntity, "invalid")
	patch(village2, `{"version":1,"successor":"`+string(village2)+`"}`).want(http.StatusUnprocessableEntity, "invalid")
	made = contract.Unit{}
	patch("21133-03-20040101", `{"version":2,"validTo":null,"successor":null}`).want(http.StatusOK).into(&made)
	if made.ValidTo != "" || made.Successor != "" || made.Parent != commune {
		t.Errorf("cleared to %+v", made)
	}
	h.do("PATCH", "/v1/units/"+string(commune), admin, `{"version":1,"parent":null}`).want(http.StatusUnprocessableEntity, "invalid") // out of the province's reach
	patch(commune, `{"version":1,"parent":null}`).want(http.StatusOK)
}

// TestOtherServersLearn of a change a moment later.
func TestOtherServersLearn(t *testing.T) {
	h := newHost(t)
	other := h.beside()
	collector := h.as("collector1")
	if got := other.units(collector); len(got) != 2 {
		t.Fatalf("reaches %v", got)
	}
	h.changeUser("collector1", contract.UserChange{Units: []contract.UnitID{village1, village2}})
	other.do("GET", "/v1/units", collector, nil).want(http.StatusOK)
	h.clock.advance(directoryLife)
	other.do("GET", "/v1/units", collector, nil).want(http.StatusUnauthorized, "session-ended")
}

func (h *host) accessLog(token string, query url.Values) []contract.Access {
	h.t.Helper()
	return allItems[contract.Access](h, "/v1/access-log", token, query)
}

func TestAccessLog(t *testing.T) {
	h := newHost(t)
	read := func(username string, unit ledger.UnitID) {
		h.do("GET", "/v1/units/"+string(unit)+"/log", h.as(username), nil).want(http.StatusOK)
	}
	read("reviewer", village1) // 23 November, 14:00 in Vietnam
	h.clock.advance(9 * time.Hour)
	read("auditor", village2)
	h.clock.advance(59 * time.Minute)
	read("otherreviewer", otherVillage)
	h.clock.advance(time.Minute)
	read("reviewer", village2) // 24 November, 0:00

	for _, test := range []struct {
		as    string
		query string
		want  []ledger.UnitID
	}{
		{"admin", "", []ledger.UnitID{village2, village2, village1}},
		{"admin", "limit=1", []ledger.UnitID{village2, village2, village1}},
		{"auditor", "", []ledger.UnitID{village2, village2, village1}},
		{"otheradmin", "", []ledger.UnitID{otherVillage}},
		{"root", "limit=2", []ledger.UnitID{village2, otherVillage, village2, village1}},
		{"root", "from=2026-11-24", []ledger.UnitID{village2}},
		{"root", "to=2026-11-23", []ledger.UnitID{otherVillage, village2, village1}},
		{"root", "to=2026-11-23&limit=1", []ledger.UnitID{otherVillage, village2, village1}},
		{"root", "from=2026-11-25", nil},
		{"root", "to=2026-11-22", nil},
		{"admin", "user=reviewer", []ledger.UnitID{village2, village1}},
		{"admin", "user=otherreviewer", nil},
		{"admin", "record=0197c5a0-1c00-7a41-9d3e-5b1f0c2a7e10", nil},
	} {
		t.Run(test.as+" "+test.query, func(t *testing.T) {
			query, err := url.ParseQuery(test.query)
			if err != nil {
				t.Fatal(err)
			}
			var got []ledger.UnitID
			for _, entry := range h.accessLog(h.as(test.as), query) {
				got = append(got, entry.Unit)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	h.do("GET", "/v1/access-log?from=2026-02-30", h.as("root"), nil).want(http.StatusBadRequest, "malformed")
	h.do("GET", "/v1/access-log", h.as("reviewer"), nil).want(http.StatusForbidden, "role-forbidden")

	// What cannot be noted is not shown.
	h.backend.failing(func(op, collection, _ string) memory.Fault {
		if op == memory.OpAdd && collection == "access" {
			return memory.Unapplied
		}
		return memory.None
	})
	h.do("GET", "/v1/units/"+string(village1)+"/log", h.as("reviewer"), nil).want(http.StatusInternalServerError)
}

// The access log says what was read, and shows no personal value.
func TestAccessLogNamesRecords(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H012","headName":"Người rất riêng","category":"poor"}`)
	p.write(recordID(2), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"complaint","citizenName":"Người rất riêng","content":"nội dung rất riêng","status":"received"}`)
	p.write(recordID(3), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1))
	p.mustPush()
	for _, id := range []ledger.RecordID{recordID(1), recordID(2), recordID(3)} {
		h.do("GET", "/v1/records/"+id.String()+"?unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK)
	}
	var page contract.AccessPage
	a := h.do("GET", "/v1/access-log", h.as("auditor"), nil).want(http.StatusOK)
	a.into(&page)
	key := func(n int) string { return string(village1) + "/" + recordID(n).String() }
	if r := page.Refs[key(1)]; r.Kind != form.KindHousehold || r.Code != "H012" || r.Title != "" {
		t.Errorf("the household: %+v", r)
	}
	if r := page.Refs[key(2)]; r.Kind != form.KindPetition || r.Date != "2026-11-20" || r.Title != "" {
		t.Errorf("the petition: %+v", r)
	}
	if r := page.Refs[key(3)]; r.Kind != form.KindMeeting || r.Date == "" {
		t.Errorf("the meeting: %+v", r)
	}
	h.do("GET", "/v1/access-log", h.as("admin"), nil).want(http.StatusOK).into(&page)
	if len(page.Items) == 0 || page.Items[0].UserName == "" {
		t.Errorf("who read: %+v", page.Items)
	}
	p.write(recordID(4), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"denunciation","content":"nội dung rất riêng","status":"received"}`)
	p.mustPush()
	h.do("GET", "/v1/records/"+recordID(4).String()+"?unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK)
	for username, want := range map[string]ledger.Kind{"auditor": form.KindPetition, "admin": ""} {
		var p contract.AccessPage
		h.do("GET", "/v1/access-log", h.as(username), nil).want(http.StatusOK).into(&p)
		if got := p.Refs[key(4)].Kind; got != want {
			t.Errorf("%s learns that a denunciation is %q", username, got)
		}
		if got := p.Refs[key(2)].Kind; got != want {
			t.Errorf("%s learns that a complaint is %q, and so what has no name", username, got)
		}
		if got := p.Refs[key(1)].Kind; got != form.KindHousehold {
			t.Errorf("%s learns that a household is %q", username, got)
		}
	}
	if strings.Contains(string(a.body), "riêng") {
		t.Errorf("a personal value is shown: %s", a.body)
	}
}

// A unit that moves keeps the parent that it had, to the day before.
func TestUnitsMoveOnADay(t *testing.T) {
	h := newHost(t)
	path, version := "/v1/units/"+string(village1), contract.Version(1)
	patch := func(members string, status int, codes ...string) contract.Unit {
		t.Helper()
		var u contract.Unit
		a := h.do("PATCH", path, h.as("root"), fmt.Sprintf(`{"version":%d,%s}`, version, members)).want(status, codes...)
		if status == http.StatusOK {
			a.into(&u)
			version = u.Version
		}
		return u
	}
	patch(fmt.Sprintf(`"parent":%q,"parentFrom":"2026-13-01"`, otherCommune), http.StatusUnprocessableEntity, "invalid")
	u := patch(fmt.Sprintf(`"parent":%q,"parentFrom":"2026-10-01"`, otherCommune), http.StatusOK)
	if u.Parent != otherCommune || len(u.Before) != 1 || u.Before[0].Parent != commune || u.Before[0].To != "2026-09-30" {
		t.Errorf("moved: %+v", u)
	}
	if u = patch(fmt.Sprintf(`"parent":%q,"parentFrom":"2026-10-01"`, commune), http.StatusOK); u.Parent != commune || len(u.Before) != 0 {
		t.Errorf("moved back: %+v", u)
	}
	if u = patch(fmt.Sprintf(`"parent":%q`, otherCommune), http.StatusOK); len(u.Before) != 1 || u.Before[0].To != "2026-11-22" {
		t.Errorf("moved today: %+v", u)
	}
}
