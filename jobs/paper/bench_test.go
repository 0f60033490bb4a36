package paper_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
)

func BenchmarkDOCX(b *testing.B) {
	b.Run("report", func(b *testing.B) { benchmarkDocument(b, paper.WriteDOCX, sample()) })
	b.Run("rows=10000", func(b *testing.B) { benchmarkDocument(b, paper.WriteDOCX, longDocument(10_000)) })
}

func BenchmarkPDF(b *testing.B) {
	b.Run("report", func(b *testing.B) { benchmarkDocument(b, paper.WritePDF, sample()) })
	b.Run("rows=10000", func(b *testing.B) { benchmarkDocument(b, paper.WritePDF, longDocument(10_000)) })
}

func benchmarkDocument(b *testing.B, write func(io.Writer, *paper.Document) error, d *paper.Document) {
	b.Helper()
	b.ReportAllocs()
	var size counter
	for b.Loop() {
		size = 0
		if err := write(&size, d); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size), "file-B")
}

func BenchmarkXLSX(b *testing.B) {
	for _, rows := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			b.ReportAllocs()
			var size counter
			for b.Loop() {
				size = 0
				if err := paper.WriteXLSX(&size, longBook(rows)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size), "file-B")
		})
	}
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// longDocument has a table of n rows.
func longDocument(n int) *paper.Document {
	d := sample()
	d.Body = append(d.Body, houses(n))
	return d
}

// longBook has a sheet of n rows and ten columns, as a register of gifts has.
func longBook(n int) *paper.Workbook {
	titles := []string{"TT", "Thôn", "Ngày trao", "Người nhận", "Diện", "Số suất", "Trị giá", "Nguồn", "Người ghi", "Ghi chú"}
	columns := make([]paper.SheetColumn, len(titles))
	for i, title := range titles {
		columns[i] = paper.SheetColumn{Title: title, Width: 14}
	}
	columns[9].Wrap = true
	rows := func(yield func([]paper.Cell) bool) {
		row := make([]paper.Cell, len(titles))
		for i := range n {
			row[0] = paper.Cell{Number: int64(i + 1), Format: paper.Integer}
			row[1] = paper.Cell{Text: "Thôn Suối Mẫu"}
			row[2] = paper.Cell{Text: fmt.Sprintf("%d-%02d-%02d", 2019+i%5, i%12+1, i%28+1), Format: paper.Day}
			row[3] = paper.Cell{Text: fmt.Sprintf("Hộ mẫu %06d", i)}
			row[4] = paper.Cell{Text: "Hộ nghèo"}
			row[5] = paper.Cell{Number: int64(i % 9), Format: paper.Integer}
			row[6] = paper.Cell{Number: int64(i) * 1000, Format: paper.Dong}
			row[7] = paper.Cell{Text: "Quỹ “Vì người nghèo”"}
			row[8] = paper.Cell{Text: "Người ghi mẫu"}
			row[9] = paper.Cell{Text: "Trao tại nhà văn hóa thôn, có đại diện chứng kiến"}
			if !yield(row) {
				return
			}
		}
	}
	return &paper.Workbook{Title: "Sổ quà", Author: "UBND xã Suối Mẫu", Sheets: []paper.Sheet{{
		Name: "Quà", Title: []string{"Danh sách quà đã trao", "Nhiệm kỳ 2019-2024"}, Landscape: true, Columns: columns, Rows: rows,
	}}}
}
