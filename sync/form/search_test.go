package form_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// searchVectors are examples that the apps' tests run too.
type searchVectors struct {
	Fold  []struct{ Text, Folded string }
	Query []struct {
		Text  string
		Words []string
	}
	Tidy, TidyLines []struct{ Text, Tidied string }
	Phones          []struct{ Text, Stored string }
	OrderOfPersons  []string
	EqualPersons    [][2]string
	OrderOfPlaces   []string
}

func TestSearchVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/search.json")
	if err != nil {
		t.Fatal(err)
	}
	var v searchVectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Fold) < 10 || len(v.Query) < 10 || len(v.Tidy) < 10 || len(v.TidyLines) == 0 || len(v.Phones) < 10 || len(v.EqualPersons) == 0 {
		t.Fatal("vectors are missing")
	}
	for _, c := range v.Fold {
		for _, normal := range []norm.Form{norm.NFC, norm.NFD} {
			if got := form.FoldText(normal.String(c.Text)); got != c.Folded {
				t.Errorf("FoldText(%+q) = %q, want %q", normal.String(c.Text), got, c.Folded)
			}
		}
	}
	for _, c := range v.Query {
		if got := form.Query(c.Text); !slices.Equal(got, c.Words) {
			t.Errorf("Query(%q) = %q, want %q", c.Text, got, c.Words)
		}
	}
	for _, c := range v.Tidy {
		if got := form.TidyText(c.Text); got != norm.NFC.String(c.Tidied) {
			t.Errorf("TidyText(%+q) = %q, want %q", c.Text, got, c.Tidied)
		}
	}
	for _, c := range v.TidyLines {
		if got := form.TidyLines(c.Text); got != c.Tidied {
			t.Errorf("TidyLines(%q) = %q, want %q", c.Text, got, c.Tidied)
		}
	}
	household := func(name, phone string) *ledger.Record {
		op := mustEdit(t, "household", `{"headName":`+string(ledger.Text(name))+`,"phone":`+string(ledger.Text(phone))+`}`)
		return newVillage(t).apply(form.Tidy(op), "u1")
	}
	for _, c := range v.Phones {
		r := household("Hộ mẫu", c.Text)
		if got := r.Text("phone"); got != c.Stored {
			t.Errorf("%q is stored as %q, want %q", c.Text, got, c.Stored)
		}
		if fault := form.CheckOp(form.RoleCollector, nil, mustEdit(t, "household", `{"headName":"A","category":"poor","phone":`+string(ledger.Text(c.Text))+`}`), today); fault != (ledger.Fault{}) {
			t.Errorf("%q is refused: %v", c.Text, fault)
		}
		if words := form.Words(r); !slices.Contains(words, form.Query(c.Stored)[0]) {
			t.Errorf("%q is found by %q, not by %q", c.Text, words, c.Stored)
		}
	}
	key := func(kind ledger.Kind, field, name string) string {
		return form.SortName(mustRecord(t, kind, `{"`+field+`":`+string(ledger.Text(name))+`}`))
	}
	for i := 1; i < len(v.OrderOfPersons); i++ {
		if key("household", "headName", v.OrderOfPersons[i-1]) >= key("household", "headName", v.OrderOfPersons[i]) {
			t.Errorf("%q sorts before %q", v.OrderOfPersons[i], v.OrderOfPersons[i-1])
		}
	}
	for _, c := range v.EqualPersons {
		if key("household", "headName", c[0]) != key("household", "headName", c[1]) {
			t.Errorf("%q and %q sort apart", c[0], c[1])
		}
	}
	for i := 1; i < len(v.OrderOfPlaces); i++ {
		if key("meeting", "place", v.OrderOfPlaces[i-1]) >= key("meeting", "place", v.OrderOfPlaces[i]) {
			t.Errorf("%q sorts before %q", v.OrderOfPlaces[i], v.OrderOfPlaces[i-1])
		}
	}
}
