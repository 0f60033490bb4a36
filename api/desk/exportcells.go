package desk

import (
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/reminders"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// exported is a record with what its row tells.
type exported struct {
	row     *store.Row
	record  *ledger.Record
	summary contract.RecordSummary
	refs    map[string]contract.Reference
	units   map[ledger.UnitID]string
	watch   *reminders.Watch
	clock   calendar.Clock
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
	case lastGift:
		switch {
		case e.summary.LastGift != "":
			return paper.Cell{Text: e.summary.LastGift, Format: paper.Day}
		case e.record.Kind == form.KindHousehold:
			return paper.Cell{Text: "chưa nhận"}
		}
	case "updated":
		return paper.Cell{Text: string(calendar.DayOf(e.row.Updated.Time().In(e.clock.Location))), Format: paper.Day}
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
	if e.summary.AfterEnd {
		parts = append(parts, "ghi sau ngày đơn vị kết thúc")
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
	return e.cell(field, v.WithoutErased())
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
	ref = ref.In(e.row.Unit)
	of := e.refs[show.RefKey(ref)]
	if of.Code != "" {
		return of.Title + " (" + of.Code + ")"
	}
	return of.Title
}
