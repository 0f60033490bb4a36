package form

import (
	"strconv"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// As is how a field is compared with that of another record.
type As string

// Ways to compare. A phone makes the first six too: see [Form.Same].
const (
	AsText     As = "text"   // the value as it stands
	AsFold     As = "fold"   // as [FoldText] gives it
	AsName     As = "name"   // the folded words in alphabetical order
	AsDigits   As = "digits" // a telephone or identity number without signs and blanks
	AsRef      As = "ref"    // the record of a reference, whatever its unit
	AsYear     As = "year"   // the year of a day
	asNumber   As = "number"
	asSpelling As = "spelling" // words with their marks, wherever a tone was put
	asCitizen  As = "citizen"  // a number of 12 digits; see [citizenNumber]
)

// Part is one field of what makes two records alike.
type Part struct {
	Field string
	As    As
}

// Same returns the ways in which two records of the kind may tell the same
// thing: in each, all parts agree and none is blank. A phone that finds
// another record so says it before it saves; [Alike] weighs more than that.
func (f *Form) Same() [][]Part {
	var all [][]Part
	for _, k := range f.same {
		var parts []Part
		for _, p := range k.parts {
			parts = append(parts, p.Part)
		}
		all = append(all, parts)
	}
	return all
}

// part takes from a record what is compared, "" where there is nothing.
type part struct {
	Part
	of func(*ledger.Record) string
}

func ofText(field string, as As, of func(string) string) part {
	return part{Part{field, as}, func(r *ledger.Record) string { return of(r.Text(field)) }}
}

func text(field string) part {
	return ofText(field, AsText, func(s string) string { return s })
}

func folded(field string) part     { return ofText(field, AsFold, FoldText) }
func nameTokens(field string) part { return ofText(field, AsName, nameOrder) }
func spelling(field string) part   { return ofText(field, asSpelling, spellingOf) }
func digits(field string) part     { return ofText(field, AsDigits, digitsOf) }

func telephone(field string) part {
	return ofText(field, AsDigits, func(s string) string { return digitsOf(phoneNumber(s)) })
}

func year(field string) part {
	return ofText(field, AsYear, func(s string) string {
		y, _, _ := strings.Cut(s, "-")
		return y
	})
}

func number(field string) part {
	return part{Part{field, asNumber}, func(r *ledger.Record) string {
		v, _ := r.Current(field)
		n, ok := v.Int()
		if !ok {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}}
}

// citizenNumber is the number of a căn cước, 12 digits. The older CMND of 9
// means nothing: the same person has both.
func citizenNumber(field string) part {
	return ofText(field, asCitizen, func(s string) string {
		if s = digitsOf(s); len(s) == 12 {
			return s
		}
		return ""
	})
}

// reference compares records without their units: an id is one everywhere,
// and the unit is left out where it is the record's own.
func reference(field string) part {
	return part{Part{field, AsRef}, func(r *ledger.Record) string {
		v, ok := r.Current(field)
		if !ok {
			return ""
		}
		ref, err := ledger.ParseRef(v)
		if err != nil {
			return ""
		}
		return ref.Record.String()
	}}
}
