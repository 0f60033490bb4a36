package calendar

import (
	"slices"
	"strings"
)

// Class is what a petition asks for. The texts are those of the form.
type Class string

// Classes.
const (
	Complaint    Class = "complaint"    // khiếu nại
	Denunciation Class = "denunciation" // tố cáo
	Proposal     Class = "proposal"     // kiến nghị
	Feedback     Class = "feedback"     // phản ánh
)

// Petition is what the deadlines of a petition follow from. Days that are not
// known yet are empty.
type Petition struct {
	Class      Class
	Second     bool // a complaint against the decision on a complaint (lần hai)
	Complex    bool // of a complaint; a denunciation's term grows by decision only
	Remote     bool // where it is far and hard to travel (vùng sâu, vùng xa)
	Extensions int  // decided for a denunciation: at most 2, of 30 days each
	// Deadline is a last day set by a person, instead of the term for resolving.
	// It is final: who sets it knows of the pauses, and when it was set is
	// not known, so none moves it. It is set again when a petition is resumed.
	Deadline   Day
	ReceivedOn Day
	AnsweredOn Day    // the sender learned what becomes of it: accepted, declined, guided or passed on
	AcceptedOn Day    // thụ lý
	EndedOn    Day    // resolved, declined, passed on, guided, withdrawn or stopped
	Pauses     []Span // tạm đình chỉ
}

// Span is a time during which a term does not run.
type Span struct {
	From Day // the first day that does not count
	To   Day // the first that counts again, or "" while it goes on
}

// Step is what is to be done with a petition by a day.
type Step string

// Steps.
const (
	Answer  Step = "answer"
	Accept  Step = "accept"
	Resolve Step = "resolve"
)

// Deadline is the last day on which a step is in time.
type Deadline struct {
	Step   Step
	Due    Day
	Done   Day    // when the step was done, or ""
	Paused bool   // the clock does not run; unless a person set it, Due will move by as many days as it does
	Law    string // Vietnamese; empty where a person set the day
	Label  string // Vietnamese: what is to be done
}

// Late reports whether a step was done after its last day, or is not done
// though that day has passed. While the clock does not run it is not late.
func (d Deadline) Late(today Day) bool {
	if d.Done != "" {
		return d.Done > d.Due
	}
	return !d.Paused && today > d.Due
}

// Days after the reception.
const (
	answerWithin = 10 // working days: Luật Tiếp công dân, Điều 28
	// A denunciation is accepted or declined within working days (Luật Tố cáo 2018,
	// Điều 24), a complaint within days of the calendar (Luật Khiếu nại 2011, Điều 27
	// and 36).
	acceptWithin          = 7
	acceptComplaintWithin = 10
)

// amended is when Luật số 136/2025/QH15 came into force, which amends the law on
// complaints. Its text was not available: for complaints since then the earlier of
// the two terms counts, since a reminder may come early, but not late.
const amended Day = "2026-07-01"

// acceptBy is the last day for accepting or declining a petition.
func (p Petition) acceptBy(h Holidays) Day {
	within := h.AddWorkingDays(p.ReceivedOn, acceptWithin)
	if p.Class != Complaint {
		return within
	}
	days := p.ReceivedOn.AddDays(acceptComplaintWithin)
	if p.ReceivedOn >= amended {
		return min(days, within)
	}
	return days
}

// extension is by how many days a denunciation's term may grow, twice at most.
const extension, maxExtensions = 30, 2

