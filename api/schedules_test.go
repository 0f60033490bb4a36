package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func (h *host) schedules() []contract.Schedule {
	h.t.Helper()
	var list contract.ScheduleList
	h.do("GET", "/v1/schedules", h.as("root"), nil).want(http.StatusOK).into(&list)
	return list.Schedules
}

func TestSchedules(t *testing.T) {
	h := newHost(t)
	if err := h.office.Schedules.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := h.schedules()
	i := slices.IndexFunc(list, func(s contract.Schedule) bool { return s.ID == "first-half" })
	if i < 0 || list[i].Task != jobs.TaskCompile || list[i].Next.Format("2006-01-02T15:04:05Z07:00") != "2027-06-15T01:00:00+07:00" {
		t.Fatalf("built in: %+v", list)
	}
	var made contract.Schedule
	h.do("POST", "/v1/schedules", h.as("root"), fmt.Sprintf(
		`{"name":"Báo cáo năm của Mặt trận","cron":"0 2 15 12 *","task":"compile","type":"annual","template":"mttq","units":[%q]}`, commune)).want(http.StatusCreated).into(&made)
	if made.Version != 1 || made.Type != "annual" || len(made.Units) != 1 || made.Next.IsZero() {
		t.Errorf("made %+v", made)
	}
	one := "/v1/schedules/" + made.ID
	off := `{"version":1,"name":"Báo cáo năm của Mặt trận","cron":"0 2 15 12 *","task":"compile","type":"annual","template":"mttq","off":true}`
	var changed contract.Schedule
	h.do("PUT", one, h.as("root"), off).want(http.StatusOK).into(&changed)
	if changed.Version != 2 || !changed.Off || !changed.Next.IsZero() || len(changed.Units) != 0 {
		t.Errorf("changed to %+v", changed)
	}
	h.do("PUT", one, h.as("root"), off).want(http.StatusConflict, "version-conflict")
	h.do("PUT", "/v1/schedules/none", h.as("root"), off).want(http.StatusNotFound, "not-found")
	h.do("GET", "/v1/schedules/none/runs", h.as("root"), nil).want(http.StatusNotFound, "not-found")
	for members, field := range map[string]string{
		`"name":"Mẫu","cron":"mỗi sáng","task":"verify"`:                                                                  "cron",
		`"name":"Mẫu","cron":"0 0 30 2 *","task":"verify"`:                                                                "cron",
		`"name":" ","cron":"0 2 15 12 *","task":"verify"`:                                                                 "name",
		`"name":"Mẫu","cron":"0 2 15 12 *","task":"sleep"`:                                                                "task",
		`"name":"Mẫu","cron":"0 2 15 12 *","task":"compile","type":"annual"`:                                              "template",
		`"name":"Mẫu","cron":"0 2 15 12 *","task":"compile","template":"ubnd"`:                                            "type",
		`"name":"Mẫu","cron":"0 2 15 12 *","task":"compile","template":"ubnd","type":"term","fromYear":2024`:              "toYear",
		`"name":"Mẫu","cron":"0 2 15 12 *","task":"compile","template":"ubnd","type":"annual","units":["99999-20040101"]`: "units",
		`"name":"Mẫu","cron":"0 2 15 12 *","task":"compile","template":"ubnd","type":"annual","units":["$ne"]`:            "units.0",
	} {
		if p := h.do("POST", "/v1/schedules", h.as("root"), "{"+members+"}").want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != field {
			t.Errorf("%s: the problem names %q, want %q", members, p.Field, field)
		}
	}

	// The clock comes to the second half of the year.
	if err := h.office.Runner.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.clock.advance(22 * 24 * time.Hour)
	if err := h.office.Runner.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	var runs contract.RunList
	h.do("GET", "/v1/schedules/second-half/runs?limit=5", h.as("root"), nil).want(http.StatusOK).into(&runs)
	if len(runs.Runs) != 1 || runs.Runs[0].Outcome != "done" || runs.Runs[0].Made == "" || runs.Runs[0].EndedAt.IsZero() {
		t.Errorf("the runs: %+v", runs.Runs)
	}
	if got := h.reports("reviewer", ""); len(got) != 4 { // of each issuer, of the half and of the year
		t.Errorf("compiled %v", got)
	}
	if by := h.report("reviewer", h.reports("reviewer", "")[0]).By; by.User != "" || by.Name == "" {
		t.Errorf("compiled by %+v", by)
	}
}

