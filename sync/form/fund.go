package form

import "github.com/sothon/sothon/sync/ledger"

// KindFund is an entry of the fund for the poor (thu, chi Quỹ “Vì người
// nghèo”). It is written once; a wrong one is reversed by another.
const KindFund ledger.Kind = "fund"

// Directions of an entry.
const (
	FundIn  = "in"
	FundOut = "out"
)

var fund = Form{
	Kind: KindFund, Label: "Khoản thu, chi Quỹ “Vì người nghèo”", Plural: "Sổ thu, chi Quỹ “Vì người nghèo”",
	DateField: "date", NameField: "party", WriteOnce: true,
	Fields: []Field{
		{Name: "direction", Label: "Thu hay chi", Type: TypeChoice, Required: true, Filter: true, Options: []Option{
			{Value: FundIn, Label: "Thu"},
			{Value: FundOut, Label: "Chi"},
		}},
		{Name: "date", Label: "Ngày", Type: TypeDate, Required: true, Default: Today},
		{Name: "amountVnd", Label: "Số tiền (đồng)", Type: TypeMoney, Required: true, Min: 1, Max: maxMoney, Suffix: "đồng"},
		{Name: "party", Label: "Người nộp, người nhận", Help: "Cá nhân hoặc đơn vị.", Type: TypeText, Personal: true, Search: true, MaxLength: 200},
		{Name: "purpose", Label: "Nội dung thu, chi", Type: TypeText, Personal: true, Search: true, MaxLength: 500},
		{Name: "proofNumber", Label: "Số chứng từ", Type: TypeText, Search: true, MaxLength: 60},
		{Name: "bankTransaction", Label: "Mã giao dịch ngân hàng", Type: TypeText, Search: true, MaxLength: 60},
		{Name: "opening", Label: "Số dư đầu kỳ", Help: "Số tiền quỹ đã có khi bắt đầu ghi sổ: tính vào số còn lại, không tính là tiền vận động được.", Type: TypeBoolean, When: when("direction", FundIn)},
		{Name: "reverses", Label: "Đảo khoản đã ghi sai", Help: "Chọn khoản ghi sai; số tiền giữ nguyên, thu đổi thành chi và ngược lại.", Type: TypeReference, Local: true, References: []ledger.Kind{KindFund}},
	},
	Sections: []Section{
		{Title: "Khoản thu, chi", Fields: []string{"direction", "amountVnd", "date", "party", "purpose", "proofNumber"}},
		{Title: "Thêm (không bắt buộc)", Fields: []string{"bankTransaction", "opening", "reverses"}, Folded: true},
	},
	Rules: []Rule{needs("reverses", nil, "purpose")},
	Check: checkOpening,
	same: []sameKey{
		{"bank", "same-bank-transaction", 90, []part{text("direction"), folded("bankTransaction")}},
		{"proof", "same-proof", 70, []part{text("direction"), year("date"), folded("proofNumber")}},
	},
	signs: []sign{
		{reason: "same-value", of: number("amountVnd"), agree: 10, differ: -30},
		{reason: "same-day", of: text("date"), agree: 5, differ: -10},
	},
}

// checkOpening wants an opening balance to be money that is there: an entry
// in, and none that reverses another.
func checkOpening(v *edited) ledger.Fault {
	if v.Bool("opening") && (v.Text("direction") != FundIn || v.Has("reverses")) {
		return ledger.Fault{Code: FaultOpening, Field: "opening"}
	}
	return ledger.Fault{}
}

// Reverses returns the entry that a fund entry cancels.
func Reverses(r *ledger.Record) (ledger.Ref, bool) {
	if r == nil || r.Kind != KindFund {
		return ledger.Ref{}, false
	}
	v, ok := r.Current("reverses")
	if !ok {
		return ledger.Ref{}, false
	}
	ref, err := ledger.ParseRef(v)
	return ref, err == nil && !ref.Record.IsZero()
}

// CheckReversal compares a new entry with the one it reverses: the same
// amount, the other direction, and not itself a reversal. Else the balance
// would move. The store calls it once it has found the entry.
func CheckReversal(entry *ledger.Record, op *ledger.Op) ledger.Fault {
	v := edited{op: op}
	differs := func(field string) ledger.Fault { return ledger.Fault{Code: FaultReversal, Field: field} }
	if _, itself := Reverses(entry); itself || entry == nil || entry.Kind != KindFund {
		return differs("reverses")
	}
	if v.Int("amountVnd") != entry.Int("amountVnd") {
		return differs("amountVnd")
	}
	if v.Text("direction") == entry.Text("direction") {
		return differs("direction")
	}
	return ledger.Fault{}
}
