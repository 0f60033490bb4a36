package api

import (
	"context"
	"errors"

	"github.com/sothon/sothon/sync/store"
)

// ListDevices implements the operation listDevices.
func (s *Server) ListDevices(ctx context.Context, request ListDevicesRequestObject) (ListDevicesResponseObject, error) {
	c := callerOf(ctx)
	var after afterID
	if err := decodeCursor(request.Params.Cursor, &after); err != nil {
		return nil, err
	}
	devices, next, err := scan(ctx, s.accounts.Devices, after.ID, request.Params.Limit, func(d *store.Stored[store.Device]) (pick, error) {
		managed, err := s.manages(ctx, c, d.Value.User)
		if !managed {
			return skip, err
		}
		return take, nil
	})
	answer := ListDevices200JSONResponse{Items: []Device{}, Next: nextPage(next)}
	for i := range devices {
		answer.Items = append(answer.Items, deviceView(&devices[i]))
	}
	return answer, err
}

// manages reports whether an account is one that the caller manages.
func (s *Server) manages(ctx context.Context, c *caller, id UserID) (bool, error) {
	if c.managesAll() {
		return true, nil
	}
	user, err := s.callers.users.get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && c.manages(&user.Value), err
}

// UpdateDevice implements the operation updateDevice.
func (s *Server) UpdateDevice(ctx context.Context, request UpdateDeviceRequestObject) (UpdateDeviceResponseObject, error) {
	stored, err := s.accounts.Devices.Get(ctx, string(request.Device))
	if err != nil {
		return nil, err
	}
	managed, err := s.manages(ctx, callerOf(ctx), stored.Value.User)
	if err != nil {
		return nil, err
	}
	if !managed {
		return nil, errNotFound
	}
	if stored.Version != request.Body.Version {
		return nil, store.ErrVersion
	}
	stored.Value.Revoked = request.Body.State == DeviceStateRevoked
	stored, err = s.accounts.Devices.Replace(ctx, stored)
	s.callers.devices.forget(string(request.Device))
	if err != nil {
		return nil, err
	}
	return UpdateDevice200JSONResponse(deviceView(&stored)), nil
}

func deviceView(d *store.Stored[store.Device]) Device {
	state := DeviceStateActive
	if d.Value.Revoked {
		state = DeviceStateRevoked
	}
	return Device{
		ID: d.Value.ID, User: d.Value.User, Name: d.Value.Name, Platform: d.Value.Platform, Client: d.Value.Client, Epoch: d.Value.Epoch,
		State: state, CreatedAt: d.Value.Created.Time(), LastSeenAt: d.Value.LastSeen.Time(), Version: d.Version,
	}
}
