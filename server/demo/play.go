package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Target is the server to play against. It should be an empty one.
type Target struct {
	URL                      string // without a slash at the end
	Client                   *http.Client
	AdminUser, AdminPassword string
	// Store is the server's own, to fold and verify the ledgers at the end.
	// Everything that is written goes over HTTP.
	Store  *store.Store
	Now    func() time.Time
	Random *rand.Rand // decides the whole play, except who calls first
}

// Login is an account that the demo made.
type Login struct {
	Username, Password string
	Role               ledger.Role
	Unit               ledger.UnitID
}

// Password is that of every account but the admin's. It is no secret.
const Password = "mat-khau-mau" //nolint:gosec // It guards what was made up.

// atOnce is how many phones call at the same time.
const atOnce = 4

// Play plays the years, lets the reviewer decide, and compares the figures with
// the paper's. An error means that the server did not keep its contract;
// figures that differ in the end are no error, but see [Result.Equal].
func Play(ctx context.Context, t Target, progress io.Writer) (*Result, error) {
	began := t.Now()
	c := &players{target: t, progress: progress}
	if err := c.createAccounts(ctx); err != nil {
		return nil, fmt.Errorf("set the commune up: %w", err)
	}
	c.plan = NewPlan(c.commune, c.villages, t.Random)
	if err := c.equip(ctx); err != nil {
		return nil, err
	}
	c.say("%d phones and a desk will write %d ops.", len(c.phones), len(c.plan.Acts))
	if err := c.years(ctx); err != nil {
		return nil, err
	}

	before, err := c.leaders.compile(ctx)
	if err != nil {
		return nil, fmt.Errorf("compile the report: %w", err)
	}
	if !slices.ContainsFunc(before, func(f Figure) bool { return f.Paper != f.Compiled }) {
		return nil, errors.New("every figure is the paper's before anybody has decided a conflict or linked a copy")
	}
	d := desk{phone: c.desk, plan: c.plan, now: time.Date(firstYear+months/12, 1, 6, 1, 0, 0, 0, time.UTC)}
	decisions, err := d.decide(ctx)
	if err != nil {
		return nil, fmt.Errorf("decide at the desk: %w", err)
	}
	c.say("The desk made %d decisions; its queues are empty.", decisions)

	r := &Result{Commune: c.commune, Before: before, Logins: c.logins}
	if r.Figures, err = c.leaders.compile(ctx); err != nil {
		return nil, fmt.Errorf("compile the report again: %w", err)
	}
	for _, f := range r.Figures {
		if f.Touched {
			return nil, fmt.Errorf("the queues are empty, and %s is still touched by a conflict", f.ID)
		}
	}
	if r.Issued, err = c.leaders.issue(ctx); err != nil {
		return nil, fmt.Errorf("issue the report: %w", err)
	}
	c.say("Report %d/BC-UBND was signed, delivered to the district, and read there; compiled again it is the same.", r.Issued.Number)
	if err := c.verify(ctx, r); err != nil {
		return nil, err
	}
	now, err := c.settle(ctx)
	if err != nil {
		return nil, fmt.Errorf("the commune of today: %w", err)
	}
	r.Logins = append(now.logins, r.Logins...)
	for _, unit := range append([]ledger.UnitID{now.commune}, now.villages...) {
		if _, err := c.check(ctx, r, unit); err != nil {
			return nil, err
		}
	}
	r.Seconds = t.Now().Sub(began).Seconds()
	return r, nil
}

// players are everybody who takes part.
type players struct {
	target   Target
	progress io.Writer
	plan     *Plan
	commune  ledger.UnitID
	villages []ledger.UnitID
	logins   []Login
	phones   []*phone // two of each village
	desk     *phone
	leaders  leaders
}

// say tells how far the play has come. That nobody listens stops nothing.
func (c *players) say(format string, args ...any) {
	_, _ = fmt.Fprintf(c.progress, format+"\n", args...)
}

func (c *players) everybody() []*phone { return append(slices.Clone(c.phones), c.desk) }

