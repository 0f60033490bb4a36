package accounts

import (
	"context"

	"github.com/sothon/sothon/sync/store"
)

// ReplaceUser is replaceUser, for the tests of races.
func (a Accounts) ReplaceUser(ctx context.Context, changed store.Stored[User], before User) (store.Stored[User], error) {
	return a.replaceUser(ctx, changed, before)
}

// ReplaceUnit is replaceUnit, for the tests of races.
func (a Accounts) ReplaceUnit(ctx context.Context, changed store.Stored[Unit], before Unit) (store.Stored[Unit], error) {
	return a.replaceUnit(ctx, changed, before)
}
