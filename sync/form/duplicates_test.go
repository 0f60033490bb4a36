package form_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func TestSameKeys(t *testing.T) {
	const campaign = "01970000-0000-7000-8000-00000000000c"
	for _, c := range []struct {
		kind ledger.Kind
		set  string
		want []string
	}{
		{"household", good["household"], []string{"household:id:051000000012", "household:phone:0905123456", "household:name:012 ho mau"}},
		{"campaign", good["campaign"], []string{"campaign:name:tet vi nguoi ngheo 2027:2027"}},
		{"gift", good["gift"], []string{
			"gift:hc:" + campaign + ":" + another, "gift:nc:" + campaign + ":012 ho mau:2026-11-20",
			"gift:hd:" + another + ":2026-11-20", "gift:nd:012 ho mau:2026-11-20",
		}},
		{"gift", `{"quantity":1}`, nil},
		{"house", good["house"], []string{"house:hp:" + another + ":greatUnity"}},
		{"reception", good["reception"], []string{
			"reception:id:123456789:2026-11-20", "reception:phone:0905123456:2026-11-20", "reception:name:3 cong dan mau:2026-11-20",
		}},
		{"petition", least["petition"], []string{"petition:content:bao:feedback"}},
		{"meeting", good["meeting"], []string{"meeting:place:2026-10-10:national:nha van hoa thon mau"}},
		{"fund", good["fund"], []string{"fund:bank:out:ft26325", "fund:proof:out:2026:05"}},
	} {
		if got := form.SameKeys(mustRecord(t, c.kind, c.set)); !slices.Equal(got, c.want) {
			t.Errorf("SameKeys(%s) = %q, want %q", c.kind, got, c.want)
		}
	}
	r := mustRecord(t, "petition", `{"class":"feedback","content":"`+strings.Repeat("nội dung ", 100)+`"}`)
	keys := form.SameKeys(r)
	if len(keys) != 1 || len(keys[0]) != len("petition:content:")+64 {
		t.Errorf("a long key is %q", keys)
	}
	if form.SameKeys(nil) != nil || form.SameKeys(&ledger.Record{Kind: "dragon"}) != nil {
		t.Error("keys from nothing")
	}
}

func TestAlike(t *testing.T) {
	const ref = `"household":"` + another + `"`
	for _, c := range []struct {
		name    string
		kind    ledger.Kind
		a, b    string
		score   int // 0 when not alike
		reasons string
	}{
		{
			"the same household twice in a campaign", "gift",
			`{"campaign":` + elsewhere + `,` + ref + `,"date":"2026-11-20","valueVnd":300000}`,
			`{"campaign":` + elsewhere + `,` + ref + `,"date":"2026-11-20","valueVnd":300000}`,
			95, "same-campaign-household same-household-day same-day same-value",
		},
		{
			"another day", "gift",
			`{"campaign":` + elsewhere + `,` + ref + `,"date":"2026-11-20"}`, `{"campaign":` + elsewhere + `,` + ref + `,"date":"2026-10-20"}`,
			60, "same-campaign-household",
		},
		{
			"two campaigns on one day", "gift",
			`{"campaign":` + elsewhere + `,` + ref + `,"date":"2026-11-20"}`, `{"campaign":"` + someone + `",` + ref + `,"date":"2026-11-20"}`,
			0, "",
		},
		{
			"one left the campaign out", "gift",
			`{"campaign":` + elsewhere + `,` + ref + `,"date":"2026-11-20"}`, `{` + ref + `,"date":"2026-11-20"}`,
			75, "same-household-day same-day",
		},
		{
			"the words of the name in another order", "gift",
			`{"recipientName":"Hộ mẫu Hoà","date":"2026-11-20"}`, `{"recipientName":"hòa hộ Mẫu","date":"2026-11-20"}`,
			70, "same-name-day same-day same-spelling",
		},
		{
			"another tone", "gift",
			`{"recipientName":"Hộ mẫu Hoà","date":"2026-11-20"}`, `{"recipientName":"Hộ mẫu Hoa","date":"2026-11-20"}`,
			50, "same-name-day same-day",
		},
		{
			"another person", "gift",
			`{"recipientName":"Hộ mẫu Hoà","date":"2026-11-20"}`, `{"recipientName":"Hộ mẫu Hai","date":"2026-11-20"}`,
			0, "",
		},
		{
			"the same id", "household",
			`{"headName":"Hộ mẫu 012","nationalId":"051000000012"}`, `{"headName":"Hộ mẫu 12","nationalId":"051000000012"}`,
			100, "same-id",
		},
		{
			"a namesake", "household",
			`{"headName":"Hộ mẫu 012","nationalId":"051000000012"}`, `{"headName":"Hộ mẫu 012","nationalId":"051000000013"}`,
			0, "",
		},
		{
			"the old number and the new", "household",
			`{"headName":"Hộ mẫu 012","nationalId":"051000000012"}`, `{"headName":"Hộ mẫu 012","nationalId":"123456789"}`,
			50, "same-name same-spelling",
		},
		{
			"two ways to write a phone", "household",
			`{"headName":"Hộ mẫu 012","phone":"+84905123456"}`, `{"headName":"Hộ mẫu 013","phone":"0905123456"}`,
			65, "same-phone",
		},
		{
			"built, then repaired", "house",
			`{` + ref + `,"program":"gratitude","work":"new","handedOverOn":"2020-01-01"}`, `{` + ref + `,"program":"gratitude","work":"repair","handedOverOn":"2026-01-01"}`,
			10, "same-household-program",
		},
		{
			"an entry and its reversal", "fund",
			`{"direction":"in","date":"2026-11-20","amountVnd":5,"proofNumber":"05"}`, `{"direction":"out","date":"2026-11-20","amountVnd":5,"proofNumber":"05"}`,
			0, "",
		},
		{
			"one transfer entered twice", "fund",
			`{"direction":"in","date":"2026-11-20","amountVnd":5,"bankTransaction":"ft 1"}`, `{"direction":"in","date":"2026-11-20","amountVnd":5,"bankTransaction":"FT 1"}`,
			100, "same-bank-transaction same-value same-day",
		},
	} {
		a, b := mustRecords(t, c.kind, c.a, c.b)
		m, ok := form.Alike(a, b)
		if m.Score != c.score || strings.Join(m.Reasons, " ") != c.reasons || ok != (c.score > 0) {
			t.Errorf("%s: %v %v, want %d %s", c.name, m, ok, c.score, c.reasons)
		}
		for _, code := range m.Reasons {
			if !slices.Contains(form.Reasons(), code) {
				t.Errorf("%s has no label", code)
			}
		}
	}
}

