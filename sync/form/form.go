package form

import (
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// Type is what a field holds.
type Type string

// Types of field, with the JSON they are written in.
const (
	TypeText       Type = "text"       // one line of text
	TypeLongText   Type = "longText"   // text with line breaks and tabs
	TypeInteger    Type = "integer"    // an integer from Min to Max
	TypeMoney      Type = "money"      // whole đồng, an integer from Min to Max
	TypeBoolean    Type = "boolean"    // true or false
	TypeDate       Type = "date"       // a calendar day, text YYYY-MM-DD
	TypeChoice     Type = "choice"     // text, the Value of one of Options
	TypeReference  Type = "reference"  // a [ledger.Ref] to a record of one of References
	TypeChoices    Type = "choices"    // a list of Values of Options, each once, in the order of Options
	TypePhone      Type = "phone"      // a telephone number, as [Tidy] writes it: 0905123456, 02553123456, +85620123456
	TypeNationalID Type = "nationalId" // 12 digits (căn cước), or 9 (the older CMND)
	TypeUnit       Type = "unit"       // the id of a unit
	TypeList       Type = "list"       // a list of at most MaxItems objects with the fields Items
	TypeHashes     Type = "hashes"     // a list of at most MaxItems SHA-256, lower-case hex: photos
)

// maxMoney is the greatest amount a field takes: 1.000 tỷ đồng. Nine million
// of them still add up in an int64, and JavaScript counts that far exactly.
const maxMoney int64 = 1_000_000_000_000

// What a photo may be. Package api refuses any other file.
const (
	MaxPhotos      = 12      // of one record
	MaxPhotoBytes  = 1 << 20 // of one photo
	MaxPhotoPixels = 4096    // of its longer side
	PhotoType      = "image/jpeg"
)

// EarliestDay is the first day that a date may name; an earlier one is a slip
// of the finger in the year.
const EarliestDay = "1945-01-01"

// Field is one field of a kind.
type Field struct {
	Name      string // in JSON, camelCase
	Label     string // Vietnamese, as it stands on forms and over columns
	Help      string // Vietnamese, one sentence more where the label needs it
	Type      Type
	Required  bool // a record is not made without it, and it is never cleared; a blank text counts as absent
	Personal  bool // stored so that it can be erased; hidden from auditors
	Sensitive bool // shown on demand only, each time logged
	Future    bool // a date that may lie ahead of today
	Search    bool // its words find the record
	Filter    bool // lists can be narrowed to one of its values
	Local     bool // a reference that stays within the unit

	Min, Max   int64 // of integer and money, both included
	MaxLength  int   // of text, in runes
	Options    []Option
	References []ledger.Kind
	Items      []Field // of a list's objects
	MaxItems   int
	Writers    []ledger.Role // nil: every role that may edit the kind

	// How a form shows it.
	Default ledger.Value // of a new record; of a date [Today]; "" if none
	Suffix  string       // Vietnamese, behind the value: "suất"
	Rows    int          // of a long text's box; 0: one line
	When    *Condition   // the field is shown where it holds, or where the field has a value; nil: always
}

// Today as the default of a date is the day on which the form is opened.
const Today ledger.Value = `"today"`

// Option is one value of a choice.
type Option struct {
	Value, Label string
	// From and To are the first and the last day on which it is offered, for
	// records of that day; "" if there is no bound. A form hides it outside
	// them; the server takes it, because what happened then may be recorded late.
	From, To string
}

// Form is one kind of record.
type Form struct {
	Kind   ledger.Kind
	Label  string // Vietnamese, one record: "Suất quà"
	Plural string // Vietnamese, a list of them: "Danh sách suất quà"
	Fields []Field

	Sections  []Section // the order of the fields on a screen; each field stands in one
	DateField string    // the field that gives the record's day; "" if none
	// Dates are the fields whose days say in which period's figures the record
	// counts; nil: DateField alone.
	Dates     []string
	NameField string // the field that it is called and sorted by
	// PersonName says that NameField holds a person's name, which sorts by its last word.
	PersonName bool

	WriteOnce bool // an accepted record is never changed, only reversed by another
	Rules     []Rule
	Check     func(*edited) ledger.Fault // what Rules cannot say; may be nil

	same  []sameKey
	signs []sign
}

// forms in the order in which people meet them.
var forms = []*Form{&household, &campaign, &gift, &house, &reception, &petition, &meeting, &activity, &fund}

// All returns the forms, always in the same order. They are shared: callers
// must not change them.
func All() []*Form { return slices.Clone(forms) }

// Of returns the form of a kind.
func Of(kind ledger.Kind) (*Form, bool) {
	for _, f := range forms {
		if f.Kind == kind {
			return f, true
		}
	}
	return nil, false
}

// Field returns a field by its name.
func (f *Form) Field(name string) (*Field, bool) { return fieldOf(f.Fields, name) }

// lookUp returns a field by its name, or by "sources.name" a member of a list's
// objects, with the list.
func (f *Form) lookUp(name string) (field, list *Field, ok bool) {
	of, member, inList := strings.Cut(name, ".")
	field, ok = f.Field(of)
	if !ok || !inList {
		return field, nil, ok
	}
	list = field
	field, ok = fieldOf(list.Items, member)
	return field, list, ok
}

// Erasable lists what of the kind an erasure may name: its personal fields, and
// as "sources.name" personal members of lists that are not personal as a whole.
func (f *Form) Erasable() []string {
	var names []string
	for i := range f.Fields {
		field := &f.Fields[i]
		if field.Personal {
			names = append(names, field.Name)
			continue
		}
		for j := range field.Items {
			if field.Items[j].Personal {
				names = append(names, field.Name+"."+field.Items[j].Name)
			}
		}
	}
	return names
}

// LabelOf returns the label of a field, or of a member of a list's objects.
func (f *Form) LabelOf(name string) string {
	field, list, ok := f.lookUp(name)
	switch {
	case !ok:
		return ""
	case list != nil:
		return list.Label + ": " + field.Label
	}
	return field.Label
}

// WithoutPersonal returns a field's value without what is personal in it: null
// of a personal field, and of a list its objects without their personal members.
func (f *Field) WithoutPersonal(v ledger.Value) ledger.Value {
	if f.Personal {
		return ledger.Null
	}
	if !slices.ContainsFunc(f.Items, func(part Field) bool { return part.Personal }) {
		return v
	}
	var items []string
	for item := range v.Elements() {
		var object strings.Builder
		object.WriteByte('{')
		first := true
		for name, member := range item.Members() {
			if part, ok := fieldOf(f.Items, name); ok && !part.Personal {
				writeMember(&object, first, name, member)
				first = false
			}
		}
		items = append(items, object.String()+"}")
	}
	return ledger.Value("[" + strings.Join(items, ",") + "]")
}

func fieldOf(fields []Field, name string) (*Field, bool) {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i], true
		}
	}
	return nil, false
}

