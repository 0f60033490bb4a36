package archive

import (
	"fmt"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
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
	Content report.Report         `json:"content"`
	Edits   map[string]Edit       `json:"edits,omitempty"` // by section, of a draft
	Files   map[Format]StoredFile `json:"files,omitempty"` // once approved

	AddendumOf string `json:"addendumOf,omitempty"` // the issued report that it adds to
	Replaces   string `json:"replaces,omitempty"`   // the withdrawn report that it is issued instead of
	ReplacedBy string `json:"replacedBy,omitempty"`

	Signing   *Hold       `json:"signing,omitempty"`  // while an approval is under way
	Approval  *Approval   `json:"approval,omitempty"` // once approved
	Withdrawn *Withdrawal `json:"withdrawn,omitempty"`
}

// State is where a report is in its life.
type State string

// States.
const (
	Draft        State = "draft"
	Signing      State = "signing" // an approval is under way, or was cut off
	Approved     State = "approved"
	Delivered    State = "delivered"    // sent to every recipient
	Acknowledged State = "acknowledged" // every recipient has said that it arrived
	Withdrawn    State = "withdrawn"
)

// Issued reports whether the report has a number and counts.
func (s State) Issued() bool { return s == Approved || s == Delivered || s == Acknowledged }

// Edit is what an official wrote in the place of a section.
type Edit struct {
	report.Edit

	By entry.Actor   `json:"by"`
	At ledger.Millis `json:"at"`
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
	return fmt.Sprintf("Báo cáo số %02d/%s ngày %s", i.Number, i.Symbol, calendar.ShortDate(calendar.Day(i.Date)))
}
