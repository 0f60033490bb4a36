package form_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Every field stands on the screen once, and no condition can hide what a
// record must have.
func TestSections(t *testing.T) {
	for _, f := range form.All() {
		var shown []string
		for _, s := range f.Sections {
			if s.Title == "" || s.Title != norm.NFC.String(s.Title) {
				t.Errorf("%s: section %q", f.Kind, s.Title)
			}
			checkCondition(t, f, s.When)
			for _, name := range s.Fields {
				field, ok := f.Field(name)
				if !ok || slices.Contains(shown, name) {
					t.Errorf("%s: section %q shows %s, which is no field or stands elsewhere", f.Kind, s.Title, name)
					continue
				}
				if field.Required && (s.Folded || s.When != nil || field.When != nil) {
					t.Errorf("%s.%s is required and may be hidden", f.Kind, name)
				}
				shown = append(shown, name)
			}
		}
		if len(shown) != len(f.Fields) {
			t.Errorf("%s: sections show %d of %d fields: %v", f.Kind, len(shown), len(f.Fields), shown)
		}
	}
}

func checkCondition(t *testing.T, f *form.Form, c *form.Condition) {
	t.Helper()
	if c == nil {
		return
	}
	field, ok := f.Field(c.Field)
	if !ok {
		t.Fatalf("%s: a condition names %s", f.Kind, c.Field)
	}
	for _, value := range c.Values {
		isBool := field.Type == form.TypeBoolean && (value == "true" || value == "false")
		if !isBool && field.OptionLabel(value) == value {
			t.Errorf("%s: a condition wants %s to be %q", f.Kind, c.Field, value)
		}
	}
}

// What a rule needs at a step is shown at that step.
func TestNeededFieldsAreShown(t *testing.T) {
	for _, f := range form.All() {
		for i := range f.Fields {
			checkCondition(t, f, f.Fields[i].When)
		}
		for _, r := range f.Rules {
			if r.Relation != form.RelationNeeds {
				continue
			}
			for _, name := range r.Fields {
				field, _ := f.Field(name)
				for _, value := range r.Values {
					if c := field.When; c != nil && c.Field == r.When && !slices.Contains(c.Values, value) {
						t.Errorf("%s.%s is needed where %s is %s, and hidden there", f.Kind, name, r.When, value)
					}
				}
			}
		}
	}
}

// A form that is saved as it opens, except for what is required, breaks nothing.
func TestDefaults(t *testing.T) {
	for _, f := range form.All() {
		op := mustEdit(t, f.Kind, least[f.Kind])
		for i := range f.Fields {
			field := &f.Fields[i]
			if field.Default == "" {
				continue
			}
			v := field.Default
			if field.Type == form.TypeDate {
				if v != form.Today {
					t.Errorf("%s.%s begins with %s", f.Kind, field.Name, v)
				}
				v = ledger.Text(today)
			}
			op.Set = slices.DeleteFunc(op.Set, func(a ledger.Assignment) bool { return a.Field == field.Name })
			op.Set = append(op.Set, ledger.Assignment{Field: field.Name, Value: v})
		}
		sortSet(op)
		if fault := form.CheckOp(form.RoleReviewer, nil, op, today); fault != (ledger.Fault{}) {
			t.Errorf("%s with its defaults: %v", f.Kind, fault)
		}
	}
}

func TestActions(t *testing.T) {
	for _, f := range form.All() {
		actions := f.Actions()
		if mayEdit := slices.Contains(actions[form.RoleCollector], ledger.ActionEdit); mayEdit != (f.Kind != form.KindCampaign) {
			t.Errorf("a collector may edit a %s: %v", f.Kind, mayEdit)
		}
		if !slices.Contains(actions[form.RoleReviewer], ledger.ActionReview) || len(actions[form.RoleSuperior])+len(actions[form.RoleAuditor]) > 0 {
			t.Errorf("%s: %v", f.Kind, actions)
		}
	}
}

func TestSame(t *testing.T) {
	f, _ := form.Of(form.KindGift)
	want := []form.Part{{Field: "campaign", As: form.AsRef}, {Field: "recipientName", As: form.AsName}, {Field: "date", As: form.AsText}}
	if got := f.Same(); len(got) != 4 || !slices.Equal(got[1], want) {
		t.Errorf("Same = %v", got)
	}
	known := []form.As{form.AsText, form.AsFold, form.AsName, form.AsDigits, form.AsRef, form.AsYear}
	for _, f := range form.All() {
		for _, way := range f.Same() {
			for _, p := range way {
				if _, ok := f.Field(p.Field); !ok || !slices.Contains(known, p.As) {
					t.Errorf("%s: a phone cannot compare %v", f.Kind, p)
				}
			}
		}
		if len(f.Same()) == 0 {
			t.Errorf("%s: nothing makes two alike", f.Kind)
		}
	}
}

