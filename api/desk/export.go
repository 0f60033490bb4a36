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
	// exportWithin is how long a caller waits for the workbook of another.
	exportWithin = 20 * time.Second
)

// exports writes lists of records as workbooks, one at a time.
type exports struct {
	*lists
	directory *accounts.Directory
	reminders *reminders.Reminders
	clock     calendar.Clock
	busy      chan struct{} // holds one element while a workbook is written
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
	})
	if err != nil {
		return nil, err
	}
	if q.Sort == "" {
		q.Sort = store.SortUpdated
	}
	x := &export{exports: e, sensitive: p.Sensitive}
	if x.columns, err = exportColumns(q.Kinds, p.Column); err != nil {
		return nil, err
	}
	if q.Units, err = gate.CallerOf(ctx).Within(p.Unit); err != nil {
		return nil, err
	}
	release, err := e.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if some && len(q.Units) > 0 {
		if err := x.read(ctx, q); err != nil {
			return nil, err
		}
	}
	today := e.clock.Today()
	var body bytes.Buffer
	if err := paper.WriteXLSX(&body, x.workbook(q.Kinds, gate.CallerOf(ctx).User.Name, today)); err != nil {
		return nil, fmt.Errorf("write a list of %d records: %w", len(x.rows), err)
	}
	name := "so-ghi-" + string(today) + ".xlsx"
	return workbookAnswer{gate.Download{Name: name, Raw: gate.Raw{Body: body.Bytes(), Media: archive.XLSX.MediaType()}}}, nil
}

