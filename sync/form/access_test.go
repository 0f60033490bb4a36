package form_test

import (
	"slices"
	"testing"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

var roles = []ledger.Role{form.RoleCollector, form.RoleReviewer, form.RoleApprover, form.RoleAdmin, form.RoleSuperior, form.RoleAuditor, "stranger", ""}

func TestMayAct(t *testing.T) {
	village := []ledger.Kind{"household", "gift", "house", "reception", "petition", "meeting", "activity", "fund"}
	every := append(slices.Clone(village), "campaign")
	period := []ledger.Kind{"period"}
	type permission struct {
		actions []ledger.Action
		allowed map[ledger.Role][]ledger.Kind
	}
	table := []permission{
		{[]ledger.Action{"edit", "remove", "restore"}, map[ledger.Role][]ledger.Kind{"collector": village, "reviewer": every}},
		{[]ledger.Action{"unlink"}, map[ledger.Role][]ledger.Kind{"collector": village, "reviewer": every}},
		{[]ledger.Action{"comment"}, map[ledger.Role][]ledger.Kind{"collector": every, "reviewer": every, "approver": every}},
		{[]ledger.Action{"resolve"}, map[ledger.Role][]ledger.Kind{"reviewer": append(slices.Clone(every), "period"), "approver": period}},
		{[]ledger.Action{"review", "link"}, map[ledger.Role][]ledger.Kind{"reviewer": every}},
		{[]ledger.Action{"erase"}, map[ledger.Role][]ledger.Kind{"reviewer": every, "admin": every}},
		{[]ledger.Action{"close", "reopen"}, map[ledger.Role][]ledger.Kind{"reviewer": period, "approver": period}},
		{[]ledger.Action{"fly", ""}, nil},
	}
	for _, row := range table {
		for _, action := range row.actions {
			for _, role := range roles {
				for _, kind := range append(slices.Clone(every), "period", "dragon", "") {
					want := slices.Contains(row.allowed[role], kind)
					if got := form.MayAct(role, kind, action); got != want {
						t.Errorf("MayAct(%q, %q, %q) = %v", role, kind, action, got)
					}
				}
			}
		}
	}
}

func TestVisible(t *testing.T) {
	plain := mustRecord(t, "reception", least["reception"])
	secret := mustRecord(t, "petition", `{"class":"denunciation"}`)

	// A second author's class stands beside the first: the record is hidden
	// until a person settles it.
	v := newVillage(t)
	v.apply(mustEdit(t, "reception", least["reception"]), "u1")
	disputed := v.apply(mustEdit(t, "reception", `{"class":"denunciation"}`), "u2")

	for _, c := range []struct {
		name   string
		record *ledger.Record
		secret bool
	}{
		{"plain", plain, false},
		{"secret", secret, true},
		{"disputed", disputed, true},
		{"gift with a class", mustRecord(t, "gift", `{"class":"denunciation"}`), false},
	} {
		if got := form.Confidential(c.record); got != c.secret {
			t.Errorf("Confidential(%s) = %v", c.name, got)
		}
		want := map[ledger.Role][2]bool{ // by its author, by another
			form.RoleCollector: {true, !c.secret},
			form.RoleReviewer:  {true, true},
			form.RoleApprover:  {!c.secret, !c.secret},
			form.RoleAuditor:   {true, true},
		}
		for _, role := range roles {
			for i, user := range []ledger.UserID{"u1", "u2"} {
				if got := form.Visible(c.record, role, user); got != want[role][i] {
					t.Errorf("Visible(%s, %q, %s) = %v", c.name, role, user, got)
				}
			}
		}
	}
	if form.Visible(secret, form.RoleCollector, "") {
		t.Error("nobody sees a denunciation")
	}
	secret.Created = nil
	if form.Visible(secret, form.RoleCollector, "u1") {
		t.Error("a denunciation without an author is seen")
	}
}

// Of a unit that is not theirs, people are shown what a commune shows its villages, and
// nothing else, whatever their role shows them of their own.
func TestShown(t *testing.T) {
	plain, campaign := mustRecord(t, "reception", least["reception"]), mustRecord(t, "campaign", least["campaign"])
	for _, role := range roles {
		if form.Shown(plain, role, "u1", false) || !form.Shown(campaign, role, "u1", false) {
			t.Errorf("of another unit a %q is shown a reception, or no campaign", role)
		}
		if form.Shown(plain, role, "u1", true) != form.Visible(plain, role, "u1") {
			t.Errorf("of their unit a %q is shown what the role does not show", role)
		}
	}
}

func TestVisibleFromParent(t *testing.T) {
	for _, f := range form.All() {
		r := mustRecord(t, f.Kind, least[f.Kind])
		if got := form.VisibleFromParent(r); got != (f.Kind == form.KindCampaign) {
			t.Errorf("VisibleFromParent(%s) = %v", f.Kind, got)
		}
	}
}

// Each role has a view of its own, and one more of units of which it is only shown what
// those below may see: a cursor of one is none of another.
func TestViews(t *testing.T) {
	views := map[string]bool{}
	for _, role := range roles {
		views[form.ViewOf(role, true)] = true
		views[form.ViewOf(role, false)] = true
	}
	if len(views) != len(roles)+1 {
		t.Errorf("%d roles have the views %v", len(roles), views)
	}
}
