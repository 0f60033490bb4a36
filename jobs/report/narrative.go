package report

import (
	"embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// Section is one part of a report's text. Officials may write it anew while the
// report is a draft.
type Section struct {
	ID string `json:"id"`
	// Version is how often the text was changed, where a draft is shown; it is no
	// part of what the report says.
	Version int64  `json:"version,omitempty"`
	Level   int    `json:"level"` // of the heading: 1 "I.", 2 "1.", 3 "a)"; 0 has none
	Title   string `json:"title,omitempty"`
	// Text is in paragraphs with an empty line between; a line that begins with
	// "- " is an item of a list. "[^id]" is a footnote. An empty text is not
	// printed.
	Text    string   `json:"text"`
	Notes   []Note   `json:"notes,omitempty"`
	Figures []string `json:"figures"` // that the compiled text tells, in order
	Edited  bool     `json:"edited,omitempty"`
	// Stale are the figures that have changed since an official wrote the text,
	// which may tell them as they were.
	Stale []Stale `json:"stale,omitempty"`
	// Compiled is the text from the records where an official wrote another.
	Compiled string `json:"compiled,omitempty"`
}

// Note is a footnote.
type Note struct {
	ID    string   `json:"id"`
	Lines []string `json:"lines"`
}

// sign is what stands for the footnote in a text.
func (n Note) sign() string { return "[^" + n.ID + "]" }

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
	id, title string
	level     int
	text      *template.Template
	notes     []noteTemplate
}

type noteTemplate struct {
	id   string
	text *template.Template
}

// told is what the templates may use.
type told struct {
	Issuer, Commune, Period string
	From, To, AsOf          string // days, as people write them
	Villages                int
	Addendum                *Addendum
	Conflicts, Outside      int
	LastAnnex               string // "Phụ lục V", which lists the conflicts where there are any

	report *Compiled
	used   []string
	years  []giftYear
}

// giftYear is a line of the footnote that breaks the gifts down.
type giftYear struct{ Name, Figure string }

// giftYears are those of a term, so that they add up to it: its full years, and
// what there is of the one in which it was told.
func (c *Compiled) giftYears(p period) []giftYear {
	var list []giftYear
	for _, f := range c.Figures {
		if year, ok := strings.CutPrefix(f.ID, "gifts."); ok {
			list = append(list, giftYear{year, f.ID})
		}
	}
	last := strconv.Itoa(yearOf(p.last()))
	part, told := c.counted["gifts."+last]
	if told && (part.Value > 0 || part.Touched) && yearOf(p.last()) > p.lastFull() {
		list = append(list, giftYear{fmt.Sprintf("%s (đến %s)", last, shortDate(p.last())), part.ID})
	}
	return list
}

// narrate writes the report's sections.
func (c *Compiled) narrate(o Order) error {
	name := string(o.Template)
	if o.Addendum != nil {
		name = "addendum"
	}
	n, err := readNarrative(name)
	if err != nil {
		return err
	}
	t := &told{
		Issuer: o.Template.issuer(c.UnitName), Commune: titled("xã", c.UnitName), Period: c.PeriodName,
		From: shortDate(c.From), To: shortDate(min(c.To, c.AsOf)), AsOf: shortDate(c.AsOf),
		Addendum: c.Addendum, Conflicts: len(c.Conflicts), Outside: c.Outside, report: c,
		LastAnnex: c.lastAnnex(),
		years:     c.giftYears(periodOf(o.Period)),
	}
	for _, m := range c.members {
		if m.Village {
			t.Villages++
		}
	}
	if c.Subject, err = t.say(n.subject); err != nil {
		return err
	}
	for _, s := range n.sections {
		section, err := t.section(s)
		if err != nil {
			return err
		}
		if e, edited := o.Edits[s.id]; edited {
			section.edit(e, c)
		}
		c.Sections = append(c.Sections, section)
	}
	return nil
}

func (t *told) section(s sectionTemplate) (Section, error) {
	t.used = nil
	out := Section{ID: s.id, Level: s.level, Title: s.title, Figures: []string{}}
	var err error
	if out.Text, err = t.say(s.text); err != nil {
		return out, err
	}
	for _, n := range s.notes {
		text, err := t.say(n.text)
		if err != nil {
			return out, err
		}
		if text != "" && strings.Contains(out.Text, "[^"+n.id+"]") {
			out.Notes = append(out.Notes, Note{ID: n.id, Lines: strings.Split(text, "\n")})
		}
	}
	out.Figures = append(out.Figures, t.used...)
	return out, nil
}

