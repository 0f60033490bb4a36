package paper

import (
	"fmt"
	"strings"
	"testing"
)

// Amounts of up to 12 digits, and the marks behind them, stay whole in every
// table, upright and turned, in whichever column and beside names of any length.
func TestAmountsStayWhole(t *testing.T) {
	const most = "-999.999.999.999(*)"
	long := strings.TrimSpace(strings.Repeat("Nguyễn Văn Mẫu ", 4))
	for _, width := range []float64{textWidth, pageLong - marginLeft - marginRight} {
		for columns := 2; columns <= 9; columns++ {
			if width == textWidth && columns > 5 {
				continue // such tables stand on turned pages
			}
			table := &Table{Columns: []Column{{Title: "Đơn vị", Width: 50}}}
			row := Row{Cells: []string{long}, Bold: true}
			for range columns - 1 {
				table.Columns = append(table.Columns, Column{Title: "Kinh phí hỗ trợ (đồng)", Width: 18, Align: Right})
				row.Cells = append(row.Cells, most)
			}
			table.Rows = []Row{row}
			g := newGrid(table, width)
			cells, _ := g.cells(nil, &table.Rows[0])
			for i := 1; i < columns; i++ {
				if len(cells[i].lines) != 1 {
					t.Errorf("%d columns over %.0f pt: the amount breaks in column %d", columns, width, i)
				}
			}
			for _, l := range cells[0].lines {
				for _, p := range l.pieces {
					if !strings.Contains(" "+long+" ", " "+p.text+" ") {
						t.Errorf("%d columns over %.0f pt: a name is cut at %q", columns, width, p.text)
					}
				}
			}
			if sum := g.edges[columns]; fmt.Sprintf("%.2f", sum) != fmt.Sprintf("%.2f", width) {
				t.Errorf("%d columns take %.2f pt of %.2f", columns, sum, width)
			}
		}
	}
}

// Names keep room beside amounts: a text that fits two lines has no more of them,
// where a smaller size of text makes that possible.
func TestNamesKeepRoom(t *testing.T) {
	table := &Table{Columns: []Column{{Title: "TT", Width: 8}, {Title: "Chỉ tiêu", Width: 64}, {Title: "Đơn vị tính", Width: 20}}}
	row := Row{Cells: []string{"1", "Số tiền vận động Quỹ “Vì người nghèo”", "đồng"}}
	for range 3 {
		table.Columns = append(table.Columns, Column{Title: "Kỳ này", Width: 30, Align: Right})
		row.Cells = append(row.Cells, "-6.347.000.000")
	}
	table.Rows = []Row{row}
	cells, _ := newGrid(table, textWidth).cells(nil, &table.Rows[0])
	if n := len(cells[1].lines); n != 2 {
		t.Errorf("the name takes %d lines", n)
	}
	if len(cells[3].lines) != 1 {
		t.Error("the amount breaks")
	}
	for i := 3; i < 6; i++ { // as wide as amounts become
		row.Cells[i] = "-199.999.999.998"
	}
	cells, _ = newGrid(table, textWidth).cells(nil, &row)
	if n := len(cells[1].lines); n > 3 || len(cells[3].lines) != 1 {
		t.Errorf("beside wide amounts, the name takes %d lines, and an amount %d", n, len(cells[3].lines))
	}
}
