package admin

import (
	"context"
	"errors"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/store"
)

// ListDevices implements the operation listDevices.
func (s *Admin) ListDevices(ctx context.Context, request contract.ListDevicesRequestObject) (contract.ListDevicesResponseObject, error) {
	c := gate.CallerOf(ctx)
	var after paging.AfterID
	if err := paging.Decode(request.Params.Cursor, &after); err != nil {
		return nil, err
	}
	devices, next, err := paging.Scan(ctx, s.Accounts.Devices, after.ID, request.Params.Limit, func(d *store.Stored[accounts.Device]) (paging.Pick, error) {
		managed, err := s.manages(ctx, c, d.Value.User)
		if !managed {
			return paging.Skip, err
		}
		return paging.Take, nil
	})
	answer := contract.ListDevices200JSONResponse{Items: []contract.Device{}, Next: paging.Next(next)}
	for i := range devices {
		answer.Items = append(answer.Items, deviceView(&devices[i]))
	}
	return answer, err
}

// manages reports whether an account is one that the caller manages.
func (s *Admin) manages(ctx context.Context, c *gate.Caller, id contract.UserID) (bool, error) {
	if c.ManagesAll() {
		return true, nil
	}
	user, err := s.Directory.Users.Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && c.Manages(&user.Value), err
}

// UpdateDevice implements the operation updateDevice.
func (s *Admin) UpdateDevice(ctx context.Context, request contract.UpdateDeviceRequestObject) (contract.UpdateDeviceResponseObject, error) {
	stored, err := s.Accounts.Devices.Get(ctx, string(request.Device))
	if err != nil {
		return nil, err
	}
	managed, err := s.manages(ctx, gate.CallerOf(ctx), stored.Value.User)
	if err != nil {
		return nil, err
	}
	if !managed {
		return nil, problem.ErrNotFound
	}
	if stored.Version != request.Body.Version {
		return nil, store.ErrVersion
	}
	stored.Value.Revoked = request.Body.State == contract.DeviceStateRevoked
	stored, err = s.Accounts.Devices.Replace(ctx, stored)
	s.Directory.Devices.Forget(string(request.Device))
	if err != nil {
		return nil, err
	}
	return contract.UpdateDevice200JSONResponse(deviceView(&stored)), nil
}

func deviceView(d *store.Stored[accounts.Device]) contract.Device {
	state := contract.DeviceStateActive
	if d.Value.Revoked {
		state = contract.DeviceStateRevoked
	}
	return contract.Device{
		ID: d.Value.ID, User: d.Value.User, Name: d.Value.Name, Platform: d.Value.Platform, Client: d.Value.Client, Epoch: d.Value.Epoch,
		State: state, CreatedAt: d.Value.Created.Time(), LastSeenAt: d.Value.LastSeen.Time(), Version: d.Version,
	}
}
