package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/mongo"
	"github.com/sothon/sothon/sync/store/sqlite"
)

// open opens the database that the settings name, and makes it where it is
// SQLite and not there.
func (c *config) open(ctx context.Context) (store.Backend, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if path, ok := strings.CutPrefix(c.DB, "sqlite:"); ok {
		db, err := sqlite.Open(ctx, path)
		if err != nil {
			return nil, fmt.Errorf("-db: %w", err)
		}
		return db, nil
	}
	db, err := mongo.Open(ctx, c.DB)
	if err != nil {
		return nil, fmt.Errorf("-db: %w", err)
	}
	return db, nil
}

// openExisting opens the database that the settings name, for commands that
// make none.
func (c *config) openExisting(ctx context.Context) (store.Backend, error) {
	if err := c.checkDB(); err != nil {
		return nil, err
	}
	if err := c.mustExist(); err != nil {
		return nil, err
	}
	return c.open(ctx)
}

// mustExist refuses an SQLite file that is not there: to open it would make it,
// and an empty database looks sound.
func (c *config) mustExist() error {
	if path, ok := strings.CutPrefix(c.DB, "sqlite:"); ok {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("-db: %w", err)
		}
	}
	return nil
}

// elections is how long a start waits for a MongoDB that is choosing another
// primary, maybe more than once.
const elections = 30 * time.Second

// retryDuringElection does again what such a choice cut off.
func retryDuringElection(ctx context.Context, log *slog.Logger, do func() error) error {
	for end := time.After(elections); ; {
		err := do()
		if !mongo.IsElection(err) && !errors.Is(err, store.ErrOlder) {
			return err
		}
		log.Warn("the database is changing its primary: trying again", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-end:
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// vietnam is where every day begins and ends, whatever the machine's zone.
func vietnam() (*time.Location, error) {
	at, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		return nil, fmt.Errorf("the time of Vietnam: %w", err)
	}
	return at, nil
}

// logger writes as the settings say: text for a person, JSON for a machine.
func (c *config) logger(to io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("-log-level: %w", err)
	}
	options := &slog.HandlerOptions{Level: level}
	format := c.LogFormat
	if format == "auto" {
		format = "json"
		if f, ok := to.(*os.File); ok {
			if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
				format = "text"
			}
		}
	}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(to, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(to, options)), nil
	}
	return nil, fmt.Errorf("-log-format: want text, json or auto, not %q", c.LogFormat)
}