func (c *players) units() []ledger.UnitID { return append([]ledger.UnitID{c.commune}, c.villages...) }

// createAccounts creates units and accounts, as an admin.
func (c *players) createAccounts(ctx context.Context) error {
	admin := &c.leaders.admin
	*admin = newClient(c.target.Client, c.target.URL)
	if err := admin.SignIn(ctx, c.target.AdminUser, c.target.AdminPassword, client.Machine{Name: "Máy quản trị", Platform: "sothon demo"}); err != nil {
		return err
	}
	unit := func(code, name, level string, parent ledger.UnitID) (ledger.UnitID, error) {
		request := map[string]any{"code": code, "name": name, "level": level, "validFrom": "2004-01-01", "validTo": "2025-06-30"}
		if parent != "" {
			request["parent"] = parent
		}
		var answer struct {
			ID ledger.UnitID `json:"id"`
		}
		err := admin.Call(ctx, http.MethodPost, "/v1/units", request, &answer)
		return answer.ID, err
	}
	user := func(username, name string, role ledger.Role, in ledger.UnitID) error {
		l := Login{Username: username, Password: Password, Role: role, Unit: in}
		c.logins = append(c.logins, l)
		return admin.Call(ctx, http.MethodPost, "/v1/users", map[string]any{
			"username": username, "password": l.Password, "name": name, "role": role, "units": []ledger.UnitID{in},
		}, nil)
	}

	district, err := unit("tra-bong", "Trà Bồng", "district", "")
	if err != nil {
		return err
	}
	if c.commune, err = unit("21133", "Trà Lâm", "commune", district); err != nil {
		return err
	}
	const villages = 8
	for i := 1; i <= villages; i++ {
		village, err := unit(fmt.Sprintf("21133-%02d", i), fmt.Sprintf("Thôn mẫu %d", i), "village", c.commune)
		if err != nil {
			return err
		}
		c.villages = append(c.villages, village)
		for _, who := range []struct{ username, name string }{{"truongthon", "Trưởng thôn mẫu"}, {"mattran", "Trưởng ban Mặt trận mẫu"}} {
			if err := user(fmt.Sprintf("thon%d.%s", i, who.username), fmt.Sprintf("%s %d", who.name, i), form.RoleCollector, village); err != nil {
				return err
			}
		}
	}
	if err := user("xa.mattran", "Cán bộ Mặt trận mẫu", form.RoleReviewer, c.commune); err != nil {
		return err
	}
	if err := user("xa.lanhdao", "Lãnh đạo xã mẫu", form.RoleApprover, c.commune); err != nil {
		return err
	}
	if err := user("huyen", "Cán bộ huyện mẫu", form.RoleSuperior, district); err != nil {
		return err
	}
	c.say("Commune %s with %d villages, %d collectors, a reviewer, a leader, and a district above.", c.commune, villages, 2*villages)
	c.leaders.commune, c.leaders.district = c.commune, district
	return nil
}

// equip hands out the phones, and lets the others sign in at their desks.
func (c *players) equip(ctx context.Context) error {
	for i, login := range c.logins {
		if at := c.leaders.of(login.Role); at != nil {
			*at = newClient(c.target.Client, c.target.URL)
			if err := at.SignIn(ctx, login.Username, login.Password, client.Machine{Name: "Máy của " + login.Username, Platform: "sothon demo"}); err != nil {
				return err
			}
			if login.Role != form.RoleReviewer {
				continue
			}
		}
		random := rand.New(rand.NewPCG(c.target.Random.Uint64(), uint64(i))) //nolint:gosec // A play is drawn, not hidden.
		p := newPhone(c.target.Client, c.target.URL, login, random, 0.12, i%2 == 1)
		if err := p.start(ctx, false); err != nil {
			return err
		}
		if login.Role == form.RoleReviewer {
			c.desk = p
		} else {
			c.phones = append(c.phones, p)
		}
	}
	return c.leaders.prepare(ctx)
}