// Deadlines returns the deadlines of a petition, in the order of its steps.
//
// Every sender is to be answered, and a complaint or denunciation to be
// accepted or declined, within days from the reception: the day on which the
// paper came, whenever it was typed in or sent. The term for
// resolving runs from the acceptance, in calendar days. Before that there is
// none; the law has none for proposals and feedback either.
func (p Petition) Deadlines(h Holidays) []Deadline {
	var list []Deadline
	if p.ReceivedOn.Valid() {
		list = append(list, Deadline{
			Step: Answer, Due: h.AddWorkingDays(p.ReceivedOn, answerWithin), Done: earliest(p.AnsweredOn, p.AcceptedOn, p.EndedOn),
			Law: "Luật Tiếp công dân, Điều 28", Label: "Trả lời người gửi",
		})
		if law := p.acceptLaw(); law != "" {
			accepted := p.AcceptedOn
			if accepted == "" {
				accepted = earliest(p.AnsweredOn, p.EndedOn) // declined, or withdrawn before
			}
			list = append(list, Deadline{
				Step: Accept, Due: p.acceptBy(h), Done: accepted,
				Law: law, Label: "Thụ lý hoặc trả lời không thụ lý",
			})
		}
	}
	resolve := Deadline{Step: Resolve, Done: p.EndedOn, Label: "Giải quyết xong"}
	days, law := p.term()
	switch {
	case p.Deadline.Valid():
		resolve.Due, resolve.Paused = p.Deadline, p.pausedBy(p.Deadline)
	case law != "" && p.AcceptedOn.Valid():
		resolve.Law = law
		resolve.Due, resolve.Paused = run(p.AcceptedOn, days, p.Pauses)
	default:
		return list
	}
	resolve.Paused = resolve.Paused && p.EndedOn == ""
	return append(list, resolve)
}

func (p Petition) acceptLaw() string {
	switch {
	case p.Class == Complaint && p.Second:
		return "Luật Khiếu nại, Điều 36"
	case p.Class == Complaint:
		return "Luật Khiếu nại, Điều 27"
	case p.Class == Denunciation:
		return "Luật Tố cáo, Điều 24"
	}
	return ""
}

// complaint is what the term of a complaint follows from.
type complaint struct{ second, remote, complex bool }

var complaintTerms = map[complaint]int{
	{}:                            30,
	{complex: true}:               45,
	{remote: true}:                45,
	{remote: true, complex: true}: 60,
	{second: true}:                45,
	{second: true, complex: true}: 60,
	{second: true, remote: true}:  60,
	{second: true, remote: true, complex: true}: 70,
}

// term is how many days the law leaves for resolving, and which law.
func (p Petition) term() (days int, law string) {
	switch p.Class {
	case Complaint:
		days, law = complaintTerms[complaint{p.Second, p.Remote, p.Complex}], "Luật Khiếu nại, Điều 28"
		if p.Second {
			law = "Luật Khiếu nại, Điều 37"
		}
	case Denunciation:
		days, law = 30+extension*max(0, min(p.Extensions, maxExtensions)), "Luật Tố cáo, Điều 30"
	case Proposal, Feedback:
	}
	return days, law
}

// run returns the last day of a term that begins after start: the day of so
// many that no pause takes out. A pause that begins when the term is over does
// nothing to it.
func run(start Day, days int, pauses []Span) (due Day, paused bool) {
	due = start.AddDays(days)
	counted := start.AddDays(1) // the first day of which it is not known yet whether it counts
	for _, pause := range inOrder(pauses) {
		from := max(pause.From, counted)
		switch {
		case from > due:
			return due, false
		case pause.To == "":
			return due, true
		case pause.To > from:
			due = due.AddDays(from.Until(pause.To))
			counted = pause.To
		}
	}
	return due, false
}

// pausedBy reports whether the clock was stopped by a day and is not running.
func (p Petition) pausedBy(d Day) bool {
	return slices.ContainsFunc(p.Pauses, func(s Span) bool { return s.From.Valid() && s.From <= d && s.To == "" })
}

// inOrder returns the pauses that have a beginning, the earliest first.
func inOrder(pauses []Span) []Span {
	sorted := slices.DeleteFunc(slices.Clone(pauses), func(s Span) bool { return !s.From.Valid() || s.To != "" && !s.To.Valid() })
	slices.SortStableFunc(sorted, func(a, b Span) int { return strings.Compare(string(a.From), string(b.From)) })
	return sorted
}

// earliest returns the first of the days that are known.
func earliest(days ...Day) Day {
	known := slices.DeleteFunc(days, func(d Day) bool { return d == "" })
	if len(known) == 0 {
		return ""
	}
	return slices.Min(known)
}
