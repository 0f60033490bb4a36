package accounts

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// UserChange is what is to be different about an account. What is nil or zero
// stays.
type UserChange struct {
	Name, Title, Phone *string
	Role               ledger.Role
	Units              []ledger.UnitID
	Disabled           *bool
	Password           *string
	Version            int64 // at which the account was read
}

// applied returns the account after the change, but for its password. Nothing
// is checked yet.
func (c *UserChange) applied(u User, now time.Time) User {
	for to, from := range map[*string]*string{&u.Name: c.Name, &u.Title: c.Title, &u.Phone: c.Phone} {
		if from != nil {
			*to = form.Composed(*from)
		}
	}
	if c.Role != "" {
		u.Role = c.Role
	}
	if c.Units != nil {
		u.moveTo(c.Units, now)
	}
	if c.Disabled != nil {
		u.Disabled = *c.Disabled
	}
	return u
}

// Reassigns reports whether the change gives the account another role or other
// units, or disables or enables it.
func (c *UserChange) Reassigns(u *User, now time.Time) bool {
	to := c.applied(*u, now)
	return to.Role != u.Role || to.Disabled != u.Disabled || !slices.Equal(to.Units, u.Units)
}

// ChangeUser checks a change of an account and stores it. The account's sessions
// end when it is reassigned, and with its password.
func (a Accounts) ChangeUser(ctx context.Context, random io.Reader, now time.Time, stored store.Stored[User], c *UserChange) (store.Stored[User], error) {
	before := stored.Value
	stored.Value = c.applied(before, now)
	user := &stored.Value
	if err := a.checkUser(ctx, user); err != nil {
		return stored, err
	}
	if stored.Version != c.Version {
		return stored, store.ErrVersion
	}
	if c.Password != nil {
		var err error
		if user.PasswordHash, err = hashPassword(ctx, random, *c.Password); err != nil {
			return stored, err
		}
		user.MustChange = false
	}
	if c.Password != nil || c.Reassigns(&before, now) {
		user.Generation++ // its sessions have ended
	}
	return a.replaceUser(ctx, stored, before)
}

// UnitChange is what is to be different about a unit. What is nil stays.
type UnitChange struct {
	Name, Kind, ValidTo *string
	Parent, Successor   *ledger.UnitID
	ParentFrom          string // the first day in another parent
	Version             int64  // at which the unit was read
}

// ChangeUnit checks a change of a unit and stores it.
func (a Accounts) ChangeUnit(ctx context.Context, stored store.Stored[Unit], c *UnitChange) (store.Stored[Unit], error) {
	before, unit := stored.Value, &stored.Value
	if c.Name != nil {
		unit.Name = form.Composed(*c.Name)
	}
	if c.Kind != nil {
		unit.Kind = *c.Kind
	}
	if c.ValidTo != nil {
		unit.ValidTo = *c.ValidTo
	}
	if c.Successor != nil {
		unit.Successor = *c.Successor
	}
	if c.Parent != nil && *c.Parent != unit.Parent {
		if err := unit.MoveTo(*c.Parent, c.ParentFrom); err != nil {
			return stored, err
		}
	}
	if err := a.CheckUnit(ctx, unit); err != nil {
		return stored, err
	}
	if stored.Version != c.Version {
		return stored, store.ErrVersion
	}
	return a.replaceUnit(ctx, stored, before)
}
