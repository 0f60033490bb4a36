package jobs_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func units(list ...ledger.UnitID) []ledger.UnitID { return list }

// tick has the office do what is due, until nothing is.
func (w *host) tick() {
	w.t.Helper()
	for range 5 {
		if err := w.office.Runner.Tick(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// A server that was down over a year's end makes up for what it missed: the
// drafts of every period that ended meanwhile.
func TestPeriodsAreCompiledOnTime(t *testing.T) {
	w := newHost(t)
	if err := w.office.Schedules.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.tick() // the schedules are seen
	w.gift(village1, "2024-02-29", 3)
	w.at(2024, 6, 15, 1, 0)
	w.tick()
	w.at(2024, 6, 15, 1, 5)
	w.tick()
	list, err := w.office.Archive.List(t.Context(), units(commune))
	if err != nil || len(list) != 2 || list[0].Value.Template != report.MTTQ || list[1].Value.Template != report.UBND {
		t.Fatalf("%d reports on 15 June, %v", len(list), err)
	}
	first := list[0].Value
	if first.Period.From != "2023-12-15" || first.Period.To != "2024-06-14" || value(t, &first, "gifts") != 3 || first.By.Name != "Lịch tự động" {
		t.Errorf("the first half: %+v by %+v", first.Period, first.By)
	}
	w.at(2025, 2, 1, 9, 0) // down since summer
	w.tick()
	w.tick()
	if list, err = w.office.Archive.List(t.Context(), units(commune)); err != nil {
		t.Fatal(err)
	}
	var periods []string
	for _, r := range list {
		periods = append(periods, string(r.Value.Template)+" "+string(r.Value.Period.Type)+" "+string(r.Value.Period.From)+" "+string(r.Value.Period.To))
	}
	slices.Sort(periods)
	var want []string
	for _, issuer := range []string{"mttq ", "ubnd "} {
		want = append(want, issuer+"annual 2023-12-15 2024-12-14", issuer+"firstHalf 2023-12-15 2024-06-14", issuer+"secondHalf 2024-06-15 2024-12-14")
	}
	if !slices.Equal(periods, want) {
		t.Errorf("periods %q, want %q", periods, want)
	}
	runs, err := w.office.Runner.Runs(t.Context(), "annual", 10)
	if err != nil || len(runs) != 1 || !strings.Contains(runs[0].Made, "annual.20231215-20241214") {
		t.Errorf("the history: %+v, %v", runs, err)
	}
}

// A commune whose own periods end on another day is compiled for after that day, and
// not on the day of the others.
func TestPeriodsOfAnOwnRuleAreCompiledOnTime(t *testing.T) {
	w := newHost(t)
	if err := w.office.Schedules.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	set, err := w.office.Archive.Letterheads.Get(t.Context(), commune, report.UBND)
	if err != nil {
		t.Fatal(err)
	}
	set.Value.Rule.HalfEnds, set.Value.Rule.YearEnds = "06-30", "12-31"
	if _, err := w.office.Archive.Letterheads.Set(t.Context(), commune, report.UBND, set.Version, set.Value); err != nil {
		t.Fatal(err)
	}
	w.tick() // the schedules are seen
	made := func() (list []string) {
		t.Helper()
		w.tick()
		reports, err := w.office.Archive.List(t.Context(), units(commune))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range reports {
			list = append(list, string(r.Value.Template)+" "+string(r.Value.Period.Type)+" "+string(r.Value.Period.To))
		}
		slices.Sort(list)
		return list
	}
	w.at(2024, 6, 30, 12, 0)
	if got := made(); !slices.Equal(got, []string{"mttq firstHalf 2024-06-14"}) {
		t.Errorf("before its half was over: %q", got)
	}
	w.at(2024, 7, 1, 1, 0)
	if got := made(); !slices.Equal(got, []string{"mttq firstHalf 2024-06-14", "ubnd firstHalf 2024-06-30"}) {
		t.Errorf("on the day after: %q", got)
	}
	runs, err := w.office.Runs(t.Context(), "first-half", 10)
	if err != nil || len(runs) != 2 || !strings.Contains(runs[0].Made, "-20240630") || runs[1].Made != "" {
		t.Errorf("the history: %+v, %v", runs, err)
	}
	w.at(2025, 1, 1, 2, 0)
	want := []string{"mttq annual 2024-12-14", "mttq firstHalf 2024-06-14", "mttq secondHalf 2024-12-14", "ubnd annual 2024-12-31", "ubnd firstHalf 2024-06-30", "ubnd secondHalf 2024-12-31"}
	if got := made(); !slices.Equal(got, want) {
		t.Errorf("after the year: %q", got)
	}
}

// A schedule is data: a term's report is due when an admin says so.
func TestScheduleOfATerm(t *testing.T) {
	w := newHost(t)
	s := jobs.Schedule{
		Name: "Báo cáo nhiệm kỳ", Cron: "0 7 12 4 *", Task: jobs.TaskCompile, Type: calendar.TermYears, Template: report.MTTQ,
		Units: units(commune), FromYear: 2019, ToYear: 2024,
	}
	added, err := w.office.Schedules.Add(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if next := w.office.Schedules.Next(&added.Value); !next.Equal(time.Date(2024, 4, 12, 7, 0, 0, 0, vietnam)) {
		t.Errorf("next %s", next)
	}
	w.tick()
	w.pass(24 * time.Hour)
	w.tick()
	list, err := w.office.Archive.List(t.Context(), units(commune))
	if err != nil || len(list) != 1 || list[0].Value.Period.AsOf != "2024-04-11" || list[0].Value.Template != report.MTTQ {
		t.Fatalf("%d reports, %v", len(list), err)
	}
	for _, test := range []struct {
		field  string
		change func(*jobs.Schedule)
	}{
		{"name", func(s *jobs.Schedule) { s.Name = "" }},
		{"cron", func(s *jobs.Schedule) { s.Cron = "0 0 30 2 *" }},
		{"cron", func(s *jobs.Schedule) { s.Cron = "0 0 * * 7" }},
		{"task", func(s *jobs.Schedule) { s.Task = "rm" }},
		{"template", func(s *jobs.Schedule) { s.Template = "" }},
		{"type", func(s *jobs.Schedule) { s.Type = "decade" }},
		{"toYear", func(s *jobs.Schedule) { s.ToYear = 2018 }},
	} {
		bad := s
		test.change(&bad)
		_, err := w.office.Schedules.Replace(t.Context(), added.ID, added.Version, bad)
		if invalid, ok := errors.AsType[*entry.Invalid](err); !ok || invalid.Field != test.field {
			t.Errorf("%+v: %v, want one about %s", bad, err, test.field)
		}
	}
}

// Reviewers are reminded of a petition's deadlines before and after the day, with
// the clock stopped while it is suspended.
func TestPetitionDeadlines(t *testing.T) {
	w := newHost(t)
	if err := w.office.Holidays.Set(t.Context(), calendar.Holiday{Day: "2024-04-18", Name: "Giỗ Tổ Hùng Vương"}); err != nil {
		t.Fatal(err)
	}
	if err := w.office.Schedules.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.tick()
	// Received on Thursday the 11th: to be accepted within 7 working days, of
	// which the 18th is none: by Tuesday the 23rd.
	id := w.edit(commune, form.KindPetition, `"receivedOn":"2024-04-11","class":"denunciation","content":"Nội dung mẫu","status":"received"`)
	steps := func() (list []string) {
		all, err := w.office.Reminders.List(t.Context(), units(commune), true)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range all {
			when := "soon"
			if n.Value.Late {
				when = "late"
			}
			list = append(list, string(n.Value.Step)+" "+string(n.Value.Due)+" "+when)
		}
		slices.Sort(list)
		return list
	}
	on := func(month time.Month, day int, want ...string) {
		t.Helper()
		w.at(2024, month, day, 6, 30)
		w.tick()
		if got := steps(); !slices.Equal(got, want) {
			t.Errorf("on %d/%d: %q, want %q", day, month, got, want)
		}
	}
	on(4, 17)
	on(4, 19, "accept 2024-04-23 soon")
	on(4, 24, "accept 2024-04-23 late", "accept 2024-04-23 soon", "answer 2024-04-26 soon")
	all, err := w.office.Reminders.List(t.Context(), units(commune), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range all {
		if _, err := w.office.Reminders.See(t.Context(), n.ID, clerk); err != nil {
			t.Fatal(err)
		}
	}
	// Accepted on the 24th: to be resolved within 30 days, by 24 May; suspended
	// from 1 to 11 May, ten days more: by 3 June.
	head, err := w.store.Head(t.Context(), commune)
	if err != nil {
		t.Fatal(err)
	}
	w.push(commune, `"record":"`+id.String()+`","kind":"petition","action":"edit","base":`+itoa(head.Seq)+
		`,"at":"2024-04-24T00:00:00Z","set":{"status":"accepted","acceptedOn":"2024-04-24"}`)
	on(4, 30)
	w.at(2024, 5, 11, 6, 0)
	w.push(commune, `"record":"`+id.String()+`","kind":"petition","action":"edit","base":`+itoa(head.Seq+1)+
		`,"at":"2024-05-11T00:00:00Z","set":{"status":"resumed","suspensions":[{"from":"2024-05-01","to":"2024-05-11"}]}`)
	on(5, 25)
	on(5, 31, "resolve 2024-06-03 soon")
	on(6, 4, "resolve 2024-06-03 late", "resolve 2024-06-03 soon")
}

func itoa(seq ledger.Seq) string { return strconv.FormatUint(uint64(seq), 10) }

// Sessions that are over for long are cleared away, and chains are checked.
func TestNightlyWork(t *testing.T) {
	w := newHost(t)
	if err := w.office.Schedules.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.tick()
	w.gift(village1, "2024-02-29", 3)
	sessions := accounts.New(w.db).Sessions
	for id, expires := range map[string]time.Time{"old": w.clock().AddDate(0, -2, 0), "new": w.clock().AddDate(0, 0, 1)} {
		if _, err := sessions.Add(t.Context(), id, accounts.Session{ID: id, Expires: ledger.MillisOf(expires)}); err != nil {
			t.Fatal(err)
		}
	}
	w.pass(24 * time.Hour)
	w.tick()
	left, err := sessions.All(t.Context())
	if err != nil || len(left) != 1 || left[0].ID != "new" {
		t.Errorf("sessions left: %+v, %v", left, err)
	}
	runs, err := w.office.Runner.Runs(t.Context(), "verify", 1)
	if err != nil || len(runs) != 1 || runs[0].Made != "1 ledgers, 0 damaged" {
		t.Errorf("the check of the chains: %+v, %v", runs, err)
	}
}

// The error of a cron line says what is wrong with it.
func TestCronMessages(t *testing.T) {
	w := newHost(t)
	for line, want := range map[string]string{
		"0 0 * *":      "Lịch cần năm phần: phút, giờ, ngày, tháng, thứ; ví dụ 0 1 15 6 *.",
		"0 0 * * 7":    "Phần thứ 5 của lịch không đúng (thứ, từ 0 (Chủ nhật) đến 6 (thứ Bảy)).",
		"61 0 * * 1":   "Phần thứ 1 của lịch không đúng (phút, từ 0 đến 59).",
		"0 0 30 2 *":   "Lịch này không bao giờ đến hạn: không có ngày như vậy trong tháng đã chọn.",
		"0 0 31 4,6 *": "Lịch này không bao giờ đến hạn: không có ngày như vậy trong tháng đã chọn.",
	} {
		_, err := w.office.Schedules.Add(t.Context(), jobs.Schedule{Name: "Lịch mẫu", Cron: line, Task: jobs.TaskVerify})
		if invalid, ok := errors.AsType[*entry.Invalid](err); !ok || invalid.Field != "cron" || invalid.Message != want {
			t.Errorf("%q: %v", line, err)
		}
	}
}
