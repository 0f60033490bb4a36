package form_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/sothon/sothon/sync/form"
)

// TestFoldTextIsWhatItsRuleSays compares with the rule as a sentence: decompose,
// drop marks, lower case, đ and its likes to d, ƣ to u, and the rest to single spaces.
func TestFoldTextIsWhatItsRuleSays(t *testing.T) {
	rule := func(s string) string {
		var out strings.Builder
		for _, r := range norm.NFKD.String(s) {
			switch r = unicode.ToLower(r); {
			case unicode.In(r, unicode.Mn, unicode.Cf):
			case r == 'đ' || r == 'ð' || r == 'ɖ':
				out.WriteByte('d')
			case r == 'ƣ':
				out.WriteByte('u')
			case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
				out.WriteRune(r)
			default:
				out.WriteByte(' ')
			}
		}
		return strings.Join(strings.Fields(out.String()), " ")
	}
	check := func(t interface{ Fatalf(string, ...any) }, s string) {
		if got, want := form.FoldText(s), rule(s); got != want {
			t.Fatalf("FoldText(%+q) = %q, want %q", s, got, want)
		}
	}
	for r := range rune(0x3000) {
		check(t, "a"+string(r)+"b")
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.String().Draw(t, "text")) })
}
