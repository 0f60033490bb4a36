package accounts

import "github.com/sothon/sothon/sync/ledger"

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
}
