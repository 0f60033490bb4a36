package desk

import (
	"slices"

	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// exportColumn is a field of the forms, or one of what every record has.
type exportColumn struct {
	name string
	own  bool // of every record, no field
	head paper.SheetColumn
}

// lastGift is the column that is made of other records.
const lastGift = "lastGift"

// ownColumns are the columns that every record has.
var ownColumns = []exportColumn{
	{name: "kind", head: paper.SheetColumn{Title: "Loại", Width: 18, Wrap: true}},
	{name: "date", head: paper.SheetColumn{Title: "Ngày", Width: 12, Align: paper.Center}},
	{name: "title", head: paper.SheetColumn{Title: "Tên", Width: 30, Wrap: true}},
	{name: "unit", head: paper.SheetColumn{Title: "Thôn", Width: 20, Wrap: true}},
	{name: "amount", head: paper.SheetColumn{Title: "Số tiền (đồng)", Width: 16, Align: paper.Right}},
	{name: "due", head: paper.SheetColumn{Title: "Hạn", Width: 12, Align: paper.Center}},
	{name: lastGift, head: paper.SheetColumn{Title: "Lần nhận gần nhất", Width: 14, Align: paper.Center}},
	{name: "updated", head: paper.SheetColumn{Title: "Sửa lần cuối", Width: 12, Align: paper.Center}},
	{name: "state", head: paper.SheetColumn{Title: "Tình trạng", Width: 24, Wrap: true}},
}

// titleHeads are what the title of a kind's records is, where it is no name that the
// record has by itself.
var titleHeads = map[ledger.Kind]string{
	form.KindHousehold: "Chủ hộ", form.KindGift: "Hộ / người", form.KindHouse: "Hộ / người", form.KindReception: "Công dân",
	form.KindPetition: "Người gửi", form.KindMeeting: "Nơi tiếp xúc", form.KindFund: "Nội dung",
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
	if head, ok := titleHeads[kindOf(kinds)]; ok && name == "title" {
		column.head.Title = head
	}
	return column, true
}

// kindOf is the only kind that is listed, "" where there are several.
func kindOf(kinds []ledger.Kind) ledger.Kind {
	if len(kinds) != 1 {
		return ""
	}
	return kinds[0]
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
