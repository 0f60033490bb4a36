package form

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// phoneNumber brings a telephone number to the one form in which it is
// stored: digits from the leading 0, and for a number abroad + and the digits
// (ITU-T E.164). Blanks, dots, hyphens and brackets go; +84, 0084 and 84 become
// 0; mobile numbers of 11 digits get the prefixes that replaced theirs in
// 2018. Anything else is left unchanged.
func phoneNumber(s string) string {
	d := joined(s)
	abroad := strings.HasPrefix(d, "+")
	if abroad {
		d = d[1:]
	}
	if d == "" || strings.Trim(d, "0123456789") != "" {
		return s
	}
	switch {
	case strings.HasPrefix(d, "0084"):
		d = "0" + strings.TrimPrefix(d[4:], "0")
	case strings.HasPrefix(d, "84") && (abroad || len(d) == 11 || len(d) == 12):
		d = "0" + strings.TrimPrefix(d[2:], "0")
	case abroad:
		return "+" + d
	}
	if len(d) == 11 {
		if prefix, ok := mobilePrefixes[d[:4]]; ok {
			d = prefix + d[4:]
		}
	}
	return d
}

// mobilePrefixes are the prefixes of 2018 by those that they replaced.
var mobilePrefixes = map[string]string{
	"0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
	"0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
	"0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036",
	"0167": "037", "0168": "038", "0169": "039",
	"0186": "056", "0188": "058", "0199": "059",
}

// joined drops what people put between the digits of a number.
func joined(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '(' || r == ')' || unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Pd) {
			return -1
		}
		return r
	}, s)
}

// digitsOf is a number by which records are found and compared.
func digitsOf(s string) string { return strings.ReplaceAll(FoldText(s), " ", "") }

// groupedNumber finds a number that is written in groups, or from +.
var groupedNumber = regexp.MustCompile(`\+?[0-9]+\)?(?:[\s.\-]{1,2}\(?[0-9]+\)?)*`)

// writtenDay is a day as people write it; its parts are separate words.
var writtenDay = regexp.MustCompile(`^[0-9]{1,2}[.\-][0-9]{1,2}[.\-][0-9]{4}$`)

// minNumber is from how many digits on groups are read as one number.
const minNumber = 6

// Query returns the words for which records are searched, folded as [Words]
// are. A telephone or identity number is one word, however it is written:
// "+84 905.123 456" is 0905123456.
func Query(q string) []string {
	q = groupedNumber.ReplaceAllStringFunc(q, func(found string) string {
		d := joined(found)
		switch {
		case len(d) < minNumber, writtenDay.MatchString(found), d[0] != '0' && d[0] != '+' && len(d) != 9 && len(d) != 11 && len(d) != 12:
			return found
		case d[0] == '0' && len(d) == 12: // a căn cước
			return " " + d + " "
		}
		return " " + phoneNumber(found) + " "
	})
	return strings.Fields(FoldText(q))
}

// Grouped writes a number as Vietnamese does: 48.686.352.
func Grouped(n int64) string {
	digits, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		digits, sign = digits[1:], "-"
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "." + digits[i:]
	}
	return sign + digits
}
