package store

import (
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Unit is a village, a commune, or what is above it. Its code alone does not
// name it: after the merger of 2025 codes were used again.
type Unit struct {
	ID        ledger.UnitID `json:"id"`
	Code      string        `json:"code"`
	Name      string        `json:"name"`
	Level     Level         `json:"level"`
	Parent    ledger.UnitID `json:"parent,omitempty"`
	ValidFrom string        `json:"validFrom"` // day
	ValidTo   string        `json:"validTo,omitempty"`
	Successor ledger.UnitID `json:"successor,omitempty"`
}

// Level is the tier of a unit.
type Level string

// Levels. Districts ended on 30 June 2025.
const (
	Village  Level = "village"
	Commune  Level = "commune"
	District Level = "district"
	Province Level = "province"
)

// NewUnitID makes the identity of a unit from its code and the day from which
// the code is its own: "21133-01" and "2004-01-01" give "21133-01-20040101".
func NewUnitID(code, validFrom string) (ledger.UnitID, error) {
	day, err := time.Parse(time.DateOnly, validFrom)
	if err != nil {
		return "", err
	}
	return ledger.ParseUnitID(code + "-" + day.Format("20060102"))
}

// User is a person's account.
type User struct {
	ID           ledger.UserID   `json:"id"`
	Username     string          `json:"username"`
	Name         string          `json:"name"`
	Role         ledger.Role     `json:"role"`
	Units        []ledger.UnitID `json:"units"` // an admin without units looks after all
	PasswordHash string          `json:"passwordHash"`
	Disabled     bool            `json:"disabled,omitempty"`
	Created      ledger.Millis   `json:"created"`
	// Generation grows when the password, the role, the units or Disabled
	// change. A session of an earlier generation has ended.
	Generation uint32 `json:"generation"`
}

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
	Current  [][]byte      `json:"current"`
	Previous []byte        `json:"previous,omitempty"` // of the one that Current replaced
	Rotated  ledger.Millis `json:"rotated,omitempty"`  // when it did
}

// Access is one look of staff at personal data (Luật 91/2025/QH15: access is
// limited and logged).
type Access struct {
	At        ledger.Millis   `json:"at"`
	User      ledger.UserID   `json:"user"`
	Role      ledger.Role     `json:"role"`
	Device    ledger.DeviceID `json:"device"`
	Operation string          `json:"operation"`
	Unit      ledger.UnitID   `json:"unit,omitempty"`
	Records   []string        `json:"records,omitempty"`
}

// Accounts are the tables beside the ledgers.
type Accounts struct {
	Units     Table[Unit]
	Users     Table[User]
	Usernames Table[ledger.UserID] // by user name
	Devices   Table[Device]
	Sessions  Table[Session]
	Access    Table[Access] // ids fall with time: the latest first
}

// NewAccounts opens the tables.
func NewAccounts(d Documents) Accounts {
	return Accounts{
		Units: NewTable[Unit](d, "units"), Users: NewTable[User](d, "users"), Usernames: NewTable[ledger.UserID](d, "usernames"),
		Devices: NewTable[Device](d, "devices"), Sessions: NewTable[Session](d, "sessions"), Access: NewTable[Access](d, "access"),
	}
}
