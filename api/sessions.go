package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

const (
	refreshLife = 90 * 24 * time.Hour
	// repeatWithin is how long a device may repeat a refresh token whose
	// answer was lost.
	repeatWithin = 10 * time.Minute
	// maxSuccessors bounds the tokens given out to one that is repeated.
	maxSuccessors = 8
	// seenEvery keeps a device's document from changing with each refresh,
	// under the hands of whoever is about to revoke it.
	seenEvery = time.Hour
)

// SignIn implements the operation signIn.
func (s *Server) SignIn(ctx context.Context, request SignInRequestObject) (SignInResponseObject, error) {
	user, known, err := s.checkPassword(ctx, request.Body)
	if err != nil {
		return nil, err
	}
	if user.Disabled {
		return nil, fail("user-disabled", nil, nil)
	}
	device, err := s.deviceOf(ctx, user.ID, known, &request.Body.Device)
	if err != nil {
		return nil, err
	}
	id, err := newID(s.Random, "s_")
	if err != nil {
		return nil, err
	}
	now := s.Now()
	session := store.Session{
		ID: id, User: user.ID, Generation: user.Generation, Device: device.ID, Epoch: device.Epoch,
		Created: ledger.MillisOf(now), Expires: ledger.MillisOf(now.Add(refreshLife)),
	}
	token, hash, err := s.refreshToken(id)
	if err != nil {
		return nil, err
	}
	session.Current = [][]byte{hash}
	if _, err := s.accounts.Sessions.Add(ctx, id, session); err != nil {
		return nil, fmt.Errorf("store the session: %w", err)
	}
	answer, err := s.sessionStarted(ctx, user, device, session, token)
	return SignIn200JSONResponse{answer}, err
}

// checkPassword finds the account of a sign-in, and its device where that has
// signed in to the account before. Whether the name or the password was wrong,
// neither the answer nor the time it takes tells.
func (s *Server) checkPassword(ctx context.Context, in *SignInRequest) (store.User, *store.Stored[store.Device], error) {
	username := strings.ToLower(strings.TrimSpace(in.Username))
	user, found, err := s.named(ctx, username)
	if err != nil {
		return user, nil, err
	}
	var known *store.Stored[store.Device]
	var proven ledger.DeviceID // has attempts of its own
	if in.Device.ID != "" {
		device, err := s.accounts.Devices.Get(ctx, string(in.Device.ID))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return user, nil, err
		}
		if err == nil && found && device.Value.User == user.ID {
			known = &device
			if !device.Value.Revoked {
				proven = device.Value.ID
			}
		}
	}
	guesses := guessesOf(username, originOf(ctx).address, proven)
	if wait := s.guesses.take(guesses); wait > 0 {
		return user, nil, tooMany(wait)
	}
	hash := nobodysHash
	if found {
		hash = user.PasswordHash
	}
	ok, err := verifyPassword(ctx, hash, in.Password)
	if err != nil {
		s.guesses.giveBack(guesses)
		return user, nil, fmt.Errorf("verify a password: %w", err)
	}
	if !ok || !found {
		return user, nil, fail("credentials", nil, nil)
	}
	s.guesses.giveBack(guesses)
	return user, known, nil
}

// named returns the account with a user name.
func (s *Server) named(ctx context.Context, username string) (store.User, bool, error) {
	id, err := s.accounts.Usernames.Get(ctx, username)
	var user store.Stored[store.User]
	if err == nil {
		user, err = s.accounts.Users.Get(ctx, string(id.Value))
	}
	if errors.Is(err, store.ErrNotFound) {
		return store.User{}, false, nil
	}
	return user.Value, err == nil, err
}

// deviceOf returns the device of a sign-in: the known one, in its next epoch
// where the app begins anew, or a new one.
func (s *Server) deviceOf(ctx context.Context, user ledger.UserID, known *store.Stored[store.Device], in *SignInDevice) (store.Device, error) {
	now := ledger.MillisOf(s.Now())
	if known == nil {
		id, err := newID(s.Random, "d_")
		if err != nil {
			return store.Device{}, err
		}
		device, err := s.accounts.Devices.Add(ctx, id, store.Device{
			ID: ledger.DeviceID(id), User: user, Name: in.Name, Platform: in.Platform, Client: originOf(ctx).client,
			Epoch: 1, Created: now, LastSeen: now,
		})
		return device.Value, err
	}
	defer s.callers.devices.forget(known.ID)
	device, err := s.accounts.Devices.Update(ctx, known.ID, func(d *store.Device) error {
		if d.Revoked {
			return fail("device-revoked", nil, nil)
		}
		if in.Fresh {
			d.Epoch++
		}
		d.Name, d.Platform, d.LastSeen = in.Name, in.Platform, now
		d.Client = cmp.Or(originOf(ctx).client, d.Client)
		return nil
	})
	return device.Value, err
}

