package schedule

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Looking back in growing steps finds what going through all of it finds.
func TestMissedAgainstAll(t *testing.T) {
	lines := []string{"* * * * *", "*/7 * * * *", "0 7 * * *", "0 7 * * 1", "0 0 1 * *", "30 7 15 6,12 *", "0 0 29 2 *", "*/10 8 20 11 *"}
	rapid.Check(t, func(t *rapid.T) {
		s, err := parse(rapid.SampledFrom(lines).Draw(t, "line"))
		if err != nil {
			t.Fatal(err)
		}
		until := someDay.Add(time.Duration(rapid.IntRange(0, 30*366*24*60).Draw(t, "minute")) * time.Minute)
		reach := []time.Duration{time.Hour, 30 * time.Hour, 24 * 70 * time.Hour}
		after := until.Add(-time.Duration(rapid.Int64Range(-60, int64(rapid.SampledFrom(reach).Draw(t, "reach")/time.Second)).Draw(t, "seconds")) * time.Second)
		most := rapid.IntRange(1, 120).Draw(t, "most")
		var all []time.Time
		for at := s.Next(after); !at.IsZero() && !at.After(until); at = s.Next(at) {
			all = append(all, at)
		}
		want := all[max(0, len(all)-most):]
		if got := missed(s, after, until, most); !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Fatalf("from %s to %s: %v, want %v", after, until, got, want)
		}
	})
}
