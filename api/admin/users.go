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
func (s *Admin) ListUsers(ctx context.Context, request contract.ListUsersRequestObject) (contract.ListUsersResponseObject, error) {
	c := gate.CallerOf(ctx)
	var after paging.AfterID
	if err := paging.Decode(request.Params.Cursor, &after); err != nil {
		return nil, err
	}
	users, next, err := paging.Scan(ctx, s.Accounts.Users, after.ID, request.Params.Limit, func(u *store.Stored[accounts.User]) (paging.Pick, error) {
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
func (s *Admin) CreateUser(ctx context.Context, request contract.CreateUserRequestObject) (contract.CreateUserResponseObject, error) {
	n := *request.Body
	if err := mayEmploy(gate.CallerOf(ctx), n.Units); err != nil {
		return nil, err
	}
	user, err := s.Accounts.AddUser(ctx, s.Random, s.Now(), accounts.NewUser{
		Username: n.Username, Password: n.Password, Name: n.Name, Role: n.Role, Units: n.Units,
	})
	if err != nil {
		return nil, err
	}
	return contract.CreateUser201JSONResponse(userView(&store.Stored[accounts.User]{Version: 1, Value: user})), nil
}

// mayEmploy holds an account's units to the caller's reach. Only an admin of
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
func (s *Admin) UpdateUser(ctx context.Context, request contract.UpdateUserRequestObject) (contract.UpdateUserResponseObject, error) {
	c, change := gate.CallerOf(ctx), request.Body
	stored, err := s.Accounts.Users.Get(ctx, string(request.User))
	if err != nil {
		return nil, err
	}
	user := &stored.Value
	if !c.Manages(user) {
		return nil, problem.ErrNotFound
	}
	before := *user
	if change.Name != nil {
		user.Name = accounts.TidyName(*change.Name)
	}
	if change.Role != "" {
		user.Role = change.Role
	}
	if change.Units != nil {
		if err := mayEmploy(c, change.Units); err != nil {
			return nil, err
		}
		user.Units = accounts.SortUnits(slices.Clone(change.Units))
	}
	if change.Disabled != nil {
		user.Disabled = *change.Disabled
	}
	other := user.Role != before.Role || user.Disabled != before.Disabled || !slices.Equal(user.Units, before.Units)
	if other && user.ID == c.User.ID {
		return nil, problem.Invalid("role", "Bạn không thể tự đổi vai trò, đơn vị hoặc khóa tài khoản của mình.")
	}
	if err := s.Accounts.CheckUser(ctx, user); err != nil {
		return nil, err
	}
	if stored.Version != change.Version {
		return nil, store.ErrVersion
	}
	if change.Password != nil {
		if user.PasswordHash, err = accounts.HashPassword(ctx, s.Random, *change.Password); err != nil {
			return nil, err
		}
	}
	if other || change.Password != nil {
		user.Generation++ // Its sessions have ended.
	}
	stored, err = s.Accounts.Users.Replace(ctx, stored)
	s.Directory.Users.Forget(string(request.User))
	if err != nil {
		return nil, err
	}
	return contract.UpdateUser200JSONResponse(userView(&stored)), nil
}

func userView(u *store.Stored[accounts.User]) contract.User {
	return contract.User{
		ID: u.Value.ID, Username: u.Value.Username, Name: u.Value.Name, Role: u.Value.Role, Units: append([]contract.UnitID{}, u.Value.Units...),
		Disabled: u.Value.Disabled, CreatedAt: u.Value.Created.Time(), Version: u.Version,
	}
}
