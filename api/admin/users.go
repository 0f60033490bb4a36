package admin

import (
	"context"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// ListUsers implements the operation listUsers.
func (s *people) ListUsers(ctx context.Context, request contract.ListUsersRequestObject) (contract.ListUsersResponseObject, error) {
	c := gate.CallerOf(ctx)
	var after paging.AfterID
	if err := paging.Decode(request.Params.Cursor, &after); err != nil {
		return nil, err
	}
	users, next, err := paging.Scan(ctx, s.accounts.Users, after.ID, request.Params.Limit, func(u *store.Stored[accounts.User]) (paging.Pick, error) {
		if !c.Manages(&u.Value) {
			return paging.Skip, nil
		}
		return paging.Take, nil
	})
	answer := contract.ListUsers200JSONResponse{Items: []contract.User{}, Next: paging.Next(next)}
	for i := range users {
		answer.Items = append(answer.Items, userView(&users[i]))
	}
	return answer, err
}

// CreateUser implements the operation createUser.
func (s *people) CreateUser(ctx context.Context, request contract.CreateUserRequestObject) (contract.CreateUserResponseObject, error) {
	n := *request.Body
	if err := mayEmploy(gate.CallerOf(ctx), n.Units); err != nil {
		return nil, err
	}
	user, err := s.accounts.AddUser(ctx, s.random, s.now(), accounts.NewUser{
		Username: n.Username, Password: n.Password, NoPassword: n.Password == "", Name: n.Name, Title: n.Title, Phone: n.Phone,
		Role: n.Role, Units: n.Units,
	})
	s.directory.ForgetUser(user.ID)
	if err != nil {
		return nil, err
	}
	view := userView(&store.Stored[accounts.User]{Version: 1, Value: user})
	return contract.CreateUser201JSONResponse(view), s.log.Add(ctx, "createUser", string(user.ID), user.Units, nil, view)
}

// mayEmploy checks that an account's units are within the caller's reach. Only an admin of
// everything makes another.
func mayEmploy(c *gate.Caller, units []ledger.UnitID) error {
	switch {
	case c.ManagesAll():
		return nil
	case len(units) == 0:
		return &accounts.Error{Code: accounts.CodeUnitsMissing, Field: "units"}
	case !c.Manages(&accounts.User{Units: units}):
		return noSuchUnit("units")
	}
	return nil
}

// UpdateUser implements the operation updateUser.
func (s *people) UpdateUser(ctx context.Context, request contract.UpdateUserRequestObject) (contract.UpdateUserResponseObject, error) {
	c, change := gate.CallerOf(ctx), request.Body
	stored, err := s.accounts.Users.Get(ctx, string(request.User))
	if err != nil {
		return nil, err
	}
	user := &stored.Value
	if !c.Manages(user) {
		return nil, problem.ErrNotFound
	}
	before, seen := *user, userView(&stored)
	if change.Units != nil {
		if err := mayEmploy(c, change.Units); err != nil {
			return nil, err
		}
	}
	to := &accounts.UserChange{
		Name: change.Name, Title: change.Title, Phone: change.Phone, Role: change.Role, Units: change.Units, Disabled: change.Disabled,
		Password: change.Password, Version: change.Version,
	}
	now := s.now()
	if user.ID == c.User.ID && to.Reassigns(user, now) {
		return nil, problem.Invalid("role", "Không được tự đổi vai trò, đơn vị của mình hoặc tự khóa tài khoản.")
	}
	stored, err = s.accounts.ChangeUser(ctx, s.random, now, stored, to)
	s.directory.ForgetUser(request.User)
	if err != nil {
		return nil, err
	}
	view := userView(&stored)
	units := slices.Concat(before.Units, stored.Value.Units)
	if err := s.log.Add(ctx, "updateUser", string(user.ID), accounts.SortUnits(units), seen, withPassword(view, change.Password != nil)); err != nil {
		return nil, err
	}
	view.Unsent, err = s.unsentOf(ctx, request.User)
	return contract.UpdateUser200JSONResponse(view), err
}

func userView(u *store.Stored[accounts.User]) contract.User {
	return contract.User{
		ID: u.Value.ID, Username: u.Value.Username, Name: u.Value.Name, Role: u.Value.Role, Units: append([]contract.UnitID{}, u.Value.Units...),
		Disabled: u.Value.Disabled, CreatedAt: u.Value.Created.Time(), Version: u.Version,
		Title: u.Value.Title, Phone: u.Value.Phone, MustChangePassword: u.Value.MustChange,
	}
}

// withPassword is a changed account as the log shows it: that there is a new
// password, not which.
func withPassword(view contract.User, changed bool) any {
	if !changed {
		return view
	}
	return struct {
		contract.User
		Password string `json:"password"`
	}{view, "***"}
}

// unsentOf tells what the devices of an account had not sent when they were
// last there.
func (s *people) unsentOf(ctx context.Context, user ledger.UserID) ([]contract.DeviceUnsent, error) {
	devices, err := s.directory.AllDevices(ctx)
	if err != nil {
		return nil, err
	}
	var list []contract.DeviceUnsent
	for i := range devices {
		d := &devices[i].Value
		if d.User != user {
			continue
		}
		p, err := s.presences.Of(ctx, d.ID)
		if err != nil {
			return nil, err
		}
		if p.Unsent+p.Photos > 0 {
			list = append(list, contract.DeviceUnsent{Device: d.ID, Name: d.Name, Ops: p.Unsent, Photos: p.Photos})
		}
	}
	return list, nil
}
