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
		{Name: "direction", Label: "Thu hay chi", Type: TypeChoice, Required: true, Options: []Option{
			{FundIn, "Thu"},
			{FundOut, "Chi"},
		}},
		{Name: "date", Label: "Ngày", Type: TypeDate, Required: true},
		{Name: "amountVnd", Label: "Số tiền (đồng)", Type: TypeMoney, Required: true, Min: 1, Max: MaxMoney},
		{Name: "party", Label: "Người nộp, người nhận", Help: "Cá nhân hoặc đơn vị.", Type: TypeText, Personal: true, Search: true, MaxLength: 200},
		{Name: "purpose", Label: "Nội dung thu, chi", Type: TypeText, Search: true, MaxLength: 500},
		{Name: "proofNumber", Label: "Số chứng từ", Type: TypeText, Search: true, MaxLength: 60},
		{Name: "bankTransaction", Label: "Mã giao dịch ngân hàng", Type: TypeText, Search: true, MaxLength: 60},
		{Name: "reverses", Label: "Đảo khoản đã ghi sai", Help: "Chọn khoản ghi sai; số tiền giữ nguyên, thu đổi thành chi và ngược lại.", Type: TypeReference, Local: true, References: []ledger.Kind{KindFund}},
	},
	Rules: []Rule{needs("reverses", nil, "purpose")},
	same: []sameKey{
		{"bank", "same-bank-transaction", 90, []part{text("direction"), folded("bankTransaction")}},
		{"proof", "same-proof", 70, []part{text("direction"), year("date"), folded("proofNumber")}},
	},
	signs: []sign{
		{reason: "same-value", of: number("amountVnd"), agree: 10, differ: -30},
		{reason: "same-day", of: text("date"), agree: 5, differ: -10},
	},
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
	v := View{op: op}
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
