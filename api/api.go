package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sothon/sothon/api/admin"
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/desk"
	"github.com/sothon/sothon/api/forms"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/keys"
	"github.com/sothon/sothon/api/operations"
	"github.com/sothon/sothon/api/photos"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/reports"
	"github.com/sothon/sothon/api/session"
	"github.com/sothon/sothon/api/syncing"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/store"
)

// Config is what the API needs. All is required but Name, Features,
// MinClient, Proxies, HSTS, Pace and MaxPushed.
type Config struct {
	Store    *store.Store
	Office   *jobs.Office // of the same store
	Files    *files.Files // of the same database
	Now      func() time.Time
	Random   io.Reader // tokens, passwords' salts, identities: crypto/rand
	Location *time.Location
	Log      *slog.Logger
	Metrics  *operations.Metrics
	// Issuer is the "iss" and "aud" of access tokens and the name in signed
	// notes, as "sothon.example.vn".
	Issuer string
	// Name is what people call the server, as "Xã mẫu"; empty takes the issuer.
	Name string
	// Features are what the server was set up for and no operation shows:
	// "mail".
	Features []string
	// MinClient is the oldest version of the app that is served, as "1.4.0";
	// empty serves all.
	MinClient string
	// Proxies are the networks whose X-Forwarded-For header is believed; empty
	// believes none.
	Proxies []netip.Prefix
	// HSTS tells browsers to come by TLS alone (RFC 6797).
	HSTS bool
	// Pace is how slow a request's body may come; the zero value leaves that to
	// the HTTP server's own timeouts.
	Pace gate.Pace
	// MaxPushed bounds what one person pushes in a day, in KiB; 0: nothing does.
	MaxPushed int
}

// Server implements the contract: each tag's operations are a part.
type Server struct {
	session.Sessions
	forms.Forms
	syncing.Sync
	photos.Photos
	desk.Desk
	reports.Reports
	admin.Admin
	operations.Operations

	hsts    bool
	gate    *gate.Gate
	now     func() time.Time
	log     *slog.Logger
	metrics *operations.Metrics
}

var _ contract.StrictServerInterface = (*Server)(nil)

// New wires a server. It makes the signing keys where the database has none.
func New(ctx context.Context, config Config) (*Server, error) {
	tables := accounts.New(config.Store.Backend())
	directory := accounts.NewDirectory(tables, config.Now)
	sessions := &accounts.Sessions{Accounts: tables, Directory: directory, Now: config.Now, Random: config.Random, Log: config.Log}
	keys, err := keys.Open(ctx, keys.Options{
		Documents: config.Store.Backend(), Now: config.Now, Random: config.Random, Log: config.Log, Issuer: config.Issuer,
	})
	if err != nil {
		return nil, err
	}
	forms, err := forms.New()
	if err != nil {
		return nil, err
	}
	door, err := gate.New(sessions, keys, gate.Options{MinClient: config.MinClient, Proxies: config.Proxies, Pace: config.Pace})
	if err != nil {
		return nil, err
	}
	guesses := gate.NewThrottle(config.Now)
	presences := accounts.NewPresences(config.Store.Backend(), config.Now)
	log := &gate.AdminLog{Accounts: tables, Now: config.Now, Random: config.Random}
	access := &gate.AccessLog{Accounts: tables, Now: config.Now, Location: config.Location, Random: config.Random}
	clock := calendar.Clock{Now: config.Now, Location: config.Location}
	return &Server{
		Sessions: session.Sessions{
			Sessions: sessions, Presences: presences, Name: cmp.Or(config.Name, config.Issuer), Features: config.Features,
			Keys: keys, Guesses: guesses, Log: config.Log, SignIns: config.Metrics.SignIn,
		},
		Forms: forms,
		Sync: syncing.Sync{
			Store: config.Store, Keys: keys, Issuer: config.Issuer, Now: config.Now, Access: access, Presences: presences, Log: config.Log,
			Files: config.Files, Directory: directory, CheckedAt: config.Office.CheckedAt,
			SuspectRestore: config.Office.Archive.Approvals.SuspectRestore, MaxPushed: config.MaxPushed, Pushes: gate.NewThrottle(config.Now),
		},
		Photos: photos.Photos{Store: config.Store, Files: config.Files, Directory: directory, Access: access, Presences: presences, Log: config.Log},
		Desk: desk.New(desk.Options{
			Store: config.Store, Files: config.Files, Office: config.Office, Directory: directory, Presences: presences, Access: access, Clock: clock,
			Log: config.Log,
		}),
		Reports: reports.New(reports.Options{
			Store: config.Store, Office: config.Office, Directory: directory, Guesses: guesses, Access: access, Log: log,
			Clock: clock,
		}),
		Admin: admin.New(admin.Options{
			Accounts: tables, Directory: directory, Office: config.Office, Now: config.Now, Random: config.Random, Location: config.Location,
			Presences: presences, Log: log, Rows: config.Store.Backend(),
		}),
		Operations: operations.Operations{Store: config.Store, Metrics: config.Metrics},
		gate:       door, now: config.Now, log: config.Log, metrics: config.Metrics, hsts: config.HSTS,
	}, nil
}

// Handler serves every operation of the contract.
func (s *Server) Handler() (http.Handler, error) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.JSONSerializer = gate.StrictJSON{}
	e.HTTPErrorHandler = s.answerError
	e.Use(s.observe, s.recovered, s.gate.Admit)
	contract.RegisterHandlers(e, contract.NewStrictHandler(s, nil))
	return gate.Compressed(e)
}

// observe times every request and logs it, without what was asked or answered.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := s.now()
		h := c.Response().Header()
		h.Set(echo.HeaderXContentTypeOptions, "nosniff")
		if s.hsts {
			h.Set(echo.HeaderStrictTransportSecurity, "max-age=31536000")
		}
		if err := next(c); err != nil {
			c.Error(err) // answered here, so that the status is known
		}
		took, status := s.now().Sub(started), c.Response().Status
		name := cmp.Or(gate.OperationOf(c), "none")
		s.metrics.Answered(name, status, took)
		s.log.DebugContext(c.Request().Context(), "request", "operation", name, "status", status, "took", took.Round(time.Microsecond))
		return nil
	}
}

// recovered turns a panic into a problem: one bad request stops no other.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler { //nolint:errorlint // A panic's value is compared, not an error.
				s.log.ErrorContext(c.Request().Context(), "panic", "path", c.Path(), "value", v, "stack", string(debug.Stack()))
				err = problem.Fail("internal", nil, nil)
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
	f := problem.Of(err)
	switch gone := errors.Is(c.Request().Context().Err(), context.Canceled); {
	case gone: // nobody hears the answer
		s.log.DebugContext(c.Request().Context(), "the client has gone", "path", c.Path(), "error", err)
	case errors.Is(err, store.ErrFull): // who watches the database tells of it, once a minute
		s.log.DebugContext(c.Request().Context(), "request failed", "path", c.Path(), "code", f.Code, "error", err)
	case f.Status >= http.StatusInternalServerError:
		s.log.ErrorContext(c.Request().Context(), "request failed", "path", c.Path(), "code", f.Code, "error", err)
	}
	if err := problem.Write(c, f); err != nil {
		s.log.DebugContext(c.Request().Context(), "the answer was not delivered", "error", err)
	}
}
