package store

import (
	"slices"
	"testing"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// TestFacets makes records and says what lists are narrowed by.
func TestFacets(t *testing.T) {
	const unit ledger.UnitID = "21124-01-20200101"
	household := ledger.NameID("household").String()
	for _, c := range []struct {
		kind             ledger.Kind
		set              string
		want             []string
		amount, quantity int64
	}{
		{
			form.KindGift, `{"household":"` + household + `","date":"2026-11-20","quantity":2,"valueVnd":600000,"category":"poor","photos":["aa"]}`,
			[]string{"author:u_1", "category:poor", "photos", "ref:21124-01-20200101/" + household, "unsigned"},
			600000, 2,
		},
		{
			form.KindGift, `{"campaign":{"record":"` + household + `","unit":"21124-20200101"},"quantity":1,"signedFor":true,"photos":[]}`,
			[]string{"author:u_1", "ref:21124-20200101/" + household, "signedFor:true"},
			0, 1,
		},
		{
			form.KindPetition, `{"class":"denunciation","status":"received"}`,
			[]string{"author:u_1", "class:denunciation", "confidential", "status:received"},
			0, 0,
		},
		{form.KindFund, `{"direction":"in","amountVnd":5}`, []string{"author:u_1", "direction:in"}, 5, 0},
		{form.KindHouse, `{"sources":[{"amountVnd":3,"form":"cash"},{"amountVnd":4}]}`, []string{"author:u_1"}, 7, 0},
		{"dragon", `{"class":"a"}`, []string{"author:u_1"}, 0, 0},
	} {
		state, err := ledger.NewState(unit, ledger.RulesCurrent)
		if err != nil {
			t.Fatal(err)
		}
		text, err := ledger.Canonical([]byte(`{"n":1,"record":"` + ledger.NameID("x").String() + `","kind":"` + string(c.kind) +
			`","action":"edit","base":0,"at":"2026-11-20T02:10:00Z","set":` + c.set + `}`))
		if err != nil {
			t.Fatal(err)
		}
		op := ledger.ParseOp(text)
		r := state.Draft(0).Try(&ledger.Entry{Device: "d", User: "u_1", Role: form.RoleCollector}, &op)
		if got := slices.Sorted(slices.Values(FacetsOf(unit, r))); !slices.Equal(got, c.want) {
			t.Errorf("%s: facets %v, want %v", c.set, got, c.want)
		}
		if amountOf(r) != c.amount || quantityOf(r) != c.quantity {
			t.Errorf("%s: amount %d, quantity %d", c.set, amountOf(r), quantityOf(r))
		}
	}
}
