package desk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// fileKinds are the kinds of record in the name of a file.
var fileKinds = map[ledger.Kind]string{
	form.KindHousehold: "ho", form.KindCampaign: "dot-qua", form.KindGift: "qua", form.KindHouse: "nha", form.KindReception: "tiep-dan",
	form.KindPetition: "don", form.KindMeeting: "hop-cu-tri", form.KindActivity: "hoat-dong", form.KindFund: "quy",
}

// fileName says of what, of which unit and of which day a workbook is, in
// letters that every system takes.
func fileName(kinds []ledger.Kind, units []string, today calendar.Day) string {
	parts := []string{"so-ghi"}
	if len(kinds) == 1 && fileKinds[kinds[0]] != "" {
		parts[0] = fileKinds[kinds[0]]
	}
	const longest = 60
	if len(units) == 1 {
		if slug := strings.ReplaceAll(form.FoldText(units[0]), " ", "-"); slug != "" && len(slug) <= longest {
			parts = append(parts, slug)
		}
	}
	return strings.Join(append(parts, string(today)), "-") + ".xlsx"
}

// filtered tells by what a list was narrowed, in the words of the desk. Nothing
// of it leads to a person.
func filtered(p *contract.ExportRecordsParams, units []string) []string {
	told := slices.Clone(units)
	for _, state := range p.State {
		for _, o := range form.AllLabels().States {
			if o.Value == string(state) {
				told = append(told, o.Label)
			}
		}
	}
	for _, w := range p.Where {
		w, without := strings.CutPrefix(w, "!")
		field, value, _ := strings.Cut(w, ":")
		if without {
			told = append(told, "trừ "+choice(field, value))
		} else {
			told = append(told, choice(field, value))
		}
	}
	if p.From != "" {
		told = append(told, "từ ngày "+calendar.ShortDate(calendar.Day(p.From)))
	}
	if p.To != "" {
		told = append(told, "đến ngày "+calendar.ShortDate(calendar.Day(p.To)))
	}
	if p.Q != "" {
		told = append(told, fmt.Sprintf("có chữ “%s”", p.Q))
	}
	for _, one := range []struct {
		on   bool
		text string
	}{
		{p.Conflict, "ghi khác nhau"},
		{p.Stale, "sửa sau khi duyệt"},
		{p.Late, "ghi sau khi chốt kỳ"},
		{p.Photos == contract.ExportRecordsParamsPhotosSome, "có ảnh"},
		{p.Photos == contract.ExportRecordsParamsPhotosNone, "thiếu ảnh"},
		{p.AfterEnd, "ghi sau ngày đơn vị kết thúc"},
		{p.Due == contract.ExportRecordsParamsDueLate, "đơn quá hạn"},
		{p.Due == contract.ExportRecordsParamsDueNear, "đơn sắp đến hạn"},
		{p.Due == contract.ExportRecordsParamsDueMissed, "đơn đã có lúc quá hạn"},
		{p.Due == contract.ExportRecordsParamsDueKept, "đơn luôn trong hạn"},
		{p.Entitled == contract.ExportRecordsParamsEntitledCurrent, "hộ còn diện"},
		{p.Entitled == contract.ExportRecordsParamsEntitledEnded, "hộ hết diện"},
		{p.Ref != "", "của một hộ hoặc một đợt"},
		{p.Author != "", "của một người ghi"},
	} {
		if one.on {
			told = append(told, one.text)
		}
	}
	return told
}

// choice is what a form calls the value of one of its fields.
func choice(field, value string) string {
	for _, f := range form.All() {
		spec, ok := f.Field(field)
		if !ok {
			continue
		}
		for _, o := range spec.Options {
			if o.Value == value {
				return spec.Label + ": " + o.Label
			}
		}
		if spec.Type == form.TypeBoolean {
			answer := "không"
			if value == "true" {
				answer = "có"
			}
			return spec.Label + ": " + answer
		}
	}
	return field + ": " + value
}
