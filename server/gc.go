package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// How far the heap may grow before garbage is collected. Most of the memory
// are folds, which live long and hold few pointers: where they are many, a
// little slack costs little time. Where they are few, to collect at every few
// megabytes would cost a push a third of its speed and save nothing that the
// machine lacks.
const (
	heapFloor = 64 << 20 // bytes that need no collecting
	minSlack  = 25       // percent, as GOGC, where more lives
	maxSlack  = 200      // percent, where less lives: a burst must not outrun the next look
)

// slack is the GOGC under which a heap of live bytes grows to the
// floor. The runtime computes it from what it has to scan beside the heap too.
func slack(live, beside uint64) int {
	if live >= heapFloor {
		return minSlack
	}
	return min(max(int((heapFloor-live)*100/(live+beside+1)), minSlack), maxSlack)
}

// tuneGC has GOGC set now and after every collection, for as long as
// the process lives, as the living heap asks.
var tuneGC = sync.OnceFunc(setSlack)

func setSlack() {
	found := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/globals:bytes"}, {Name: "/gc/scan/stack:bytes"}}
	metrics.Read(found)
	debug.SetGCPercent(slack(found[0].Value.Uint64(), found[1].Value.Uint64()+found[2].Value.Uint64()))
	runtime.AddCleanup(new([32]byte), func(struct{}) { setSlack() }, struct{}{})
}
