package form

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// Fault codes that the store decides, because they need other records, the
// unit or the clock. They stand here beside the sentences that tell them.
const (
	FaultRole             = "role-forbidden"    // the role may not do this: [MayAct]
	FaultReferenceUnknown = "reference-unknown" // leads to no record, or to one of another kind
	FaultReferenceKind    = "reference-kind"    // leads to a record of another kind
	FaultUnitUnknown      = "unit-unknown"      // names no unit that the author works in
	FaultAlreadyReversed  = "already-reversed"  // the entry was reversed before
	FaultGiftID           = "gift-id"           // not the id that [GiftID] gives
	FaultPeriodRecord     = "period-record"     // not the id that [ledger.PeriodID] gives
	FaultLinkSelf         = "link-self"         // a record as a copy of itself
	FaultLinkCycle        = "link-cycle"        // links that lead back
	FaultLinkKind         = "link-kind"         // a copy of a record of another kind
	FaultGiftFixed        = "gift-fixed"        // the gift's id is made of the campaign and household it names
	FaultRemoved          = "record-removed"    // recorded again what was removed: restore it first
	FaultRecordFull       = "record-full"       // holds more values side by side, removals or edits than a record may
	FaultRecordPace       = "record-pace"       // changed too often by one person within a day
)

const update = "hãy cập nhật ứng dụng."

// plain are the sentences that need neither field nor kind.
var plain = map[string]string{
	ledger.FaultAction:      "Máy chủ không biết thao tác này; " + update,
	ledger.FaultEmpty:       "Lần ghi này không có nội dung nào.",
	ledger.FaultBaseUnknown: "Máy đang giữ số liệu mới hơn máy chủ; hãy tải lại dữ liệu rồi gửi lại.",
	ledger.FaultTime:        "Không đọc được ngày giờ của máy; hãy chỉnh lại ngày giờ rồi ghi lại.",
	ledger.FaultRecordID:    "Mã của bản ghi không đúng; " + update,
	ledger.FaultDot:         "Giá trị đang chọn đã thay đổi; hãy mở lại phần mâu thuẫn rồi chọn lại.",
	ledger.FaultPeriod:      "Kỳ báo cáo phải có ngày đầu và ngày cuối, ngày đầu không sau ngày cuối.",

	FaultKindUnknown:   "Máy chủ không biết loại bản ghi này; " + update,
	FaultKindMismatch:  "Bản ghi này thuộc loại khác; hãy tải lại dữ liệu rồi ghi lại.",
	FaultActionKind:    "Không làm được thao tác này với loại bản ghi này.",
	FaultRecordUnknown: "Không tìm thấy bản ghi; hãy tải lại dữ liệu.",
	FaultWriteOnce:     "Khoản thu, chi đã ghi thì không sửa, không xóa; hãy ghi một khoản đảo lại.",
	FaultSuspension:    "Các lần tạm đình chỉ không khớp với tình trạng xử lý: đang tạm đình chỉ thì lần cuối chưa có ngày tiếp tục, đã tiếp tục thì phải có.",

	FaultRole:            "Tài khoản này không được làm thao tác này.",
	FaultAlreadyReversed: "Khoản này đã được đảo trước đó; mỗi khoản chỉ đảo một lần.",
	FaultGiftID:          "Đợt này mỗi hộ chỉ nhận một lần: phải dùng mã suất quà theo hộ và đợt; " + update,
	FaultPeriodRecord:    "Mã của kỳ báo cáo không đúng; " + update,
	FaultLinkSelf:        "Một bản ghi không thể trùng với chính nó.",
	FaultLinkCycle:       "Không gộp được: bản ghi kia đã được đánh dấu trùng với bản ghi này.",
	FaultLinkKind:        "Chỉ đánh dấu trùng hai bản ghi cùng loại.",
	FaultGiftFixed:       "Suất quà của đợt mỗi hộ nhận một lần thì không đổi sang đợt khác, hộ khác; hãy xóa suất này rồi ghi suất mới.",
	FaultRecordFull:      "Bản ghi này đã có quá nhiều lần ghi; hãy báo cán bộ xã xem lại.",
	FaultRecordPace:      "Tài khoản này đã ghi vào bản ghi này quá nhiều lần trong một ngày; hãy chờ sang ngày mai, hoặc báo cán bộ xã xem lại.",
	FaultRemoved:         "Suất quà này của hộ đã bị xóa trước đó; nếu hộ có nhận thì hãy khôi phục rồi ghi lại.",
}

