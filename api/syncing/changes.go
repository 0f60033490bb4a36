package syncing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// defaultPull is how many records a page of a pull holds unless asked.
const defaultPull = 500

// PullChanges implements the operation pullChanges.
func (s *Sync) PullChanges(ctx context.Context, request contract.PullChangesRequestObject) (contract.PullChangesResponseObject, error) {
	caller, p := gate.CallerOf(ctx), request.Params
	if !caller.MayPull(request.Unit) {
		return nil, problem.ErrNotFound
	}
	after, err1 := headOf(p.Log, p.After, p.Hash)
	tip, err2 := headOf(p.Log, p.TipSeq, p.TipHash)
	earlier, err3 := earlierOf(p.Log, p.Earlier)
	also, err4 := cursorsOf(p.Also)
	if err := cmp.Or(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	if p.Limit == 0 {
		p.Limit = defaultPull
	}
	view := form.ViewOf(caller.User.Role, caller.Reaches(request.Unit))
	viewChanged := p.After > 0 && p.View != "" && p.View != view
	if viewChanged {
		p.Wait = 0
	}
	page, err := s.Store.Changes(ctx, request.Unit, store.Pulled{
		Head: after, Tip: tip, Earlier: earlier,
		Shown: func(r *ledger.Record) bool {
			return shows(caller, request.Unit, r) || drops(r, p.After)
		},
	}, p.Limit, time.Duration(p.Wait)*time.Second)
	var diverged *store.DivergedError
	if errors.As(err, &diverged) {
		s.suspectRestore(ctx, request.Unit, diverged)
		diverged.Epochs, err = s.Store.Epochs(ctx, request.Unit, caller.Device.ID)
		diverged.Expected = store.Expected(diverged.Epochs, caller.Epoch)
		if err == nil {
			err = diverged
		}
	}
	if err != nil {
		return nil, err
	}
	// That the ledger is another comes first: a client that drops its cursor for the
	// view would never learn of it, and what it wrote has bases that are lost.
	if viewChanged {
		return nil, problem.Fail("view-changed", nil, nil)
	}
	s.seen(ctx, accounts.Heartbeat{Pull: true})
	if caller.User.Role != form.RoleCollector {
		if err := s.Access.Add(ctx, "pullChanges", request.Unit, shownIDs(caller, request.Unit, page.Records)); err != nil {
			return nil, err
		}
	}
	shared := caller.User.Role == form.RoleCollector && caller.Reaches(request.Unit) && !slices.ContainsFunc(page.Records, form.Confidential)
	hidden, err := show.Hide(ctx, s.Store, caller, request.Unit, page.Records...)
	if err != nil {
		return nil, err
	}
	shared = shared && len(hidden) == 0
	for i, r := range page.Records {
		page.Records[i] = hidden.Without(request.Unit, r)
	}
	var unchanged []ledger.UnitID
	if !page.More {
		unchanged = s.unchanged(ctx, caller, also)
	}
	key := pageKey{request.Unit, page.Tip.Hash, p.After, page.Head.Seq, p.Limit}
	if body, ok := s.pages.get(key); ok && shared {
		return withUnchanged(body, unchanged), nil
	}
	missing, err := s.Files.MissingOf(ctx, page.Records...)
	if err != nil {
		return nil, err
	}
	const small = 512 // bytes of a record; only a guess
	body, err := appendPage(make([]byte, 0, small*(len(page.Records)+1)), caller, request.Unit, view, &page, p.After, missing)
	if err == nil && shared && len(missing) == 0 { // what is missing may come
		s.pages.put(key, body)
	}
	if err != nil {
		return nil, err
	}
	return withUnchanged(body, unchanged), nil
}

// cursor is how far a client has pulled another unit.
type cursor struct {
	unit ledger.UnitID
	head ledger.Head
	view string
}

// cursorsOf reads cursors: unit, log, seq, hash and view, with colons between
// them.
func cursorsOf(list []string) ([]cursor, error) {
	const parts = 5
	var cursors []cursor
	for _, text := range list {
		part := strings.Split(text, ":")
		if len(part) != parts {
			return nil, problem.Malformed("also: not a cursor", nil)
		}
		heads, err := earlierOf(ledger.LogID(part[1]), []string{part[2] + ":" + part[3]})
		if err != nil {
			return nil, err
		}
		cursors = append(cursors, cursor{ledger.UnitID(part[0]), heads[0], part[4]})
	}
	return cursors, nil
}

// unchanged returns the units of which a pull from these cursors would bring the
// caller nothing. One that is not theirs is not among them, whatever is known of
// it: they notice when they pull it.
func (s *Sync) unchanged(ctx context.Context, caller *gate.Caller, cursors []cursor) []ledger.UnitID {
	var units []ledger.UnitID
	for _, c := range cursors {
		mayPull := caller.MayPull(c.unit) && c.view == form.ViewOf(caller.User.Role, caller.Reaches(c.unit))
		if mayPull && !slices.Contains(units, c.unit) && s.Store.Unchanged(ctx, c.unit, c.head) {
			units = append(units, c.unit)
		}
	}
	return units
}

// headOf reads a head that a client names; a seq of 0 is none, but may name
// the log.
func headOf(log ledger.LogID, seq ledger.Seq, hash string) (ledger.Head, error) {
	head := ledger.Head{Log: log, Seq: seq}
	if seq == 0 {
		return head, nil
	}
	if log == "" || hash == "" {
		return head, problem.Malformed("a seq needs log and hash", nil)
	}
	var err error
	if head.Hash, err = ledger.ParseHash(hash); err != nil {
		return head, problem.Malformed("hash: "+err.Error(), err)
	}
	return head, nil
}

// earlierOf reads the heads that a device had seen before: seq, colon, hash.
func earlierOf(log ledger.LogID, list []string) ([]ledger.Head, error) {
	var heads []ledger.Head
	for _, text := range list {
		seq, hash, _ := strings.Cut(text, ":")
		n, err := strconv.ParseUint(seq, 10, 53)
		if err != nil {
			return nil, problem.Malformed("earlier: "+err.Error(), err)
		}
		head, err := headOf(log, ledger.Seq(n), hash)
		if err != nil {
			return nil, err
		}
		heads = append(heads, head)
	}
	return heads, nil
}

// shownIDs are the records that a pull shows the caller: what the access log
// keeps. It must not name those that the page hides.
func shownIDs(c *gate.Caller, unit ledger.UnitID, records []*ledger.Record) []ledger.RecordID {
	ids := make([]ledger.RecordID, 0, len(records))
	for _, r := range records {
		if shows(c, unit, r) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// GetHead implements the operation getHead.
func (s *Sync) GetHead(ctx context.Context, request contract.GetHeadRequestObject) (contract.GetHeadResponseObject, error) {
	if !gate.CallerOf(ctx).MayPull(request.Unit) {
		return nil, problem.ErrNotFound
	}
	head, err := s.Store.Head(ctx, request.Unit)
	if err != nil {
		return nil, err
	}
	epochs, err := s.Store.Epochs(ctx, request.Unit, gate.CallerOf(ctx).Device.ID)
	if err != nil {
		return nil, err
	}
	note, err := s.Keys.SignNote(s.noteText("head", request.Unit, head))
	if err != nil {
		return nil, fmt.Errorf("sign the head: %w", err)
	}
	checked, err := s.CheckedAt(ctx, request.Unit)
	return contract.GetHead200JSONResponse{Log: head.Log, Seq: head.Seq, Hash: head.Hash.String(), Note: note, VerifiedAt: checked, Epochs: problem.Epochs(epochs)}, err
}

// defaultCommits is how many commits a page of the log holds unless asked.
const defaultCommits = 50

// GetLog implements the operation getLog.
func (s *Sync) GetLog(ctx context.Context, request contract.GetLogRequestObject) (contract.GetLogResponseObject, error) {
	caller, p := gate.CallerOf(ctx), request.Params
	if !caller.Reaches(request.Unit) {
		return nil, problem.ErrNotFound
	}
	if p.Limit == 0 {
		p.Limit = defaultCommits
	}
	commits, more, err := s.Store.Commits(ctx, request.Unit, p.After, p.Limit)
	if err != nil {
		return nil, err
	}
	answer := contract.GetLog200JSONResponse{Commits: make([]contract.Commit, len(commits)), More: more}
	for i, c := range commits {
		if caller.User.Role == form.RoleAuditor {
			c = c.WithoutPersonal()
		}
		answer.Commits[i] = c.AppendJSON(nil)
	}
	if err := s.Access.Add(ctx, "getLog", request.Unit, nil); err != nil {
		return nil, err
	}
	return answer, nil
}
