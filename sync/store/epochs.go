package store

import (
	"slices"

	"github.com/sothon/sothon/sync/ledger"
)

// Through is how far a ledger has one epoch of a device: every counter up to
// this one.
type Through struct {
	Epoch   uint32
	Through uint64
}

// Expected is the counter after the last that a ledger has of an epoch.
func Expected(epochs []Through, epoch uint32) uint64 {
	for _, e := range epochs {
		if e.Epoch == epoch {
			return e.Through + 1
		}
	}
	return 1
}

// maxEpochs bounds the epochs that are looked at, of a device that signs in
// afresh all day. Clients rely on hearing of 1,000 below their own.
const maxEpochs = 1024

func epochsOf(state *ledger.State, device ledger.DeviceID) []Through {
	var list []Through
	for newest, back := state.Epoch(device), uint32(0); back < min(newest, maxEpochs); back++ {
		epoch := newest - back
		if stream := state.Stream(device, epoch); stream != nil {
			list = append(list, Through{epoch, stream.Through})
		}
	}
	slices.Reverse(list)
	return list
}
