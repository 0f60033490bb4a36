package form_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// faultCodes reads the exported Fault… constants from a package's source.
func faultCodes(t *testing.T, dir string) []string {
	t.Helper()
	var codes []string
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(spec.Names[0].Name, "Fault") || len(spec.Values) != 1 {
				return true
			}
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
				code, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				codes = append(codes, code)
			}
			return true
		})
	}
	return codes
}

func TestEveryFaultHasAMessage(t *testing.T) {
	codes := append(faultCodes(t, "../ledger"), faultCodes(t, ".")...)
	if len(codes) < 40 {
		t.Fatalf("found only %v", codes)
	}
	seen := map[string]bool{}
	for _, code := range codes {
		if seen[code] {
			t.Errorf("%s stands for two faults", code)
		}
		seen[code] = true
		for _, field := range []string{"", "quantity", "wings", "members[1].name", "members[x", "sees"} {
			for _, kind := range []ledger.Kind{"gift", "household", "period", "dragon"} {
				got := form.Message(ledger.Fault{Code: code, Field: field}, kind)
				if got == "" || strings.Contains(got, code) || got != norm.NFC.String(got) || !strings.HasSuffix(got, ".") {
					t.Errorf("Message(%s, %q, %s) = %q", code, field, kind, got)
				}
			}
		}
	}
}

func TestMessage(t *testing.T) {
	for _, c := range []struct {
		code, field string
		kind        ledger.Kind
		want        string
	}{
		{"required", "date", "gift", "“Ngày trao” chưa được ghi."},
		{"required", "sees", "gift", "Mục “sees” bị thiếu trong dữ liệu gửi lên; hãy cập nhật ứng dụng."},
		{"required", "members[1].name", "household", "“Họ tên” (Thành viên, dòng 2) chưa được ghi."},
		{"too-small", "valueVnd", "gift", "“Tổng trị giá (đồng)” phải từ 0 đến 1.000.000.000.000."},
		{"too-long", "content", "reception", "“Nội dung” quá dài; nhiều nhất là 4.000 ký tự."},
		{"choice-unknown", "direction", "fund", "“Thu hay chi” phải là một trong các giá trị: “Thu”, “Chi”."},
		{"date-order", "to", "campaign", "“Đến ngày” không được trước “Từ ngày”."},
		{"date-order", "suspensions", "petition", "“Các lần tạm đình chỉ” phải theo thứ tự ngày, không chồng lên nhau và không trước ngày nhận."},
		{"one-of", "household", "gift", "Phải ghi ít nhất một trong các mục: “Hộ nhận”, “Họ tên người nhận”."},
		{"type", "quantity", "gift", "“Số suất” phải là số nguyên."},
		{"field-unknown", "wings", "gift", "Mục “wings” không có trong biểu mẫu; hãy cập nhật ứng dụng."},
		{"reference-unknown", "household", "gift", "“Hộ nhận” phải chọn từ danh sách “Hộ”; bản ghi đang chọn không có hoặc không đúng loại."},
		{"too-many", "photos", "gift", "“Ảnh trao quà” có quá nhiều mục; nhiều nhất là 12."},
		{"write-once", "", "fund", "Khoản thu, chi đã ghi thì không sửa, không xóa; hãy ghi một khoản đảo lại."},
		{"never-heard-of", "", "fund", "Máy chủ không nhận mục này (mã lỗi never-heard-of)."},
	} {
		if got := form.Message(ledger.Fault{Code: c.code, Field: c.field}, c.kind); got != c.want {
			t.Errorf("Message(%s, %s, %s) = %q, want %q", c.code, c.field, c.kind, got, c.want)
		}
	}
}

func TestReasonLabels(t *testing.T) {
	codes := form.Reasons()
	for i, code := range codes {
		if i > 0 && codes[i-1] >= code {
			t.Errorf("%s is out of order", code)
		}
		if label := form.ReasonLabel(code); label == "" || strings.Contains(label, code) {
			t.Errorf("%s is called %q", code, label)
		}
	}
	if got := form.ReasonLabel("no-such"); got != "Lý do khác (no-such)" {
		t.Errorf("an unknown reason is called %q", got)
	}
	for _, code := range form.ReasonsInForms() {
		if !strings.Contains(" "+strings.Join(codes, " ")+" ", " "+code+" ") {
			t.Errorf("%s has no label", code)
		}
	}
}
