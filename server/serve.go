package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"slices"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
)

// serve is the command that runs until it is asked to stop.
func (p *program) serve(ctx context.Context, args []string) (err error) {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	c := &config{}
	c.flagDB(f)
	c.flagServer(f, ":8080")
	c.flagLog(f, "info")
	if err := p.parse(f, args); err != nil {
		return err
	}
	log, err := c.logger(p.stderr)
	if err != nil {
		return err
	}
	stopped, err := p.profile()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopped()) }()
	run, err := p.start(ctx, c, log)
	if err != nil {
		return err
	}
	if err := p.firstAdmin(ctx, run); err != nil {
		return errors.Join(err, run.stop())
	}
	log.Info("serving", "address", run.listener.Addr().String(), "version", version())
	return run.wait(ctx)
}

// firstAdmin makes an account for a server that no admin looks
// after, and prints its password this one time.
func (p *program) firstAdmin(ctx context.Context, run *instance) error {
	tables := accounts.New(run.db)
	if found, err := hasAdmin(ctx, tables); err != nil || found {
		return err
	}
	password := rand.Text()
	_, err := tables.AddUser(ctx, rand.Reader, p.now(), accounts.NewUser{
		Username: "admin", Password: password, Name: "Quản trị", Role: form.RoleAdmin,
	})
	if refused, ok := errors.AsType[*accounts.Error](err); ok && refused.Code == accounts.CodeTaken {
		// By another server that was first, or by somebody who is no admin.
		found, err := hasAdmin(ctx, tables)
		if err == nil && !found {
			run.log.Warn("no admin looks after this server, and the name admin is taken: make another by user add -role admin")
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("make the first account: %w", err)
	}
	if marked, err := isDemo(ctx, run.db); err != nil || marked { // since the database was opened
		return cmp.Or(err, errDemo)
	}
	_, err = fmt.Fprintf(p.stdout, "The first account, shown this once: admin / %s\n", password)
	return err
}

// hasAdmin reports whether there is an admin who can sign in.
func hasAdmin(ctx context.Context, tables accounts.Accounts) (bool, error) {
	users, err := tables.Users.All(ctx)
	return slices.ContainsFunc(users, func(u store.Stored[accounts.User]) bool {
		return u.Value.Role == form.RoleAdmin && !u.Value.Disabled
	}), err
}
