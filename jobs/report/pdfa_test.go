package report_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/paper/papertest"
	"github.com/sothon/sothon/jobs/report"
)

// Reports of every type and issuer are PDF/A-2a.
func TestReportsArePDFA(t *testing.T) {
	files := map[string][]byte{}
	for name, c := range goldens(t) {
		var b bytes.Buffer
		if err := paper.WritePDF(&b, c.Document()); err != nil {
			t.Fatal(err)
		}
		files[name] = b.Bytes()
	}
	papertest.PDFA(t, files)
}

// All figures of a period stand on one page, of every type and issuer.
func TestFiguresStandOnOnePage(t *testing.T) {
	all := goldens(t)
	m := newMerged(t)
	for _, template := range report.Templates {
		for _, p := range append(mergedPeriods(), morePeriods()...) {
			o := m.spec(template, p)
			o.Issue = &report.Issue{Number: 3, Symbol: o.Letter.Symbol, Place: "Mẫu Sơn", Date: "2026-11-27", Position: o.Letter.Position, Name: "Nguyễn Văn Mẫu"}
			all[string(template)+" "+p.Label] = compile(t, o, m.units)
		}
	}
	for name, c := range all {
		d := c.Document()
		i := slices.IndexFunc(d.Annexes, func(a paper.Annex) bool { return a.Subject == "Số liệu tổng hợp" })
		d.Body, d.Annexes = nil, d.Annexes[i:i+1]
		var b bytes.Buffer
		if err := paper.WritePDF(&b, d); err != nil {
			t.Fatal(err)
		}
		if pages, err := api.PageCount(bytes.NewReader(b.Bytes()), nil); err != nil || pages != 2 { // the letter's and its own
			t.Errorf("%s: %d pages, %v", name, pages, err)
		}
	}
}

// Reports of every type and issuer are valid files of Word and Excel, and their PDFs
// are read without a fault.
func TestReportsAreValidFiles(t *testing.T) {
	checked := []string{"ubnd-conflict", "mttq-second", "ubnd-reissue", "mttq-nothing", "ubnd-term", "ubnd-wide", "ubnd-wide-addendum", "mttq-across"} // the validator takes its time
	files := map[string][]byte{}
	for name, c := range goldens(t) {
		for _, format := range archive.Formats {
			var b bytes.Buffer
			if err := archive.Render(&b, c, format); err != nil {
				t.Fatal(err)
			}
			switch format {
			case archive.PDF:
				if err := api.Validate(bytes.NewReader(b.Bytes()), nil); err != nil {
					t.Errorf("%s: pdfcpu: %v", name, err)
				}
			case archive.DOCX, archive.XLSX:
				if slices.Contains(checked, name) {
					files[name+"."+string(format)] = b.Bytes()
				}
			case archive.JSON:
			}
		}
	}
	papertest.OpenXML(t, files)
}
