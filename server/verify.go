package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"time"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// verifyCommand checks what is stored.
type verifyCommand struct{ *program }

// run checks every ledger and prints a line for each. The error counts the
// damaged ones, and those that could not be read.
func (p *verifyCommand) run(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("verify", flag.ContinueOnError)
	c := &config{}
	c.flagDB(f)
	if err := p.parse(f, args); err != nil {
		return err
	}
	db, err := c.openExisting(ctx)
	if err != nil {
		return err
	}
	return errors.Join(p.ledgers(ctx, db), p.orders(ctx, c, db), p.numbers(ctx, c, db), db.Close())
}

// orders prints the orders of erasure that a restored backup lacks.
func (p *verifyCommand) orders(ctx context.Context, c *config, db store.Backend) error {
	lost, err := c.recoveryFile().missing(ctx, db, map[ledger.UnitID]ledger.Seq{})
	for i := range lost {
		fmt.Fprintf(p.stdout, "ERASURE LOST %s\n", &lost[i])
	}
	if len(lost) > 0 {
		err = fmt.Errorf("%d orders of erasure are not in the ledgers: a backup was restored; give them again", len(lost))
	}
	return err
}

// numbers prints the numbers of reports that a restored backup lacks.
func (p *verifyCommand) numbers(ctx context.Context, c *config, db store.Backend) error {
	lost, err := archive.CompareNumbers(ctx, db, c.recoveryFile().numberBackup())
	for i := range lost {
		fmt.Fprintf(p.stdout, "NUMBER LOST %s\n", &lost[i])
	}
	if len(lost) > 0 {
		err = errors.Join(err, fmt.Errorf("%d numbers of reports are not in the register: a backup was restored; give them by hand to the reports that have them", len(lost)))
	}
	return err
}

func (p *verifyCommand) ledgers(ctx context.Context, db store.Backend) error {
	all, damaged, unread := 0, 0, 0
	err := store.VerifyAll(ctx, db, func(v store.Verified) {
		all++
		said := "ok"
		if v.Unread != nil {
			unread++
			said = fmt.Sprintf("NOT READ: %v", v.Unread)
		} else if d := v.Damage; d != nil {
			damaged++
			said = fmt.Sprintf("DAMAGED at commit %s: %s", ledger.CommitID(d.Unit, d.Seq), d.What)
		}
		fmt.Fprintf(p.stdout, "%s %d %s %s\n", v.Unit, v.Head.Seq, v.Head.Hash, said)
	})
	if damaged > 0 {
		err = errors.Join(fmt.Errorf("%d of %d ledgers are damaged", damaged, all), err)
	}
	if unread > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d ledgers could not be read", unread, all))
	}
	return err
}

// health asks a running server whether it is ready: for containers that have
// no other program inside.
func (p *program) health(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("health", flag.ContinueOnError)
	url := f.String("url", "http://127.0.0.1:8080/readyz", "what to ask")
	if err := p.parse(f, args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, *url, nil)
	if err != nil {
		return fmt.Errorf("-url: %w", err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s", answer.Status)
	}
	return nil
}
