package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// verify checks every ledger's chain and prints a line for each. The error
// counts the damaged ones.
func (p *program) verify(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("verify", flag.ContinueOnError)
	c := &config{}
	c.flagDB(f)
	if err := p.parse(f, args); err != nil {
		return err
	}
	if err := c.checkDB(); err != nil {
		return err
	}
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(p.verifyAll(ctx, db), db.Close())
}

func (p *program) verifyAll(ctx context.Context, db store.Backend) error {
	units, err := db.Ledgers(ctx)
	if err != nil {
		return fmt.Errorf("list the ledgers: %w", err)
	}
	damaged := 0
	for _, unit := range units {
		v, err := store.Verify(ctx, db, unit)
		var damage *ledger.Damage
		switch {
		case errors.As(err, &damage):
			damaged++
			fmt.Fprintf(p.stdout, "%s %d %s DAMAGED at commit %s: %s\n", unit, v.Head().Seq, v.Head().Hash, ledger.CommitID(unit, damage.Seq), damage.What)
		case err != nil:
			return err
		default:
			fmt.Fprintf(p.stdout, "%s %d %s ok\n", unit, v.Head().Seq, v.Head().Hash)
		}
	}
	if damaged > 0 {
		return fmt.Errorf("%d of %d ledgers are damaged", damaged, len(units))
	}
	return nil
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
