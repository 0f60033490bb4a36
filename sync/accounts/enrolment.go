package accounts

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Enrolment is a code that lets a person in once, without a password. It is
// stored under the hash of the code.
type Enrolment struct {
	User    ledger.UserID `json:"user"`
	Expires ledger.Millis `json:"expires"`
}

const (
	enrolmentLife  = 24 * time.Hour
	enrolmentCodes = 100_000_000 // eight digits
	enrolmentTries = 16
)

// ErrEnrolment means that a code is unknown, used, replaced or expired.
var ErrEnrolment = errors.New("the enrolment code is not valid")

// enrolmentID is where a code is stored. Eight digits are soon tried: the hash
// hides the code from people who read the table, not from people who want
// it.
func enrolmentID(code string) string {
	sum := sha256.Sum256([]byte("enrolment " + code))
	return hex.EncodeToString(sum[:16])
}

func newCode(random io.Reader) (string, error) {
	for {
		b, err := RandomBytes(random, 4)
		if err != nil {
			return "", err
		}
		// The largest multiple of the codes below 2^32: all are equally likely.
		if n := binary.BigEndian.Uint32(b); n < 42*enrolmentCodes {
			return fmt.Sprintf("%08d", n%enrolmentCodes), nil
		}
	}
}

// Enrol makes a code for an account, in place of the one before.
func (a Accounts) Enrol(ctx context.Context, random io.Reader, now time.Time, user ledger.UserID) (code string, expires time.Time, err error) {
	expires = now.Add(enrolmentLife)
	for try := 0; ; try++ {
		if code, err = newCode(random); err != nil {
			return "", expires, err
		}
		_, err = a.Enrolments.Add(ctx, enrolmentID(code), Enrolment{User: user, Expires: ledger.MillisOf(expires)})
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrTaken) || try == enrolmentTries {
			return "", expires, fmt.Errorf("store an enrolment: %w", err)
		}
	}
	before := ""
	_, err = a.Users.Update(ctx, string(user), func(u *User) error {
		before, u.Enrolment = u.Enrolment, enrolmentID(code)
		return nil
	})
	if err == nil && before != "" {
		_ = a.Enrolments.Delete(ctx, before) // of no use any more: Expire removes what stays
	}
	return code, expires, err
}

// StartByCode opens a session for the person that a code was made for. From
// then on the account has no password until the person sets one. Where their
// device is revoked, the code stays good for another.
func (s *Sessions) StartByCode(ctx context.Context, code string, device ledger.DeviceID, in Installation) (Principal, string, error) {
	if len(in.Key) > 0 {
		if err := checkKey(in.Key); err != nil {
			return Principal{}, "", err
		}
	}
	id := enrolmentID(code)
	enrolment, err := s.Accounts.Enrolments.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && enrolment.Value.Expires <= ledger.MillisOf(s.Now()) {
		return Principal{}, "", ErrEnrolment
	}
	if err != nil {
		return Principal{}, "", err
	}
	known, err := s.known(ctx, enrolment.Value.User, device)
	if err != nil {
		return Principal{}, "", err
	}
	if known == nil {
		device = ""
	}
	user, err := s.Accounts.Users.Get(ctx, string(enrolment.Value.User))
	if err == nil && user.Value.Enrolment != id {
		err = ErrEnrolment
	}
	if err != nil {
		return Principal{}, "", err
	}
	// The session is stored before the code is used up: cut off in between, the
	// code is still good, and nobody has the session's token.
	p, token, err := s.Start(ctx, user.Value, device, in)
	if err != nil {
		return Principal{}, "", err
	}
	if p.User, err = s.useUp(ctx, id, &p.Session); err != nil {
		return Principal{}, "", errors.Join(err, s.End(context.WithoutCancel(ctx), p.Session.ID))
	}
	return p, token, nil
}

// useUp takes a code from an account, with its password.
func (s *Sessions) useUp(ctx context.Context, id string, by *Session) (User, error) {
	defer s.Directory.ForgetUser(by.User)
	user, err := s.Accounts.Users.Update(ctx, string(by.User), func(u *User) error {
		switch {
		case u.Enrolment != id, u.Generation != by.Generation: // another sign-in was first
			return ErrEnrolment
		case u.Disabled:
			return ErrDisabled
		}
		u.Enrolment, u.PasswordHash, u.MustChange = "", "", true
		return nil
	})
	if err != nil {
		return User{}, err
	}
	// Committed: the code is used up.
	_ = s.Accounts.Enrolments.Delete(ctx, id) // of no use any more: Expire removes what stays
	return user.Value, nil
}

// ChangePassword sets a person's own password, and ends their other sessions.
// A person who signed in by an enrolment code need not give the old one.
func (s *Sessions) ChangePassword(ctx context.Context, session string, id ledger.UserID, old, next string) error {
	stored, err := s.Accounts.Users.Get(ctx, string(id))
	if err != nil {
		return err
	}
	user := &stored.Value
	if user.PasswordHash != "" || !user.MustChange || old != "" {
		who := Candidate{User: *user, Found: true}
		if err := who.CheckPassword(ctx, old); err != nil {
			return err
		}
	}
	if user.PasswordHash, err = hashPassword(ctx, s.Random, next); err != nil {
		if refused, ok := errors.AsType[*Error](err); ok {
			refused.Field = "new"
		}
		return err
	}
	user.MustChange = false
	user.Generation++
	defer s.Directory.ForgetUser(id)
	if _, err := s.Accounts.Users.Replace(ctx, stored); err != nil {
		return err
	}
	// Committed: the sessions of the generation before have ended. This one
	// joins the new; cut off here, the person signs in with the new password.
	defer s.Directory.Sessions.forget(session)
	_, err = s.Accounts.Sessions.Update(ctx, session, func(v *Session) error {
		v.Generation = user.Generation
		return nil
	})
	return err
}
