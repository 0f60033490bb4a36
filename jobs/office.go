package jobs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/holidays"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Options are what an office needs. All are required but Channel, Clean, Inside,
// LostErasures, NumberBackup and PublicURL.
type Options struct {
	Store    *store.Store
	Now      func() time.Time
	Random   io.Reader      // identities and secrets: crypto/rand
	Location *time.Location // where a day begins: Asia/Ho_Chi_Minh
	Server   string         // the name of this server among those of the database
	Log      *slog.Logger
	// Channel opens the way to a recipient. An error is the setting's, and
	// shown. nil: nothing can be sent.
	Channel func(outbox.Recipient) (post.Channel, error)
	// Clean drops files that nobody needs, also those that are over by the clock
	// where that is not in doubt; nil where none are kept.
	Clean func(ctx context.Context, byClock bool) error
	// Inside are the webhooks, as host:port, that may be reached by http and at a
	// private address.
	Inside []string
	// NumberBackup keeps numbers of reports outside of the database; its functions are
	// nil where nothing does.
	NumberBackup archive.NumberBackup
	// LostErasures counts the orders of erasure that a restored backup lacks, by unit;
	// nil where they are kept nowhere else.
	LostErasures func() map[ledger.UnitID]LostErasures
	// PublicURL is where recipients reach this server to acknowledge, as
	// https://sothon.example.vn; "" sends no such link.
	PublicURL string
}

// Office wires the parts to each other and does their work by the clock.
type Office struct {
	Archive   *archive.Archive
	Outbox    *outbox.Outbox
	Reminders *reminders.Reminders
	Holidays  *holidays.Book
	Schedules *Schedules
	Runner    *schedule.Runner // says what was done on schedule

	clock    calendar.Clock
	log      *slog.Logger
	store    *store.Store
	accounts accounts.Accounts
	clean    func(ctx context.Context, byClock bool) error
	checks   store.Table[checked]

	lostErasures func() map[ledger.UnitID]LostErasures

	damaged  atomic.Int64 // ledgers, by the last check of this server
	checking sync.Mutex   // held by the check of one ledger
}

// byClock is the actor of what is done on schedule.
var byClock = entry.Actor{Name: "Lịch tự động"}

// New opens the office of a store.
func New(o Options) *Office {
	if o.Clean == nil {
		o.Clean = func(context.Context, bool) error { return nil }
	}
	if o.LostErasures == nil {
		o.LostErasures = func() map[ledger.UnitID]LostErasures { return nil }
	}
	d, clock := o.Store.Backend(), calendar.Clock{Now: o.Now, Location: o.Location}
	f := &Office{
		Holidays:  holidays.New(d),
		Schedules: &Schedules{clock: clock, random: o.Random, list: store.NewTable[Schedule](d, "schedules")},
		clock:     clock, log: o.Log, store: o.Store, accounts: accounts.New(d), clean: o.Clean,
		checks: store.NewTable[checked](d, "checks"), lostErasures: o.LostErasures,
	}
	f.Archive = archive.New(archive.Options{
		Store: o.Store, Units: f.accounts.Units, Clock: clock, Random: o.Random, Log: o.Log, WorkingDays: f.Holidays.WorkingDays, NumberBackup: o.NumberBackup,
	})
	f.Outbox = outbox.New(outbox.Options{
		Documents: d, Now: o.Now, Random: o.Random, Server: o.Server, Log: o.Log, Pack: f.pack, Progress: f.progress,
		Channel: o.Channel, Inside: o.Inside, PublicURL: o.PublicURL,
	})
	f.Reminders = reminders.New(reminders.Options{Store: o.Store, Clock: clock, WorkingDays: f.Holidays.WorkingDays})
	f.Runner = schedule.New(d, schedule.Options{
		Now: o.Now, Random: o.Random, Location: o.Location, Server: o.Server, Log: o.Log, Jobs: f.Jobs,
	})
	return f
}

// Run does what is due until ctx ends: on schedule, and at once what this server
// put into the outbox.
func (f *Office) Run(ctx context.Context) {
	var dispatching sync.WaitGroup
	dispatching.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-f.Outbox.Queued():
			}
			if _, err := f.Outbox.Dispatch(ctx); err != nil && ctx.Err() == nil {
				f.log.Warn("deliveries were not sent and are tried again", "task", TaskDispatch, "error", err)
			}
		}
	})
	f.Runner.Run(ctx)
	dispatching.Wait()
}

// Deliver queues an issued report for everybody who is its recipient on the day
// of its issue. Doing it twice queues it once.
func (f *Office) Deliver(ctx context.Context, report string, by entry.Actor) ([]store.Stored[outbox.Delivery], error) {
	r, err := f.Archive.Get(ctx, report)
	if err != nil {
		return nil, err
	}
	if r.Value.State.Issued() {
		// Asked first: once a delivery has begun, no signed copy is attached.
		if _, err := f.Outbox.RecipientsOf(ctx, issued(&r)); err != nil {
			return nil, err
		}
	}
	if r, err = f.Archive.BeginDelivery(ctx, report); err != nil {
		return nil, err
	}
	return f.Outbox.Deliver(ctx, issued(&r), by)
}

// issued is what the outbox needs of an issued report.
func issued(r *store.Stored[archive.Report]) *outbox.Issued {
	c := &r.Value.Content
	sha256 := c.SHA256
	if signed := r.Value.SignedCopy; signed != nil {
		sha256 = signed.SHA256 // it is what arrives, and is acknowledged
	}
	return &outbox.Issued{
		Report: r.ID, Unit: r.Value.Unit, Template: r.Value.Template, Sender: c.Sender(), Date: calendar.Day(r.Value.Approval.Issue.Date),
		Name: r.Value.Name(), Subject: c.Subject, SHA256: sha256, Signed: r.Value.SignedCopy != nil,
	}
}

// pack returns an issued report as a parcel carries it to a recipient.
func (f *Office) pack(ctx context.Context, report string, to *outbox.Recipient) (*post.Parcel, error) {
	r, err := f.Archive.Get(ctx, report)
	if err != nil {
		return nil, err
	}
	if !r.Value.State.Issued() {
		return nil, fmt.Errorf("%w: báo cáo đã thu hồi", post.ErrRefused)
	}
	c, i := &r.Value.Content, r.Value.Approval.Issue
	p := &post.Parcel{Report: post.ReportInfo{
		ID: r.ID, Number: i.Number, Symbol: i.Symbol, Unit: string(c.Unit), UnitName: c.UnitName, From: c.From, To: c.To, SHA256: c.SHA256,
	}}
	for _, format := range archive.Formats {
		if format == archive.DOCX && r.Value.SignedCopy != nil {
			continue // it has no signature
		}
		body, err := f.Archive.File(ctx, &r.Value, format)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, post.File{Name: r.Value.FileName(format), Type: format.MediaType(), Body: body})
	}
	if to.EdXML == (outbox.EdXMLCodes{}) {
		return p, nil
	}
	packed, err := exchanged(&r.Value, to, p.Files)
	if err != nil {
		return nil, err
	}
	p.Files = append(p.Files, packed)
	return p, nil
}

// progress brings a report's state to that of its deliveries.
func (f *Office) progress(ctx context.Context, report string, look func(context.Context) (outbox.State, error)) error {
	return f.Archive.SetProgress(ctx, report, func(ctx context.Context) (archive.State, error) {
		state, err := look(ctx)
		switch state {
		case outbox.Sent:
			return archive.Delivered, err
		case outbox.Acknowledged:
			return archive.Acknowledged, err
		default:
			return "", err
		}
	})
}
