package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// narrator writes the text of a report. Its exported fields are what the
// templates may use.
type narrator struct {
	Issuer, Commune, Kind string // "Ủy ban nhân dân xã Trà Lâm", "xã Trà Lâm", "xã"
	Tier                  string // "xã", or "cấp xã" where the period began before the unit did
	Period                string // "năm 2025"
	AsOf                  string // the last day that is covered
	Sources               string // "12 thôn và xã"
	Villages              string // what those are called: "thôn, tổ dân phố"; "" where there are none
	Addendum              *Addendum
	Comparison            *Comparison
	LastAnnex             string // "Phụ lục V", which lists the conflicts where there are any
	Former                string // the units before a merger whose numbers are among these, "" where there are none
	Before                bool   // the period began before the unit did: it was not the issuer that acted

	own    *Member
	report *Compiled
	used   []string
	marked bool // a number had the footnote that explains the marks
	years  []giftYear
}

// giftYear is a line of the footnote that breaks the gifts down.
type giftYear struct{ Name, Figure string }

// narrate writes the report's sections.
func (c *Compiled) narrate(o Spec, own *Member) error {
	name := string(o.Template)
	if o.Addendum != nil {
		name = "addendum"
	}
	n, err := readNarrative(name, (*narrator)(nil).functions())
	if err != nil {
		return err
	}
	t := c.newNarrator(o, own)
	if c.Subject, err = t.execute(n.subject); err != nil {
		return err
	}
	if written := o.Headings[SubjectID]; written != "" {
		c.CompiledSubject, c.Subject = c.Subject, written
	}
	for _, s := range n.sections {
		marked := t.marked
		section, err := t.section(s)
		if err != nil {
			return err
		}
		if written := o.Headings[s.id]; written != "" && section.Level > 0 {
			section.CompiledTitle, section.Title = section.Title, written
		}
		if standing := strings.TrimSpace(o.Standing[s.id]); standing != "" {
			section.Standing = standing
			section.Text = strings.TrimSpace(standing + "\n\n" + section.Text)
		}
		if e, edited := o.Edits[s.id]; edited {
			section.edit(e, c)
			if !strings.Contains(e.Text, t.marksSign()) {
				t.marked = marked // the first mark that is printed comes later
			}
		}
		c.Sections = append(c.Sections, section)
	}
	return nil
}

// HasSection reports whether reports of a template have a section.
func HasSection(t Template, id string) bool {
	if !slices.Contains(Templates, t) {
		return false
	}
	n, err := readNarrative(string(t), (*narrator)(nil).functions())
	return err == nil && slices.ContainsFunc(n.sections, func(s sectionTemplate) bool { return s.id == id })
}

func (c *Compiled) newNarrator(o Spec, own *Member) *narrator {
	now, former := sources(c.period, c.members, own)
	return &narrator{
		Issuer: o.Template.issuer(own.fullName()), Commune: own.fullName(), Kind: own.kind(), Tier: c.period.tier(own), Period: c.PeriodName,
		AsOf: longDate(c.period.last()), Sources: now, Former: former, Villages: villageKindsNow(c.period, c.members), Addendum: c.Addendum, Comparison: c.Comparison,
		LastAnnex: annexes{&c.Content}.last(), Before: c.period.From < own.From, own: own, report: c, years: c.giftYears(c.period),
	}
}

// giftYears are those of a term, so that they add up to it: its full years, and
// what there is of the one in which it was made. A year of no gifts has no line.
func (c *Compiled) giftYears(p period) []giftYear {
	var list []giftYear
	add := func(name, figure string) {
		if f, ok := c.counted[figure]; ok && (f.Value > 0 || f.Touched) {
			list = append(list, giftYear{name, figure})
		}
	}
	for _, f := range c.Figures {
		if year, ok := strings.CutPrefix(f.ID, "gifts."); ok {
			add(year, f.ID)
		}
	}
	if last := strconv.Itoa(yearOf(p.last())); yearOf(p.last()) > p.lastFull() {
		add(fmt.Sprintf("%s (đến %s)", last, shortDate(p.last())), "gifts."+last)
	}
	return list
}

func (t *narrator) section(s sectionTemplate) (Section, error) {
	t.used = nil
	out := Section{ID: s.id, Level: s.level, Optional: s.optional, Figures: []string{}}
	var err error
	if out.Title, err = t.execute(s.title); err != nil {
		return out, err
	}
	if out.Text, err = t.execute(s.text); err != nil {
		return out, err
	}
	for _, n := range s.notes {
		text, err := t.execute(n.text)
		if err != nil {
			return out, err
		}
		if text != "" && strings.Contains(out.Text, "[^"+n.id+"]") {
			out.Footnotes = append(out.Footnotes, Footnote{ID: n.id, Lines: strings.Split(text, "\n")})
		}
	}
	if strings.Contains(out.Text, t.marksSign()) {
		out.Footnotes = append(out.Footnotes, t.marks())
	}
	out.Figures = append(out.Figures, t.used...)
	return out, nil
}

