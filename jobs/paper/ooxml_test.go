package paper_test

import (
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/paper/papertest"
)

func TestOpenXML(t *testing.T) {
	draft := &paper.Document{Draft: true, Body: []paper.Block{paper.Table{}, gifts(), gifts(), paper.Table{Columns: make([]paper.Column, 20), Rows: make([]paper.Row, 2)}}}
	annexed := sample()
	annexed.Body = nil
	annexed.Annexes = append(annexed.Annexes, paper.Annex{}, paper.Annex{Landscape: true, Body: []paper.Block{paper.Table{Caption: "Không có cột"}}})
	hostile := sample()
	hostile.Issuer, hostile.Kind, hostile.Subject = nil, "", strings.Repeat("dài ", 500)
	hostile.Body = []paper.Block{text(""), paper.Paragraph{}, text("\u0000\ufffe🏠\u202e</w:t>"), item(strings.Repeat("x", 5000))}
	hostile.Title = "<&>\u0001"
	papertest.OpenXML(t, map[string][]byte{
		"report.docx":  writeDOCX(t, sample()),
		"draft.docx":   writeDOCX(t, draft),
		"empty.docx":   writeDOCX(t, &paper.Document{}),
		"annexed.docx": writeDOCX(t, annexed),
		"hostile.docx": writeDOCX(t, hostile),
		"gifts.xlsx":   writeXLSX(t, longBook(500)),
		"sheets.xlsx":  writeXLSX(t, threeSheets()),
		"empty.xlsx":   writeXLSX(t, &paper.Workbook{}),
		"titled.xlsx":  writeXLSX(t, &paper.Workbook{Sheets: []paper.Sheet{{Title: []string{"Một", "=Hai"}}}}),
	})
}
