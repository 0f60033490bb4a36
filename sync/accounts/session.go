package accounts

import "github.com/sothon/sothon/sync/ledger"

// Session is one sign-in of a person on a device.
type Session struct {
	ID         string          `json:"id"`
	User       ledger.UserID   `json:"user"`
	Generation uint32          `json:"generation"` // the account's, at the sign-in
	Device     ledger.DeviceID `json:"device"`
	Epoch      uint32          `json:"epoch"` // the device's, at the sign-in
	Created    ledger.Millis   `json:"created"`
	Expires    ledger.Millis   `json:"expires"`
	Ended      bool            `json:"ended,omitempty"`
	// Current holds the SHA-256 of each refresh token in force: one, and more
	// only where an answer may have been lost. The first to be used ends the
	// others.
	Current  [][]byte `json:"current"`
	Previous []byte   `json:"previous,omitempty"` // of the token that Current replaced
	// Key marks the refresh tokens of the session, so that an old one can be
	// told from one that was made up. It makes none: those in force are Current.
	Key     []byte        `json:"key,omitempty"`
	Rotated ledger.Millis `json:"rotated,omitempty"` // when it did
}
