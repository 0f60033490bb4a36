package form

import "github.com/sothon/sothon/sync/ledger"

// KindCampaign is one round of giving or collecting (đợt tặng quà, đợt vận
// động). Campaigns live in the commune's ledger; villages read them.
const KindCampaign ledger.Kind = "campaign"

var campaign = Form{
	Kind: KindCampaign, Label: "Đợt tặng quà, vận động", Plural: "Danh sách đợt tặng quà, vận động",
	DateField: "from", NameField: "name",
	Fields: []Field{
		{Name: "name", Label: "Tên đợt", Type: TypeText, Required: true, Search: true, MaxLength: 200},
		{Name: "donor", Label: "Nguồn", Help: "Đơn vị, cá nhân ủng hộ.", Type: TypeText, Search: true, MaxLength: 200},
		{Name: "from", Label: "Từ ngày", Type: TypeDate, Required: true, Future: true},
		{Name: "to", Label: "Đến ngày", Type: TypeDate, Future: true},
		{Name: "onePerHousehold", Label: "Mỗi hộ chỉ nhận một lần", Type: TypeBoolean},
	},
	Rules: []Rule{inOrder("from", "to")},
	same: []sameKey{
		{"name", "same-name", 80, []part{folded("name"), year("from")}},
	},
	signs: []sign{
		{reason: "same-day", of: text("from"), agree: 10, differ: -30},
		{reason: "same-donor", of: folded("donor"), agree: 5, differ: -15},
	},
}
