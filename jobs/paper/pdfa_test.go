package paper_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/paper/papertest"
)

// Files are PDF/A-2a, whatever the document holds.
func TestPDFA(t *testing.T) {
	hostile := sample()
	hostile.Issuer, hostile.Kind, hostile.Subject = nil, "", strings.Repeat("dài ", 500)
	hostile.Title, hostile.Author = "<&>\u0001\ue000\U0001F3E0", "\ufeff\u200b"
	hostile.Body = []paper.Block{
		text("\u0000\ufffe🏠\u202e\uf001\ue042\ufb01 \u00ad\u2028(ngoặc) \\ \r\n"),
		paper.Paragraph{},
		item(strings.Repeat("x", 5000)),
		paper.Heading{Level: 3, Text: "Đề mục"},
		paper.Table{Columns: make([]paper.Column, 20), Rows: make([]paper.Row, 2)},
		paper.Table{Caption: "Không có cột"},
	}
	files := map[string][]byte{"report": writePDF(t, sample()), "empty": writePDF(t, &paper.Document{}), "hostile": writePDF(t, hostile)}
	for seed := range 12 {
		files[fmt.Sprintf("any%d", seed)] = writePDF(t, anyDocument.Example(seed))
	}
	papertest.PDFA(t, files)
}
