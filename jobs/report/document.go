package report

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sothon/sothon/jobs/paper"
)

// Document lays the report out as the letter that is signed and sent.
func (r *Content) Document() *paper.Document {
	d := &paper.Document{
		Parent: r.Letter.Parent, Issuer: r.Letter.Issuer, Symbol: r.Letter.Symbol, Place: r.Letter.Place, Kind: "BÁO CÁO", Subject: r.Subject,
		Addressees: r.Letter.Addressees, Draft: r.Issue == nil, Recipients: r.Letter.receivers(),
		Signature: paper.Signature{Authority: r.Letter.Authority, Position: r.Letter.Position},
		Title:     r.Subject, Author: r.issuer(), Body: r.body(), Annexes: annexes{r}.list(),
		Date: paper.Date{Year: r.draftYear()},
	}
	if i := r.Issue; i != nil {
		d.Number, d.Symbol, d.Place = strconv.Itoa(i.Number), i.Symbol, i.Place
		d.Signature.Position, d.Signature.Name = i.Position, i.Name
		if t, err := time.Parse(time.DateOnly, i.Date); err == nil {
			d.Date = paper.Date{Year: t.Year(), Month: int(t.Month()), Day: t.Day()}
		}
	}
	d.Subject, d.Place, d.Signature.Name = NonBreaking(d.Subject), NonBreaking(d.Place), NonBreaking(d.Signature.Name)
	d.Addressees, d.Recipients = nonBreakingLines(d.Addressees, longestName), nonBreakingLines(d.Recipients, longestName)
	nonBreakingBlocks(d.Body)
	for i := range d.Annexes {
		d.Annexes[i].Subject, d.Annexes[i].Source = NonBreaking(d.Annexes[i].Subject), NonBreaking(d.Annexes[i].Source)
		nonBreakingBlocks(d.Annexes[i].Body)
	}
	return d
}

// draftYear is the year of a draft's date: that of the report's last day, and not before
// those of the reports that it adds to or replaces.
func (r *Content) draftYear() int {
	cited := r.Replaces
	if r.Addendum != nil {
		cited += r.Addendum.Name
	}
	year := yearOf(r.AsOf)
	for _, day := range citedDays.FindAllStringSubmatch(cited, -1) {
		if t, err := time.Parse("2/1/2006", day[1]); err == nil {
			year = max(year, t.Year())
		}
	}
	return year
}

// body sets the sections that are printed, with numbered headings.
func (r *Content) body() []paper.Block {
	var blocks []paper.Block
	var numbers [4]int // by level
	for i, s := range r.Sections {
		if !r.printed(i) {
			continue
		}
		if s.Level > 0 {
			numbers[s.Level]++
			clear(numbers[s.Level+1:])
			title := s.Title
			if !r.alone(i) {
				title = numbered(s.Level, numbers[s.Level]) + " " + title
			}
			blocks = append(blocks, paper.Heading{Level: s.Level, Text: title})
		}
		if r.unfilled(i) {
			blocks = append(blocks, paper.Paragraph{Runs: []paper.Run{{Text: blankLine}}})
		}
		blocks = append(blocks, s.paragraphs()...)
	}
	return blocks
}

// blankLine stands in a draft where a section waits for its text.
const blankLine = "……………………………………"

// printed reports whether a section has a text, or one below it is printed. A
// draft also prints the sections that wait for one.
func (r *Content) printed(i int) bool {
	if r.Sections[i].hasText() || r.Issue == nil && r.unfilled(i) {
		return true
	}
	for j := range r.below(i) {
		if below := i + 1 + j; r.Sections[below].hasText() || r.Issue == nil && r.unfilled(below) {
			return true
		}
	}
	return false
}

// alone reports whether no other section of its level is printed under the same
// heading: an "a)" without a "b)" has no number.
func (r *Content) alone(i int) bool {
	level := r.Sections[i].Level
	first, end := i, i+1
	for first > 0 && r.Sections[first-1].Level >= level {
		first--
	}
	for end < len(r.Sections) && r.Sections[end].Level >= level {
		end++
	}
	for j := first; j < end; j++ {
		if j != i && r.Sections[j].Level == level && r.printed(j) {
			return false
		}
	}
	return true
}

func (s *Section) hasText() bool { return strings.TrimSpace(s.Text) != "" }

// below are the sections under the heading of one.
func (r *Content) below(i int) []Section {
	level, rest := r.Sections[i].Level, r.Sections[i+1:]
	if level == 0 {
		return nil
	}
	for n := range rest {
		if rest[n].Level <= level {
			return rest[:n]
		}
	}
	return rest
}

// unfilled reports whether a section waits for a text: one with a heading, that
// only people can write. A section that somebody left empty by hand is left out.
func (r *Content) unfilled(i int) bool {
	s := &r.Sections[i]
	return s.Level > 0 && !s.Optional && !s.Edited && !s.hasText() && len(r.below(i)) == 0
}

// Unfilled lists the sections that nobody has written or left out yet. A signed
// report does not print them: who signs it is to be asked first.
func (r *Content) Unfilled() []Section {
	var list []Section
	for i := range r.Sections {
		if r.unfilled(i) {
			list = append(list, r.Sections[i])
		}
	}
	return list
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

// basesID is the section of what a report is made on (căn cứ), which the decree has
// in italics.
const basesID = "bases"

// paragraphs sets a section's text. A footnote stands where its sign does.
func (s *Section) paragraphs() []paper.Block {
	var blocks []paper.Block
	notes := map[string][]string{}
	for _, n := range s.Footnotes {
		notes[n.ID] = n.Lines
	}
	add := func(text string, item bool) {
		if text = strings.TrimSpace(text); text != "" {
			list := runs(text, notes)
			for i := range list {
				list[i].Italic = s.ID == basesID
			}
			blocks = append(blocks, paper.Paragraph{Runs: list, Item: item})
		}
	}
	for line := range strings.SplitSeq(s.Text, "\n") {
		rest, item := strings.CutPrefix(strings.TrimSpace(line), "- ")
		add(rest, item)
	}
	return blocks
}

// noteSign is what stands for a footnote in a text.
var noteSign = regexp.MustCompile(`\[\^([A-Za-z0-9-]*)\]`)

// runs splits a paragraph at the signs of its footnotes, and takes from notes
// those that it has. The sign of a footnote that there is not, or a second time,
// says nothing.
func runs(text string, notes map[string][]string) []paper.Run {
	var list []paper.Run
	for text != "" {
		at := noteSign.FindStringSubmatchIndex(text)
		if at == nil {
			return append(list, paper.Run{Text: text})
		}
		id := text[at[2]:at[3]]
		list = append(list, paper.Run{Text: text[:at[0]], Note: notes[id]})
		delete(notes, id)
		text = text[at[1]:]
	}
	return list
}
