package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

var (
	// levels from the lowest to the highest.
	levels   = []store.Level{store.Village, store.Commune, store.District, store.Province}
	unitCode = regexp.MustCompile(`^[A-Za-z0-9-]{1,32}$`)
)

// ListUnits implements the operation listUnits.
func (s *Server) ListUnits(ctx context.Context, _ ListUnitsRequestObject) (ListUnitsResponseObject, error) {
	c := callerOf(ctx)
	units, err := s.callers.units(ctx)
	if err != nil {
		return nil, err
	}
	answer := ListUnits200JSONResponse{Units: []Unit{}}
	for _, id := range units.all {
		if c.pulls(id) || c.user.Role == form.RoleSuperior && slices.Contains(c.home, id) {
			answer.Units = append(answer.Units, unitView(units.units[id]))
		}
	}
	return answer, nil
}

// CreateUnit implements the operation createUnit.
func (s *Server) CreateUnit(ctx context.Context, request CreateUnitRequestObject) (CreateUnitResponseObject, error) {
	c, n := callerOf(ctx), *request.Body
	if err := c.mayPlace(n.Parent, n.Successor); err != nil {
		return nil, err
	}
	unit, err := AddUnit(ctx, s.accounts, n)
	s.callers.tree.forget(theTree)
	return CreateUnit201JSONResponse(unitView(store.Stored[store.Unit]{Version: 1, Value: unit})), err
}

// AddUnit stores a new unit. What is wrong with it is told as a problem.
func AddUnit(ctx context.Context, accounts store.Accounts, n NewUnit) (store.Unit, error) {
	unit := store.Unit{
		Code: n.Code, Name: tidy(n.Name), Level: store.Level(n.Level), Parent: n.Parent,
		ValidFrom: n.ValidFrom, ValidTo: n.ValidTo, Successor: n.Successor,
	}
	if !unitCode.MatchString(unit.Code) {
		return unit, invalid("code", "Mã chỉ gồm chữ cái không dấu, chữ số và dấu gạch ngang, dài tối đa 32 ký tự.")
	}
	if !slices.Contains(levels, unit.Level) {
		return unit, invalid("level", "Cấp không có trong danh sách cho phép.")
	}
	var err error
	if unit.ID, err = store.NewUnitID(unit.Code, unit.ValidFrom); err != nil {
		return unit, invalid("validFrom", notADay)
	}
	if err := checkUnit(ctx, accounts, &unit); err != nil {
		return unit, err
	}
	_, err = accounts.Units.Add(ctx, string(unit.ID), unit)
	if errors.Is(err, store.ErrTaken) {
		return unit, fail("taken", err, func(p *Problem) { p.Field = "code" })
	}
	return unit, err
}

