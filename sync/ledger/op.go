package ledger

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Action is what an op does to its record.
type Action string

// The actions. The fold ignores any other.
const (
	ActionEdit    Action = "edit"    // set fields; the first edit creates the record
	ActionRemove  Action = "remove"  // take the record out of lists and counts
	ActionRestore Action = "restore" // bring a removed record back
	ActionResolve Action = "resolve" // settle the conflict of one register
	ActionReview  Action = "review"  // approve, or return to the collector
	ActionLink    Action = "link"    // this record is about the same thing as another
	ActionUnlink  Action = "unlink"  // it does not
	ActionErase   Action = "erase"   // destroy personal values by a lawful order
	ActionComment Action = "comment" // say something about the record, and change nothing
	ActionClose   Action = "close"   // a period has been reported
	ActionReopen  Action = "reopen"
)

// Known reports whether it is one of the actions.
func (a Action) Known() bool {
	switch a {
	case ActionEdit, ActionRemove, ActionRestore, ActionResolve, ActionReview, ActionLink, ActionUnlink,
		ActionErase, ActionComment, ActionClose, ActionReopen:
		return true
	}
	return false
}

// Names of the registers that are not fields of a form. No client field may
// begin with an underscore.
const (
	Lifecycle = "_lifecycle" // "live" or "removed"
	Review    = "_review"    // {"note":…,"state":"approved"|"returned"|"pending"}
	Link      = "_link"      // a Ref, or null when unlinked
	Distinct  = "_distinct:" // followed by a record's id: true when a person said that it is another thing
	Closed    = "_closed"    // true or false; only in records of KindPeriod
	Unknown   = "_unknown"   // no register: what an erasure calls the members of ops that the ledger does not know
	Comments  = "_comments"  // texts, each of which stands beside the others; never in conflict
)

// KindPeriod is the kind of the records that stand for reporting periods;
// only close and reopen write them.
const KindPeriod Kind = "period"

// Fault is why an op is refused: a stable code, and the field it concerns
// where there is one.
type Fault struct {
	Code  string
	Field string
}

// Fault codes for ops whose shape is wrong. Package form has the codes of
// fields' contents; the store those of permissions and references.
const (
	FaultMissing     = "required"         // a member that the action needs is absent
	FaultType        = "type"             // a member is not of the type it must be
	FaultAction      = "action-unknown"   // no such action
	FaultReserved    = "field-reserved"   // a field's name begins with "_"
	FaultEmpty       = "empty"            // nothing to set, erase or resolve
	FaultBaseUnknown = "base-unknown"     // base is beyond the head that the device showed
	FaultTooMany     = "too-many"         // more members than allowed
	FaultTime        = "time-unreadable"  // at is not an RFC 3339 time
	FaultRecordID    = "record-id"        // record is not a UUID
	FaultDot         = "dot-unknown"      // a resolve names a write that its author cannot have seen
	FaultPeriod      = "period-malformed" // not two dates in order
)

// Assignment sets one field; [Null] clears it.
type Assignment struct {
	Field string
	Value Value
}

// Op is one thing that a person did to one record on one device. It is read
// from the canonical text that the device sent, which stays in Text.
type Op struct {
	N      uint64 // the device's counter; contiguous from 1 per device, epoch and unit
	Record RecordID
	Kind   Kind
	Action Action
	Base   Seq    // the unit's seq that the author had seen when the form was opened
	At     Millis // by the device's clock; never decides an order

	Set         []Assignment // edit; in order of Field
	Field       string       // resolve: the register
	Value       Value        // resolve: what holds from now on
	Sees        []Dot        // resolve: the writes that it settles
	Origins     []Origin     // resolve: the same writes, by who made them; may be absent
	State       string       // review: approved, returned or pending
	Note        string       // review: what the collector should fix
	Comment     Value        // comment: the text that is said
	DuplicateOf Ref          // link; in unlink optional: a person says that these two are no duplicates
	Fields      []string     // erase: what standing and refused ops on the record say
	Dots        []Dot        // erase: refused ops, whatever they say and on whatever record
	Period      Period       // close, reopen

	Fault Fault // Invariant: when not zero the op is refused, and nothing above is used but N
	Text  Value // the whole op as sent, canonical
}

// Review states.
const (
	Approved = "approved"
	Returned = "returned"
	Pending  = "pending" // a review that was taken back
)

// maxCommentBytes bounds a comment's text, in bytes of UTF-8: 2,000 characters
// take no more.
const maxCommentBytes = 8000

// MaxNote bounds the note of an op, in characters.
const MaxNote = 4000

const (
	maxAssignments = 64
	maxSees        = 256
	maxDots        = 16
)

// ParseOp reads an op from its canonical text. It is total: what is wrong
// stands in Fault, so that the op can be logged, refused and counted.
func ParseOp(text Value) Op {
	r := opReader{op: Op{Text: text}}
	if !text.IsObject() {
		r.fault(FaultType, "")
		return r.op
	}
	for key, v := range text.Members() {
		switch key {
		case "n", "record", "kind", "action", "base", "at":
			r.envelope(key, v)
		default:
			r.content(key, v)
		}
	}
	for _, m := range []struct {
		name string
		here bool
	}{{"n", r.op.N > 0}, {"record", r.seen.record}, {"kind", r.seen.kind}, {"action", r.seen.action}, {"base", r.seen.base}, {"at", r.seen.at}} {
		if !m.here {
			r.fault(FaultMissing, m.name)
		}
	}
	r.op.checkAction(r.seen.set, r.seen.value, r.fault)
	return r.op
}

