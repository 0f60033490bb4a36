package store_test

import (
	"bytes"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// inspect checks all that can be checked: the whole of every ledger, every
// server's fold, and, at times, the lists.
func (s *simulation) inspect() {
	s.count["inspections"]++
	before := s.calm
	s.calm = true
	for _, l := range s.ledgers {
		l.inspect()
		for _, n := range s.nodes {
			if !n.dead {
				l.inspectServer(n)
			}
		}
	}
	if s.chance(0.3) {
		s.settle()
	}
	s.calm = before
}

// settle has one server bring the lists up, which carries out the erasures
// too, and checks them.
func (s *simulation) settle() {
	s.count["lists compared"]++
	for _, n := range s.nodes {
		if n.dead {
			continue
		}
		n.serve(func() {
			for _, l := range s.ledgers {
				if _, err := n.store.Head(s.t.Context(), l.unit); err != nil {
					s.fail("head: %v", err)
				}
				if err := n.store.Settle(s.t.Context(), []ledger.UnitID{l.unit}); err != nil {
					s.fail("settle: %v", err)
				}
			}
		})
		for _, l := range s.ledgers {
			l.inspectLists()
		}
		return
	}
}

// inspect reads the ledger from its beginning: nothing has changed but what
// was erased, and its fold is what the fold of commit by commit has come to.
func (l *truth) inspect() {
	verifier := ledger.NewVerifier(l.unit)
	fold, err := ledger.NewState(l.unit, ledger.RulesCurrent)
	if err != nil {
		l.s.fail("%v", err)
	}
	for commits := l.read(0); len(commits) > 0; commits = l.read(fold.Head().Seq) {
		for _, c := range commits {
			if err := verifier.Check(c); err != nil {
				l.s.fail("%v", err)
			}
			if _, err := fold.Apply(c); err != nil {
				l.s.fail("%v", err)
			}
			l.mustBeUnchanged(c)
		}
	}
	if fold.Head() != l.head() || fold.Len() != len(l.shown) {
		l.s.fail("%s: %d records at %v, were %d at %v", l.unit, fold.Len(), fold.Head(), len(l.shown), l.head())
	}
	for r := range fold.Records() {
		if got := string(r.AppendJSON(nil)); got != l.shown[r.ID] {
			l.s.fail("%s: folded from the beginning\n%s\nfolded commit by commit\n%s", l.unit, got, l.shown[r.ID])
		}
	}
	l.merge.check(l)
}

// mustBeUnchanged compares a commit with what it was when it was new.
func (l *truth) mustBeUnchanged(c *ledger.Commit) {
	was := l.commits[c.Seq-1]
	if bytes.Equal(was, c.AppendJSON(nil)) {
		return
	}
	first, err := ledger.ParseCommit(was)
	if err != nil {
		l.s.fail("%v", err)
	}
	if first.Hash != c.Hash || !bytes.Equal(first.WithoutPersonal().AppendJSON(nil), withClasses(first, c).WithoutPersonal().AppendJSON(nil)) {
		l.s.fail("commit %d of %s has changed from\n%s\nto\n%s", c.Seq, l.unit, was, c.AppendJSON(nil))
	}
	at := ledger.Dot{Seq: c.Seq, Index: -1}
	for i := range c.Entries {
		for j := range c.Entries[i].Ops {
			at.Index++
			op, old := &c.Entries[i].Ops[j], &first.Entries[i].Ops[j]
			for k := range op.Personal {
				p, q := &op.Personal[k], &old.Personal[k]
				if p.Erased != q.Erased && !l.ordered(op, p, at) || !p.Erased && *p != *q {
					l.s.fail("commit %d of %s: nobody ordered to erase %s of %s", c.Seq, l.unit, p.Path, op.Record())
				}
			}
		}
	}
}

// withClasses copies from one commit to another what an erasure adds, so that
// only what it must not touch is compared.
func withClasses(from, to *ledger.Commit) *ledger.Commit {
	out := to.WithoutPersonal()
	for i := range out.Entries {
		for j := range out.Entries[i].Ops {
			for k := range out.Entries[i].Ops[j].Personal {
				out.Entries[i].Ops[j].Personal[k].Class = from.Entries[i].Ops[j].Personal[k].Class
			}
		}
	}
	return out
}

// ordered reports whether somebody ordered to erase a personal value of an op.
func (l *truth) ordered(op *ledger.StoredOp, p *ledger.PersonalValue, at ledger.Dot) bool {
	field, ok := strings.CutPrefix(p.Path, "set.")
	switch {
	case p.Path == "own":
		field = ledger.Unknown // what a refused op said beside its value
	case !ok:
		field = op.Open().Field // the value of a resolve
	}
	return slices.ContainsFunc(l.erasures, func(e ledger.Erasure) bool {
		return e.Record == op.Record() && at.Compare(e.Before) < 0 && slices.Contains(e.Fields, field)
	})
}

// inspectServer pulls everything from a server.
func (l *truth) inspectServer(n *node) {
	var after ledger.Head
	seen := map[ledger.RecordID]*ledger.Record{}
	for more := true; more; {
		var page store.Changes
		var err error
		n.serve(func() {
			page, err = n.store.Changes(l.s.t.Context(), l.unit, store.Pulled{Head: after}, 50+l.s.rng.IntN(200), 0)
		})
		if err != nil {
			l.s.fail("pull: %v", err)
		}
		for _, r := range page.Records {
			seen[r.ID] = r
		}
		after, more = page.Head, page.More
	}
	if after != l.head() || len(seen) != len(l.shown) {
		l.s.fail("%s: a server shows %d records at %v, the ledger has %d at %v", l.unit, len(seen), after, len(l.shown), l.head())
	}
	for r := range l.state.Records() {
		if got := l.s.encode(seen[r.ID]); got != l.shown[r.ID] {
			l.s.fail("%s: a server shows\n%s\nthe ledger says\n%s", l.unit, got, l.shown[r.ID])
		}
	}
}

// inspectLists compares what was projected, once it is up to date, and looks
// for what should have been erased.
func (l *truth) inspectLists() {
	p, err := l.s.db.Snapshot(l.s.t.Context(), l.unit)
	if err != nil {
		l.s.fail("%v", err)
	}
	if p.Head != l.head() || len(p.Rows) != len(l.shown) {
		l.s.fail("%s: %d rows at %v, the ledger has %d records at %v", l.unit, len(p.Rows), p.Head, len(l.shown), l.head())
	}
	for i := range p.Rows {
		if got := string(p.Rows[i].Body); got != l.shown[p.Rows[i].ID] {
			l.s.fail("%s: projected\n%s\nthe ledger says\n%s", l.unit, got, l.shown[p.Rows[i].ID])
		}
	}
	streams := map[string]bool{}
	for stream := range l.state.Streams() {
		streams[string(stream.AppendJSON(nil))] = true
	}
	for _, stream := range p.Streams {
		if !streams[string(stream.Body)] {
			l.s.fail("%s: projected the stream %s", l.unit, stream.Body)
		}
	}
	if len(p.Streams) != len(streams) {
		l.s.fail("%s: %d streams projected, of %d", l.unit, len(p.Streams), len(streams))
	}
	for after := ledger.Seq(0); len(l.erasures) > 0 && after < l.head().Seq; {
		for _, c := range l.read(after) {
			after = c.Seq
			at := ledger.Dot{Seq: c.Seq, Index: -1}
			for i := range c.Entries {
				for j := range c.Entries[i].Ops {
					at.Index++
					op := &c.Entries[i].Ops[j]
					for k := range op.Personal {
						if v := &op.Personal[k]; !v.Erased && l.ordered(op, v, at) {
							l.s.fail("commit %d of %s still holds %s of %s", c.Seq, l.unit, v.Path, op.Record())
						}
					}
				}
			}
		}
	}
}
