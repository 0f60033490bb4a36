package keys

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/skew"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

const (
	tokenLife = 15 * time.Minute
	// clockSkew is how far the clocks of servers may differ: a token may come
	// from one that is ahead. One that has expired is refused earlier, and
	// renewed.
	clockSkew     = skew.Harmless
	expiredLeeway = 30 * time.Second
	tokenType     = "at+jwt" // RFC 9068
	tokenClient   = "sothon"
	maxToken      = 2 << 10
)

// claims are what an access token says. What its bearer may do is not among
// it: that is looked up each time, so that a change holds at once.
type claims struct {
	jwt.RegisteredClaims
	ClientID string          `json:"client_id"`
	Session  string          `json:"sid"`
	Device   ledger.DeviceID `json:"dev"`
	Epoch    uint32          `json:"epoch"`
}

// Validate implements [jwt.ClaimsValidator].
func (c claims) Validate() error {
	if c.Subject == "" || c.ID == "" || c.Session == "" || c.Device == "" || c.Epoch == 0 || c.IssuedAt == nil {
		return errors.New("a claim is missing")
	}
	return nil
}

// Issue makes an access token for a session of a person on a device, and tells
// for how many seconds it is good.
func (k *Keyring) Issue(ctx context.Context, principal *accounts.Principal) (token string, expiresIn int, err error) {
	key, err := k.signer(ctx)
	if err != nil {
		return "", 0, err
	}
	id, err := accounts.NewID(k.random, "")
	if err != nil {
		return "", 0, err
	}
	now := k.now()
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: k.issuer, Audience: jwt.ClaimStrings{k.issuer}, Subject: string(principal.User.ID), ID: id,
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(tokenLife)),
		},
		ClientID: tokenClient, Session: principal.Session.ID, Device: principal.Session.Device, Epoch: principal.Session.Epoch,
	})
	t.Header["typ"], t.Header["kid"] = tokenType, key.Kid
	token, err = t.SignedString(key.private())
	return token, int(tokenLife / time.Second), err
}

// Verify reads an access token that one of the keys has signed, for this
// server and for now.
func (k *Keyring) Verify(ctx context.Context, token string) (claims, error) {
	var c claims
	if len(token) > maxToken {
		return c, problem.Fail("token-invalid", errors.New("the token is too long"), nil)
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithStrictDecoding(),
		jwt.WithIssuer(k.issuer), jwt.WithAudience(k.issuer), jwt.WithTimeFunc(k.now), jwt.WithLeeway(clockSkew),
		jwt.WithExpirationRequired(), jwt.WithNotBeforeRequired(), jwt.WithIssuedAt())
	if c, ok := k.verified.get(token, k.now()); ok {
		return c, nil
	}
	var unread error // of the database, which says nothing about the token
	_, err := parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if _, critical := t.Header["crit"]; critical || t.Header["typ"] != tokenType || kid == "" {
			return nil, errors.New("not an access token of this kind")
		}
		key, ok, err := k.named(ctx, kid)
		if err != nil || !ok {
			unread = err
			return nil, errors.New("no such key")
		}
		return key.public(), nil
	})
	switch {
	case unread != nil:
		return c, unread
	case errors.Is(err, jwt.ErrTokenExpired), err == nil && k.now().After(c.ExpiresAt.Add(expiredLeeway)):
		return c, problem.Fail("token-expired", err, nil)
	case err != nil:
		return c, problem.Fail("token-invalid", err, nil)
	}
	k.verified.put(token, c)
	return c, nil
}

// verifiedTokens remembers tokens whose signature was verified: what was signed
// stays signed until it expires, and a signature costs more than all the rest.
type verifiedTokens struct {
	mu     sync.Mutex
	claims map[string]claims
}

// maxVerified bounds what is remembered. Beyond it all is forgotten.
const maxVerified = 10_000

func (v *verifiedTokens) get(token string, now time.Time) (claims, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	c, ok := v.claims[token]
	return c, ok && now.Before(c.ExpiresAt.Time) && !now.Before(c.NotBefore.Time)
}

func (v *verifiedTokens) put(token string, c claims) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.claims == nil || len(v.claims) >= maxVerified {
		v.claims = map[string]claims{}
	}
	v.claims[token] = c
}
