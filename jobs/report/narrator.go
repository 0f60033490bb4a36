package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/sothon/sothon/sync/form"
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
		"current":    func(c Change) (string, error) { return t.current(c) },
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

// marksNote is the id of the footnote that explains the marks.
const marksNote = "marks"

func (t *narrator) marksSign() string { return Footnote{ID: marksNote}.sign() }

// marks is the footnote at the first number with a mark.
func (t *narrator) marks() Footnote {
	line := "(*) Số liệu đang tiếp tục rà soát, đối chiếu"
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

// current is what a figure has changed to, with its mark and unit.
func (t *narrator) current(c Change) (string, error) {
	mark, err := t.mark(c.Figure)
	return numeral(c.Now, c.Unit) + mark + " " + unitWord(c.Unit), err
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

// sentenceLabels are the parts of figures as sentences name them, where that is not
// the label of the form.
var sentenceLabels = map[string]string{
	"gifts:" + form.CategorySocial:                  "đối tượng bảo trợ xã hội",
	"gifts:" + form.CategoryOther:                   "đối tượng khác",
	"gifts:" + unspecified:                          "đối tượng chưa phân loại",
	"houses:new":                                    "xây mới",
	"meetings:" + form.LevelCommune:                 "đại biểu Hội đồng nhân dân %s",
	"meetings:" + form.LevelDistrict:                "đại biểu Hội đồng nhân dân cấp huyện",
	"meetings:" + form.LevelProvince:                "đại biểu Hội đồng nhân dân cấp tỉnh",
	"meetings:" + form.LevelNational:                "đại biểu Quốc hội",
	"receptions:" + unspecified:                     "chưa phân loại",
	"petitions:" + unspecified:                      "chưa phân loại",
	"petitions.settled:" + form.PetitionStopped:     "đình chỉ",
	"petitions.settled:" + form.PetitionTransferred: "chuyển cơ quan có thẩm quyền",
	"petitions.settled:" + form.PetitionWithdrawn:   "người gửi rút đơn",
}

// part is one of those that a figure is made of, as a sentence tells it.
type part struct {
	label, n string
	sole     bool // the only one there is, and no conflict may add another
	unsaid   bool
}

// partsOf are the parts of a figure that there are.
func (t *narrator) partsOf(figure string) ([]part, error) {
	var list []part
	sole := false
	for i := range choices {
		by := &choices[i]
		if by.figures[0] != figure || by.id == "houses-program" {
			continue
		}
		options := by.options()
		if figure == "petitions.settled" { // what was resolved comes before what ended in another way
			slices.SortStableFunc(options, func(a, b form.Option) int { return resolvedLast(b.Value) - resolvedLast(a.Value) })
		}
		for _, o := range options {
			id := figure + ":" + o.Value
			f, err := t.figure(id)
			if err != nil {
				return nil, err
			}
			if f.Value == 0 {
				continue
			}
			label, ok := sentenceLabels[id]
			if !ok {
				label = LowerFirst(o.Label)
			}
			label = strings.ReplaceAll(label, "%s", t.report.period.tier(t.own))
			n, err := t.number(id)
			if err != nil {
				return nil, err
			}
			sole = !f.Touched
			list = append(list, part{label: label, n: n, unsaid: o.Value == by.unspecified})
		}
	}
	if len(list) == 1 {
		list[0].sole = sole
	}
	return list, nil
}

// parts lists what a figure is made of: "khiếu nại 12 đơn, tố cáo 02 đơn". A part
// that is all of it has no number, except in what became of petitions, where the
// sentence has no other.
func (t *narrator) parts(figure, unit string) (string, error) {
	list, err := t.partsOf(figure)
	texts := make([]string, len(list))
	for i, p := range list {
		if texts[i] = p.label + " " + p.n + " " + unit; p.sole && figure != "petitions.settled" {
			texts[i] = p.label
		}
	}
	return strings.Join(texts, ", "), err
}

// houses tells how many were supported, and of which work: "xây mới 15 căn nhà".
func (t *narrator) houses() (string, error) {
	n, err := t.number("houses")
	if err != nil {
		return "", err
	}
	list, err := t.partsOf("houses")
	switch {
	case err != nil || len(list) == 0 || list[0].sole && list[0].unsaid:
		return n + " căn nhà", err
	case list[0].sole:
		return list[0].label + " " + n + " căn nhà", nil
	}
	parts, err := t.parts("houses", "căn")
	return n + " căn nhà (" + parts + ")", err
}

// recipients tells who was given how much: ", cho hộ nghèo (975 suất), hộ cận
// nghèo (607 suất)".
func (t *narrator) recipients() (string, error) {
	list, err := t.partsOf("gifts")
	if err != nil || len(list) == 0 || list[0].sole && list[0].unsaid {
		return "", err
	}
	texts := make([]string, len(list))
	for i, p := range list {
		if texts[i] = p.label + " (" + p.n + " suất)"; p.sole {
			texts[i] = p.label
		}
	}
	return ", cho " + strings.Join(texts, ", "), nil
}

func resolvedLast(status string) int {
	if status == form.PetitionResolved {
		return 1
	}
	return 0
}

// funding tells in which forms houses were supported: " (tiền mặt 5.000.000 đồng,
// hiện vật 1.000.000 đồng)". A form that is all of it has no number: " bằng tiền mặt".
func (t *narrator) funding() (string, error) {
	total, err := t.figure("houses.support")
	if err != nil {
		return "", err
	}
	var list []string
	whole, touched := "", total.Touched
	for _, form := range []struct{ id, label string }{
		{"houses.support.cash", "tiền mặt"}, {"houses.support.kind", "hiện vật"}, {"houses.support.labour", "ngày công quy tiền"},
	} {
		f, err := t.figure(form.id)
		if err != nil {
			return "", err
		}
		touched = touched || f.Touched
		switch f.Value {
		case 0:
			continue
		case total.Value:
			whole = form.label
		}
		n, err := t.number(form.id)
		if err != nil {
			return "", err
		}
		list = append(list, form.label+" "+n)
	}
	switch {
	case len(list) == 0:
		return "", nil
	case whole != "" && !touched:
		return " bằng " + whole, nil
	}
	return " (" + strings.Join(list, ", ") + ")", nil
}

// mostDonors is how many donors a sentence names where there are others.
const mostDonors = 5

// donors names the donors, the largest first.
func (t *narrator) donors() string {
	list := t.report.donors
	if len(list) > mostDonors+1 {
		list = append(slices.Clone(list[:mostDonors]), "các đơn vị khác")
	}
	return enumerated(list)
}
