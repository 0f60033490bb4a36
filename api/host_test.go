package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/api"
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/operations"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// The units of every host: a commune of two villages, and the commune beside
// it, of one.
const (
	province     ledger.UnitID = "21-20040101"
	commune      ledger.UnitID = "21133-20040101"
	village1     ledger.UnitID = "21133-01-20040101"
	village2     ledger.UnitID = "21133-02-20040101"
	otherCommune ledger.UnitID = "21134-20040101"
	otherVillage ledger.UnitID = "21134-01-20040101"
)

// The people of every host, by user name, which is also their id.
var people = map[string]struct {
	role  ledger.Role
	units []ledger.UnitID
}{
	"collector1":     {form.RoleCollector, []ledger.UnitID{village1}},
	"deputy1":        {form.RoleCollector, []ledger.UnitID{village1}},
	"collector2":     {form.RoleCollector, []ledger.UnitID{village2}},
	"reviewer":       {form.RoleReviewer, []ledger.UnitID{commune}},
	"approver":       {form.RoleApprover, []ledger.UnitID{commune}},
	"admin":          {form.RoleAdmin, []ledger.UnitID{commune}},
	"superior":       {form.RoleSuperior, []ledger.UnitID{commune}},
	"auditor":        {form.RoleAuditor, []ledger.UnitID{commune}},
	"othercollector": {form.RoleCollector, []ledger.UnitID{otherVillage}},
	"otherreviewer":  {form.RoleReviewer, []ledger.UnitID{otherCommune}},
	"otherapprover":  {form.RoleApprover, []ledger.UnitID{otherCommune}},
	"otheradmin":     {form.RoleAdmin, []ledger.UnitID{otherCommune}},
	"provincial":     {form.RoleSuperior, []ledger.UnitID{province}},
	"root":           {form.RoleAdmin, nil},
}

const (
	issuer   = "sothon.example.vn"
	password = "mat-khau-mau"
)

// passwordHash is made once: it takes its time.
var passwordHash = sync.OnceValue(func() string {
	user, err := accounts.New(memory.New()).AddUser(context.Background(), rand.Reader, time.Time{},
		accounts.NewUser{Username: "root", Password: password, Name: "Người mẫu", Role: form.RoleAdmin})
	if err != nil {
		panic(err)
	}
	return user.PasswordHash
})

// host is a server over a database in a file, reached over HTTP. Each of its
// answers is held against the contract.
type host struct {
	t        *testing.T
	clock    *clock
	backend  *faulty
	accounts accounts.Accounts
	store    *store.Store
	office   *jobs.Office
	files    *files.Files
	outbox   string // the folder into which reports are delivered
	url      string
	config   func(*api.Config)

	mu       sync.Mutex
	sessions map[string]signedIn
}

// clock stops until it is advanced.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// faulty is a database that fails on demand.
type faulty struct {
	store.Backend
	mu    sync.Mutex
	fault func(op, collection, id string) memory.Fault
}

func (f *faulty) do(op, collection, id string, run func() error) error {
	f.mu.Lock()
	fault := f.fault
	f.mu.Unlock()
	if fault == nil {
		return run()
	}
	switch fault(op, collection, id) {
	case memory.Unapplied:
		return memory.ErrFault
	case memory.Applied:
		if err := run(); err != nil {
			return err
		}
		return memory.ErrFault
	case memory.Older:
		return nil // and nothing was seen
	}
	return run()
}

