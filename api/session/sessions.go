// Package session signs people in and out.
package session

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/keys"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

// Sessions implements the operations of the tag session.
type Sessions struct {
	Sessions  *accounts.Sessions
	Presences *accounts.Presences
	Name      string   // of the server, for people
	Features  []string // that no operation shows, as "mail"
	Keys      *keys.Keyring
	Guesses   *gate.Throttle
	Log       *slog.Logger
	SignIns   func(result string) // counts sign-ins: ok, wrong, disabled, throttled
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
	in, err := installation(ctx, &request.Body.Device)
	if err != nil {
		return nil, err
	}
	principal, refresh, err := s.start(ctx, who.User, known, in)
	if errors.Is(err, accounts.ErrDisabled) || errors.Is(err, accounts.ErrRevoked) {
		s.failed(ctx, who.User.Username, "disabled")
	}
	if err != nil {
		return nil, err
	}
	s.SignIns("ok")
	answer, err := s.started(ctx, &principal, refresh)
	return contract.SignIn200JSONResponse{SessionStartedJSONResponse: answer}, err
}

// start opens a session, unless it would begin new counters and the person has begun
// too many lately.
func (s *Sessions) start(ctx context.Context, user accounts.User, known ledger.DeviceID, in accounts.Installation) (accounts.Principal, string, error) {
	if known != "" && !in.Fresh {
		return s.Sessions.Start(ctx, user, known, in)
	}
	series := gate.SeriesOf(user.ID)
	wait, err := s.Guesses.Take(ctx, series)
	if err != nil {
		return accounts.Principal{}, "", err
	}
	if wait > 0 {
		s.failed(ctx, user.Username, "throttled")
		return accounts.Principal{}, "", gate.TooMany(wait)
	}
	principal, refresh, err := s.Sessions.Start(ctx, user, known, in)
	if err != nil {
		s.Guesses.GiveBack(series)
	} else {
		s.Guesses.Spend(series)
	}
	return principal, refresh, err
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
	own, err := s.proven(ctx, &who, in.Device.Proof)
	if err != nil {
		return who, err
	}
	guesses := gate.GuessesOf(username, gate.OriginOf(ctx).Address, own)
	wait, err := s.Guesses.Take(ctx, guesses)
	if err != nil {
		return who, err
	}
	if wait > 0 {
		s.failed(ctx, username, "throttled")
		return who, gate.TooMany(wait)
	}
	err = who.CheckPassword(ctx, in.Password)
	if errors.Is(err, accounts.ErrCredentials) {
		s.Guesses.Spend(guesses)
		s.failed(ctx, username, "wrong")
		return who, err
	}
	s.Guesses.GiveBack(guesses)
	return who, err
}

// proven returns the device of a sign-in where its app proves that it is that
// device: it then has its own attempts.
func (s *Sessions) proven(ctx context.Context, who *accounts.Candidate, proof string) (ledger.DeviceID, error) {
	if who.Known == nil || who.Known.Revoked || proof == "" {
		return "", nil
	}
	ok, err := s.Sessions.Proves(ctx, proof, who.Known.ID)
	if !ok {
		return "", err
	}
	return who.Known.ID, err
}

// failed notes a sign-in that was refused. A password is in neither the log nor
// the metric.
func (s *Sessions) failed(ctx context.Context, username, result string) {
	s.SignIns(result)
	origin := gate.OriginOf(ctx)
	s.Log.WarnContext(ctx, "sign-in refused", "username", username, "result", result, "address", origin.Address, "client", origin.Client)
}

// installation is what an app says of itself when it signs in.
func installation(ctx context.Context, in *contract.SignInDevice) (accounts.Installation, error) {
	key, err := base64.RawURLEncoding.Strict().DecodeString(in.Key)
	if err != nil {
		return accounts.Installation{}, &accounts.Error{Code: accounts.CodeKey, Field: "device.key"}
	}
	return accounts.Installation{
		Name: in.Name, Platform: in.Platform, Client: gate.OriginOf(ctx).Client, Fresh: in.Fresh, Key: key,
	}, nil
}

// RefreshSession implements the operation refreshSession.
func (s *Sessions) RefreshSession(ctx context.Context, request contract.RefreshSessionRequestObject) (contract.RefreshSessionResponseObject, error) {
	principal, refresh, err := s.Sessions.Refresh(ctx, request.Body.RefreshToken, gate.OriginOf(ctx).Client)
	if err != nil {
		return nil, err
	}
	if origin := gate.OriginOf(ctx); origin.Unsent != nil {
		if err := s.Presences.Record(ctx, principal.Device.ID, accounts.Heartbeat{Unsent: origin.Unsent, Client: origin.Client}); err != nil {
			s.Log.WarnContext(ctx, "device's figures not noted", "device", principal.Device.ID, "error", err)
		}
	}
	answer, err := s.started(ctx, &principal, refresh)
	return contract.RefreshSession200JSONResponse{SessionStartedJSONResponse: answer}, err
}

// SignOut implements the operation signOut.
func (s *Sessions) SignOut(ctx context.Context, _ contract.SignOutRequestObject) (contract.SignOutResponseObject, error) {
	return contract.SignOut204Response{}, s.Sessions.End(ctx, gate.CallerOf(ctx).Session)
}

// started answers with a session's tokens.
func (s *Sessions) started(ctx context.Context, principal *accounts.Principal, refresh string) (contract.SessionStartedJSONResponse, error) {
	access, expiresIn, err := s.Keys.Issue(ctx, principal)
	if err != nil {
		return contract.SessionStartedJSONResponse{}, fmt.Errorf("issue a token: %w", err)
	}
	return contract.SessionStartedJSONResponse{
		AccessToken: access, TokenType: "Bearer", ExpiresIn: expiresIn, RefreshToken: refresh,
		User: callerView(&principal.User), Device: deviceOf(&principal.Device, principal.Session.Epoch),
	}, nil
}

// GetKeys implements the operation getKeys.
func (s *Sessions) GetKeys(ctx context.Context, _ contract.GetKeysRequestObject) (contract.GetKeysResponseObject, error) {
	keys, err := s.Keys.List(ctx)
	return contract.GetKeys200JSONResponse{Keys: keys, Notes: []string{s.Keys.Verifier}}, err
}

func callerView(u *accounts.User) contract.Caller {
	return contract.Caller{
		ID: u.ID, Username: u.Username, Name: u.Name, Role: u.Role,
		Units: append([]contract.UnitID{}, u.Units...), Permissions: gate.Permissions(u.Role),
		Title: u.Title, MustChangePassword: u.MustChange,
	}
}

// deviceOf shows the session's epoch, not the device's: an installation whose
// place was taken must not go on under the new epoch.
func deviceOf(d *accounts.Device, epoch uint32) contract.SessionDevice {
	return contract.SessionDevice{ID: d.ID, Name: d.Name, Platform: d.Platform, Epoch: epoch}
}
