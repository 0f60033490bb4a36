package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Register is the register of citizens received (Sổ tiếp công dân, Mẫu số
// 03/TCD) with its 13 columns, of the days from one to another on which each
// member was one. It is full of
// personal data: it is for the office itself, and not part of a report.
func Register(members []Member, from, to string) *paper.Workbook {
	t := newTally(byUnit(members))
	var list []entry
	for _, e := range t.byKind[form.KindReception] {
		if date := e.record.Text("date"); t.counts(e) && within(date, from, to) && t.within(e.ref.Unit, date) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(strings.Compare(a.record.Text("date"), b.record.Text("date")), compareRefs(a.ref, b.ref))
	})
	wide := func(title string, width float64) paper.SheetColumn {
		return paper.SheetColumn{Title: title, Width: width, Wrap: true}
	}
	return &paper.Workbook{Title: "Sổ tiếp công dân", Sheets: []paper.Sheet{{
		Name: "Sổ tiếp công dân", Title: []string{"SỔ TIẾP CÔNG DÂN", "(Mẫu số 03/TCD) Từ ngày " + shortDate(from) + " đến ngày " + shortDate(to)}, Landscape: true, A3: true, Numbered: true, Continued: true,
		Columns: []paper.SheetColumn{
			{Title: "STT", Width: 5, Align: paper.Center},
			{Title: "Ngày tiếp", Width: 11, Align: paper.Center},
			wide("Họ tên, địa chỉ", 18), wide("Số căn cước, hộ chiếu", 13.5), wide("Nội dung vụ việc", 40), wide("Phân loại", 10),
			{Title: "Số người cùng nội dung", Width: 7, Align: paper.Right},
			wide("Cơ quan đã giải quyết", 10),
			{Title: "Thuộc thẩm quyền", Width: 7, Align: paper.Center},
			wide("Hướng dẫn, chuyển đến", 11), wide("Cơ quan thụ lý", 11), wide("Theo dõi kết quả", 20), wide("Ghi chú", 14),
		},
		Rows: func(yield func([]paper.Cell) bool) {
			for i, e := range list {
				if !yield(received(i+1, e.record)) {
					return
				}
			}
		},
	}}}
}

func received(n int, r *ledger.Record) []paper.Cell {
	f, _ := form.Of(form.KindReception)
	cell := func(field string) paper.Cell {
		v, ok := r.Current(field)
		if !ok {
			return paper.Cell{}
		}
		if v.Erased() {
			return text("(đã xóa theo yêu cầu)")
		}
		of, _ := f.Field(field)
		return text(shown(of, v))
	}
	who := cell("citizenName")
	if address := cell("citizenAddress").Text; address != "" {
		who.Text += ", " + address
	}
	group := paper.Cell{}
	if v, ok := r.Current("groupSize"); ok {
		size, _ := v.Int()
		group = whole(size)
	}
	return []paper.Cell{
		whole(int64(n)),
		{Text: r.Text("date"), Format: paper.Day},
		who, cell("citizenId"), cell("content"), cell("class"),
		group, cell("settledBy"), cell("inCompetence"), cell("guidedTo"), cell("handledBy"), cell("outcome"), cell("note"),
	}
}
