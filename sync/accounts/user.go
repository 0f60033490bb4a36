package accounts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
	Units        []ledger.UnitID `json:"units"`           // an admin without units looks after all
	Title        string          `json:"title,omitempty"` // as "Trưởng thôn"
	Phone        string          `json:"phone,omitempty"`
	PasswordHash string          `json:"passwordHash"` // "": only an enrolment code lets the person in
	// MustChange means that the person came by an enrolment code, and has set
	// no password yet.
	MustChange bool          `json:"mustChange,omitempty"`
	Enrolment  string        `json:"enrolment,omitempty"` // the id of the code in force
	Former     []FormerUnit  `json:"left,omitempty"`      // units that were taken away; at most MaxUnits
	Disabled   bool          `json:"disabled,omitempty"`
	Created    ledger.Millis `json:"created"`
	// Generation grows when the password, the role, the units or Disabled
	// change. A session of an earlier generation has ended.
	Generation uint32 `json:"generation"`
}

var username = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,63}$`)

// phoneFormat takes numbers as people write them.
var phoneFormat = regexp.MustCompile(`^[0-9+() .-]*$`)

const (
	maxTitle = 100
	maxPhone = 20
)

// isPlain reports whether a text has at most so many characters, none of
// which breaks a line or controls a terminal.
func isPlain(text string, most int) bool {
	return utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, form.Breaks)
}

// MaxUnits is how many units an account may name.
const MaxUnits = 1000

// FormerUnit is a unit that was taken from a person. What they had written for it is
// taken until a moment.
type FormerUnit struct {
	Unit  ledger.UnitID `json:"unit"`
	Until ledger.Millis `json:"until"`
}

// formerUnitLife is how long a device may still send what was written for a unit
// that was taken from its person.
const formerUnitLife = 30 * 24 * time.Hour

// moveTo gives an account other units, and remembers those that it loses.
func (u *User) moveTo(units []ledger.UnitID, now time.Time) {
	units = SortUnits(slices.Clone(units))
	u.Former = slices.DeleteFunc(slices.Clone(u.Former), func(l FormerUnit) bool {
		return slices.Contains(units, l.Unit) || slices.Contains(u.Units, l.Unit)
	})
	for _, unit := range u.Units {
		if !slices.Contains(units, unit) {
			u.Former = append(u.Former, FormerUnit{unit, ledger.MillisOf(now.Add(formerUnitLife))})
		}
	}
	u.Former = u.Former[max(0, len(u.Former)-MaxUnits):]
	u.Units = units
}

// FormerUnits returns the units that were taken from the account, and for which it
// may still send.
func (u *User) FormerUnits(now time.Time) []FormerUnit {
	return slices.DeleteFunc(slices.Clone(u.Former), func(l FormerUnit) bool { return l.Until <= ledger.MillisOf(now) })
}

// roles are those that an account can have.
var roles = []ledger.Role{
	form.RoleCollector, form.RoleReviewer, form.RoleApprover, form.RoleAdmin, form.RoleSuperior, form.RoleAuditor,
}

// NewUser is what an account is made of.
type NewUser struct {
	Username string // 2 to 64 of a-z, 0-9, ".", "_" and "-"; begins with a letter or a digit
	Password string
	// NoPassword leaves the account without one: an enrolment code lets the
	// person in.
	NoPassword bool
	Name       string
	Title      string
	Phone      string
	Role       ledger.Role
	Units      []ledger.UnitID
}

// AddUser stores a new account. A value that is not allowed is an [Error].
func (a Accounts) AddUser(ctx context.Context, random io.Reader, now time.Time, n NewUser) (User, error) {
	user := User{
		Username: n.Username, Name: form.Composed(n.Name), Title: form.Composed(n.Title), Phone: form.Composed(n.Phone), Role: n.Role, Units: SortUnits(slices.Clone(n.Units)),
		Created: ledger.MillisOf(now), Generation: 1,
	}
	if !username.MatchString(n.Username) {
		return user, refuse("username", CodeUsername)
	}
	err := a.checkUser(ctx, &user)
	if err != nil {
		return user, err
	}
	if n.NoPassword {
		user.MustChange = true
	} else if user.PasswordHash, err = hashPassword(ctx, random, n.Password); err != nil {
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

// checkUser checks what can change of an account against roles and units.
func (a Accounts) checkUser(ctx context.Context, user *User) error {
	if err := CheckName(user.Name); err != nil {
		return err
	}
	switch {
	case !isPlain(user.Title, maxTitle):
		return refuse("title", CodeTitle)
	case !isPlain(user.Phone, maxPhone) || !phoneFormat.MatchString(user.Phone):
		return refuse("phone", CodePhone)
	case !slices.Contains(roles, user.Role):
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

// replaceUser stores a changed account. Two admins may disable each other at
// the same moment, on two servers: the one that finds no admin of everything left
// takes its own change back, which is then refused.
func (a Accounts) replaceUser(ctx context.Context, changed store.Stored[User], before User) (store.Stored[User], error) {
	stored, err := a.Users.Replace(ctx, changed)
	if err != nil || !before.managesAll() || stored.Value.managesAll() {
		return stored, err
	}
	all, err := a.Users.All(ctx)
	if err != nil {
		return stored, err
	}
	if slices.ContainsFunc(all, func(u store.Stored[User]) bool { return u.Value.managesAll() }) {
		return stored, nil
	}
	back := stored
	back.Value = before
	back.Value.Generation = stored.Value.Generation
	if _, err := a.Users.Replace(ctx, back); err != nil {
		return stored, fmt.Errorf("take back that the last admin goes: %w", err)
	}
	return stored, refuse("role", CodeLastAdmin)
}

// managesAll reports whether an account is that of an admin of everything
// who may sign in.
func (u *User) managesAll() bool {
	return u.Role == form.RoleAdmin && len(u.Units) == 0 && !u.Disabled
}
