package form

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sothon/sothon/sync/ledger"
)

// Fault codes of an op's content, beside those of package ledger. They are
// stable; [Message] has each in Vietnamese.
const (
	FaultKindUnknown    = "kind-unknown"          // no such kind
	FaultKindMismatch   = "kind-mismatch"         // the record is of another kind
	FaultActionKind     = "action-kind"           // the kind does not know the action
	FaultRecordUnknown  = "record-unknown"        // there is no such record to act on
	FaultFieldUnknown   = "field-unknown"         // the kind has no such field
	FaultFieldForbidden = "field-forbidden"       // the role may not write the field
	FaultWriteOnce      = "write-once"            // the record is final: reverse it
	FaultNotPersonal    = "not-personal"          // only personal fields are erased
	FaultSmall          = "too-small"             // below the field's Min
	FaultLarge          = "too-large"             // above its Max
	FaultLong           = "too-long"              // more runes than its MaxLength
	FaultControl        = "text-control"          // a control character in a text
	FaultChoice         = "choice-unknown"        // none of its Options
	FaultDate           = "date-malformed"        // not a day as 2026-11-20
	FaultEarly          = "date-early"            // before EarliestDay
	FaultFuture         = "date-future"           // later than tomorrow
	FaultOrder          = "date-order"            // before the day that it must follow
	FaultReference      = "reference-malformed"   // not a reference in canonical form
	FaultReferenceUnit  = "reference-unit"        // leads to another unit, and must not
	FaultUnit           = "unit-malformed"        // not the id of a unit
	FaultPhone          = "phone-malformed"       // not a telephone number
	FaultNationalID     = "national-id-malformed" // neither 12 digits nor 9
	FaultHash           = "hash-malformed"        // not a SHA-256 in lower-case hex
	FaultRepeated       = "repeated"              // the same photo, choice or unit twice
	FaultOneOf          = "one-of"                // none of several fields is filled
	FaultSuspension     = "suspension-open"       // suspensions do not agree with the status
	FaultOpening        = "opening-balance"       // an opening balance that is paid out, or reverses an entry
	FaultReversal       = "reversal-differs"      // a reversal is not the mirror of its entry
)

// CheckOp says why an op's content is refused, or nothing. before is the
// record that it falls on, nil when there is none; today is the server's day
// in Asia/Ho_Chi_Minh as YYYY-MM-DD: dates may lie one day after it, because
// phones' clocks drift. An empty today leaves that one check out.
//
// CheckOp does not ask whether the role may act at all: see [MayAct].
func CheckOp(role ledger.Role, before *ledger.Record, op *ledger.Op, today string) ledger.Fault {
	if op.Fault != (ledger.Fault{}) {
		return op.Fault
	}
	closing := op.Action == ledger.ActionClose || op.Action == ledger.ActionReopen
	f, known := Of(op.Kind)
	switch {
	case !known && op.Kind != ledger.KindPeriod:
		return ledger.Fault{Code: FaultKindUnknown, Field: "kind"}
	case before != nil && before.Kind != op.Kind:
		return ledger.Fault{Code: FaultKindMismatch, Field: "kind"}
	case !known && op.Action == ledger.ActionResolve:
		return resolvePeriod(before, op)
	case closing == known:
		return ledger.Fault{Code: FaultActionKind, Field: "action"}
	case closing:
		return ledger.Fault{}
	case before == nil && op.Action != ledger.ActionEdit && op.Action != ledger.ActionErase: // An erasure also reaches what was refused.
		return ledger.Fault{Code: FaultRecordUnknown, Field: "record"}
	case f.WriteOnce && before != nil && rewrites(op):
		return ledger.Fault{Code: FaultWriteOnce}
	}
	c := content{form: f, role: role, latest: dayAfter(today)}
	switch op.Action {
	case ledger.ActionEdit:
		return c.edit(before, op)
	case ledger.ActionResolve:
		return c.resolve(op)
	case ledger.ActionReview:
		return checkNote(op)
	case ledger.ActionComment:
		return checkComment(op)
	case ledger.ActionUnlink:
		if role == RoleCollector {
			return checkApart(op)
		}
	case ledger.ActionErase:
		return f.checkErase(op.Fields)
	default: // holds nothing of the form's
	}
	return ledger.Fault{}
}

// rewrites reports whether an op would change what a write-once record says.
// A resolve counts: it may name any standing write, conflict or not.
func rewrites(op *ledger.Op) bool {
	switch op.Action {
	case ledger.ActionEdit, ledger.ActionRemove, ledger.ActionRestore:
		return true
	case ledger.ActionResolve:
		return op.Field != ledger.Link && op.Field != ledger.Review && !strings.HasPrefix(op.Field, ledger.Distinct)
	default:
		return false
	}
}

