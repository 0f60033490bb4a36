package report

import (
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// choice breaks figures down by a field that has a list of choices.
type choice struct {
	id, title, heading string
	figures            []string // that are broken down, in columns
	columns            []string // their titles
	kind               ledger.Kind
	field              string
	inherited          bool   // what a gift does not say of who received it, the household does
	unspecified        string // names the part of records that do not say it
}

var choices = []choice{
	{"gifts-category", "Suất quà theo diện người nhận", "Diện", []string{"gifts", "gifts.value"}, []string{"Số suất", "Trị giá"}, form.KindGift, "category", true, unspecified},
	{"houses-program", "Nhà theo chương trình", "Chương trình", []string{"houses", "houses.support"}, []string{"Số nhà", "Kinh phí"}, form.KindHouse, "program", false, unspecified},
	{"houses-work", "Nhà xây mới, sửa chữa", "Hình thức", []string{"houses", "houses.support"}, []string{"Số nhà", "Kinh phí"}, form.KindHouse, "work", false, unspecified + "-work"},
	{"meetings-level", "Tiếp xúc cử tri theo cấp đại biểu", "Cấp đại biểu", []string{"meetings", "meetings.attendance", "meetings.opinions"}, []string{"Số đợt", "Lượt cử tri", "Ý kiến"}, form.KindMeeting, "level", false, unspecified},
	{"receptions-class", "Lượt tiếp công dân theo loại", "Loại", []string{"receptions"}, []string{"Lượt tiếp"}, form.KindReception, "class", false, unspecified},
	{"petitions-class", "Đơn đã tiếp nhận theo loại", "Loại", []string{"petitions"}, []string{"Số đơn"}, form.KindPetition, "class", false, unspecified},
	{"petitions-outcome", "Đơn đã xử lý theo kết quả", "Kết quả", []string{"petitions.settled"}, []string{"Số đơn"}, form.KindPetition, "status", false, unspecified},
	{"activities-type", "Hoạt động theo loại", "Loại hoạt động", []string{"activities", "activities.reached"}, []string{"Số hoạt động", "Lượt người tham gia"}, form.KindActivity, "type", false, unspecified},
}

// unspecified stands where a record does not say which choice it is of.
const unspecified = "unsaid"

// options are the choices that there are, and unspecified.
func (by *choice) options() []form.Option {
	f, _ := form.Of(by.kind)
	field, _ := f.Field(by.field)
	return append(slices.Clone(field.Options), form.Option{Value: by.unspecified, Label: "Chưa ghi rõ"})
}

// partOf finds the breakdown in which an id like "gifts:poor" is a part, and what
// the part is called.
func partOf(id string) (figure string, o form.Option, ok bool) {
	figure, part, _ := strings.Cut(id, ":")
	for i := range choices {
		if !slices.Contains(choices[i].figures, figure) {
			continue
		}
		for _, o := range choices[i].options() {
			if o.Value == part {
				return figure, o, true
			}
		}
	}
	return figure, o, false
}

// byChoice tells the parts of figures by the choice of each record.
func (b *breakdown) byChoice(by choice, measures []measure) Table {
	t := Table{ID: by.id, Title: by.title, Heading: by.heading}
	options := by.options()
	rows := make([]Row, len(options))
	for i, o := range options {
		rows[i].Label = o.Label
		if by.kind == form.KindMeeting && o.Value == form.LevelCommune {
			rows[i].Label = "Hội đồng nhân dân " + b.period.tier(b.own)
		}
	}
	shown := make([]bool, len(options))
	for at, figure := range by.figures {
		m := find(measures, figure)
		t.Columns = append(t.Columns, Column{Title: by.columns[at], Unit: m.Unit})
		way := b.partition(&by, figure, options)
		parts := m.split(b.tally, way)
		for i, o := range options {
			part := parts[":"+o.Value]
			shown[i] = shown[i] || part != nil
			rows[i].Cells = append(rows[i].Cells, b.cell(part, figure+":"+o.Value))
		}
		for _, e := range b.tally.disputed[by.kind] {
			if slices.ContainsFunc(way.fields, e.record.InConflict) {
				for part := range m.partsInDoubt(b.tally, e, way) {
					b.touch(e.ref, figure+part)
				}
			}
		}
	}
	for i := range rows {
		if shown[i] {
			t.Rows = append(t.Rows, rows[i])
		}
	}
	t.Rows = append(t.Rows, b.sums(by.figures...))
	return t
}

// partition is by what a record says, or by what it inherits.
func (b *breakdown) partition(by *choice, figure string, options []form.Option) partition {
	part := func(chosen string) string {
		if !slices.ContainsFunc(options, func(o form.Option) bool { return o.Value == chosen }) {
			chosen = by.unspecified
		}
		return ":" + chosen
	}
	if !by.inherited {
		return partition{fields: []string{by.field}, of: func(_ entry, v values) string { return part(v.text(by.field)) }}
	}
	from := func(e entry, v values) (ledger.Ref, *ledger.Record) {
		if v.text(by.field) != "" {
			return ledger.Ref{}, nil
		}
		return b.household(e, v)
	}
	return partition{
		fields: []string{by.field, "household"},
		of: func(e entry, v values) string {
			if _, household := from(e, v); household != nil {
				return part(household.Text(by.field))
			}
			return part(v.text(by.field))
		},
		maybe: func(e entry, v values) (names []string) {
			ref, household := from(e, v)
			if household == nil || !household.InConflict(by.field) {
				return nil
			}
			for _, value := range distinctValues(household, by.field) {
				chosen, _ := value.Text()
				names = append(names, part(chosen))
				b.touch(ref, figure+part(chosen))
			}
			return names
		},
	}
}

// household is the household that a record names, or nil.
func (b *breakdown) household(e entry, v values) (ledger.Ref, *ledger.Record) {
	ref, err := ledger.ParseRef(v("household"))
	if err != nil {
		return ref, nil
	}
	ref = ref.In(e.ref.Unit)
	if r := b.tally.records[ref]; r != nil && r.Kind == form.KindHousehold {
		return ref, r
	}
	return ref, nil
}