// failing makes the database ask fault about each document that is read,
// added, replaced or listed, about each look at a ledger and each page of a list.
func (f *faulty) failing(fault func(op, collection, id string) memory.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

func (f *faulty) Commits(ctx context.Context, unit ledger.UnitID, after ledger.Seq, limit int) (list []*ledger.Commit, err error) {
	err = f.do(memory.OpCommits, "", string(unit), func() error { list, err = f.Backend.Commits(ctx, unit, after, limit); return err })
	return list, err
}

func (f *faulty) Query(ctx context.Context, q store.Query) (list []store.Row, err error) {
	err = f.do(memory.OpQuery, "", string(q.Sort), func() error { list, err = f.Backend.Query(ctx, q); return err })
	return list, err
}

func (f *faulty) Get(ctx context.Context, collection, id string) (d store.Document, err error) {
	err = f.do(memory.OpGet, collection, id, func() error { d, err = f.Backend.Get(ctx, collection, id); return err })
	return d, err
}

func (f *faulty) Add(ctx context.Context, collection string, d store.Document) error {
	return f.do(memory.OpAdd, collection, d.ID, func() error { return f.Backend.Add(ctx, collection, d) })
}

func (f *faulty) Replace(ctx context.Context, collection string, d store.Document) error {
	return f.do(memory.OpReplace, collection, d.ID, func() error { return f.Backend.Replace(ctx, collection, d) })
}

func (f *faulty) List(ctx context.Context, collection, prefix, after string, limit int) (list []store.Document, err error) {
	err = f.do(memory.OpList, collection, prefix, func() error {
		list, err = f.Backend.List(ctx, collection, prefix, after, limit)
		return err
	})
	return list, err
}

// newHost starts a server over an empty database with the units and people
// above. config may change its settings.
func newHost(t *testing.T, config ...func(*api.Config)) *host {
	t.Helper()
	backend := &faulty{Backend: openDatabase(t)}
	h := &host{
		t: t, backend: backend, outbox: t.TempDir(), accounts: accounts.New(backend), sessions: map[string]signedIn{},
		clock: &clock{now: time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)},
		config: func(c *api.Config) {
			for _, set := range config {
				set(c)
			}
		},
	}
	h.settle()
	h.start()
	return h
}

// beside starts another server over the same database and clock.
func (h *host) beside(config ...func(*api.Config)) *host {
	h.t.Helper()
	other := &host{t: h.t, clock: h.clock, backend: h.backend, accounts: h.accounts, outbox: h.outbox, config: func(c *api.Config) {
		h.config(c)
		for _, set := range config {
			set(c)
		}
	}, sessions: map[string]signedIn{}}
	other.start()
	return other
}

