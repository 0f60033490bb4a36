package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// peopleAnswer is the answer to listPeople.
type peopleAnswer struct{ gate.Raw }

// VisitListPeopleResponse writes the answer.
func (a peopleAnswer) VisitListPeopleResponse(w http.ResponseWriter) error { return a.Write(w) }

// staff are the roles that see phone numbers and devices.
var staff = []ledger.Role{form.RoleReviewer, form.RoleApprover, form.RoleAdmin, form.RoleAuditor}

// ListPeople implements the operation listPeople.
func (s *people) ListPeople(ctx context.Context, request contract.ListPeopleRequestObject) (contract.ListPeopleResponseObject, error) {
	c := gate.CallerOf(ctx)
	users, err := s.directory.People(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := s.directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	// Who works for a unit above writes in those below it.
	near := map[ledger.UnitID]bool{}
	for _, unit := range slices.Concat(c.Home, c.Scope) {
		for _, u := range tree.Above(unit) {
			near[u] = true
		}
	}
	devices := map[ledger.UserID][]contract.DeviceName{}
	if slices.Contains(staff, c.User.Role) {
		all, err := s.directory.AllDevices(ctx)
		if err != nil {
			return nil, err
		}
		for i := range all {
			d := &all[i].Value
			devices[d.User] = append(devices[d.User], contract.DeviceName{ID: d.ID, Name: d.Name})
		}
	}
	list := contract.PersonList{People: []contract.Person{}}
	for i := range users {
		if p, ok := personView(c, &users[i].Value, near); ok {
			p.Devices = devices[p.ID]
			list.People = append(list.People, p)
		}
	}
	body, err := json.Marshal(list)
	return peopleAnswer{gate.Raw{
		Body: body, Media: "application/json", Etag: gate.Etag(body), Cache: "private, no-cache", IfNoneMatch: request.Params.IfNoneMatch,
	}}, err
}

// personView shows a person to the caller, if they work or worked for a unit
// near the caller's.
func personView(c *gate.Caller, u *accounts.User, near map[ledger.UnitID]bool) (contract.Person, bool) {
	p := contract.Person{ID: u.ID, Name: u.Name, Title: u.Title, Role: u.Role, Units: []contract.UnitID{}, Active: !u.Disabled}
	known := u.ID == c.User.ID || c.ManagesAll()
	for _, unit := range u.Units {
		if near[unit] || c.ManagesAll() || u.ID == c.User.ID {
			p.Units = append(p.Units, unit)
			known = true
		}
	}
	known = known || slices.ContainsFunc(u.Former, func(l accounts.FormerUnit) bool { return near[l.Unit] })
	if slices.Contains(staff, c.User.Role) {
		p.Phone = u.Phone
	}
	return p, known
}

// CreateEnrolment implements the operation createEnrolment.
func (s *people) CreateEnrolment(ctx context.Context, request contract.CreateEnrolmentRequestObject) (contract.CreateEnrolmentResponseObject, error) {
	c := gate.CallerOf(ctx)
	user, err := s.accounts.Users.Get(ctx, string(request.User))
	if err != nil {
		return nil, err
	}
	u := &user.Value
	if !c.Manages(u) || c.User.Role == form.RoleReviewer && u.Role != form.RoleCollector {
		return nil, problem.ErrNotFound
	}
	if u.Disabled {
		return nil, problem.Invalid("user", "Tài khoản đã bị khóa.")
	}
	code, expires, err := s.accounts.Enrol(ctx, s.random, s.now(), u.ID)
	s.directory.ForgetUser(u.ID)
	if err != nil {
		return nil, err
	}
	err = s.log.Add(ctx, "createEnrolment", string(u.ID), u.Units, nil, nil)
	return contract.CreateEnrolment201JSONResponse{Code: code, ExpiresAt: expires.UTC()}, err
}