func TestAlikeToldApart(t *testing.T) {
	v := newVillage(t)
	a := v.apply(mustEdit(t, "gift", least["gift"]), "u1")
	_, b := mustRecords(t, "gift", least["gift"], least["gift"])
	if _, ok := form.Alike(a, b); !ok {
		t.Fatal("two equal gifts are not alike")
	}
	if _, ok := form.Alike(a, a); ok {
		t.Error("a record is alike itself")
	}
	apart := v.apply(mustOp(t, "gift", `"action":"unlink","duplicateOf":"`+b.ID.String()+`"`), "u2")
	for _, pair := range [][2]*ledger.Record{{apart, b}, {b, apart}} {
		if _, ok := form.Alike(pair[0], pair[1]); ok {
			t.Error("what a person marked as different is alike")
		}
	}
	if _, ok := form.Alike(a, nil); ok {
		t.Error("alike nothing")
	}
}

func TestAlikeIsSymmetric(t *testing.T) {
	names := []string{"Hộ mẫu Hoà", "hòa hộ mẫu", "Hộ mẫu Hoa", "Hộ mẫu 1"}
	days := []string{"2026-11-20", "2026-11-21"}
	text := func(t *rapid.T, label string, of []string) string {
		return fmt.Sprintf("%q", rapid.SampledFrom(of).Draw(t, label))
	}
	draw := func(t *rapid.T, kind ledger.Kind) *ledger.Record {
		var set string
		switch kind {
		case form.KindGift:
			set = `{"recipientName":` + text(t, "name", names) + `,"household":` + text(t, "household", []string{someone, another}) +
				`,"date":` + text(t, "date", days) + `,"quantity":` + fmt.Sprint(rapid.IntRange(1, 2).Draw(t, "quantity")) + `}`
		case form.KindReception:
			set = `{"citizenName":` + text(t, "name", names) + `,"date":` + text(t, "date", days) +
				`,"class":` + text(t, "class", []string{"complaint", "feedback"}) + `,"citizenId":` + text(t, "id", []string{"123456789", "051000000012"}) + `}`
		case form.KindHousehold:
			set = `{"headName":` + text(t, "name", names) + `,"code":` + text(t, "code", []string{"HM-1", "HM-2"}) + `}`
		}
		return mustRecord(t, kind, set)
	}
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SampledFrom([]ledger.Kind{form.KindGift, form.KindReception, form.KindHousehold})
		a, b := draw(t, kinds.Draw(t, "kind of a")), draw(t, kinds.Draw(t, "kind of b"))
		b.ID[15]++
		m, ok := form.Alike(a, b)
		n, also := form.Alike(b, a)
		if m.Score != n.Score || !slices.Equal(m.Reasons, n.Reasons) || ok != also {
			t.Fatalf("a to b %v %v, b to a %v %v", m, ok, n, also)
		}
		shared := slices.ContainsFunc(form.SameKeys(a), func(key string) bool { return slices.Contains(form.SameKeys(b), key) })
		if ok && !shared {
			t.Fatalf("alike without a key in common: %v, %v", form.SameKeys(a), form.SameKeys(b))
		}
		if ok && (m.Score < 1 || m.Score > 100 || len(m.Reasons) == 0) {
			t.Fatalf("match %v", m)
		}
	})
}

// TestPlaceholdersAreNoKey compares records whose only common value is what
// people write where they know nothing.
func TestPlaceholdersAreNoKey(t *testing.T) {
	for _, c := range []struct{ kind, set string }{
		{"household", `{"code":"Không có","headName":"Chưa rõ tên","category":"poor"}`},
		{"household", `{"headName":"NGUYỄN VĂN A","category":"poor"}`},
		{"gift", `{"date":"2026-11-20","quantity":1,"recipientName":"Đại diện hộ"}`},
		{"fund", `{"direction":"in","date":"2026-11-20","amountVnd":5,"proofNumber":"không"}`},
		{"fund", `{"direction":"in","date":"2026-11-20","amountVnd":5,"proofNumber":"00"}`},
	} {
		if keys := form.SameKeys(mustRecord(t, ledger.Kind(c.kind), c.set)); len(keys) > 0 {
			t.Errorf("%s %s: keys %v", c.kind, c.set, keys)
		}
	}
	if keys := form.SameKeys(mustRecord(t, "household", `{"code":"H012","headName":"Hộ mẫu 012","category":"poor"}`)); len(keys) == 0 {
		t.Errorf("a household with a code and a name has the keys %v", keys)
	}
}
