package form

import (
	"strings"
	"unicode"
)

// Where a syllable ends in oa, oe or uy, some people put the tone mark on the
// first vowel and some on the second: hòa, hoà. Both mean the same. One way is
// stored, hòa, which keyboards and identity cards use most. Where a consonant
// or vowel follows, the mark stands on the second for everybody: hoàn, loài.

// tones holds each vowel without a tone, then with huyền, sắc, hỏi, ngã, nặng.
var tones = [][]rune{
	[]rune("aàáảãạ"), []rune("eèéẻẽẹ"), []rune("oòóỏõọ"), []rune("uùúủũụ"), []rune("yỳýỷỹỵ"),
	[]rune("AÀÁẢÃẠ"), []rune("EÈÉẺẼẸ"), []rune("OÒÓỎÕỌ"), []rune("UÙÚỦŨỤ"), []rune("YỲÝỶỸỴ"),
}

type vowel struct {
	row  []rune
	tone int
}

var vowels = func() map[rune]vowel {
	all := map[rune]vowel{}
	for _, row := range tones {
		for tone, r := range row {
			all[r] = vowel{row, tone}
		}
	}
	return all
}()

// placeTones moves tone marks to where they are stored. The text is in NFC.
func placeTones(s string) string {
	letters := []rune(s)
	changed := false
	for i := range len(letters) - 1 {
		if !tonePair(letters[i], letters[i+1]) || !movable(letters, i) {
			continue
		}
		tone := vowels[letters[i]].tone + vowels[letters[i+1]].tone // one of them is 0
		at, from := i, i+1
		if i+2 < len(letters) && unicode.IsLetter(letters[i+2]) {
			at, from = i+1, i
		}
		letters[from] = vowels[letters[from]].row[0]
		letters[at], changed = vowels[letters[at]].row[tone], true
	}
	if !changed {
		return s
	}
	return string(letters)
}

// tonePair reports whether two letters may be such a pair with one mark.
func tonePair(a, b rune) bool {
	if a < 0x80 && b < 0x80 {
		return false // no mark
	}
	first, ok1 := vowels[a]
	second, ok2 := vowels[b]
	return ok1 && ok2 && (first.tone == 0) != (second.tone == 0)
}

// movable reports whether the vowels from letters[i] on are a pair whose mark
// people put on either. The u of qu belongs to the consonant; in uyê the mark
// is that of ê.
func movable(letters []rune, i int) bool {
	first, second := vowels[letters[i]], vowels[letters[i+1]]
	switch pair := string([]rune{unicode.ToLower(first.row[0]), unicode.ToLower(second.row[0])}); pair {
	case "oa", "oe":
		return true
	case "uy":
		return (i == 0 || unicode.ToLower(letters[i-1]) != 'q') &&
			(i+2 == len(letters) || !strings.ContainsRune("êềếểễệ", unicode.ToLower(letters[i+2])))
	}
	return false
}
