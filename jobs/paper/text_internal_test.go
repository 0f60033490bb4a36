package paper

import (
	"testing"

	"golang.org/x/text/unicode/norm"
)

// What isPlain passes over unseen must be NFC, whatever stands before it.
func TestPlainIsComposed(t *testing.T) {
	for r := rune(0); r < 0x11000; r++ {
		s := string(r)
		if !isPlain(s) {
			continue
		}
		if p := norm.NFC.PropertiesString(s); !norm.NFC.IsNormalString(s) || !p.BoundaryBefore() {
			t.Errorf("%U is not composed by itself", r)
		}
		if cleanRune(r) != r {
			t.Errorf("%U is to be cleaned", r)
		}
	}
}

func TestFontsHaveVietnamese(t *testing.T) {
	const marked = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
	tones := []rune{0, '\u0300', '\u0301', '\u0303', '\u0309', '\u0323'}
	for f := range faces {
		n := 0
		for _, vowel := range marked {
			for _, tone := range tones {
				s := string(vowel)
				if tone > 0 {
					s += string(tone)
				}
				if s = norm.NFC.String(s); f.show(s) == s && f.width(s, 10) > 0 {
					n++
				}
			}
		}
		if n != 144 || f.show("đĐ□–“”…") != "đĐ□–“”…" {
			t.Errorf("face %d has %d of 144 letters", f, n)
		}
	}
}
