package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// ListUnits implements the operation listUnits.
func (s *units) ListUnits(ctx context.Context, _ contract.ListUnitsRequestObject) (contract.ListUnitsResponseObject, error) {
	c := gate.CallerOf(ctx)
	units, err := s.directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	answer := contract.ListUnits200JSONResponse{Units: []contract.Unit{}}
	for _, id := range units.All() {
		if c.MayPull(id) || c.User.Role == form.RoleSuperior && slices.Contains(c.Home, id) {
			u, _ := units.Unit(id)
			view := unitView(u)
			view.Replaces, view.Writable = units.Replaced(id), s.writable(c, &u.Value)
			answer.Units = append(answer.Units, view)
		}
	}
	return answer, nil
}

// writable reports whether the caller may write what counts today in a unit. One that
// has ended takes ops too, and marks what is dated after its last day.
func (s *units) writable(c *gate.Caller, u *accounts.Unit) bool {
	today := s.now().In(s.location).Format(time.DateOnly)
	return c.Reaches(u.ID) && gate.MayCall(c.User.Role, "pushBatch") && (u.ValidTo == "" || today <= u.ValidTo)
}

// unitAnswer shows a unit that the caller has changed.
func (s *units) unitAnswer(ctx context.Context, u store.Stored[accounts.Unit]) (contract.Unit, error) {
	s.directory.ForgetTree()
	view := unitView(u)
	units, err := s.directory.Tree(ctx)
	if err == nil {
		view.Replaces, view.Writable = units.Replaced(u.Value.ID), s.writable(gate.CallerOf(ctx), &u.Value)
	}
	return view, err
}

// CreateUnit implements the operation createUnit.
func (s *units) CreateUnit(ctx context.Context, request contract.CreateUnitRequestObject) (contract.CreateUnitResponseObject, error) {
	c, n := gate.CallerOf(ctx), *request.Body
	if err := cmp.Or(mayPlace(c, n.Parent), mayPoint(c, "successor", n.Successor)); err != nil {
		return nil, err
	}
	unit, err := s.accounts.AddUnit(ctx, accounts.Unit{
		Code: n.Code, Name: n.Name, Level: accounts.Level(n.Level), Parent: n.Parent,
		Kind: n.Kind, ValidFrom: n.ValidFrom, ValidTo: n.ValidTo, Successor: n.Successor,
	})
	if err != nil {
		return nil, err
	}
	view, err := s.unitAnswer(ctx, store.Stored[accounts.Unit]{Version: 1, Value: unit})
	if err != nil {
		return nil, err
	}
	return contract.CreateUnit201JSONResponse(view), s.log.Add(ctx, "createUnit", string(unit.ID), []ledger.UnitID{unit.ID}, nil, view)
}

// UpdateUnit implements the operation updateUnit.
func (s *units) UpdateUnit(ctx context.Context, request contract.UpdateUnitRequestObject) (contract.UpdateUnitResponseObject, error) {
	c, change := gate.CallerOf(ctx), request.Body
	if !c.Reaches(request.Unit) && !c.ManagesAll() {
		return nil, problem.ErrNotFound
	}
	stored, err := s.accounts.Units.Get(ctx, string(request.Unit))
	if err != nil {
		return nil, err
	}
	to := &accounts.UnitChange{
		Name: change.Name, Kind: change.Kind, Version: change.Version,
		ParentFrom: cmp.Or(change.ParentFrom, s.now().In(s.location).Format(time.DateOnly)),
	}
	err = errors.Join(assign(&to.Parent, change.Parent), assign(&to.ValidTo, change.ValidTo), assign(&to.Successor, change.Successor))
	if err != nil {
		return nil, problem.Malformed(err.Error(), err)
	}
	before, unit := unitView(stored), &stored.Value
	// What stays as it was may lie outside of the caller's reach.
	if to.Parent != nil && *to.Parent != unit.Parent {
		if err := mayPlace(c, *to.Parent); err != nil {
			return nil, err
		}
	}
	if to.Successor != nil && *to.Successor != unit.Successor {
		if err := mayPoint(c, "successor", *to.Successor); err != nil {
			return nil, err
		}
	}
	stored, err = s.accounts.ChangeUnit(ctx, stored, to)
	if err != nil {
		return nil, err
	}
	view, err := s.unitAnswer(ctx, stored)
	if err != nil {
		return nil, err
	}
	return contract.UpdateUnit200JSONResponse(view), s.log.Add(ctx, "updateUnit", string(view.ID), []ledger.UnitID{view.ID}, before, view)
}

// assign reads a member of a change: absent leaves, null clears.
func assign[T ~string](to **T, from json.RawMessage) error {
	switch string(from) {
	case "":
		return nil
	case "null":
		*to = new(T)
		return nil
	}
	return json.Unmarshal(from, to)
}

// mayPlace checks that a new or moved unit is within the caller's reach: only who looks
// after all makes units that lie in no other.
func mayPlace(c *gate.Caller, parent ledger.UnitID) error {
	if parent == "" && !c.ManagesAll() {
		return problem.Invalid("parent", "Cần chọn đơn vị cấp trên trong phạm vi được giao.")
	}
	return mayPoint(c, "parent", parent)
}

func mayPoint(c *gate.Caller, field string, unit ledger.UnitID) error {
	if unit != "" && !c.ManagesAll() && !c.Reaches(unit) {
		return noSuchUnit(field)
	}
	return nil
}

func noSuchUnit(field string) error {
	return &accounts.Error{Code: accounts.CodeUnitUnknown, Field: field}
}

func unitView(u store.Stored[accounts.Unit]) contract.Unit {
	var before []contract.UnitMembership
	for _, m := range u.Value.Before {
		before = append(before, contract.UnitMembership{Parent: m.Parent, To: m.To})
	}
	return contract.Unit{
		ID: u.Value.ID, Code: u.Value.Code, Name: u.Value.Name, Level: contract.Level(u.Value.Level), Kind: u.Value.Kind, Parent: u.Value.Parent,
		ValidFrom: u.Value.ValidFrom, ValidTo: u.Value.ValidTo, Successor: u.Value.Successor, Version: u.Version, Before: before,
	}
}
