package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/paper"
)

// tie joins what no line's end may part by spaces at which none breaks: an
// amount and its unit ("2.514.000.000 đồng"), and a date's words and numbers
// ("ngày 26", "từ 1/7/2025").
func tie(text string) string {
	words := strings.Split(text, " ")
	if len(words) < 2 {
		return text
	}
	var out strings.Builder
	out.WriteString(words[0])
	for i := 1; i < len(words); i++ {
		if tied(words, i) {
			out.WriteString("\u00a0")
		} else {
			out.WriteByte(' ')
		}
		out.WriteString(words[i])
	}
	return out.String()
}

// tied reports whether word i stays on the line of the one before it.
func tied(words []string, i int) bool {
	before, word := words[i-1], words[i]
	if leadsNumber(before) {
		return isNumber(strings.TrimRight(word, ".,;:)"))
	}
	r, _ := utf8.DecodeRuneInString(word)
	return isNumber(strings.TrimLeft(before, "(")) && unicode.IsLower(r) && (i < 2 || !leadsNumber(words[i-2]))
}

// leadsNumber reports whether a word belongs to the number behind it.
func leadsNumber(word string) bool {
	switch strings.ToLower(strings.TrimLeft(word, "(")) {
	case "ngày", "tháng", "năm", "quý", "số", "từ", "đến":
		return true
	}
	return false
}

func isNumber(s string) bool {
	return s != "" && '0' <= s[0] && s[0] <= '9' && strings.Trim(s, "0123456789./") == ""
}

// tieAll ties the texts of blocks.
func tieAll(blocks []paper.Block) {
	for _, b := range blocks {
		switch b := b.(type) {
		case paper.Paragraph:
			for i := range b.Runs {
				b.Runs[i].Text = tie(b.Runs[i].Text)
			}
		case paper.Table:
			for i := range b.Rows {
				for j, cell := range b.Rows[i].Cells {
					b.Rows[i].Cells[j] = tie(cell)
				}
			}
		case paper.Heading:
		}
	}
}
