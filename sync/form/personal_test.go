package form_test

import (
	"testing"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// notPersonal are the texts that no erasure reaches, and why a person does not
// stand in them.
var notPersonal = map[string]string{
	"household.code":             "a number that the village gives to a house",
	"campaign.name":              "what a public round of giving is called: reports print it",
	"campaign.organisation":      "a body, not a person: reports print it",
	"campaign.giftItems":         "goods",
	"gift.items":                 "goods",
	"meeting.place":              "a public place",
	"activity.place":             "a public place",
	"activity.coOrganiser":       "a body, not a person",
	"fund.proofNumber":           "the number of a receipt",
	"fund.bankTransaction":       "the bank's number of a transfer; who made it, only the bank can tell",
	"petition.transferredTo":     "an authority",
	"petition.guidedTo":          "an authority",
	"reception.settledBy":        "an authority",
	"reception.guidedTo":         "an authority",
	"reception.handledBy":        "an authority",
	"household.members.name":     "erased with the whole list",
	"household.members.relation": "erased with the whole list",
}

// Wherever a person's name, telephone or number may be written, an erasure
// reaches it: a new field of text is personal, or stands in the list above.
func TestTextsAreErasableOrNameNobody(t *testing.T) {
	left := map[string]bool{}
	for name := range notPersonal {
		left[name] = true
	}
	check := func(name string, f *form.Field) {
		switch f.Type {
		case form.TypePhone, form.TypeNationalID, form.TypeHashes:
			if !f.Personal {
				t.Errorf("%s is a person's own, and not personal", name)
			}
		case form.TypeText, form.TypeLongText:
			_, told := notPersonal[name]
			if f.Personal == told {
				t.Errorf("%s: personal %t, in the list %t", name, f.Personal, told)
			}
			delete(left, name)
		default: // holds no words
		}
	}
	for _, f := range form.All() {
		for i := range f.Fields {
			field := &f.Fields[i]
			check(string(f.Kind)+"."+field.Name, field)
			for j := range field.Items {
				check(string(f.Kind)+"."+field.Name+"."+field.Items[j].Name, &field.Items[j])
			}
		}
		for _, name := range f.Erasable() {
			op := ledger.ParseOp(ledger.Value(`{"action":"erase","at":"2026-11-20T02:10:00Z","base":0,"fields":["` + name + `"],"kind":"` + string(f.Kind) + `","n":1,"record":"019a0000-0000-7000-8000-000000000012"}`))
			if fault := form.CheckOp(form.RoleReviewer, nil, &op, "2026-11-20"); fault != (ledger.Fault{}) || !form.Personal(f.Kind, name) {
				t.Errorf("%s.%s cannot be erased: %v", f.Kind, name, fault)
			}
		}
	}
	for name := range left {
		t.Errorf("%s is no text of any form", name)
	}
}

func TestErasureOfMembers(t *testing.T) {
	for field, code := range map[string]string{
		"sources": form.FaultNotPersonal, "sources.amountVnd": form.FaultNotPersonal, "sources.who": form.FaultFieldUnknown, "program.name": form.FaultFieldUnknown,
	} {
		op := ledger.ParseOp(ledger.Value(`{"action":"erase","at":"2026-11-20T02:10:00Z","base":0,"fields":["` + field + `"],"kind":"house","n":1,"record":"019a0000-0000-7000-8000-000000000012"}`))
		if fault := form.CheckOp(form.RoleReviewer, nil, &op, "2026-11-20"); fault != (ledger.Fault{Code: code, Field: field}) {
			t.Errorf("an erasure of %s: %v", field, fault)
		}
	}
	house, _ := form.Of(form.KindHouse)
	sources, _ := house.Field("sources")
	if v := sources.WithoutPersonal(`[{"amountVnd":3,"form":"cash","name":"Ông Mẫu"},{"form":"kind"}]`); v != `[{"amountVnd":3,"form":"cash"},{"form":"kind"}]` {
		t.Errorf("without what is personal the sources are %s", v)
	}
	if label := house.LabelOf("sources.name"); label != "Nguồn kinh phí: Nguồn" {
		t.Errorf("the label is %q", label)
	}
}
