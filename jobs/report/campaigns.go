package report

import (
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// byCampaign tells the gifts of each campaign, with who gave them.
func (c *Compiled) byCampaign(gifts, value *measure) Table {
	t := Table{ID: "gifts-campaign", Title: "Suất quà theo đợt, nguồn hỗ trợ", Heading: "Đợt tặng quà (nguồn hỗ trợ)", Columns: []Column{
		{Title: "Số suất", Unit: gifts.Unit}, {Title: "Trị giá", Unit: value.Unit},
	}}
	way := partition{fields: []string{"campaign"}, of: func(e entry, v values) string { return "@" + c.campaignOf(e, v) }}
	portions, values := gifts.split(c.tally, way), value.split(c.tally, way)
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
	for _, name := range names {
		label, donor := c.campaign(name)
		if donor != "" {
			label += " (" + donor + ")"
			if !slices.Contains(c.donors, donor) {
				c.donors = append(c.donors, donor)
			}
		}
		t.Rows = append(t.Rows, Row{Label: label, Cells: []Cell{c.cell(portions[name], "gifts"+name), c.cell(values[name], "gifts.value"+name)}})
	}
	if len(names) == 1 && names[0] == "@"+unsaid {
		t.Rows = nil // no gift is of a campaign: there is nothing to tell
	}
	t.Rows = append(t.Rows, c.sums("gifts", "gifts.value"))
	return t
}

// campaignOf names the campaign of a gift by its unit and id.
func (c *Compiled) campaignOf(e entry, v values) string {
	ref, err := ledger.ParseRef(v("campaign"))
	if err != nil {
		return unsaid
	}
	if ref.Unit == "" {
		ref.Unit = e.ref.Unit
	}
	if r := c.tally.records[ref]; r == nil || r.Kind != form.KindCampaign {
		return unsaid
	}
	return string(ref.Unit) + ":" + ref.Record.String()
}

// campaign is what a part of the gifts is called, and who gave it.
func (c *Compiled) campaign(part string) (name, donor string) {
	unit, id, _ := strings.Cut(strings.TrimPrefix(part, "@"), ":")
	record, err := ledger.ParseRecordID(id)
	if r := c.tally.records[ledger.Ref{Unit: ledger.UnitID(unit), Record: record}]; err == nil && r != nil {
		return strings.TrimSpace(r.Text("name")), strings.TrimSpace(r.Text("donor"))
	}
	return "Không thuộc đợt nào", ""
}
