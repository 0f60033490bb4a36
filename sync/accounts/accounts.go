// Package accounts keeps the users of the server: units and the tree that they
// form, the people's accounts, their devices and sessions, and the log of who
// looked at personal data.
//
// It holds the rules of these tables. Its errors are codes and fields for a
// program ([Error], [ErrDisabled] and the like); the caller that shows them
// makes the words for people.
package accounts

import (
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Accounts are the tables.
type Accounts struct {
	Units     store.Table[Unit]
	Users     store.Table[User]
	Usernames store.Table[ledger.UserID] // by user name
	Devices   store.Table[Device]
	Sessions  store.Table[Session]
	Access    store.Table[Access] // ids fall with time: the latest first
	Changes   store.Table[Change] // so do these
	// Enrolments are stored under the hashes of their codes.
	Enrolments store.Table[Enrolment]
}

// New opens the tables of a database.
func New(d store.Documents) Accounts {
	return Accounts{
		Units: store.NewTable[Unit](d, "units"), Users: store.NewTable[User](d, "users"), Usernames: store.NewTable[ledger.UserID](d, "usernames"),
		Devices: store.NewTable[Device](d, "devices"), Sessions: store.NewTable[Session](d, "sessions"), Access: store.NewTable[Access](d, "access"),
		Changes: store.NewTable[Change](d, "adminlog"), Enrolments: store.NewTable[Enrolment](d, "enrolments"),
	}
}
