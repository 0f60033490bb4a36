package paper_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
)

// validator is the program that checks a file with the Open XML SDK. Where it
// is not installed the test is skipped, but not in CI.
func validator(t *testing.T) (node, script string) {
	t.Helper()
	missing := func(why string) {
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("not checked against the Open XML SDK: its validator runs in node, which is not installed")
	}
	script = filepath.Join("..", "..", ".ci", "ooxml", "node_modules", "@xarsh", "ooxml-validator", "dist", "src", "cli.js")
	if _, err := os.Stat(script); err != nil {
		missing("not checked against the Open XML SDK: its validator is not installed; cd .ci/ooxml && npm ci installs it")
	}
	return node, script
}

func TestOpenXML(t *testing.T) {
	node, script := validator(t)
	draft := &paper.Document{Draft: true, Body: []paper.Block{paper.Table{}, gifts(), gifts(), paper.Table{Columns: make([]paper.Column, 20), Rows: make([]paper.Row, 2)}}}
	annexed := sample()
	annexed.Body = nil
	annexed.Annexes = append(annexed.Annexes, paper.Annex{}, paper.Annex{Landscape: true, Body: []paper.Block{paper.Table{Caption: "Không có cột"}}})
	hostile := sample()
	hostile.Issuer, hostile.Kind, hostile.Subject = nil, "", strings.Repeat("dài ", 500)
	hostile.Body = []paper.Block{text(""), paper.Paragraph{}, text("\u0000\ufffe🏠\u202e</w:t>"), item(strings.Repeat("x", 5000))}
	hostile.Title = "<&>\u0001"
	for name, file := range map[string][]byte{
		"report.docx":  writeDOCX(t, sample()),
		"draft.docx":   writeDOCX(t, draft),
		"empty.docx":   writeDOCX(t, &paper.Document{}),
		"annexed.docx": writeDOCX(t, annexed),
		"hostile.docx": writeDOCX(t, hostile),
		"gifts.xlsx":   writeXLSX(t, longBook(500)),
		"sheets.xlsx":  writeXLSX(t, threeSheets()),
		"empty.xlsx":   writeXLSX(t, &paper.Workbook{}),
		"titled.xlsx":  writeXLSX(t, &paper.Workbook{Sheets: []paper.Sheet{{Title: []string{"Một", "=Hai"}}}}),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), node, script, path, "--officeVersion", "Office2019").Output()
			var result struct {
				OK     bool `json:"ok"`
				Errors []struct{ Description, Path, XPath string }
			}
			if parsed := json.Unmarshal(out, &result); parsed != nil {
				t.Fatalf("%v: %v: %s", err, parsed, out)
			}
			for _, e := range result.Errors {
				t.Errorf("%s %s: %s", e.Path, e.XPath, e.Description)
			}
			if !result.OK && len(result.Errors) == 0 {
				t.Errorf("not valid: %s", out)
			}
		})
	}
}
