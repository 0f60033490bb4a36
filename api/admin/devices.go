package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// ListDevices implements the operation listDevices.
func (s *people) ListDevices(ctx context.Context, request contract.ListDevicesRequestObject) (contract.ListDevicesResponseObject, error) {
	c := gate.CallerOf(ctx)
	var after paging.AfterID
	if err := paging.Decode(request.Params.Cursor, &after); err != nil {
		return nil, err
	}
	devices, next, err := paging.Scan(ctx, s.accounts.Devices, after.ID, request.Params.Limit, func(d *store.Stored[accounts.Device]) (paging.Pick, error) {
		managed, err := manages(ctx, s.directory, c, d.Value.User)
		if managed && err == nil {
			managed, err = s.matches(ctx, d.Value.User, request.Params)
		}
		if !managed {
			return paging.Skip, err
		}
		return paging.Take, nil
	})
	answer := contract.ListDevices200JSONResponse{Items: []contract.Device{}, Next: paging.Next(next)}
	for i := range devices {
		view := deviceView(&devices[i])
		p, err := s.presences.Of(ctx, view.ID)
		if err != nil {
			return nil, err
		}
		answer.Items = append(answer.Items, withPresence(view, &p))
	}
	return answer, err
}

// matches reports whether a device of an account passes a list's filters.
func (s *people) matches(ctx context.Context, user ledger.UserID, p contract.ListDevicesParams) (bool, error) {
	if p.User != "" && user != p.User {
		return false, nil
	}
	if p.Unit == "" {
		return true, nil
	}
	tree, err := s.directory.Tree(ctx)
	if err != nil {
		return false, err
	}
	u, err := s.directory.Users.Get(ctx, string(user))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	within := tree.Subtree([]ledger.UnitID{p.Unit})
	return slices.ContainsFunc(u.Value.Units, func(unit ledger.UnitID) bool { return slices.Contains(within, unit) }), err
}

func withPresence(view contract.Device, p *accounts.Presence) contract.Device {
	view.Unsent, view.UnsentPhotos, view.SkewSeconds = p.Unsent, p.Photos, p.Skew
	view.Client = cmp.Or(p.Client, view.Client)
	for to, at := range map[*time.Time]ledger.Millis{&view.LastPushAt: p.LastPush, &view.LastPullAt: p.LastPull, &view.UnsentSince: p.UnsentSince} {
		if at != 0 {
			*to = at.Time()
		}
	}
	return view
}

// manages reports whether an account is one that the caller manages.
func manages(ctx context.Context, directory *accounts.Directory, c *gate.Caller, id contract.UserID) (bool, error) {
	if c.ManagesAll() {
		return true, nil
	}
	user, err := directory.Users.Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && c.Manages(&user.Value), err
}

// UpdateDevice implements the operation updateDevice.
func (s *people) UpdateDevice(ctx context.Context, request contract.UpdateDeviceRequestObject) (contract.UpdateDeviceResponseObject, error) {
	check := func(d *store.Stored[accounts.Device]) error {
		managed, err := manages(ctx, s.directory, gate.CallerOf(ctx), d.Value.User)
		switch {
		case err != nil:
			return err
		case !managed:
			return problem.ErrNotFound
		case d.Version != request.Body.Version:
			return store.ErrVersion
		}
		return nil
	}
	was, is, err := s.accounts.SetRevoked(ctx, s.directory, request.Device, request.Body.State == contract.DeviceStateRevoked, check)
	if err != nil {
		return nil, err
	}
	before, after := deviceView(&was), deviceView(&is)
	owner, err := s.directory.Users.Get(ctx, string(after.User))
	if err != nil {
		return nil, err
	}
	return contract.UpdateDevice200JSONResponse(after), s.log.Add(ctx, "updateDevice", string(after.ID), owner.Value.Units, before, after)
}

func deviceView(d *store.Stored[accounts.Device]) contract.Device {
	return contract.Device{
		ID: d.Value.ID, User: d.Value.User, Name: d.Value.Name, Platform: d.Value.Platform, Client: d.Value.Client, Epoch: d.Value.Epoch,
		State: show.DeviceState(&d.Value), CreatedAt: d.Value.Created.Time(), LastSeenAt: d.Value.LastSeen.Time(), Version: d.Version,
	}
}
