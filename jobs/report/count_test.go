package report_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Each gift has another power of two, so that a sum tells which counted.
func TestWhichOfTheCopiesCounts(t *testing.T) {
	const gift = form.KindGift
	for _, test := range []struct {
		name  string
		build func(w *world)
		value int64
	}{
		{"the original", func(w *world) {
			w.link(village1, gift, 1, own(2))
		}, 0b0110_1100},
		{"the end of a chain", func(w *world) {
			w.link(village1, gift, 1, own(2))
			w.link(village1, gift, 2, own(3))
		}, 0b0110_1000},
		{"the original in another unit", func(w *world) {
			w.link(village1, gift, 1, ref(village2, 1))
		}, 0b0110_1100},
		{"a copy where the original was removed", func(w *world) {
			w.link(village1, gift, 1, ref(village2, 1))
			w.link(village2, gift, 2, ref(village2, 1))
			w.remove(village2, gift, 1)
		}, 0b0000_1110},
		{"nobody where all were removed", func(w *world) {
			w.link(village1, gift, 1, own(2))
			w.remove(village1, gift, 1)
			w.remove(village1, gift, 2)
		}, 0b0110_1000},
		{"a copy of what is in no ledger here", func(w *world) {
			w.link(village1, gift, 1, ref("21145-01-20040101", 9))
			w.link(village1, gift, 2, ref("21145-01-20040101", 9))
		}, 0b0110_1010},
		{"one of two that are each other's copy", func(w *world) {
			w.link(village1, gift, 1, ref(village2, 1))
			w.link(village2, gift, 1, ref(village1, 1))
		}, 0b0100_1110},
		{"one of a circle, and who leads into it", func(w *world) {
			w.link(village1, gift, 2, ref(village2, 1))
			w.link(village2, gift, 1, ref(village2, 2))
			w.link(village2, gift, 2, ref(village1, 2))
			w.link(village1, gift, 1, own(2))
		}, 0b0000_1010},
		{"the first of a circle that may", func(w *world) {
			w.link(village1, gift, 1, ref(village2, 1))
			w.link(village2, gift, 1, ref(village1, 1))
			w.remove(village1, gift, 1)
		}, 0b0110_1100},
		{"itself where it is linked to itself", func(w *world) {
			w.link(village1, gift, 1, own(1))
		}, 0b0110_1110},
		{"both where the kinds differ", func(w *world) {
			w.edit(village1, form.KindMeeting, 8, `"date":"2019-01-01","level":"commune","place":"A"`)
			w.link(village1, gift, 1, own(8))
		}, 0b0110_1110},
		{"both once the link is taken back", func(w *world) {
			w.link(village1, gift, 1, own(2))
			w.act(village1, gift, 1, ledger.ActionUnlink, `"x":0`)
		}, 0b0110_1110},
		{"both once they are said to be different", func(w *world) {
			w.link(village1, gift, 1, own(2))
			w.act(village1, gift, 1, ledger.ActionUnlink, `"duplicateOf":`+string(own(2).Value()))
		}, 0b0110_1110},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			for i := range byte(3) {
				w.gift(village1, i+1, "2019-05-01", 1<<(i+1))
			}
			for i := range byte(2) {
				w.gift(village2, i+1, "2019-05-01", 1<<(i+5))
			}
			test.build(w)
			if got := w.figure("gifts").Value; got != test.value {
				t.Errorf("gifts = %08b, want %08b", got, test.value)
			}
		})
	}
}

// A link that only one of two people made leaves in doubt whether the copy
// counts.
func TestLinkInConflictTouches(t *testing.T) {
	w := newWorld(t)
	w.gift(village1, 1, "2019-05-01", 1)
	w.gift(village1, 2, "2019-05-01", 2)
	w.say(village1, "desk1", 2, form.KindGift, recordID(2), ledger.ActionLink, `"duplicateOf":`+string(own(1).Value()))
	w.say(village1, "desk2", 2, form.KindGift, recordID(2), ledger.ActionUnlink, `"x":0`)
	if f := w.figure("gifts"); !f.Touched {
		t.Errorf("%+v is not touched", f)
	}
}

// model is what the test itself knows of a gift.
type model struct {
	quantity          int64
	removed, returned bool
	link              ledger.Ref // Unit is set where there is a link
}

