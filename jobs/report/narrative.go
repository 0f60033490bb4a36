package report

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// Section is one part of a report's text. Officials may rewrite it while the
// report is a draft.
type Section struct {
	ID string `json:"id"`
	// Version is how often the text was changed, where a draft is shown; it is no
	// part of what the report says.
	Version int64  `json:"version,omitempty"`
	Level   int    `json:"level"` // of the heading: 1 "I.", 2 "1.", 3 "a)"; 0 has none
	Title   string `json:"title,omitempty"`
	// Text is in paragraphs, one a line; a line that begins with
	// "- " is an item of a list. "[^id]" is a footnote. An empty text is not
	// printed.
	Text      string     `json:"text"`
	Footnotes []Footnote `json:"notes,omitempty"`
	Figures   []string   `json:"figures"` // that the compiled text tells, in order
	Edited    bool       `json:"edited,omitempty"`
	// Stale are the figures that have changed since an official wrote the text,
	// which may tell them as they were.
	Stale    []Stale `json:"stale,omitempty"`
	Optional bool    `json:"optional,omitempty"` // nobody misses it where it says nothing
	// Standing is the issuer's own text, with which the compiled one begins.
	Standing string `json:"standing,omitempty"`
	// Compiled is the text from the records where an official wrote another.
	Compiled string `json:"compiled,omitempty"`
	// CompiledTitle is the title that it would have had where an official wrote
	// another.
	CompiledTitle string `json:"compiledTitle,omitempty"`
}

// Footnote is a footnote.
type Footnote struct {
	ID    string   `json:"id"`
	Lines []string `json:"lines"`
}

// sign is what stands for the footnote in a text.
func (n Footnote) sign() string { return "[^" + n.ID + "]" }

// Stale is a figure whose text is older than its value.
type Stale struct {
	Figure string `json:"figure"`
	Was    int64  `json:"was"`
	Now    int64  `json:"now"`
}

// Edit is what an official wrote in the place of a section's compiled text.
type Edit struct {
	Text  string           `json:"text"`
	Basis map[string]int64 `json:"basis"` // the section's figures as they were then
}

//go:embed narrative/*.txt
var narratives embed.FS

// narrative is a template: its subject, and its sections.
type narrative struct {
	subject  *template.Template
	sections []sectionTemplate
}

type sectionTemplate struct {
	id       string
	title    *template.Template
	level    int
	optional bool
	text     *template.Template
	notes    []footnoteTemplate
}

type footnoteTemplate struct {
	id   string
	text *template.Template
}

// edit puts an official's text in the place of the compiled one. A footnote
// whose sign they took out goes with it.
func (s *Section) edit(e Edit, c *Compiled) {
	s.Footnotes = slices.DeleteFunc(s.Footnotes, func(n Footnote) bool { return !strings.Contains(e.Text, n.sign()) })
	s.Compiled, s.Text, s.Edited = s.Text, e.Text, true
	for _, id := range slices.Sorted(maps.Keys(e.Basis)) {
		if now := c.counted[id]; now != nil && now.Value != e.Basis[id] {
			s.Stale = append(s.Stale, Stale{Figure: id, Was: e.Basis[id], Now: now.Value})
		}
	}
}

// Basis is what a section's figures come to now, for an edit of its text.
func (r *Content) Basis(section string) map[string]int64 {
	basis := map[string]int64{}
	for _, s := range r.Sections {
		if s.ID != section {
			continue
		}
		for _, id := range s.Figures {
			basis[id] = r.value(id)
		}
	}
	return basis
}

// value is that of a figure, or of a cell of a table.
func (r *Content) value(id string) int64 {
	for _, list := range [][]Figure{r.Figures, r.Details} {
		for i := range list {
			if list[i].ID == id {
				return list[i].Value
			}
		}
	}
	for i := range r.Tables {
		if c := r.Tables[i].cell(id); c != nil {
			return c.Value
		}
	}
	return 0
}

// readNarrative reads a template. Its first line is the subject. "# id | title"
// begins a section, with as many # as its level, and "#" alone before an id
// without a title one without heading; "?" behind the id says that nobody misses
// the section where it says nothing; "[^id]:" begins a footnote.
func readNarrative(name string, functions template.FuncMap) (*narrative, error) {
	file, err := narratives.ReadFile("narrative/" + name + ".txt")
	if err != nil {
		return nil, fmt.Errorf("no template %q: %w", name, err)
	}
	parse := func(text string) (*template.Template, error) {
		return template.New(name).Option("missingkey=error").Funcs(functions).Parse(text)
	}
	subject, rest, _ := strings.Cut(string(file), "\n")
	n := &narrative{}
	if n.subject, err = parse(subject); err != nil {
		return nil, err
	}
	for i, part := range strings.Split("\n"+rest, "\n#")[1:] {
		head, body, _ := strings.Cut(part, "\n")
		marks := len(head) - len(strings.TrimLeft(head, "#"))
		id, title, titled := strings.Cut(strings.TrimSpace(head[marks:]), "|")
		id, optional := strings.CutSuffix(strings.TrimSpace(id), "?")
		s := sectionTemplate{id: id, optional: optional}
		if s.title, err = parse(strings.TrimSpace(title)); err != nil {
			return nil, err
		}
		if titled {
			s.level = marks + 1
		}
		if s.id == "" {
			return nil, fmt.Errorf("template %s: section %s has no id", name, strconv.Itoa(i+1))
		}
		notes := strings.Split("\n"+body, "\n[^")
		if s.text, err = parse(notes[0]); err != nil {
			return nil, err
		}
		for _, note := range notes[1:] {
			id, text, _ := strings.Cut(note, "]:")
			parsed, err := parse(strings.TrimSpace(text))
			if err != nil {
				return nil, err
			}
			s.notes = append(s.notes, footnoteTemplate{id: id, text: parsed})
		}
		n.sections = append(n.sections, s)
	}
	return n, nil
}
