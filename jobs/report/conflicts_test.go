package report_test

import (
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/form"
)

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
