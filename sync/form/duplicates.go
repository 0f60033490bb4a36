package form

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// Two people may record the same thing. Records that share a key are looked
// at side by side; signs then raise or lower how likely it is. Nothing is
// ever merged by this: a person decides.

// sameKey is one way in which two records of a kind may tell the same thing:
// all parts agree.
type sameKey struct {
	code   string // in the key, after the kind
	reason string
	score  int // how likely, of 100, if nothing else is known
	parts  []part
}

// sign is what makes it more or less likely. A sign means nothing where one
// of the two records lacks the value.
type sign struct {
	reason string // "" where agreeing says nothing
	of     part
	agree  int // added when equal
	differ int // added when not; -100 rules it out
}

// maxKey is how long a key may be, in bytes.
const maxKey = 200

func (k *sameKey) of(r *ledger.Record) string {
	values := make([]string, len(k.parts))
	for i, p := range k.parts {
		if values[i] = p.of(r); values[i] == "" || isPlaceholder(values[i]) {
			return ""
		}
	}
	head, tail := string(r.Kind)+":"+k.code+":", strings.Join(values, ":")
	if len(head)+len(tail) > maxKey {
		sum := sha256.Sum256([]byte(tail))
		tail = hex.EncodeToString(sum[:])
	}
	return head + tail
}

// placeholders are what people write where they know nothing, folded and in
// the order of [AsName] too. Two records that share one have nothing in common.
var placeholders = map[string]bool{
	"0": true, "00": true, "x": true, "xx": true, "xxx": true,
	"khong": true, "khong co": true, "khongco": true, "co khong": true,
	"khong ro": true, "khongro": true, "khong ten": true, "chua co": true, "chuaco": true, "chua ro": true, "chuaro": true,
	"chua ro ten": true, "chua co ten": true, "chua ten": true, "co chua ten": true, "chua co ma": true,
	"khong ghi": true, "ghi khong": true, "an danh": true, "nac danh": true, "danh nac": true,
	"dai dien ho": true, "dai dien ho gia dinh": true, "dai dien dinh gia ho": true, "dai dien gia dinh": true, "dai dien dinh gia": true,
	"nguyen van a": true, "a nguyen van": true, "tran van b": true, "b tran van": true,
}

// isPlaceholder reports whether a compared value is a placeholder.
func isPlaceholder(value string) bool { return placeholders[strings.ToLower(FoldText(value))] }

// SameKeys returns the keys under which the record may meet another that
// is about the same thing, such as "gift:hc:<campaign>:<household>": at most one
// per way, none longer than 200 bytes. Of siblings the provisional one
// counts. The caller leaves out records that are not live.
func SameKeys(r *ledger.Record) []string {
	if r == nil {
		return nil
	}
	f, ok := Of(r.Kind)
	if !ok {
		return nil
	}
	var keys []string
	for i := range f.same {
		if key := f.same[i].of(r); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// Match says how alike two records are.
type Match struct {
	Score   int      // 1 to 100
	Reasons []string // stable codes, the strongest first: see [ReasonLabel]
}

// Alike compares two records of one kind that share a key. It is false where
// they share none, where something rules out that they tell the same thing,
// and where a person has said of one that it is not the other. Alike(a, b)
// and Alike(b, a) are the same.
func Alike(a, b *ledger.Record) (Match, bool) {
	if a == nil || b == nil || a.Kind != b.Kind || a.ID == b.ID || isDistinctFrom(a, b) || isDistinctFrom(b, a) {
		return Match{}, false
	}
	f, ok := Of(a.Kind)
	if !ok {
		return Match{}, false
	}
	type reason struct {
		code   string
		weight int
	}
	var reasons []reason
	best, shift := 0, 0
	for i := range f.same {
		k := &f.same[i]
		if key := k.of(a); key != "" && key == k.of(b) {
			best = max(best, k.score)
			reasons = append(reasons, reason{k.reason, k.score})
		}
	}
	if best == 0 {
		return Match{}, false
	}
	for i := range f.signs {
		s := &f.signs[i]
		switch x, y := s.of.of(a), s.of.of(b); {
		case x == "" || y == "":
		case x == y && s.agree > 0:
			shift += s.agree
			reasons = append(reasons, reason{s.reason, s.agree})
		case x != y:
			shift += s.differ
		}
	}
	score := min(best+shift, 100)
	if score <= 0 {
		return Match{}, false
	}
	slices.SortStableFunc(reasons, func(a, b reason) int { return cmp.Compare(b.weight, a.weight) })
	m := Match{Score: score}
	for _, r := range reasons {
		if !slices.Contains(m.Reasons, r.code) {
			m.Reasons = append(m.Reasons, r.code)
		}
	}
	return m, true
}

// isDistinctFrom reports whether a person said of a that it is no copy of b.
func isDistinctFrom(a, b *ledger.Record) bool {
	return a.DistinctFrom(b.ID)
}

// reasonLabels names every reason, in the order of [Reasons].
var reasonLabels = []Option{
	{Value: "same-attendance", Label: "Cùng số lượt cử tri"},
	{Value: "same-bank-transaction", Label: "Cùng mã giao dịch ngân hàng"},
	{Value: "same-campaign-household", Label: "Cùng hộ, cùng đợt"},
	{Value: "same-campaign-name", Label: "Cùng người nhận, cùng đợt, cùng ngày"},
	{Value: "same-class", Label: "Cùng loại"},
	{Value: "same-code", Label: "Cùng mã hộ"},
	{Value: "same-content", Label: "Nội dung giống nhau"},
	{Value: "same-day", Label: "Cùng ngày"},
	{Value: "same-day-place", Label: "Cùng ngày, cùng nơi, cùng cấp"},
	{Value: "same-donor", Label: "Cùng nguồn"},
	{Value: "same-household-day", Label: "Cùng hộ, cùng ngày"},
	{Value: "same-household-program", Label: "Cùng hộ, cùng chương trình"},
	{Value: "same-id", Label: "Cùng số căn cước"},
	{Value: "same-name", Label: "Tên giống nhau"},
	{Value: "same-name-day", Label: "Tên giống nhau, cùng ngày"},
	{Value: "same-opinions", Label: "Cùng số ý kiến"},
	{Value: "same-phone", Label: "Cùng số điện thoại"},
	{Value: "same-proof", Label: "Cùng số chứng từ"},
	{Value: "same-reached", Label: "Cùng số người tham gia"},
	{Value: "same-spelling", Label: "Tên viết giống hệt nhau"},
	{Value: "same-start", Label: "Cùng ngày khởi công"},
	{Value: "same-type-day-place", Label: "Cùng ngày, cùng nơi, cùng loại"},
	{Value: "same-value", Label: "Cùng số tiền"},
	{Value: "same-work", Label: "Cùng xây mới hoặc cùng sửa chữa"},
}

// ReasonLabel names a reason in Vietnamese.
func ReasonLabel(code string) string {
	for _, o := range reasonLabels {
		if o.Value == code {
			return o.Label
		}
	}
	return "Lý do khác (" + code + ")"
}