// edit puts an official's text in the place of the compiled one. A footnote
// whose sign they took out goes with it.
func (s *Section) edit(e Edit, c *Compiled) {
	s.Notes = slices.DeleteFunc(s.Notes, func(n Note) bool { return !strings.Contains(e.Text, n.sign()) })
	s.Compiled, s.Text, s.Edited = s.Text, e.Text, true
	for _, id := range slices.Sorted(maps.Keys(e.Basis)) {
		if now := c.counted[id]; now != nil && now.Value != e.Basis[id] {
			s.Stale = append(s.Stale, Stale{Figure: id, Was: e.Basis[id], Now: now.Value})
		}
	}
}

// Basis is what a section's figures come to now, for an edit of its text.
func (r *Report) Basis(section string) map[string]int64 {
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
func (r *Report) value(id string) int64 {
	for i := range r.Figures {
		if r.Figures[i].ID == id {
			return r.Figures[i].Value
		}
	}
	for i := range r.Tables {
		if c := r.Tables[i].cell(id); c != nil {
			return c.Value
		}
	}
	return 0
}

var blankLines = regexp.MustCompile(`\n{3,}`)

func (t *told) say(from *template.Template) (string, error) {
	var text strings.Builder
	if err := from.Funcs(t.words()).Execute(&text, t); err != nil {
		return "", fmt.Errorf("write a report's text: %w", err)
	}
	return strings.TrimSpace(blankLines.ReplaceAllString(text.String(), "\n\n")), nil
}

// words are the functions of the templates. With a nil receiver they only have
// their names and types.
func (t *told) words() template.FuncMap {
	return template.FuncMap{
		"n":       func(id string) (string, error) { return t.number(id) },
		"mark":    func(id string) (string, error) { return t.mark(id) },
		"has":     func(id string) (bool, error) { return t.has(id) },
		"years":   func() []giftYear { return t.years },
		"during":  func(id string) (string, error) { return t.during(id) },
		"asof":    func(id string) (string, error) { return t.during(id) },
		"grouped": Grouped,
	}
}

// figure looks up a figure of the report, and notes that the text tells it.
func (t *told) figure(id string) (*Counted, error) {
	f, ok := t.report.counted[id]
	if !ok {
		return nil, fmt.Errorf("there is no figure %q", id)
	}
	if !slices.Contains(t.used, id) {
		t.used = append(t.used, id)
	}
	return f, nil
}

// number is a figure's value as a sentence has it, money with its đ. One that a
// conflict may change has a mark.
func (t *told) number(id string) (string, error) {
	f, err := t.figure(id)
	if err != nil {
		return "", err
	}
	text := Grouped(f.Value)
	if f.Unit == "đ" {
		text += "đ"
	}
	if f.Approx {
		text = "khoảng " + text
	}
	mark, err := t.mark(id)
	return text + mark, err
}

// touchedMark stands behind a number that a conflict may change.
const touchedMark = "(*)"

// mark is that of a figure which the text tells in words: "none" may change too.
func (t *told) mark(id string) (string, error) {
	f, err := t.figure(id)
	if err != nil || !f.Touched {
		return "", err
	}
	return touchedMark, nil
}

func (t *told) has(id string) (bool, error) {
	f, err := t.figure(id)
	return err == nil && f.Value != 0, err
}

// during is the time that a figure tells of: "từ năm 2019 đến năm 2023", or the
// day on which it holds.
func (t *told) during(id string) (string, error) {
	f, err := t.figure(id)
	if err != nil {
		return "", err
	}
	if f.AsOf != "" {
		return longDate(f.AsOf), nil
	}
	if from, to, days := strings.Cut(f.Period, "/"); days {
		return "từ " + longDate(from) + " đến " + longDate(to), nil
	}
	if from, to, years := strings.Cut(f.Period, "-"); years {
		return "từ năm " + from + " đến năm " + to, nil
	}
	return "năm " + f.Period, nil
}

// readNarrative reads a template. Its first line is the subject. "# id | title"
// begins a section, with as many # as its level, and "#" alone before an id
// without a title one without heading; "[^id]:" begins a footnote.
func readNarrative(name string) (*narrative, error) {
	file, err := narratives.ReadFile("narrative/" + name + ".txt")
	if err != nil {
		return nil, fmt.Errorf("no template %q: %w", name, err)
	}
	parse := func(text string) (*template.Template, error) {
		return template.New(name).Option("missingkey=error").Funcs((*told)(nil).words()).Parse(text)
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
		s := sectionTemplate{id: strings.TrimSpace(id), title: strings.TrimSpace(title)}
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
			s.notes = append(s.notes, noteTemplate{id: id, text: parsed})
		}
		n.sections = append(n.sections, s)
	}
	return n, nil
}
