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
	{Value: ClassComplaint, Label: "Khiếu nại"},
	{Value: ClassDenunciation, Label: "Tố cáo"},
	{Value: ClassProposal, Label: "Kiến nghị"},
	{Value: ClassFeedback, Label: "Phản ánh"},
}

var reception = Form{
	Kind: KindReception, Label: "Lượt tiếp công dân", Plural: "Sổ tiếp công dân",
	DateField: "date", NameField: "citizenName", PersonName: true,
	Fields: []Field{
		{Name: "date", Label: "Ngày tiếp", Type: TypeDate, Required: true, Default: Today},
		{Name: "type", Label: "Hình thức tiếp", Type: TypeChoice, Required: true, Filter: true, Default: ledger.Text(ReceptionRegular), Options: []Option{
			{Value: ReceptionRegular, Label: "Thường xuyên"},
			{Value: ReceptionLeader, Label: "Lãnh đạo tiếp"},
		}},
		{Name: "citizenName", Label: "Họ tên công dân", Help: "Đoàn đông người: ghi người đại diện.", Type: TypeText, Required: true, Personal: true, Search: true, MaxLength: 120},
		{Name: "citizenAddress", Label: "Địa chỉ", Type: TypeText, Personal: true, Search: true, MaxLength: 300},
		{Name: "citizenPhone", Label: "Số điện thoại", Type: TypePhone, Personal: true, Search: true},
		{Name: "citizenId", Label: "Số căn cước", Type: TypeNationalID, Personal: true, Sensitive: true, Search: true},
		{Name: "content", Label: "Nội dung", Type: TypeLongText, Required: true, Personal: true, Sensitive: true, Search: true, MaxLength: 4000, Rows: 5},
		{Name: "class", Label: "Loại", Type: TypeChoice, Required: true, Filter: true, Help: "Nội dung tố cáo được giữ kín: chỉ người ghi và cán bộ xã xem được.", Options: classes},
		{Name: "groupSize", Label: "Số người cùng nội dung", Type: TypeInteger, Min: 1, Max: 10000, Default: ledger.Int(1), Suffix: "người"},
		{Name: "visit", Label: "Lần tiếp", Type: TypeChoice, Default: ledger.Text("first"), Options: []Option{
			{Value: "first", Label: "Lần đầu"},
			{Value: "repeat", Label: "Đã tiếp trước đó"},
		}},
		{Name: "settledBy", Label: "Cơ quan đã giải quyết", Type: TypeText, MaxLength: 200},
		{Name: "inCompetence", Label: "Thuộc thẩm quyền", Type: TypeBoolean},
		{Name: "guidedTo", Label: "Hướng dẫn, chuyển đến", Type: TypeText, MaxLength: 200},
		{Name: "handledBy", Label: "Cơ quan thụ lý", Type: TypeText, MaxLength: 200},
		{Name: "outcome", Label: "Theo dõi kết quả", Type: TypeLongText, Personal: true, MaxLength: 2000, Rows: 3},
		{Name: "petition", Label: "Đơn kèm theo", Type: TypeReference, References: []ledger.Kind{KindPetition}},
		{Name: "note", Label: "Ghi chú", Type: TypeLongText, Personal: true, MaxLength: 2000, Rows: 3},
	},
	Sections: []Section{
		{Title: "Lượt tiếp", Fields: []string{"date", "type", "citizenName", "citizenAddress", "class", "content"}},
		{Title: "Thêm (không bắt buộc)", Folded: true, Fields: []string{
			"citizenPhone", "citizenId", "groupSize", "visit", "petition", "inCompetence", "settledBy", "guidedTo", "handledBy", "outcome", "note",
		}},
	},
	same: []sameKey{
		{"id", "same-id", 85, []part{digits("citizenId"), text("date")}},
		{"phone", "same-phone", 75, []part{telephone("citizenPhone"), text("date")}},
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
