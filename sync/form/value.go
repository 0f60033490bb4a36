package form

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sothon/sothon/sync/ledger"
)

// Patterns of the identifiers, as they are stored. A telephone number is a
// mobile or an old landline number of 10 digits, a landline number of 11, or
// one abroad.
const (
	patternPhone      = `^(0([3-9][0-9]{8}|2[0-9]{9})|\+[1-9][0-9]{6,14})$`
	patternUnit       = `^[A-Za-z0-9-]{1,64}$`
	patternNationalID = `^([0-9]{12}|[0-9]{9})$`
	patternHash       = `^[0-9a-f]{64}$`
)

var (
	phonePattern      = regexp.MustCompile(patternPhone)
	nationalIDPattern = regexp.MustCompile(patternNationalID)
	unitPattern       = regexp.MustCompile(patternUnit)
	hashPattern       = regexp.MustCompile(patternHash)
)

// value checks one value of a field. path names it in a fault: the field's
// name, and for what stands inside a list "members[2].name".
func (c *content) value(f *Field, path string, v ledger.Value) ledger.Fault {
	fault := func(code string) ledger.Fault { return ledger.Fault{Code: code, Field: path} }
	if f.Required && blank(v) {
		return fault(ledger.FaultMissing)
	}
	if v == ledger.Null {
		return ledger.Fault{}
	}
	switch f.Type {
	case TypeInteger, TypeMoney:
		switch n, ok := v.Int(); {
		case !ok:
			return fault(ledger.FaultType)
		case n < f.Min:
			return fault(FaultSmall)
		case n > f.Max:
			return fault(FaultLarge)
		}
		return ledger.Fault{}
	case TypeBoolean:
		if _, ok := v.Bool(); !ok {
			return fault(ledger.FaultType)
		}
		return ledger.Fault{}
	case TypeReference:
		ref, err := ledger.ParseRef(v)
		switch {
		case err != nil || !isReference(v):
			return fault(FaultReference)
		case f.Local && ref.Unit != "":
			return fault(FaultReferenceUnit)
		}
		return ledger.Fault{}
	case TypeList:
		return c.list(f, path, v)
	case TypeChoices:
		return checkChoices(f, path, v)
	case TypeHashes:
		return checkHashes(f, path, v)
	default: // a textual type
	}
	s, ok := v.Text()
	if !ok {
		return fault(ledger.FaultType)
	}
	if code := c.text(f, s); code != "" {
		return fault(code)
	}
	return ledger.Fault{}
}

// text returns the code of what is wrong with a value of a textual type.
func (c *content) text(f *Field, s string) string {
	switch f.Type {
	case TypeText, TypeLongText:
		switch {
		case hasControl(s, f.Type == TypeLongText):
			return FaultControl
		case utf8.RuneCountInString(s) > f.MaxLength:
			return FaultLong
		}
	case TypeDate:
		switch {
		case !isDay(s):
			return FaultDate
		case s < EarliestDay:
			return FaultEarly
		case !f.Future && c.latest != "" && s > c.latest:
			return FaultFuture
		}
	case TypeChoice:
		if !f.offers(s) {
			return FaultChoice
		}
	case TypePhone:
		if !phonePattern.MatchString(phoneNumber(s)) {
			return FaultPhone
		}
	case TypeNationalID:
		if !nationalIDPattern.MatchString(joined(s)) {
			return FaultNationalID
		}
	case TypeUnit:
		if !unitPattern.MatchString(s) {
			return FaultUnit
		}
	default: // not textual
	}
	return ""
}

func (c *content) list(f *Field, path string, v ledger.Value) ledger.Fault {
	if !v.IsArray() {
		return ledger.Fault{Code: ledger.FaultType, Field: path}
	}
	i := 0
	for item := range v.Elements() {
		at := fmt.Sprintf("%s[%d]", path, i)
		if i++; i > f.MaxItems {
			return ledger.Fault{Code: ledger.FaultTooMany, Field: path}
		}
		if !item.IsObject() {
			return ledger.Fault{Code: ledger.FaultType, Field: at}
		}
		for name, member := range item.Members() {
			field, ok := fieldOf(f.Items, name)
			if !ok {
				return ledger.Fault{Code: FaultFieldUnknown, Field: at + "." + name}
			}
			if fault := c.value(field, at+"."+name, member); fault != (ledger.Fault{}) {
				return fault
			}
		}
		for j := range f.Items {
			if _, ok := item.Get(f.Items[j].Name); f.Items[j].Required && !ok {
				return ledger.Fault{Code: ledger.FaultMissing, Field: at + "." + f.Items[j].Name}
			}
		}
	}
	return ledger.Fault{}
}

func (f *Field) offers(value string) bool {
	return slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == value })
}

func checkChoices(f *Field, path string, v ledger.Value) ledger.Fault {
	if !v.IsArray() {
		return ledger.Fault{Code: ledger.FaultType, Field: path}
	}
	var chosen []string
	for item := range v.Elements() {
		s, ok := item.Text()
		switch {
		case !ok:
			return ledger.Fault{Code: ledger.FaultType, Field: path}
		case !f.offers(s):
			return ledger.Fault{Code: FaultChoice, Field: path}
		case slices.Contains(chosen, s):
			return ledger.Fault{Code: FaultRepeated, Field: path}
		}
		chosen = append(chosen, s)
	}
	return ledger.Fault{}
}

func checkHashes(f *Field, path string, v ledger.Value) ledger.Fault {
	fault := func(code string) ledger.Fault { return ledger.Fault{Code: code, Field: path} }
	if !v.IsArray() {
		return fault(ledger.FaultType)
	}
	seen := map[string]bool{}
	for item := range v.Elements() {
		s, ok := item.Text()
		switch {
		case !ok:
			return fault(ledger.FaultType)
		case !hashPattern.MatchString(s):
			return fault(FaultHash)
		case seen[s]:
			return fault(FaultRepeated)
		}
		if seen[s] = true; len(seen) > f.MaxItems {
			return fault(ledger.FaultTooMany)
		}
	}
	return ledger.Fault{}
}

// isReference wants the one form in which a reference may be written: two
// phones that mean the same record must send the same bytes, or they would be
// in conflict.
func isReference(v ledger.Value) bool {
	ref, err := ledger.ParseRef(v)
	return err == nil && !ref.Record.IsZero() && ref.Value() == v
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// hasControl reports whether a text holds a control character, line breaks
// and tabs aside where the text may have several lines.
func hasControl(s string, lines bool) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && !(lines && (r == '\n' || r == '\t'))
	})
}
