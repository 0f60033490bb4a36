package accounts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

const (
	refreshLife = 90 * 24 * time.Hour
	// maxSuccessors bounds the tokens given out to one that is repeated.
	maxSuccessors = 8
	// seenEvery keeps a device's document from changing with each refresh,
	// while somebody is about to revoke it.
	seenEvery = time.Hour
)

// Sessions starts, renews and ends sessions.
type Sessions struct {
	Accounts  Accounts
	Directory *Directory // of the accounts
	Now       func() time.Time
	Random    io.Reader
	Log       *slog.Logger
}

// Principal is a session with its account and device.
type Principal struct {
	Session Session
	User    User
	Device  Device
}

// Installation is what an app says of itself and its device.
type Installation struct {
	Name, Platform string
	Client         string // the app and its version, as "sothon-web/1.4.0"
	// Fresh asks for a new epoch: the app has lost what it had not sent.
	Fresh bool
	Key   []byte // the device's public key, see [DeviceKey]; may be empty
}

// Start opens a session of a person on a device: the known one, in its next
// epoch where the installation is fresh, or a new one. It returns the session's
// refresh token. A known device that is revoked is [ErrRevoked].
func (s *Sessions) Start(ctx context.Context, user User, known ledger.DeviceID, in Installation) (Principal, string, error) {
	if user.Disabled {
		return Principal{}, "", ErrDisabled
	}
	if len(in.Key) > 0 {
		if err := checkKey(in.Key); err != nil {
			return Principal{}, "", err
		}
	}
	device, err := s.device(ctx, user.ID, known, in)
	if err != nil {
		return Principal{}, "", err
	}
	id, err := NewID(s.Random, "s_")
	if err != nil {
		return Principal{}, "", err
	}
	key, err := RandomBytes(s.Random, refreshKeyBytes)
	if err != nil {
		return Principal{}, "", err
	}
	token, hash, err := s.refreshToken(id, key)
	if err != nil {
		return Principal{}, "", err
	}
	now := s.Now()
	session := Session{
		ID: id, Key: key, User: user.ID, Generation: user.Generation, Device: device.ID, Epoch: device.Epoch,
		Created: ledger.MillisOf(now), Expires: ledger.MillisOf(now.Add(refreshLife)), Current: [][]byte{hash},
	}
	if _, err := s.Accounts.Sessions.Add(ctx, id, session); err != nil {
		return Principal{}, "", fmt.Errorf("store the session: %w", err)
	}
	return Principal{session, user, device}, token, nil
}

// Candidate is the account that a sign-in names, and its device where that has
// signed in to the account before.
type Candidate struct {
	User  User
	Found bool
	Known *Device
}

// Find looks up the account of a user name and the device of a sign-in.
func (s *Sessions) Find(ctx context.Context, username string, device ledger.DeviceID) (c Candidate, err error) {
	if c.User, c.Found, err = s.named(ctx, username); err != nil || !c.Found {
		return c, err
	}
	c.Known, err = s.known(ctx, c.User.ID, device)
	return c, err
}

// known returns a device that has signed in to an account before, or nil.
func (s *Sessions) known(ctx context.Context, user ledger.UserID, device ledger.DeviceID) (*Device, error) {
	if device == "" {
		return nil, nil
	}
	stored, err := s.Accounts.Devices.Get(ctx, string(device))
	if errors.Is(err, store.ErrNotFound) || err == nil && stored.Value.User != user {
		return nil, nil
	}
	return &stored.Value, err
}

// CheckPassword checks a password against a candidate's: [ErrCredentials] where
// it is wrong or there is no such account. The time that it takes does not tell
// which.
func (c *Candidate) CheckPassword(ctx context.Context, password string) error {
	hash := dummyHash
	has := c.Found && c.User.PasswordHash != ""
	if has {
		hash = c.User.PasswordHash
	}
	ok, err := verifyPassword(ctx, hash, password)
	if err != nil {
		return fmt.Errorf("verify a password: %w", err)
	}
	if !ok || !has {
		return ErrCredentials
	}
	return nil
}

// named returns the account with a user name.
func (s *Sessions) named(ctx context.Context, username string) (User, bool, error) {
	id, err := s.Accounts.Usernames.Get(ctx, username)
	var user store.Stored[User]
	if err == nil {
		user, err = s.Accounts.Users.Get(ctx, string(id.Value))
	}
	if errors.Is(err, store.ErrNotFound) {
		return User{}, false, nil
	}
	return user.Value, err == nil, err
}

// device returns the device of a session that starts.
func (s *Sessions) device(ctx context.Context, user ledger.UserID, known ledger.DeviceID, in Installation) (Device, error) {
	now := ledger.MillisOf(s.Now())
	if known == "" {
		id, err := NewID(s.Random, "d_")
		if err != nil {
			return Device{}, err
		}
		d := Device{
			ID: ledger.DeviceID(id), User: user, Name: in.Name, Platform: in.Platform, Client: in.Client,
			Epoch: 1, Created: now, LastSeen: now,
		}
		d.addKey(in.Key, now)
		device, err := s.Accounts.Devices.Add(ctx, id, d)
		s.Directory.ForgetDevice(d.ID)
		return device.Value, err
	}
	defer s.Directory.ForgetDevice(known)
	device, err := s.Accounts.Devices.Update(ctx, string(known), func(d *Device) error {
		if d.Revoked {
			return ErrRevoked
		}
		if in.Fresh {
			d.Epoch++
		}
		d.Name, d.Platform, d.LastSeen = in.Name, in.Platform, now
		d.Client = cmp.Or(in.Client, d.Client)
		d.addKey(in.Key, now)
		return nil
	})
	return device.Value, err
}

