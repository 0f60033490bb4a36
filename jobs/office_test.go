package jobs_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// atTheDesk is everything that compiles a report or writes one.
func (w *host) atTheDesk(draft, issued store.Stored[archive.Report]) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"compile": func(ctx context.Context) error {
			_, err := w.office.Archive.Drafts.Compile(ctx, request("", ""))
			return err
		},
		"write": func(ctx context.Context) error {
			_, err := w.office.Archive.Drafts.Write(ctx, draft.ID, draft.Version, archive.Words{Texts: map[string]*string{"other": ptr("x")}}, clerk)
			return err
		},
		"approve": func(ctx context.Context) error {
			_, err := w.office.Archive.Approvals.Approve(ctx, draft.ID, draft.Version, signature)
			return err
		},
		"file": func(ctx context.Context) error {
			_, err := w.office.Archive.File(ctx, &draft.Value, archive.PDF)
			return err
		},
		"figures": func(ctx context.Context) error { _, err := w.office.Archive.Compiled(ctx, &issued.Value); return err },
		"verify":  func(ctx context.Context) error { _, err := w.office.Archive.Verify(ctx, &issued.Value); return err },
		"preview": func(ctx context.Context) error {
			_, err := w.office.Archive.Drafts.Preview(ctx, request("", ""))
			return err
		},
		"count": func(ctx context.Context) error {
			_, err := w.office.Archive.Count(ctx, commune, "2020-01-01", "2020-12-31", func(*ledger.Record) bool { return false })
			return err
		},
		"register": func(ctx context.Context) error {
			return w.office.Archive.WriteRegister(ctx, io.Discard, commune, "2020-01-01", "2020-12-31", func(ledger.UnitID) bool { return true })
		},
	}
}

// Reports are compiled one at a time. A caller that has waited long enough
// gets an error; one that has gone away stops waiting.
func TestOneReportAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newHost(t)
		issued, draft := w.approve(w.drafts(1)[0]), w.compile(archive.Request{})
		calls := w.atTheDesk(draft, issued)
		leave := make(chan struct{})
		var began atomic.Bool
		w.db.SetFaults(func(op, _ string) memory.Fault {
			if op == memory.OpGet && began.CompareAndSwap(false, true) {
				<-leave // the caller that is served takes long
			}
			return memory.None
		})
		var sitting sync.WaitGroup
		sitting.Go(func() {
			if err := calls["verify"](t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		if !began.Load() {
			t.Fatal("nobody sits at the desk")
		}
		for name, call := range calls {
			begin := time.Now()
			if err := call(t.Context()); !errors.Is(err, archive.ErrBusy) || time.Since(begin) != 20*time.Second {
				t.Errorf("%s: %v after %s", name, err, time.Since(begin))
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s, for a client that has gone: %v", name, err)
			}
			cancel()
		}
		close(leave)
		sitting.Wait()
		for _, name := range []string{"compile", "verify", "preview", "register"} {
			if err := calls[name](t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
