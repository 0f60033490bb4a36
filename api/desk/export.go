package desk

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

const (
	// maxExported bounds the records of a workbook, and with them its memory.
	maxExported = 20_000
	// maxExportedText bounds the bytes of their text.
	maxExportedText = 32 << 20
	// exportPage is how many records are read at once.
	exportPage = 200
)

// exports writes lists of records as workbooks, one at a time.
type exports struct {
	*lists
	directory *accounts.Directory
	reminders *reminders.Reminders
	clock     calendar.Clock
	one       slot
}

// workbookAnswer is the answer to exportRecords.
type workbookAnswer struct{ gate.Download }

// VisitExportRecordsResponse writes the answer.
func (a workbookAnswer) VisitExportRecordsResponse(w http.ResponseWriter) error { return a.Write(w) }

// ExportRecords implements the operation exportRecords. Every record is noted
// before the workbook is answered.
func (e *exports) ExportRecords(ctx context.Context, request contract.ExportRecordsRequestObject) (contract.ExportRecordsResponseObject, error) {
	p := request.Params
	q, some, err := e.queryOf(ctx, &contract.ListRecordsParams{
		Unit: p.Unit, Kind: p.Kind, State: p.State, Conflict: p.Conflict, From: p.From, To: p.To, Q: p.Q, Where: p.Where, Ref: p.Ref,
		Author: p.Author, Late: p.Late, Stale: p.Stale, Photos: contract.ListRecordsParamsPhotos(p.Photos), Sort: p.Sort,
		AfterEnd: p.AfterEnd, Due: contract.ListRecordsParamsDue(p.Due), Entitled: contract.ListRecordsParamsEntitled(p.Entitled),
	})
	if err != nil {
		return nil, err
	}
	if q.Sort == "" {
		q.Sort = store.SortUpdated
	}
	x := &export{exports: e, sensitive: p.Sensitive, at: map[rowName]int{}}
	if x.columns, err = exportColumns(q.Kinds, p.Column); err != nil {
		return nil, err
	}
	if q.Units, err = gate.CallerOf(ctx).Within(p.Unit); err != nil {
		return nil, err
	}
	release, err := e.one.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if some && len(q.Units) > 0 {
		if err := x.read(ctx, q); err != nil {
			return nil, err
		}
	}
	tree, err := e.directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	names := unitNames(ctx, tree)
	var units []string
	for _, unit := range p.Unit {
		units = append(units, names[unit])
	}
	head := exportHead{filter: filtered(&p, units), by: gate.CallerOf(ctx).User.Name, at: e.clock.Now().In(e.clock.Location)}
	var body bytes.Buffer
	if err := paper.WriteXLSX(&body, x.workbook(q.Kinds, &head)); err != nil {
		return nil, fmt.Errorf("write a list of %d records: %w", len(x.rows), err)
	}
	return workbookAnswer{gate.Download{Name: fileName(q.Kinds, units, e.clock.Today()), Raw: gate.Raw{Body: body.Bytes(), Media: archive.XLSX.MediaType()}}}, nil
}

// export is one workbook in the making.
type export struct {
	*exports
	sensitive bool
	columns   []exportColumn
	rows      []exportRow
	at        map[rowName]int // where a record stands in rows
	text      int             // the bytes in rows
}

// exportRow is a row, and its place in the list.
type exportRow struct {
	place *store.Position
	cells []paper.Cell
	text  int // its bytes
}

type rowName struct {
	unit   ledger.UnitID
	record ledger.RecordID
}

// readAgain is how far an export goes back at its end, for what other servers
// wrote, whose clocks are a little behind.
const readAgain = ledger.Millis(2 * time.Minute / time.Millisecond)

