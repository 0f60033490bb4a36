package calendar_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/jobs/calendar"
)

func deadline(t *testing.T, p calendar.Petition, step calendar.Step) (calendar.Deadline, bool) {
	t.Helper()
	for _, d := range p.Deadlines(holidays(t, decided...)) {
		if d.Label == "" {
			t.Errorf("%s has no label", d.Step)
		}
		if d.Step == step {
			return d, true
		}
	}
	return calendar.Deadline{}, false
}

// Received on Monday the 4th of March 2024, accepted on the 13th.
func TestTermsOfTheLaw(t *testing.T) {
	for _, c := range []struct {
		name     string
		petition calendar.Petition
		accept   string
		law      string
		due      calendar.Day
	}{
		{"complaint", calendar.Petition{Class: calendar.Complaint}, "Luật Khiếu nại, Điều 27", "Luật Khiếu nại, Điều 28", "2024-04-12"},
		{"complex", calendar.Petition{Class: calendar.Complaint, Complex: true}, "Luật Khiếu nại, Điều 27", "Luật Khiếu nại, Điều 28", "2024-04-27"},
		{"remote", calendar.Petition{Class: calendar.Complaint, Remote: true}, "Luật Khiếu nại, Điều 27", "Luật Khiếu nại, Điều 28", "2024-04-27"},
		{"remote and complex", calendar.Petition{Class: calendar.Complaint, Remote: true, Complex: true}, "Luật Khiếu nại, Điều 27", "Luật Khiếu nại, Điều 28", "2024-05-12"},
		{"second", calendar.Petition{Class: calendar.Complaint, Second: true}, "Luật Khiếu nại, Điều 36", "Luật Khiếu nại, Điều 37", "2024-04-27"},
		{"second, complex", calendar.Petition{Class: calendar.Complaint, Second: true, Complex: true}, "Luật Khiếu nại, Điều 36", "Luật Khiếu nại, Điều 37", "2024-05-12"},
		{"second, remote", calendar.Petition{Class: calendar.Complaint, Second: true, Remote: true}, "Luật Khiếu nại, Điều 36", "Luật Khiếu nại, Điều 37", "2024-05-12"},
		{"second, remote and complex", calendar.Petition{Class: calendar.Complaint, Second: true, Remote: true, Complex: true}, "Luật Khiếu nại, Điều 36", "Luật Khiếu nại, Điều 37", "2024-05-22"},
		{"denunciation", calendar.Petition{Class: calendar.Denunciation}, "Luật Tố cáo, Điều 24", "Luật Tố cáo, Điều 30", "2024-04-12"},
		{"complex, not extended", calendar.Petition{Class: calendar.Denunciation, Complex: true, Remote: true, Second: true}, "Luật Tố cáo, Điều 24", "Luật Tố cáo, Điều 30", "2024-04-12"},
		{"extended", calendar.Petition{Class: calendar.Denunciation, Extensions: 1}, "Luật Tố cáo, Điều 24", "Luật Tố cáo, Điều 30", "2024-05-12"},
		{"extended twice", calendar.Petition{Class: calendar.Denunciation, Extensions: 2}, "Luật Tố cáo, Điều 24", "Luật Tố cáo, Điều 30", "2024-06-11"},
		{"not a third time", calendar.Petition{Class: calendar.Denunciation, Extensions: 3}, "Luật Tố cáo, Điều 24", "Luật Tố cáo, Điều 30", "2024-06-11"},
		{"proposal", calendar.Petition{Class: calendar.Proposal}, "", "", ""},
		{"feedback", calendar.Petition{Class: calendar.Feedback}, "", "", ""},
		{"unknown", calendar.Petition{Class: "letter"}, "", "", ""},
	} {
		p := c.petition
		p.ReceivedOn = "2024-03-04"
		answer, _ := deadline(t, p, calendar.Answer)
		if answer.Due != "2024-03-18" || answer.Law != "Luật Tiếp công dân, Điều 28" || answer.Done != "" {
			t.Errorf("%s: answer %+v", c.name, answer)
		}
		accept, exists := deadline(t, p, calendar.Accept)
		due := calendar.Day("2024-03-13") // of a denunciation, 7 working days
		if p.Class == calendar.Complaint {
			due = "2024-03-14" // 10 days
		}
		if exists != (c.accept != "") || accept.Law != c.accept || exists && accept.Due != due {
			t.Errorf("%s: accept %+v", c.name, accept)
		}
		if resolve, exists := deadline(t, p, calendar.Resolve); exists {
			t.Errorf("%s: a term before the acceptance: %+v", c.name, resolve)
		}
		p.AcceptedOn = "2024-03-13"
		resolve, exists := deadline(t, p, calendar.Resolve)
		if exists != (c.law != "") || resolve.Due != c.due || resolve.Law != c.law || resolve.Done != "" || resolve.Paused {
			t.Errorf("%s: resolve %+v", c.name, resolve)
		}
	}
}

