package measure

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// run is a server on one database, and its clients.
type run struct {
	options *Options
	db      string // as the server's flag -db has it
	server  *process
	raw     baseline
	found   *Database

	password string
	commune  ledger.UnitID
	villages []*village
	large    *village // is pulled by new phones
	growing  *village
	piled    []*village // one for each of piles
	told     *village   // has a record with a long history

	phones    []*phone // phone i is of village i modulo villages, and of large and growing
	desk      *phone   // of the commune: announces campaigns
	campaigns []campaign
}

func (r *run) tell(what string) { fmt.Fprintf(r.options.Progress, "%s: %s\n", r.found.Name, what) }

func (r *run) measures(phase string) bool { return slices.Contains(r.options.What, phase) }

// username of a village's collector, who has several phones.
func username(village int) string { return fmt.Sprintf("thon-%03d", village) }

const deskName = "can-bo"

// settle makes the units and accounts, before there is a server.
func (r *run) settle(ctx context.Context, db string) (err error) {
	backend, err := r.options.Open(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	tables := accounts.New(backend)
	unit := func(code, name string, level accounts.Level) (ledger.UnitID, error) {
		u, err := tables.AddUnit(ctx, accounts.Unit{Code: code, Name: name, ValidFrom: "2025-07-01", Level: level, Parent: r.commune})
		return u.ID, err
	}
	if r.commune, err = unit("99001", "Xã đo", accounts.Commune); err != nil {
		return err
	}
	for i := range r.options.Villages + 3 + len(piles) {
		id, err := unit(fmt.Sprintf("99001-%03d", i+1), fmt.Sprintf("Thôn đo %d", i+1), accounts.Village)
		if err != nil {
			return err
		}
		r.villages = append(r.villages, newVillage(id, uint64(i)))
	}
	r.large, r.growing, r.piled = r.villages[r.options.Villages], r.villages[r.options.Villages+1], r.villages[r.options.Villages+3:]
	r.told = r.villages[r.options.Villages+2]
	r.villages = r.villages[:r.options.Villages]
	r.password = rand.Text()
	user := func(name string, role ledger.Role, units ...ledger.UnitID) error {
		_, err := tables.AddUser(ctx, rand.Reader, r.options.Now(), accounts.NewUser{
			Username: name, Password: r.password, Name: "Người đo", Role: role, Units: units,
		})
		return err
	}
	shared := []ledger.UnitID{r.large.unit, r.growing.unit, r.told.unit}
	for _, v := range r.piled {
		shared = append(shared, v.unit)
	}
	for i, v := range r.villages {
		if err := user(username(i), form.RoleCollector, append([]ledger.UnitID{v.unit}, shared...)...); err != nil {
			return err
		}
	}
	return user(deskName, form.RoleReviewer, r.commune)
}

// signIn gives every phone its session. Passwords are slow to check, and only
// some at once.
func (r *run) signIn(ctx context.Context) error {
	n := r.options.Phones
	if r.measures("first") {
		n = max(n, r.options.FirstPhones)
	}
	if r.measures("growth") {
		n = max(n, r.options.AtOnce)
	}
	lanes := make([]lane, 0, n+1)
	add := func(name string) *phone {
		p := newPhone(r.server.url, r.options.Now)
		lanes = append(lanes, lane{steps: []func(context.Context) error{
			func(ctx context.Context) error { return p.signIn(ctx, name, r.password) },
		}})
		return p
	}
	r.desk = add(deskName)
	for i := range n {
		r.phones = append(r.phones, add(username(i%r.options.Villages)))
	}
	_, _, err := (&load{atOnce: 4, now: r.options.Now}).run(ctx, lanes)
	return err
}

// hangUp closes the connections, so that the server need not wait for them.
func (r *run) hangUp() {
	for _, p := range append(r.phones, r.desk) {
		if p != nil {
			p.close()
		}
	}
}

// campaign returns the one of a number, announced if it was not yet.
func (r *run) campaign(ctx context.Context) func(n int) (campaign, error) {
	return func(n int) (campaign, error) {
		if n < len(r.campaigns) {
			return r.campaigns[n], nil
		}
		var edits []edit
		ids := newVillage(r.commune, uint64(1000+n))
		for range n + 1 - len(r.campaigns) {
			at := r.options.Now()
			c := campaign{Record: ids.id(at), Unit: string(r.commune)}
			day := dayOf(len(r.campaigns))
			edits = append(edits, edit{c.Record, form.KindCampaign, at, map[string]string{
				"name": fmt.Sprintf("Đợt quà số %d", len(r.campaigns)+1), "organisation": "Đơn vị hảo tâm", "from": day, "to": day,
			}})
			r.campaigns = append(r.campaigns, c)
		}
		for part := range slices.Chunk(edits, 50) {
			b, err := r.desk.batch(r.commune, part)
			if err == nil {
				err = push(ctx, r.desk, b)
			}
			if err == nil {
				err = r.desk.check(b)
			}
			if err != nil {
				return campaign{}, fmt.Errorf("announce a campaign: %w", err)
			}
		}
		return r.campaigns[n], nil
	}
}

// calm waits until the server has nothing to do in the background.
func (r *run) calm(ctx context.Context) error {
	for {
		a, err := r.desk.do(ctx, http.MethodGet, "/metrics", nil)
		if err != nil {
			return err
		}
		text, err := a.plain()
		if err != nil {
			return err
		}
		busy, known := 0.0, 0
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			if name == "sothon_queue_batches" || name == "sothon_projection_lag_commits" {
				n, err := strconv.ParseFloat(value, 64)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				busy, known = busy+n, known+1
			}
		}
		if known != 2 {
			return errors.New("the server's metrics do not tell whether it is done")
		}
		if busy == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
