package store

import (
	"testing"

	"github.com/sothon/sothon/sync/ledger"
)

// TestRejectedNamesFieldsOnly: a verdict leads to a value inside a field, and
// never repeats what a person may have written in a field's place.
func TestRejectedNamesFieldsOnly(t *testing.T) {
	for field, want := range map[string]string{
		"": "", "headName": "headName", "members[0].name": "members[0].name", "members[12]": "members[12]", "_review": "_review",
		"Nguyễn Văn Mẫu": "set", "0912345678": "set", "members[0].Hộ mẫu": "set", "members[012345678901]": "set", "members[0": "set",
		"members[0]x": "set", "a b": "set", "members[-1]": "set", "members[]": "set",
	} {
		if got := rejected(ledger.Fault{Code: "type", Field: field}).Field; got != want {
			t.Errorf("%q is named as %q, want %q", field, got, want)
		}
	}
}