// TestSchedulesOfAUnit: an admin of some units sees what is done for all, and
// adds, changes and removes what is done for theirs.
func TestSchedulesOfAUnit(t *testing.T) {
	h := newHost(t)
	if err := h.office.Schedules.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	body := func(units, cron, task string) string {
		return fmt.Sprintf(`"name":"Báo cáo năm","cron":%q,"task":%q,"type":"annual","template":"mttq"%s`, cron, task, units)
	}
	own := fmt.Sprintf(`,"units":[%q]`, commune)
	for members, field := range map[string]string{
		body("", "0 2 15 12 *", "compile"):                                                     "units",
		body(own, "0 2 15 12 *", "verify"):                                                     "task",
		body(own, "* * * * *", "compile"):                                                      "cron",
		body(own, "0 */2 * * *", "compile"):                                                    "cron",
		body(own, "0 2 30 2 *", "compile"):                                                     "cron",
		body(fmt.Sprintf(`,"units":[%q]`, otherCommune), "0 2 15 12 *", "compile"):             "units",
		body(fmt.Sprintf(`,"units":[%q,%q]`, commune, otherCommune), "0 2 15 12 *", "compile"): "units",
	} {
		if p := h.do("POST", "/v1/schedules", h.as("admin"), "{"+members+"}").want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != field {
			t.Errorf("%s: the problem names %q, want %q", members, p.Field, field)
		}
	}
	var made contract.Schedule
	h.do("POST", "/v1/schedules", h.as("admin"), "{"+body(own, "0 2 15 12 *", "compile")+"}").want(http.StatusCreated).into(&made)
	one := "/v1/schedules/" + made.ID
	if !made.Editable || made.BuiltIn {
		t.Errorf("made %+v", made)
	}
	list := func(username string) map[string]contract.Schedule {
		t.Helper()
		var l contract.ScheduleList
		h.do("GET", "/v1/schedules", h.as(username), nil).want(http.StatusOK).into(&l)
		all := map[string]contract.Schedule{}
		for _, s := range l.Schedules {
			all[s.ID] = s
		}
		return all
	}
	mine := list("admin")
	if s := mine["annual"]; s.Name == "" || s.Editable || !s.BuiltIn {
		t.Errorf("of all units: %+v", s)
	}
	if !mine[made.ID].Editable || !list("root")["annual"].Editable {
		t.Errorf("who may edit: %+v", mine[made.ID])
	}

	// What is for another commune too is seen, without that commune, and not changed.
	var both contract.Schedule
	h.do("POST", "/v1/schedules", h.as("root"), "{"+body(fmt.Sprintf(`,"units":[%q,%q]`, commune, otherCommune), "0 2 15 12 *", "compile")+"}").want(http.StatusCreated).into(&both)
	if s := list("admin")[both.ID]; s.Editable || !slices.Equal(s.Units, []ledger.UnitID{commune}) {
		t.Errorf("of two communes: %+v", s)
	}
	// That a schedule is no longer theirs is in the log of the commune's admin.
	var once contract.Schedule
	h.do("POST", "/v1/schedules", h.as("root"), "{"+body(own, "0 4 15 12 *", "compile")+"}").want(http.StatusCreated).into(&once)
	h.do("PUT", "/v1/schedules/"+once.ID, h.as("root"), `{"version":1,`+body(fmt.Sprintf(`,"units":[%q]`, otherCommune), "0 4 15 12 *", "compile")+"}").want(http.StatusOK)
	for _, username := range []string{"admin", "otheradmin"} {
		var log contract.AdminLogPage
		h.do("GET", "/v1/adminlog", h.as(username), nil).want(http.StatusOK).into(&log)
		if !slices.ContainsFunc(log.Items, func(e contract.AdminLogEntry) bool { return e.Operation == "updateSchedule" && e.Target == once.ID }) {
			t.Errorf("%s does not see the change: %+v", username, log.Items)
		}
	}
	h.do("PUT", "/v1/schedules/"+both.ID, h.as("admin"), `{"version":1,`+body(own, "0 3 15 12 *", "compile")+"}").want(http.StatusNotFound, "not-found")
	h.do("GET", "/v1/schedules/"+both.ID+"/runs", h.as("admin"), nil).want(http.StatusNotFound, "not-found")
	var others contract.Schedule
	h.do("POST", "/v1/schedules", h.as("root"), "{"+body(fmt.Sprintf(`,"units":[%q]`, otherCommune), "0 2 15 12 *", "compile")+"}").want(http.StatusCreated).into(&others)
	if _, seen := list("admin")[others.ID]; seen {
		t.Error("another commune's schedule is shown")
	}
	h.do("DELETE", "/v1/schedules/"+others.ID+"?version=1", h.as("admin"), nil).want(http.StatusNotFound, "not-found")

	h.do("PUT", one, h.as("admin"), `{"version":1,`+body("", "0 3 15 12 *", "compile")+"}").want(http.StatusUnprocessableEntity, "invalid")
	var changed contract.Schedule
	h.do("PUT", one, h.as("admin"), `{"version":1,`+body(own, "0 3 15 12 *", "compile")+"}").want(http.StatusOK).into(&changed)
	if changed.Cron != "0 3 15 12 *" || changed.Version != 2 {
		t.Errorf("changed to %+v", changed)
	}
	h.do("GET", one+"/runs", h.as("admin"), nil).want(http.StatusOK)
	h.do("DELETE", one+"?version=1", h.as("admin"), nil).want(http.StatusConflict, "version-conflict")
	h.do("DELETE", one+"?version=2", h.as("admin"), nil).want(http.StatusNoContent)
	h.do("DELETE", one+"?version=2", h.as("admin"), nil).want(http.StatusNotFound, "not-found")
	h.do("DELETE", "/v1/schedules/annual?version=1", h.as("root"), nil).want(http.StatusUnprocessableEntity, "invalid")
	for i := range 49 { // with the one of both communes the unit has 50
		h.do("POST", "/v1/schedules", h.as("admin"), fmt.Sprintf(`{"name":"Lịch %d",%s}`, i, body(own, "0 2 15 12 *", "compile")[len(`"name":"Báo cáo năm",`):])).want(http.StatusCreated)
	}
	h.do("POST", "/v1/schedules", h.as("admin"), "{"+body(own, "0 2 15 12 *", "compile")+"}").want(http.StatusUnprocessableEntity, "invalid")
}

