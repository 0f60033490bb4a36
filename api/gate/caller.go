package gate

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Caller is who asks, as the accounts have it now; their token only says which
// account, device and session to look at.
type Caller struct {
	User    accounts.User
	Device  accounts.Device
	Session string
	// Epoch is the session's. Where a newer installation has taken the
	// device's place, it is below device.Epoch.
	Epoch uint32

	Home    []ledger.UnitID // the units that the account names
	Scope   []ledger.UnitID // Invariant: in order; what the role reaches
	parents []ledger.UnitID // in order; the communes whose campaigns a collector pulls
}

type callerContextKey struct{}

func withCaller(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerContextKey{}, c)
}

// CallerOf returns who asks. Operations without a token have no caller.
func CallerOf(ctx context.Context) *Caller {
	c, _ := ctx.Value(callerContextKey{}).(*Caller)
	return c
}

// Reaches reports whether a unit is within the caller's role. One that is not
// is answered as if it did not exist.
func (c *Caller) Reaches(unit ledger.UnitID) bool {
	_, ok := slices.BinarySearch(c.Scope, unit)
	return ok
}

// MayRead reports whether the caller is shown a record of a unit within their
// role.
func (c *Caller) MayRead(r *ledger.Record) bool { return form.Visible(r, c.User.Role, c.User.ID) }

// ReadsAll reports whether nothing of such a unit is hidden from the caller.
func (c *Caller) ReadsAll() bool {
	return c.User.Role == form.RoleReviewer || c.User.Role == form.RoleAuditor
}

// MayPull reports whether the caller may pull something of a unit: all that
// their role shows, or of the commune above them its campaigns.
func (c *Caller) MayPull(unit ledger.UnitID) bool {
	return c.Reaches(unit) || slices.Contains(c.parents, unit)
}

// Receives reports whether the caller reads what was delivered to a unit: a
// superior of it. That is all that their role shows.
func (c *Caller) Receives(unit ledger.UnitID) bool {
	return c.User.Role == form.RoleSuperior && unit != "" && slices.Contains(c.Home, unit)
}

// MayStillSendFor reports whether a unit was taken from the caller who may still send
// what they had written for it.
func (c *Caller) MayStillSendFor(unit ledger.UnitID, now time.Time) bool {
	return slices.ContainsFunc(c.User.FormerUnits(now), func(l accounts.FormerUnit) bool { return l.Unit == unit })
}

// MayBring reports whether the caller may bring what was written in a unit: a
// reviewer of their units, a collector of the own commune's.
func (c *Caller) MayBring(tree *accounts.Tree, unit ledger.UnitID) bool {
	if c.Reaches(unit) {
		return true
	}
	communes := tree.Communes([]ledger.UnitID{unit})
	return c.User.Role == form.RoleCollector && slices.ContainsFunc(tree.Communes(slices.Clone(c.Home)), func(own ledger.UnitID) bool { return slices.Contains(communes, own) })
}

// Actor is the caller as the office notes them.
func (c *Caller) Actor() entry.Actor { return entry.Actor{User: c.User.ID, Name: c.User.Name} }

// ManagesAll reports whether the caller is an admin of everything, who needs
// no unit.
func (c *Caller) ManagesAll() bool { return c.User.Role == form.RoleAdmin && len(c.User.Units) == 0 }

// Manages reports whether all that an account works for is within the caller's
// reach. An account of several communes is managed from above them.
func (c *Caller) Manages(u *accounts.User) bool {
	if c.ManagesAll() {
		return true
	}
	return len(u.Units) > 0 && !slices.ContainsFunc(u.Units, func(unit ledger.UnitID) bool { return !c.Reaches(unit) })
}

// Within returns the units of a filter, all of the caller's where it is empty.
// A unit out of reach is answered as if it had no records.
func (c *Caller) Within(units []ledger.UnitID) ([]ledger.UnitID, error) {
	if len(units) == 0 {
		return c.Scope, nil
	}
	var reached []ledger.UnitID
	for _, unit := range units {
		if !c.Reaches(unit) {
			return nil, problem.ErrNotFound
		}
		if !slices.Contains(reached, unit) {
			reached = append(reached, unit)
		}
	}
	return reached, nil
}

// newCaller returns the caller of a session, with what their account reaches.
func newCaller(principal *accounts.Principal, t *accounts.Tree) *Caller {
	c := &Caller{User: principal.User, Device: principal.Device, Session: principal.Session.ID, Epoch: principal.Session.Epoch}
	c.Home = t.Existing(c.User.Units)
	switch c.User.Role {
	case form.RoleCollector:
		c.Scope, c.parents = c.Home, t.Communes(c.Home)
	case form.RoleReviewer, form.RoleApprover, form.RoleAuditor:
		c.Scope = t.Subtree(c.Home)
	case form.RoleAdmin:
		if c.Scope = t.Subtree(c.Home); c.ManagesAll() {
			c.Scope = t.All()
		}
	}
	return c
}

// bearer reads the Authorization header (RFC 6750).
func bearer(r *http.Request) (string, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return "", problem.Fail("token-missing", nil, nil)
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return "", problem.Fail("token-invalid", errors.New("want one bearer token"), nil)
	}
	return strings.TrimSpace(token), nil
}