// templates are the sentences that name a field. What stands in braces is
// filled in: see [Messages].
var templates = map[string]string{
	ledger.FaultMissing:   "{label} chưa được ghi.",
	ledger.FaultType:      "{label} phải là {type}.",
	ledger.FaultTooMany:   "{label} có quá nhiều mục; nhiều nhất là {maxItems}.",
	FaultFieldForbidden:   "{label} do cán bộ xã ghi; tài khoản này không sửa được.",
	FaultNotPersonal:      "{label} không phải dữ liệu cá nhân nên không xóa vĩnh viễn được.",
	FaultSmall:            "{label} phải từ {min} đến {max}.",
	FaultLarge:            "{label} phải từ {min} đến {max}.",
	FaultLong:             "{label} quá dài; nhiều nhất là {maxLength} ký tự.",
	FaultControl:          "{label} có ký tự lạ không hiện ra được; hãy xóa đi và gõ lại.",
	FaultChoice:           "{label} phải là một trong các giá trị: {options}.",
	FaultDate:             "{label} phải là một ngày có thật, ghi đủ năm, tháng, ngày.",
	FaultEarly:            "{label} quá sớm; hãy xem lại năm (không trước năm " + EarliestDay[:4] + ").",
	FaultFuture:           "{label} không được sau ngày mai.",
	FaultOrder:            "{label} không được trước {earlier}.",
	FaultReference:        "{label} phải chọn từ danh sách {kinds}; bản ghi đang chọn không có hoặc không đúng loại.",
	FaultReferenceUnknown: "{label} phải chọn từ danh sách {kinds}; bản ghi đang chọn không có hoặc không đúng loại.",
	FaultReferenceKind:    "{label} phải chọn từ danh sách {kinds}; bản ghi đang chọn thuộc loại khác.",
	FaultReferenceUnit:    "{label} phải chọn trong sổ của chính đơn vị này.",
	FaultUnitUnknown:      "{label} phải chọn từ danh sách đơn vị; đơn vị đang chọn không có, hoặc ngoài phạm vi.",
	FaultUnit:             "{label} phải chọn từ danh sách đơn vị.",
	FaultPhone:            "{label} phải là số di động 10 chữ số, số máy bàn có mã vùng, hoặc số nước ngoài bắt đầu bằng dấu +.",
	FaultNationalID:       "{label} phải có 12 chữ số (hoặc 9 chữ số nếu là chứng minh nhân dân cũ).",
	FaultHash:             "{label} có mã ảnh không đúng; " + update,
	FaultRepeated:         "{label} có một mục được thêm hai lần.",
	FaultOneOf:            "Phải ghi ít nhất một trong các mục: {fields}.",
	FaultOpening:          "{label} phải là khoản thu, và không đảo khoản nào.",
	FaultReversal:         "{label} chưa đúng: khoản đảo phải cùng số tiền, ngược chiều thu chi, và không đảo một khoản đảo.",
}

// daysInList is about days in the lines of a list, for which no earlier field
// stands.
const daysInList = "{label} phải theo thứ tự ngày, không chồng lên nhau và không trước ngày nhận."

// checkedByPhones are the faults beside templates that a phone finds by itself.
var checkedByPhones = []string{FaultWriteOnce, FaultSuspension, FaultRole, FaultAlreadyReversed, FaultGiftFixed, FaultRemoved}

// Messages returns the Vietnamese sentence of every fault code that a phone
// can find by itself; for any other the answer to its push has the sentence.
// These words are filled in:
//
//	{label}      the field's label in quotes: “Ngày trao”
//	{type}       what a value of its type is: số nguyên
//	{min} {max} {maxLength} {maxItems}  the field's bounds, written 1.000.000
//	{options}    the labels of its options, each in quotes, separated by commas
//	{kinds}      the labels of the kinds that it refers to, with commas
//	{earlier}    the fields that an order rule puts before it, with commas
//	{fields}     the fields of the any rule, with commas
func Messages() map[string]string {
	all := maps.Clone(templates)
	for _, code := range checkedByPhones {
		all[code] = plain[code]
	}
	return all
}

// Message puts a fault into one plain Vietnamese sentence that may be shown to
// the person who wrote: which field, and what is allowed there. kind is the
// kind of the op's record. A code that is unknown gives a sentence too.
func Message(f ledger.Fault, kind ledger.Kind) string {
	if s, ok := plain[f.Code]; ok {
		return s
	}
	field, label := locate(kind, f.Field)
	template, ok := templates[f.Code]
	if field == nil || !ok {
		return shapeMessage(f)
	}
	earlier := earliestDays(kind, f.Field)
	if f.Code == FaultOrder && earlier == "" {
		template = daysInList
	}
	return strings.NewReplacer(
		"{label}", label, "{type}", typeNames[field.Type],
		"{min}", Grouped(field.Min), "{max}", Grouped(field.Max),
		"{maxLength}", Grouped(int64(field.MaxLength)), "{maxItems}", Grouped(int64(field.MaxItems)),
		"{options}", optionList(field), "{kinds}", targets(field), "{earlier}", earlier, "{fields}", anyLabels(kind, f.Field),
	).Replace(template)
}