// TestOneCalendarForAll: an admin of some units cannot change what holds for
// all.
func TestOneCalendarForAll(t *testing.T) {
	h := newHost(t)
	if err := h.office.Schedules.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	day := func(username, day, body string) answer {
		t.Helper()
		return h.do("PUT", "/v1/holidays/"+day, h.as(username), body)
	}
	plan := `{"version":1,"name":"Mẫu","cron":"0 2 * * *","task":"verify"}`
	h.do("POST", "/v1/schedules", h.as("admin"), `{"name":"Mẫu","cron":"0 2 * * *","task":"verify"}`).want(http.StatusUnprocessableEntity, "invalid")
	h.do("DELETE", "/v1/schedules/verify?version=1", h.as("admin"), nil).want(http.StatusNotFound, "not-found")
	h.do("PUT", "/v1/schedules/verify", h.as("admin"), plan).want(http.StatusNotFound, "not-found")
	h.do("GET", "/v1/schedules/verify/runs", h.as("admin"), nil).want(http.StatusNotFound, "not-found")
	day("admin", "2027-02-05", `{"name":"Tết Nguyên đán"}`).want(http.StatusNotFound, "not-found")
	h.do("DELETE", "/v1/holidays/2027-02-05", h.as("admin"), nil).want(http.StatusNotFound, "not-found")

	day("root", "2027-02-08", `{"name":"Tết Nguyên đán"}`).want(http.StatusOK)
	day("root", "2027-02-05", `{"name":"Nghỉ"}`).want(http.StatusOK)
	day("root", "2027-02-05", `{"name":" Tết Nguyên đán "}`).want(http.StatusOK)
	day("root", "2027-01-30", `{"name":"Làm bù","works":true}`).want(http.StatusOK)
	day("root", "2027-02-06", `{"name":"Nhầm"}`).want(http.StatusOK)
	for range 2 {
		h.do("DELETE", "/v1/holidays/2027-02-06", h.as("root"), nil).want(http.StatusNoContent)
	}
	var list contract.HolidayList
	h.do("GET", "/v1/holidays", h.as("collector1"), nil).want(http.StatusOK).into(&list)
	want := []contract.Holiday{{Day: "2027-01-30", Name: "Làm bù", Works: true}, {Day: "2027-02-05", Name: "Tết Nguyên đán"}, {Day: "2027-02-08", Name: "Tết Nguyên đán"}}
	if !slices.Equal(list.Holidays, want) {
		t.Errorf("holidays: %+v", list.Holidays)
	}
	for _, c := range []struct{ day, body, field string }{
		{"2027-02-30", `{"name":"Tết"}`, "day"},
		{"2027-02-05", `{"name":" "}`, "name"},
		{"2027-02-05", `{"works":true}`, "name"},
		{"2027-02-05", `{"name":"Tết","works":"yes"}`, "works"},
	} {
		if p := day("root", c.day, c.body).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != c.field {
			t.Errorf("%s %s: the problem names %q", c.day, c.body, p.Field)
		}
	}
	day("root", "tết", `{"name":"Tết"}`).want(http.StatusNotFound, "not-found")
}

