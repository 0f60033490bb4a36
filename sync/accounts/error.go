package accounts

import "errors"

// Error is a value that a rule refuses.
type Error struct {
	Code  Code
	Field string // as the JSON of the contract names it
}

func (e *Error) Error() string { return e.Field + ": " + string(e.Code) }

// Code names a rule.
type Code string

// The rules.
const (
	CodeUsername     Code = "username-format" // see [Accounts.AddUser]
	CodeNameLength   Code = "name-length"     // 1 to MaxName characters
	CodeNameControl  Code = "name-character"  // no control characters
	CodeRole         Code = "role-unknown"    // one of form.Roles
	CodeUnitsMissing Code = "units-missing"   // everybody but an admin has a unit
	CodeUnitsMany    Code = "units-too-many"  // at most MaxUnits
	CodeUnitUnknown  Code = "unit-unknown"    // the unit exists, and is within reach
	CodeUnitCode     Code = "code-format"     // letters, digits and hyphens, at most 32
	CodeLevel        Code = "level-unknown"   // one of the levels
	CodeUnitKind     Code = "kind-format"     // a word or a few, of letters, at most 40 characters
	CodeDay          Code = "day-format"      // a day as 2026-11-20
	CodeDayOrder     Code = "day-order"       // not before the first day
	CodeParentLevel  Code = "parent-level"    // the parent is of a higher level
	CodeSuccessor    Code = "successor-cycle" // no unit succeeds itself
	CodePassword     Code = "password-length" // MinPassword to MaxPassword characters
	CodeTitle        Code = "title-length"    // at most 100 characters
	CodePhone        Code = "phone-format"    // digits, spaces and +().-, at most 20
	CodeLastAdmin    Code = "last-admin"      // an admin of everything is left
	CodeKey          Code = "key-format"      // SPKI of an ECDSA P-256 key
	CodeTaken        Code = "taken"           // the name or code is not in use
)

func refuse(field string, code Code) error { return &Error{Code: code, Field: field} }

// What keeps a person out.
var (
	ErrCredentials = errors.New("wrong user name or password")
	ErrDisabled    = errors.New("the account is disabled")
	ErrRevoked     = errors.New("the device is revoked")
	ErrEnded       = errors.New("the session has ended")
	ErrToken       = errors.New("the token is not valid")
	// ErrBusy means that too many passwords wait to be checked.
	ErrBusy = errors.New("too many passwords wait to be checked")
)
