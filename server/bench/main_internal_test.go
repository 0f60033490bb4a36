package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/server/bench/internal/measure"
	"github.com/sothon/sothon/sync/store/mongo/mongotest"
)

// small is a benchmark that measures nothing, but does all that a large one
// does, its checks included.
var small = []string{
	"-json", "-phones", "4", "-villages", "2", "-batches", "2", "-records", "10", "-at-once", "3", "-rounds", "1",
	"-village", "600", "-first-phones", "3", "-requests", "5", "-growth", "100,200", "-piles", "10,90", "-ledgers", "20,40",
}

func TestBench(t *testing.T) { checkBench(t, mustBench(t), "sqlite") }

func TestBenchOnMongoDB(t *testing.T) {
	checkBench(t, mustBench(t, "-db", mongotest.URI(t)), "sqlite", "mongodb")
}

func mustBench(t *testing.T, args ...string) string {
	t.Helper()
	return mustRun(t, append(slices.Clone(small), args...)...)
}

func TestMain(m *testing.M) { mongotest.Main(m) }

func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err := run(t.Context(), args, &stdout, &stderr)
	if stderr.Len() > 0 {
		t.Logf("stderr: %s", stderr.String())
	}
	return stdout.String(), err
}

func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	out, err := command(t, args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out
}

func checkBench(t *testing.T, out string, databases ...string) {
	t.Helper()
	var result measure.Result
	decoder := json.NewDecoder(strings.NewReader(out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&result); err != nil || decoder.More() {
		t.Fatalf("%v in %s", err, out)
	}
	if len(result.Databases) != len(databases) || result.CPU < 1 {
		t.Fatalf("want one object with %v: %s", databases, out)
	}
	for i, d := range result.Databases {
		if d.Name != databases[i] || d.Version == "" {
			t.Errorf("database %d is %s %s, want %s", i, d.Name, d.Version, databases[i])
		}
		if d.Push == nil || d.Visible == nil || d.First == nil || d.Idle == nil || len(d.Growth) != 2 {
			t.Fatalf("a phase is missing: %s", out)
		}
		for name, x := range map[string]float64{
			"push": d.Push.RecordsPerSecond, "its baseline": d.Push.RawRecordsPerSecond, "its p50": d.Push.P50Ms,
			"visible": d.Visible.RecordsPerSecond, "its ratio": d.Visible.Ratio, "idle": d.Idle.P50Ms,
			"growth": d.Growth[0].RecordsPerSecond, "its p99": d.Growth[1].P99Ms,
		} {
			if x <= 0 {
				t.Errorf("%s: %s is %v", d.Name, name, x)
			}
		}
		names := map[string]int{}
		for _, p := range d.Piles {
			names[p.Name]++
			if p.P50Ms <= 0 || p.RawP50Ms <= 0 || p.Size < 1 {
				t.Errorf("%s: %+v", d.Name, p)
			}
		}
		if len(names) != 4 || names["look-alikes"] != 2 || names["siblings"] != 2 || names["removals"] != 2 || names["commits since"] != 2 {
			t.Errorf("%s: piles: %v", d.Name, names)
		}
		if len(d.Histories) != 2 || len(d.Hangs) != 3 || len(d.Starts) != 2 {
			t.Fatalf("a phase is missing: %s", out)
		}
		for _, h := range d.Histories {
			if h.Changes < 10 || h.P50Ms <= 0 || h.KB <= 1 || h.RawP50Ms <= 0 {
				t.Errorf("%s: %+v", d.Name, h)
			}
		}
		for i, h := range d.Hangs {
			if h.Loads != i || h.P50Ms <= 0 || h.MaxMs < h.P50Ms || h.RawP50Ms <= 0 {
				t.Errorf("%s: %+v", d.Name, h)
			}
		}
		for i, s := range d.Starts {
			if s.Ledgers < 20*(i+1) || s.Seconds <= 0 || s.LookedSeconds < s.Seconds || s.RawSeconds < 0 {
				t.Errorf("%s: %+v", d.Name, s)
			}
		}
		// A record is no less than its random identity, and a request no less
		// than its token, except for HTTP/2, which only refers to it: a frame has a
		// head of nine bytes.
		if d.Push.BytesPerRecordUp < 16 || d.First.One.BytesPerRecord < 16 || d.Idle.HTTP1.BytesUp < 300 || d.Idle.HTTP1.BytesDown < 100 || d.Idle.BytesUp < 10 || d.Idle.BytesDown < 100 {
			t.Errorf("%s: too few bytes: %s", d.Name, out)
		}
		if d.Push.P99Ms < d.Push.P50Ms || d.First.ThirtyTwo.MaxSeconds < d.First.ThirtyTwo.P50Seconds || d.Growth[0].Records != 100 || d.Growth[1].Records != 200 {
			t.Errorf("%s: %s", d.Name, out)
		}
		if d.RSS.Start != nil && (d.RSS.Peak == nil || *d.RSS.Peak < *d.RSS.Start || *d.RSS.Start < 1) {
			t.Errorf("%s: memory: %s", d.Name, out)
		}
	}
	var table strings.Builder
	if err := result.WriteTable(&table); err != nil || !strings.Contains(table.String(), "records/s") {
		t.Errorf("%v\n%s", err, table.String())
	}
}

func TestBenchRefuses(t *testing.T) {
	for name, args := range map[string][]string{
		"no such phase":          {"-what", "dance"},
		"villages without phone": {"-phones", "2", "-villages", "3"},
		"nothing":                {"-records", "0"},
		"too much":               {"-records", "501"},
		"a ledger that shrinks":  {"-growth", "200,100"},
		"a pile below a batch":   {"-piles", "10,100"},
		"another database":       {"-db", "sqlite:x.db"},
	} {
		if out, err := command(t, args...); err == nil || out != "" {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

func TestBenchOfReports(t *testing.T) {
	var result measure.Compilations
	if err := json.Unmarshal([]byte(mustRun(t, "-json", "-what", "report", "-sizes", "40,1200")), &result); err != nil {
		t.Fatal(err)
	}
	if len(result.Reports) != 2 || result.Reports[1].Records != 1200 {
		t.Fatalf("%+v", result)
	}
	for _, r := range result.Reports {
		if r.Seconds <= 0 || len(r.Bytes) != 4 || r.Bytes["report.xlsx"] < 5000 || len(r.Steps) != 5 || r.RSSMB < 1 {
			t.Errorf("%+v", r)
		}
	}
	if result.Reports[1].Bytes["report.xlsx"] <= result.Reports[0].Bytes["report.xlsx"] {
		t.Error("thirty times the records make no larger workbook")
	}
}
