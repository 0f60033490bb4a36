package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

var username = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,63}$`)

const maxUnits = 1000 // of an account

// ListUsers implements the operation listUsers.
func (s *Server) ListUsers(ctx context.Context, request ListUsersRequestObject) (ListUsersResponseObject, error) {
	c := callerOf(ctx)
	var after afterID
	if err := decodeCursor(request.Params.Cursor, &after); err != nil {
		return nil, err
	}
	users, next, err := scan(ctx, s.accounts.Users, after.ID, request.Params.Limit, func(u *store.Stored[store.User]) (pick, error) {
		if !c.manages(&u.Value) {
			return skip, nil
		}
		return take, nil
	})
	answer := ListUsers200JSONResponse{Items: []User{}, Next: nextPage(next)}
	for i := range users {
		answer.Items = append(answer.Items, userView(&users[i]))
	}
	return answer, err
}

// CreateUser implements the operation createUser.
func (s *Server) CreateUser(ctx context.Context, request CreateUserRequestObject) (CreateUserResponseObject, error) {
	n := *request.Body
	if err := callerOf(ctx).mayEmploy(n.Units); err != nil {
		return nil, err
	}
	user, err := AddUser(ctx, s.accounts, s.Random, s.Now(), n)
	if err != nil {
		return nil, err
	}
	return CreateUser201JSONResponse(userView(&store.Stored[store.User]{Version: 1, Value: user})), nil
}

// mayEmploy holds an account's units to the caller's reach. Only an admin of
// everything makes another.
func (c *caller) mayEmploy(units []ledger.UnitID) error {
	switch {
	case c.managesAll():
		return nil
	case len(units) == 0:
		return errNeedsUnit
	case !c.manages(&store.User{Units: units}):
		return noSuchUnit("units")
	}
	return nil
}

var errNeedsUnit = invalid("units", "Cần chọn ít nhất một đơn vị.")

// AddUser stores a new account. What is wrong with it is told as a problem.
func AddUser(ctx context.Context, accounts store.Accounts, random io.Reader, now time.Time, n NewUser) (store.User, error) {
	user := store.User{
		Username: n.Username, Name: tidy(n.Name), Role: n.Role, Units: sorted(slices.Clone(n.Units)),
		Created: ledger.MillisOf(now), Generation: 1,
	}
	if !username.MatchString(n.Username) {
		return user, invalid("username", "Tên đăng nhập gồm 2 đến 64 ký tự: chữ thường không dấu, chữ số, dấu chấm, gạch ngang, gạch dưới.")
	}
	err := checkUser(ctx, accounts, &user)
	if err != nil {
		return user, err
	}
	if user.PasswordHash, err = hashPassword(ctx, random, n.Password); err != nil {
		return user, err
	}
	id, err := newID(random, "u_")
	if err != nil {
		return user, err
	}
	user.ID = ledger.UserID(id)
	taken := fail("taken", store.ErrTaken, func(p *Problem) { p.Field = "username" })
	_, err = accounts.Usernames.Add(ctx, user.Username, user.ID)
	if errors.Is(err, store.ErrTaken) {
		// Where somebody was cut off between the two writes, the name stands
		// there without its account: it is then made under that id, so that
		// two who try at once still cannot both have the name.
		var reserved store.Stored[ledger.UserID]
		if reserved, err = accounts.Usernames.Get(ctx, user.Username); err == nil {
			user.ID = reserved.Value
			if _, err := accounts.Users.Get(ctx, string(user.ID)); err == nil {
				return user, taken
			}
		}
	}
	if err != nil {
		return user, fmt.Errorf("reserve the user name: %w", err)
	}
	// Committed: from here on the account exists.
	if _, err = accounts.Users.Add(ctx, string(user.ID), user); errors.Is(err, store.ErrTaken) {
		return user, taken
	}
	return user, err
}

// checkUser holds what can change of an account against roles and units.
func checkUser(ctx context.Context, accounts store.Accounts, user *store.User) error {
	if err := checkName(user.Name); err != nil {
		return err
	}
	switch {
	case !slices.Contains(everybody, user.Role):
		return invalid("role", "Vai trò không có trong danh sách cho phép.")
	case len(user.Units) == 0 && user.Role != form.RoleAdmin:
		return errNeedsUnit
	case len(user.Units) > maxUnits:
		return invalid("units", fmt.Sprintf("Chỉ được có tối đa %d đơn vị.", maxUnits))
	}
	for _, unit := range user.Units {
		if _, err := accounts.Units.Get(ctx, string(unit)); errors.Is(err, store.ErrNotFound) {
			return noSuchUnit("units")
		} else if err != nil {
			return err
		}
	}
	return nil
}

// UpdateUser implements the operation updateUser.
func (s *Server) UpdateUser(ctx context.Context, request UpdateUserRequestObject) (UpdateUserResponseObject, error) {
	c, change := callerOf(ctx), request.Body
	stored, err := s.accounts.Users.Get(ctx, string(request.User))
	if err != nil {
		return nil, err
	}
	user := &stored.Value
	if !c.manages(user) {
		return nil, errNotFound
	}
	before := *user
	if change.Name != nil {
		user.Name = tidy(*change.Name)
	}
	if change.Role != "" {
		user.Role = change.Role
	}
	if change.Units != nil {
		if err := c.mayEmploy(change.Units); err != nil {
			return nil, err
		}
		user.Units = sorted(slices.Clone(change.Units))
	}
	if change.Disabled != nil {
		user.Disabled = *change.Disabled
	}
	other := user.Role != before.Role || user.Disabled != before.Disabled || !slices.Equal(user.Units, before.Units)
	if other && user.ID == c.user.ID {
		return nil, invalid("role", "Bạn không thể tự đổi vai trò, đơn vị hoặc khóa tài khoản của mình.")
	}
	if err := checkUser(ctx, s.accounts, user); err != nil {
		return nil, err
	}
	if stored.Version != change.Version {
		return nil, store.ErrVersion
	}
	if change.Password != nil {
		if user.PasswordHash, err = hashPassword(ctx, s.Random, *change.Password); err != nil {
			return nil, err
		}
	}
	if other || change.Password != nil {
		user.Generation++ // Its sessions have ended.
	}
	stored, err = s.accounts.Users.Replace(ctx, stored)
	s.callers.users.forget(string(request.User))
	if err != nil {
		return nil, err
	}
	return UpdateUser200JSONResponse(userView(&stored)), nil
}

func userView(u *store.Stored[store.User]) User {
	return User{
		ID: u.Value.ID, Username: u.Value.Username, Name: u.Value.Name, Role: u.Value.Role, Units: append([]UnitID{}, u.Value.Units...),
		Disabled: u.Value.Disabled, CreatedAt: u.Value.Created.Time(), Version: u.Version,
	}
}