func TestDeadlinesOfSteps(t *testing.T) {
	for _, c := range []struct {
		name     string
		petition calendar.Petition
		step     calendar.Step
		want     calendar.Deadline // without its words
	}{
		{"over Tết", calendar.Petition{Class: calendar.Complaint, ReceivedOn: "2024-02-05"}, calendar.Accept, calendar.Deadline{Due: "2024-02-15"}},
		{"accepting answers", calendar.Petition{Class: calendar.Complaint, ReceivedOn: "2024-03-04", AcceptedOn: "2024-03-08"}, calendar.Answer, calendar.Deadline{Due: "2024-03-18", Done: "2024-03-08"}},
		{"accepted", calendar.Petition{Class: calendar.Complaint, ReceivedOn: "2024-03-04", AnsweredOn: "2024-03-05", AcceptedOn: "2024-03-08"}, calendar.Accept, calendar.Deadline{Due: "2024-03-14", Done: "2024-03-08"}},
		{"declined", calendar.Petition{Class: calendar.Complaint, ReceivedOn: "2024-03-04", AnsweredOn: "2024-03-14", EndedOn: "2024-03-14"}, calendar.Accept, calendar.Deadline{Due: "2024-03-14", Done: "2024-03-14"}},
		{"a denunciation over Tết", calendar.Petition{Class: calendar.Denunciation, ReceivedOn: "2024-02-05"}, calendar.Accept, calendar.Deadline{Due: "2024-02-21"}},
		{"on the last day of the law as it was", calendar.Petition{Class: calendar.Complaint, ReceivedOn: "2026-06-30"}, calendar.Accept, calendar.Deadline{Due: "2026-07-10"}},
		{"since the law was amended", calendar.Petition{Class: calendar.Complaint, ReceivedOn: "2026-07-01"}, calendar.Accept, calendar.Deadline{Due: "2026-07-10"}},
		{"since then, over a weekend less", calendar.Petition{Class: calendar.Complaint, ReceivedOn: "2026-07-06"}, calendar.Accept, calendar.Deadline{Due: "2026-07-15"}},
		{"since then, over days off", calendar.Petition{Class: calendar.Complaint, Second: true, ReceivedOn: "2027-02-03"}, calendar.Accept, calendar.Deadline{Due: "2027-02-12"}},
		{"withdrawn", calendar.Petition{Class: calendar.Denunciation, ReceivedOn: "2024-03-04", EndedOn: "2024-03-06"}, calendar.Accept, calendar.Deadline{Due: "2024-03-13", Done: "2024-03-06"}},
		{"resolved", calendar.Petition{Class: calendar.Complaint, AcceptedOn: "2024-01-31", EndedOn: "2024-03-01"}, calendar.Resolve, calendar.Deadline{Due: "2024-03-01", Done: "2024-03-01"}},
		{"a day set by a person", calendar.Petition{Class: calendar.Proposal, ReceivedOn: "2024-03-04", Deadline: "2024-03-29"}, calendar.Resolve, calendar.Deadline{Due: "2024-03-29"}},
		{
			"a day set by a person stays",
			calendar.Petition{Class: calendar.Complaint, AcceptedOn: "2024-03-13", Deadline: "2024-03-29", Pauses: []calendar.Span{{From: "2024-03-20"}}},
			calendar.Resolve,
			calendar.Deadline{Due: "2024-03-29", Paused: true},
		},
		{
			"a day set by a person stays after a pause",
			calendar.Petition{Class: calendar.Complaint, AcceptedOn: "2024-03-13", Deadline: "2024-04-12", Pauses: []calendar.Span{{From: "2024-03-20", To: "2024-03-30"}}},
			calendar.Resolve,
			calendar.Deadline{Due: "2024-04-12"},
		},
		{
			"ended while paused",
			calendar.Petition{Class: calendar.Complaint, AcceptedOn: "2024-03-13", EndedOn: "2024-03-25", Pauses: []calendar.Span{{From: "2024-03-20"}}},
			calendar.Resolve,
			calendar.Deadline{Due: "2024-04-12", Done: "2024-03-25"},
		},
	} {
		got, exists := deadline(t, c.petition, c.step)
		c.want.Step, c.want.Law, c.want.Label = c.step, got.Law, got.Label
		if !exists || got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := (calendar.Petition{Class: calendar.Complaint}).Deadlines(calendar.Holidays{}); got != nil {
		t.Errorf("of a petition without days: %+v", got)
	}
}

func TestLate(t *testing.T) {
	for _, c := range []struct {
		deadline calendar.Deadline
		today    calendar.Day
		want     bool
	}{
		{calendar.Deadline{Due: "2024-04-12"}, "2024-04-12", false},
		{calendar.Deadline{Due: "2024-04-12"}, "2024-04-13", true},
		{calendar.Deadline{Due: "2024-04-12", Done: "2024-04-12"}, "2024-05-01", false},
		{calendar.Deadline{Due: "2024-04-12", Done: "2024-04-13"}, "2024-05-01", true},
		{calendar.Deadline{Due: "2024-04-12", Paused: true}, "2024-05-01", false},
	} {
		if got := c.deadline.Late(c.today); got != c.want {
			t.Errorf("%+v on %s: %t", c.deadline, c.today, got)
		}
	}
}

// Accepted on the 13th of March 2024: 30 days are over on the 12th of April.
func TestClockStandsStill(t *testing.T) {
	for _, c := range []struct {
		name   string
		pauses []calendar.Span
		due    calendar.Day
		paused bool
	}{
		{"ten days", []calendar.Span{{From: "2024-03-20", To: "2024-03-30"}}, "2024-04-22", false},
		{"twice", []calendar.Span{{From: "2024-03-20", To: "2024-03-30"}, {From: "2024-04-15", To: "2024-04-16"}}, "2024-04-23", false},
		{"in any order", []calendar.Span{{From: "2024-04-15", To: "2024-04-16"}, {From: "2024-03-20", To: "2024-03-30"}}, "2024-04-23", false},
		{"overlapping", []calendar.Span{{From: "2024-03-20", To: "2024-03-30"}, {From: "2024-03-25", To: "2024-04-01"}}, "2024-04-24", false},
		{"for no day", []calendar.Span{{From: "2024-03-20", To: "2024-03-20"}}, "2024-04-12", false},
		{"from the last day", []calendar.Span{{From: "2024-04-12", To: "2024-04-14"}}, "2024-04-14", false},
		{"when the term is over", []calendar.Span{{From: "2024-04-13", To: "2024-04-20"}}, "2024-04-12", false},
		{"before the acceptance", []calendar.Span{{From: "2024-03-05", To: "2024-03-13"}}, "2024-04-12", false},
		{"on the day of the acceptance", []calendar.Span{{From: "2024-03-13", To: "2024-03-15"}}, "2024-04-13", false},
		{"still", []calendar.Span{{From: "2024-03-20"}}, "2024-04-12", true},
		{"still, the second time", []calendar.Span{{From: "2024-03-20", To: "2024-03-30"}, {From: "2024-04-20"}}, "2024-04-22", true},
		{"still, but too late", []calendar.Span{{From: "2024-04-13"}}, "2024-04-12", false},
		{"on no day", []calendar.Span{{To: "2024-04-01"}, {From: "2024-03-20", To: "?"}}, "2024-04-12", false},
	} {
		p := calendar.Petition{Class: calendar.Complaint, ReceivedOn: "2024-03-04", AcceptedOn: "2024-03-13", Pauses: c.pauses}
		if got, _ := deadline(t, p, calendar.Resolve); got.Due != c.due || got.Paused != c.paused {
			t.Errorf("%s: %+v, want %s, %t", c.name, got, c.due, c.paused)
		}
		for _, step := range []calendar.Step{calendar.Answer, calendar.Accept} {
			if got, _ := deadline(t, p, step); got.Paused {
				t.Errorf("%s: the clock of %s does not run", c.name, step)
			}
		}
	}
}

// The term is over on the last of its days that no pause takes out.
func TestPausesAgainstEveryDay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		accepted := days().Draw(rt, "accepted")
		pauses := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) calendar.Span {
			from := accepted.AddDays(rapid.IntRange(-20, 120).Draw(t, "from"))
			return calendar.Span{From: from, To: from.AddDays(rapid.IntRange(0, 40).Draw(t, "length"))}
		}), 0, 10).Draw(rt, "pauses")
		due := accepted
		for left := 30; left > 0; {
			due = due.AddDays(1)
			counts := true
			for _, p := range pauses {
				counts = counts && (due < p.From || due >= p.To)
			}
			if counts {
				left--
			}
		}
		p := calendar.Petition{Class: calendar.Denunciation, AcceptedOn: accepted, Pauses: pauses}
		if got, _ := deadline(t, p, calendar.Resolve); got.Due != due || got.Paused {
			rt.Fatalf("%+v, want %s", got, due)
		}
	})
}
