package archive

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Approval is a line of the register of numbers: what was approved, by whom,
// and under which number. It has everything that the report needs to be
// issued: a server that finds a line whose report does not know of it finishes
// the work.
type Approval struct {
	Report  string                `json:"report"`
	Version int64                 `json:"version"` // of the report when it went to be signed
	Issue   report.Issue          `json:"issue"`
	By      entry.Actor           `json:"by"`
	At      ledger.Millis         `json:"at"`
	ByHand  bool                  `json:"byHand,omitempty"` // the number is not the next, or out of the order of days
	Reason  string                `json:"reason,omitempty"` // why so, or why the day of issue is long past
	SHA256  string                `json:"sha256"`           // of the content
	Files   map[Format]StoredFile `json:"files"`
	Writer  int                   `json:"writer,omitempty"` // which version wrote the files; 0 of before this was kept
}

// register gives numbers to reports. A number is taken by inserting its line.
type register struct {
	numbers     store.Table[Approval]
	letterheads *Letterheads
	backup      NumberBackup
}

const maxNumber = 999_999

// take inserts the line of a number, or fails with store.ErrTaken.
func (g *register) take(ctx context.Context, unit ledger.UnitID, year int, a Approval) error {
	_, err := g.numbers.Add(ctx, numberID(unit, year, a.Issue.Symbol, a.Issue.Number), a)
	return err
}

// find returns the line of a report among the numbers of an issuer's year, or
// nil.
func (g *register) find(ctx context.Context, unit ledger.UnitID, year int, symbol, report string) (*Approval, error) {
	list, err := g.numbers.AllOf(ctx, numbersOf(unit, year, symbol))
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
	list, first, err := g.read(ctx, unit, t, year, symbol)
	return nextNumber(list, first), err
}

// read returns the entries of an issuer's year by number, and the first number to
// be given in it: not before those that a restored backup lacks.
func (g *register) read(ctx context.Context, unit ledger.UnitID, t report.Template, year int, symbol string) (list []store.Stored[Approval], first int, err error) {
	set, err := g.letterheads.Get(ctx, unit, t)
	if err != nil {
		return nil, 0, err
	}
	if list, err = g.numbers.AllOf(ctx, numbersOf(unit, year, symbol)); err != nil {
		return nil, 0, err
	}
	lost, err := g.lost(unit, symbol, list)
	first = max(1, set.Value.FirstNumbers[year])
	for _, n := range lost {
		if n.Year == year {
			first = max(first, n.Number+1)
		}
	}
	return list, first, err
}

func nextNumber(list []store.Stored[Approval], first int) int {
	if len(list) > 0 {
		first = max(first, list[len(list)-1].Value.Issue.Number+1)
	}
	return first
}

// choose gives an issue its number: the one asked for, or for 0 the next. byHand
// tells that numbers and days are not in order then, or that numbers were left
// out: that takes a number asked for and a reason.
func (g *register) choose(ctx context.Context, unit ledger.UnitID, t report.Template, issue *report.Issue, asked int, reason string) (byHand bool, err error) {
	list, first, err := g.read(ctx, unit, t, calendar.Day(issue.Date).Year(), issue.Symbol)
	if err != nil {
		return false, err
	}
	next := nextNumber(list, first)
	issue.Number = cmp.Or(asked, next)
	ordered := true
	for i := range list {
		other := &list[i].Value.Issue
		switch {
		case other.Number == issue.Number:
			return false, &entry.Invalid{Field: "number", Message: fmt.Sprintf("Số %02d của năm này đã dùng.", other.Number)}
		case other.Number < issue.Number && other.Date > issue.Date, other.Number > issue.Number && other.Date < issue.Date:
			ordered = false
		}
	}
	byHand = issue.Number != next || !ordered
	switch {
	case issue.Number < 1 || issue.Number > maxNumber:
		return false, &entry.Invalid{Field: "number", Message: "Số văn bản phải từ 1 trở lên."}
	case byHand && asked == 0:
		return false, &entry.Invalid{Field: "date", Message: fmt.Sprintf(
			"Ngày ký trước ngày của số đã cấp gần nhất; muốn giữ ngày này thì ghi số và lý do (số tiếp theo là %02d).", next)}
	case byHand && reason == "":
		return false, &entry.Invalid{Field: "reason", Message: fmt.Sprintf(
			"Số %02d không phải số tiếp theo (%02d) hoặc không theo thứ tự ngày; cần ghi lý do.", issue.Number, next)}
	}
	return byHand, nil
}

// NextNumber is the number that a report without one would get today.
func (p *Approvals) NextNumber(ctx context.Context, r *Report) (int, error) {
	return p.register.next(ctx, r.Unit, r.Template, p.clock.Today().Year(), r.Content.Letter.Symbol)
}

// lost returns the numbers of an issuer that are kept outside and that the
// register lacks, in order.
func (g *register) lost(unit ledger.UnitID, symbol string, given []store.Stored[Approval]) ([]Number, error) {
	if g.backup.List == nil {
		return nil, nil
	}
	all, err := g.backup.List()
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for i := range given {
		known[given[i].ID] = true
	}
	all = slices.DeleteFunc(all, func(n Number) bool {
		return n.Unit != unit || n.Symbol != symbol || known[numberID(n.Unit, n.Year, n.Symbol, n.Number)]
	})
	slices.SortFunc(all, func(a, b Number) int {
		return strings.Compare(numberID(a.Unit, a.Year, a.Symbol, a.Number), numberID(b.Unit, b.Year, b.Symbol, b.Number))
	})
	return all, nil
}
