package show

import (
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs/entry"
)

// Actor shows who did something of the office.
func Actor(a entry.Actor) contract.Actor { return contract.Actor{User: a.User, Name: a.Name} }
