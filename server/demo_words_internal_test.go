package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
)

var update = flag.Bool("update", false, "write the golden text of the demo's report")

// checkWords compares all that the demo's report of the term says, letter,
// footnotes and annexes, with the text that is kept, so that a change of its words
// is seen. outbox is where it was delivered.
func checkWords(t *testing.T, outbox string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(outbox, "*", "*", "BC-56-2024-xa-tra-lam.json"))
	if err != nil || len(found) == 0 {
		t.Fatalf("the delivered report: %q, %v", found, err)
	}
	body, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	var content report.Content
	if err := json.Unmarshal(body, &content); err != nil {
		t.Fatal(err)
	}
	got, path := wordsOf(content.Document()), filepath.Join("testdata", "demo-term.txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the demo's report says other words than %s (go test ./server -run ReportOfTheDemo -update writes them):\n%s", path, got)
	}
}

// wordsOf is a document as plain text.
func wordsOf(d *paper.Document) string {
	var all strings.Builder
	line := func(parts ...string) { fmt.Fprintln(&all, strings.Join(parts, " | ")) }
	line(strings.Join(d.Parent, " "), strings.Join(d.Issuer, " "))
	line("Số: "+d.Number+"/"+d.Symbol, fmt.Sprintf("%s, %d/%d/%d", d.Place, d.Date.Day, d.Date.Month, d.Date.Year))
	line(d.Kind)
	line(d.Subject)
	line("Kính gửi: " + strings.Join(d.Addressees, "; "))
	writeBlocks(&all, d.Body)
	line("Nơi nhận: " + strings.Join(d.Recipients, "; "))
	line(append(d.Signature.Authority, d.Signature.Position, d.Signature.Name)...)
	for i := range d.Annexes {
		a := &d.Annexes[i]
		line("\n"+a.Title, a.Subject, a.Source)
		writeBlocks(&all, a.Body)
	}
	return strings.ReplaceAll(all.String(), "\u00a0", " ")
}

func writeBlocks(all *strings.Builder, blocks []paper.Block) {
	for _, b := range blocks {
		switch b := b.(type) {
		case paper.Heading:
			fmt.Fprintln(all, b.Text)
		case paper.Paragraph:
			if b.Item {
				all.WriteString("- ")
			}
			for _, r := range b.Runs {
				all.WriteString(r.Text)
				if len(r.Note) > 0 {
					fmt.Fprintf(all, "[%s]", strings.Join(r.Note, " "))
				}
			}
			fmt.Fprintln(all)
		case paper.Table:
			if b.Caption != "" {
				fmt.Fprintln(all, b.Caption)
			}
			var heads []string
			for _, c := range b.Columns {
				heads = append(heads, c.Title)
			}
			fmt.Fprintln(all, strings.Join(heads, " | "))
			for _, r := range b.Rows {
				fmt.Fprintln(all, strings.Join(r.Cells, " | "))
			}
		}
	}
}
