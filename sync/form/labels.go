package form

import (
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

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
	{Value: string(ledger.ActionEdit), Label: "Ghi, sửa"},
	{Value: string(ledger.ActionRemove), Label: "Xóa"},
	{Value: string(ledger.ActionRestore), Label: "Khôi phục"},
	{Value: string(ledger.ActionComment), Label: "Ý kiến"},
	{Value: string(ledger.ActionResolve), Label: "Chọn số đúng"},
	{Value: string(ledger.ActionReview), Label: "Duyệt, trả lại"},
	{Value: string(ledger.ActionLink), Label: "Đánh dấu trùng"},
	{Value: string(ledger.ActionUnlink), Label: "Không trùng"},
	{Value: string(ledger.ActionErase), Label: "Xóa vĩnh viễn dữ liệu cá nhân"},
	{Value: string(ledger.ActionClose), Label: "Chốt kỳ"},
	{Value: string(ledger.ActionReopen), Label: "Mở lại kỳ"},
}

var statusLabels = []Option{
	{Value: string(ledger.Accepted), Label: "Đã nhận"},
	{Value: string(ledger.Conflict), Label: "Ghi khác nhau"},
	{Value: string(ledger.Duplicate), Label: "Có thể trùng"},
	{Value: string(ledger.Rejected), Label: "Chưa nhận được"},
}

var registerLabels = []Option{
	{Value: ledger.Lifecycle, Label: "Còn hay đã xóa"},
	{Value: ledger.Review, Label: "Ý kiến duyệt"},
	{Value: ledger.Comments, Label: "Ý kiến"},
	{Value: ledger.Link, Label: "Trùng với mục"},
	{Value: strings.TrimSuffix(ledger.Distinct, ":"), Label: "Không trùng với mục"},
	{Value: ledger.Closed, Label: "Kỳ đã chốt"},
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
