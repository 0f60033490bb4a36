// Package gate holds what every request passes before its handler: body.go
// decodes and bounds it, validate.go holds it against the contract, caller.go
// says who asks and what they reach, access.go which role may call what.
//
// One rule has no exception: what lies outside the caller's reach is answered
// as if it did not exist.
package gate

import (
	"context"
	"net/http"
	"net/netip"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sothon/sothon/api/keys"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/signed"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

// Gate takes requests through everything that comes before their handlers.
type Gate struct {
	sessions *accounts.Sessions
	keys     *keys.Keyring
	// minClient is the oldest version of the app that is served, as "1.4.0";
	// empty serves all.
	minClient string
	// proxies are the networks whose X-Forwarded-For header is believed.
	proxies  []netip.Prefix
	contract *validator
	pace     Pace
}

// Options are settings of a gate. All may be empty.
type Options struct {
	MinClient string
	Proxies   []netip.Prefix
	Pace      Pace
}

// New opens a gate.
func New(sessions *accounts.Sessions, keys *keys.Keyring, o Options) (*Gate, error) {
	contract, err := loadValidator()
	return &Gate{sessions: sessions, keys: keys, minClient: o.MinClient, proxies: o.Proxies, pace: o.Pace, contract: contract}, err
}

// operationKey is where Echo's context keeps the operation's id.
const operationKey = "operation"

// OperationOf returns the operationId of a request, empty where there is none.
func OperationOf(c echo.Context) string {
	id, _ := c.Get(operationKey).(string)
	return id
}

// Admit is the middleware.
func (g *Gate) Admit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		op := g.contract.find(c)
		if op == nil {
			return next(c) // Echo's own 404 or 405
		}
		c.Set(operationKey, op.id)
		c.Response().Header().Set(echo.HeaderCacheControl, cacheOf(op.id))
		setTusHeaders(c.Response().Header(), op.id)
		if err := g.authorise(c, op); err != nil {
			return err
		}
		if op.route.Operation.RequestBody != nil {
			if err := g.readBody(c, op); err != nil {
				return err
			}
		}
		if err := op.check(c); err != nil {
			return err
		}
		return next(c)
	}
}

// readBody reads a request's body within what its operation allows.
func (g *Gate) readBody(c echo.Context, op *operation) error {
	limit, media := int64(maxBody), echo.MIMEApplicationJSON
	switch {
	case op.id == "patchFile":
		return checkPiece(c.Request(), g.pace.begin(c.Response())) // its handler stores it as it comes
	case op.id == "importCarry":
		limit, media = maxCarry, echo.MIMEOctetStream
	case op.id == "attachScan":
		limit, media = signed.MaxSize, "application/pdf"
	case op.id == "pushBatch":
		limit = ledger.MaxBatchBytes
	case slices.Contains(public, op.id):
		limit = maxPublicBody
	}
	return decodeBody(c.Request(), media, limit, g.pace.begin(c.Response()))
}

// authorise finds out who calls, and whether their role may.
func (g *Gate) authorise(c echo.Context, op *operation) error {
	r := c.Request()
	if err := g.checkClient(r); err != nil {
		return err
	}
	r = r.WithContext(withOrigin(r.Context(), g.originOf(r)))
	c.SetRequest(r)
	if slices.Contains(public, op.id) {
		return nil
	}
	caller, err := g.authenticate(r.Context(), r)
	if err != nil {
		return err
	}
	if !MayCall(caller.User.Role, op.id) {
		return problem.Fail("role-forbidden", nil, nil)
	}
	c.SetRequest(r.WithContext(withCaller(r.Context(), caller)))
	return nil
}

// authenticate finds out who sends a request.
func (g *Gate) authenticate(ctx context.Context, r *http.Request) (*Caller, error) {
	token, err := bearer(r)
	if err != nil {
		return nil, err
	}
	claims, err := g.keys.Verify(ctx, token)
	if err != nil {
		return nil, err
	}
	principal, err := g.sessions.Open(ctx, claims.Session, ledger.UserID(claims.Subject), claims.Device, claims.Epoch)
	if err != nil {
		return nil, err
	}
	units, err := g.sessions.Directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	return newCaller(&principal, units), nil
}

// cacheOf is how an operation's answer may be kept, unless its handler says
// otherwise.
func cacheOf(operation string) string {
	if operation == "getKeys" {
		return "public, max-age=3600" // less than a key is listed before it signs
	}
	return "no-store"
}
