package demo

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Result is the result of a play. As JSON it is what `sothon demo -json` prints.
type Result struct {
	Commune    ledger.UnitID `json:"commune"`
	Figures    []Figure      `json:"figures"` // in the order of the paper
	Ledgers    []Ledger      `json:"ledgers"` // the commune's first
	Ops        int           `json:"ops"`     // acknowledged, each counted once
	Batches    int           `json:"batches"` // pushes, those sent again too
	Resends    int           `json:"resends"` // pushes with an op that had been sent before
	Conflicts  int           `json:"conflicts"`
	Duplicates int           `json:"duplicates"`
	Seconds    float64       `json:"seconds"`

	Issued *Issued  `json:"-"`
	Logins []Login  `json:"-"`
	Before []Figure `json:"-"` // before the reviewer had decided anything
}

// Figure is a number on paper, and what the records come to.
type Figure struct {
	ID       string `json:"id"`
	Paper    int64  `json:"paper"`
	Compiled int64  `json:"compiled"`
	Label    string `json:"-"` // Vietnamese
	Unit     string `json:"-"`
	Touched  bool   `json:"-"` // a conflict may change it
}

// Issued is the report as it was signed and delivered.
type Issued struct {
	ID     string
	Number int
	Parcel string // its folder below the district's
}

// Ledger is one of the commune's ledgers, and whether its chain is sound.
type Ledger struct {
	Unit     ledger.UnitID `json:"unit"`
	Seq      ledger.Seq    `json:"seq"`
	Hash     string        `json:"hash"`
	Verified bool          `json:"verified"`
}

// compare lays compiled figures beside the paper's. They must be the same ones,
// in the same units and of the same periods.
func compare(compiled []report.Figure) ([]Figure, error) {
	if len(compiled) != len(Paper) {
		return nil, fmt.Errorf("%d figures were compiled, the paper has %d", len(compiled), len(Paper))
	}
	list := make([]Figure, len(Paper))
	for i, p := range Paper {
		f := &compiled[i]
		if f.ID != p.ID || f.Unit != p.Unit || f.Period != p.Period || f.AsOf != p.AsOf {
			return nil, fmt.Errorf("figure %s in %s of %s%s stands in the place of the paper's %s", f.ID, f.Unit, f.Period, f.AsOf, p.ID)
		}
		list[i] = Figure{ID: p.ID, Paper: p.Value, Compiled: f.Value, Label: f.Label, Unit: f.Unit, Touched: f.Touched}
	}
	return list, nil
}

// Equal reports whether every figure is the paper's and every ledger is sound.
func (r *Result) Equal() bool {
	for _, f := range r.Figures {
		if f.Paper != f.Compiled {
			return false
		}
	}
	return len(r.Figures) == len(Paper) && r.verified()
}

func (r *Result) verified() bool {
	for _, l := range r.Ledgers {
		if !l.Verified {
			return false
		}
	}
	return len(r.Ledgers) > 0
}

// WriteTable writes the result for people. A number with a question mark is one
// that a conflict might have changed.
func (r *Result) WriteTable(w io.Writer) error {
	table := []byte("figure\tpaper\tbefore the desk\tcompiled\tunit\tequal\t\n")
	for i, f := range r.Figures {
		before, equal := "", "yes"
		if i < len(r.Before) {
			before = form.Grouped(r.Before[i].Compiled)
			if r.Before[i].Touched {
				before += " ?"
			}
		}
		if f.Paper != f.Compiled {
			equal = "NO"
		}
		table = fmt.Appendf(table, "%s\t%s\t%s\t%s\t%s\t%s\t\n", f.ID, form.Grouped(f.Paper), before, form.Grouped(f.Compiled), f.Unit, equal)
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := columns.Write(table); err != nil {
		return err
	}
	if err := columns.Flush(); err != nil {
		return err
	}
	if _, err := io.WriteString(w, "paper: as the commune's own report has it; ?: phones differ on a record behind the number\n"); err != nil {
		return err
	}
	sound := 0
	for _, l := range r.Ledgers {
		if l.Verified {
			sound++
		}
	}
	perSecond := 0.0
	if r.Seconds > 0 {
		perSecond = float64(r.Ops) / r.Seconds
	}
	_, err := fmt.Fprintf(w, "\nledgers verified  %d of %d\nops               %d\nbatches           %d\nresends           %d\nconflicts         %d\nduplicates        %d\nops per second    %.0f\n",
		sound, len(r.Ledgers), r.Ops, r.Batches, r.Resends, r.Conflicts, r.Duplicates, perSecond)
	return err
}
