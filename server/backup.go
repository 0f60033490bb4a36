package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/sothon/sothon/sync/store/sqlite"
)

// backup copies an SQLite database, also while it is served. MongoDB brings
// a program for that.
func (p *program) backup(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("backup", flag.ContinueOnError)
	c := &config{}
	c.flagDB(f)
	to := f.String("to", "", "the new file")
	if err := p.parse(f, args); err != nil {
		return err
	}
	if err := c.checkDB(); err != nil {
		return err
	}
	path, ok := strings.CutPrefix(c.DB, "sqlite:")
	switch {
	case !ok:
		return errors.New("-db: MongoDB is backed up by mongodump")
	case *to == "":
		return errors.New("-to: want a file")
	}
	if err := c.mustExist(); err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, path)
	if err != nil {
		return fmt.Errorf("-db: %w", err)
	}
	return errors.Join(db.Backup(ctx, *to), db.Close())
}
