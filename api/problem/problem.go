// Package problem turns errors into the problems of the contract (RFC 9457).
// Its table is the only place with codes, statuses and Vietnamese messages.
package problem

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Failure is a problem on its way to the client.
type Failure struct {
	contract.Problem
	cause error // for the server's log; never shown
}

func (f *Failure) Error() string {
	text := f.Code
	if f.Field != "" {
		text += " in " + f.Field
	}
	if f.cause != nil {
		text += ": " + f.cause.Error()
	}
	return text
}

func (f *Failure) Unwrap() error { return f.cause }

// table is the one table of codes.
var table = map[string]struct {
	status  int
	title   string
	message string
}{
	"malformed":          {400, "The request cannot be read", "Máy chủ không đọc được dữ liệu gửi lên. Vui lòng cập nhật ứng dụng hoặc báo cho xã."},
	"token-missing":      {401, "No access token", "Chưa đăng nhập."},
	"token-invalid":      {401, "The token is not valid", "Phiên đăng nhập không hợp lệ. Vui lòng đăng nhập lại."},
	"token-expired":      {401, "The access token has expired", "Phiên làm việc đã quá hạn. Ứng dụng sẽ tự gia hạn."},
	"session-ended":      {401, "The session has ended", "Phiên đăng nhập đã kết thúc. Dữ liệu vẫn còn trong máy; vui lòng đăng nhập lại."},
	"credentials":        {401, "Wrong user name or password", "Sai tên đăng nhập hoặc mật khẩu."},
	"enrolment-invalid":  {401, "The enrolment code is not valid", "Mã không đúng, đã dùng hoặc đã hết hạn. Vui lòng xin xã cấp mã mới."},
	"role-forbidden":     {403, "The role does not allow this", "Vai trò này không được làm việc đó."},
	"device-revoked":     {403, "The device has been revoked", "Máy này đã bị khóa. Dữ liệu chưa gửi vẫn còn trong máy; vui lòng liên hệ xã."},
	"user-disabled":      {403, "The account has been disabled", "Tài khoản đã bị khóa. Vui lòng liên hệ xã."},
	"not-submitter":      {403, "Somebody else submitted it", "Chỉ người đã trình ký mới rút lại được."},
	"not-found":          {404, "Not found", "Không tìm thấy, hoặc ngoài phạm vi được giao."},
	"method-not-allowed": {405, "The method is not allowed here", "Máy chủ không hỗ trợ thao tác này. Vui lòng cập nhật ứng dụng."},
	"too-slow":           {408, "The body came too slowly", "Đường truyền quá chậm. Ứng dụng sẽ chia nhỏ rồi gửi lại."},
	"counter-gap":        {409, "Counters are missing before this batch", "Còn thiếu dữ liệu gửi trước đó. Ứng dụng sẽ tự gửi lại."},
	"log-diverged":       {409, "The cursor is not in this ledger", "Máy chủ đã được khôi phục từ bản sao lưu. Ứng dụng sẽ tải lại và gửi lại dữ liệu trong máy."},
	"view-changed":       {409, "The caller sees the ledger otherwise than the cursor", "Quyền xem đã thay đổi. Ứng dụng sẽ tải lại dữ liệu."},
	"device-forked":      {409, "Two installations write as the same device", "Có hai máy đang dùng chung một mã thiết bị. Vui lòng đăng nhập lại trên máy này."},
	"epoch-fenced":       {409, "A newer installation has taken the device's place", "Ứng dụng đã được cài lại ở nơi khác. Vui lòng đăng nhập lại trên máy này."},
	"version-conflict":   {409, "Changed by somebody else meanwhile", "Người khác vừa sửa mục này. Vui lòng tải lại rồi sửa tiếp."},
	"taken":              {409, "Already taken", "Tên hoặc mã này đã có người dùng."},
	"carry-signature":    {400, "The carry file was changed, or is not one", "Tệp bị sửa hoặc không phải của Sổ Thôn, không gửi được."},
	"carry-shut-out":     {403, "Its device or account was shut out", "Máy hoặc tài khoản ghi tệp này đã bị khóa; xã không nhận được. Vui lòng liên hệ xã."},
	"carry-unknown-key":  {409, "The key is not the device's", "Máy chủ không nhận ra máy đã ghi tệp này. Hãy gửi từ chính máy đó."},
	"report-state":       {409, "Not in a state for this", "Không thể làm việc này ở trạng thái hiện tại. Vui lòng tải lại để xem."},
	"report-stale":       {409, "A section tells numbers that have changed", "Có mục tự viết mà số liệu đã thay đổi. Vui lòng sửa mục đó, hoặc lấy lại nội dung tự động, rồi mới duyệt."},
	"report-unconfirmed": {409, "Warnings are not confirmed", "Báo cáo còn điểm cần xác nhận trước khi ký."},
	"section-conflict":   {409, "Sections were changed meanwhile", "Người khác vừa sửa mục này. Vui lòng tải lại rồi sửa tiếp."},
	"report-issued":      {409, "The period has an issued report", "Kỳ này đã có báo cáo được phát hành. Hãy lập báo cáo bổ sung, hoặc thu hồi báo cáo cũ trước."},
	"report-history":     {409, "A ledger is not the one that the report cites", "Máy chủ đã được khôi phục từ bản sao lưu; sổ không còn khớp với báo cáo đã phát hành."},
	"report-signing":     {409, "The report is being approved", "Báo cáo đang được ký ban hành. Vui lòng thử lại sau vài phút."},
	"too-large":          {413, "The body is too large", "Dữ liệu gửi lên quá lớn. Ứng dụng sẽ chia nhỏ rồi gửi lại."},
	"unsupported-media":  {415, "The body is of an unsupported type or coding", "Máy chủ không hỗ trợ kiểu dữ liệu này. Vui lòng cập nhật ứng dụng."},
	"counter-reuse":      {422, "A counter was used for another content", "Số thứ tự đã dùng cho nội dung khác. Vui lòng đăng nhập lại trên máy này."},
	"invalid":            {422, "A value is not allowed", "Một giá trị không đúng quy định."},
	"client-too-old":     {426, "The client is too old", "Ứng dụng đã cũ. Vui lòng cập nhật; dữ liệu chưa gửi vẫn còn trong máy."},
	"too-many-requests":  {429, "Too many requests", "Thao tác quá nhanh. Vui lòng thử lại sau ít giây."},
	"tus-version":        {412, "Another version of tus", "Máy chủ không hỗ trợ cách gửi ảnh này. Vui lòng cập nhật ứng dụng."},
	"upload-offset":      {409, "The upload does not end there", "Phần ảnh gửi lên không nối tiếp phần đã có. Ứng dụng sẽ tự gửi tiếp."},
	"upload-piece":       {422, "The piece is too small", "Phần ảnh gửi lên quá nhỏ. Vui lòng cập nhật ứng dụng."},
	"upload-limit":       {429, "Too many uploads", "Đã gửi quá nhiều ảnh. Ảnh vẫn còn trong máy; ứng dụng sẽ gửi tiếp sau."},
	"file-too-large":     {413, "The file is too large", "Ảnh quá lớn: tối đa 1 MB và 4096 điểm ảnh mỗi chiều."},
	"file-type":          {422, "Not a picture of an allowed type", "Chỉ nhận ảnh JPEG thông thường."},
	"file-metadata":      {422, "The picture holds metadata", "Ảnh còn kèm thông tin phụ, có thể có nơi chụp. Ứng dụng cần bỏ thông tin này trước khi gửi."},
	"file-checksum":      {422, "The bytes are not those that the hash names", "Ảnh nhận được không khớp mã kiểm tra. Ứng dụng sẽ gửi lại từ đầu."},
	"internal":           {500, "The server has a fault", "Máy chủ gặp lỗi. Dữ liệu trong máy không bị mất; vui lòng thử lại sau."},
	"unavailable":        {503, "Temporarily unavailable", "Máy chủ đang bận. Vui lòng thử lại sau."},
	"outcome-unknown":    {503, "It is not known whether the batch was stored", "Chưa rõ dữ liệu đã được ghi hay chưa. Ứng dụng sẽ tự gửi lại."},
}