// recount counts as a person would with paper and pencil: for each gift it
// looks up everything that tells the same thing, and asks whether it is the one.
func recount(gifts map[ledger.Ref]*model) (total int64) {
	order := func(a, b ledger.Ref) int {
		if a.Unit != b.Unit {
			if a.Unit < b.Unit {
				return -1
			}
			return 1
		}
		return a.Record.Compare(b.Record)
	}
	for ref, gift := range gifts {
		same := map[ledger.Ref]bool{ref: true}
		for grown := true; grown; {
			grown = false
			for a, g := range gifts {
				if g.link.Unit != "" && same[a] != same[g.link] {
					same[a], same[g.link], grown = true, true, true
				}
			}
		}
		chosen := ledger.Ref{}
		for _, r := range slices.SortedFunc(maps.Keys(same), order) {
			g := gifts[r]
			if g.removed || g.returned {
				continue
			}
			if g.link.Unit == "" {
				chosen = r
				break
			}
			if chosen.Unit == "" {
				chosen = r
			}
		}
		if chosen == ref {
			total += gift.quantity
		}
	}
	return total
}

// TestFiguresEqualANaiveRecount also checks what
// single steps do to the sum.
func TestFiguresEqualANaiveRecount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		gifts := map[ledger.Ref]*model{}
		var order []ledger.Ref
		count := func() int64 { return w.figure("gifts").Value }
		var known int64
		for step := range rapid.IntRange(1, 40).Draw(t, "steps") {
			action := rapid.IntRange(0, 6).Draw(t, "action")
			if action <= 2 || len(order) == 0 {
				id := ledger.Ref{Unit: rapid.SampledFrom([]ledger.UnitID{village1, village2}).Draw(t, "unit"), Record: recordID(byte(step + 1))}
				quantity := rapid.Int64Range(1, 9).Draw(t, "quantity")
				w.gift(id.Unit, byte(step+1), "2021-05-01", int(quantity))
				gifts[id], order = &model{quantity: quantity}, append(order, id)
				known += quantity
			} else {
				id := rapid.SampledFrom(order).Draw(t, "gift")
				n, gift := id.Record[15], gifts[id]
				alone := gift.link.Unit == "" && !gift.removed && !gift.returned && !slices.ContainsFunc(order, func(r ledger.Ref) bool { return gifts[r].link == id })
				switch action {
				case 3, 4:
					of := rapid.SampledFrom(order).Draw(t, "original")
					written := of
					if of.Unit == id.Unit {
						written.Unit = ""
					}
					w.link(id.Unit, form.KindGift, n, written)
					gift.link = of
					if target := gifts[of]; alone && of != id && target.link.Unit == "" && !target.removed && !target.returned {
						if got := count(); got != known-gift.quantity {
							t.Fatalf("a copy of %d was linked: %d became %d", gift.quantity, known, got)
						}
					}
				case 5:
					if gift.removed {
						continue // a second removal says nothing new
					}
					w.remove(id.Unit, form.KindGift, n)
					gift.removed = true
					if got := count(); alone && got != known-gift.quantity {
						t.Fatalf("a gift of %d was removed: %d became %d", gift.quantity, known, got)
					}
				case 6:
					w.giveBack(id.Unit, form.KindGift, n)
					gift.returned = true
				}
				known = recount(gifts)
			}
			if got := count(); got != known {
				t.Fatalf("counted %d, a recount gives %d", got, known)
			}
			if f := w.figure("gifts"); f.Touched || f.Value != w.figure("gifts.2021").Value || fmt.Sprint(f.Behind) != fmt.Sprint(w.figure("gifts.2021").Behind) {
				t.Fatalf("the year differs from the term, or is touched: %+v", f)
			}
		}
	})
}

// Folds may come in any order.
func TestOrderOfLedgersDoesNotMatter(t *testing.T) {
	w := newWorld(t)
	for i := range byte(9) {
		w.gift(village1, i+1, "2021-05-01", int(i)+1)
		w.gift(village2, i+1, "2021-05-01", int(i)+1)
	}
	a := report.Figures([]report.Member{w.member(village1), w.member(village2)}, term)
	b := report.Figures([]report.Member{w.member(village2), w.member(village1)}, term)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("figures depend on the order of the ledgers")
	}
}