// TestNotices: deadlines that are near come to the desk; those of denunciations
// to reviewers alone.
func TestNotices(t *testing.T) {
	h := newHost(t)
	if err := h.office.Schedules.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	petition := func(n int, class string) string {
		return fmt.Sprintf(`,"set":{"receivedOn":"2026-08-0%d","acceptedOn":"2026-08-10","class":%q,"content":"nội dung mẫu","status":"accepted"}`, n, class)
	}
	p := h.phone("reviewer", village1)
	p.write(recordID(1), form.KindPetition, ledger.ActionEdit, 0, petition(1, "complaint"))
	p.write(recordID(2), form.KindPetition, ledger.ActionEdit, 0, petition(2, "denunciation"))
	if got := results(p.mustPush()); got != "accepted accepted" {
		t.Fatal(got)
	}
	remind(t, h)
	notices := func(username, query string) []contract.Notice {
		t.Helper()
		var all []contract.Notice
		cursor := ""
		for range 20 {
			var page contract.NoticePage
			h.do("GET", "/v1/notices?limit=1&"+query+cursor, h.as(username), nil).want(http.StatusOK).into(&page)
			all = append(all, page.Items...)
			if page.Next == "" {
				return all
			}
			cursor = "&cursor=" + page.Next
		}
		t.Fatal("the list does not end")
		return nil
	}
	reviewers, approvers := notices("reviewer", ""), notices("approver", "unit="+string(village1))
	secret := func(n contract.Notice) bool { return ledger.RecordID(n.Record) == recordID(2) }
	if len(reviewers) < 2 || !slices.ContainsFunc(reviewers, secret) || len(approvers) == 0 || slices.ContainsFunc(approvers, secret) {
		t.Fatalf("reviewers see %+v, approvers %+v", reviewers, approvers)
	}
	if other := notices("otherreviewer", ""); len(other) != 0 {
		t.Errorf("the commune beside sees %+v", other)
	}
	hidden := reviewers[slices.IndexFunc(reviewers, secret)]
	h.do("POST", "/v1/notices/"+hidden.ID+"/seen", h.as("approver"), nil).want(http.StatusNotFound, "not-found")
	h.do("POST", "/v1/notices/"+hidden.ID+"/seen", h.as("otherreviewer"), nil).want(http.StatusNotFound, "not-found")
	h.do("POST", "/v1/notices/none/seen", h.as("reviewer"), nil).want(http.StatusNotFound, "not-found")
	var seen contract.Notice
	for range 2 {
		h.do("POST", "/v1/notices/"+hidden.ID+"/seen", h.as("reviewer"), nil).want(http.StatusOK).into(&seen)
	}
	if len(seen.Seen) != 1 || seen.Seen[0].By.User != "reviewer" {
		t.Errorf("seen by %+v", seen.Seen)
	}
	if open := notices("reviewer", "open=true"); len(open) != len(reviewers)-1 || slices.ContainsFunc(open, func(n contract.Notice) bool { return n.ID == hidden.ID }) {
		t.Errorf("%d of %d are open", len(open), len(reviewers))
	}
}

// remind does what the clock does each morning.
func remind(t *testing.T, h *host) {
	t.Helper()
	if err := h.store.Settle(t.Context(), []ledger.UnitID{village1}); err != nil { // it goes by the lists
		t.Fatal(err)
	}
	list, err := h.office.Jobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range list {
		if job.Name == string(jobs.TaskDeadlines) {
			if _, err := job.Do(t.Context(), h.clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
}
