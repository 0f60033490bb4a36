package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Config is what the API needs. All is required but MinClient and Proxies.
type Config struct {
	Store    *store.Store
	Office   *jobs.Office // of the same store
	Files    *files.Files // of the same database
	Now      func() time.Time
	Random   io.Reader // tokens, passwords' salts, identities: crypto/rand
	Location *time.Location
	Log      *slog.Logger
	Metrics  *Metrics
	// Issuer is the "iss" and "aud" of access tokens and the name in signed
	// notes, as "sothon.example.vn".
	Issuer string
	// MinClient is the oldest version of the app that is served, as "1.4.0";
	// empty serves all.
	MinClient string
	// Proxies are the networks whose X-Forwarded-For header is believed; empty
	// believes none.
	Proxies []netip.Prefix
}

// Server implements the contract.
type Server struct {
	Config
	store    *store.Store
	files    *files.Files
	accounts store.Accounts
	keys     *keyring
	callers  *directory
	guesses  *throttle
	forms    forms
	pages    pages
}

var _ StrictServerInterface = (*Server)(nil)

// New prepares a server. The signing keys are made when the database has none.
func New(ctx context.Context, config Config) (*Server, error) {
	s := &Server{Config: config, store: config.Store, files: config.Files, accounts: store.NewAccounts(config.Store.Backend())}
	var err error
	if s.keys, err = openKeyring(ctx, config); err != nil {
		return nil, err
	}
	if s.forms, err = newForms(); err != nil {
		return nil, err
	}
	s.callers = newDirectory(s.accounts, config.Now)
	s.guesses = newThrottle(config.Now)
	return s, nil
}

// Handler serves every operation of the contract.
func (s *Server) Handler() (http.Handler, error) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.JSONSerializer = strictJSON{}
	e.HTTPErrorHandler = s.answerError
	contract, err := newValidator()
	if err != nil {
		return nil, err
	}
	e.Use(s.observe, s.recovered, s.admit(contract))
	RegisterHandlers(e, NewStrictHandler(s, nil))
	return compressed(e)
}

// Keys of what middleware keeps in Echo's context.
const operationKey = "operation"

// admit takes a request through everything that comes before its handler.
func (s *Server) admit(contract *validator) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			op := contract.find(c)
			if op == nil {
				return next(c) // Echo's own 404 or 405
			}
			c.Set(operationKey, op.id)
			c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
			speakTus(c.Response().Header(), op.id)
			if err := s.authorise(c, op); err != nil {
				return err
			}
			if op.route.Operation.RequestBody != nil {
				if err := readBody(c, op); err != nil {
					return err
				}
			}
			if err := op.check(c); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// readBody reads a request's body within what its operation allows.
func readBody(c echo.Context, op *operation) error {
	limit := int64(maxBody)
	switch {
	case op.id == "patchFile":
		return checkPiece(c.Request()) // its handler stores it as it comes
	case op.id == "pushBatch":
		limit = ledger.MaxBatchBytes
	case slices.Contains(public, op.id):
		limit = maxPublicBody
	}
	return decodeBody(c.Request(), limit)
}

// authorise finds out who calls, and whether their role may.
func (s *Server) authorise(c echo.Context, op *operation) error {
	r := c.Request()
	if err := s.checkClient(r); err != nil {
		return err
	}
	if slices.Contains(public, op.id) {
		c.SetRequest(r.WithContext(withOrigin(r.Context(), s.originOf(r))))
		return nil
	}
	caller, err := s.authenticate(r.Context(), r)
	if err != nil {
		return err
	}
	if !mayCall(caller.user.Role, op.id) {
		return fail("role-forbidden", nil, nil)
	}
	c.SetRequest(r.WithContext(withCaller(r.Context(), caller)))
	return nil
}

// recovered turns a panic into a problem: one bad request stops no other.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler { //nolint:errorlint // A panic's value is compared, not an error.
				s.Log.ErrorContext(c.Request().Context(), "panic", "path", c.Path(), "value", v, "stack", string(debug.Stack()))
				err = fail("internal", nil, nil)
			}
		}()
		return next(c)
	}
}

// answerError is where every error of every handler arrives.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	f := problemOf(err)
	switch gone := errors.Is(c.Request().Context().Err(), context.Canceled); {
	case gone: // nobody hears the answer
		s.Log.DebugContext(c.Request().Context(), "the client has gone", "path", c.Path(), "error", err)
	case f.Status >= http.StatusInternalServerError:
		s.Log.ErrorContext(c.Request().Context(), "request failed", "path", c.Path(), "code", f.Code, "error", err)
	}
	if err := writeProblem(c, f); err != nil {
		s.Log.DebugContext(c.Request().Context(), "the answer was not delivered", "error", err)
	}
}
