package form

import "github.com/sothon/sothon/sync/ledger"

// KindGift is what one household or person received (suất quà).
const KindGift ledger.Kind = "gift"

var gift = Form{
	Kind: KindGift, Label: "Suất quà", Plural: "Danh sách suất quà",
	DateField: "date", NameField: "recipientName", PersonName: true,
	Fields: []Field{
		{Name: "campaign", Label: "Đợt tặng quà", Type: TypeReference, Filter: true, References: []ledger.Kind{KindCampaign}},
		{Name: "household", Label: "Hộ nhận", Type: TypeReference, References: []ledger.Kind{KindHousehold}},
		{Name: "recipientName", Label: "Họ tên người nhận", Help: "Ghi khi người nhận không thuộc hộ nào trong danh sách, hoặc nhận thay.", Type: TypeText, Personal: true, Search: true, MaxLength: 120},
		{Name: "category", Label: "Diện", Type: TypeChoice, Filter: true, Options: categories},
		{Name: "date", Label: "Ngày trao", Type: TypeDate, Required: true, Default: Today},
		{Name: "quantity", Label: "Số suất", Type: TypeInteger, Required: true, Min: 1, Max: 1000, Default: ledger.Int(1), Suffix: "suất"},
		{Name: "valueVnd", Label: "Tổng trị giá (đồng)", Help: "Trị giá của tất cả các suất trong lần trao này.", Type: TypeMoney, Max: maxMoney, Suffix: "đồng"},
		{Name: "items", Label: "Tiền, hiện vật gồm có", Type: TypeLongText, Search: true, MaxLength: 1000, Rows: 3},
		{Name: "signedFor", Label: "Đã ký nhận", Type: TypeBoolean, Filter: true},
		photos("Ảnh trao quà"),
	},
	Sections: []Section{
		{Title: "Người nhận", Fields: []string{"campaign", "household", "recipientName", "category"}},
		{Title: "Quà", Fields: []string{"date", "quantity", "valueVnd", "items", "signedFor"}},
		{Title: "Ảnh", Fields: []string{"photos"}},
	},
	Rules: []Rule{anyOf("household", "recipientName")},
	same: []sameKey{
		{"hc", "same-campaign-household", 85, []part{reference("campaign"), reference("household")}},
		{"nc", "same-campaign-name", 75, []part{reference("campaign"), nameTokens("recipientName"), text("date")}},
		{"hd", "same-household-day", 70, []part{reference("household"), text("date")}},
		{"nd", "same-name-day", 60, []part{nameTokens("recipientName"), text("date")}},
	},
	signs: []sign{
		{of: reference("campaign"), differ: -100},
		{reason: "same-day", of: text("date"), agree: 5, differ: -25},
		{reason: "same-spelling", of: spelling("recipientName"), agree: 5, differ: -15},
		{reason: "same-value", of: number("valueVnd"), agree: 5, differ: -10},
		{of: number("quantity"), differ: -5},
	},
}

// GiftPair returns the campaign and the household that a gift will name after
// an op; ok is false unless it names both. Either argument may be nil.
func GiftPair(op *ledger.Op, before *ledger.Record) (campaign, household ledger.Ref, ok bool) {
	named := func(field string) (ledger.Ref, bool) {
		v, _ := (&edited{before: before}).Value(field)
		if op != nil && op.Action == ledger.ActionEdit {
			v, _ = (&edited{before: before, op: op}).Value(field)
		}
		if op != nil && op.Action == ledger.ActionResolve && op.Field == field {
			v = op.Value
		}
		ref, err := ledger.ParseRef(v)
		return ref, err == nil
	}
	campaign, ok1 := named("campaign")
	household, ok2 := named("household")
	return campaign, household, ok1 && ok2
}

// GiftID is the id that a gift of a one-per-household campaign has in a
// unit's ledger, so that two phones which record it without a signal meet in
// one record.
//
// It is the UUID version 5 (RFC 9562) in the project's namespace
// d2f3277c-b17a-5be4-b58e-b12d60519416 of these five parts joined by "/":
//
//	UNIT/gift/CAMPAIGN-UNIT/CAMPAIGN/HOUSEHOLD-UNIT/HOUSEHOLD
//
// where UNIT is the unit in whose ledger the gift is written, CAMPAIGN-UNIT
// and HOUSEHOLD-UNIT are the units of the references, or UNIT where a
// reference names none, and CAMPAIGN and HOUSEHOLD are the records' ids in
// lower case. As bytes, UTF-8 without a terminator.
func GiftID(unit ledger.UnitID, campaign, household ledger.Ref) ledger.RecordID {
	in := func(r ledger.Ref) string {
		if r.Unit == "" {
			return string(unit)
		}
		return string(r.Unit)
	}
	return ledger.NameID(string(unit), "gift", in(campaign), campaign.Record.String(), in(household), household.Record.String())
}