// opReader reads the members of an op one by one.
type opReader struct {
	op   Op
	seen struct{ record, kind, action, base, at, set, value bool }
}

// fault notes what is wrong. The first fault stands.
func (r *opReader) fault(code, field string) {
	if r.op.Fault == (Fault{}) {
		r.op.Fault = Fault{Code: code, Field: field}
	}
}

// want notes a member of the wrong type or length.
func (r *opReader) want(ok bool, field string) bool {
	if !ok {
		r.fault(FaultType, field)
	}
	return ok
}

// envelope reads a member that every op has.
func (r *opReader) envelope(key string, v Value) {
	s, isText := v.Text()
	n, isInt := v.Int()
	op, seen := &r.op, &r.seen
	switch key {
	case "n":
		if r.want(isInt && n > 0, key) {
			op.N = uint64(n)
		}
	case "record":
		seen.record = true
		id, err := ParseRecordID(s)
		if !isText || err != nil || id.IsZero() {
			r.fault(FaultRecordID, key)
		}
		op.Record = id
	case "kind":
		seen.kind = r.want(isText && s != "" && len(s) <= 32, key)
		op.Kind = Kind(s)
	case "action":
		seen.action = r.want(isText, key)
		op.Action = Action(s)
	case "base":
		seen.base = true
		if r.want(isInt && n >= 0, key) {
			op.Base = Seq(n)
		}
	case "at":
		seen.at = true
		at, err := parseMillis(s)
		if !isText || err != nil {
			r.fault(FaultTime, key)
		}
		op.At = at
	}
}

// content reads a member that some actions need.
func (r *opReader) content(key string, v Value) {
	s, isText := v.Text()
	op, seen := &r.op, &r.seen
	switch key {
	case "set":
		seen.set = r.want(v.IsObject(), key)
		op.Set = make([]Assignment, 0, 8)
		for field, value := range v.Members() {
			if strings.HasPrefix(field, "_") {
				r.fault(FaultReserved, field)
			}
			op.Set = append(op.Set, Assignment{field, value})
		}
	case "field":
		if r.want(isText, key) {
			op.Field = s
		}
	case "value":
		op.Value, seen.value = v, true
	case "sees":
		op.Sees = readList(r, key, v, ParseDot)
	case "origins":
		op.Origins = readList(r, key, v, parseOrigin)
	case "dots":
		op.Dots = readList(r, key, v, ParseDot)
	case "state":
		if r.want(isText, key) {
			op.State = s
		}
	case "note":
		if r.want(isText && utf8.RuneCountInString(s) <= MaxNote, key) {
			op.Note = s
		}
	case "text":
		if r.want(isText && s != "" && len(s) <= maxCommentBytes, key) {
			op.Comment = v
		}
	case "duplicateOf":
		ref, err := ParseRef(v)
		r.want(err == nil, key)
		op.DuplicateOf = ref
	case "fields":
		r.want(v.IsArray(), key)
		for e := range v.Elements() {
			s, ok := e.Text()
			if r.want(ok, key) {
				op.Fields = append(op.Fields, s)
			}
		}
	case "period":
		p, err := ParsePeriod(s)
		if !isText || err != nil {
			r.fault(FaultPeriod, key)
		}
		op.Period = p
	}
}

// readList reads a list of texts, each by parse.
func readList[T any](r *opReader, key string, list Value, parse func(string) (T, error)) (out []T) {
	r.want(list.IsArray(), key)
	for e := range list.Elements() {
		s, _ := e.Text()
		t, err := parse(s)
		r.want(err == nil, key)
		out = append(out, t)
	}
	return out
}

// checkAction asks for the members that the op's action needs.
func (op *Op) checkAction(hasSet, hasValue bool, fault func(code, field string)) {
	need := func(ok bool, field string) {
		if !ok {
			fault(FaultMissing, field)
		}
	}
	switch op.Action {
	case ActionEdit:
		need(hasSet, "set")
		if len(op.Set) == 0 {
			fault(FaultEmpty, "set")
		}
		if len(op.Set) > maxAssignments {
			fault(FaultTooMany, "set")
		}
	case ActionRemove, ActionRestore, ActionUnlink:
	case ActionResolve:
		need(op.Field != "", "field")
		need(hasValue, "value")
		need(len(op.Sees) > 0, "sees")
		if len(op.Sees) > maxSees {
			fault(FaultTooMany, "sees")
		}
		if len(op.Origins) > maxSees {
			fault(FaultTooMany, "origins")
		}
	case ActionReview:
		if op.State != Approved && op.State != Returned && op.State != Pending {
			fault(FaultType, "state")
		}
	case ActionComment:
		need(op.Comment != "", "text")
	case ActionLink:
		need(!op.DuplicateOf.Record.IsZero(), "duplicateOf")
	case ActionErase:
		need(len(op.Fields)+len(op.Dots) > 0, "fields")
		if len(op.Fields) > maxAssignments {
			fault(FaultTooMany, "fields")
		}
		if len(op.Dots) > maxDots {
			fault(FaultTooMany, "dots")
		}
	case ActionClose, ActionReopen:
		need(op.Period != Period{}, "period")
	default:
		fault(FaultAction, "action")
	}
}

// Get returns what an edit sets a field to.
func (op *Op) Get(field string) (Value, bool) {
	i, ok := slices.BinarySearchFunc(op.Set, field, func(a Assignment, f string) int { return strings.Compare(a.Field, f) })
	if !ok {
		return "", false
	}
	return op.Set[i].Value, true
}
