package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// byCampaign tells the gifts of each campaign, with the organisations that gave
// them: a person who did is not named in a report.
func (b *breakdown) byCampaign(gifts, value *measure) Table {
	t := Table{ID: "gifts-campaign", Title: "Suất quà theo đợt, nguồn hỗ trợ", Heading: "Đợt tặng quà (nguồn hỗ trợ)", Columns: []Column{
		{Title: "Số suất", Unit: gifts.Unit}, {Title: "Trị giá", Unit: value.Unit},
	}}
	way := partition{fields: []string{"campaign"}, of: func(e entry, v values) string { return "@" + b.campaignOf(e, v) }}
	portions, values := gifts.split(b.tally, way), value.split(b.tally, way)
	var names []string
	for name := range portions {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if by := portions[b].Value - portions[a].Value; by != 0 {
			return int(min(max(by, -1), 1))
		}
		return strings.Compare(a, b)
	})
	b.donors = b.inOrderOfGifts(names, portions)
	if len(names) > mostCampaigns {
		for _, parts := range []map[string]*Counted{portions, values} {
			parts["@"+otherCampaigns] = joinParts(parts, names[mostCampaigns:])
		}
		names = append(names[:mostCampaigns:mostCampaigns], "@"+otherCampaigns)
	}
	for _, name := range names {
		label, donor := b.campaign(name)
		if donor != "" {
			label += " (" + donor + ")"
		}
		t.Rows = append(t.Rows, Row{Label: label, Cells: []Cell{b.cell(portions[name], "gifts"+name), b.cell(values[name], "gifts.value"+name)}})
	}
	if len(names) == 1 && names[0] == "@"+unspecified {
		t.Rows = nil // no gift is of a campaign: there is nothing to tell
	}
	t.Rows = append(t.Rows, b.sums("gifts", "gifts.value"))
	return t
}

// inOrderOfGifts are the organisations of campaigns, those that gave most in all of
// theirs first.
func (b *breakdown) inOrderOfGifts(campaigns []string, portions map[string]*Counted) []string {
	var donors []string
	gave := map[string]int64{}
	for _, name := range campaigns {
		_, donor := b.campaign(name)
		if donor == "" {
			continue
		}
		if !slices.Contains(donors, donor) {
			donors = append(donors, donor)
		}
		gave[donor] += portions[name].Value
	}
	slices.SortStableFunc(donors, func(a, b string) int { return cmp.Compare(gave[b], gave[a]) })
	return donors
}

// mostCampaigns is how many campaigns have their own row, those of the most
// gifts.
const mostCampaigns = 50

// otherCampaigns is the part of all the others.
const otherCampaigns = "others"

// joinParts joins parts of a figure.
func joinParts(parts map[string]*Counted, names []string) *Counted {
	var all *Counted
	for _, name := range names {
		part := parts[name]
		switch {
		case part == nil:
		case all == nil:
			copied := *part
			copied.Behind, copied.parts = slices.Clone(part.Behind), slices.Clone(part.parts)
			all = &copied
		default:
			all.Value, all.Records = all.Value+part.Value, all.Records+part.Records
			all.Touched, all.Approx = all.Touched || part.Touched, all.Approx || part.Approx
			all.Behind, all.parts = append(all.Behind, part.Behind...), append(all.parts, part.parts...)
		}
	}
	if all != nil {
		all.sort()
	}
	return all
}

// campaignOf names the campaign of a gift by its unit and id.
func (b *breakdown) campaignOf(e entry, v values) string {
	ref, err := ledger.ParseRef(v("campaign"))
	if err != nil {
		return unspecified
	}
	ref = ref.In(e.ref.Unit)
	if r := b.tally.records[ref]; r == nil || r.Kind != form.KindCampaign {
		return unspecified
	}
	return string(ref.Unit) + ":" + ref.Record.String()
}

// campaign is what a part of the gifts is called, and which organisation gave it.
func (b *breakdown) campaign(part string) (name, donor string) {
	unit, id, _ := strings.Cut(strings.TrimPrefix(part, "@"), ":")
	record, err := ledger.ParseRecordID(id)
	if r := b.tally.records[ledger.Ref{Unit: ledger.UnitID(unit), Record: record}]; err == nil && r != nil {
		return strings.TrimSpace(r.Text("name")), strings.TrimSpace(r.Text("organisation"))
	}
	if part == "@"+otherCampaigns {
		return "Các đợt khác", ""
	}
	return "Không thuộc đợt nào", ""
}
