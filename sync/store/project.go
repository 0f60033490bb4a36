package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// schedule starts a projection unless one is on its way. The caller holds
// fold.
func (u *unit) schedule() {
	if u.scheduled {
		return
	}
	u.scheduled = true
	u.store.background.Add(1)
	u.store.opts.Go(u.projectAll)
}

// projectAll projects until it is done. What is left when the store closes,
// the next start takes up again.
func (u *unit) projectAll() {
	defer u.store.background.Done()
	u.store.awaitCalm()
	if turn := u.store.projectors; turn != nil {
		turn <- struct{}{}
		defer func() { <-turn }()
	}
	for attempt := 1; ; attempt++ {
		err := u.project(u.store.ctx)
		if err == nil {
			return
		}
		u.store.opts.Failed(u.id, err)
		if u.store.opts.Pause(u.store.ctx, time.Duration(min(attempt, 20))*50*time.Millisecond) != nil {
			return
		}
	}
}

// project carries out erasures and writes what changed, until the projection
// is at the head.
func (u *unit) project(ctx context.Context) error {
	u.projecting.Lock()
	defer u.projecting.Unlock()
	for {
		part, done, err := u.part()
		if err != nil {
			return err
		}
		if part == nil {
			return nil
		}
		for _, e := range part.erasures {
			if err := u.redact(ctx, e); err != nil {
				return fmt.Errorf("erase from %s: %w", u.id, err)
			}
		}
		if err := u.store.backend.Project(ctx, u.id, part.Projection); err != nil {
			return fmt.Errorf("project %s: %w", u.id, err)
		}
		done()
	}
}

// maxPart bounds the rows written at once, so that a long projection does not
// keep commits waiting.
const maxPart = 500

// awaitCalm waits before a projection: for ProjectAfter, and then until no
// phone has come for a moment and no batch is under way, but no longer than
// ProjectWithin. Phones go before lists. A store that closes goes on at once.
func (s *Store) awaitCalm() {
	const look = 50 * time.Millisecond
	stirred := s.stirred.Load()
	for waited := time.Duration(0); waited < s.opts.ProjectWithin; {
		d := look
		if waited == 0 {
			d = s.opts.ProjectAfter
		} else if now := s.stirred.Load(); now == stirred && s.appending.Load() == 0 {
			return
		} else {
			stirred = now
		}
		if s.opts.Pause(s.closing, d) != nil {
			return
		}
		waited += d
	}
}

type part struct {
	Projection
	erasures []ledger.Erasure
}

// part takes what changed since the last projection, and returns with it what
// to do once it is written. It is nil when nothing is left.
func (u *unit) part() (*part, func(), error) {
	u.fold.Lock()
	state := u.state
	if state == nil { // loading failed meanwhile; the next load schedules again
		u.scheduled = false
		u.fold.Unlock()
		return nil, nil, nil
	}
	head := state.Head()
	if head == u.projected {
		u.scheduled = false
		u.fold.Unlock()
		return nil, nil, nil
	}
	var records []*ledger.Record
	for id := range u.dirty {
		if len(records) == maxPart {
			break
		}
		records = append(records, state.Record(id))
	}
	var lines []Line
	moved := make(map[lineName]uint64, len(u.moved))
	for name := range u.moved {
		l := state.Line(name.device, name.epoch)
		moved[name] = l.Through
		lines = append(lines, Line{ID: name.String(), Through: l.Through, Body: l.AppendJSON(nil)})
	}
	erasures, erased := u.erasures, u.erased
	whole := len(records) == len(u.dirty)
	u.fold.Unlock()

	// In order, so that a simulation repeats itself.
	slices.SortFunc(records, func(a, b *ledger.Record) int { return a.ID.Compare(b.ID) })
	slices.SortFunc(lines, func(a, b Line) int { return strings.Compare(a.ID, b.ID) })
	p := &part{erasures: erasures}
	p.Lines, p.Erased = lines, erased
	for _, r := range records {
		p.Rows = append(p.Rows, newRow(u.id, r))
	}
	if whole {
		// The head comes last, in time too: it vouches for all rows up to it.
		p.Head = head
	}
	return p, func() {
		u.fold.Lock()
		defer u.fold.Unlock()
		if u.state != state {
			return
		}
		for _, r := range records {
			if u.dirty[r.ID] == r.Seq {
				delete(u.dirty, r.ID)
			}
		}
		for name, through := range moved {
			if state.Line(name.device, name.epoch).Through == through {
				delete(u.moved, name)
			}
		}
		u.erasures = u.erasures[len(erasures):]
		if whole {
			u.projected = head
			u.erased = len(u.erasures) > 0
		}
		if len(u.dirty) == 0 {
			u.dirty = map[ledger.RecordID]ledger.Seq{} // an emptied map keeps its memory
		}
	}, nil
}

