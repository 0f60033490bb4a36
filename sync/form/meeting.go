package form

import "github.com/sothon/sothon/sync/ledger"

// KindMeeting is a deputy meeting the voters (đợt tiếp xúc cử tri).
const KindMeeting ledger.Kind = "meeting"

// Levels of a meeting: of which body the deputies are.
const (
	LevelCommune  = "commune"
	LevelDistrict = "district" // until 30 June 2025; since then there is none
	LevelProvince = "province"
	LevelNational = "national"
)

var meeting = Form{
	Kind: KindMeeting, Label: "Đợt tiếp xúc cử tri", Plural: "Danh sách đợt tiếp xúc cử tri",
	DateField: "date", NameField: "place",
	Fields: []Field{
		{Name: "date", Label: "Ngày tiếp xúc", Type: TypeDate, Required: true, Default: Today},
		// By tier: a commune may be a phường, a district a thị xã, a province a thành phố.
		{Name: "level", Label: "Cấp đại biểu", Help: "Cấp huyện chỉ có đến ngày 30/6/2025.", Type: TypeChoice, Required: true, Filter: true, Options: []Option{
			{Value: LevelCommune, Label: "Hội đồng nhân dân cấp xã"},
			{Value: LevelDistrict, Label: "Hội đồng nhân dân cấp huyện", To: "2025-06-30"},
			{Value: LevelProvince, Label: "Hội đồng nhân dân cấp tỉnh"},
			{Value: LevelNational, Label: "Quốc hội"},
		}},
		{Name: "place", Label: "Nơi tiếp xúc", Type: TypeText, Required: true, Search: true, MaxLength: 200},
		{Name: "attendance", Label: "Số lượt cử tri", Type: TypeInteger, Max: 100_000, Suffix: "lượt"},
		{Name: "opinions", Label: "Số ý kiến", Type: TypeInteger, Max: 100_000, Suffix: "ý kiến"},
		{Name: "opinionsApprox", Label: "Số ý kiến là ước chừng", Help: "Báo cáo sẽ ghi “khoảng”.", Type: TypeBoolean},
		{Name: "summaries", Label: "Tóm tắt ý kiến", Type: TypeLongText, Personal: true, Search: true, MaxLength: 8000, Rows: 6},
	},
	Sections: []Section{
		{Title: "Cuộc tiếp xúc", Fields: []string{"date", "level", "place", "attendance"}},
		{Title: "Ý kiến cử tri", Fields: []string{"opinions", "opinionsApprox", "summaries"}},
	},
	same: []sameKey{
		{"place", "same-day-place", 85, []part{text("date"), text("level"), folded("place")}},
	},
	signs: []sign{
		{reason: "same-attendance", of: number("attendance"), agree: 10, differ: -10},
		{reason: "same-opinions", of: number("opinions"), agree: 5, differ: -5},
	},
}
