package show

import (
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/accounts"
)

// DeviceState says whether a device may still be used.
func DeviceState(d *accounts.Device) contract.DeviceState {
	if d.Revoked {
		return contract.DeviceStateRevoked
	}
	return contract.DeviceStateActive
}
