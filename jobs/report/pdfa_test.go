package report_test

import (
	"bytes"
	"testing"

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