// TestCountedAfter: what counts by a day after its unit's last counts nowhere; the
// day is that by which reports count.
func TestCountedAfter(t *testing.T) {
	for _, c := range []struct {
		kind, fields string
		want         bool
	}{
		{"gift", `{"date":"2025-06-30"}`, false},
		{"gift", `{"date":"2025-07-01"}`, true},
		{"house", `{"status":"accepted","acceptedOn":"2025-07-01"}`, true},
		{"house", `{"status":"handedOver","acceptedOn":"2025-06-30","handedOverOn":"2025-07-01"}`, false},
		{"house", `{"status":"handedOver","handedOverOn":"2025-07-01"}`, true},
		{"house", `{"status":"building","startedOn":"2025-07-01"}`, false},
		{"petition", `{"receivedOn":"2025-06-30","status":"resolved","resolvedOn":"2025-07-01"}`, false},
		{"fund", `{"date":"2025-07-01","direction":"out"}`, true},
		{"fund", `{"date":"2025-07-01","direction":"out","reverses":"` + strings.Repeat("0", 25) + `1"}`, false},
		{"household", `{"categoryFrom":"2025-07-01"}`, false},
	} {
		r := mustRecord(t, ledger.Kind(c.kind), c.fields)
		if got := form.CountedAfter("2025-06-30", nil, r); got != c.want {
			t.Errorf("%s %s: %t, want %t", c.kind, c.fields, got, c.want)
		}
		op := mustOp(t, ledger.Kind(c.kind), `"action":"edit","set":`+c.fields)
		if got := form.CountedAfter("2025-06-30", op, nil); got != c.want {
			t.Errorf("an op %s %s: %t, want %t", c.kind, c.fields, got, c.want)
		}
		if form.CountedAfter("", nil, r) {
			t.Errorf("%s %s after the end of a unit that has not ended", c.kind, c.fields)
		}
	}
	if form.CountedAfter("2025-06-30", nil, nil) {
		t.Error("nothing is after the end")
	}
}

func TestDaysOf(t *testing.T) {
	house := mustRecord(t, "house", `{"status":"accepted","acceptedOn":"2025-12-20"}`)
	for _, c := range []struct {
		before  *ledger.Record
		kind    ledger.Kind
		members string
		want    []string
	}{
		{house, "house", `"action":"edit","set":{"status":"handedOver","handedOverOn":"2026-01-10"}`, []string{"2025-12-20", "2026-01-10"}},
		{house, "house", `"action":"edit","set":{"acceptedOn":null}`, nil},
		{house, "house", `"action":"resolve","field":"acceptedOn","value":"2026-01-02","sees":["1.0"]`, []string{"2026-01-02"}},
		{nil, "petition", `"action":"edit","set":{"receivedOn":"2025-11-01","resolvedOn":"2025-12-01","deadline":"2025-12-31"}`, []string{"2025-11-01", "2025-12-01"}},
		{nil, "gift", `"action":"edit","set":{"date":"2025-11-01"}`, []string{"2025-11-01"}},
		{nil, "household", `"action":"edit","set":{"categoryFrom":"2025-11-01"}`, nil},
	} {
		if got := form.DaysOf(mustOp(t, c.kind, c.members), c.before); !slices.Equal(got, c.want) {
			t.Errorf("DaysOf(%s) = %v, want %v", c.members, got, c.want)
		}
	}
	if got := form.DaysOf(nil, nil); got != nil {
		t.Errorf("DaysOf nothing = %v", got)
	}
	for _, f := range form.All() {
		for _, name := range f.Dates {
			if field, ok := f.Field(name); !ok || field.Type != form.TypeDate {
				t.Errorf("%s counts by %s, which is no date", f.Kind, name)
			}
		}
	}
}

func TestLabels(t *testing.T) {
	l := form.AllLabels()
	for name, list := range map[string][]form.Option{
		"states": l.States, "actions": l.Actions, "statuses": l.Statuses, "registers": l.Registers,
		"reasons": l.Reasons, "roles": l.Roles, "titles": l.Titles,
	} {
		seen := map[string]bool{}
		for _, o := range list {
			if o.Value == "" || o.Label == "" || seen[o.Value] || o.Label != norm.NFC.String(o.Label) {
				t.Errorf("%s: %v", name, o)
			}
			seen[o.Value] = true
		}
		if len(list) == 0 {
			t.Errorf("no %s", name)
		}
	}
	for _, status := range []ledger.Status{ledger.Accepted, ledger.Conflict, ledger.Duplicate, ledger.Rejected} {
		if !slices.ContainsFunc(l.Statuses, func(o form.Option) bool { return o.Value == string(status) }) {
			t.Errorf("%s has no label", status)
		}
	}
}
