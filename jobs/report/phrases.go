package report

import (
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/form"
)

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