// rules says in Vietnamese what the rules of accounts and units allow.
var rules = map[accounts.Code]string{
	accounts.CodeUsername:     "Tên đăng nhập gồm 2 đến 64 ký tự: chữ thường không dấu, chữ số, dấu chấm, gạch ngang, gạch dưới.",
	accounts.CodeNameLength:   fmt.Sprintf("Tên cần từ 1 đến %d ký tự.", accounts.MaxName),
	accounts.CodeNameControl:  "Tên có ký tự không cho phép.",
	accounts.CodeRole:         "Vai trò không có trong danh sách cho phép.",
	accounts.CodeUnitsMissing: "Cần chọn ít nhất một đơn vị.",
	accounts.CodeUnitsMany:    fmt.Sprintf("Chỉ được có tối đa %d đơn vị.", accounts.MaxUnits),
	accounts.CodeUnitUnknown:  "Đơn vị không tồn tại, hoặc ngoài phạm vi được giao.",
	accounts.CodeUnitCode:     "Mã chỉ gồm chữ cái không dấu, chữ số và dấu gạch ngang, dài tối đa 32 ký tự.",
	accounts.CodeLevel:        "Cấp không có trong danh sách cho phép.",
	accounts.CodeUnitKind:     "Loại đơn vị chỉ gồm chữ cái, dài tối đa 40 ký tự, ví dụ: tổ dân phố.",
	accounts.CodeDay:          "Ngày không đúng, cần dạng năm-tháng-ngày.",
	accounts.CodeDayOrder:     "Ngày cuối không được trước ngày đầu.",
	accounts.CodeParentLevel:  "Đơn vị cấp trên phải ở cấp cao hơn.",
	accounts.CodeSuccessor:    "Đơn vị không thể kế thừa chính mình.",
	accounts.CodeTitle:        "Chức danh chỉ được dài tối đa 100 ký tự.",
	accounts.CodePhone:        "Số điện thoại chỉ gồm chữ số, dấu cách và các dấu + ( ) . -, dài tối đa 20 ký tự.",
	accounts.CodeLastAdmin:    "Cần còn ít nhất một quản trị viên của toàn hệ thống.",
	accounts.CodeKey:          "Khóa của máy không đúng dạng quy định.",
	accounts.CodePassword:     fmt.Sprintf("Mật khẩu cần từ %d đến %d ký tự.", accounts.MinPassword, accounts.MaxPassword),
}

