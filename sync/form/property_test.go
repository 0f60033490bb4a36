package form_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// values are JSON texts, of every type and then some.
var values = rapid.OneOf(
	rapid.Custom(func(t *rapid.T) string { return string(ledger.Text(rapid.String().Draw(t, "text"))) }),
	rapid.Custom(func(t *rapid.T) string { return strconv.FormatInt(rapid.Int64().Draw(t, "number"), 10) }),
	rapid.SampledFrom([]string{
		"null", "true", "false", "0", "1", "-1", "1.5", "1e400", `""`, "[]", "{}", "[[]]", "[null]", `[{}]`, `{"not":null}`,
		`"2026-11-20"`, `"2026-02-30"`, `"0905123456"`, `"051000000012"`, `"denunciation"`, `"suspended"`, `"live"`,
		`"` + someone + `"`, elsewhere, `["` + photo + `"]`, `[{"name":"A"}]`, `[{"from":"2026-11-20"}]`, `[{"from":null,"to":7}]`,
	}),
)

func drawSet(t *rapid.T, f *form.Form, label string) string {
	names := []string{"wings", "_link", ""}
	for _, field := range f.Fields {
		names = append(names, field.Name)
	}
	chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 8, rapid.ID).Draw(t, label)
	members := make([]string, len(chosen))
	for i, name := range chosen {
		members[i] = strconv.Quote(name) + ":" + values.Draw(t, name)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// askAll puts every question about a record.
func askAll(r *ledger.Record) {
	form.Day(r)
	form.Words(r)
	form.SortName(r)
	form.SameKeys(r)
	form.Reverses(r)
	form.Confidential(r)
	form.Visible(r, form.RoleCollector, "u1")
}

// checkTotal checks an op, and that what was refused has a sentence.
func checkTotal(t rapid.TB, role ledger.Role, before *ledger.Record, op *ledger.Op) ledger.Fault {
	t.Helper()
	fault := form.CheckOp(role, before, op, today)
	if fault != form.CheckOp(role, before, op, today) {
		t.Fatalf("two answers to %s", op.Text)
	}
	if fault != (ledger.Fault{}) && form.Message(fault, op.Kind) == "" {
		t.Fatalf("%v of %s has no message", fault, op.Text)
	}
	form.DayOf(op, before)
	form.CheckReversal(before, op)
	return fault
}

// Whatever stands in a record and whatever an op sets: no panic, and what is
// accepted is accepted again by a reviewer who resolves it field by field.
func TestCheckOpIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(form.All()).Draw(t, "form")
		role := rapid.SampledFrom(roles).Draw(t, "role")
		var before *ledger.Record
		if set := drawSet(t, f, "before"); set != "{}" {
			if op := mustEdit(t, f.Kind, set); op.Fault == (ledger.Fault{}) {
				before = newVillage(t).apply(op, "u1")
			}
		}
		askAll(before)
		op := mustEdit(t, f.Kind, drawSet(t, f, "set"))
		if checkTotal(t, role, before, op) != (ledger.Fault{}) {
			return
		}
		r := newVillage(t).apply(op, "u1")
		askAll(r)
		if f.WriteOnce {
			return
		}
		for _, a := range op.Set {
			resolve := mustOp(t, f.Kind, fmt.Sprintf(`"action":"resolve","field":%q,"value":%s,"sees":["1.0"]`, a.Field, a.Value))
			if fault := checkTotal(t, form.RoleReviewer, r, resolve); fault != (ledger.Fault{}) {
				t.Fatalf("%s was accepted, and as a resolution refused: %v", a.Field, fault)
			}
		}
	})
}

func FuzzCheckOp(f *testing.F) {
	for kind, set := range good {
		f.Add([]byte(mustEdit(f, kind, set).Text))
		f.Add([]byte(mustEdit(f, kind, least[kind]).Text))
	}
	for _, members := range []string{
		`"action":"resolve","field":"_review","value":{"note":"","state":"approved"},"sees":["1.0"]`,
		`"action":"resolve","field":"_link","value":{"not":` + elsewhere + `},"sees":["1.0"]`,
		`"action":"erase","fields":["recipientName"]`,
		`"action":"review","state":"returned","note":"Xem lại"`,
	} {
		f.Add([]byte(mustOp(f, "gift", members).Text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := ledger.Canonical(text)
		if err != nil {
			return
		}
		op := ledger.ParseOp(v)
		checkTotal(t, form.RoleReviewer, nil, &op)
		before := &ledger.Record{Kind: op.Kind, ID: op.Record}
		checkTotal(t, form.RoleCollector, before, &op)
		if op.Fault == (ledger.Fault{}) && op.Action == ledger.ActionEdit {
			r := newVillage(t).apply(&op, "u1")
			askAll(r)
			checkTotal(t, form.RoleReviewer, r, &op)
		}
	})
}