// acquire waits until nobody else's workbook is written.
func (e *exports) acquire(ctx context.Context) (release func(), err error) {
	timeout := time.NewTimer(exportWithin)
	defer timeout.Stop()
	select {
	case e.busy <- struct{}{}:
		return func() { <-e.busy }, nil
	case <-timeout.C:
		return nil, fmt.Errorf("wait for another workbook: %w", archive.ErrBusy)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// export is one workbook in the making.
type export struct {
	*exports
	sensitive bool
	columns   []exportColumn
	rows      [][]paper.Cell
	text      int // the bytes in rows
}

// exportColumn is a field of the forms, or one of what every record has.
type exportColumn struct {
	name string
	own  bool // of every record, no field
	head paper.SheetColumn
}

// ownColumns are the columns that every record has.
var ownColumns = []exportColumn{
	{name: "kind", head: paper.SheetColumn{Title: "Loại", Width: 18, Wrap: true}},
	{name: "date", head: paper.SheetColumn{Title: "Ngày", Width: 12, Align: paper.Center}},
	{name: "title", head: paper.SheetColumn{Title: "Tên", Width: 30, Wrap: true}},
	{name: "unit", head: paper.SheetColumn{Title: "Thôn", Width: 20, Wrap: true}},
	{name: "amount", head: paper.SheetColumn{Title: "Số tiền (đồng)", Width: 16, Align: paper.Right}},
	{name: "due", head: paper.SheetColumn{Title: "Hạn", Width: 12, Align: paper.Center}},
	{name: "state", head: paper.SheetColumn{Title: "Tình trạng", Width: 24, Wrap: true}},
}

// exportColumns are the columns with these names: of the forms of the kinds, or
// of every record.
func exportColumns(kinds []ledger.Kind, names []string) ([]exportColumn, error) {
	if len(names) == 0 {
		names = []string{"kind", "date", "title", "unit", "state"}
	}
	var columns []exportColumn
	for _, name := range names {
		column, ok := columnOf(kinds, name)
		if !ok || slices.ContainsFunc(columns, func(c exportColumn) bool { return c.name == name }) {
			return nil, problem.Invalid("column", "Danh sách không có cột “"+name+"”, hoặc cột này được ghi hai lần.")
		}
		columns = append(columns, column)
	}
	return columns, nil
}

// columnOf finds a column. A kind's own field stands before what every record
// has: the title of a form says more.
func columnOf(kinds []ledger.Kind, name string) (exportColumn, bool) {
	for _, kind := range kinds {
		if f, ok := form.Of(kind); ok {
			if field, ok := f.Field(name); ok && field.Type != form.TypeHashes {
				return exportColumn{name: name, head: fieldHead(field)}, true
			}
		}
	}
	i := slices.IndexFunc(ownColumns, func(c exportColumn) bool { return c.name == name })
	if i < 0 {
		return exportColumn{}, false
	}
	column := ownColumns[i]
	column.own = true
	return column, true
}

func fieldHead(f *form.Field) paper.SheetColumn {
	head := paper.SheetColumn{Title: f.Label, Width: 18, Wrap: true}
	switch f.Type {
	case form.TypeInteger:
		head.Align, head.Width = paper.Right, 12
	case form.TypeMoney:
		head.Align, head.Width = paper.Right, 16
	case form.TypeDate, form.TypeBoolean:
		head.Align, head.Width = paper.Center, 12
	case form.TypeLongText, form.TypeList:
		head.Width = 44
	case form.TypeReference:
		head.Width = 28
	case form.TypeText, form.TypeChoice, form.TypeChoices, form.TypePhone, form.TypeNationalID, form.TypeUnit, form.TypeHashes:
	}
	return head
}

// read makes the rows of all records that q finds.
func (x *export) read(ctx context.Context, q store.Query) error {
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
	names, err := x.unitNames(ctx)
	if err != nil {
		return err
	}
	q.Limit = exportPage
	for {
		rows, records, err := x.visible(ctx, q)
		if err != nil {
			return err
		}
		if len(x.rows)+len(rows) > maxExported { // some came since they were counted
			return tooMany(int64(len(x.rows) + len(rows)))
		}
		refs, err := x.references(ctx, namedRows(rows, records))
		if err != nil {
			return err
		}
		for i := range rows {
			x.rows = append(x.rows, x.row(&exported{&rows[i], records[i], show.Summary(&rows[i], records[i], refs), refs, names, watch}))
		}
		if x.text > maxExportedText {
			return problem.Invalid("unit", "Danh sách có quá nhiều chữ cho một tệp Excel: hãy lọc bớt, hoặc bỏ bớt cột.")
		}
		if err := x.logRows(ctx, "exportRecords", x.sensitive, rows); err != nil {
			return err
		}
		if len(rows) < exportPage {
			return nil
		}
		q.After = positionOf(&rows[len(rows)-1], q.Sort)
	}
}

func tooMany(count int64) error {
	return problem.Invalid("unit", fmt.Sprintf("Danh sách có %s mục. Mỗi tệp Excel chứa được nhiều nhất %s mục: hãy lọc bớt, chẳng hạn theo thôn hoặc theo ngày.",
		form.Grouped(count), form.Grouped(maxExported)))
}

func (x *export) unitNames(ctx context.Context) (map[ledger.UnitID]string, error) {
	tree, err := x.directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	names := map[ledger.UnitID]string{}
	for _, unit := range gate.CallerOf(ctx).Scope {
		if u, ok := tree.Unit(unit); ok {
			names[unit] = u.Value.Name
		}
	}
	return names, nil
}

// exported is a record with what its row tells.
type exported struct {
	row     *store.Row
	record  *ledger.Record
	summary contract.RecordSummary
	refs    map[string]contract.Reference
	units   map[ledger.UnitID]string
	watch   *reminders.Watch
}

func (x *export) row(e *exported) []paper.Cell {
	cells := make([]paper.Cell, len(x.columns))
	for i := range x.columns {
		if c := &x.columns[i]; c.own {
			cells[i] = e.own(c.name)
		} else {
			cells[i] = e.field(c.name, x.sensitive)
		}
		x.text += len(cells[i].Text)
	}
	return cells
}

// own is the cell of what every record has.
func (e *exported) own(name string) paper.Cell {
	switch name {
	case "kind":
		if f, ok := form.Of(e.record.Kind); ok {
			return paper.Cell{Text: f.Label}
		}
	case "date":
		return paper.Cell{Text: e.row.Date, Format: paper.Day}
	case "title":
		return paper.Cell{Text: e.summary.Title}
	case "unit":
		return paper.Cell{Text: e.units[e.row.Unit]}
	case "amount":
		if e.row.Amount != 0 {
			return paper.Cell{Number: e.row.Amount, Format: paper.Dong}
		}
	case "due":
		return paper.Cell{Text: string(e.watch.Next(e.record)), Format: paper.Day}
	case "state":
		return paper.Cell{Text: e.standing()}
	}
	return paper.Cell{}
}

// standing tells where a record stands, and what is to be seen to.
func (e *exported) standing() string {
	var parts []string
	for _, o := range form.AllLabels().States {
		if o.Value == string(e.row.State) {
			parts = append(parts, o.Label)
		}
	}
	if e.row.Conflict {
		parts = append(parts, "ghi khác nhau")
	}
	if e.summary.Stale {
		parts = append(parts, "sửa sau khi duyệt")
	}
	if e.summary.Late {
		parts = append(parts, "ghi sau khi chốt kỳ")
	}
	return strings.Join(parts, ", ")
}

// masked stands where a sensitive value is not shown.
const masked = "••••"

// field is the cell of a field. It is empty for records of kinds without it.
func (e *exported) field(name string, sensitive bool) paper.Cell {
	f, ok := form.Of(e.record.Kind)
	if !ok {
		return paper.Cell{}
	}
	field, ok := f.Field(name)
	if !ok {
		return paper.Cell{}
	}
	v, ok := e.record.Current(name)
	switch {
	case !ok || v == ledger.Null:
		return paper.Cell{}
	case v.Erased():
		return paper.Cell{Text: "(đã xóa)"}
	case !sensitive && form.Sensitive(e.record.Kind, name):
		return paper.Cell{Text: masked}
	}
	return e.cell(field, v)
}

// cell is a value of a field, or of a member of a list.
func (e *exported) cell(f *form.Field, v ledger.Value) paper.Cell {
	text, _ := v.Text()
	switch f.Type {
	case form.TypeInteger, form.TypeMoney:
		n, _ := v.Int()
		cell := paper.Cell{Number: n, Format: paper.Integer}
		if f.Type == form.TypeMoney {
			cell.Format = paper.Dong
		}
		return cell
	case form.TypeDate:
		return paper.Cell{Text: text, Format: paper.Day}
	case form.TypeChoice:
		return paper.Cell{Text: f.OptionLabel(text)}
	case form.TypeChoices:
		var labels []string
		for item := range v.Elements() {
			value, _ := item.Text()
			labels = append(labels, f.OptionLabel(value))
		}
		return paper.Cell{Text: strings.Join(labels, ", ")}
	case form.TypeBoolean:
		if v == "true" {
			return paper.Cell{Text: "Có"}
		}
		return paper.Cell{Text: "Không"}
	case form.TypeReference:
		return paper.Cell{Text: e.named(v)}
	case form.TypeUnit:
		return paper.Cell{Text: e.units[ledger.UnitID(text)]}
	case form.TypeList:
		var lines []string
		for object := range v.Elements() {
			lines = append(lines, e.member(f, object))
		}
		return paper.Cell{Text: strings.Join(lines, "\n")}
	case form.TypeText, form.TypeLongText, form.TypePhone, form.TypeNationalID, form.TypeHashes:
	}
	return paper.Cell{Text: text}
}

// member writes one object of a list in a line.
func (e *exported) member(f *form.Field, object ledger.Value) string {
	var parts []string
	for i := range f.Items {
		item := &f.Items[i]
		v, ok := object.Get(item.Name)
		if !ok || v == ledger.Null {
			continue
		}
		cell := e.cell(item, v)
		switch cell.Format {
		case paper.Integer, paper.Dong:
			cell.Text = form.Grouped(cell.Number)
		case paper.Day:
			cell.Text = calendar.ShortDate(calendar.Day(cell.Text))
		case paper.Text:
		}
		parts = append(parts, cell.Text)
	}
	return strings.Join(parts, ", ")
}

// named is what a reference names, "" where the caller may not see it.
func (e *exported) named(v ledger.Value) string {
	ref, err := ledger.ParseRef(v)
	if err != nil {
		return ""
	}
	if ref.Unit == "" {
		ref.Unit = e.row.Unit
	}
	of := e.refs[show.RefKey(ref)]
	if of.Code != "" {
		return of.Title + " (" + of.Code + ")"
	}
	return of.Title
}

// widestA4 is the width of a table, in characters, that fits A4 on its side.
const widestA4 = 130

func (x *export) workbook(kinds []ledger.Kind, by string, today calendar.Day) *paper.Workbook {
	sheet := paper.Sheet{Name: "Sổ ghi", Title: []string{"Sổ ghi"}, Landscape: true, Columns: []paper.SheetColumn{{Title: "TT", Width: 6, Align: paper.Center}}}
	if len(kinds) == 1 {
		if f, ok := form.Of(kinds[0]); ok {
			sheet.Name, sheet.Title[0] = f.Plural, f.Plural
		}
	}
	note := fmt.Sprintf("%s mục, %s xuất ngày %s. Có dữ liệu cá nhân.", form.Grouped(int64(len(x.rows))), by, calendar.ShortDate(today))
	sheet.Title = append(sheet.Title, note)
	wide := 0.0
	for i := range x.columns {
		sheet.Columns = append(sheet.Columns, x.columns[i].head)
		wide += x.columns[i].head.Width
	}
	sheet.A3 = wide > widestA4
	sheet.Rows = func(yield func([]paper.Cell) bool) {
		for i, cells := range x.rows {
			if !yield(append([]paper.Cell{{Number: int64(i + 1), Format: paper.Integer}}, cells...)) {
				return
			}
		}
	}
	return &paper.Workbook{Title: sheet.Title[0], Author: by, Sheets: []paper.Sheet{sheet}}
}