// UpdateUnit implements the operation updateUnit.
func (s *Server) UpdateUnit(ctx context.Context, request UpdateUnitRequestObject) (UpdateUnitResponseObject, error) {
	c, change := callerOf(ctx), request.Body
	if !c.reaches(request.Unit) && !c.managesAll() {
		return nil, errNotFound
	}
	stored, err := s.accounts.Units.Get(ctx, string(request.Unit))
	if err != nil {
		return nil, err
	}
	unit := &stored.Value
	parent, successor := unit.Parent, unit.Successor
	if change.Name != nil {
		unit.Name = tidy(*change.Name)
	}
	err = errors.Join(assign(&unit.Parent, change.Parent), assign(&unit.ValidTo, change.ValidTo), assign(&unit.Successor, change.Successor))
	if err != nil {
		return nil, malformed(err.Error(), err)
	}
	if unit.Parent != parent || unit.Successor != successor {
		// What stays as it was may lie outside of the caller's reach.
		to := unit.Successor
		if to == successor {
			to = ""
		}
		if unit.Parent == parent {
			err = c.mayPoint("successor", to)
		} else {
			err = c.mayPlace(unit.Parent, to)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := checkUnit(ctx, s.accounts, unit); err != nil {
		return nil, err
	}
	if stored.Version != change.Version {
		return nil, store.ErrVersion
	}
	stored, err = s.accounts.Units.Replace(ctx, stored)
	s.callers.tree.forget(theTree)
	return UpdateUnit200JSONResponse(unitView(stored)), err
}

// assign sets a member of a change: absent leaves, null clears.
func assign[T ~string](to *T, from json.RawMessage) error {
	switch string(from) {
	case "":
		return nil
	case "null":
		*to = ""
		return nil
	}
	return json.Unmarshal(from, to)
}

// mayPlace holds a new or moved unit to the caller's reach: only who looks
// after all makes units that lie in no other.
func (c *caller) mayPlace(parent, successor ledger.UnitID) error {
	if parent == "" && !c.managesAll() {
		return invalid("parent", "Cần chọn đơn vị cấp trên thuộc phạm vi của bạn.")
	}
	if err := c.mayPoint("parent", parent); err != nil {
		return err
	}
	return c.mayPoint("successor", successor)
}

func (c *caller) mayPoint(field string, unit ledger.UnitID) error {
	if unit != "" && !c.managesAll() && !c.reaches(unit) {
		return noSuchUnit(field)
	}
	return nil
}

func noSuchUnit(field string) error {
	return invalid(field, "Đơn vị không tồn tại, hoặc không thuộc phạm vi của bạn.")
}

const notADay = "Ngày không đúng, cần dạng năm-tháng-ngày."

// checkUnit holds what can change of a unit against the other units.
func checkUnit(ctx context.Context, accounts store.Accounts, unit *store.Unit) error {
	if err := checkName(unit.Name); err != nil {
		return err
	}
	if unit.ValidTo != "" {
		if _, err := time.Parse(time.DateOnly, unit.ValidTo); err != nil {
			return invalid("validTo", notADay)
		}
		if unit.ValidTo < unit.ValidFrom {
			return invalid("validTo", "Ngày cuối không được trước ngày đầu.")
		}
	}
	if unit.Parent != "" {
		parent, err := accounts.Units.Get(ctx, string(unit.Parent))
		switch {
		case errors.Is(err, store.ErrNotFound):
			return noSuchUnit("parent")
		case err != nil:
			return err
		case slices.Index(levels, parent.Value.Level) <= slices.Index(levels, unit.Level):
			// So no unit ever lies in itself.
			return invalid("parent", "Đơn vị cấp trên phải ở cấp cao hơn.")
		}
	}
	return checkSuccessors(ctx, accounts, unit)
}

// checkSuccessors follows the units that took a unit's place: they exist, and
// it is not one of them.
func checkSuccessors(ctx context.Context, accounts store.Accounts, unit *store.Unit) error {
	const most = 100
	next := unit.Successor
	for range most {
		if next == "" {
			return nil
		}
		if next == unit.ID {
			break
		}
		successor, err := accounts.Units.Get(ctx, string(next))
		if errors.Is(err, store.ErrNotFound) {
			return noSuchUnit("successor")
		}
		if err != nil {
			return err
		}
		next = successor.Value.Successor
	}
	return invalid("successor", "Đơn vị không thể kế thừa chính mình.")
}

// tidy is a name as it is stored: composed, and without space around.
func tidy(name string) string { return strings.TrimSpace(norm.NFC.String(name)) }

func checkName(name string) error {
	const most = 200
	if n := utf8.RuneCountInString(name); n < 1 || n > most {
		return invalid("name", fmt.Sprintf("Tên cần từ 1 đến %d ký tự.", most))
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return invalid("name", "Tên có ký tự không cho phép.")
	}
	return nil
}

func unitView(u store.Stored[store.Unit]) Unit {
	return Unit{
		ID: u.Value.ID, Code: u.Value.Code, Name: u.Value.Name, Level: Level(u.Value.Level), Parent: u.Value.Parent,
		ValidFrom: u.Value.ValidFrom, ValidTo: u.Value.ValidTo, Successor: u.Value.Successor, Version: u.Version,
	}
}