// redact carries out one erasure on every commit up to it, anew where another
// server changed one of them meanwhile for an erasure of its own.
func (u *unit) redact(ctx context.Context, e ledger.Erasure) error {
	for {
		if err := u.redactOnce(ctx, e); !errors.Is(err, ErrVersion) {
			return err
		}
	}
}

// redactOnce stores the commits newest first: see [ledger.Redact].
func (u *unit) redactOnce(ctx context.Context, e ledger.Erasure) error {
	var holders []*ledger.Commit
	for after := ledger.Seq(0); after < e.Before.Seq; {
		commits, err := commitsUpTo(ctx, u.store.backend, u.id, after, e.Before.Seq, 256)
		if err != nil {
			return err
		}
		for _, c := range commits {
			if c.Seq <= e.Before.Seq && names(c, e.Record) {
				holders = append(holders, c)
			}
			after = c.Seq
		}
	}
	stored := make([][]byte, len(holders))
	for i, c := range holders {
		stored[i] = c.AppendJSON(nil)
	}
	for _, i := range ledger.Redact(holders, e) {
		if err := u.store.backend.Redact(ctx, stored[i], holders[i]); err != nil {
			return err
		}
	}
	return nil
}

func names(c *ledger.Commit, id ledger.RecordID) bool {
	for i := range c.Entries {
		for j := range c.Entries[i].Ops {
			op := &c.Entries[i].Ops[j]
			if len(op.Personal) > 0 && op.Record() == id {
				return true
			}
		}
	}
	return false
}

func newRow(unit ledger.UnitID, r *ledger.Record) Row {
	return Row{
		Unit: unit, ID: r.ID, Kind: r.Kind, Seq: r.Seq, State: StateOf(r), Conflict: len(r.Conflicts()) > 0,
		Date: form.Day(r), Name: form.SortName(r), Updated: r.Updated, Words: form.Words(r), Keys: liveKeys(r),
		Facets: facetsOf(unit, r), Amount: amountOf(r), Quantity: quantityOf(r),
		Body: r.AppendJSON(nil),
	}
}

// StateOf tells where a record stands for those who review.
func StateOf(r *ledger.Record) State {
	if r.Removed() {
		return Removed
	}
	if _, linked := r.DuplicateOf(); linked {
		return Duplicate
	}
	switch r.Review().State {
	case ledger.Approved:
		return Approved
	case ledger.Returned:
		return Returned
	}
	return Pending
}

// ErrLagging is returned when the lists of a unit could not be brought up to
// its ledger in time.
var ErrLagging = errors.New("the lists are not up to date")

// Settle waits until the lists show what this server has committed to the
// units, so that a person sees a decision right after making it.
func (s *Store) Settle(ctx context.Context, units []ledger.UnitID) error {
	for _, id := range units {
		s.mu.Lock()
		u := s.units[id]
		s.mu.Unlock()
		if u == nil || u.lag() == 0 {
			continue
		}
		if err := u.project(ctx); err != nil {
			return fmt.Errorf("%w: %w", ErrLagging, err)
		}
	}
	return nil
}