// RefreshSession implements the operation refreshSession.
//
// Each token is answered with a successor and is then spent. Three things can
// come of a token that is spent:
//
//  1. The answer was lost on the way, and the phone repeats the token soon: it
//     receives another successor. All successors are good until the first is
//     used, since nobody knows which answers arrived, nor in which order.
//  2. It is repeated later than that, or after a successor was used. Then two
//     hold what only one should, and the session ends for both.
//  3. Somebody copied the token and is quicker than the phone: the phone's
//     token is then the one that is spent, which is the case above.
func (s *Server) RefreshSession(ctx context.Context, request RefreshSessionRequestObject) (RefreshSessionResponseObject, error) {
	id, hash, err := parseRefreshToken(request.Body.RefreshToken)
	if err != nil {
		return nil, err
	}
	for {
		stored, err := s.accounts.Sessions.Get(ctx, id)
		if err != nil {
			return nil, unknownToken(err)
		}
		session := &stored.Value
		if session.Ended {
			return nil, fail("session-ended", nil, nil)
		}
		if !s.mayRefresh(session, hash) {
			if err := s.endSession(ctx, id); err != nil {
				return nil, err
			}
			return nil, fail("session-ended", nil, nil)
		}
		caller, err := s.admitted(ctx, session)
		if err != nil {
			return nil, err
		}
		token, successor, err := s.refreshToken(id)
		if err != nil {
			return nil, err
		}
		now := s.Now()
		if isOneOf(session.Current, hash) {
			session.Previous, session.Current, session.Rotated = hash, nil, ledger.MillisOf(now)
		}
		session.Current = append(session.Current, successor)
		session.Current = session.Current[max(0, len(session.Current)-maxSuccessors):]
		session.Expires = ledger.MillisOf(now.Add(refreshLife))
		_, err = s.accounts.Sessions.Replace(ctx, stored)
		if errors.Is(err, store.ErrVersion) {
			continue // the same token, sent twice at once
		}
		s.callers.sessions.forget(id)
		if err != nil {
			return nil, fmt.Errorf("renew the session: %w", err)
		}
		s.seen(ctx, &caller.device)
		answer, err := s.sessionStarted(ctx, caller.user, caller.device, *session, token)
		return RefreshSession200JSONResponse{answer}, err
	}
}

// mayRefresh reports whether a token is in force, or its answer may have been
// lost just now.
func (s *Server) mayRefresh(session *store.Session, hash []byte) bool {
	since := s.Now().Sub(session.Rotated.Time())
	return isOneOf(session.Current, hash) ||
		isOneOf([][]byte{session.Previous}, hash) && since <= repeatWithin
}

// isOneOf compares in a time that tells nothing.
func isOneOf(hashes [][]byte, hash []byte) bool {
	found := 0
	for _, h := range hashes {
		found |= subtle.ConstantTimeCompare(h, hash)
	}
	return found == 1
}

// seen notes that a device was there. It may fail: the next refresh comes.
func (s *Server) seen(ctx context.Context, d *store.Device) {
	now := s.Now()
	client := cmp.Or(originOf(ctx).client, d.Client)
	if client == d.Client && now.Sub(d.LastSeen.Time()) < seenEvery {
		return
	}
	defer s.callers.devices.forget(string(d.ID))
	_, err := s.accounts.Devices.Update(ctx, string(d.ID), func(d *store.Device) error {
		d.LastSeen, d.Client = ledger.MillisOf(now), client
		return nil
	})
	if err != nil {
		s.Log.WarnContext(ctx, "device not marked as seen", "device", d.ID, "error", err)
	}
}

// endSession ends a session, for whoever holds a token of it.
func (s *Server) endSession(ctx context.Context, id string) error {
	defer s.callers.sessions.forget(id)
	_, err := s.accounts.Sessions.Update(ctx, id, func(session *store.Session) error {
		session.Ended, session.Current, session.Previous = true, nil, nil
		return nil
	})
	if err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

// SignOut implements the operation signOut.
func (s *Server) SignOut(ctx context.Context, _ SignOutRequestObject) (SignOutResponseObject, error) {
	return SignOut204Response{}, s.endSession(ctx, callerOf(ctx).session)
}

// refreshToken makes a token of a session: the session's id and a secret.
func (s *Server) refreshToken(session string) (token string, hash []byte, err error) {
	secret, err := randomBytes(s.Random, 32)
	if err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(secret)
	return session + "." + base64.RawURLEncoding.EncodeToString(secret), sum[:], nil
}

func parseRefreshToken(token string) (session string, hash []byte, err error) {
	session, text, ok := strings.Cut(token, ".")
	secret, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(secret) != 32 {
		return "", nil, fail("token-invalid", err, nil)
	}
	sum := sha256.Sum256(secret)
	return session, sum[:], nil
}

func (s *Server) sessionStarted(ctx context.Context, user store.User, device store.Device, session store.Session, refresh string) (SessionStartedJSONResponse, error) {
	access, expiresIn, err := s.keys.issue(ctx, user, session)
	if err != nil {
		return SessionStartedJSONResponse{}, fmt.Errorf("issue a token: %w", err)
	}
	return SessionStartedJSONResponse{
		AccessToken: access, TokenType: "Bearer", ExpiresIn: expiresIn, RefreshToken: refresh,
		User: callerView(&user), Device: sessionDeviceView(&device, session.Epoch),
	}, nil
}

// GetMe implements the operation getMe.
func (s *Server) GetMe(ctx context.Context, _ GetMeRequestObject) (GetMeResponseObject, error) {
	c := callerOf(ctx)
	return GetMe200JSONResponse{User: callerView(&c.user), Device: sessionDeviceView(&c.device, c.epoch)}, nil
}

func callerView(u *store.User) Caller {
	return Caller{
		ID: u.ID, Username: u.Username, Name: u.Name, Role: u.Role,
		Units: append([]UnitID{}, u.Units...), Permissions: permissions(u.Role),
	}
}

// sessionDeviceView shows the session's epoch, not the device's: an
// installation whose place was taken must not go on under the new epoch.
func sessionDeviceView(d *store.Device, epoch uint32) SessionDevice {
	return SessionDevice{ID: d.ID, Name: d.Name, Platform: d.Platform, Epoch: epoch}
}

// GetKeys implements the operation getKeys.
func (s *Server) GetKeys(ctx context.Context, _ GetKeysRequestObject) (GetKeysResponseObject, error) {
	keys, err := s.keys.list(ctx)
	return GetKeys200JSONResponse{Keys: keys, Notes: []string{s.keys.verifier}}, err
}
