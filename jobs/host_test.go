package jobs_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// Units of the tests: a commune under a district, with two villages.
const (
	district ledger.UnitID = "535-20040101"
	commune  ledger.UnitID = "21133-20040101"
	village1 ledger.UnitID = "21133-01-20040101"
	village2 ledger.UnitID = "21133-02-20040101"
)

var vietnam = time.FixedZone("ICT", 7*60*60)

// host is a commune with its office, over a database that fails on demand.
type host struct {
	t      *testing.T
	db     *memory.DB
	store  *store.Store
	office *jobs.Office
	sent   *mailbox
	// publicURL is that of the offices opened from now on.
	publicURL string
	inside    []string      // of them too: internal addresses that webhooks may reach
	log       *bytes.Buffer // what offices log
	logger    *slog.Logger
	ways      func(outbox.Recipient) (post.Channel, error) // instead of the mailbox

	mu     sync.Mutex
	now    time.Time
	counts map[ledger.UnitID]uint64
	ids    byte
}

func newHost(t *testing.T) *host {
	t.Helper()
	w := &host{t: t, db: memory.New(), now: time.Date(2024, 4, 11, 9, 0, 0, 0, vietnam), counts: map[ledger.UnitID]uint64{}, sent: &mailbox{}, log: &bytes.Buffer{}, publicURL: "https://sothon.example.vn"}
	w.logger = slog.New(slog.NewTextHandler(w.log, nil))
	w.store = store.New(w.db, store.Options{Now: w.clock, Random: rand.Reader, Location: vietnam})
	t.Cleanup(func() { _ = w.store.Close(context.WithoutCancel(t.Context())) })
	units := accounts.New(w.db).Units
	for _, u := range []accounts.Unit{
		{ID: district, Code: "535", Name: "Huyện mẫu", Level: accounts.District, ValidFrom: "2004-01-01"},
		{ID: commune, Code: "21133", Name: "Trà Mẫu", Level: accounts.Commune, Parent: district, ValidFrom: "2004-01-01"},
		{ID: village1, Code: "21133-01", Name: "Thôn mẫu 1", Level: accounts.Village, Parent: commune, ValidFrom: "2004-01-01"},
		{ID: village2, Code: "21133-02", Name: "Thôn mẫu 2", Level: accounts.Village, Parent: commune, ValidFrom: "2004-01-01"},
	} {
		w.add(units, u)
	}
	w.office = w.open("máy 1")
	return w
}

func (w *host) add(units store.Table[accounts.Unit], u accounts.Unit) {
	w.t.Helper()
	if _, err := units.Add(w.t.Context(), string(u.ID), u); err != nil {
		w.t.Fatal(err)
	}
}

// open starts one more server's office on the database.
func (w *host) open(server string) *jobs.Office { return w.openAhead(server, 0) }

// openAhead starts one whose clock is ahead.
func (w *host) openAhead(server string, by time.Duration) *jobs.Office {
	return w.openWith(server, by, func(*jobs.Options) {})
}

func (w *host) openWith(server string, ahead time.Duration, change func(*jobs.Options)) *jobs.Office {
	now := func() time.Time { return w.clock().Add(ahead) }
	o := jobs.Options{
		Store: w.store, Now: now, Random: rand.Reader, Location: vietnam, Server: server, Log: w.logger,
		Channel: func(r outbox.Recipient) (post.Channel, error) {
			if w.ways != nil {
				return w.ways(r)
			}
			return w.sent.of(r), nil
		},
		PublicURL: w.publicURL, Inside: w.inside,
	}
	change(&o)
	return jobs.New(o)
}

func (w *host) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// at makes it a moment in Vietnam.
func (w *host) at(year int, month time.Month, day, hour, minute int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = time.Date(year, month, day, hour, minute, 0, 0, vietnam)
}

func (w *host) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// push has a reviewer write an op into a unit's ledger.
func (w *host) push(unit ledger.UnitID, op string) {
	w.t.Helper()
	w.counts[unit]++
	n := w.counts[unit]
	text := fmt.Sprintf(`{"device":"d_%s","epoch":1,"from":%d,"ops":[{"n":%d,%s}]}`, unit, n, n, op)
	batch, err := ledger.ParseBatch([]byte(text))
	if err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	answer, err := w.store.Append(w.t.Context(), unit, store.Author{User: "u_desk", Role: form.RoleReviewer}, batch)
	if err != nil {
		w.t.Fatal(err)
	}
	if v := answer.Results[0]; v.Status == ledger.Rejected {
		w.t.Fatalf("%s was refused: %+v", op, v)
	}
}

func recordID(n byte) ledger.RecordID { return ledger.RecordID{0x01, 6: 0x70, 8: 0x80, 15: n} }