var blankLines = regexp.MustCompile(`\n{3,}`)

func (t *narrator) execute(from *template.Template) (string, error) {
	var text strings.Builder
	if err := from.Funcs(t.functions()).Execute(&text, t); err != nil {
		return "", fmt.Errorf("write a report's text: %w", err)
	}
	return strings.TrimSpace(blankLines.ReplaceAllString(text.String(), "\n\n")), nil
}

// functions are those of the templates. With a nil receiver they only have
// their names and types.
func (t *narrator) functions() template.FuncMap {
	return template.FuncMap{
		"n":          func(id string) (string, error) { return t.number(id) },
		"mark":       func(id string) (string, error) { return t.mark(id) },
		"has":        func(id string) (bool, error) { return t.has(id) },
		"several":    func(id string) (bool, error) { return t.several(id) },
		"more":       func(a, b string) (bool, error) { return t.more(a, b) },
		"years":      func() []giftYear { return t.years },
		"during":     func(id string) (string, error) { return t.during(id) },
		"parts":      func(figure, unit string) (string, error) { return t.parts(figure, unit) },
		"houses":     func() (string, error) { return t.houses() },
		"recipients": func() (string, error) { return t.recipients() },
		"funding":    func() (string, error) { return t.funding() },
		"donors":     func() string { return t.donors() },
		"current":    func(id string, value int64, unit string) (string, error) { return t.current(id, value, unit) },
		"withUnit":   withUnit,
		"change":     change,
		"upper":      upperFirst,
		"about":      About,
	}
}

// figure looks up a figure of the report, and notes that the text tells it. A
// part of one of which there is nothing is 0.
func (t *narrator) figure(id string) (*Counted, error) {
	f, ok := t.report.counted[id]
	if !ok {
		figure, o, known := partOf(id)
		if !known {
			return nil, fmt.Errorf("there is no figure %q", id)
		}
		f = &Counted{Figure: t.report.counted[figure].Figure}
		f.ID, f.Label, f.Value, f.Records, f.Touched, f.Approx = id, o.Label, 0, 0, false, false
		return f, nil
	}
	if !slices.Contains(t.used, id) {
		t.used = append(t.used, id)
	}
	return f, nil
}

// number is a figure's value as a sentence has it, money with its đồng. One
// that a conflict may change has a mark.
func (t *narrator) number(id string) (string, error) {
	f, err := t.figure(id)
	if err != nil {
		return "", err
	}
	text := numeral(f.Value, f.Unit)
	if f.Approx {
		text = "khoảng " + text
	}
	mark, err := t.mark(id)
	text += mark
	if f.Unit == "đ" {
		text += " đồng"
	}
	return text, err
}

// touchedMark stands behind a number that a conflict may change.
const touchedMark = "(*)"

// marksText explains the mark.
const marksText = touchedMark + " Số liệu đang tiếp tục rà soát, đối chiếu"

// marksNote is the id of the footnote that explains the marks.
const marksNote = "marks"

func (t *narrator) marksSign() string { return Footnote{ID: marksNote}.sign() }

// marks is the footnote at the first number with a mark.
func (t *narrator) marks() Footnote {
	line := marksText
	if len(t.report.Conflicts)+t.report.HiddenConflicts > 0 {
		line += " (chi tiết tại " + t.LastAnnex + ")"
	}
	return Footnote{ID: marksNote, Lines: []string{line + "."}}
}

// mark is that of a figure which the text tells in words: "none" may change too.
// The first has a footnote.
func (t *narrator) mark(id string) (string, error) {
	f, err := t.figure(id)
	if err != nil || !f.Touched {
		return "", err
	}
	if t.marked {
		return touchedMark, nil
	}
	t.marked = true
	return touchedMark + t.marksSign(), nil
}

// current is what a figure is now, beside what it was, with its mark and unit.
func (t *narrator) current(id string, value int64, unit string) (string, error) {
	mark, err := t.mark(id)
	return numeral(value, unit) + mark + " " + unitWord(unit), err
}

func (t *narrator) has(id string) (bool, error) {
	f, err := t.figure(id)
	return err == nil && f.Value != 0, err
}

// several reports whether there is more than one: "all of them" is no word for one.
func (t *narrator) several(id string) (bool, error) {
	f, err := t.figure(id)
	return err == nil && f.Value > 1, err
}

// more reports whether one figure is greater than another.
func (t *narrator) more(a, b string) (bool, error) {
	one, err := t.figure(a)
	if err != nil {
		return false, err
	}
	other, err := t.figure(b)
	return err == nil && one.Value > other.Value, err
}

// during is the time that a figure covers: "từ năm 2019 đến hết năm 2023", or
// the day on which it holds.
func (t *narrator) during(id string) (string, error) {
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
		return "từ năm " + from + " đến hết năm " + to, nil
	}
	return "năm " + f.Period, nil
}
