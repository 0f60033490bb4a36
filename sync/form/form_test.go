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

const (
	today     = "2026-11-20"
	someone   = "01970000-0000-7000-8000-00000000000a" // a record's id
	another   = "01970000-0000-7000-8000-00000000000b"
	elsewhere = `{"record":"01970000-0000-7000-8000-00000000000c","unit":"21124-20250701"}`
)

var photo = strings.Repeat("ab", 32)

// mustOp reads an op from the members that matter: action, set and so on.
func mustOp(t rapid.TB, kind ledger.Kind, members string) *ledger.Op {
	t.Helper()
	text := fmt.Sprintf(`{"n":1,"record":%q,"kind":%q,"base":0,"at":"2026-11-20T02:10:00Z",%s}`, someone, kind, members)
	v, err := ledger.Canonical([]byte(text))
	if err != nil {
		t.Fatalf("op %s: %v", text, err)
	}
	op := ledger.ParseOp(v)
	return &op
}

func mustEdit(t rapid.TB, kind ledger.Kind, set string) *ledger.Op {
	t.Helper()
	return mustOp(t, kind, `"action":"edit","set":`+set)
}

// village is a ledger in the making: each op comes from its own phone,
// so that none has seen the others.
type village struct {
	rapid.TB
	draft *ledger.Draft
	ops   int
}

func newVillage(t rapid.TB) *village {
	t.Helper()
	state, err := ledger.NewState("21133-01-20040101", ledger.RulesCurrent)
	if err != nil {
		t.Fatal(err)
	}
	return &village{TB: t, draft: state.Draft(1_800_000_000_000)}
}

func (v *village) apply(op *ledger.Op, user ledger.UserID) *ledger.Record {
	v.Helper()
	if op.Fault != (ledger.Fault{}) {
		v.Fatalf("op %s: %v", op.Text, op.Fault)
	}
	v.ops++
	e := &ledger.Entry{Device: ledger.DeviceID(fmt.Sprintf("d%d", v.ops)), User: user, Role: form.RoleCollector}
	v.draft.Apply(e, op, &ledger.Verdict{Status: ledger.Accepted})
	return v.draft.Record(op.Record)
}

// mustRecord is a record that one edit made. Its id is someone.
func mustRecord(t rapid.TB, kind ledger.Kind, set string) *ledger.Record {
	t.Helper()
	return newVillage(t).apply(mustEdit(t, kind, set), "u1")
}

// mustRecords are two records of a kind, of different ids.
func mustRecords(t rapid.TB, kind ledger.Kind, set1, set2 string) (a, b *ledger.Record) {
	t.Helper()
	a, b = mustRecord(t, kind, set1), mustRecord(t, kind, set2)
	b.ID[15]++
	return a, b
}

func TestFormsAreWhole(t *testing.T) {
	var kinds []ledger.Kind
	for _, f := range form.All() {
		kinds = append(kinds, f.Kind)
		if found, ok := form.Of(f.Kind); !ok || found != f {
			t.Errorf("Of(%s) does not find the form", f.Kind)
		}
		if f.Label == "" || f.Plural == "" {
			t.Errorf("%s: label or plural is missing", f.Kind)
		}
		if name, ok := f.Field(f.NameField); !ok || name.Type != form.TypeText && name.Type != form.TypeChoice {
			t.Errorf("%s: no name field %q", f.Kind, f.NameField)
		}
		if day, ok := f.Field(f.DateField); f.DateField != "" && (!ok || day.Type != form.TypeDate) {
			t.Errorf("%s: no date field %q", f.Kind, f.DateField)
		}
		for _, r := range f.Rules {
			names := r.Fields
			if r.When != "" {
				names = append(slices.Clone(names), r.When)
			}
			for _, name := range names {
				if _, ok := f.Field(name); !ok {
					t.Errorf("%s: rule %v names no field", f.Kind, r)
				}
			}
			when, _ := f.Field(r.When)
			for _, value := range r.Values {
				if when.OptionLabel(value) == value {
					t.Errorf("%s: rule %v names no option", f.Kind, r)
				}
			}
		}
		checkFields(t, string(f.Kind), f.Fields, false)
	}
	want := []ledger.Kind{"household", "campaign", "gift", "house", "reception", "petition", "meeting", "activity", "fund"}
	if !slices.Equal(kinds, want) {
		t.Errorf("All() = %v, want %v", kinds, want)
	}
	if _, ok := form.Of("period"); ok {
		t.Error("a period has a form")
	}
}