// reinstalled is the phone whose owner loses it at the end of 2021: the app is
// reinstalled, and its counters begin at 1 again.
const reinstalled, reinstalledIn = 5, 3*12 - 1

// years plays month after month: everybody writes, and some have a signal.
func (c *players) years(ctx context.Context) error {
	acts := c.plan.Acts
	for month := range months {
		for ; len(acts) > 0 && acts[0].Month == month; acts = acts[1:] {
			author := c.desk
			if acts[0].Phone != Desk {
				author = c.phones[acts[0].Phone]
			}
			if err := author.write(&acts[0]); err != nil {
				return err
			}
		}
		// Some months pass before a phone is within reach, and longer in the
		// villages further up.
		callers := []*phone{c.desk}
		for i, p := range c.phones {
			if c.target.Random.Float64() < 0.6-0.05*float64(i/2) {
				callers = append(callers, p)
			}
		}
		if err := c.together(callers, func(p *phone) error { return p.sync(ctx) }); err != nil {
			return err
		}
		if month%half == half-1 {
			if err := c.gather(ctx, month); err != nil {
				return err
			}
		}
	}
	return nil
}

// gather is the half-year's meeting at the commune, where there is a signal: all
// phones send what they have, and then pull what the others had.
func (c *players) gather(ctx context.Context, month int) error {
	if err := c.together(c.everybody(), func(p *phone) error { return p.flush(ctx) }); err != nil {
		return err
	}
	if month == reinstalledIn {
		if err := c.phones[reinstalled].start(ctx, true); err != nil {
			return err
		}
	}
	if err := c.together(c.everybody(), func(p *phone) error { return p.pullAll(ctx) }); err != nil {
		return err
	}
	if month%12 == 11 {
		n := c.counted()
		c.say("%d: %d ops in %d batches, %d of them sent again; %d conflicts, %d suspected duplicates, %d refused.",
			firstYear+month/12, n.Ops, n.Batches, n.Resends, n.Conflicts, n.Duplicates, n.Refused)
	}
	return nil
}

func (c *players) counted() (n counts) {
	for _, p := range c.everybody() {
		n.add(p.counts)
	}
	return n
}

// together lets phones do something, several at a time, in an order of no
// meaning. Each phone is used by one goroutine.
func (c *players) together(phones []*phone, do func(*phone) error) error {
	c.target.Random.Shuffle(len(phones), func(i, j int) { phones[i], phones[j] = phones[j], phones[i] })
	errs := make([]error, len(phones))
	turn := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, p := range phones {
		turn <- struct{}{}
		wg.Go(func() {
			defer func() { <-turn }()
			errs[i] = do(p)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// verify checks every ledger, and that each acknowledged op of a phone is in the
// ledger is there, once.
func (c *players) verify(ctx context.Context, r *Result) error {
	n := c.counted()
	r.Ops, r.Batches, r.Resends, r.Conflicts, r.Duplicates = n.Ops, n.Batches, n.Resends, n.Conflicts, n.Duplicates
	inLedgers := 0
	for _, unit := range c.units() {
		ops, err := c.check(ctx, r, unit)
		if err != nil {
			return err
		}
		inLedgers += ops
	}
	if inLedgers != n.Ops && r.verified() {
		return fmt.Errorf("the phones handed %d ops in, the ledgers hold %d", n.Ops, inLedgers)
	}
	return nil
}

// check verifies one ledger, notes the result, and counts its ops.
func (c *players) check(ctx context.Context, r *Result, unit ledger.UnitID) (ops int, err error) {
	v, err := store.Verify(ctx, c.target.Store.Backend(), unit)
	var damage *ledger.Damage
	if err != nil && !errors.As(err, &damage) {
		return 0, err
	}
	if damage != nil {
		c.say("%v", damage)
	}
	r.Ledgers = append(r.Ledgers, Ledger{Unit: unit, Seq: v.Head().Seq, Hash: v.Head().Hash.String(), Verified: damage == nil})
	return v.Ops(), nil
}
