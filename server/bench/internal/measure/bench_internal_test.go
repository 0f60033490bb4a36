package measure

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func TestGiftsAreNoDuplicates(t *testing.T) {
	v := newVillage("A", 1)
	names, ids := map[string]bool{}, map[string]bool{}
	for i := range 2 * households {
		g, err := v.next(time.Now(), func(n int) (campaign, error) { return campaign{Record: v.households[n], Unit: "C"}, nil })
		if err != nil {
			t.Fatal(err)
		}
		id, err := ledger.ParseRecordID(g.ID)
		if err != nil || id[6]>>4 != 7 || id[8]>>6 != 2 {
			t.Errorf("%s is no UUID of version 7: %v", g.ID, err)
		}
		who := form.FoldText(g.Recipient) + g.Date
		if ids[g.ID] || names[who] {
			t.Errorf("gift %d is like another: %+v", i, g)
		}
		ids[g.ID], names[who] = true, true
	}
}

func TestPercentile(t *testing.T) {
	var values []time.Duration
	for i := range 100 {
		values = append(values, time.Duration(100-i))
	}
	for percent, want := range map[int]time.Duration{0: 1, 1: 1, 50: 50, 99: 99, 100: 100} {
		if got := percentile(values, percent); got != want {
			t.Errorf("p%d is %d, want %d", percent, got, want)
		}
	}
	if got := percentile(values[:3], 50); got != 99 {
		t.Errorf("the median of three is %d", got)
	}
}

func TestLoad(t *testing.T) {
	var under, most, finished atomic.Int64
	last := make([]int, 6)
	var lanes []lane
	for i := range 6 {
		l := lane{village: i % 2}
		for step := range 5 {
			l.steps = append(l.steps, func(context.Context) error {
				most.Store(max(most.Load(), under.Add(1)))
				defer under.Add(-1)
				if last[i] != step {
					t.Errorf("lane %d takes step %d after %d", i, step, last[i])
				}
				last[i]++
				return nil
			})
		}
		lanes = append(lanes, l)
	}
	l := load{atOnce: 3, now: time.Now, finished: func(_ context.Context, village int) error {
		finished.Add(1)
		for i := village; i < 6; i += 2 {
			if last[i] != 5 {
				t.Errorf("village %d was finished before lane %d", village, i)
			}
		}
		return nil
	}}
	_, steps, err := l.run(t.Context(), lanes)
	if err != nil || len(steps) != 30 || finished.Load() != 2 || most.Load() > 3 {
		t.Errorf("%d steps, %d villages, %d at once: %v", len(steps), finished.Load(), most.Load(), err)
	}
	want := errors.New("no")
	_, _, err = l.run(t.Context(), []lane{{steps: []func(context.Context) error{func(context.Context) error { return want }}}})
	if !errors.Is(err, want) {
		t.Errorf("a step failed, and the load says %v", err)
	}
}

func TestEndOf(t *testing.T) {
	const page = `{"hash":"h","log":"l","more":true,"records":[{"id":"a","log":"no","list":[1]},{"id":"b"}],"seq":7,"tip":{"hash":"t","seq":9}}`
	next, err := endOf([]byte(page))
	if err != nil || !next.More || next.Head != (client.Head{Log: "l", Seq: 7, Hash: "h"}) || *next.Tip != (client.Head{Seq: 9, Hash: "t"}) {
		t.Errorf("%+v, %v", next, err)
	}
	if ids, err := recordsOf([]byte(page)); err != nil || !slices.Equal(ids, []string{"a", "b"}) {
		t.Errorf("%v, %v", ids, err)
	}
	if _, err := endOf([]byte(strings.Repeat("[", 3))); err == nil {
		t.Error("half a page was read")
	}
}

func TestWithDatabase(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://h:1/old?replicaSet=rs0": "mongodb://h:1/new?replicaSet=rs0",
		"mongodb://h":                      "mongodb://h/new",
		"mongodb://u:p@h,i/old":            "mongodb://u:p@h,i/new?authSource=old",
		"mongodb://u:p@h/?tls=true":        "mongodb://u:p@h/new?tls=true&authSource=admin",
	} {
		if got := withDatabase(uri, "new"); got != want {
			t.Errorf("%s became %s, want %s", uri, got, want)
		}
	}
}
