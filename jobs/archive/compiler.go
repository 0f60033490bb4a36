package archive

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/store"
)

// compiler makes the content of reports from ledgers, one report at a time: a
// commune's term takes a quarter of a gigabyte, and two of them could stop the
// server. All methods but acquire are for the holder of what it acquires.
type compiler struct {
	store   *store.Store
	units   store.Table[accounts.Unit]
	reports store.Table[Report]
	busy    chan struct{} // holds one element while somebody compiles
	last    lastCompiled
	counts  lastCounts
}

func newCompiler(s *store.Store, units store.Table[accounts.Unit], reports store.Table[Report]) *compiler {
	return &compiler{store: s, units: units, reports: reports, busy: make(chan struct{}, 1)}
}

// acquireWithin is how long a caller waits for the compiler.
const acquireWithin = 20 * time.Second

// acquire waits until nobody compiles, or fails with ErrBusy.
func (c *compiler) acquire(ctx context.Context) (release func(), err error) {
	timeout := time.NewTimer(acquireWithin)
	defer timeout.Stop()
	select {
	case c.busy <- struct{}{}:
		return func() { <-c.busy }, nil
	case <-timeout.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// compile makes a report's content from the ledgers as they are now.
func (c *compiler) compile(ctx context.Context, r *Report, letter report.Letter, standing map[string]string) (*report.Compiled, error) {
	c.last.forget()
	members, err := c.fold(ctx, r.Unit)
	if err != nil {
		return nil, err
	}
	return c.compileFrom(ctx, r, members, letter, standing)
}

// compileAgain makes the content of a report at the heads that it cites. It is
// the same unless sections were edited since.
func (c *compiler) compileAgain(ctx context.Context, r *Report) (*report.Compiled, error) {
	c.last.forget()
	members, err := c.foldCited(ctx, &r.Content)
	if err != nil {
		return nil, err
	}
	return c.compileFrom(ctx, r, members, r.Content.Letter, standingIn(&r.Content))
}

func (c *compiler) compileFrom(ctx context.Context, r *Report, members []report.Member, letter report.Letter, standing map[string]string) (*report.Compiled, error) {
	o := report.Spec{ID: r.ID, Period: r.Period, Template: r.Template, Unit: r.Unit, Letter: letter, Standing: standing, Edits: map[string]report.Edit{}, Headings: map[string]string{}}
	for id, e := range r.Edits {
		o.Edits[id] = e.Edit
	}
	for id, h := range r.Headings {
		o.Headings[id] = h.Text
	}
	if r.Approval != nil {
		o.Issue = &r.Approval.Issue
	}
	var err error
	if o.Replaces, err = c.replaced(ctx, r); err != nil {
		return nil, err
	}
	if r.AddendumOf != "" {
		if o.Addendum, err = c.base(ctx, r); err != nil {
			return nil, err
		}
	}
	compiled, err := report.Compile(o, members)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", r.ID, err)
	}
	return compiled, nil
}

// replaced is how a report cites the one that it is issued instead of.
func (c *compiler) replaced(ctx context.Context, r *Report) (string, error) {
	if r.Approval != nil {
		return r.Content.Replaces, nil // as it was signed
	}
	if r.Replaces == "" {
		return "", nil
	}
	of, err := c.reports.Get(ctx, r.Replaces)
	return of.Value.Name(), err
}

// base is what an addendum tells the difference from: the report that it adds
// to, as the addendum before it left it.
func (c *compiler) base(ctx context.Context, r *Report) (*report.Issued, error) {
	of, err := c.reports.Get(ctx, r.AddendumOf)
	if err != nil {
		return nil, fmt.Errorf("the report that %s adds to: %w", r.ID, err)
	}
	last, name := of, of.Value.Name()
	if r.Since != "" {
		if last, err = c.reports.Get(ctx, r.Since); err != nil {
			return nil, fmt.Errorf("the addendum before %s: %w", r.ID, err)
		}
		name += ", đã bổ sung tại " + last.Value.Name()
	}
	base := &report.Issued{ID: of.ID, Name: name, Subject: of.Value.Content.Subject, Period: last.Value.Period, Figures: last.Value.Content.Figures, Details: last.Value.Content.Details}
	base.Members, err = c.foldCited(ctx, &last.Value.Content)
	return base, err
}

// compiled is compileAgain, unless the report was the last one compiled.
func (c *compiler) compiled(ctx context.Context, r *Report) (*report.Compiled, error) {
	if compiled := c.last.get(r); compiled != nil {
		return compiled, nil
	}
	compiled, err := c.compileAgain(ctx, r)
	if err != nil {
		return nil, err
	}
	c.last.keep(compiled)
	return compiled, nil
}

// lastCompiled keeps the report compiled last for a while: a reader of one
// figure goes on to the next.
type lastCompiled struct {
	mu       sync.Mutex
	compiled *report.Compiled
	expiry   *time.Timer
}

// keepFor is how long it is kept.
const keepFor = time.Minute

func (l *lastCompiled) keep(compiled *report.Compiled) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.compiled = compiled
	if l.expiry != nil {
		l.expiry.Stop()
	}
	l.expiry = time.AfterFunc(keepFor, l.forget)
}

// get returns the content of a report if it was compiled last, or nil.
func (l *lastCompiled) get(r *Report) *report.Compiled {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.compiled; c != nil && c.ID == r.ID && c.SHA256 == r.Content.SHA256 {
		return c
	}
	return nil
}

// forget frees its memory, which may be much.
func (l *lastCompiled) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.compiled = nil
}
