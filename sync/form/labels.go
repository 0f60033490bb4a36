package form

// Labels are the Vietnamese words for the codes of the protocol, so that every
// app calls the same thing by the same name. Each list holds a code as Value.
type Labels struct {
	States    []Option // where a record stands, as package store says
	Actions   []Option // what an op does
	Statuses  []Option // the verdict on an op
	Registers []Option // of a record, beside its fields
	Reasons   []Option // why two records may tell the same thing
	Roles     []Option
	Titles    []Option // offices that people hold in a village or a commune
}

// AllLabels returns the labels. They are shared: callers must not change them.
func AllLabels() Labels {
	return Labels{
		States: stateLabels, Actions: actionLabels, Statuses: statusLabels, Registers: registerLabels,
		Reasons: reasonLabels, Roles: roleLabels, Titles: titleLabels,
	}
}

var stateLabels = []Option{
	{Value: "pending", Label: "Chờ duyệt"},
	{Value: "approved", Label: "Đã duyệt"},
	{Value: "returned", Label: "Đã trả lại"},
	{Value: "removed", Label: "Đã xóa"},
	{Value: "duplicate", Label: "Bản trùng"},
}

var actionLabels = []Option{
	{Value: "edit", Label: "Ghi, sửa"},
	{Value: "remove", Label: "Xóa"},
	{Value: "restore", Label: "Khôi phục"},
	{Value: "comment", Label: "Ý kiến"},
	{Value: "resolve", Label: "Chọn số đúng"},
	{Value: "review", Label: "Duyệt, trả lại"},
	{Value: "link", Label: "Đánh dấu trùng"},
	{Value: "unlink", Label: "Không trùng"},
	{Value: "erase", Label: "Xóa vĩnh viễn dữ liệu cá nhân"},
	{Value: "close", Label: "Chốt kỳ"},
	{Value: "reopen", Label: "Mở lại kỳ"},
}

var statusLabels = []Option{
	{Value: "accepted", Label: "Đã nhận"},
	{Value: "conflict", Label: "Ghi khác nhau"},
	{Value: "duplicate", Label: "Có thể trùng"},
	{Value: "rejected", Label: "Chưa nhận được"},
}

var registerLabels = []Option{
	{Value: "_lifecycle", Label: "Còn hay đã xóa"},
	{Value: "_review", Label: "Ý kiến duyệt"},
	{Value: "_link", Label: "Trùng với mục"},
	{Value: "_distinct", Label: "Không trùng với mục"},
	{Value: "_closed", Label: "Kỳ đã chốt"},
}

var roleLabels = []Option{
	{Value: string(RoleCollector), Label: "Người ghi ở thôn"},
	{Value: string(RoleReviewer), Label: "Cán bộ xã"},
	{Value: string(RoleApprover), Label: "Lãnh đạo duyệt"},
	{Value: string(RoleAdmin), Label: "Quản trị"},
	{Value: string(RoleSuperior), Label: "Cấp trên"},
	{Value: string(RoleAuditor), Label: "Thanh tra"},
}

var titleLabels = []Option{
	{Value: "villageHead", Label: "Trưởng thôn"},
	{Value: "quarterHead", Label: "Tổ trưởng tổ dân phố"},
	{Value: "frontHead", Label: "Trưởng ban công tác Mặt trận"},
	{Value: "frontStaff", Label: "Cán bộ Mặt trận xã"},
	{Value: "frontChair", Label: "Chủ tịch Ủy ban Mặt trận Tổ quốc xã"},
	{Value: "communeChair", Label: "Chủ tịch Ủy ban nhân dân xã"},
	{Value: "communeViceChair", Label: "Phó Chủ tịch Ủy ban nhân dân xã"},
}
