package ledger_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
)

func benchmarkBatch(ops int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"device":"d_1","epoch":1,"from":1,"ops":[`)
	for i := range ops {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"n":%d,"record":%q,"kind":"gift","action":"edit","base":0,"at":"2026-11-20T02:10:00Z","set":{"campaign":%q,"category":"poor","date":"2026-11-20","quantity":1,"name":"Hộ mẫu %03d","valueVnd":300000}}`,
			i+1, ledger.NameID("gift", fmt.Sprint(i)), ledger.NameID("campaign"), i)
	}
	b.WriteString("]}")
	return b.Bytes()
}

// BenchmarkParseBatch reads a batch strictly; the baseline is encoding/json
// into a map, which checks less.
func BenchmarkParseBatch(b *testing.B) {
	body := benchmarkBatch(50)
	b.Run("ledger", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			if _, err := ledger.ParseBatch(body); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*50/b.Elapsed().Seconds(), "ops/s")
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			var v any
			if err := json.Unmarshal(body, &v); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*50/b.Elapsed().Seconds(), "ops/s")
	})
}

// BenchmarkApply folds a commit of 50 new records, as a restart does.
func BenchmarkApply(b *testing.B) {
	batch, err := ledger.ParseBatch(benchmarkBatch(50))
	if err != nil {
		b.Fatal(err)
	}
	w := newWorld(b)
	c := &ledger.Commit{Unit: unit, Seq: 1, Log: "log", Entries: []ledger.Entry{w.entry("A", ledger.RoleCollector, batch.Ops)}}
	c.Hash = c.Sum()
	stored := c.AppendJSON(nil)
	b.Run("fold", func(b *testing.B) {
		for b.Loop() {
			if _, err := newState(b).Apply(c); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*50/b.Elapsed().Seconds(), "ops/s")
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := ledger.ParseCommit(stored); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*50/b.Elapsed().Seconds(), "ops/s")
	})
	b.Run("hash", func(b *testing.B) {
		for b.Loop() {
			c.Sum()
		}
		b.ReportMetric(float64(b.N)*50/b.Elapsed().Seconds(), "ops/s")
	})
}

// BenchmarkSeal splits 50 ops for storage, and puts them together again.
func BenchmarkSeal(b *testing.B) {
	batch, err := ledger.ParseBatch(benchmarkBatch(50))
	if err != nil {
		b.Fatal(err)
	}
	stored := make([]ledger.StoredOp, len(batch.Ops))
	salt := func() (s ledger.Salt) { return s }
	b.Run("seal", func(b *testing.B) {
		for b.Loop() {
			for i := range batch.Ops {
				stored[i] = ledger.Seal(&batch.Ops[i], false, personal, salt)
			}
		}
		b.ReportMetric(float64(b.N)*50/b.Elapsed().Seconds(), "ops/s")
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			for i := range stored {
				stored[i].Open()
			}
		}
		b.ReportMetric(float64(b.N)*50/b.Elapsed().Seconds(), "ops/s")
	})
}
