package form

import (
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/sothon/sothon/sync/ledger"
)

// FoldText brings text to what it is searched by: lower case, without tone
// and vowel marks, đ as d, and everything but a-z and 0-9 turned into single
// spaces, none at the ends. It is the same for NFC and NFD and wherever the
// tone mark was put: hoà and hòa both give hoa.
//
// Letters that people take for one are one: Ð and Ɖ, as old fonts give them
// for Đ, are d, and Ƣ for Ư is u.
//
// The phone does the same: NFKD, drop marks (Mn) and format characters (Cf),
// lower case, đ, ð and ɖ to d, ƣ to u, then spaces. testdata/search.json holds
// examples for the tests of both.
func FoldText(s string) string {
	out := make([]byte, 0, len(s))
	table := foldedLetters()
	space := false
	for _, r := range s {
		folded := byte(foldSlowly)
		if int(r) < len(table) {
			folded = table[r]
		}
		switch folded {
		case foldSlowly:
			for _, r := range norm.NFKD.String(string(r)) {
				out, space = appendFolded(out, foldLetter(r), space)
			}
		default:
			out, space = appendFolded(out, folded, space)
		}
	}
	return string(out)
}

// What a letter folds to, where that is no letter.
const (
	foldAway   = 0    // a mark: nothing
	foldSpace  = ' '  // not of a-z and 0-9
	foldSlowly = 0xff // more than one letter, or not in the table
)

func appendFolded(out []byte, folded byte, space bool) ([]byte, bool) {
	switch folded {
	case foldAway:
		return out, space
	case foldSpace:
		return out, true
	}
	if space && len(out) > 0 {
		out = append(out, ' ')
	}
	return append(out, folded), false
}

// foldLetter folds one rune of decomposed text.
func foldLetter(r rune) byte {
	if unicode.In(r, unicode.Mn, unicode.Cf) {
		return foldAway
	}
	r = unicode.ToLower(r)
	switch {
	case r == 'đ' || r == 'ð' || r == 'ɖ':
		return 'd'
	case r == 'ƣ':
		return 'u'
	case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
		return byte(r)
	}
	return foldSpace
}

// foldedLetters maps every letter up to those of Vietnamese to its folded form:
// decomposing is slow, and every record's name is folded several times.
var foldedLetters = sync.OnceValue(func() []byte {
	table := make([]byte, 0x1F00)
	for i := range table {
		table[i] = foldAway
		for _, r := range norm.NFKD.String(string(rune(i))) {
			switch folded := foldLetter(r); {
			case folded == foldAway:
			case table[i] == foldAway:
				table[i] = folded
			default:
				table[i] = foldSlowly
			}
		}
	}
	return table
})

const (
	maxWords      = 64
	maxWord       = 32  // bytes
	searchedRunes = 200 // of a long text
)

// Words returns the words by which a record is found, folded, each once, in
// the order of the form's fields: at most 64, of at most 32 bytes each. Every
// standing sibling counts. Phone and identity numbers are one word each, as
// digits from the leading 0.
func Words(r *ledger.Record) []string {
	if r == nil {
		return nil
	}
	f, ok := Of(r.Kind)
	if !ok {
		return nil
	}
	var words []string
	add := func(word string) {
		word = word[:min(len(word), maxWord)]
		if word != "" && len(words) < maxWords && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	for i := range f.Fields {
		field := &f.Fields[i]
		if !field.Search {
			continue
		}
		if shown, _ := r.Current(field.Name); shown.Erased() {
			continue // a copy that came later must not be found either
		}
		for _, w := range r.Register(field.Name) {
			s, _ := w.Value.Text()
			switch field.Type {
			case TypePhone:
				add(digitsOf(phoneNumber(s)))
				continue
			case TypeNationalID:
				add(digitsOf(s))
				continue
			case TypeLongText:
				s = firstRunes(s, searchedRunes)
			default: // short
			}
			for word := range strings.FieldsSeq(FoldText(s)) {
				add(word)
			}
		}
	}
	return words
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// maxSortKey is how many bytes of a collation key are kept.
const maxSortKey = 64

// collator is a Collator and its room to work in. It may not be used twice at
// once, and is slow to make.
type collator struct {
	*collate.Collator
	buffer collate.Buffer
}

var collators = sync.Pool{New: func() any { return &collator{Collator: collate.New(language.Vietnamese)} }}

// SortName returns the key by which records of a kind sort by name: compared
// byte by byte, keys order as Vietnamese does. Persons go by the last word of
// the name, which is the given name, then by the rest; where in a syllable the
// tone mark was put makes no difference. The key is hex, so that any store
// takes it; it is "" for a record without a name.
//
// Keys depend on the tables of golang.org/x/text: when those change, package
// store must rebuild its rows (its rowsVersion).
func SortName(r *ledger.Record) string {
	if r == nil {
		return ""
	}
	f, ok := Of(r.Kind)
	if !ok {
		return ""
	}
	words := strings.Fields(oneLetter.Replace(r.Text(f.NameField)))
	if len(words) == 0 {
		return ""
	}
	for i, word := range words {
		words[i] = toneLast(word)
	}
	c := collators.Get().(*collator)
	defer collators.Put(c)
	c.buffer.Reset()
	if !f.PersonName {
		return sortKey(c.KeyFromString(&c.buffer, strings.Join(words, " ")))
	}
	given, rest := words[len(words)-1], strings.Join(words[:len(words)-1], " ")
	key := slices.Concat(c.KeyFromString(&c.buffer, given), []byte{0, 0}, c.KeyFromString(&c.buffer, rest))
	return sortKey(key)
}

func sortKey(key []byte) string { return hex.EncodeToString(key[:min(len(key), maxSortKey)]) }

// nameOrder folds a name into its words in one order: "An Văn Nguyễn" and
// "nguyen van an" give the same.
func nameOrder(s string) string {
	words := strings.Fields(FoldText(s))
	slices.Sort(words)
	return strings.Join(words, " ")
}

// spellingOf keeps the marks that nameOrder drops, but not where the tone was
// put.
func spellingOf(s string) string {
	words := strings.Fields(strings.ToLower(oneLetter.Replace(norm.NFC.String(s))))
	for i, word := range words {
		words[i] = toneLast(word)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// toneLast moves a syllable's tone mark to its end, where hòa and hoà are the
// same. Collation compares marks from the left, and would else order the two
// ways of writing apart.
func toneLast(word string) string {
	var letters, tones []rune
	for _, r := range norm.NFD.String(word) {
		switch r {
		case '\u0300', '\u0309', '\u0303', '\u0301', '\u0323': // huyền, hỏi, ngã, sắc, nặng
			tones = append(tones, r)
		default:
			letters = append(letters, r)
		}
	}
	return string(append(letters, tones...))
}