// retryAfter is how long a client waits, in seconds, where nothing tells better.
const retryAfter = 5

// Fail makes a problem of the table. with may fill in members; it may be nil.
func Fail(code string, cause error, with func(*contract.Problem)) error {
	kind, ok := table[code]
	if !ok {
		code, kind = "internal", table["internal"]
	}
	p := contract.Problem{Type: "urn:sothon:problem:" + code, Title: kind.title, Status: kind.status, Code: code, Message: kind.message}
	if kind.status == http.StatusServiceUnavailable || kind.status == http.StatusTooManyRequests {
		p.RetryAfterSeconds = retryAfter
	}
	if with != nil {
		with(&p)
	}
	return &Failure{Problem: p, cause: cause}
}

// Invalid says which member is wrong, and in Vietnamese what is allowed. An
// empty message leaves the code's own.
func Invalid(field, message string) error {
	return Fail("invalid", nil, func(p *contract.Problem) { p.Field, p.Message = field, cmp.Or(message, p.Message) })
}

// Malformed is a request that cannot be read.
func Malformed(detail string, cause error) error {
	return Fail("malformed", cause, func(p *contract.Problem) { p.Detail = detail })
}

// ErrNotFound is the answer where nothing is there, or nothing that the caller
// may know of.
var ErrNotFound = Fail("not-found", nil, nil)

