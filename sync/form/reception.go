package form

import "github.com/sothon/sothon/sync/ledger"

// KindReception is a citizen heard by an official (lượt tiếp công dân). Its
// fields are the columns of the register Mẫu 03/TCD; the running number is
// given when the register is printed.
const KindReception ledger.Kind = "reception"

// Who received the citizen.
const (
	ReceptionRegular = "regular"
	ReceptionLeader  = "leader"
)

// Classes of a citizen's matter, of receptions and petitions.
const (
	ClassComplaint    = "complaint"
	ClassDenunciation = "denunciation" // confidential: see [Confidential]
	ClassProposal     = "proposal"
	ClassFeedback     = "feedback"
)

var classes = []Option{
	{ClassComplaint, "Khiếu nại"},
	{ClassDenunciation, "Tố cáo"},
	{ClassProposal, "Kiến nghị"},
	{ClassFeedback, "Phản ánh"},
}

var reception = Form{
	Kind: KindReception, Label: "Lượt tiếp công dân", Plural: "Sổ tiếp công dân",
	DateField: "date", NameField: "citizenName", PersonName: true,
	Fields: []Field{
		{Name: "date", Label: "Ngày tiếp", Type: TypeDate, Required: true},
		{Name: "type", Label: "Hình thức tiếp", Type: TypeChoice, Required: true, Options: []Option{
			{ReceptionRegular, "Thường xuyên"},
			{ReceptionLeader, "Lãnh đạo tiếp"},
		}},
		{Name: "citizenName", Label: "Họ tên công dân", Help: "Đoàn đông người: ghi người đại diện.", Type: TypeText, Required: true, Personal: true, Search: true, MaxLength: 120},
		{Name: "citizenAddress", Label: "Địa chỉ", Type: TypeText, Personal: true, Search: true, MaxLength: 300},
		{Name: "citizenPhone", Label: "Số điện thoại", Type: TypePhone, Personal: true, Search: true},
		{Name: "citizenId", Label: "Số căn cước", Type: TypeNationalID, Personal: true, Sensitive: true, Search: true},
		{Name: "content", Label: "Nội dung", Type: TypeLongText, Required: true, Personal: true, Sensitive: true, Search: true, MaxLength: 4000},
		{Name: "class", Label: "Loại", Type: TypeChoice, Required: true, Options: classes},
		{Name: "groupSize", Label: "Số người cùng nội dung", Type: TypeInteger, Min: 1, Max: 10000},
		{Name: "visit", Label: "Lần tiếp", Type: TypeChoice, Options: []Option{
			{"first", "Lần đầu"},
			{"repeat", "Đã tiếp trước đó"},
		}},
		{Name: "settledBy", Label: "Cơ quan đã giải quyết", Type: TypeText, MaxLength: 200},
		{Name: "inCompetence", Label: "Thuộc thẩm quyền", Type: TypeBoolean},
		{Name: "guidedTo", Label: "Hướng dẫn, chuyển đến", Type: TypeText, MaxLength: 200},
		{Name: "handledBy", Label: "Cơ quan thụ lý", Type: TypeText, MaxLength: 200},
		{Name: "outcome", Label: "Theo dõi kết quả", Type: TypeLongText, Personal: true, MaxLength: 2000},
		{Name: "petition", Label: "Đơn kèm theo", Type: TypeReference, References: []ledger.Kind{KindPetition}},
		{Name: "note", Label: "Ghi chú", Type: TypeLongText, Personal: true, MaxLength: 2000},
	},
	same: []sameKey{
		{"id", "same-id", 85, []part{digits("citizenId"), text("date")}},
		{"phone", "same-phone", 75, []part{digits("citizenPhone"), text("date")}},
		{"name", "same-name-day", 65, []part{nameTokens("citizenName"), text("date")}},
	},
	signs: []sign{
		{reason: "same-spelling", of: spelling("citizenName"), agree: 5, differ: -15},
		{reason: "same-id", of: citizenNumber("citizenId"), agree: 10, differ: -100},
		{reason: "same-class", of: text("class"), agree: 5, differ: -20},
		{of: text("type"), differ: -20},
		{reason: "same-content", of: folded("content"), agree: 10},
	},
}
