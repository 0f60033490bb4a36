package paper

import (
	_ "embed" // for the fonts
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/sothon/sothon/jobs/paper/pdf"
)

// Liberation Serif 2.1.5, as its makers gave it out; its licence stands beside
// it. The fonts have the widths of Times New Roman, letter by letter, so that what
// is measured with them holds for a docx that names Times New Roman.
var (
	//go:embed fonts/LiberationSerif-Regular.ttf
	regularFont []byte
	//go:embed fonts/LiberationSerif-Bold.ttf
	boldFont []byte
	//go:embed fonts/LiberationSerif-Italic.ttf
	italicFont []byte
	//go:embed fonts/LiberationSerif-BoldItalic.ttf
	boldItalicFont []byte
)

// face is one of a family.
type face int

const (
	regular face = iota
	bold
	italic
	boldItalic
	faces
)

// fonts reads the fonts of all faces, once.
var fonts = sync.OnceValue(func() *[faces]*pdf.Font {
	var all [faces]*pdf.Font
	names := [faces]string{"Regular", "Bold", "Italic", "BoldItalic"}
	for f, ttf := range [faces][]byte{regularFont, boldFont, italicFont, boldItalicFont} {
		var err error
		if all[f], err = pdf.ParseFont("LiberationSerif-"+names[f], ttf); err != nil {
			panic(fmt.Sprintf("paper: embedded font: %v", err))
		}
	}
	return &all
})

// with adds bold or italic to a face.
func (f face) with(isBold, isItalic bool) face {
	if isBold {
		f |= bold
	}
	if isItalic {
		f |= italic
	}
	return f
}

// Of the font's size: from a line's top to its baseline, and to the next line.
const (
	ascent  = 0.891
	natural = 1.149
)

// widths holds the advance of each character of the basic plane in thousandths
// of the font's size, rounded as a pdf states them; absent marks what the font
// lacks.
type widths [0x10000]int16

const absent = -1

// measured holds the widths of all faces.
var measured = sync.OnceValue(func() *[faces]widths {
	var all [faces]widths
	for f := range all {
		for r := range all[f] {
			all[f][r] = absent
			if width, found := fonts()[f].Width(rune(r)); found {
				all[f][r] = int16(width)
			}
		}
	}
	return &all
})

// width returns how long a text is at a size, in points. Characters that the
// font lacks count as the square that stands for them.
func (f face) width(s string, size float64) float64 {
	w := &measured()[f]
	var sum int
	for _, r := range s {
		if int(r) >= len(w) || w[r] == absent {
			r = square
		}
		sum += int(w[r])
	}
	return float64(sum) * size / 1000
}

// square stands for what the font lacks.
const square = '□'

// show returns a text in characters that the font has, without pictures and
// without those of private use, of which nobody else knows what they mean.
func (f face) show(s string) string {
	w := &measured()[f]
	return strings.Map(func(r rune) rune {
		switch {
		case int(r) < len(w) && w[r] != absent && !unicode.Is(unicode.Co, r):
			return r
		case r == '\u2011': // a hyphen at which no line breaks, as here none does
			return '-'
		}
		return square
	}, letters(s))
}