// Epochs shows how far a ledger has each epoch of a device.
func Epochs(list []store.Through) []contract.EpochThrough {
	views := make([]contract.EpochThrough, len(list))
	for i, e := range list {
		views[i] = contract.EpochThrough{Epoch: e.Epoch, Through: int64(e.Through)}
	}
	return views
}

// Of returns the problem of an error. It is the one place where errors become
// problems.
func Of(err error) *Failure {
	var (
		f        *Failure
		gap      *store.GapError
		reuse    *store.ReuseError
		diverged *store.DivergedError
		syntax   *ledger.SyntaxError
		batch    *ledger.BatchError
		rule     *accounts.Error
		invalid  *entry.Invalid
		sections *archive.SectionError
		unread   *archive.UnconfirmedError
		tooLarge *http.MaxBytesError
		refused  *echo.HTTPError
	)
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &gap):
		err = Fail("counter-gap", err, func(p *contract.Problem) { p.Expected = gap.Expected })
	case errors.As(err, &reuse):
		err = Fail("counter-reuse", err, func(p *contract.Problem) { p.N = reuse.N })
	case errors.As(err, &diverged):
		err = Fail("log-diverged", err, func(p *contract.Problem) {
			p.Log, p.Seq, p.Hash = diverged.Head.Log, &diverged.Head.Seq, diverged.Head.Hash.String()
			p.Common, p.Expected, p.Epochs = &diverged.Common, diverged.Expected, Epochs(diverged.Epochs)
		})
	case errors.Is(err, store.ErrForked):
		err = Fail("device-forked", err, nil)
	case errors.Is(err, store.ErrFenced):
		err = Fail("epoch-fenced", err, nil)
	case errors.As(err, &rule) && rule.Code == accounts.CodeTaken:
		err = Fail("taken", err, func(p *contract.Problem) { p.Field = rule.Field })
	case errors.As(err, &rule):
		err = Fail("invalid", err, func(p *contract.Problem) { p.Field, p.Message = rule.Field, rules[rule.Code] })
	case errors.Is(err, accounts.ErrCredentials):
		err = Fail("credentials", err, nil)
	case errors.Is(err, accounts.ErrEnrolment):
		err = Fail("enrolment-invalid", err, nil)
	case errors.Is(err, accounts.ErrDisabled):
		err = Fail("user-disabled", err, nil)
	case errors.Is(err, accounts.ErrRevoked):
		err = Fail("device-revoked", err, nil)
	case errors.Is(err, accounts.ErrEnded):
		err = Fail("session-ended", err, nil)
	case errors.Is(err, accounts.ErrToken):
		err = Fail("token-invalid", err, nil)
	case errors.As(err, &invalid):
		err = Fail("invalid", err, func(p *contract.Problem) { p.Field, p.Message = invalid.Field, invalid.Message })
	case errors.Is(err, archive.ErrState), errors.Is(err, outbox.ErrState):
		err = Fail("report-state", err, nil)
	case errors.As(err, &sections):
		err = Fail("section-conflict", err, func(p *contract.Problem) { p.Sections = sections.Sections })
	case errors.As(err, &unread):
		err = Fail("report-unconfirmed", err, func(p *contract.Problem) { p.Warnings = Warnings(unread.Warnings) })
	case errors.Is(err, archive.ErrStale):
		err = Fail("report-stale", err, nil)
	case errors.Is(err, archive.ErrNotSubmitter):
		err = Fail("not-submitter", err, nil)
	case errors.Is(err, archive.ErrIssued):
		err = Fail("report-issued", err, nil)
	case errors.Is(err, archive.ErrOtherHistory):
		err = Fail("report-history", err, nil)
	case errors.Is(err, archive.ErrPending):
		err = Fail("report-signing", err, nil)
	case errors.Is(err, files.ErrOffset):
		err = Fail("upload-offset", err, nil)
	case errors.Is(err, files.ErrPiece):
		err = Fail("upload-piece", err, nil)
	case errors.Is(err, files.ErrTooLarge):
		err = Fail("file-too-large", err, func(p *contract.Problem) { p.MaxBytes = files.MaxBytes })
	case errors.Is(err, files.ErrType):
		err = Fail("file-type", err, nil)
	case errors.Is(err, files.ErrMetadata):
		err = Fail("file-metadata", err, nil)
	case errors.Is(err, files.ErrChecksum):
		err = Fail("file-checksum", err, nil)
	case errors.As(err, &tooLarge):
		err = Fail("too-large", err, func(p *contract.Problem) { p.MaxBytes = int(tooLarge.Limit) })
	case errors.Is(err, ledger.ErrTooManyOps), errors.Is(err, ledger.ErrOpTooLarge):
		errors.As(err, &batch)
		err = Fail("too-large", err, func(p *contract.Problem) { p.MaxBytes, p.MaxOps, p.N = ledger.MaxBatchBytes, ledger.MaxOps, batch.N })
	case errors.As(err, &syntax):
		err = Malformed(syntax.Error(), err)
	case errors.As(err, &batch):
		err = Malformed(batch.Error(), err)
	case errors.Is(err, store.ErrNotFound):
		err = Fail("not-found", err, nil)
	case errors.Is(err, store.ErrTaken):
		err = Fail("taken", err, nil)
	case errors.Is(err, store.ErrVersion):
		err = Fail("version-conflict", err, nil)
	case errors.Is(err, store.ErrUnavailable):
		err = Fail("outcome-unknown", err, nil)
	case errors.Is(err, store.ErrBusy), errors.Is(err, accounts.ErrBusy), errors.Is(err, store.ErrClosed), errors.Is(err, store.ErrLagging), errors.Is(err, store.ErrFull),
		errors.Is(err, store.ErrUnreachable), errors.Is(err, archive.ErrBusy),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		err = Fail("unavailable", err, nil)
	case errors.As(err, &refused):
		err = httpFailure(refused)
	default:
		err = Fail("internal", err, nil)
	}
	errors.As(err, &f)
	return f
}

