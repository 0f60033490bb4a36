package report

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/paper"
)

// How many characters a name has at most whose words stay on one line: in
// running text, and in a column, where a longer one would stand alone.
const (
	longestName   = 40
	longestInCell = 14
)

// mostNameWords is how many words a name has at most. More of them in a row are
// a title or a list.
const mostNameWords = 6

// NonBreaking joins words that stay on one line by non-breaking spaces: an
// amount and its unit ("2.514.000.000 đồng"), a date's words and numbers ("ngày
// 26", "từ 1/7/2025"), a unit and its number ("tổ dân phố 9"), the words of
// a name ("Nguyễn Văn Mẫu"), and of a body or a document the first two ("Ban Thường
// trực", "Ủy ban", "Báo cáo"). The kind of a unit may stand on the line before its
// name: "xã" and "Trà Lâm".
func NonBreaking(text string) string { return nonBreaking(text, longestName) }

func nonBreaking(text string, longest int) string {
	words := strings.Split(text, " ")
	if len(words) < 2 {
		return text
	}
	names := nonBreakingNames(words, longest)
	var out strings.Builder
	out.WriteString(words[0])
	for i := 1; i < len(words); i++ {
		if names[i] || nonBreakingBefore(words, i) {
			out.WriteString("\u00a0")
		} else {
			out.WriteByte(' ')
		}
		out.WriteString(words[i])
	}
	return out.String()
}

// nonBreakingNames marks the words that stay on the line of the one before because both
// are of a name: words in a row that begin with a capital, and the form of
// address before them.
func nonBreakingNames(words []string, longest int) []bool {
	ties := make([]bool, len(words))
	for from := 0; from < len(words); from++ {
		end, length := from, 0
		for end < len(words) && isCapital(words[end], end == from) {
			length += utf8.RuneCountInString(words[end]) + 1
			end++
			if endsName(words[end-1]) {
				break
			}
		}
		if end-from == 0 {
			continue
		}
		most := mostNameWords
		if isAddress(words[from]) { // "Ông" begins a sentence
			most++
		}
		if end-from <= most && length-1 <= longest {
			for i := from + 1; i < end; i++ {
				ties[i] = true
			}
			if from > 0 && isAddress(words[from-1]) {
				ties[from] = true
			}
		}
		from = end - 1
	}
	return ties
}

// isCapital reports whether a word begins with a capital letter. Before the
// first of a name there may be an opening mark.
func isCapital(word string, first bool) bool {
	if first {
		word = strings.TrimLeft(word, "(“\"‘")
	}
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(r) && !slices.Contains(beginTitles, word)
}

// beginTitles are words with which the names of bodies and the titles of documents
// begin. They are no names of persons, and long: "Ban Thường trực", "Hội Nông dân",
// "Nghị quyết".
var beginTitles = []string{"Ban", "Hội", "Đoàn", "Chi", "Sở", "Phòng", "Bộ", "Ủy", "Nghị", "Quyết", "Luật", "Báo"}

// endsName reports whether a name ends with a word: a mark stands behind it.
func endsName(word string) bool {
	r, _ := utf8.DecodeLastRuneInString(word)
	return !unicode.IsLetter(r) && !unicode.IsMark(r)
}

// isAddress reports whether a word is how a person is addressed before the name.
func isAddress(word string) bool {
	switch strings.ToLower(strings.TrimLeft(word, "(")) {
	case "ông", "bà", "cụ", "chí": // the last of "đồng chí"
		return true
	}
	return false
}

// nonBreakingBefore reports whether word i stays on the line of the one before it.
func nonBreakingBefore(words []string, i int) bool {
	before, word := words[i-1], words[i]
	bare := strings.TrimRight(word, ".,;:)")
	switch lower := strings.ToLower(strings.TrimLeft(before, "(")); {
	case slices.Contains(beginTitles, strings.TrimLeft(before, "(")):
		return true
	case lower == "xã" && bare == "hội": // no commune, as "an sinh xã" would be
		return true
	case lower == "số":
		return word != "" && '0' <= word[0] && word[0] <= '9' // of a document: 56/BC-UBND
	case lower == "lục" && bare != "":
		return strings.Trim(bare, "IVX") == ""
	case leadsNumber(before) || slices.Contains(numberedKinds, lower):
		return isNumber(bare)
	}
	r, _ := utf8.DecodeRuneInString(word)
	return isNumber(strings.TrimLeft(before, "(")) && unicode.IsLower(r) && (i < 2 || !leadsNumber(words[i-2]))
}

// numberedKinds are the last words of what may have a number for a name: "thôn
// 5", "tổ dân phố 9", "Điều 27".
var numberedKinds = []string{
	"phường", "thôn", "phố", "cư", "bản", "làng", "buôn", "bon", "ấp", "khóm", "xóm", "phum", "sóc", "khu", "quận", "điều", "khoản", "mục",
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

// nonBreakingBlocks does it to the texts of blocks.
func nonBreakingBlocks(blocks []paper.Block) {
	for at, b := range blocks {
		switch b := b.(type) {
		case paper.Heading:
			b.Text = NonBreaking(b.Text)
			blocks[at] = b
		case paper.Paragraph:
			for i := range b.Runs {
				b.Runs[i].Text, b.Runs[i].Note = NonBreaking(b.Runs[i].Text), nonBreakingLines(b.Runs[i].Note, longestName)
			}
		case paper.Table:
			b.Caption = NonBreaking(b.Caption)
			for i := range b.Rows {
				b.Rows[i].Cells = nonBreakingLines(b.Rows[i].Cells, longestInCell)
			}
			blocks[at] = b
		}
	}
}

func nonBreakingLines(lines []string, longest int) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = nonBreaking(line, longest)
	}
	return out
}
