package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// behindKind lists the records of a kind that some figure was counted from, by
// their day. There may be many: it walks through lists that have one order, and
// builds no maps.
func (c *sheets) behindKind(kind ledger.Kind) []entry {
	all := c.tally.byKind[kind]
	counted := make([]bool, len(all))
	for _, f := range slices.Concat(c.Figures, c.Details) {
		i := 0
		for _, ref := range c.counted[f.ID].Behind {
			for i < len(all) && compareRefs(all[i].ref, ref) < 0 {
				i++
			}
			if i == len(all) || all[i].ref != ref {
				break // a figure of another kind
			}
			counted[i] = true
		}
	}
	type dated struct {
		day string
		entry
	}
	var days []dated
	for i, e := range all {
		if counted[i] {
			days = append(days, dated{countedDay(e.record), e})
		}
	}
	slices.SortStableFunc(days, func(a, b dated) int { return strings.Compare(a.day, b.day) })
	list := make([]entry, len(days))
	for i := range days {
		list[i] = days[i].entry
	}
	return list
}

// countedDay is the first of the days in whose periods a record counts: a house that
// was accepted and is not handed over has one, too.
func countedDay(r *ledger.Record) string {
	f, _ := form.Of(r.Kind)
	for _, field := range f.Dates {
		if day := r.Text(field); day != "" {
			return day
		}
	}
	return r.Text(f.DateField)
}

// widestA4 is how many characters of 9.5 points a turned A4 page has beside each
// other: a wider one is printed on A3, which few offices can, so that it can be read.
const widestA4 = 150.0

// measuredRows is how many rows say how wide their columns must be: in a longer list,
// a text that is longer than all of theirs takes more lines.
const measuredRows = 1000

// fitWidths narrows the columns of texts to what they say; their width until then is
// the most that they get. A head has up to three lines.
func fitWidths(s *paper.Sheet) {
	longest := make([]int, len(s.Columns))
	for i := range s.Columns {
		title := s.Columns[i].Title
		longest[i] = (utf8.RuneCountInString(title) + 2) / 3
		for word := range strings.SplitSeq(title, " ") {
			longest[i] = max(longest[i], utf8.RuneCountInString(word))
		}
	}
	n := 0
	for row := range s.Rows {
		for i := range row {
			if !s.Columns[i].Wrap {
				continue
			}
			for text := range strings.SplitSeq(row[i].Text, "\n") {
				longest[i] = max(longest[i], utf8.RuneCountInString(text))
			}
		}
		if n++; n == measuredRows {
			break
		}
	}
	for i := range s.Columns {
		if c := &s.Columns[i]; c.Wrap && !c.Hidden {
			c.Width = min(c.Width, float64(longest[i]+2))
		}
	}
}

// recordSheet lists the records of a kind, without what is personal. Those that
// are confidential are only counted: their village and day are enough to find a
// person.
func (c *sheets) recordSheet(f *form.Form, behind []entry) paper.Sheet {
	var fields []form.Field
	var listed []entry
	for _, e := range behind {
		if !form.Confidential(e.record) {
			listed = append(listed, e)
		}
	}
	hidden := len(behind) - len(listed)
	s := paper.Sheet{
		Name: tab(f), Title: []string{f.Plural, "Danh sách chi tiết (không có thông tin cá nhân)"}, Landscape: true,
		Columns: []paper.SheetColumn{{Title: "TT", Width: 6, Align: paper.Center}, {Title: "Đơn vị", Width: 30, Wrap: true}},
	}
	if hidden > 0 {
		s.Title = append(s.Title, fmt.Sprintf("Ngoài ra có %s trường hợp tố cáo, chỉ thống kê số lượng", numeral(int64(hidden), "")))
	}
	for _, field := range f.Fields {
		if field.Personal || field.Type == form.TypeHashes || !c.said(&field, listed) {
			continue
		}
		fields = append(fields, field)
		s.Columns = append(s.Columns, fieldColumn(&field))
	}
	s.Columns = append(s.Columns, codes("Mã số liệu"))
	s.Rows = func(yield func([]paper.Cell) bool) {
		for i, e := range listed {
			cells := make([]paper.Cell, 0, len(s.Columns))
			cells = append(cells, whole(int64(i+1)), text(upperFirst(c.tally.members[e.ref.Unit].fullName())))
			for j := range fields {
				cells = append(cells, c.cellOf(&fields[j], c.then(&fields[j], e.record), e.ref.Unit))
			}
			if !yield(append(cells, text(e.ref.Record.String()))) {
				return
			}
		}
	}
	fitWidths(&s)
	wide := 0.0
	for _, column := range s.Columns {
		wide += column.Width // a hidden one has none
	}
	s.A3 = wide > widestA4
	return s
}