// httpFailure tells what Echo and the generated code refuse.
func httpFailure(e *echo.HTTPError) error {
	switch e.Code {
	case http.StatusNotFound:
		return Fail("not-found", e, nil)
	case http.StatusMethodNotAllowed:
		return Fail("method-not-allowed", e, nil)
	case http.StatusUnsupportedMediaType:
		return Fail("unsupported-media", e, nil)
	case http.StatusRequestEntityTooLarge:
		return Fail("too-large", e, nil)
	case http.StatusBadRequest:
		detail, _ := e.Message.(string)
		return Malformed(detail, e)
	}
	return Fail("internal", e, nil)
}

// Write answers a request with a problem.
func Write(c echo.Context, f *Failure) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/problem+json")
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Del("ETag")
	switch f.Status {
	case http.StatusUnauthorized:
		h.Set(echo.HeaderWWWAuthenticate, `Bearer realm="sothon"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set(echo.HeaderRetryAfter, strconv.Itoa(f.RetryAfterSeconds))
	}
	c.Response().WriteHeader(f.Status)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	return json.NewEncoder(c.Response()).Encode(f.Problem)
}

// Warnings shows what must be confirmed before a report is signed.
func Warnings(list []archive.Warning) []contract.ReportWarning {
	views := make([]contract.ReportWarning, len(list))
	for i, w := range list {
		views[i] = contract.ReportWarning{Code: w.Code, Count: w.Count, Message: w.Message}
	}
	return views
}