func checkFields(t *testing.T, where string, fields []form.Field, inList bool) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range fields {
		at := where + "." + f.Name
		if seen[f.Name] || f.Name == "" || strings.HasPrefix(f.Name, "_") {
			t.Errorf("%s: the name is not its own", at)
		}
		seen[f.Name] = true
		for _, s := range []string{f.Label, f.Help} {
			if s != norm.NFC.String(s) || s != strings.TrimSpace(s) {
				t.Errorf("%s: %q is not tidy NFC", at, s)
			}
		}
		var ok bool
		switch f.Type {
		case form.TypeText, form.TypeLongText:
			ok = f.MaxLength > 0
		case form.TypeInteger, form.TypeMoney:
			ok = f.Min >= 0 && f.Min < f.Max && f.Max < 1<<53
		case form.TypeChoice, form.TypeChoices:
			values := map[string]bool{}
			for _, o := range f.Options {
				values[o.Value] = o.Label != ""
			}
			ok = len(f.Options) > 1 && len(values) == len(f.Options)
		case form.TypeReference:
			ok = len(f.References) > 0
			for _, kind := range f.References {
				_, known := form.Of(kind)
				ok = ok && known
			}
		case form.TypeList:
			ok = f.MaxItems > 0 && len(f.Items) > 0 && !inList
			checkFields(t, at, f.Items, true)
		case form.TypeHashes:
			ok = f.MaxItems > 0 && f.Personal
		case form.TypePhone, form.TypeNationalID:
			ok = f.Personal
		case form.TypeBoolean, form.TypeDate, form.TypeUnit:
			ok = true
		}
		if !ok || f.Label == "" {
			t.Errorf("%s: %s is not described in full", at, f.Type)
		}
	}
}

// What is personal decides what can be erased and what an auditor sees, so a
// change of it must be seen here.
func TestPersonalFields(t *testing.T) {
	want := map[ledger.Kind]string{
		"household": "headName phone nationalId members leftFor",
		"campaign":  "donor",
		"gift":      "recipientName photos",
		"house":     "photos",
		"reception": "citizenName citizenAddress citizenPhone citizenId content outcome note",
		"petition":  "citizenName citizenAddress citizenPhone citizenId content result note photos",
		"meeting":   "summaries",
		"activity":  "name result photos",
		"fund":      "party purpose",
	}
	for _, f := range form.All() {
		var got []string
		for _, field := range f.Fields {
			if form.Personal(f.Kind, field.Name) != field.Personal {
				t.Errorf("Personal(%s, %s) does not agree with the form", f.Kind, field.Name)
			}
			if field.Personal {
				got = append(got, field.Name)
			}
			if field.Sensitive && !field.Personal {
				t.Errorf("%s.%s is sensitive and not personal", f.Kind, field.Name)
			}
		}
		if s := strings.Join(got, " "); s != want[f.Kind] {
			t.Errorf("%s: personal are %q, want %q", f.Kind, s, want[f.Kind])
		}
	}
	for _, c := range []struct {
		kind  ledger.Kind
		field string
		want  bool
	}{
		{"dragon", "name", true},
		{"gift", "wings", true},
		{"gift", "_wings", true},
		{"period", "period", false},
		{"gift", ledger.Lifecycle, false},
		{"gift", ledger.Link, false},
		{"dragon", ledger.Review, false},
	} {
		if got := form.Personal(c.kind, c.field); got != c.want {
			t.Errorf("Personal(%s, %s) = %v", c.kind, c.field, got)
		}
	}
}

func TestGiftID(t *testing.T) {
	id := func(s string) ledger.RecordID {
		r, err := ledger.ParseRecordID(s)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	const unit = "21133-01-20040101"
	campaign := ledger.Ref{Unit: "21124-20250701", Record: id(another)}
	household := ledger.Ref{Record: id(someone)}
	// The phone's own test holds the same vector.
	const want = "7d8dbf3b-3393-5654-8234-e24f075e17a9"
	got := form.GiftID(unit, campaign, household)
	if got.String() != want {
		t.Errorf("GiftID = %s, want %s", got, want)
	}
	household.Unit = unit
	if form.GiftID(unit, campaign, household) != got {
		t.Error("naming the own unit changes the id")
	}
	if form.GiftID("21133-02-20040101", campaign, household) == got {
		t.Error("two units share an id")
	}
}
