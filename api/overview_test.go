package api_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/api"
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/operations"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

func (h *host) overview(username, query string) contract.Overview {
	h.t.Helper()
	h.clock.advance(3 * time.Second) // past what is kept
	var o contract.Overview
	h.do("GET", "/v1/overview"+query, h.as(username), nil).want(http.StatusOK).into(&o)
	return o
}

// unitOf returns the part of an overview about a unit.
func unitOf(t *testing.T, o *contract.Overview, id ledger.UnitID) *contract.UnitOverview {
	t.Helper()
	for i := range o.Units {
		if o.Units[i].Unit == id {
			return &o.Units[i]
		}
	}
	t.Fatalf("the overview has no %s", id)
	return nil
}

// TestOverviewCountsWhatWaits makes one of each thing that waits for staff.
func TestOverviewCountsWhatWaits(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H012","headName":"Hộ mẫu","category":"poor"}`)
	p.write(recordID(2), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H013","headName":"Hộ mẫu","category":"poor"}`)
	p.write(recordID(3), form.KindFund, ledger.ActionEdit, 0, `,"set":{"direction":"in","date":"2026-11-02","amountVnd":500000,"party":"Đơn vị mẫu"}`)
	p.write(recordID(4), form.KindFund, ledger.ActionEdit, 0, `,"set":{"direction":"out","date":"2026-11-03","amountVnd":120000,"party":"Hộ mẫu 012"}`)
	p.write(recordID(5), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-02","class":"complaint","content":"đường vào thôn","status":"received"}`)
	p.write(recordID(6), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-02","class":"denunciation","content":"nội dung mẫu","status":"received"}`)
	p.write(recordID(7), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-23","class":"complaint","content":"kênh mương","status":"received"}`)
	p.mustPush()
	r := h.phone("reviewer", village1)
	r.pull()
	r.write(recordID(1), form.KindHousehold, ledger.ActionReview, r.book.Seen, `,"state":"returned","note":"Xin xem lại."`)
	r.mustPush()

	o := h.overview("reviewer", "")
	u := unitOf(t, &o, village1)
	if c := u.Counts; c.Pending != 6 || c.Returned != 1 || c.Duplicates != 1 || c.Conflicts != 0 || c.OldestPending.IsZero() || c.OldestReturned.IsZero() {
		t.Errorf("the queues of the village: %+v", c)
	}
	if u.FundVnd != 380000 || u.Name != "Thôn mẫu 1" {
		t.Errorf("%s holds %d đồng", u.Name, u.FundVnd)
	}
	if o.Counts.Pending != 6 || o.Counts.Duplicates != 1 {
		t.Errorf("the sum: %+v", o.Counts)
	}
	if len(o.Petitions) != 2 {
		t.Fatalf("%d petitions are urgent, want the two of three weeks ago", len(o.Petitions))
	}
	if d := o.Petitions[0].Deadlines; len(d) != 2 || !d[1].Late || d[1].Law == "" || o.Petitions[0].Record.Due == "" {
		t.Errorf("the deadlines of a petition: %+v", o.Petitions[0])
	}
	if o = h.overview("approver", ""); len(o.Petitions) != 1 || o.Counts.Pending != 5 || o.Counts.Duplicates != 0 {
		t.Errorf("the approver sees %d petitions and counts %+v", len(o.Petitions), o.Counts)
	}
	if o = h.overview("reviewer", "?unit="+string(village2)); len(o.Units) != 1 || o.Counts.Pending != 0 || len(o.Petitions) != 0 {
		t.Errorf("the other village: %+v", o)
	}
	if o = h.overview("otherreviewer", ""); o.Counts != (contract.QueueCounts{}) || len(o.Petitions) != 0 || len(o.Units) != 2 {
		t.Errorf("the other commune sees %+v", o)
	}
	h.do("GET", "/v1/overview?unit="+string(village1), h.as("otherreviewer"), nil).want(http.StatusNotFound)
}

// TestOverviewIsLoggedOnceADay: a desk that stands open asks again and again, and
// the access log tells of it once a day; of what is new, of another person
// and of the next day it tells too.
func TestOverviewIsLoggedOnceADay(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	petition := func(n int) {
		p.write(recordID(n), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-02","class":"complaint","content":"đường vào thôn","status":"received"}`)
		p.mustPush()
	}
	looks := func(user string) (records []string) {
		t.Helper()
		for _, a := range h.accessLog(h.as("auditor"), url.Values{"user": {user}}) {
			if a.Operation == "getOverview" {
				for _, r := range a.Records {
					records = append(records, r.String())
				}
			}
		}
		slices.Sort(records)
		return records
	}
	one, two := recordID(1).String(), recordID(2).String()
	petition(1)
	for range 3 {
		h.overview("reviewer", "")
	}
	if got := looks("reviewer"); !slices.Equal(got, []string{one}) {
		t.Fatalf("three readings are %v in the log", got)
	}
	petition(2)
	for range 2 {
		h.overview("reviewer", "")
	}
	if got := looks("reviewer"); !slices.Equal(got, []string{one, two}) {
		t.Fatalf("with a new petition the log has %v", got)
	}
	h.overview("approver", "")
	if got := looks("approver"); !slices.Equal(got, []string{one, two}) {
		t.Fatalf("of another person the log has %v", got)
	}
	h.clock.advance(24 * time.Hour)
	h.overview("reviewer", "")
	if got := looks("reviewer"); !slices.Equal(got, []string{one, one, two, two}) {
		t.Fatalf("on the next day the log has %v", got)
	}
	for range 2 {
		h.do("GET", "/v1/records/"+one+"?unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK)
	}
	opened := func() (plain, sensitive int) {
		for _, a := range h.accessLog(h.as("auditor"), url.Values{"user": {"reviewer"}, "record": {one}}) {
			switch {
			case a.Operation == "getRecord" && a.Sensitive:
				sensitive++
			case a.Operation == "getRecord":
				plain++
			}
		}
		return plain, sensitive
	}
	if n, _ := opened(); n != 2 {
		t.Errorf("a record that was opened twice is %d times in the log", n)
	}
	// One that stands open is read again by itself.
	for range 3 {
		h.do("GET", "/v1/records/"+one+"?again=true&unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK)
		h.do("GET", "/v1/records/"+one+"?again=true&sensitive=true&unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK)
	}
	if plain, sensitive := opened(); plain != 3 || sensitive != 1 {
		t.Errorf("three readings more of each kind make it %d times, and %d with sensitive values", plain, sensitive)
	}
}

// TestOverviewTellsWhoHasNotSent reads back what a phone said of itself.
func TestOverviewTellsWhoHasNotSent(t *testing.T) {
	h := newHost(t)
	r := h.request("GET", "/v1/units/"+string(village1)+"/changes?after=0", h.as("collector1"), nil)
	r.Header.Set("Sothon-Unsent", "12;photos=3")
	h.send(r).want(http.StatusOK)
	o := h.overview("reviewer", "")
	for _, p := range unitOf(t, &o, village1).People {
		switch p.User {
		case "collector1":
			if p.Unsent != 12 || p.UnsentPhotos != 3 || p.UnsentSince.IsZero() || p.LastPullAt.IsZero() || !p.LastPushAt.IsZero() {
				t.Errorf("%+v", p)
			}
		case "deputy1":
			if p.Unsent != 0 || !p.LastPullAt.IsZero() {
				t.Errorf("%+v", p)
			}
		default:
			t.Errorf("%s is no collector of the village", p.User)
		}
	}
	if n := len(unitOf(t, &o, village1).People); n != 2 {
		t.Errorf("%d people", n)
	}
}

// TestOverviewTellsReportsDue: what a commune owes is there until it is
// delivered.
func TestOverviewTellsReportsDue(t *testing.T) {
	h := newHost(t)
	o := h.overview("approver", "")
	begun := 0
	for _, d := range o.Reports {
		if d.Unit != commune {
			t.Errorf("%s owes a report", d.Unit)
		}
		if d.Report != "" {
			begun++
		}
	}
	if len(o.Reports) == 0 || begun > 0 {
		t.Fatalf("%d reports are due, %d of them begun", len(o.Reports), begun)
	}
	i := slices.IndexFunc(o.Reports, func(d contract.ReportDue) bool { return d.Type == calendar.Annual && d.To == "2025-12-14" })
	d := o.Reports[i]
	h.do("POST", "/v1/reports", h.as("reviewer"), map[string]any{
		"unit": commune, "template": d.Template, "type": d.Type, "year": 2025,
	}).want(http.StatusCreated)
	for _, now := range h.overview("approver", "").Reports {
		if same := now.Template == d.Template && now.Type == d.Type && now.From == d.From; same != (now.Report != "" && now.State == "draft") {
			t.Errorf("%+v", now)
		}
	}
}

// TestPetitionsTellTheirDeadlines in lists and by themselves.
func TestPetitionsTellTheirDeadlines(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"complaint","content":"nội dung mẫu","status":"received"}`)
	p.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1))
	p.mustPush()
	var page contract.RecordPage
	h.do("GET", "/v1/records?kind=petition", h.as("reviewer"), nil).want(http.StatusOK).into(&page)
	if len(page.Items) != 1 || page.Items[0].Due != "2026-11-30" {
		t.Errorf("the row: %+v", page.Items)
	}
	var one contract.RecordHistory
	h.do("GET", "/v1/records/"+recordID(1).String()+"?unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK).into(&one)
	if d := one.Deadlines; len(d) != 2 || d[0].Step != "answer" || d[0].Due != "2026-12-04" || d[1].Step != "accept" || d[1].Late || d[0].WorkingDays != 9 || d[1].WorkingDays != 5 {
		t.Errorf("its deadlines: %+v", d)
	}
	one = contract.RecordHistory{}
	h.do("GET", "/v1/records/"+recordID(2).String()+"?unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK).into(&one)
	if len(one.Deadlines) != 0 {
		t.Errorf("a meeting has deadlines: %+v", one.Deadlines)
	}
}

// TestOverviewNamesRecordsSetAside: a record whose row cannot be stored is a
// problem of its unit, until it fits.
func TestOverviewNamesRecordsSetAside(t *testing.T) {
	h := newHost(t)
	var small *store.Store
	other := h.beside(func(c *api.Config) {
		small = store.New(h.backend, store.Options{Now: h.clock.Now, Random: rand.Reader, Location: time.UTC, MaxRow: 3000})
		c.Store, c.Metrics = small, operations.NewMetrics()
		c.Metrics.Observe(small)
	})
	t.Cleanup(func() {
		if err := small.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	p := other.phone("reviewer", village1)
	write := func(summaries string, base ledger.Seq) {
		t.Helper()
		p.write(recordID(1), form.KindMeeting, ledger.ActionEdit, base, `,"set":{"date":"2026-11-20","level":"commune","place":"Điểm mẫu","attendance":2,"summaries":"`+summaries+`"}`)
		if got := results(p.mustPush()); got != "accepted" {
			t.Fatal(got)
		}
	}
	// A unit that is at work has nothing to say, and is asked again.
	mustName := func(want int) {
		t.Helper()
		n := 0
		for range 200 {
			n = 0
			for _, problem := range other.overview("reviewer", "").Problems {
				if problem.Code == "records-set-aside" && problem.Unit == village1 && problem.Message != "" {
					n++
				}
			}
			if n == want {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("the village has %d such problems, want %d", n, want)
	}
	write(strings.Repeat("x", 3000), 0)
	mustName(1)
	ready := func() string { return string(other.do("GET", "/readyz", "", nil).want(http.StatusOK).body) }
	if said := ready(); !strings.Contains(said, "set aside: "+string(village1)+"/"+recordID(1).String()) {
		t.Errorf("/readyz says %q", said)
	}
	other.mustCount("sothon_records_set_aside 1")
	write("x", 1)
	mustName(0)
	if said := ready(); said != "ok\n" {
		t.Errorf("/readyz says %q", said)
	}
	other.mustCount("sothon_records_set_aside 0")
}

// TestOverviewNamesErasuresThatFail: an order of erasure that cannot be carried out is
// a problem of its unit, until it is.
func TestOverviewNamesErasuresThatFail(t *testing.T) {
	h := newHost(t)
	var failing atomic.Bool
	var s *store.Store
	other := h.beside(func(c *api.Config) {
		s = store.New(h.backend, store.Options{
			Now: h.clock.Now, Random: rand.Reader, Location: time.UTC,
			Erasing: func(context.Context, ledger.UnitID, ledger.Erasure, []*ledger.Commit) error {
				if failing.Load() {
					return errors.New("what is kept elsewhere cannot be noted")
				}
				return nil
			},
		})
		c.Store, c.Metrics = s, operations.NewMetrics()
		c.Metrics.Observe(s)
	})
	t.Cleanup(func() {
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	p := other.phone("reviewer", village1)
	mustName := func(orders int) {
		t.Helper()
		var messages []string
		for _, problem := range other.overview("reviewer", "").Problems {
			if problem.Code == "erasure-failed" && problem.Unit == village1 {
				messages = append(messages, problem.Message)
			}
		}
		ready := string(other.do("GET", "/readyz", "", nil).want(http.StatusOK).body)
		line := fmt.Sprintf("not erased: %s: %d orders\n", village1, orders)
		if want := orders > 0; want != (len(messages) == 1 && strings.HasPrefix(messages[0], fmt.Sprint(orders, " lệnh xóa"))) || want != strings.Contains(ready, line) {
			t.Errorf("want %d: the desk sees %q, /readyz says %q", orders, messages, ready)
		}
		other.mustCount(fmt.Sprint("sothon_erasures_failed ", orders))
	}
	p.write(recordID(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H01","headName":"Hộ mẫu 001","category":"poor"}`).mustPush()
	mustName(0)
	failing.Store(true)
	for range 2 {
		p.write(recordID(1), form.KindHousehold, ledger.ActionErase, 1, `,"fields":["headName"]`).mustPush()
	}
	if err := s.Settle(t.Context(), []ledger.UnitID{village1}); err != nil {
		t.Fatal(err)
	}
	mustName(2)
	failing.Store(false)
	// A further order is tried with those that failed.
	p.write(recordID(1), form.KindHousehold, ledger.ActionErase, 1, `,"fields":["headName"]`).mustPush()
	if err := s.Settle(t.Context(), []ledger.UnitID{village1}); err != nil {
		t.Fatal(err)
	}
	mustName(0)
}

// crammed is a database without room.
type crammed struct {
	store.Backend
	full atomic.Bool
}

func (c *crammed) Insert(ctx context.Context, commit *ledger.Commit) error {
	if c.full.Load() {
		return fmt.Errorf("insert: %w", store.ErrFull)
	}
	return c.Backend.Insert(ctx, commit)
}

// TestFullDatabaseIsShown by /readyz, a metric and the desk's first page, as long as
// the database refuses what is pushed.
func TestFullDatabaseIsShown(t *testing.T) {
	h := newHost(t)
	db := &crammed{Backend: h.backend}
	var cramped *store.Store
	other := h.beside(func(c *api.Config) {
		room := store.WatchSpace(db, h.clock.Now, func(error) {})
		cramped = store.New(room, store.Options{Now: h.clock.Now, Random: rand.Reader, Location: time.UTC, Deadline: 100 * time.Millisecond})
		c.Store, c.Metrics = cramped, operations.NewMetrics()
		c.Metrics.Observe(cramped)
	})
	t.Cleanup(func() {
		if err := cramped.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	mustTell := func(full bool) {
		t.Helper()
		if said := string(other.do("GET", "/readyz", "", nil).want(http.StatusOK).body); strings.Contains(said, "\nfull: ") != full {
			t.Errorf("/readyz says %q", said)
		}
		count := map[bool]string{true: "1", false: "0"}[full]
		other.mustCount("sothon_database_full " + count)
		problems := other.overview("reviewer", "").Problems
		if told := slices.ContainsFunc(problems, func(p contract.ServerProblem) bool { return p.Code == "database-full" }); told != full {
			t.Errorf("the first page tells of %+v", problems)
		}
	}
	p := other.phone("collector1", village1)
	p.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1)).mustPush()
	mustTell(false)
	db.full.Store(true)
	p.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(2))
	p.push().want(http.StatusServiceUnavailable)
	h.clock.advance(30 * time.Second)
	mustTell(true)
	db.full.Store(false)
	p.push().want(http.StatusOK)
	h.clock.advance(time.Minute)
	mustTell(false)
}

// mustCount wants a line of the metrics.
func (h *host) mustCount(line string) {
	h.t.Helper()
	if said := string(h.do("GET", "/metrics", "", nil).want(http.StatusOK).body); !strings.Contains(said, "\n"+line+"\n") {
		h.t.Errorf("the metrics lack %s", line)
	}
}

// TestLostErasuresAreCounted: the orders of erasure that a restored backup lacks are a
// metric, over all units.
func TestLostErasuresAreCounted(t *testing.T) {
	h := newHost(t)
	lost := map[ledger.UnitID]jobs.LostErasures{village1: {Orders: 2}, village2: {Orders: 1}}
	office := jobs.New(jobs.Options{
		Store: h.store, Now: h.clock.Now, Random: rand.Reader, Location: time.UTC, Log: slog.New(slog.DiscardHandler),
		LostErasures: func() map[ledger.UnitID]jobs.LostErasures { return lost },
	})
	other := h.beside(func(c *api.Config) {
		c.Metrics = operations.NewMetrics()
		c.Metrics.ObserveOffice(office)
	})
	other.mustCount("sothon_lost_erasures 3")
	lost = nil
	other.mustCount("sothon_lost_erasures 0")
}

// TestRecoveryIsTold: until all lists were looked at after a start, /readyz counts them,
// and the desk's first page says why lists are old.
func TestRecoveryIsTold(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1)).mustPush()
	told := func() (bool, bool) {
		said := string(h.do("GET", "/readyz", "", nil).want(http.StatusOK).body)
		o := h.overview("reviewer", "?unit="+string(village2)) // whose lists need nothing
		return strings.Contains(said, "lists: 1 of 1 ledgers are still to be looked at"),
			slices.ContainsFunc(o.Problems, func(p contract.ServerProblem) bool { return p.Code == "lists-recovering" })
	}
	if err := h.store.BeginRecovery(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ready, desk := told(); !ready || !desk {
		t.Errorf("during the recovery /readyz tells: %v, the desk: %v", ready, desk)
	}
	if err := h.store.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ready, desk := told(); ready || desk {
		t.Errorf("after it /readyz tells: %v, the desk: %v", ready, desk)
	}
}
