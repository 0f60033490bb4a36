package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// caller is who asks, as the accounts have it now; their token only says which
// account, device and session to look at.
type caller struct {
	user    store.User
	device  store.Device
	session string
	// epoch is the session's. Where a newer installation has taken the
	// device's place, it is below device.Epoch.
	epoch uint32

	home    []ledger.UnitID // the units that the account names
	scope   []ledger.UnitID // Invariant: in order; what the role reaches
	parents []ledger.UnitID // in order; the communes whose campaigns a collector pulls
}

type callerContextKey struct{}

func withCaller(ctx context.Context, c *caller) context.Context {
	return context.WithValue(ctx, callerContextKey{}, c)
}

// callerOf returns who asks. Operations without a token have no caller.
func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerContextKey{}).(*caller)
	return c
}

// reaches reports whether a unit is within the caller's role. One that is not
// is answered as if it did not exist.
func (c *caller) reaches(unit ledger.UnitID) bool {
	_, ok := slices.BinarySearch(c.scope, unit)
	return ok
}

// pulls reports whether the caller may pull something of a unit: all that
// their role shows, or of the commune above them its campaigns.
func (c *caller) pulls(unit ledger.UnitID) bool {
	return c.reaches(unit) || slices.Contains(c.parents, unit)
}

// receives reports whether the caller reads what was delivered to a unit: a
// superior of it. That is all that their role shows.
func (c *caller) receives(unit ledger.UnitID) bool {
	return c.user.Role == form.RoleSuperior && unit != "" && slices.Contains(c.home, unit)
}

// actor is the caller as the office notes them.
func (c *caller) actor() entry.Actor { return entry.Actor{User: c.user.ID, Name: c.user.Name} }

// managesAll reports whether the caller is an admin of everything, who needs
// no unit.
func (c *caller) managesAll() bool { return c.user.Role == form.RoleAdmin && len(c.user.Units) == 0 }

// manages reports whether all that an account works for is within the caller's
// reach. Who works for several communes is managed from above them.
func (c *caller) manages(u *store.User) bool {
	if c.managesAll() {
		return true
	}
	return len(u.Units) > 0 && !slices.ContainsFunc(u.Units, func(unit ledger.UnitID) bool { return !c.reaches(unit) })
}

// authenticate finds out who sends a request.
func (s *Server) authenticate(ctx context.Context, r *http.Request) (*caller, error) {
	token, err := bearer(r)
	if err != nil {
		return nil, err
	}
	claims, err := s.keys.verify(ctx, token)
	if err != nil {
		return nil, err
	}
	session, err := s.callers.sessions.get(ctx, claims.Session)
	if err != nil {
		return nil, unknownToken(err)
	}
	if string(session.Value.User) != claims.Subject || session.Value.Device != claims.Device || session.Value.Epoch != claims.Epoch {
		return nil, fail("token-invalid", errors.New("the token is not of this session"), nil)
	}
	return s.admitted(ctx, &session.Value)
}

// admitted returns the caller of a session, unless they are shut out: by their
// account, their device, or because the session has ended.
func (s *Server) admitted(ctx context.Context, session *store.Session) (*caller, error) {
	user, err := s.callers.users.get(ctx, string(session.User))
	if err != nil {
		return nil, unknownToken(err)
	}
	device, err := s.callers.devices.get(ctx, string(session.Device))
	if err != nil {
		return nil, unknownToken(err)
	}
	switch {
	case user.Value.Disabled:
		return nil, fail("user-disabled", nil, nil)
	case device.Value.Revoked:
		return nil, fail("device-revoked", nil, nil)
	case session.Ended, session.Generation != user.Value.Generation, session.Expires <= ledger.MillisOf(s.Now()):
		return nil, fail("session-ended", nil, nil)
	}
	units, err := s.callers.units(ctx)
	if err != nil {
		return nil, err
	}
	c := &caller{user: user.Value, device: device.Value, session: session.ID, epoch: session.Epoch}
	units.reach(c)
	return c, nil
}

// unknownToken is the answer to a token of something that is not there.
func unknownToken(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fail("token-invalid", err, nil)
	}
	return err
}

// bearer reads the Authorization header (RFC 6750).
func bearer(r *http.Request) (string, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return "", fail("token-missing", nil, nil)
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return "", fail("token-invalid", errors.New("want one bearer token"), nil)
	}
	return strings.TrimSpace(token), nil
}
