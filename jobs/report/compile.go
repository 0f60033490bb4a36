package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/ledger"
)

// Spec says what is to be compiled.
type Spec struct {
	ID       string // of the report
	Period   calendar.Period
	Template Template
	Unit     ledger.UnitID // Invariant: one of the members
	Letter   Letter
	Edits    map[string]Edit // by section; what officials wrote themselves
	// Headings are the subject and the titles of sections that officials wrote, by
	// section, and by SubjectID.
	Headings map[string]string
	// Standing are texts of the issuer's own, by section: they open the section
	// of each report until somebody edits it.
	Standing map[string]string
	Addendum *Issued // the report that this one adds to; nil where it is no addendum
	Replaces string  // the withdrawn report that this one is issued instead of, as it is cited; "" for none
	Issue    *Issue  // nil in a draft
}

// SubjectID is the subject of a report among its headings. No section is called so.
const SubjectID = "subject"

// Issued is an earlier report, and the folds at the heads that it cites.
type Issued struct {
	ID      string
	Name    string          // "Báo cáo số 56/BC-UBND ngày 11/4/2024"
	Subject string          // trích yếu; may be empty
	Period  calendar.Period // as it was reported: its AsOf may be another than that of an addendum
	Figures []Figure        // as they were signed
	Details []Figure        // as they were signed
	Members []Member
}

// Issue is what makes a draft a report: who gave it its number, when and where.
type Issue struct {
	Number   int    `json:"number"` // of the issuer, the symbol and the year, from 1
	Symbol   string `json:"symbol"` // "BC-UBND"
	Place    string `json:"place"`
	Date     string `json:"date"` // day
	Position string `json:"position"`
	Name     string `json:"name"` // of who signed
}

// Head is the place in a ledger up to which a report counts, and what its unit
// was then.
type Head struct {
	Unit    ledger.UnitID `json:"unit"`
	Name    string        `json:"name"`
	Kind    string        `json:"kind,omitempty"` // what it was called, where its name does not say it
	Village bool          `json:"village"`
	From    string        `json:"from"`
	To      string        `json:"to,omitempty"`
	Seq     ledger.Seq    `json:"seq"`
	Hash    string        `json:"hash"`
}

// Content is what a report says, whatever it is printed on. The same request over
// the same folds gives the same JSON, byte by byte.
type Content struct {
	ID         string        `json:"id"`
	Type       calendar.Type `json:"type"`
	Template   Template      `json:"template"`
	Unit       ledger.UnitID `json:"unit"`
	UnitName   string        `json:"unitName"`
	UnitKind   string        `json:"unitKind,omitempty"` // "phường", where the name does not say it
	From       string        `json:"from"`
	To         string        `json:"to"`
	AsOf       string        `json:"asOf"`
	PeriodName string        `json:"periodName"`
	Subject    string        `json:"subject"` // trích yếu
	// CompiledSubject is the subject that the report would have had where an
	// official wrote another.
	CompiledSubject string       `json:"compiledSubject,omitempty"`
	Letter          Letter       `json:"letter"`
	Issue           *Issue       `json:"issue,omitempty"`
	Heads           []Head       `json:"heads"` // in order of unit
	Rules           ledger.Rules `json:"rules"`
	Figures         []Figure     `json:"figures"`
	Details         []Figure     `json:"details,omitempty"` // what the text tells beside the figures
	Sections        []Section    `json:"sections"`
	Tables          []Table      `json:"tables"`
	Conflicts       []Conflict   `json:"conflicts"`                 // that nobody has settled yet
	HiddenConflicts int          `json:"hiddenConflicts,omitempty"` // of denunciations, which are only counted
	Outside         int          `json:"outside,omitempty"`         // records of the period, dated when their unit was none: they count nowhere
	Comparison      *Comparison  `json:"comparison,omitempty"`      // with the year before; nil where that has no records
	Addendum        *Addendum    `json:"addendum,omitempty"`
	Replaces        string       `json:"replaces,omitempty"` // a withdrawn report, as it is cited
	SHA256          string       `json:"sha256,omitempty"`   // of this JSON without it, in hex
}

// Compiled is a report with the way back from its numbers to the records.
type Compiled struct {
	Content
	*evidence
	members []Member
	period  period
	donors  []string // of campaigns, those of the most gifts first
}

// Compile makes a report. It has no clock and no I/O.
func Compile(o Spec, members []Member) (*Compiled, error) {
	if field, err := CheckPeriod(o.Period); err != nil {
		return nil, fmt.Errorf("the report's %s: %w", field, err)
	}
	members = byUnit(members)
	c := &Compiled{evidence: newEvidence(members), members: members}
	own, ok := c.tally.members[o.Unit]
	if !ok {
		return nil, fmt.Errorf("the ledger of %s is not among the folds", o.Unit)
	}
	p := periodOf(o.Period).until(own.To)
	c.period = p
	c.Content = Content{
		ID: o.ID, Type: p.Type, Template: o.Template, Unit: o.Unit, UnitName: own.Name, UnitKind: own.Kind,
		From: p.From, To: p.To, AsOf: p.AsOf, PeriodName: p.Name,
		Letter: o.Letter, Issue: o.Issue, Rules: ledger.RulesCurrent,
	}
	for _, m := range members {
		c.Heads = append(c.Heads, m.head())
		c.Rules = m.State.Rules()
	}
	figures, details := p.measures(c.tally), p.details(c.tally)
	c.Figures, c.Details = c.count(figures), c.count(details)
	measures := slices.Concat(figures, details)
	c.Comparison = c.comparison(p)
	b := c.breakdown(p, members, own)
	c.Tables = b.tables(measures)
	c.donors = b.donors
	c.Conflicts, c.HiddenConflicts = c.conflicts(measures)
	c.Outside = c.outside(measures)
	if o.Addendum != nil {
		c.Addendum = c.difference(o)
	}
	if err := c.narrate(o, own); err != nil {
		return nil, err
	}
	c.citeReplaced(o.Replaces)
	c.SHA256 = c.sum()
	for i := range c.members {
		c.members[i].State = nil // the records are in the tally; the rest may go
	}
	return c, nil
}

// sum is the SHA-256 of the report's JSON without its own.
func (r *Content) sum() string {
	bare := *r
	bare.SHA256 = ""
	sum := sha256.Sum256(bare.JSON())
	return hex.EncodeToString(sum[:])
}

// Intact reports whether the report's sum is that of its content.
func (r *Content) Intact() bool { return r.SHA256 == r.sum() }

// JSON is the report for machines: UTF-8, two spaces a level, a line end at the
// end.
func (r *Content) JSON() []byte {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		panic("report: " + err.Error()) // texts and numbers only
	}
	return []byte(text.String())
}

// Sign puts on a compiled report who issued it, when, and under which number.
func (c *Compiled) Sign(issue Issue) {
	c.Issue = &issue
	c.SHA256 = c.sum()
}