// OptionLabel returns the label of a choice's value, or the value itself where it
// is unknown.
func (f *Field) OptionLabel(value string) string {
	for _, o := range f.Options {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

// Personal reports whether a field is personal, or a member of a list's objects
// ("sources.name"). It is what [ledger.Seal]
// asks, so it errs on the safe side: an unknown kind's or field's value is
// taken for personal. The reserved registers and those of periods are not.
func Personal(kind ledger.Kind, field string) bool {
	switch field {
	case ledger.Lifecycle, ledger.Review, ledger.Link, ledger.Closed:
		return false
	}
	if kind == ledger.KindPeriod || strings.HasPrefix(field, ledger.Distinct) {
		return false
	}
	f, ok := Of(kind)
	if !ok {
		return true
	}
	found, list, ok := f.lookUp(field)
	return !ok || found.Personal || list != nil && list.Personal
}

// Sensitive reports whether a field's value is shown on demand only. It errs on
// the safe side: an unknown kind's or field's value is taken for sensitive. The
// hashes of photos are not: what they name is read one by one.
func Sensitive(kind ledger.Kind, field string) bool {
	if kind == ledger.KindPeriod {
		return false
	}
	f, ok := Of(kind)
	if !ok {
		return true
	}
	found, list, ok := f.lookUp(field)
	if !ok || list != nil && list.Sensitive {
		return true
	}
	if found.Type == TypeHashes {
		return false
	}
	return found.Sensitive || slices.ContainsFunc(found.Items, func(part Field) bool { return part.Sensitive })
}

// photos is the field that several kinds share. A photo may show a face, a
// signature or an identity card, and is therefore personal.
func photos(label string) Field {
	return Field{Name: "photos", Label: label, Type: TypeHashes, Personal: true, Sensitive: true, MaxItems: MaxPhotos}
}
