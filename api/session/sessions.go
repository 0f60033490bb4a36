// Package session signs people in and out.
package session

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/keys"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

// Sessions implements the operations of the tag session.
type Sessions struct {
	Sessions *accounts.Sessions
	Keys     *keys.Keyring
	Guesses  *gate.Throttle
}

// SignIn implements the operation signIn.
func (s *Sessions) SignIn(ctx context.Context, request contract.SignInRequestObject) (contract.SignInResponseObject, error) {
	who, err := s.checkPassword(ctx, request.Body)
	if err != nil {
		return nil, err
	}
	var known ledger.DeviceID
	if who.Known != nil {
		known = who.Known.ID
	}
	in := request.Body.Device
	seat, refresh, err := s.Sessions.Start(ctx, who.User, known, accounts.Installation{
		Name: in.Name, Platform: in.Platform, Client: gate.OriginOf(ctx).Client, Fresh: in.Fresh,
	})
	if err != nil {
		return nil, err
	}
	answer, err := s.started(ctx, &seat, refresh)
	return contract.SignIn200JSONResponse{SessionStartedJSONResponse: answer}, err
}

// checkPassword finds the account of a sign-in, and its device where that has
// signed in to the account before. Neither the answer nor the time that it
// takes tells whether the name or the password was wrong.
func (s *Sessions) checkPassword(ctx context.Context, in *contract.SignInRequest) (accounts.Candidate, error) {
	username := strings.ToLower(strings.TrimSpace(in.Username))
	who, err := s.Sessions.Find(ctx, username, in.Device.ID)
	if err != nil {
		return who, err
	}
	var own ledger.DeviceID // has attempts of its own
	if who.Known != nil && !who.Known.Revoked {
		own = who.Known.ID
	}
	guesses := gate.GuessesOf(username, gate.OriginOf(ctx).Address, own)
	if wait := s.Guesses.Take(guesses); wait > 0 {
		return who, gate.TooMany(wait)
	}
	err = who.CheckPassword(ctx, in.Password)
	if !errors.Is(err, accounts.ErrCredentials) {
		s.Guesses.GiveBack(guesses)
	}
	return who, err
}

// RefreshSession implements the operation refreshSession.
func (s *Sessions) RefreshSession(ctx context.Context, request contract.RefreshSessionRequestObject) (contract.RefreshSessionResponseObject, error) {
	seat, refresh, err := s.Sessions.Refresh(ctx, request.Body.RefreshToken, gate.OriginOf(ctx).Client)
	if err != nil {
		return nil, err
	}
	answer, err := s.started(ctx, &seat, refresh)
	return contract.RefreshSession200JSONResponse{SessionStartedJSONResponse: answer}, err
}

// SignOut implements the operation signOut.
func (s *Sessions) SignOut(ctx context.Context, _ contract.SignOutRequestObject) (contract.SignOutResponseObject, error) {
	return contract.SignOut204Response{}, s.Sessions.End(ctx, gate.CallerOf(ctx).Session)
}

// started answers with a session's tokens.
func (s *Sessions) started(ctx context.Context, seat *accounts.Seat, refresh string) (contract.SessionStartedJSONResponse, error) {
	access, expiresIn, err := s.Keys.Issue(ctx, seat)
	if err != nil {
		return contract.SessionStartedJSONResponse{}, fmt.Errorf("issue a token: %w", err)
	}
	return contract.SessionStartedJSONResponse{
		AccessToken: access, TokenType: "Bearer", ExpiresIn: expiresIn, RefreshToken: refresh,
		User: callerView(&seat.User), Device: deviceOf(&seat.Device, seat.Session.Epoch),
	}, nil
}

// GetMe implements the operation getMe.
func (s *Sessions) GetMe(ctx context.Context, _ contract.GetMeRequestObject) (contract.GetMeResponseObject, error) {
	c := gate.CallerOf(ctx)
	return contract.GetMe200JSONResponse{User: callerView(&c.User), Device: deviceOf(&c.Device, c.Epoch)}, nil
}

func callerView(u *accounts.User) contract.Caller {
	return contract.Caller{
		ID: u.ID, Username: u.Username, Name: u.Name, Role: u.Role,
		Units: append([]contract.UnitID{}, u.Units...), Permissions: gate.Permissions(u.Role),
	}
}

// deviceOf shows the session's epoch, not the device's: an installation whose
// place was taken must not go on under the new epoch.
func deviceOf(d *accounts.Device, epoch uint32) contract.SessionDevice {
	return contract.SessionDevice{ID: d.ID, Name: d.Name, Platform: d.Platform, Epoch: epoch}
}

// GetKeys implements the operation getKeys.
func (s *Sessions) GetKeys(ctx context.Context, _ contract.GetKeysRequestObject) (contract.GetKeysResponseObject, error) {
	keys, err := s.Keys.List(ctx)
	return contract.GetKeys200JSONResponse{Keys: keys, Notes: []string{s.Keys.Verifier}}, err
}
