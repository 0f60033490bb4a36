package form

import "github.com/sothon/sothon/sync/ledger"

// KindPetition is a letter that asks for a decision (đơn).
const KindPetition ledger.Kind = "petition"

// Steps of a petition.
const (
	PetitionReceived    = "received"
	PetitionAccepted    = "accepted"
	PetitionDeclined    = "declined"
	PetitionTransferred = "transferred"
	PetitionGuided      = "guided"
	PetitionWithdrawn   = "withdrawn"
	PetitionSuspended   = "suspended"
	PetitionResumed     = "resumed"
	PetitionStopped     = "stopped"
	PetitionResolved    = "resolved"
)

// staff are the writers of what the commune alone decides.
var staff = []ledger.Role{RoleReviewer}

// The terms that the flags lead to, counted from acceptedOn: complaints 30
// days, 45 when complex, in remote areas 45 and 60; the second time 45 and
// 60, remote 60 and 70; denunciations 30, and 30 more with each extension.
// The clock does not run during a suspension.
var petition = Form{
	Kind: KindPetition, Label: "Đơn", Plural: "Sổ theo dõi đơn",
	DateField: "receivedOn",
	Dates:     []string{"receivedOn", "declinedOn", "transferredOn", "guidedOn", "withdrawnOn", "stoppedOn", "resolvedOn"},
	NameField: "citizenName", PersonName: true,
	Fields: []Field{
		{Name: "receivedOn", Label: "Ngày nhận", Type: TypeDate, Required: true, Default: Today},
		{Name: "citizenName", Label: "Họ tên người gửi", Help: "Để trống nếu đơn không ghi tên.", Type: TypeText, Personal: true, Search: true, MaxLength: 120},
		{Name: "citizenAddress", Label: "Địa chỉ", Type: TypeText, Personal: true, Search: true, MaxLength: 300},
		{Name: "citizenPhone", Label: "Số điện thoại", Type: TypePhone, Personal: true, Search: true},
		{Name: "citizenId", Label: "Số căn cước", Type: TypeNationalID, Personal: true, Sensitive: true, Search: true},
		{Name: "class", Label: "Loại đơn", Type: TypeChoice, Required: true, Filter: true, Help: "Nội dung tố cáo được giữ kín: chỉ người ghi và cán bộ xã xem được.", Options: classes},
		{Name: "content", Label: "Nội dung", Type: TypeLongText, Required: true, Personal: true, Sensitive: true, Search: true, MaxLength: 4000, Rows: 5},
		{Name: "instance", Label: "Lần giải quyết", Help: "Chỉ ghi cho đơn khiếu nại.", Type: TypeChoice, When: when("class", ClassComplaint), Options: []Option{
			{Value: "first", Label: "Lần đầu"},
			{Value: "second", Label: "Lần hai"},
		}},
		{Name: "complex", Label: "Vụ việc phức tạp", Type: TypeBoolean, Writers: staff},
		{Name: "remote", Label: "Vùng sâu, vùng xa, đi lại khó khăn", Type: TypeBoolean, Writers: staff},
		{Name: "extensions", Label: "Số lần gia hạn", Help: "Chỉ ghi cho đơn tố cáo; mỗi lần không quá 30 ngày.", Type: TypeInteger, Max: 2, Writers: staff, Suffix: "lần", When: when("class", ClassDenunciation)},
		{Name: "deadline", Label: "Hạn giải quyết", Help: "Chỉ ghi khi hạn khác với hạn máy chủ tính. Tạm đình chỉ không làm dời hạn này; khi tiếp tục giải quyết, ghi lại hạn mới.", Type: TypeDate, Future: true, Writers: staff},
		{Name: "status", Label: "Tình trạng xử lý", Type: TypeChoice, Required: true, Filter: true, Default: ledger.Text(PetitionReceived), Options: []Option{
			{Value: PetitionReceived, Label: "Tiếp nhận"},
			{Value: PetitionAccepted, Label: "Thụ lý"},
			{Value: PetitionDeclined, Label: "Không thụ lý"},
			{Value: PetitionTransferred, Label: "Chuyển đơn"},
			{Value: PetitionGuided, Label: "Hướng dẫn"},
			{Value: PetitionWithdrawn, Label: "Người gửi rút đơn"},
			{Value: PetitionSuspended, Label: "Tạm đình chỉ"},
			{Value: PetitionResumed, Label: "Tiếp tục giải quyết"},
			{Value: PetitionStopped, Label: "Đình chỉ"},
			{Value: PetitionResolved, Label: "Đã giải quyết"},
		}},
		{Name: "acceptedOn", Label: "Ngày thụ lý", Type: TypeDate, When: when("status", PetitionAccepted, PetitionSuspended, PetitionResumed, PetitionStopped, PetitionResolved)},
		{Name: "declinedOn", Label: "Ngày trả lời không thụ lý", Type: TypeDate, When: when("status", PetitionDeclined)},
		{Name: "transferredOn", Label: "Ngày chuyển đơn", Type: TypeDate, When: when("status", PetitionTransferred)},
		{Name: "transferredTo", Label: "Nơi nhận đơn chuyển", Type: TypeText, MaxLength: 200, When: when("status", PetitionTransferred)},
		{Name: "guidedOn", Label: "Ngày hướng dẫn", Type: TypeDate, When: when("status", PetitionGuided)},
		{Name: "guidedTo", Label: "Hướng dẫn đến", Type: TypeText, MaxLength: 200, When: when("status", PetitionGuided)},
		{Name: "withdrawnOn", Label: "Ngày rút đơn", Type: TypeDate, When: when("status", PetitionWithdrawn)},
		{Name: "suspensions", Label: "Các lần tạm đình chỉ", Type: TypeList, MaxItems: 10, When: when("status", PetitionSuspended, PetitionResumed), Items: []Field{
			{Name: "from", Label: "Từ ngày", Type: TypeDate, Required: true},
			{Name: "to", Label: "Tiếp tục từ ngày", Type: TypeDate},
		}},
		{Name: "stoppedOn", Label: "Ngày đình chỉ", Type: TypeDate, When: when("status", PetitionStopped)},
		{Name: "resolvedOn", Label: "Ngày giải quyết xong", Type: TypeDate, When: when("status", PetitionResolved)},
		{Name: "result", Label: "Kết quả giải quyết", Type: TypeLongText, Personal: true, MaxLength: 2000, Rows: 3},
		{Name: "note", Label: "Ghi chú", Type: TypeLongText, Personal: true, MaxLength: 2000, Rows: 3},
		photos("Ảnh chụp đơn"),
	},
	Sections: []Section{
		{Title: "Đơn", Fields: []string{"receivedOn", "citizenName", "class", "content", "photos"}},
		{Title: "Người gửi", Fields: []string{"citizenAddress", "citizenPhone", "citizenId"}, Folded: true},
		{Title: "Đơn này đã đến bước nào?", Fields: []string{
			"status", "acceptedOn", "declinedOn", "transferredOn", "transferredTo", "guidedOn", "guidedTo", "withdrawnOn",
			"suspensions", "stoppedOn", "resolvedOn", "result",
		}},
		{Title: "Thời hạn", Fields: []string{"instance", "complex", "remote", "extensions", "deadline"}, Folded: true},
		{Title: "Ghi chú", Fields: []string{"note"}, Folded: true},
	},
	Rules: []Rule{
		needs("status", []string{PetitionAccepted}, "acceptedOn"),
		needs("status", []string{PetitionDeclined}, "declinedOn"),
		needs("status", []string{PetitionTransferred}, "transferredOn"),
		needs("status", []string{PetitionGuided}, "guidedOn"),
		needs("status", []string{PetitionWithdrawn}, "withdrawnOn"),
		needs("status", []string{PetitionSuspended, PetitionResumed}, "suspensions"),
		needs("status", []string{PetitionStopped}, "stoppedOn"),
		needs("status", []string{PetitionResolved}, "resolvedOn"),
		inOrder("receivedOn", "acceptedOn"),
		inOrder("receivedOn", "declinedOn"),
		inOrder("receivedOn", "transferredOn"),
		inOrder("receivedOn", "guidedOn"),
		inOrder("receivedOn", "withdrawnOn"),
		inOrder("receivedOn", "stoppedOn"),
		inOrder("receivedOn", "resolvedOn"),
		inOrder("acceptedOn", "resolvedOn"),
		inOrder("receivedOn", "deadline"),
	},
	Check: checkSuspensions,
	same: []sameKey{
		{"id", "same-id", 80, []part{digits("citizenId"), text("class"), text("receivedOn")}},
		{"name", "same-name-day", 65, []part{nameTokens("citizenName"), text("class"), text("receivedOn")}},
		{"content", "same-content", 50, []part{folded("content"), text("class")}},
	},
	signs: []sign{
		{reason: "same-spelling", of: spelling("citizenName"), agree: 5, differ: -15},
		{reason: "same-id", of: citizenNumber("citizenId"), agree: 10, differ: -100},
		{reason: "same-content", of: folded("content"), agree: 10},
		{reason: "same-day", of: text("receivedOn"), agree: 5, differ: -10},
	},
}

// checkSuspensions checks that suspensions follow one another, none before
// the petition was received, only the last of them open, and that one exactly
// while the status says so.
func checkSuspensions(v *edited) ledger.Fault {
	list, ok := v.Value("suspensions")
	if !ok || list.Erased() {
		return ledger.Fault{}
	}
	last, open := v.Text("receivedOn"), false
	for item := range list.Elements() {
		from, to := memberText(item, "from"), memberText(item, "to")
		if open || from < last || to != "" && to < from {
			return ledger.Fault{Code: FaultOrder, Field: "suspensions"}
		}
		last, open = max(from, to), to == ""
	}
	switch status := v.Text("status"); {
	case status == PetitionSuspended && !open, status == PetitionResumed && open:
		return ledger.Fault{Code: FaultSuspension, Field: "suspensions"}
	}
	return ledger.Fault{}
}

func memberText(object ledger.Value, key string) string {
	v, _ := object.Get(key)
	s, _ := v.Text()
	return s
}
