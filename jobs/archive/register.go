package archive

import (
	"context"
	"fmt"

	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Approval is a line of the register of numbers: what was approved, by whom,
// and under which number. It holds everything that the report needs to be
// issued: a server that finds a line whose report does not know of it finishes
// the work.
type Approval struct {
	Report  string                `json:"report"`
	Version int64                 `json:"version"` // of the report when it went to be signed
	Issue   report.Issue          `json:"issue"`
	By      entry.Actor           `json:"by"`
	At      ledger.Millis         `json:"at"`
	SHA256  string                `json:"sha256"` // of the content
	Files   map[Format]StoredFile `json:"files"`
}

// register gives numbers to reports. A number is taken by inserting its line.
type register struct {
	lines       store.Table[Approval]
	letterheads *Letterheads
}

const maxNumber = 999_999

// numberID is the id of a number's line. It can be inserted once.
func numberID(unit ledger.UnitID, year int, symbol string, n int) string {
	return numbersOf(unit, year, symbol) + fmt.Sprintf("%06d", n)
}

func numbersOf(unit ledger.UnitID, year int, symbol string) string {
	return fmt.Sprintf("%s/%04d/%s/", unit, year, symbol)
}

// take inserts the line of a number, or fails with store.ErrTaken.
func (g *register) take(ctx context.Context, unit ledger.UnitID, year int, a Approval) error {
	_, err := g.lines.Add(ctx, numberID(unit, year, a.Issue.Symbol, a.Issue.Number), a)
	return err
}

// find returns the line of a report among the numbers of an issuer's year, or
// nil.
func (g *register) find(ctx context.Context, unit ledger.UnitID, year int, symbol, report string) (*Approval, error) {
	list, err := g.lines.AllOf(ctx, numbersOf(unit, year, symbol))
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Value.Report == report {
			return &list[i].Value, nil
		}
	}
	return nil, nil
}

// next returns the number after the last of an issuer's year.
func (g *register) next(ctx context.Context, unit ledger.UnitID, t report.Template, year int, symbol string) (int, error) {
	set, err := g.letterheads.Get(ctx, unit, t)
	if err != nil {
		return 0, err
	}
	list, err := g.lines.AllOf(ctx, numbersOf(unit, year, symbol))
	if err != nil {
		return 0, err
	}
	n := max(1, set.Value.FirstNumbers[year])
	if len(list) > 0 {
		n = max(n, list[len(list)-1].Value.Issue.Number+1)
	}
	return n, nil
}