// said reports whether a record shows something in a field: a column in which
// none does takes the width from the others. A reference shows nothing where all
// of the record that it names is personal, as of a household without a code.
func (c *sheets) said(f *form.Field, list []entry) bool {
	return slices.ContainsFunc(list, func(e entry) bool {
		v := c.then(f, e.record)
		return v != ledger.Null && (f.Type != form.TypeReference || c.named(v, e.ref.Unit) != "")
	})
}

// then is a field of a record on the last day that is covered: an end, an acceptance
// or a handover of a later day is not told, nor what was written with it.
func (c *sheets) then(f *form.Field, r *ledger.Record) ledger.Value {
	v := current(r)
	if f.Name != "status" && f.When == nil {
		return v(f.Name)
	}
	step := stepOn(r.Kind, v, c.period.last())
	switch {
	case step == v.text("status"):
	case f.Name == "status":
		return ledger.Text(step)
	case f.When != nil && f.When.Field == "status" && !slices.Contains(f.When.Values, step):
		return ledger.Null
	}
	return v(f.Name)
}

// stepOn is the status of a petition or a house on a day.
func stepOn(kind ledger.Kind, v values, day string) string {
	status := v.text("status")
	accepted := v.has("acceptedOn") && v.text("acceptedOn") <= day
	switch {
	case kind == form.KindHouse && status == form.HouseHandedOver && accepted && v.text("handedOverOn") > day:
		return form.HouseAccepted
	case kind != form.KindPetition:
	case accepted && endedOn(v) > day:
		return form.PetitionAccepted
	case endedOn(v) > day, v.text("acceptedOn") > day:
		return form.PetitionReceived
	}
	return status
}

// fieldColumn is the column of a field in a list of records.
func fieldColumn(f *form.Field) paper.SheetColumn {
	column := paper.SheetColumn{Title: f.Label, Width: 28, Wrap: true}
	switch f.Type {
	case form.TypeInteger:
		column.Align, column.Width, column.Wrap = paper.Right, 10, false
	case form.TypeMoney:
		column.Align, column.Width, column.Wrap = paper.Right, 19, false
	case form.TypeDate: // a number, of which a narrow column shows "####"
		column.Align, column.Width, column.Wrap = paper.Center, 12, false
	case form.TypeBoolean:
		column.Align, column.Width = paper.Center, 12
	case form.TypeLongText:
		column.Width = 44
	case form.TypeList: // "Tiền mặt: 999.999.999.999 đồng" on one line
		column.Width = 33
	case form.TypeText, form.TypeChoice, form.TypeChoices, form.TypeReference, form.TypePhone, form.TypeNationalID, form.TypeUnit, form.TypeHashes:
	}
	return column
}

// cellOf is a value of a record. A reference is shown by what is not personal
// of the record that it names.
func (c *sheets) cellOf(f *form.Field, v ledger.Value, unit ledger.UnitID) paper.Cell {
	if v == ledger.Null {
		return paper.Cell{}
	}
	switch f.Type {
	case form.TypeInteger, form.TypeMoney:
		if n, ok := v.Int(); ok {
			cell := whole(n)
			if f.Type == form.TypeMoney {
				cell.Format = paper.Dong
			}
			return cell
		}
	case form.TypeDate:
		day, _ := v.Text()
		return paper.Cell{Text: day, Format: paper.Day}
	case form.TypeReference:
		return text(c.named(v, unit))
	case form.TypeList:
		return text(listed(f, v))
	case form.TypeText, form.TypeLongText, form.TypeBoolean, form.TypeChoice, form.TypeChoices, form.TypePhone, form.TypeNationalID, form.TypeUnit, form.TypeHashes:
	}
	return text(shown(f, v))
}

func (c *sheets) named(v ledger.Value, unit ledger.UnitID) string {
	ref, err := ledger.ParseRef(v)
	if err != nil {
		return ""
	}
	if ref.Unit == "" {
		ref.Unit = unit
	}
	if r := c.tally.records[ref]; r != nil {
		for _, field := range []string{"code", "name"} {
			if name := r.Text(field); name != "" && !form.Personal(r.Kind, field) {
				return name
			}
		}
	}
	return ""
}