// read makes the rows of all records that q finds. They are read by their last
// change: one that changes meanwhile moves behind all that was read, and is
// read there (again). In any other order it might move into what was read
// already, and never be seen.
func (x *export) read(ctx context.Context, q selection) error {
	if err := x.store.Settle(ctx, q.Units); err != nil {
		return err
	}
	sum, err := x.totals(ctx, q, q.Units)
	if err != nil {
		return err
	}
	if sum.Count > maxExported {
		return tooMany(sum.Count)
	}
	watch, err := x.reminders.Watch(ctx)
	if err != nil {
		return err
	}
	tree, err := x.directory.Tree(ctx)
	if err != nil {
		return err
	}
	names := unitNames(ctx, tree)
	began, sweep := ledger.MillisOf(x.clock.Now()), q
	sweep.Sort, sweep.Desc, sweep.Limit = store.SortUpdated, false, exportPage
	for last := false; ; {
		rows, records, err := x.visible(ctx, sweep)
		if err != nil {
			return err
		}
		refs, err := x.references(ctx, namedRows(rows, records))
		if err != nil {
			return err
		}
		var given map[ledger.Ref]string
		if slices.ContainsFunc(x.columns, func(c exportColumn) bool { return c.name == lastGift }) {
			if given, err = x.lastGifts(ctx, rows); err != nil {
				return err
			}
		}
		var added []store.Row
		for i := range rows {
			before := x.text
			summary := show.Summary(&rows[i], records[i], refs)
			summary.LastGift = given[ledger.Ref{Unit: rows[i].Unit, Record: rows[i].ID}]
			summary.AfterEnd = isAfterEnd(tree, rows[i].Unit, records[i])
			cells := x.row(&exported{&rows[i], records[i], summary, refs, names, watch, x.clock})
			if x.put(&rows[i], exportRow{q.placeOf(&rows[i], records[i]), cells, x.text - before}) {
				added = append(added, rows[i])
			}
		}
		if len(x.rows) > maxExported { // some came since they were counted
			return tooMany(int64(len(x.rows)))
		}
		if x.text > maxExportedText {
			return problem.Invalid("unit", "Danh sách có quá nhiều chữ cho một tệp Excel: hãy lọc bớt, hoặc bỏ bớt cột.")
		}
		if err := x.logRows(ctx, "exportRecords", reading{sensitive: x.sensitive}, added); err != nil {
			return err
		}
		if len(rows) > 0 {
			sweep.After = rows[len(rows)-1].Position(store.SortUpdated)
		}
		switch {
		case len(rows) == exportPage:
		case last || sweep.After == nil:
			slices.SortFunc(x.rows, func(a, b exportRow) int { return q.Compare(a.place, b.place) })
			return nil
		default:
			last = true
			if err := x.store.Settle(ctx, q.Units); err != nil {
				return err
			}
			sweep.After = &store.Position{Updated: max(sweep.After.Updated, began) - readAgain}
		}
	}
}

// put adds a row, or replaces that of the same record, and reports whether it is
// a new one.
func (x *export) put(r *store.Row, row exportRow) bool {
	name := rowName{r.Unit, r.ID}
	if i, again := x.at[name]; again {
		x.text -= x.rows[i].text
		x.rows[i] = row
		return false
	}
	x.at[name] = len(x.rows)
	x.rows = append(x.rows, row)
	return true
}

func tooMany(count int64) error {
	return problem.Invalid("unit", fmt.Sprintf("Danh sách có %s mục. Mỗi tệp Excel chứa được nhiều nhất %s mục: hãy lọc bớt, chẳng hạn theo thôn hoặc theo ngày.",
		form.Grouped(count), form.Grouped(maxExported)))
}

func unitNames(ctx context.Context, tree *accounts.Tree) map[ledger.UnitID]string {
	names := map[ledger.UnitID]string{}
	for _, unit := range gate.CallerOf(ctx).Scope {
		if u, ok := tree.Unit(unit); ok {
			names[unit] = u.Value.Name
		}
	}
	return names
}

// widestA4 is the width of a table, in characters, that fits A4 on its side.
const widestA4 = 130

// exportHead is what stands above a list: by what it was narrowed, who made it,
// and when.
type exportHead struct {
	filter []string
	by     string
	at     time.Time
}

func (x *export) workbook(kinds []ledger.Kind, head *exportHead) *paper.Workbook {
	sheet := paper.Sheet{Name: "Sổ ghi", Title: []string{"Sổ ghi"}, Landscape: true, Columns: []paper.SheetColumn{{Title: "TT", Width: 6, Align: paper.Center}}}
	if len(kinds) == 1 {
		if f, ok := form.Of(kinds[0]); ok {
			sheet.Name, sheet.Title[0] = f.Plural, f.Plural
		}
	}
	filter := "Không lọc."
	if len(head.filter) > 0 {
		filter = "Lọc: " + strings.Join(head.filter, ", ") + "."
	}
	note := fmt.Sprintf("%s mục, %s xuất lúc %s ngày %s. Có dữ liệu cá nhân; việc xuất đã ghi vào nhật ký.",
		form.Grouped(int64(len(x.rows))), head.by, head.at.Format("15:04"), calendar.ShortDate(calendar.DayOf(head.at)))
	sheet.Title = append(sheet.Title, filter, note)
	wide := 0.0
	for i := range x.columns {
		sheet.Columns = append(sheet.Columns, x.columns[i].head)
		wide += x.columns[i].head.Width
	}
	sheet.A3 = wide > widestA4
	sheet.Rows = func(yield func([]paper.Cell) bool) {
		for i, row := range x.rows {
			if !yield(append([]paper.Cell{{Number: int64(i + 1), Format: paper.Integer}}, row.cells...)) {
				return
			}
		}
	}
	return &paper.Workbook{Title: sheet.Title[0], Author: head.by, Sheets: []paper.Sheet{sheet}}
}
