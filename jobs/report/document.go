package report

import (
	"strconv"
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/paper"
)

// Document lays the report out as the letter that is signed and sent.
func (r *Report) Document() *paper.Document {
	d := &paper.Document{
		Parent: r.Letter.Parent, Issuer: r.Letter.Issuer, Symbol: r.Letter.Symbol, Place: r.Letter.Place, Kind: "BÁO CÁO", Subject: r.Subject,
		Addressees: r.Letter.Addressees, Draft: r.Issue == nil, Recipients: r.Letter.Recipients,
		Signature: paper.Signature{Authority: r.Letter.Authority, Position: r.Letter.Position},
		Title:     r.Subject, Author: r.Template.issuer(r.UnitName), Body: r.body(), Annexes: r.annexes(),
		Date: paper.Date{Year: yearOf(r.AsOf)},
	}
	if i := r.Issue; i != nil {
		d.Number, d.Symbol, d.Place = strconv.Itoa(i.Number), i.Symbol, i.Place
		d.Signature.Position, d.Signature.Name = i.Position, i.Name
		if t, err := time.Parse(time.DateOnly, i.Date); err == nil {
			d.Date = paper.Date{Year: t.Year(), Month: int(t.Month()), Day: t.Day()}
		}
	}
	return d
}

// body sets the sections that say something, with numbered headings.
func (r *Report) body() []paper.Block {
	var blocks []paper.Block
	var numbers [4]int // by level
	for i, s := range r.Sections {
		if !r.printed(i) {
			continue
		}
		if s.Level > 0 {
			numbers[s.Level]++
			clear(numbers[s.Level+1:])
			blocks = append(blocks, paper.Heading{Level: s.Level, Text: numbered(s.Level, numbers[s.Level]) + " " + s.Title})
		}
		blocks = append(blocks, s.paragraphs()...)
	}
	return blocks
}

// printed reports whether a section has a text, or one below it has.
func (r *Report) printed(i int) bool {
	if strings.TrimSpace(r.Sections[i].Text) != "" {
		return true
	}
	level := r.Sections[i].Level
	for _, below := range r.Sections[i+1:] {
		if level == 0 || below.Level <= level {
			return false
		}
		if strings.TrimSpace(below.Text) != "" {
			return true
		}
	}
	return false
}

// numbered is the number of a heading: "I.", "1.", "a)".
func numbered(level, n int) string {
	const letters = "abcdđeghiklmnopqrstuvxy" // the Vietnamese alphabet, as far as lists are lettered
	switch level {
	case 1:
		return roman(n) + "."
	case 2:
		return strconv.Itoa(n) + "."
	}
	if l := []rune(letters); n <= len(l) {
		return string(l[n-1]) + ")"
	}
	return strconv.Itoa(n) + ")"
}

func roman(n int) string {
	var text strings.Builder
	for _, digit := range []struct {
		value int
		sign  string
	}{{10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= digit.value; n -= digit.value {
			text.WriteString(digit.sign)
		}
	}
	return text.String()
}

// paragraphs sets a section's text. A footnote stands where its sign does.
func (s *Section) paragraphs() []paper.Block {
	var blocks []paper.Block
	notes := map[string][]string{}
	for _, n := range s.Notes {
		notes[n.ID] = n.Lines
	}
	add := func(text string, item bool) {
		if text = strings.TrimSpace(text); text != "" {
			blocks = append(blocks, paper.Paragraph{Runs: runs(text, notes), Item: item})
		}
	}
	for part := range strings.SplitSeq(s.Text, "\n\n") {
		var lines []string
		for line := range strings.SplitSeq(part, "\n") {
			if rest, item := strings.CutPrefix(strings.TrimSpace(line), "- "); item {
				add(strings.Join(lines, " "), false)
				lines = nil
				add(rest, true)
				continue
			}
			lines = append(lines, strings.TrimSpace(line))
		}
		add(strings.Join(lines, " "), false)
	}
	return blocks
}

// runs splits a paragraph at the signs of its footnotes, and takes from notes
// those that it has.
func runs(text string, notes map[string][]string) []paper.Run {
	var list []paper.Run
	for text != "" {
		before, rest, found := strings.Cut(text, "[^")
		id, after, closed := strings.Cut(rest, "]")
		lines, known := notes[id]
		if !found || !closed || !known {
			if !found {
				return append(list, paper.Run{Text: text})
			}
			list = append(list, paper.Run{Text: before + "[^"})
			text = rest
			continue
		}
		delete(notes, id)
		list = append(list, paper.Run{Text: before, Note: lines})
		text = after
	}
	return list
}
