package accounts

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Unit is a village, a commune, or what is above it. Its code alone does not
// name it: after the merger of 2025 codes were used again.
type Unit struct {
	ID        ledger.UnitID `json:"id"`
	Code      string        `json:"code"`
	Name      string        `json:"name"`
	Level     Level         `json:"level"`
	Kind      string        `json:"kind,omitempty"` // what it is called, "tổ dân phố"; "" where its name begins with it
	Parent    ledger.UnitID `json:"parent,omitempty"`
	ValidFrom string        `json:"validFrom"` // day
	ValidTo   string        `json:"validTo,omitempty"`
	Successor ledger.UnitID `json:"successor,omitempty"`
	// Before are the parents that it had before, in order.
	Before []Membership `json:"before,omitempty"`
}

// Membership is a time in which a unit lay in another.
type Membership struct {
	Parent ledger.UnitID `json:"parent"`
	To     string        `json:"to"` // the last day
}

// MoveTo puts a unit into another parent from a day on. Until the day before,
// its records count where it was; from its own first day on, the parent before
// was a mistake.
func (u *Unit) MoveTo(parent ledger.UnitID, from string) error {
	day, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return refuse("parentFrom", CodeDay)
	}
	last := day.AddDate(0, 0, -1).Format(time.DateOnly)
	var before []Membership
	for _, m := range u.memberships() {
		if m.from > last {
			break // it never was
		}
		if m.to == "" || m.to > last {
			m.to = last
		}
		before = append(before, Membership{Parent: m.parent, To: m.to})
	}
	if n := len(before); n > 0 && before[n-1].Parent == parent {
		before = before[:n-1] // it goes on
	}
	u.Before, u.Parent = before, parent
	return nil
}

// memberships are all times in which a unit lay in others, in order.
func (u *Unit) memberships() []span {
	from := u.ValidFrom
	var list []span
	for _, m := range u.Before {
		list = append(list, span{parent: m.Parent, from: from, to: m.To})
		from = nextDay(m.To)
	}
	if u.Parent != "" {
		list = append(list, span{parent: u.Parent, from: from, to: u.ValidTo})
	}
	return list
}

// span is a time in which a unit lay in a parent; to is "" where it has no end.
type span struct {
	parent   ledger.UnitID
	from, to string
}

func nextDay(day string) string {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return d.AddDate(0, 0, 1).Format(time.DateOnly)
}

// Level is the tier of a unit.
type Level string

// Levels. Districts ended on 30 June 2025.
const (
	Village  Level = "village"
	Commune  Level = "commune"
	District Level = "district"
	Province Level = "province"
)

// NewUnitID makes the identity of a unit from its code and the day from which
// the code is its own: "21133-01" and "2004-01-01" give "21133-01-20040101".
func NewUnitID(code, validFrom string) (ledger.UnitID, error) {
	day, err := time.Parse(time.DateOnly, validFrom)
	if err != nil {
		return "", err
	}
	return ledger.ParseUnitID(code + "-" + day.Format("20060102"))
}

var (
	// levels from the lowest to the highest.
	levels   = []Level{Village, Commune, District, Province}
	kindForm = regexp.MustCompile(`^[\p{L}\p{M} ]{0,40}$`)
	unitCode = regexp.MustCompile(`^[A-Za-z0-9-]{1,32}$`)
)

// ExistsOn reports whether the unit is one on a day.
func (u *Unit) ExistsOn(day string) bool { return u.ExistsWithin(day, day) }

// ExistsWithin reports whether the unit is one on any day from the first to the
// last.
func (u *Unit) ExistsWithin(first, last string) bool {
	return u.ValidFrom <= last && (u.ValidTo == "" || first <= u.ValidTo)
}

// AddUnit stores a new unit, whose ID it makes from the code and ValidFrom. A
// value that is not allowed is an [Error].
func (a Accounts) AddUnit(ctx context.Context, unit Unit) (Unit, error) {
	unit.Name = form.Composed(unit.Name)
	if !unitCode.MatchString(unit.Code) {
		return unit, refuse("code", CodeUnitCode)
	}
	if !slices.Contains(levels, unit.Level) {
		return unit, refuse("level", CodeLevel)
	}
	var err error
	if unit.ID, err = NewUnitID(unit.Code, unit.ValidFrom); err != nil {
		return unit, refuse("validFrom", CodeDay)
	}
	if err := a.CheckUnit(ctx, &unit); err != nil {
		return unit, err
	}
	_, err = a.Units.Add(ctx, string(unit.ID), unit)
	if errors.Is(err, store.ErrTaken) {
		return unit, refuse("code", CodeTaken)
	}
	return unit, err
}

// replaceUnit stores a changed unit. Two units may be made each other's
// successor at the same moment: the one that finds such a ring takes its own
// change back, which is then refused.
func (a Accounts) replaceUnit(ctx context.Context, changed store.Stored[Unit], before Unit) (store.Stored[Unit], error) {
	stored, err := a.Units.Replace(ctx, changed)
	if err != nil || stored.Value.Successor == before.Successor {
		return stored, err
	}
	refused := a.checkSuccessors(ctx, &stored.Value)
	if _, ok := errors.AsType[*Error](refused); !ok {
		return stored, refused
	}
	back := stored
	back.Value = before
	if _, err := a.Units.Replace(ctx, back); err != nil {
		return stored, fmt.Errorf("take back a successor: %w", err)
	}
	return stored, refused
}

// CheckUnit checks what can change of a unit against the other units.
func (a Accounts) CheckUnit(ctx context.Context, unit *Unit) error {
	if err := CheckName(unit.Name); err != nil {
		return err
	}
	if unit.Kind = strings.ToLower(form.Composed(unit.Kind)); !kindForm.MatchString(unit.Kind) {
		return refuse("kind", CodeUnitKind)
	}
	if unit.ValidTo != "" {
		if _, err := time.Parse(time.DateOnly, unit.ValidTo); err != nil {
			return refuse("validTo", CodeDay)
		}
		if unit.ValidTo < unit.ValidFrom {
			return refuse("validTo", CodeDayOrder)
		}
	}
	if unit.Parent != "" {
		parent, err := a.Units.Get(ctx, string(unit.Parent))
		switch {
		case errors.Is(err, store.ErrNotFound):
			return refuse("parent", CodeUnitUnknown)
		case err != nil:
			return err
		case slices.Index(levels, parent.Value.Level) <= slices.Index(levels, unit.Level):
			// So no unit ever lies in itself.
			return refuse("parent", CodeParentLevel)
		}
	}
	return a.checkSuccessors(ctx, unit)
}

// checkSuccessors follows the units that took a unit's place: they exist, and
// it is not one of them.
func (a Accounts) checkSuccessors(ctx context.Context, unit *Unit) error {
	const most = 100
	next := unit.Successor
	for range most {
		if next == "" {
			return nil
		}
		if next == unit.ID {
			break
		}
		successor, err := a.Units.Get(ctx, string(next))
		if errors.Is(err, store.ErrNotFound) {
			return refuse("successor", CodeUnitUnknown)
		}
		if err != nil {
			return err
		}
		next = successor.Value.Successor
	}
	return refuse("successor", CodeSuccessor)
}

// MaxName is how many characters a name may have.
const MaxName = 200

// CheckName checks the name of a unit or a person.
func CheckName(name string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > MaxName {
		return refuse("name", CodeNameLength)
	}
	if strings.ContainsFunc(name, form.Breaks) {
		return refuse("name", CodeNameControl)
	}
	return nil
}
