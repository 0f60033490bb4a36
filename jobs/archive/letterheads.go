package archive

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Letterhead is what a unit has set for its reports.
type Letterhead struct {
	Letter report.Letter `json:"letter"`
	// Rule says when the unit's periods end.
	Rule calendar.Rule `json:"rule"`
	// TermTold is the day of a term's last year as of which its report is made,
	// as "04-11"; "" means its last.
	TermTold calendar.MonthDay `json:"termTold,omitempty"`
	// FirstNumbers are the first numbers to be given in a year: for an office
	// that has numbered by hand before. Others begin at 1.
	FirstNumbers map[int]int `json:"firstNumbers,omitempty"`
}

func letterheadID(unit ledger.UnitID, t report.Template) string {
	return string(unit) + "." + string(t)
}

// Letterheads keeps the letterheads of all units.
type Letterheads struct {
	set         store.Table[Letterhead]
	units       store.Table[accounts.Unit]
	workingDays func(context.Context) (calendar.Holidays, error)
}

// Get returns what a unit has set, or its default at version 0.
func (l *Letterheads) Get(ctx context.Context, unit ledger.UnitID, t report.Template) (store.Stored[Letterhead], error) {
	set, err := l.set.Get(ctx, letterheadID(unit, t))
	if !errors.Is(err, store.ErrNotFound) {
		return set, err
	}
	u, err := l.units.Get(ctx, string(unit))
	if err != nil {
		return set, err
	}
	parent, level := "", ""
	if u.Value.Parent != "" {
		above, err := l.units.Get(ctx, string(u.Value.Parent))
		if err != nil {
			return set, err
		}
		parent, level = above.Value.Name, cmp.Or(above.Value.Kind, levelNames[above.Value.Level])
	}
	set.ID = letterheadID(unit, t)
	set.Value = Letterhead{Letter: report.StandardLetter(t, report.FullName(u.Value.Name, u.Value.Kind, false), parent, level), Rule: calendar.DefaultRule()}
	return set, nil
}

// Rules returns the rules that units have set, by the template of their reports.
func (l *Letterheads) Rules(ctx context.Context) (map[report.Template][]calendar.Rule, error) {
	all, err := l.set.All(ctx)
	rules := map[report.Template][]calendar.Rule{}
	for i := range all {
		t := report.Template(all[i].ID[strings.LastIndexByte(all[i].ID, '.')+1:])
		rules[t] = append(rules[t], all[i].Value.Rule)
	}
	return rules, err
}

var levelNames = map[accounts.Level]string{accounts.Village: "thôn", accounts.Commune: "xã", accounts.District: "huyện", accounts.Province: "tỉnh"}

// due is the day by which a report is to be delivered, under its unit's rule and
// the holidays that are known. An addendum has none.
func (l *Letterheads) due(ctx context.Context, r *Report) (calendar.Day, error) {
	if r.AddendumOf != "" {
		return "", nil
	}
	set, err := l.Get(ctx, r.Unit, r.Template)
	if err != nil {
		return "", err
	}
	days, err := l.workingDays(ctx)
	if err != nil {
		return "", err
	}
	return set.Value.Rule.Due(r.Period, days), nil
}

// Set changes what a unit has set, unless it has changed since a version.
// Drafts take it up when they are compiled again.
func (l *Letterheads) Set(ctx context.Context, unit ledger.UnitID, t report.Template, version int64, h Letterhead) (store.Stored[Letterhead], error) {
	if err := h.check(); err != nil {
		return store.Stored[Letterhead]{}, err
	}
	id := letterheadID(unit, t)
	if version == 0 {
		set, err := l.set.Add(ctx, id, h)
		if errors.Is(err, store.ErrTaken) {
			err = store.ErrVersion
		}
		return set, err
	}
	set, err := l.set.Replace(ctx, store.Stored[Letterhead]{ID: id, Version: version, Value: h})
	if errors.Is(err, store.ErrNotFound) {
		err = store.ErrVersion // there is none, and so not this one
	}
	return set, err
}

// symbolForm is that of a document's symbol (ký hiệu): BC-UBND, BC-MTTQ-BTT.
var symbolForm = regexp.MustCompile(`^[A-ZĐ0-9]{1,10}(-[A-ZĐ0-9]{1,10}){1,4}$`)