func (h *host) start() {
	h.t.Helper()
	location := time.FixedZone("+07", 7*60*60)
	metrics := operations.NewMetrics()
	log := slog.New(slog.NewTextHandler(h.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	h.files = files.New(files.Options{Backend: h.backend, Now: h.clock.Now, Random: rand.Reader, Location: location})
	h.store = store.New(h.backend, store.Options{
		Now: h.clock.Now, Random: rand.Reader, Location: location, Committed: metrics.Committed, Erasing: h.files.Erasing,
		Erased: func(ctx context.Context, _ ledger.UnitID) {
			if err := h.files.Sweep(ctx); err != nil {
				log.Warn("sweep", "error", err)
			}
		},
	})
	metrics.Observe(h.store)
	h.office = jobs.New(jobs.Options{
		Store: h.store, Now: h.clock.Now, Random: rand.Reader, Location: location, Server: "máy mẫu", Log: log, Channel: h.channel, PublicURL: publicURL,
	})
	metrics.ObserveOffice(h.office)
	config := api.Config{
		Store: h.store, Office: h.office, Files: h.files, Now: h.clock.Now, Random: rand.Reader, Location: location, Metrics: metrics, Issuer: issuer, Log: log,
	}
	h.config(&config)
	server, err := api.New(h.t.Context(), config)
	if err != nil {
		h.t.Fatal(err)
	}
	handler, err := server.Handler()
	if err != nil {
		h.t.Fatal(err)
	}
	web := httptest.NewServer(handler)
	h.url = web.URL
	h.t.Cleanup(func() {
		web.Close()
		if err := h.store.Close(context.WithoutCancel(h.t.Context())); err != nil {
			h.t.Error(err)
		}
	})
}

// settle stores the units and the people.
func (h *host) settle() {
	h.t.Helper()
	for _, u := range []accounts.Unit{
		{Code: "21", Name: "Tỉnh mẫu", Level: accounts.Province},
		{Code: "21133", Name: "Xã mẫu", Level: accounts.Commune, Parent: province},
		{Code: "21133-01", Name: "Thôn mẫu 1", Level: accounts.Village, Parent: commune},
		{Code: "21133-02", Name: "Thôn mẫu 2", Level: accounts.Village, Parent: commune},
		{Code: "21134", Name: "Xã bên", Level: accounts.Commune, Parent: province},
		{Code: "21134-01", Name: "Thôn bên", Level: accounts.Village, Parent: otherCommune},
	} {
		u.ValidFrom = "2004-01-01"
		if _, err := h.accounts.AddUnit(h.t.Context(), u); err != nil {
			h.t.Fatal(err)
		}
	}
	for name, p := range people {
		user := accounts.User{
			ID: ledger.UserID(name), Username: name, Name: "Người mẫu " + name, Role: p.role, Units: p.units,
			PasswordHash: passwordHash(), Created: ledger.MillisOf(h.clock.Now()), Generation: 1,
		}
		if _, err := h.accounts.Usernames.Add(h.t.Context(), name, user.ID); err != nil {
			h.t.Fatal(err)
		}
		if _, err := h.accounts.Users.Add(h.t.Context(), name, user); err != nil {
			h.t.Fatal(err)
		}
	}
}

// signedIn is a session as its client has it.
type signedIn struct {
	contract.Session
	at time.Time
}

// signIn signs a person in, on a new device unless one is given.
func (h *host) signIn(username string, device ...contract.SignInDevice) contract.Session {
	h.t.Helper()
	var session contract.Session
	h.trySignIn(username, password, device...).want(http.StatusOK).into(&session)
	return session
}

func (h *host) trySignIn(username, password string, device ...contract.SignInDevice) answer {
	h.t.Helper()
	if len(device) == 0 {
		device = []contract.SignInDevice{{}}
	}
	device[0].Name = "Máy mẫu"
	return h.do("POST", "/v1/sessions", "", contract.SignInRequest{Username: username, Password: password, Device: device[0]})
}

// session returns a person's session, which is begun again before its access
// token expires, on the same device.
func (h *host) session(username string) contract.Session {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.sessions[username]
	if age := h.clock.Now().Sub(s.at); !ok || age > 14*time.Minute {
		s = signedIn{h.signIn(username, contract.SignInDevice{ID: s.Device.ID}), h.clock.Now()}
		h.sessions[username] = s
	}
	return s.Session
}

// as is a person's access token.
func (h *host) as(username string) string {
	h.t.Helper()
	return h.session(username).AccessToken
}

// do sends a request and holds the answer against the contract. body is sent
// as it is when it is bytes or text, and as JSON otherwise.
func (h *host) do(method, path, token string, body any) answer {
	h.t.Helper()
	return h.send(h.request(method, path, token, body))
}

func (h *host) request(method, path, token string, body any) *http.Request {
	h.t.Helper()
	var content []byte
	switch body := body.(type) {
	case nil:
	case []byte:
		content = body
	case string:
		content = []byte(body)
	default:
		var err error
		if content, err = json.Marshal(body); err != nil {
			h.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, bytes.NewReader(content))
	if err != nil {
		h.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

func (h *host) send(r *http.Request) answer {
	h.t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	read := io.ReadAll
	if response.Header.Get("Content-Type") == "text/event-stream" {
		read = firstEvent // it would go on for minutes
	}
	body, err := read(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	a := answer{h.t, r.Method + " " + r.URL.Path, response.StatusCode, response.Header, body}
	if err := againstContract(r, &a); err != nil {
		h.t.Errorf("%s: %d is not as the contract has it: %v\n%s", a.request, a.status, err, body)
	}
	return a
}

// answer is what a request was answered with.
type answer struct {
	t       *testing.T
	request string
	status  int
	header  http.Header
	body    []byte
}

// want fails the test unless the answer has the status, and, where it is a
// problem, the code.
func (a answer) want(status int, code ...string) answer {
	a.t.Helper()
	silent := strings.HasPrefix(a.request, "HEAD ") // its answers have no body
	if a.status != status || len(code) > 0 && !silent && !slices.Contains(code, a.problem().Code) {
		a.t.Fatalf("%s: got %d, want %d %s\n%s", a.request, a.status, status, strings.Join(code, " or "), a.body)
	}
	return a
}

// into reads the answer's body.
func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.request, err, a.body)
	}
}

func (a answer) problem() contract.Problem {
	a.t.Helper()
	var p contract.Problem
	a.into(&p)
	return p
}
