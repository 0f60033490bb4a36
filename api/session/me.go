package session

import (
	"context"
	"errors"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
)

// GetMe implements the operation getMe.
func (s *Sessions) GetMe(ctx context.Context, _ contract.GetMeRequestObject) (contract.GetMeResponseObject, error) {
	c := gate.CallerOf(ctx)
	now := s.Sessions.Now()
	answer := contract.GetMe200JSONResponse{
		User: callerView(&c.User), Device: deviceOf(&c.Device, c.Epoch),
		Server:  contract.ServerInfo{Name: s.Name, Now: now.UTC(), Features: s.features()},
		Actions: map[string][]string{}, Leaving: []contract.LeavingUnit{},
	}
	for _, f := range form.All() {
		for _, action := range f.Actions()[c.User.Role] {
			answer.Actions[string(f.Kind)] = append(answer.Actions[string(f.Kind)], string(action))
		}
	}
	for _, l := range c.User.FormerUnits(now) {
		answer.Leaving = append(answer.Leaving, contract.LeavingUnit{Unit: l.Unit, Until: l.Until.Time()})
	}
	return answer, nil
}

// features are what the server offers beside what every server does.
func (s *Sessions) features() []string {
	list := append([]string{"carry", "files"}, s.Features...)
	slices.Sort(list)
	return list
}

// ChangePassword implements the operation changePassword.
func (s *Sessions) ChangePassword(ctx context.Context, request contract.ChangePasswordRequestObject) (contract.ChangePasswordResponseObject, error) {
	c := gate.CallerOf(ctx)
	guesses := gate.GuessesOf(c.User.Username, gate.OriginOf(ctx).Address, c.Device.ID)
	if wait, err := s.Guesses.Take(ctx, guesses); err != nil {
		return nil, err
	} else if wait > 0 {
		return nil, gate.TooMany(wait)
	}
	err := s.Sessions.ChangePassword(ctx, c.Session, c.User.ID, request.Body.Old, request.Body.New)
	if errors.Is(err, accounts.ErrCredentials) {
		s.Guesses.Spend(guesses)
		s.failed(ctx, c.User.Username, "wrong")
		return nil, err
	}
	s.Guesses.GiveBack(guesses)
	return contract.ChangePassword204Response{}, err
}

// Enrol implements the operation enrol.
func (s *Sessions) Enrol(ctx context.Context, request contract.EnrolRequestObject) (contract.EnrolResponseObject, error) {
	in, err := installation(ctx, &request.Body.Device)
	if err != nil {
		return nil, err
	}
	guesses := gate.GuessesAtCode(gate.OriginOf(ctx).Address)
	if wait, err := s.Guesses.Take(ctx, guesses); err != nil {
		return nil, err
	} else if wait > 0 {
		s.failed(ctx, "", "throttled")
		return nil, gate.TooMany(wait)
	}
	principal, refresh, err := s.Sessions.StartByCode(ctx, request.Body.Code, request.Body.Device.ID, in)
	if errors.Is(err, accounts.ErrEnrolment) {
		s.Guesses.Spend(guesses)
		s.failed(ctx, "", "wrong")
		return nil, err
	}
	s.Guesses.GiveBack(guesses)
	if err != nil {
		return nil, err
	}
	s.SignIns("ok")
	answer, err := s.started(ctx, &principal, refresh)
	return contract.Enrol200JSONResponse{SessionStartedJSONResponse: answer}, err
}

// ListMyDevices implements the operation listMyDevices.
func (s *Sessions) ListMyDevices(ctx context.Context, _ contract.ListMyDevicesRequestObject) (contract.ListMyDevicesResponseObject, error) {
	c := gate.CallerOf(ctx)
	devices, err := s.Sessions.Directory.AllDevices(ctx)
	answer := contract.ListMyDevices200JSONResponse{Devices: []contract.MyDevice{}}
	for i := range devices {
		d := &devices[i].Value
		if d.User != c.User.ID {
			continue
		}
		answer.Devices = append(answer.Devices, contract.MyDevice{
			ID: d.ID, Name: d.Name, Platform: d.Platform, Client: d.Client, State: show.DeviceState(d), Current: d.ID == c.Device.ID,
			CreatedAt: d.Created.Time(), LastSeenAt: d.LastSeen.Time(),
		})
	}
	return answer, err
}

// RevokeMyDevice implements the operation revokeMyDevice.
func (s *Sessions) RevokeMyDevice(ctx context.Context, request contract.RevokeMyDeviceRequestObject) (contract.RevokeMyDeviceResponseObject, error) {
	_, _, err := s.Sessions.Accounts.SetRevoked(ctx, s.Sessions.Directory, request.Device, true, func(d *store.Stored[accounts.Device]) error {
		if d.Value.User != gate.CallerOf(ctx).User.ID {
			return problem.ErrNotFound
		}
		return nil
	})
	return contract.RevokeMyDevice204Response{}, err
}
