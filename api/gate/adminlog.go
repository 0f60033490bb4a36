package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

// AdminLog notes what admins change.
type AdminLog struct {
	Accounts accounts.Accounts
	Now      func() time.Time
	Random   io.Reader
}

// unlogged are members of views that say nothing of what somebody changed.
var unlogged = []string{"version", "unsent", "next", "writable", "replaces", "editable", "builtIn"}

// Add enters that the caller has changed target from before to after, as the
// API shows them: objects, or nil where there was or is nothing. The entry is
// for the admins of one of the units.
func (l *AdminLog) Add(ctx context.Context, operation, target string, units []ledger.UnitID, before, after any) error {
	old, err := members(before)
	if err != nil {
		return err
	}
	current, err := members(after)
	if err != nil {
		return err
	}
	var name string
	for _, view := range []map[string]json.RawMessage{current, old} { // where it is no text, there is no name
		if name == "" && view["name"] != nil {
			_ = json.Unmarshal(view["name"], &name)
		}
	}
	fields := map[string]accounts.Diff{}
	for name, value := range current {
		if was, ok := old[name]; !ok {
			fields[name] = accounts.Diff{To: text(value)}
		} else if !bytes.Equal(was, value) {
			fields[name] = accounts.Diff{From: text(was), To: text(value)}
		}
	}
	for name, was := range old {
		if _, ok := current[name]; !ok {
			fields[name] = accounts.Diff{From: text(was)}
		}
	}
	return l.Accounts.LogChange(ctx, l.Random, accounts.Change{
		At: ledger.MillisOf(l.Now()), User: CallerOf(ctx).User.ID, Operation: operation, Target: target, Name: name, Units: units, Fields: fields,
	})
}

func members(view any) (map[string]json.RawMessage, error) {
	if view == nil {
		return nil, nil
	}
	body, err := json.Marshal(view)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, err
	}
	for _, name := range unlogged {
		delete(all, name)
	}
	return all, nil
}

// text is a value as people read it: a string without its quotes.
func text(value json.RawMessage) *string {
	plain := string(value)
	if err := json.Unmarshal(value, &plain); err != nil {
		plain = string(value)
	}
	return &plain
}