// shapeMessage is about what no form describes: a member of the op, a list's
// line, or a name that this server does not know.
func shapeMessage(f ledger.Fault) string {
	member := "Mục “" + f.Field + "”"
	switch f.Code {
	case ledger.FaultMissing:
		return member + " bị thiếu trong dữ liệu gửi lên; " + update
	case ledger.FaultType:
		return member + " trong dữ liệu gửi lên không đúng kiểu; " + update
	case ledger.FaultTooMany:
		return member + " trong dữ liệu gửi lên có quá nhiều phần; hãy chia thành nhiều lần ghi."
	case ledger.FaultReserved:
		return member + " dành riêng cho máy chủ; " + update
	case FaultFieldUnknown:
		return member + " không có trong biểu mẫu; " + update
	case FaultFieldForbidden, FaultNotPersonal, FaultSmall, FaultLarge, FaultLong, FaultChoice, FaultDate, FaultEarly, FaultUnit, FaultUnitUnknown, FaultOpening,
		FaultFuture, FaultOrder, FaultPhone, FaultNationalID, FaultHash, FaultRepeated, FaultOneOf, FaultReversal:
		return member + " không hợp lệ."
	case FaultControl:
		return member + " có ký tự lạ không hiện ra được; hãy xóa đi và gõ lại."
	case FaultReference, FaultReferenceUnknown, FaultReferenceKind, FaultReferenceUnit:
		return member + " không dẫn đến một bản ghi có thật."
	}
	return unknown(f.Code)
}

func unknown(code string) string {
	return "Máy chủ không nhận mục này (mã lỗi " + code + ")."
}

var typeNames = map[Type]string{
	TypeText: "chữ", TypeLongText: "chữ", TypeInteger: "số nguyên", TypeMoney: "số tiền chẵn đồng, không có số lẻ",
	TypeBoolean: "có hoặc không", TypeDate: "ngày", TypeChoice: "một giá trị trong danh sách", TypeChoices: "một số giá trị trong danh sách", TypeReference: "một bản ghi trong danh sách",
	TypePhone: "số điện thoại", TypeUnit: "một đơn vị trong danh sách", TypeNationalID: "số căn cước", TypeList: "một danh sách", TypeHashes: "một danh sách ảnh",
}

// locate finds the field that a fault's path names, and what to call it:
// “Số suất”, or for "members[1].name" “Họ tên” (Thành viên, dòng 2).
func locate(kind ledger.Kind, path string) (*Field, string) {
	f, ok := Of(kind)
	if !ok {
		return nil, ""
	}
	name, rest, inList := strings.Cut(path, "[")
	field, ok := f.Field(name)
	if !ok {
		return nil, ""
	}
	if !inList {
		return field, "“" + field.Label + "”"
	}
	index, member, _ := strings.Cut(rest, "]")
	n, err := strconv.Atoi(index)
	line, ok := fieldOf(field.Items, strings.TrimPrefix(member, "."))
	if err != nil || !ok {
		return nil, ""
	}
	return line, fmt.Sprintf("“%s” (%s, dòng %d)", line.Label, field.Label, n+1)
}

func optionList(f *Field) string {
	labels := make([]string, len(f.Options))
	for i, o := range f.Options {
		labels[i] = "“" + o.Label + "”"
	}
	return strings.Join(labels, ", ")
}

func targets(f *Field) string {
	var labels []string
	for _, kind := range f.References {
		if target, ok := Of(kind); ok {
			labels = append(labels, "“"+target.Label+"”")
		}
	}
	return strings.Join(labels, ", ")
}

// anyLabels names the fields of which one is wanted.
func anyLabels(kind ledger.Kind, first string) string {
	f, _ := Of(kind)
	var labels []string
	for _, r := range f.Rules {
		if r.Relation != RelationAny || r.Fields[0] != first {
			continue
		}
		for _, name := range r.Fields {
			_, label := locate(kind, name)
			labels = append(labels, label)
		}
	}
	return strings.Join(labels, ", ")
}

// earliestDays names the days that a field must not lie before.
func earliestDays(kind ledger.Kind, second string) string {
	f, _ := Of(kind)
	var labels []string
	for _, r := range f.Rules {
		if r.Relation == RelationOrder && r.Fields[1] == second {
			_, label := locate(kind, r.Fields[0])
			labels = append(labels, label)
		}
	}
	return strings.Join(labels, ", ")
}
