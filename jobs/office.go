package jobs

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Options are what an office needs. All are required but Channel and PublicURL.
type Options struct {
	Store    *store.Store
	Now      func() time.Time
	Random   io.Reader      // identities and secrets: crypto/rand
	Location *time.Location // where a day begins: Asia/Ho_Chi_Minh
	Server   string         // the name of this server among those of the database
	Log      *slog.Logger
	// Channel opens the way to a recipient. An error is the setting's, and
	// shown. nil: nothing can be sent.
	Channel func(Recipient) (post.Channel, error)
	// PublicURL is where recipients reach this server to say that something
	// has arrived, as https://sothon.example.vn; "" sends no such link.
	PublicURL string
}

// Office makes, keeps and sends the reports of all units of a database.
type Office struct {
	Options
	store    *store.Store
	accounts store.Accounts

	reports    store.Table[Report]
	register   store.Table[Approval] // of numbers: see approve.go
	signings   store.Table[openSigning]
	files      files
	letters    store.Table[Letterhead]
	recipients store.Table[Recipient]
	deliveries store.Table[Delivery]
	outbox     store.Table[Delivery] // those not done yet, as they were ordered
	inboxes    store.Table[string]   // ids of deliveries, by the unit that they go to
	holidays   store.Table[calendar.Holiday]
	schedules  store.Table[Schedule]
	notices    store.Table[Notice]
	secrets    store.Table[[]byte]
	runner     *schedule.Runner
	desk       chan struct{} // holds one: who sits at it, see [Office.sit]
	ordered    chan struct{} // something was put into the outbox

	last struct { // the report compiled last
		sync.Mutex
		compiled *report.Compiled
		forget   *time.Timer
	}
}

// Actor is who does something.
type Actor struct {
	User ledger.UserID `json:"user"` // "" where the clock did it
	Name string        `json:"name"`
}

// clock is the actor of what is done on schedule.
var clock = Actor{Name: "Lịch tự động"}

// Errors that people can do something about. Each names what stands in the way.
var (
	ErrState   = errors.New("the report is not in a state for this")
	ErrStale   = errors.New("a section tells numbers that have changed")
	ErrIssued  = errors.New("there is an issued report of this period")
	ErrPending = errors.New("an approval of this report is under way")
	ErrBusy    = errors.New("other reports are being compiled")
	// ErrOtherHistory: a backup was restored, and history went on differently.
	ErrOtherHistory = errors.New("a ledger is not the one that the report cites")
)

// Invalid is a setting or an order that cannot be meant.
type Invalid struct {
	Field   string // of the request
	Message string // Vietnamese
}

func (e *Invalid) Error() string { return e.Field + ": " + e.Message }

// New opens the office of a store.
func New(o Options) (*Office, error) {
	d := o.Store.Backend()
	f := &Office{
		Options: o, store: o.Store, accounts: store.NewAccounts(d), files: newFiles(d),
		reports: store.NewTable[Report](d, "reports"), register: store.NewTable[Approval](d, "register"),
		signings: store.NewTable[openSigning](d, "signings"),
		letters:  store.NewTable[Letterhead](d, "letterheads"), recipients: store.NewTable[Recipient](d, "recipients"),
		deliveries: store.NewTable[Delivery](d, "deliveries"), outbox: store.NewTable[Delivery](d, "outbox"),
		inboxes:  store.NewTable[string](d, "inboxes"),
		holidays: store.NewTable[calendar.Holiday](d, "holidays"), schedules: store.NewTable[Schedule](d, "schedules"),
		notices: store.NewTable[Notice](d, "notices"), secrets: store.NewTable[[]byte](d, "secrets"),
		desk: make(chan struct{}, 1), ordered: make(chan struct{}, 1),
	}
	f.runner = f.newRunner()
	return f, nil
}

// Run does what is due until ctx ends: on schedule, and what this server put
// into the outbox at once.
func (f *Office) Run(ctx context.Context) {
	var ordered sync.WaitGroup
	ordered.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-f.ordered:
			}
			if _, err := f.Dispatch(ctx); err != nil && ctx.Err() == nil {
				f.Log.Warn("will try again", "task", TaskDispatch, "error", err)
			}
		}
	})
	f.runner.Run(ctx)
	ordered.Wait()
}

// wake has Run work off the outbox now.
func (f *Office) wake() {
	select {
	case f.ordered <- struct{}{}:
	default: // it is about to
	}
}

// deskWait is how long somebody waits for the desk.
const deskWait = 20 * time.Second

// sit waits for the desk, at which reports are compiled and written one at a
// time: a commune's term takes a quarter of a gigabyte, and two of them could
// stop the server. rise leaves it.
func (f *Office) sit(ctx context.Context) (rise func(), err error) {
	enough := time.NewTimer(deskWait)
	defer enough.Stop()
	select {
	case f.desk <- struct{}{}:
		return func() { <-f.desk }, nil
	case <-enough.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Runner tells what was done on schedule.
func (f *Office) Runner() *schedule.Runner { return f.runner }

// today is the day in Vietnam.
func (f *Office) today() calendar.Day { return calendar.DayOf(f.Now().In(f.Location)) }

func (f *Office) millis() ledger.Millis { return ledger.MillisOf(f.Now()) }
