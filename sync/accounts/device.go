package accounts

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"slices"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Device is a phone, or a browser at a desk, of one person.
type Device struct {
	ID       ledger.DeviceID `json:"id"`
	User     ledger.UserID   `json:"user"`
	Name     string          `json:"name"`
	Platform string          `json:"platform"`
	Client   string          `json:"client,omitempty"`
	Epoch    uint32          `json:"epoch"`
	Revoked  bool            `json:"revoked,omitempty"`
	Created  ledger.Millis   `json:"created"`
	LastSeen ledger.Millis   `json:"lastSeen"` // of its last sign-in or refresh
	// Keys verify the carry files that the device signs; the last is in force.
	Keys []DeviceKey `json:"keys,omitempty"`
}

// DeviceKey is a public key of a device, and the epoch in which it came.
type DeviceKey struct {
	Key   []byte        `json:"key"` // SPKI of an ECDSA P-256 key, DER
	Epoch uint32        `json:"epoch"`
	Added ledger.Millis `json:"added"`
}

// maxKeys bounds the keys of a device. Beyond it the oldest goes.
const maxKeys = 32

// checkKey checks a key against the form that devices sign with.
func checkKey(der []byte) error {
	key, err := x509.ParsePKIXPublicKey(der)
	if ec, ok := key.(*ecdsa.PublicKey); err != nil || !ok || ec.Curve != elliptic.P256() {
		return refuse("device.key", CodeKey)
	}
	return nil
}

// addKey takes a key into the device's, unless it is the last already.
func (d *Device) addKey(der []byte, now ledger.Millis) {
	if n := len(d.Keys); len(der) == 0 || n > 0 && bytes.Equal(d.Keys[n-1].Key, der) {
		return
	}
	d.Keys = append(slices.Clone(d.Keys), DeviceKey{Key: der, Epoch: d.Epoch, Added: now})
	d.Keys = d.Keys[max(0, len(d.Keys)-maxKeys):]
}

// HasKey reports whether a key is, or was, the device's.
func (d *Device) HasKey(der []byte) bool {
	return slices.ContainsFunc(d.Keys, func(k DeviceKey) bool { return bytes.Equal(k.Key, der) })
}

// SetRevoked shuts a device out, or lets it in again, unless check has something
// against that. It returns the device as it was and as it is.
func (a Accounts) SetRevoked(
	ctx context.Context, directory *Directory, id ledger.DeviceID, revoked bool, check func(*store.Stored[Device]) error,
) (before, after store.Stored[Device], err error) {
	for {
		if before, err = a.Devices.Get(ctx, string(id)); err != nil {
			return before, before, err
		}
		if err = check(&before); err != nil {
			return before, before, err
		}
		after = before
		after.Value.Revoked = revoked
		after, err = a.Devices.Replace(ctx, after)
		directory.ForgetDevice(id)
		if !errors.Is(err, store.ErrVersion) {
			return before, after, err
		}
	}
}
