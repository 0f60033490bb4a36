package memory_test

import "flag"

// The flags of the simulation in package store, taken here so that go test
// ./sync/... can be given them.
var _, _ = flag.Int("ops", 0, "for the simulation"), flag.Uint64("seed", 1, "for the simulation")
