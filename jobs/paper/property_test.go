package paper_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/sothon/sothon/jobs/paper"
)

// anyText is what people and programs may put into a text, and worse.
var anyText = rapid.OneOf(
	rapid.SampledFrom([]string{
		"", " ", "\u00a0", "Ủy ban nhân dân xã", "U\u0309y ban nha\u0302n da\u0302n",
		"Trà Lâm 🏠👨‍👩‍👧‍👦🇻🇳", "\u0000\u0001\u001f\u007f\u0085", "dòng\r\nmới\u2028nữa\tô",
		"\u202eđảo ngược\u202c \u200f", "שלום עולם", "مرحبا بالعالم", "\ufffe\uffff\ufffd", "\xff\xfe\xc3",
		"</w:t><w:p>&amp;]]>", "_x000D_", "=1+1", "漢字かな한글", "a\u0301\u0323\u0302\u0301\u0301",
		"-–/-–/", strings.Repeat("\u0301", 300),
	}),
	rapid.String(),
	rapid.Custom(func(t *rapid.T) string {
		word := rapid.SampledFrom([]string{"W", "ế", "🏠", "a-", "i"}).Draw(t, "letter")
		return strings.Repeat(word, rapid.SampledFrom([]int{40, 40, 40, 300, 300, 5000}).Draw(t, "length"))
	}),
	rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat("một câu dài vừa phải ", rapid.SampledFrom([]int{3, 3, 3, 50, 50, 700}).Draw(t, "times"))
	}),
)

func anyLines(most int) *rapid.Generator[[]string] { return rapid.SliceOfN(anyText, 0, most) }

var anyRun = rapid.Custom(func(t *rapid.T) paper.Run {
	r := paper.Run{Text: anyText.Draw(t, "text"), Bold: rapid.Bool().Draw(t, "bold"), Italic: rapid.Bool().Draw(t, "italic")}
	if rapid.IntRange(0, 3).Draw(t, "noted") == 0 {
		r.Note = anyLines(3).Draw(t, "note")
	}
	return r
})

var anyTable = rapid.Custom(func(t *rapid.T) paper.Table {
	columns := rapid.SampledFrom([]int{0, 1, 2, 3, 7, 20}).Draw(t, "columns")
	table := paper.Table{Caption: anyText.Draw(t, "caption"), Columns: make([]paper.Column, columns)}
	for i := range table.Columns {
		table.Columns[i] = paper.Column{Title: "Cột", Width: rapid.Float64().Draw(t, "width"), Align: paper.Align(i % 3)}
	}
	if columns > 0 {
		table.Columns[0].Title = anyText.Draw(t, "title")
	}
	table.Groups = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) paper.Group {
		return paper.Group{Title: rapid.SampledFrom([]string{"", "Nhóm", "Nhóm có tên dài hơn"}).Draw(t, "group"), Span: rapid.IntRange(-1, 5).Draw(t, "span")}
	}), 0, 4).Draw(t, "groups")
	table.Rows = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) paper.Row {
		return paper.Row{Cells: anyLines(3).Draw(t, "cells"), Bold: rapid.Bool().Draw(t, "bold")}
	}), 0, 4).Draw(t, "rows")
	return table
})

var anyBlock = rapid.OneOf(
	rapid.Custom(func(t *rapid.T) paper.Block {
		return paper.Heading{Level: rapid.IntRange(-1, 4).Draw(t, "level"), Text: anyText.Draw(t, "heading")}
	}),
	rapid.Custom(func(t *rapid.T) paper.Block {
		return paper.Paragraph{Runs: rapid.SliceOfN(anyRun, 0, 4).Draw(t, "runs"), Item: rapid.Bool().Draw(t, "item")}
	}),
	rapid.Custom(func(t *rapid.T) paper.Block { return anyTable.Draw(t, "table") }),
)

