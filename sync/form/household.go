package form

import "github.com/sothon/sothon/sync/ledger"

// KindHousehold is a family as the village lists it (hộ).
const KindHousehold ledger.Kind = "household"

// Categories of a household or of who received a gift.
const (
	CategoryPoor     = "poor"
	CategoryNearPoor = "nearPoor"
	CategorySocial   = "social"
	CategoryMerit    = "merit"
	CategoryOther    = "other"
)

var categories = []Option{
	{Value: CategoryPoor, Label: "Hộ nghèo"},
	{Value: CategoryNearPoor, Label: "Hộ cận nghèo"},
	{Value: CategorySocial, Label: "Bảo trợ xã hội"},
	{Value: CategoryMerit, Label: "Người có công"},
	{Value: CategoryOther, Label: "Khác"},
}

// Poverty standards, by the years for which each holds.
const (
	Standard2022 = "2022-2025"
	Standard2026 = "2026-2030"
)

var household = Form{
	Kind: KindHousehold, Label: "Hộ", Plural: "Danh sách hộ",
	NameField: "headName", PersonName: true,
	Fields: []Field{
		{Name: "code", Label: "Mã hộ", Type: TypeText, Search: true, MaxLength: 32},
		{Name: "headName", Label: "Họ tên chủ hộ", Type: TypeText, Required: true, Personal: true, Search: true, MaxLength: 120},
		{Name: "category", Label: "Diện", Help: "Diện đang được hưởng; ghi diện chính nếu có nhiều.", Type: TypeChoice, Required: true, Filter: true, Options: categories},
		{Name: "povertyStandard", Label: "Chuẩn nghèo áp dụng", Help: "Chỉ ghi cho hộ nghèo, hộ cận nghèo.", Type: TypeChoice, Filter: true, When: when("category", CategoryPoor, CategoryNearPoor), Options: []Option{
			{Value: Standard2022, Label: "Giai đoạn 2022–2025", From: "2022-01-01", To: "2025-12-31"},
			{Value: Standard2026, Label: "Giai đoạn 2026–2030", From: "2026-01-01", To: "2030-12-31"},
		}},
		{Name: "categoryFrom", Label: "Thuộc diện từ ngày", Type: TypeDate, Future: true},
		{Name: "categoryTo", Label: "Thuộc diện đến ngày", Type: TypeDate, Future: true},
		{Name: "phone", Label: "Số điện thoại", Type: TypePhone, Personal: true, Search: true},
		{Name: "nationalId", Label: "Số căn cước của chủ hộ", Type: TypeNationalID, Personal: true, Sensitive: true, Search: true},
		{Name: "members", Label: "Thành viên", Type: TypeList, Personal: true, MaxItems: 30, Items: []Field{
			{Name: "name", Label: "Họ tên", Type: TypeText, Required: true, MaxLength: 120},
			{Name: "birthYear", Label: "Năm sinh", Type: TypeInteger, Min: 1900, Max: 2100},
			{Name: "relation", Label: "Quan hệ với chủ hộ", Type: TypeText, MaxLength: 60},
		}},
		{Name: "movedFrom", Label: "Chuyển đến từ hộ", Help: "Hộ này trong sổ của thôn cũ.", Type: TypeReference, References: []ledger.Kind{KindHousehold}},
		{Name: "leftOn", Label: "Không còn ở thôn từ ngày", Type: TypeDate, Future: true},
		{Name: "leftFor", Label: "Chuyển đi đâu, lý do", Help: "Ví dụ: chuyển sang Thôn mẫu 2; đã mất.", Type: TypeText, Personal: true, MaxLength: 200},
	},
	Sections: []Section{
		{Title: "Hộ", Fields: []string{"headName", "code"}},
		{Title: "Diện", Fields: []string{"category", "povertyStandard", "categoryFrom", "categoryTo"}},
		{Title: "Liên hệ", Fields: []string{"phone", "nationalId"}},
		{Title: "Thành viên", Fields: []string{"members"}},
		{Title: "Chuyển đến, chuyển đi", Fields: []string{"movedFrom", "leftOn", "leftFor"}, Folded: true},
	},
	Rules: []Rule{inOrder("categoryFrom", "categoryTo"), needs("leftFor", nil, "leftOn")},
	same: []sameKey{
		{"id", "same-id", 95, []part{digits("nationalId")}},
		{"phone", "same-phone", 60, []part{telephone("phone")}},
		{"name", "same-name", 40, []part{nameTokens("headName")}},
	},
	signs: []sign{
		{reason: "same-spelling", of: spelling("headName"), agree: 10, differ: -15},
		{reason: "same-code", of: folded("code"), agree: 30},
		{reason: "same-id", of: citizenNumber("nationalId"), agree: 40, differ: -100},
		{reason: "same-phone", of: telephone("phone"), agree: 20},
	},
}
