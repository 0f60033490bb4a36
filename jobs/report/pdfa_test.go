package report_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/paper/papertest"
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
