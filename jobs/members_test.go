package jobs_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

// Whatever becomes of its units, an issued report compiled again is the same,
// its numbers lead to their records, and an addendum tells what it said.
func TestUnitsThatChangeLater(t *testing.T) {
	const other ledger.UnitID = "21136-20040101"
	for name, change := range map[string]func(*accounts.Unit){
		"renamed": func(u *accounts.Unit) { u.Name = "Thôn đổi tên" },
		"ended":   func(u *accounts.Unit) { u.ValidTo = "2020-01-01" },
		"moved":   func(u *accounts.Unit) { u.Parent = other },
	} {
		t.Run(name, func(t *testing.T) {
			w := newHost(t)
			units := accounts.New(w.db).Units
			w.add(units, accounts.Unit{ID: other, Code: "21136", Name: "Trà Khác", Level: accounts.Commune, Parent: district, ValidFrom: "2004-01-01"})
			w.gift(village1, "2020-05-01", 3)
			w.gift(village2, "2020-05-01", 4)
			issued := w.approve(w.compile(archive.Request{}))
			draft := w.compile(archive.Request{Unit: commune, Template: report.MTTQ, Period: term, By: clerk})

			if _, err := units.Update(t.Context(), string(village1), func(u *accounts.Unit) error {
				change(u)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			office := w.open("máy khác") // remembers nothing
			if verified, err := office.Archive.Verify(t.Context(), &issued.Value); err != nil || !verified.Same() {
				t.Errorf("compiled again: %v %v", verified, err)
			}
			compiled, err := office.Archive.Compiled(t.Context(), &issued.Value)
			if err != nil {
				t.Fatal(err)
			}
			if behind, _ := compiled.Behind("gifts"); len(behind) != 2 {
				t.Errorf("behind the gifts are %v", behind)
			}
			if draft, err = office.Archive.Drafts.Write(t.Context(), draft.ID, draft.Version, archive.Words{Texts: map[string]*string{"unity": ptr("Đã vận động.")}}, clerk); err != nil || value(t, &draft.Value, "gifts") != 7 {
				t.Errorf("a draft written on: %v", err)
			}
			more := w.compile(archive.Request{Unit: commune, Template: report.UBND, Period: term, AddendumOf: issued.ID, By: clerk})
			for _, c := range more.Value.Content.Addendum.Changes {
				if now := value(t, &more.Value, "gifts"); c.Figure == "gifts" && (c.Was != 7 || c.Now != now || c.Left != 1) {
					t.Errorf("of 7 gifts %d are left: %+v", now, c)
				}
			}
		})
	}
}

// A report is counted again by the rules that it cites, and not at all where
// these are not known.
func TestRulesThatAReportCites(t *testing.T) {
	w := newHost(t)
	w.gift(village1, "2020-05-01", 3)
	issued := w.approve(w.compile(archive.Request{}))
	issued.Value.Content.Rules = ledger.RulesCurrent + 1
	if verified, err := w.open("máy khác").Archive.Verify(t.Context(), &issued.Value); err == nil {
		t.Errorf("rules of a later program: %v", verified)
	}
}

// A village that moves counts where it was until then, and where it is from
// then on.
func TestVillageThatMoves(t *testing.T) {
	const other ledger.UnitID = "21136-20040101"
	w := newHost(t)
	units := accounts.New(w.db).Units
	w.add(units, accounts.Unit{ID: other, Code: "21136", Name: "Trà Khác", Level: accounts.Commune, Parent: district, ValidFrom: "2004-01-01"})
	w.gift(village1, "2020-05-01", 1)
	w.gift(village1, "2021-12-31", 2)
	w.gift(village1, "2022-01-01", 4)
	w.gift(village2, "2022-05-01", 8)
	move := func(to ledger.UnitID, from string) {
		t.Helper()
		if _, err := units.Update(t.Context(), string(village1), func(u *accounts.Unit) error { return u.MoveTo(to, from) }); err != nil {
			t.Fatal(err)
		}
	}
	gifts := func(old, now int64) {
		t.Helper()
		for unit, want := range map[ledger.UnitID]int64{commune: old, other: now} {
			r := w.compile(archive.Request{Unit: unit, Template: report.MTTQ, Period: term, By: clerk})
			if got := value(t, &r.Value, "gifts"); got != want {
				t.Errorf("%s has %d gifts, want %d", unit, got, want)
			}
		}
	}
	gifts(15, 0)
	move(other, "2022-01-01")
	gifts(11, 4)
	move(commune, "2022-01-01") // it was a mistake
	gifts(15, 0)
	move(other, "2004-01-01") // it always was there
	gifts(8, 7)
}

// A unit is called what the data says where its name does not say it.
func TestKindsOfUnits(t *testing.T) {
	w := newHost(t)
	tables := accounts.New(w.db)
	for unit, kind := range map[ledger.UnitID]string{commune: "Phường", village1: "tổ dân phố"} {
		u, err := tables.Units.Get(t.Context(), string(unit))
		if err != nil {
			t.Fatal(err)
		}
		u.Value.Kind = kind
		if err := tables.CheckUnit(t.Context(), &u.Value); err != nil {
			t.Fatal(err)
		}
		if _, err := tables.Units.Replace(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	var refused *accounts.Error
	if err := tables.CheckUnit(t.Context(), &accounts.Unit{Name: "Mẫu", Kind: "tổ 5"}); !errors.As(err, &refused) || refused.Code != accounts.CodeUnitKind {
		t.Errorf("a kind with a number: %v", err)
	}
	r := w.compile(archive.Request{}).Value.Content
	if s := r.Sections[1].Text; !strings.Contains(s, "Ủy ban nhân dân phường Trà Mẫu báo cáo") || !strings.Contains(s, "1 tổ dân phố") {
		t.Errorf("the opening: %s", s)
	}
	if l := r.Letter; l.Place != "Trà Mẫu" || l.Issuer[1] != "PHƯỜNG TRÀ MẪU" {
		t.Errorf("the letter: %+v", l)
	}
}