func dayAfter(today string) string {
	t, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// content checks what one role writes into records of one form.
type content struct {
	form   *Form
	role   ledger.Role
	latest string // the last day that a date may name, or ""
}

func (c *content) field(name string, v ledger.Value) ledger.Fault {
	field, ok := c.form.Field(name)
	switch {
	case !ok:
		return ledger.Fault{Code: FaultFieldUnknown, Field: name}
	case !field.mayWrite(c.role):
		return ledger.Fault{Code: FaultFieldForbidden, Field: name}
	}
	return c.value(field, name, v)
}

func (c *content) edit(before *ledger.Record, op *ledger.Op) ledger.Fault {
	for _, a := range op.Set {
		if fault := c.field(a.Field, a.Value); fault != (ledger.Fault{}) {
			return fault
		}
	}
	if before == nil {
		for i := range c.form.Fields {
			field := &c.form.Fields[i]
			if _, set := op.Get(field.Name); field.Required && !set {
				return ledger.Fault{Code: ledger.FaultMissing, Field: field.Name}
			}
		}
	}
	faults := c.form.faults(&edited{before: before, op: op})
	if len(faults) == 0 {
		return ledger.Fault{}
	}
	var old []ledger.Fault
	if before != nil {
		old = c.form.faults(&edited{before: before})
	}
	for _, fault := range faults {
		if !slices.Contains(old, fault) {
			return fault
		}
	}
	return ledger.Fault{} // The op found these faults, and did not make them.
}

// resolve checks the chosen value alone. Rules across fields would refuse the
// first of two resolutions that only together make sense.
func (c *content) resolve(op *ledger.Op) ledger.Fault {
	wrong := ledger.Fault{Code: ledger.FaultType, Field: "value"}
	switch op.Field {
	case ledger.Lifecycle:
		if s, _ := op.Value.Text(); s != "live" && s != "removed" {
			return wrong
		}
	case ledger.Review:
		return checkReview(op.Value)
	case ledger.Link:
		if op.Value != ledger.Null && !isReference(op.Value) {
			return ledger.Fault{Code: FaultReference, Field: "value"}
		}
	default:
		if other, ok := strings.CutPrefix(op.Field, ledger.Distinct); ok {
			if id, err := ledger.ParseRecordID(other); err != nil || id.String() != other {
				return ledger.Fault{Code: FaultFieldUnknown, Field: op.Field}
			}
			if _, ok := op.Value.Bool(); !ok {
				return wrong
			}
			return ledger.Fault{}
		}
		return c.field(op.Field, op.Value)
	}
	return ledger.Fault{}
}

// resolvePeriod checks a resolve of a period: whether it is closed is all that
// two people can have said differently of it.
func resolvePeriod(before *ledger.Record, op *ledger.Op) ledger.Fault {
	_, isBool := op.Value.Bool()
	switch {
	case before == nil:
		return ledger.Fault{Code: FaultRecordUnknown, Field: "record"}
	case op.Field != ledger.Closed:
		return ledger.Fault{Code: FaultFieldUnknown, Field: op.Field}
	case !isBool:
		return ledger.Fault{Code: ledger.FaultType, Field: "value"}
	}
	return ledger.Fault{}
}

// checkReview wants the value that a review writes: note and state, no more.
func checkReview(v ledger.Value) ledger.Fault {
	members := 0
	for range v.Members() {
		members++
	}
	note, _ := v.Get("note")
	text, isText := note.Text()
	state := memberText(v, "state")
	switch {
	case members != 2 || !isText || utf8.RuneCountInString(text) > ledger.MaxNote || state != ledger.Approved && state != ledger.Returned && state != ledger.Pending:
		return ledger.Fault{Code: ledger.FaultType, Field: "value"}
	case hasControl(text, true):
		return ledger.Fault{Code: FaultControl, Field: "value"}
	}
	return ledger.Fault{}
}

// checkNote wants a note where a record is returned: a collector who is not
// given a reason can fix nothing.
func checkNote(op *ledger.Op) ledger.Fault {
	switch {
	case hasControl(op.Note, true):
		return ledger.Fault{Code: FaultControl, Field: "note"}
	case op.State == ledger.Returned && strings.TrimSpace(op.Note) == "":
		return ledger.Fault{Code: ledger.FaultMissing, Field: "note"}
	}
	return ledger.Fault{}
}

// checkApart allows a collector's unlink only to say that two records of the
// village are different things: a link was made by staff, and theirs to undo.
func checkApart(op *ledger.Op) ledger.Fault {
	switch {
	case op.DuplicateOf.Record.IsZero():
		return ledger.Fault{Code: ledger.FaultMissing, Field: "duplicateOf"}
	case op.DuplicateOf.Unit != "":
		return ledger.Fault{Code: FaultReferenceUnit, Field: "duplicateOf"}
	}
	return ledger.Fault{}
}

// maxComment is the length of a comment, in characters.
const maxComment = 2000

func checkComment(op *ledger.Op) ledger.Fault {
	text, _ := op.Comment.Text()
	switch {
	case strings.TrimSpace(text) == "":
		return ledger.Fault{Code: ledger.FaultMissing, Field: "text"}
	case utf8.RuneCountInString(text) > maxComment:
		return ledger.Fault{Code: FaultLong, Field: "text"}
	case hasControl(text, true):
		return ledger.Fault{Code: FaultControl, Field: "text"}
	}
	return ledger.Fault{}
}

func (f *Form) checkErase(fields []string) ledger.Fault {
	for _, name := range fields {
		if name == ledger.Review || name == ledger.Comments || name == ledger.Unknown {
			continue // notes, what was said, and what no form knows
		}
		_, _, ok := f.lookUp(name)
		switch {
		case !ok:
			return ledger.Fault{Code: FaultFieldUnknown, Field: name}
		case !slices.Contains(f.Erasable(), name):
			return ledger.Fault{Code: FaultNotPersonal, Field: name}
		}
	}
	return ledger.Fault{}
}
