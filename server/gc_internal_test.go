package main

import (
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

func TestSlack(t *testing.T) {
	for _, c := range []struct {
		live, beside uint64
		want         int
	}{
		{0, 0, maxSlack},
		{4 << 20, 1 << 20, maxSlack},
		{32 << 20, 0, 99},
		{32 << 20, 8 << 20, 79}, // to the floor
		{60 << 20, 0, minSlack},
		{heapFloor, 0, minSlack},
		{1 << 40, 1 << 30, minSlack},
	} {
		if got := slack(c.live, c.beside); got != c.want {
			t.Errorf("%d MB live, %d beside: %d, want %d", c.live>>20, c.beside>>20, got, c.want)
		}
	}
}

// TestCollectorIsPaced lets much live, and then little: GOGC follows.
func TestCollectorIsPaced(t *testing.T) {
	tuneGC()
	percent := func() uint64 {
		runtime.GC()
		s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	until := func(what string, done func(uint64) bool) {
		t.Helper()
		end := time.Now().Add(time.Minute)
		for got := percent(); !done(got); got = percent() {
			if time.Now().After(end) {
				t.Fatalf("%s: GOGC is %d", what, got)
			}
		}
	}
	much := make([]byte, 2*heapFloor)
	until("much lives", func(got uint64) bool { return got == minSlack })
	runtime.KeepAlive(much)
	until("little lives", func(got uint64) bool { return got > minSlack })
}
