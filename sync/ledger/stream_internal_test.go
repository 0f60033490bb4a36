package ledger

import (
	"testing"

	"pgregory.net/rapid"
)

// TestStreamsKnowEveryCounter adds ranges to a stream, stores and reads it in
// between with some of its parts, and looks for every counter.
func TestStreamsKnowEveryCounter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := &Stream{Device: "A", Epoch: 3}
		var all []Range
		seq := Seq(0)
		stored := rapid.IntRange(0, 3*partSize).Draw(rt, "stored after")
		for i := range 4*partSize + rapid.IntRange(0, partSize).Draw(rt, "more") {
			seq += Seq(rapid.Uint32Range(1, 1<<20).Draw(rt, "seq"))
			r := Range{From: l.Through + 1, Seq: seq, Entry: rapid.IntRange(0, 63).Draw(rt, "entry")}
			r.To = r.From + rapid.Uint64Range(0, 499).Draw(rt, "ops")
			l.add(r)
			all = append(all, r)
			if i == stored {
				l = mustStore(rt, l, rapid.IntRange(0, 2).Draw(rt, "parts too new"))
			}
		}
		copied := l.Copy()
		for range 2 * partSize {
			l.add(Range{From: l.Through + 1, To: l.Through + 1, Seq: seq})
		}
		for _, stream := range []*Stream{l, copied, mustStore(rt, copied, 0)} {
			for _, want := range all {
				for _, n := range []uint64{want.From, want.To} {
					if got, ok := stream.Find(n); !ok || got != want {
						rt.Fatalf("counter %d: %+v, %v, want %+v", n, got, ok, want)
					}
				}
			}
		}
		if _, ok := copied.Find(copied.Through + 1); ok {
			rt.Fatal("a counter is found that the stream has not passed")
		}
		if n := len(l.Ranges); n >= 2*partSize {
			rt.Fatalf("%d ranges are stored each time", n)
		}
	})
}

// mustStore stores and reads a stream. Its parts may be newer than itself: they
// are stored first.
func mustStore(t *rapid.T, l *Stream, tooNew int) *Stream {
	out, err := ParseStream(l.AppendJSON(nil))
	if err != nil {
		t.Fatal(err)
	}
	newer := l.Copy()
	for range tooNew * partSize {
		newer.add(Range{From: newer.Through + 1, To: newer.Through + 1, Seq: 1 << 40})
	}
	var parts []*Part
	for _, p := range newer.Parts(0) {
		read, err := ParsePart(p.AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
		parts = append([]*Part{read}, parts...)
	}
	if !out.Join(parts) {
		t.Fatalf("through %d with %d parts: not whole", l.Through, len(parts))
	}
	return out
}

// TestStreamsThatForgot reads streams as an earlier version stored them, and such
// whose parts are missing: nothing is continued from them.
func TestStreamsThatForgot(t *testing.T) {
	stream := func() *Stream {
		l := &Stream{Device: "A", Epoch: 1}
		for i := range uint64(5 * partSize) {
			l.add(Range{From: i + 1, To: i + 1, Seq: Seq(i + 1)})
		}
		return l
	}
	l := stream()
	parts := l.Parts(0)
	for name, kept := range map[string][]*Part{"without parts": nil, "without the first": parts[1:], "without the last": parts[:len(parts)-1]} {
		again := &Stream{Device: "A", Epoch: 1, Through: l.Through, Ranges: l.Ranges}
		if again.Join(kept) {
			t.Errorf("%s: the stream counts as whole", name)
		}
	}
	thinned := &Stream{Through: 4, Ranges: []Range{{From: 1, To: 1, Seq: 1}, {From: 4, To: 4, Seq: 9}}}
	if thinned.Join(nil) {
		t.Error("a stream with a gap counts as whole")
	}
	few := &Stream{Through: 2, Ranges: []Range{{From: 1, To: 1, Seq: 1}, {From: 2, To: 2, Seq: 9}}}
	if !few.Join(nil) {
		t.Error("a stream of an earlier version that had all is not whole")
	}
}
