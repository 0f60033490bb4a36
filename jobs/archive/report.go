package archive

import (
	"fmt"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Report is a report in the archive.
type Report struct {
	ID       string          `json:"id"`
	Unit     ledger.UnitID   `json:"unit"`
	Template report.Template `json:"template"`
	Period   calendar.Period `json:"period"`
	Due      calendar.Day    `json:"due,omitempty"` // by which it is to be delivered; none of an addendum
	State    State           `json:"state"`
	Created  ledger.Millis   `json:"created"`
	By       entry.Actor     `json:"by"` // who had it compiled first
	Updated  ledger.Millis   `json:"updated"`

	// Content is what it says. Invariant: once it is approved it stays.
	Content report.Content  `json:"content"`
	Edits   map[string]Edit `json:"edits,omitempty"` // by section, of a draft
	// Headings are the titles that officials wrote, by section, and the subject, by
	// report.SubjectID.
	Headings map[string]Heading `json:"headings,omitempty"`
	// HeadingsVersion is how often they were changed.
	HeadingsVersion int64 `json:"headingsVersion,omitempty"`
	// SectionVersions is how often the text of each section was changed.
	SectionVersions map[string]int64      `json:"sectionVersions,omitempty"`
	Files           map[Format]StoredFile `json:"files,omitempty"` // once approved

	SignedCopy    *SignedCopy `json:"signedCopy,omitempty"`
	DeliveryBegun bool        `json:"ordered,omitempty"` // its deliveries were queued

	AddendumOf string `json:"addendumOf,omitempty"` // the issued report that it adds to
	Since      string `json:"since,omitempty"`      // the addendum before this one, which reported what was new until then
	Replaces   string `json:"replaces,omitempty"`   // the withdrawn report that it is issued instead of
	ReplacedBy string `json:"replacedBy,omitempty"`

	Submitted *Step       `json:"submitted,omitempty"` // the last time
	Returned  *Step       `json:"returned,omitempty"`  // since it was submitted last
	Recalled  *Step       `json:"recalled,omitempty"`  // the same, by who had submitted it
	Dropped   *Step       `json:"dropped,omitempty"`
	Signing   *Hold       `json:"signing,omitempty"`  // while an approval is under way
	Approval  *Approval   `json:"approval,omitempty"` // once approved
	Withdrawn *Withdrawal `json:"withdrawn,omitempty"`
}

// State is where a report is in its life.
type State string

// States.
const (
	Draft        State = "draft"
	Submitted    State = "submitted" // a draft that waits to be signed
	Signing      State = "signing"   // an approval is under way, or was cut off
	Signed       State = "approved"
	Delivered    State = "delivered"    // sent to every recipient
	Acknowledged State = "acknowledged" // every recipient has said that it arrived
	Withdrawn    State = "withdrawn"
	Dropped      State = "dropped" // a draft that nobody sees any more
)

// open reports whether the report has no number yet and may get one.
func (s State) open() bool { return s == Draft || s == Submitted }

// Issued reports whether the report has a number and counts.
func (s State) Issued() bool { return s == Signed || s == Delivered || s == Acknowledged }

// Edit is what an official wrote in the place of a section.
type Edit struct {
	report.Edit

	By entry.Actor   `json:"by"`
	At ledger.Millis `json:"at"`
}

// Heading is what an official wrote in the place of a title or of the subject.
type Heading struct {
	Text string        `json:"text"`
	By   entry.Actor   `json:"by"`
	At   ledger.Millis `json:"at"`
}

// Withdrawal takes an issued report back. Its number stays used.
type Withdrawal struct {
	By     entry.Actor   `json:"by"`
	At     ledger.Millis `json:"at"`
	Reason string        `json:"reason"`
}

// Name is how a text cites an issued report.
func (r *Report) Name() string {
	if r.Approval == nil {
		return "Báo cáo"
	}
	i := r.Approval.Issue
	return fmt.Sprintf("Báo cáo số %02d/%s ngày %s", i.Number, i.Symbol, calendar.PaperDate(calendar.Day(i.Date)))
}

// Stored is the file that is kept of the report in a format: none of a draft, and
// the signed copy in the place of the PDF.
func (r *Report) Stored(format Format) (StoredFile, bool) {
	if format == PDF && r.SignedCopy != nil {
		return r.SignedCopy.StoredFile, true
	}
	stored, frozen := r.Files[format]
	return stored, frozen
}

// FileName is what the report is called as a file: BC-56-2024-xa-tra-lam.pdf by
// its kind, number, year and place; a draft by its period, as
// du-thao-BC-2019-2024-xa-tra-lam.pdf. The Front numbers its own, and has its name
// before the place: BC-56-2024-mttq-xa-tra-lam.pdf.
func (r *Report) FileName(format Format) string {
	place := strings.ReplaceAll(form.FoldText(r.Content.UnitTitle()), " ", "-")
	if r.Template == report.MTTQ {
		place = string(report.MTTQ) + "-" + place
	}
	if r.Approval == nil {
		kind, _, _ := strings.Cut(r.Content.Letter.Symbol, "-")
		return fmt.Sprintf("du-thao-%s-%s-%s.%s", asciiOnly(kind), periodName(r.Period), place, format)
	}
	i := r.Approval.Issue
	kind, _, _ := strings.Cut(i.Symbol, "-")
	return fmt.Sprintf("%s-%02d-%d-%s.%s", asciiOnly(kind), i.Number, calendar.Day(i.Date).Year(), place, format)
}

// periodName is a period in the name of a file.
func periodName(p calendar.Period) string {
	year := p.To.Year()
	switch p.Type {
	case calendar.FirstHalf:
		return fmt.Sprintf("%d-6-thang-dau", year)
	case calendar.SecondHalf:
		return fmt.Sprintf("%d-6-thang-cuoi", year)
	case calendar.TermYears:
		return fmt.Sprintf("%d-%d", p.From.Year(), year)
	case calendar.Annual:
	}
	return fmt.Sprint(year)
}

// asciiOnly writes a symbol in the letters that every file system has.
func asciiOnly(symbol string) string { return strings.ReplaceAll(symbol, "Đ", "D") }

func unitsOf(c *report.Content) []ledger.UnitID {
	units := make([]ledger.UnitID, len(c.Heads))
	for i, h := range c.Heads {
		units[i] = h.Unit
	}
	return units
}
