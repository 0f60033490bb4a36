package accounts

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

// User is a person's account.
type User struct {
	ID           ledger.UserID   `json:"id"`
	Username     string          `json:"username"`
	Name         string          `json:"name"`
	Role         ledger.Role     `json:"role"`
	Units        []ledger.UnitID `json:"units"` // an admin without units looks after all
	PasswordHash string          `json:"passwordHash"`
	Disabled     bool            `json:"disabled,omitempty"`
	Created      ledger.Millis   `json:"created"`
	// Generation grows when the password, the role, the units or Disabled
	// change. A session of an earlier generation has ended.
	Generation uint32 `json:"generation"`
}

var username = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,63}$`)

// MaxUnits is how many units an account may name.
const MaxUnits = 1000

// Roles are those that an account can have.
var Roles = []ledger.Role{
	form.RoleCollector, form.RoleReviewer, form.RoleApprover, form.RoleAdmin, form.RoleSuperior, form.RoleAuditor,
}

// NewUser is what an account is made of.
type NewUser struct {
	Username string // 2 to 64 of a-z, 0-9, ".", "_" and "-"; begins with a letter or a digit
	Password string
	Name     string
	Role     ledger.Role
	Units    []ledger.UnitID
}

// AddUser stores a new account. A value that is not allowed is an [Error].
func (a Accounts) AddUser(ctx context.Context, random io.Reader, now time.Time, n NewUser) (User, error) {
	user := User{
		Username: n.Username, Name: TidyName(n.Name), Role: n.Role, Units: SortUnits(slices.Clone(n.Units)),
		Created: ledger.MillisOf(now), Generation: 1,
	}
	if !username.MatchString(n.Username) {
		return user, refuse("username", CodeUsername)
	}
	err := a.CheckUser(ctx, &user)
	if err != nil {
		return user, err
	}
	if user.PasswordHash, err = HashPassword(ctx, random, n.Password); err != nil {
		return user, err
	}
	id, err := NewID(random, "u_")
	if err != nil {
		return user, err
	}
	user.ID = ledger.UserID(id)
	taken := refuse("username", CodeTaken)
	_, err = a.Usernames.Add(ctx, user.Username, user.ID)
	if errors.Is(err, store.ErrTaken) {
		// Where somebody was cut off between the two writes, the name stands
		// there without its account: it is then made under that id, so that
		// two who try at once still cannot both have the name.
		var reserved store.Stored[ledger.UserID]
		if reserved, err = a.Usernames.Get(ctx, user.Username); err == nil {
			user.ID = reserved.Value
			if _, err := a.Users.Get(ctx, string(user.ID)); err == nil {
				return user, taken
			}
		}
	}
	if err != nil {
		return user, fmt.Errorf("reserve the user name: %w", err)
	}
	// Committed: from here on the account exists.
	if _, err = a.Users.Add(ctx, string(user.ID), user); errors.Is(err, store.ErrTaken) {
		return user, taken
	}
	return user, err
}

// CheckUser holds what can change of an account against roles and units.
func (a Accounts) CheckUser(ctx context.Context, user *User) error {
	if err := CheckName(user.Name); err != nil {
		return err
	}
	switch {
	case !slices.Contains(Roles, user.Role):
		return refuse("role", CodeRole)
	case len(user.Units) == 0 && user.Role != form.RoleAdmin:
		return refuse("units", CodeUnitsMissing)
	case len(user.Units) > MaxUnits:
		return refuse("units", CodeUnitsMany)
	}
	for _, unit := range user.Units {
		if _, err := a.Units.Get(ctx, string(unit)); errors.Is(err, store.ErrNotFound) {
			return refuse("units", CodeUnitUnknown)
		} else if err != nil {
			return err
		}
	}
	return nil
}
