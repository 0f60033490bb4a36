package form

import "github.com/sothon/sothon/sync/ledger"

// KindActivity is what the Front or the village did beside gifts, houses and
// meetings with voters (hoạt động).
const KindActivity ledger.Kind = "activity"

// Types of an activity.
const (
	ActivityPropaganda  = "propaganda"
	ActivitySupervision = "supervision"
	ActivityCriticism   = "criticism"
	ActivityMediation   = "mediation"
	ActivityMovement    = "movement"
	ActivityMeeting     = "meeting"
	ActivityComment     = "comment"
	ActivityElection    = "election"
	ActivityOther       = "other"
)

// The name and the result of an activity are personal: those of a mediation
// may say who quarrelled.
var activity = Form{
	Kind: KindActivity, Label: "Hoạt động", Plural: "Danh sách hoạt động",
	DateField: "date", NameField: "name",
	Fields: []Field{
		{Name: "type", Label: "Loại hoạt động", Type: TypeChoice, Required: true, Filter: true, Options: []Option{
			{Value: ActivityPropaganda, Label: "Tuyên truyền, vận động"},
			{Value: ActivitySupervision, Label: "Giám sát"},
			{Value: ActivityCriticism, Label: "Phản biện xã hội"},
			{Value: ActivityMediation, Label: "Hòa giải"},
			{Value: ActivityMovement, Label: "Phong trào thi đua yêu nước"},
			{Value: ActivityMeeting, Label: "Dự họp"},
			{Value: ActivityComment, Label: "Góp ý văn bản"},
			{Value: ActivityElection, Label: "Bầu cử"},
			{Value: ActivityOther, Label: "Hoạt động khác"},
		}},
		{Name: "date", Label: "Ngày", Type: TypeDate, Required: true, Default: Today},
		{Name: "name", Label: "Tên hoạt động", Help: "Ví dụ: Tuyên truyền ngày hội đại đoàn kết.", Type: TypeText, Required: true, Personal: true, Search: true, MaxLength: 200},
		{Name: "place", Label: "Nơi tổ chức", Type: TypeText, Search: true, MaxLength: 200},
		{Name: "coOrganiser", Label: "Đơn vị phối hợp", Type: TypeText, Search: true, MaxLength: 200},
		{Name: "reached", Label: "Số người tham gia", Help: "Số người dự, hoặc số người được tuyên truyền.", Type: TypeInteger, Max: 100_000, Suffix: "người"},
		{Name: "result", Label: "Nội dung, kết quả", Type: TypeLongText, Personal: true, Search: true, MaxLength: 4000, Rows: 5},
		photos("Ảnh hoạt động"),
	},
	Sections: []Section{
		{Title: "Hoạt động", Fields: []string{"date", "type", "name", "place", "coOrganiser", "reached", "result"}},
		{Title: "Ảnh", Fields: []string{"photos"}},
	},
	same: []sameKey{
		{"name", "same-name-day", 75, []part{text("date"), text("type"), folded("name")}},
		{"place", "same-type-day-place", 45, []part{text("date"), text("type"), folded("place")}},
	},
	signs: []sign{
		{reason: "same-reached", of: number("reached"), agree: 10, differ: -10},
		{reason: "same-content", of: folded("result"), agree: 10},
	},
}
