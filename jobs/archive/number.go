package archive

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// A backup that is restored lacks the numbers that were given after it. They are
// on paper, and must not be given again.

// Number is a number that a report has.
type Number struct {
	Unit   ledger.UnitID `json:"unit"`
	Year   int           `json:"year"`
	Symbol string        `json:"symbol"`
	Number int           `json:"number"`
	Report string        `json:"report"`
	At     ledger.Millis `json:"at"` // when it was given
}

func (n *Number) String() string {
	return fmt.Sprintf("%s %d: %02d/%s", n.Unit, n.Year, n.Number, n.Symbol)
}

// numberID is the id of a number's line. It can be inserted once.
func numberID(unit ledger.UnitID, year int, symbol string, n int) string {
	return numbersOf(unit, year, symbol) + fmt.Sprintf("%06d", n)
}

func numbersOf(unit ledger.UnitID, year int, symbol string) string {
	return fmt.Sprintf("%s/%04d/%s/", unit, year, symbol)
}

// NumberBackup keeps numbers outside of the database, where a restore does not reach.
type NumberBackup struct {
	Add  func(...Number) error    // adds those that it lacks
	List func() ([]Number, error) // all
}

func numberOf(unit ledger.UnitID, a *Approval) Number {
	return Number{Unit: unit, Year: calendar.Day(a.Issue.Date).Year(), Symbol: a.Issue.Symbol, Number: a.Issue.Number, Report: a.Report, At: a.At}
}

// backUpNumber keeps the number of a report outside of the database, before the
// report shows it.
func (p *Approvals) backUpNumber(ctx context.Context, unit ledger.UnitID, a *Approval) {
	if p.register.backup.Add == nil {
		return
	}
	if err := p.register.backup.Add(numberOf(unit, a)); err != nil {
		p.log.ErrorContext(ctx, "a number is kept in the database alone; repair the file that -erasures names", "report", a.Report, "error", err)
	}
}

// CompareNumbers brings the numbers that are kept outside up to the register, and
// returns those that the register lacks: they were given after the backup that
// was restored.
func CompareNumbers(ctx context.Context, d store.Documents, outside NumberBackup) ([]Number, error) {
	if outside.List == nil {
		return nil, nil
	}
	given, err := store.NewTable[Approval](d, "register").All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the register of numbers: %w", err)
	}
	known := map[string]bool{}
	var all []Number
	for i := range given {
		unit, _, _ := strings.Cut(given[i].ID, "/")
		all = append(all, numberOf(ledger.UnitID(unit), &given[i].Value))
		known[given[i].ID] = true
	}
	lost, err := outside.List()
	if err != nil {
		return nil, err
	}
	lost = slices.DeleteFunc(lost, func(n Number) bool { return known[numberID(n.Unit, n.Year, n.Symbol, n.Number)] })
	return lost, outside.Add(all...)
}