var anyDocument = rapid.Custom(func(t *rapid.T) *paper.Document {
	number := rapid.IntRange(-1, 13)
	return &paper.Document{
		Parent: anyLines(3).Draw(t, "parent"), Issuer: anyLines(3).Draw(t, "issuer"),
		Number: anyText.Draw(t, "number"), Symbol: anyText.Draw(t, "symbol"), Place: anyText.Draw(t, "place"),
		Date: paper.Date{Year: rapid.IntRange(-1, 10_000).Draw(t, "year"), Month: number.Draw(t, "month"), Day: number.Draw(t, "day")},
		Kind: anyText.Draw(t, "kind"), Subject: anyText.Draw(t, "subject"), Addressees: anyLines(3).Draw(t, "addressees"),
		Draft: rapid.Bool().Draw(t, "draft"), Body: rapid.SliceOfN(anyBlock, 0, 6).Draw(t, "body"),
		Recipients: anyLines(4).Draw(t, "recipients"),
		Signature: paper.Signature{
			Authority: anyLines(2).Draw(t, "authority"), Position: anyText.Draw(t, "position"), Name: anyText.Draw(t, "name"),
		},
		Annexes: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) paper.Annex {
			return paper.Annex{
				Title: anyText.Draw(t, "title"), Subject: anyText.Draw(t, "subject"), Source: anyText.Draw(t, "source"),
				Landscape: rapid.Bool().Draw(t, "landscape"), Body: rapid.SliceOfN(anyBlock, 0, 2).Draw(t, "body"),
			}
		}), 0, 2).Draw(t, "annexes"),
		Title: anyText.Draw(t, "title"), Author: anyText.Draw(t, "author"),
	}
})

// Any document gives a docx of well-formed parts with its text composed.
func TestAnyDOCX(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDocument.Draw(t, "document")
		var b bytes.Buffer
		if err := paper.WriteDOCX(&b, d); err != nil {
			t.Fatal(err)
		}
		parts, err := xmlParts(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range parts["word/document.xml"].all("t") {
			if !utf8.ValidString(run.data) || !norm.NFC.IsNormalString(run.data) {
				t.Errorf("%q is not NFC", run.data)
			}
		}
		if references, notes := parts["word/document.xml"].all("footnoteReference"), parts["word/footnotes.xml"].all("footnote"); len(references) != len(notes)-2 {
			t.Errorf("%d references to %d footnotes", len(references), len(notes)-2)
		}
	})
}

// Any document gives a valid pdf, on whose pages nothing stands beside the page.
func TestAnyPDF(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDocument.Draw(t, "document")
		var b bytes.Buffer
		if err := paper.WritePDF(&b, d); err != nil {
			t.Fatal(err)
		}
		all, err := readPDF(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range all {
			for _, s := range p.texts {
				// A column may be narrower than a letter.
				beside := (s.x < 30*mm-.5 || s.right() > p.width-15*mm+1) && utf8.RuneCountInString(s.text) > 2
				if beside || s.y < 10*mm || s.y > p.height-20*mm+.5 {
					t.Errorf("page %d: %.40q stands in a margin: %.1f to %.1f, %.1f of %.1f mm", i+1, s.text, s.x/mm, s.right()/mm, s.y/mm, p.height/mm)
				}
			}
		}
	})
}

// Any table gives a workbook that opens, and holds the text as it was.
func TestAnyXLSX(t *testing.T) {
	anyCell := rapid.Custom(func(t *rapid.T) paper.Cell {
		return paper.Cell{
			Text: anyText.Draw(t, "text"), Number: rapid.Int64().Draw(t, "number"),
			Format: paper.Format(rapid.IntRange(0, 3).Draw(t, "format")), Bold: rapid.Bool().Draw(t, "bold"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		book := &paper.Workbook{Title: anyText.Draw(t, "title"), Author: anyText.Draw(t, "author")}
		sheets := rapid.IntRange(0, 3).Draw(t, "sheets")
		for range sheets {
			s := paper.Sheet{Name: anyText.Draw(t, "name"), Title: anyLines(2).Draw(t, "title"), Landscape: rapid.Bool().Draw(t, "landscape")}
			for range rapid.SampledFrom([]int{0, 1, 20}).Draw(t, "columns") {
				s.Columns = append(s.Columns, paper.SheetColumn{
					Title: "Cột", Width: rapid.Float64().Draw(t, "width"), Align: paper.Align(rapid.IntRange(0, 2).Draw(t, "align")), Wrap: rapid.Bool().Draw(t, "wrap"),
				})
			}
			s.Rows = rowsOf(rapid.SliceOfN(rapid.SliceOfN(anyCell, 0, 3), 0, 3).Draw(t, "rows")...)
			book.Sheets = append(book.Sheets, s)
		}
		var b bytes.Buffer
		if err := paper.WriteXLSX(&b, book); err != nil {
			t.Fatal(err)
		}
		if _, err := xmlParts(b.Bytes()); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		names := f.GetSheetList()
		if len(names) != max(sheets, 1) {
			t.Errorf("tabs are %q", names)
		}
		for _, name := range names {
			if _, err := f.GetRows(name); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}