// edit writes a new record.
func (w *host) edit(unit ledger.UnitID, kind ledger.Kind, set string) ledger.RecordID {
	w.t.Helper()
	w.ids++
	id := recordID(w.ids)
	w.push(unit, fmt.Sprintf(`"record":%q,"kind":%q,"action":"edit","base":0,"at":"2024-01-01T00:00:00Z","set":{%s}`, id, kind, set))
	return id
}

// conflict records a meeting whose attendance two devices have changed, each in
// its own way.
func (w *host) conflict() {
	w.t.Helper()
	id := w.edit(village1, form.KindMeeting, `"date":"2020-05-01","level":"commune","place":"Nhà văn hóa","attendance":10`)
	for n, attendance := range []string{"20", "30"} {
		batch, err := ledger.ParseBatch([]byte(`{"device":"d_` + attendance + `","epoch":1,"from":1,"ops":[{"n":1,"record":"` + id.String() +
			`","kind":"meeting","action":"edit","base":1,"at":"2024-01-0` + string(rune('1'+n)) + `T00:00:00Z","set":{"attendance":` + attendance + `}}]}`))
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := w.store.Append(w.t.Context(), village1, store.Author{User: "u_1", Role: form.RoleReviewer}, batch); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *host) gift(unit ledger.UnitID, date string, quantity int) ledger.RecordID {
	w.t.Helper()
	return w.edit(unit, form.KindGift, fmt.Sprintf(`"date":%q,"quantity":%d,"recipientName":"Người nhận mẫu %d"`, date, quantity, w.ids))
}

// erase has a field of a record erased by order.
func (w *host) erase(unit ledger.UnitID, id ledger.RecordID, kind ledger.Kind, field string) {
	w.t.Helper()
	head, err := w.store.Head(w.t.Context(), unit)
	if err != nil {
		w.t.Fatal(err)
	}
	w.push(unit, fmt.Sprintf(`"record":%q,"kind":%q,"action":"erase","base":%d,"at":"2024-04-11T00:00:00Z","fields":[%q]`, id, kind, head.Seq, field))
}

var term = calendar.Term(2019, 2024, "2024-04-11")

var clerk = entry.Actor{User: "u_desk", Name: "Cán bộ mẫu"}

func (w *host) compile(o archive.Request) store.Stored[archive.Report] {
	w.t.Helper()
	if o.Unit == "" {
		o.Unit, o.Template, o.Period, o.By = commune, report.UBND, term, clerk
	}
	r, err := w.office.Archive.Drafts.Compile(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

var signature = archive.Signature{Name: "Người ký mẫu", By: entry.Actor{User: "u_head", Name: "Chủ tịch mẫu"}, Confirms: everything}

// everything confirms all that may be wrong with a report.
var everything = []archive.WarningCode{archive.OpenConflicts, archive.SilentVillages, archive.NotReviewed, archive.EmptySections}

func (w *host) approve(r store.Stored[archive.Report]) store.Stored[archive.Report] {
	w.t.Helper()
	done, err := w.office.Archive.Approvals.Approve(w.t.Context(), r.ID, r.Version, signature)
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

func (w *host) get(id string) store.Stored[archive.Report] {
	w.t.Helper()
	r, err := w.office.Archive.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func value(t *testing.T, r *archive.Report, id string) int64 {
	t.Helper()
	for _, f := range r.Content.Figures {
		if f.ID == id {
			return f.Value
		}
	}
	t.Fatalf("%s has no figure %s", r.ID, id)
	return 0
}

// mailbox is the other side: it keeps what arrives, and fails on demand.
type mailbox struct {
	mu      sync.Mutex
	parcels []*post.Parcel
	answers []error // of the next attempts; then all are taken
	receipt post.Receipt
}

type way struct {
	box *mailbox
	to  outbox.Recipient
}

func (m *mailbox) of(r outbox.Recipient) post.Channel { return way{m, r} }

func (w way) Send(_ context.Context, p *post.Parcel) (post.Receipt, error) {
	w.box.mu.Lock()
	defer w.box.mu.Unlock()
	w.box.parcels = append(w.box.parcels, p)
	if len(w.box.answers) > 0 {
		err := w.box.answers[0]
		w.box.answers = w.box.answers[1:]
		if err != nil {
			return post.Receipt{}, err
		}
	}
	return w.box.receipt, nil
}

// failWrite lets the write number at fail, from 0, and returns how many writes
// there were.
func (w *host) failWrite(at int, fault memory.Fault) (writes *int) {
	writes = new(int)
	w.db.SetFaults(memory.OneByOne(func(op, _ string) memory.Fault {
		if op != memory.OpAdd && op != memory.OpReplace && op != memory.OpDelete {
			return memory.None
		}
		if *writes++; *writes-1 == at {
			return fault
		}
		return memory.None
	}))
	return writes
}