// admit returns who a session belongs to, unless they are shut out: by their
// account, their device, or because the session has ended.
func (s *Sessions) admit(ctx context.Context, session *Session) (Principal, error) {
	user, err := s.Directory.Users.Get(ctx, string(session.User))
	if err != nil {
		return Principal{}, unknownToken(err)
	}
	device, err := s.Directory.Devices.Get(ctx, string(session.Device))
	if err != nil {
		return Principal{}, unknownToken(err)
	}
	switch {
	case user.Value.Disabled:
		return Principal{}, ErrDisabled
	case device.Value.Revoked:
		return Principal{}, ErrRevoked
	case session.Ended, session.Generation != user.Value.Generation, session.Expires <= ledger.MillisOf(s.Now()):
		return Principal{}, ErrEnded
	}
	return Principal{*session, user.Value, device.Value}, nil
}

// Open returns who the session of an access token belongs to. The token names
// the account, the device and its epoch too: they must be the session's.
func (s *Sessions) Open(ctx context.Context, id string, user ledger.UserID, device ledger.DeviceID, epoch uint32) (Principal, error) {
	session, err := s.Directory.Sessions.Get(ctx, id)
	if err != nil {
		return Principal{}, unknownToken(err)
	}
	if v := &session.Value; v.User != user || v.Device != device || v.Epoch != epoch {
		return Principal{}, fmt.Errorf("%w: it is not of this session", ErrToken)
	}
	return s.admit(ctx, &session.Value)
}

// unknownToken is the error of a token that names what is not there.
func unknownToken(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%w: %w", ErrToken, err)
	}
	return err
}

// Refresh renews a session, and returns the successor of its refresh token.
//
// Each token is answered with a successor and is then spent. What a spent token
// means:
//
//  1. No successor was used yet. The answer was lost on the way, perhaps hours
//     ago, and the phone repeats the token: it receives another successor. All
//     successors are good until the first is used, since nobody knows which
//     answers arrived, or in which order.
//  2. A successor was used. Then two hold what only one should, and the session
//     ends for both.
//  3. Somebody copied the token and is quicker than the phone: the phone's
//     token is then the one that is spent, which is the case above.
//
// A token that the session never had ends nothing: anyone who knows the session's
// id could make it up. It is [ErrToken].
func (s *Sessions) Refresh(ctx context.Context, token, client string) (Principal, string, error) {
	id, secret, err := parseRefreshToken(token)
	if err != nil {
		return Principal{}, "", err
	}
	for {
		stored, err := s.Accounts.Sessions.Get(ctx, id)
		if err != nil {
			return Principal{}, "", unknownToken(err)
		}
		session := &stored.Value
		standing := session.standingOf(secret)
		switch {
		case standing == unknown:
			return Principal{}, "", fmt.Errorf("%w: the session never had it", ErrToken)
		case session.Ended:
			return Principal{}, "", ErrEnded
		case standing == spent:
			if err := s.End(ctx, id); err != nil {
				return Principal{}, "", err
			}
			return Principal{}, "", ErrEnded
		}
		principal, err := s.admit(ctx, session)
		if err != nil {
			return Principal{}, "", err
		}
		if len(session.Key) == 0 { // of an earlier version
			if session.Key, err = RandomBytes(s.Random, refreshKeyBytes); err != nil {
				return Principal{}, "", err
			}
		}
		token, successor, err := s.refreshToken(id, session.Key)
		if err != nil {
			return Principal{}, "", err
		}
		now := s.Now()
		if standing == inForce {
			session.Previous, session.Current, session.Rotated = secret.hash(), nil, ledger.MillisOf(now)
		}
		session.Current = append(session.Current, successor)
		session.Current = session.Current[max(0, len(session.Current)-maxSuccessors):]
		session.Expires = ledger.MillisOf(now.Add(refreshLife))
		_, err = s.Accounts.Sessions.Replace(ctx, stored)
		if errors.Is(err, store.ErrVersion) {
			continue // the same token, sent twice at once
		}
		s.Directory.Sessions.forget(id)
		if err != nil {
			return Principal{}, "", fmt.Errorf("renew the session: %w", err)
		}
		s.seen(ctx, &principal.Device, client)
		principal.Session = *session
		return principal, token, nil
	}
}

// Proves reports whether a refresh token is one of the latest of a device: its
// holder is the device, or has copied it. The session may have ended.
func (s *Sessions) Proves(ctx context.Context, token string, device ledger.DeviceID) (bool, error) {
	id, secret, err := parseRefreshToken(token)
	if err != nil {
		return false, nil //nolint:nilerr // It proves nothing.
	}
	stored, err := s.Accounts.Sessions.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	standing := stored.Value.standingOf(secret)
	return stored.Value.Device == device && (standing == inForce || standing == repeated), nil
}

// seen notes that a device was there. It may fail: the next refresh comes.
func (s *Sessions) seen(ctx context.Context, d *Device, client string) {
	now := s.Now()
	client = cmp.Or(client, d.Client)
	age := now.Sub(d.LastSeen.Time()) // below 0 where a wrong clock stored it
	if client == d.Client && 0 <= age && age < seenEvery {
		return
	}
	defer s.Directory.ForgetDevice(d.ID)
	_, err := s.Accounts.Devices.Update(ctx, string(d.ID), func(d *Device) error {
		d.LastSeen, d.Client = ledger.MillisOf(now), client
		return nil
	})
	if err != nil {
		s.Log.WarnContext(ctx, "device not marked as seen", "device", d.ID, "error", err)
	}
}

// End ends a session.
func (s *Sessions) End(ctx context.Context, id string) error {
	defer s.Directory.Sessions.forget(id)
	_, err := s.Accounts.Sessions.Update(ctx, id, func(session *Session) error {
		session.Ended = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}
