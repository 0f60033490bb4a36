package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
		wait := time.Duration(min(attempt, 20)) * 50 * time.Millisecond
		if errors.Is(err, errRefused) { // each row was reported
			wait = time.Minute
		} else {
			u.store.opts.Failed(u.id, err)
		}
		if u.store.opts.Pause(u.store.ctx, wait) != nil {
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
		if err := u.write(ctx, part); err != nil {
			return fmt.Errorf("project %s: %w", u.id, err)
		}
		for _, r := range part.tooLarge {
			u.store.opts.Failed(u.id, fmt.Errorf("record %s: %w", r.ID, ErrSetAside))
		}
		if part.Erased {
			u.store.opts.Erased(ctx, u.id) // before done: Settle waits for it
		}
		done()
		if len(part.refused) > 0 {
			return fmt.Errorf("project %s: %w", u.id, errRefused)
		}
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

// ErrSetAside says that a record has no row, because it cannot be stored. The
// record itself is in the ledger and in the fold: phones pull it, reports count
// it, and lists show it as it was before.
var ErrSetAside = errors.New("the row cannot be stored; lists show the record as it was before")

// stubborn is how often a projection must fail, one time after another, before
// its rows are written one by one, so that those which fail are set aside and
// hold up no other.
const stubborn = 8

// errRefused says that all is projected but rows that the database refuses. They
// are set aside, and tried again with the next projection.
var errRefused = errors.New("the database refuses some rows")

// write stores a part. Once the database has refused it again and again, its
// rows are written one by one, and those that fail are set aside.
func (u *unit) write(ctx context.Context, p *part) error {
	if len(p.parts) > 0 {
		if err := u.store.backend.Project(ctx, u.id, Projection{Lines: p.parts}); err != nil {
			return err
		}
	}
	err := u.store.backend.Project(ctx, u.id, p.Projection)
	if err == nil {
		u.failures = 0
		return nil
	}
	if u.failures++; u.failures < stubborn || errors.Is(err, ErrUnreachable) || errors.Is(err, ErrFull) || ctx.Err() != nil {
		return err
	}
	for _, row := range p.Rows {
		one := Projection{Rows: []Row{row}, Erased: p.Erased}
		switch err := u.store.backend.Project(ctx, u.id, one); {
		case err == nil:
		case errors.Is(err, ErrUnreachable), errors.Is(err, ErrFull), ctx.Err() != nil:
			return err
		default:
			u.store.opts.Failed(u.id, fmt.Errorf("record %s: %w: %w", row.ID, ErrSetAside, err))
			p.refused = append(p.refused, row)
		}
	}
	if len(p.refused) == 0 {
		return err // None of them is to blame.
	}
	p.Rows, p.Head = nil, ledger.Head{}
	return u.store.backend.Project(ctx, u.id, p.Projection)
}

type part struct {
	Projection
	erasures []ledger.Erasure
	parts    []Line           // of lines: they stand before a line stands that lacks them
	tooLarge []*ledger.Record // they have no row here
	refused  []Row            // the database does not take them
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
	if head == u.projected || len(u.aside) > 0 && u.covered.Load() == uint64(head.Seq) {
		u.scheduled = false
		u.fold.Unlock()
		return nil, nil, nil
	}
	var records []*ledger.Record
	skipped := 0
	for id, seq := range u.dirty {
		if len(records) == maxPart {
			break
		}
		if u.aside[id] == seq {
			skipped++
			continue
		}
		records = append(records, state.Record(id))
	}
	lines, parts, linesStored := u.movedLines()
	erasures, erased := u.erasures, u.erased
	whole := len(records)+skipped == len(u.dirty)
	u.fold.Unlock()

	// In order, so that a simulation repeats itself.
	slices.SortFunc(records, func(a, b *ledger.Record) int { return a.ID.Compare(b.ID) })
	byID := func(a, b Line) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(lines, byID)
	slices.SortFunc(parts, byID)
	p := &part{erasures: erasures, parts: parts}
	p.Lines, p.Erased = lines, erased
	for _, r := range records {
		row := newRow(u.id, r)
		if len(row.Body) > u.store.opts.MaxRow {
			p.tooLarge = append(p.tooLarge, r)
			continue
		}
		p.Rows = append(p.Rows, row)
	}
	if whole && skipped == 0 && len(p.tooLarge) == 0 {
		// The head comes last, in time too: it vouches for all rows up to it.
		p.Head = head
	}
	return p, func() {
		u.fold.Lock()
		defer u.fold.Unlock()
		if u.state != state {
			return
		}
		refused := map[ledger.RecordID]bool{}
		for _, r := range p.tooLarge {
			u.aside[r.ID] = r.Seq
		}
		for i := range p.refused {
			refused[p.refused[i].ID] = true
		}
		for _, r := range records {
			if u.aside[r.ID] == r.Seq || refused[r.ID] {
				continue // stays dirty
			}
			delete(u.aside, r.ID)
			if u.dirty[r.ID] == r.Seq {
				delete(u.dirty, r.ID)
			}
		}
		linesStored()
		u.erasures = u.erasures[len(erasures):]
		u.refused = refused
		if whole && len(refused) == 0 {
			u.setProjected(head)
			u.erased = len(u.erasures) > 0
		}
		if len(u.dirty) == 0 {
			u.dirty = map[ledger.RecordID]ledger.Seq{} // an emptied map keeps its memory
		}
	}, nil
}

// redact carries out one erasure on every commit up to it, again where another
// server changed one of them meanwhile for its own erasure.
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
			if c.Seq <= e.Before.Seq && reaches(&e, c) {
				holders = append(holders, c)
			}
			after = c.Seq
		}
	}
	if err := u.store.opts.Erasing(ctx, u.id, e, holders); err != nil {
		return err
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

func reaches(e *ledger.Erasure, c *ledger.Commit) bool {
	for at, stored := range c.Stored() {
		if len(stored.Op.Personal) > 0 && e.Reaches(at, stored.Op, stored.Verdict) {
			return true
		}
	}
	return false
}

func newRow(unit ledger.UnitID, r *ledger.Record) Row {
	return Row{
		Unit: unit, ID: r.ID, Kind: r.Kind, Seq: r.Seq, State: StateOf(r), Conflict: len(r.Conflicts()) > 0, Waiting: r.Waiting,
		Date: form.Day(r), Name: form.SortName(r), Updated: r.Updated, Words: form.Words(r), Keys: liveKeys(r),
		Facets: facetsOf(unit, r), Amount: amountOf(r), Quantity: quantityOf(r),
		Files: form.Files(r), Body: r.AppendJSON(nil),
	}
}

// StateOf is the state of a record for reviewers.
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
		if s.recovery.isLeft(id) { // it comes first
			s.recoverUnit(ctx, id)
		}
		s.mu.Lock()
		u := s.units[id]
		s.mu.Unlock()
		if u == nil || u.lag() == 0 {
			continue
		}
		if err := u.project(ctx); err != nil && !errors.Is(err, errRefused) {
			return fmt.Errorf("%w: %w", ErrLagging, err)
		}
	}
	return nil
}

// setAside lists the records that have no row. It waits for nobody: while a
// unit is loaded, it has none.
func (u *unit) setAside() []ledger.RecordID {
	if !u.fold.TryRLock() {
		return nil
	}
	defer u.fold.RUnlock()
	list := slices.Collect(maps.Keys(u.aside))
	list = slices.AppendSeq(list, maps.Keys(u.refused))
	slices.SortFunc(list, ledger.RecordID.Compare)
	return slices.Compact(list)
}
