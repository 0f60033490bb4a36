package report_test

import (
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/form"
)

// TestConflictsOfDenunciationsAreOnlyCounted: their village and day would be enough
// to find a person.
func TestConflictsOfDenunciationsAreOnlyCounted(t *testing.T) {
	w := newWorld(t)
	draw(w)
	before := compile(t, spec(), w.members())
	petition := `"class":"denunciation","status":"received","content":"Nội dung mẫu","receivedOn":`
	w.edit2(village2, form.KindPetition, 60, petition+`"2022-03-01"`, petition+`"2022-03-02"`)
	after := compile(t, spec(), w.members())
	if len(after.Conflicts) != len(before.Conflicts) || after.HiddenConflicts != before.HiddenConflicts+1 {
		t.Errorf("%d are listed and %d counted, before it were %d and %d", len(after.Conflicts), after.HiddenConflicts, len(before.Conflicts), before.HiddenConflicts)
	}
}

// TestConflictsLeaveOutLongTexts: the annex names a long text that is disputed,
// and prints neither of what stands there.
func TestConflictsLeaveOutLongTexts(t *testing.T) {
	w := newWorld(t)
	draw(w)
	long := strings.Repeat("quà ", 200)
	w.edit2(village1, form.KindGift, 1, `"quantity":3,"items":"Một `+long+`"`, `"quantity":4,"items":"Hai `+long+`"`)
	values := map[string]int{}
	for _, conflict := range compile(t, spec(), w.members()).Conflicts {
		for _, d := range conflict.Fields {
			if d.Label == "" {
				t.Errorf("%s has no label", d.Field)
			}
			values[d.Field] = len(d.Values)
		}
	}
	if n, listed := values["items"]; !listed || n != 0 || values["quantity"] != 2 {
		t.Errorf("values that are printed of each field: %v, want 2 of quantity and none of items", values)
	}
}
