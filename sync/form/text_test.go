package form_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func TestFoldText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"Đợt tặng quà Tết", "dot tang qua tet"},
		{"NGUYỄN VĂN ĐỨC", "nguyen van duc"},
		{"hoà", "hoa"},
		{"hòa", "hoa"},
		{"thuỷ", "thuy"},
		{"thủy", "thuy"},
		{"  Hộ\tmẫu – 012/A.  ", "ho mau 012 a"},
		{"ơ ở ợ ư ữ ự ă ặ â ậ ê ệ ô ộ", "o o o u u u a a a a e e o o"},
		{"xe\u200bdap", "xedap"},       // a zero-width space is not seen, and does not part
		{"m² ½", "m2 1 2"},             // compatibility forms
		{"１２３ Ａ", "123 a"},             // full width
		{"村 12 дом", "12"},             // other scripts are not searched
		{"İstanbul K", "istanbul k"},   // capitals that are more than one letter
		{"Ðỗ Ɖình ðức", "do dinh duc"}, // what old fonts and keyboards give for Đ
		{"ngƣời NƢỚC", "nguoi nuoc"},   // and for Ư
		{"!!!", ""},
	} {
		for _, normal := range []norm.Form{norm.NFC, norm.NFD} {
			if got := form.FoldText(normal.String(c.in)); got != c.want {
				t.Errorf("FoldText(%+q) = %q, want %q", normal.String(c.in), got, c.want)
			}
		}
	}
}

func TestFoldTextProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("ăâđêôơưÁầẩẫậ\u0301\u0323 -aZ9")), 0, 40, -1)).Draw(t, "s")
		folded := form.FoldText(s)
		if again := form.FoldText(folded); again != folded {
			t.Fatalf("folding %q again gives %q", folded, again)
		}
		if other := form.FoldText(norm.NFD.String(s)); other != folded {
			t.Fatalf("NFD folds to %q, not %q", other, folded)
		}
		if strings.Trim(folded, "abcdefghijklmnopqrstuvwxyz0123456789 ") != "" || strings.Contains(folded, "  ") || strings.TrimSpace(folded) != folded {
			t.Fatalf("%q is not folded", folded)
		}
	})
}

func TestWords(t *testing.T) {
	r := mustRecord(t, "household", `{"code":"HM-012","headName":"Hồ Thị Mẫu","category":"poor","phone":"+84905123456","nationalId":"051000000012"}`)
	want := []string{"hm", "012", "ho", "thi", "mau", "0905123456", "051000000012"}
	if got := form.Words(r); !slices.Equal(got, want) {
		t.Errorf("Words = %v, want %v", got, want)
	}

	// Every sibling is searched.
	v := newVillage(t)
	v.apply(mustEdit(t, "household", `{"headName":"Hộ mẫu Một"}`), "u1")
	r = v.apply(mustEdit(t, "household", `{"headName":"Hộ mẫu Hai"}`), "u2")
	if got := form.Words(r); !slices.Contains(got, "mot") || !slices.Contains(got, "hai") {
		t.Errorf("Words of a conflict = %v", got)
	}

	// Of long content the beginning counts.
	r = mustRecord(t, "reception", `{"content":"`+strings.Repeat("ạ", 100)+" "+strings.Repeat("b ", 60)+`end"}`)
	if got := form.Words(r); !slices.Equal(got, []string{strings.Repeat("a", 32), "b"}) {
		t.Errorf("Words of long content = %v", got)
	}

	many := make([]string, 80)
	for i := range many {
		many[i] = fmt.Sprint("w", i)
	}
	r = mustRecord(t, "reception", `{"content":"`+strings.Join(many[:50], " ")+`","citizenAddress":"`+strings.Join(many[50:], " ")+`"}`)
	if got := form.Words(r); len(got) != 64 || got[0] != "w50" {
		t.Errorf("Words of much text = %d: %v", len(got), got)
	}
	if form.Words(nil) != nil || form.Words(&ledger.Record{Kind: "dragon"}) != nil {
		t.Error("words from nothing")
	}
}

func TestSortName(t *testing.T) {
	order := []string{
		"Nguyễn Văn An",
		"Phạm Thị An",
		"Trần An",
		"Lê Văn Ánh", // Anh after An, by letters before tones
		"Nguyễn Thị Ân",
		"Hồ Văn Bình",
		"Võ Cường",
		"Lê Thị Dung",
		"Đinh Văn Dũng",
		"Nguyễn Đạt",
		"Bùi Văn Đức",
		"Nguyễn Văn Hoa",
		"Nguyễn Văn Hoà",
		"Nguyễn Văn Hỏa",
		"Nguyễn Văn Hoạ",
		"Lê Văn Ơn",
		"Lê Văn Uy",
		"Lê Văn Ưng",
		"Lê Văn Xuân",
	}
	keys := make([]string, len(order))
	for i, name := range order {
		keys[i] = form.SortName(mustRecord(t, "household", `{"headName":"`+name+`"}`))
		if len(keys[i]) == 0 || len(keys[i]) > 128 || strings.Trim(keys[i], "0123456789abcdef") != "" {
			t.Errorf("key of %s: %q", name, keys[i])
		}
		if i > 0 && keys[i-1] >= keys[i] {
			t.Errorf("%q sorts before %q", name, order[i-1])
		}
		if again := form.SortName(mustRecord(t, "household", `{"headName":"  `+strings.ReplaceAll(norm.NFD.String(name), " ", "  ")+` "}`)); again != keys[i] {
			t.Errorf("%q has two keys", name)
		}
	}

	hoa := form.SortName(mustRecord(t, "household", `{"headName":"Nguyễn Văn Hòa"}`))
	if hoa != keys[slices.Index(order, "Nguyễn Văn Hoà")] {
		t.Error("hoà and hòa sort apart")
	}

	// What is not a person sorts from its first word.
	b := form.SortName(mustRecord(t, "meeting", `{"place":"Bản trên A"}`))
	a := form.SortName(mustRecord(t, "meeting", `{"place":"An Z"}`))
	if a >= b {
		t.Error("places sort by their last word")
	}
	if got := form.SortName(mustRecord(t, "petition", least["petition"])); got != "" {
		t.Errorf("a petition without a name sorts by %q", got)
	}
	if form.SortName(nil) != "" || form.SortName(&ledger.Record{Kind: "dragon"}) != "" {
		t.Error("a name from nothing")
	}
}
