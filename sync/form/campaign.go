package form

import "github.com/sothon/sothon/sync/ledger"

// Purposes of a campaign.
const (
	CampaignGive    = "give"
	CampaignCollect = "collect"
)

// KindCampaign is one round of giving or collecting (đợt tặng quà, đợt vận
// động). Campaigns live in the commune's ledger; villages read them.
const KindCampaign ledger.Kind = "campaign"

var campaign = Form{
	Kind: KindCampaign, Label: "Đợt tặng quà, vận động", Plural: "Danh sách đợt tặng quà, vận động",
	DateField: "from", NameField: "name",
	Fields: []Field{
		{Name: "name", Label: "Tên đợt", Type: TypeText, Required: true, Search: true, MaxLength: 200},
		{Name: "organisation", Label: "Đơn vị ủng hộ", Help: "Cơ quan, doanh nghiệp, hội; báo cáo có ghi tên.", Type: TypeText, Search: true, MaxLength: 200},
		{Name: "donor", Label: "Cá nhân ủng hộ", Help: "Báo cáo không ghi tên.", Type: TypeText, Personal: true, Search: true, MaxLength: 200},
		{Name: "purpose", Label: "Tặng quà hay vận động", Type: TypeChoice, Filter: true, Default: ledger.Text(CampaignGive), Options: []Option{
			{Value: CampaignGive, Label: "Tặng quà"},
			{Value: CampaignCollect, Label: "Vận động ủng hộ"},
		}},
		{Name: "from", Label: "Từ ngày", Type: TypeDate, Required: true, Future: true, Default: Today},
		{Name: "to", Label: "Đến ngày", Type: TypeDate, Future: true},
		{Name: "onePerHousehold", Label: "Mỗi hộ chỉ nhận một lần", Type: TypeBoolean},
		{Name: "giftQuantity", Label: "Số suất mỗi hộ", Help: "Điền sẵn khi ghi suất quà của đợt này.", Type: TypeInteger, Min: 1, Max: 1000, Default: ledger.Int(1), Suffix: "suất"},
		{Name: "giftValueVnd", Label: "Trị giá mỗi suất (đồng)", Help: "Điền sẵn khi ghi suất quà của đợt này.", Type: TypeMoney, Max: maxMoney, Suffix: "đồng"},
		{Name: "giftItems", Label: "Mỗi suất gồm có", Help: "Điền sẵn khi ghi suất quà của đợt này.", Type: TypeLongText, MaxLength: 1000, Rows: 3},
		{Name: "categories", Label: "Diện được nhận", Help: "Không chọn diện nào: mọi hộ.", Type: TypeChoices, Options: categories},
		{Name: "quotas", Label: "Chỉ tiêu từng thôn", Type: TypeList, MaxItems: 100, Items: []Field{
			{Name: "unit", Label: "Thôn", Type: TypeUnit, Required: true},
			{Name: "quantity", Label: "Số suất", Type: TypeInteger, Required: true, Max: 100_000, Suffix: "suất"},
		}},
	},
	Sections: []Section{
		{Title: "Đợt", Fields: []string{"name", "purpose", "organisation", "donor", "from", "to"}},
		{Title: "Mỗi hộ nhận", Fields: []string{"onePerHousehold", "giftQuantity", "giftValueVnd", "giftItems"}, When: when("purpose", CampaignGive)},
		{Title: "Đối tượng, chỉ tiêu", Fields: []string{"categories", "quotas"}, When: when("purpose", CampaignGive)},
	},
	Check: checkQuotas,
	Rules: []Rule{inOrder("from", "to")},
	same: []sameKey{
		{"name", "same-name", 80, []part{folded("name"), year("from")}},
	},
	signs: []sign{
		{reason: "same-day", of: text("from"), agree: 10, differ: -30},
		{reason: "same-donor", of: folded("organisation"), agree: 5, differ: -15},
		{reason: "same-donor", of: folded("donor"), agree: 5, differ: -15},
	},
}

// checkQuotas wants each unit to have one quota.
func checkQuotas(v *edited) ledger.Fault {
	list, _ := v.Value("quotas")
	seen := map[string]bool{}
	for quota := range list.Elements() {
		unit := memberText(quota, "unit")
		if seen[unit] {
			return ledger.Fault{Code: FaultRepeated, Field: "quotas"}
		}
		seen[unit] = true
	}
	return ledger.Fault{}
}

// Quotas returns how much each unit is to hand out in a campaign.
func Quotas(campaign *ledger.Record) map[ledger.UnitID]int64 {
	quotas := map[ledger.UnitID]int64{}
	list, _ := campaign.Current("quotas")
	for quota := range list.Elements() {
		v, _ := quota.Get("quantity")
		n, _ := v.Int()
		quotas[ledger.UnitID(memberText(quota, "unit"))] += n
	}
	return quotas
}

// Categories returns the categories that a campaign is for: none stands for all.
func Categories(campaign *ledger.Record) []string {
	var list []string
	values, _ := campaign.Current("categories")
	for v := range values.Elements() {
		if s, ok := v.Text(); ok {
			list = append(list, s)
		}
	}
	return list
}