func (l *Letterhead) check() error {
	l.Letter.Place, l.Letter.Position = form.Composed(l.Letter.Place), form.Composed(l.Letter.Position)
	const bad = "Mỗi dòng từ 1 đến 200 ký tự, tối đa 20 dòng."
	for _, lines := range []struct {
		field string
		list  []string
		least int
	}{
		{"parent", l.Letter.Parent, 0},
		{"issuer", l.Letter.Issuer, 1},
		{"addressees", l.Letter.Addressees, 0},
		{"recipients", l.Letter.Recipients, 1},
		{"authority", l.Letter.Authority, 0},
		{"place", []string{l.Letter.Place}, 1},
		{"position", []string{l.Letter.Position}, 1},
	} {
		if len(lines.list) < lines.least || len(lines.list) > 20 {
			return &entry.Invalid{Field: lines.field, Message: bad}
		}
		for i, line := range lines.list {
			lines.list[i] = form.Composed(line)
			if n := len([]rune(lines.list[i])); n < 1 || n > 200 || strings.ContainsFunc(lines.list[i], form.Breaks) {
				return &entry.Invalid{Field: lines.field, Message: bad}
			}
		}
	}
	if err := checkDrafting(&l.Letter.Drafting); err != nil {
		return err
	}
	if !symbolForm.MatchString(l.Letter.Symbol) {
		return &entry.Invalid{Field: "symbol", Message: "Ký hiệu gồm chữ in hoa, chữ số và gạch nối, ví dụ BC-UBND."}
	}
	if field, err := l.Rule.Check(); err != nil {
		return &entry.Invalid{Field: field, Message: "Ngày chốt kỳ báo cáo không đúng."}
	}
	if l.TermTold != "" && !l.TermTold.Valid() {
		return &entry.Invalid{Field: "termTold", Message: "Ngày chốt nhiệm kỳ cần dạng tháng-ngày, ví dụ 04-11."}
	}
	for year, n := range l.FirstNumbers {
		if year < 2000 || year > 2100 || n < 1 || n > maxNumber {
			return &entry.Invalid{Field: "firstNumbers", Message: "Số bắt đầu của năm phải từ 1 trở lên."}
		}
	}
	return nil
}

// signForm is that of the abbreviations behind "Lưu: VT".
var signForm = regexp.MustCompile(`^[\p{L}\p{M}0-9.-]{0,20}$`)

const mostCopies = 9999

func checkDrafting(d *report.Drafting) error {
	d.Unit, d.Drafter = form.Composed(d.Unit), strings.ToUpper(form.Composed(d.Drafter)) // Nghị định 30/2020/NĐ-CP, Phụ lục I
	switch {
	case !signForm.MatchString(d.Unit):
		return &entry.Invalid{Field: "drafting.unit", Message: "Chữ viết tắt đơn vị soạn thảo tối đa 20 ký tự, chỉ gồm chữ, số, dấu chấm và gạch nối."}
	case !signForm.MatchString(d.Drafter):
		return &entry.Invalid{Field: "drafting.drafter", Message: "Ký hiệu người soạn thảo tối đa 20 ký tự, chỉ gồm chữ, số, dấu chấm và gạch nối."}
	case d.Kept < 0 || d.Kept > mostCopies:
		return &entry.Invalid{Field: "drafting.kept", Message: "Số bản lưu từ 0 đến 9.999."}
	case d.Copies < 0 || d.Copies > mostCopies:
		return &entry.Invalid{Field: "drafting.copies", Message: "Số bản phát hành từ 0 đến 9.999."}
	}
	return nil
}

// Period is what a report of a type covers: of the years from one to another, or of
// others than terms of the last of these.
func (l *Letterhead) Period(t calendar.Type, from, to int) (calendar.Period, bool) {
	if t == calendar.TermYears {
		return l.Term(from, to), true
	}
	return l.Rule.Of(t, to)
}

// Term is a term of office as the unit tells it.
func (l *Letterhead) Term(from, to int) calendar.Period {
	told := l.TermTold
	if told == "" {
		told = "12-31"
	}
	return calendar.Term(from, to, told.In(to))
}
