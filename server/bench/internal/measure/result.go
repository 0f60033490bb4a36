package measure

import (
	"math"
	"slices"
	"time"
)

// Result is what was measured. As JSON it is what `go run ./server/bench -json` prints;
// phases that were left out are absent.
type Result struct {
	CPU       int         `json:"cpu"`
	Databases []*Database `json:"databases"`
}

// Database is what was measured on one database.
type Database struct {
	Name      string    `json:"name"` // sqlite or mongodb
	Version   string    `json:"version"`
	Push      *Push     `json:"push,omitempty"`
	Visible   *Visible  `json:"visible,omitempty"`
	First     *First    `json:"first,omitempty"`
	Idle      *Idle     `json:"idle,omitempty"`
	Growth    []Growth  `json:"growth,omitempty"`
	Piles     []Pile    `json:"piles,omitempty"`
	Histories []History `json:"history,omitempty"`
	Hangs     []Hang    `json:"hangs,omitempty"`
	Starts    []Start   `json:"starts,omitempty"`
	RSS       RSS       `json:"rssMB"`
}

// Push is the phase of that name.
type Push struct {
	Rate
	P50Ms            float64 `json:"p50Ms"` // of one batch
	P99Ms            float64 `json:"p99Ms"`
	BytesPerRecordUp float64 `json:"bytesPerRecordUp"`
}

// Visible is the phase of that name.
type Visible struct{ Rate }

// Rate lays the server beside the baseline.
type Rate struct {
	RecordsPerSecond    float64 `json:"recordsPerSecond"`
	RawRecordsPerSecond float64 `json:"rawRecordsPerSecond"`
	Ratio               float64 `json:"ratio"`
}

// First is the phase of that name.
type First struct {
	One struct {
		Seconds        float64 `json:"seconds"`
		BytesPerRecord float64 `json:"bytesPerRecord"`
	} `json:"one"`
	ThirtyTwo struct { // or as many as there were
		P50Seconds float64 `json:"p50Seconds"`
		MaxSeconds float64 `json:"maxSeconds"`
	} `json:"thirtyTwo"`
}

// Idle is the phase of that name: over HTTP/2, and beside it over HTTP/1.1.
type Idle struct {
	Nothing
	HTTP1 Nothing `json:"http1"`
}

// Nothing is a pull that gets nothing, on a connection that has had others.
type Nothing struct {
	P50Ms     float64 `json:"p50Ms"`
	BytesUp   float64 `json:"bytesUp"`
	BytesDown float64 `json:"bytesDown"`
}

// Growth is a push into a ledger that has Records records when it begins.
type Growth struct {
	Records          int     `json:"records"`
	RecordsPerSecond float64 `json:"recordsPerSecond"`
	P99Ms            float64 `json:"p99Ms"`
}

// Pile is a push that meets Size of what somebody has heaped up.
type Pile struct {
	Name     string  `json:"name"`
	Size     int     `json:"size"`
	P50Ms    float64 `json:"p50Ms"`    // of one batch
	RawP50Ms float64 `json:"rawP50Ms"` // of as many records, inserted straight
}

// History is the request of a desk that opens a record.
type History struct {
	Changes  int     `json:"changes"` // of the record
	P50Ms    float64 `json:"p50Ms"`
	KB       float64 `json:"kB"`       // of the answer, decompressed
	RawP50Ms float64 `json:"rawP50Ms"` // of reading as many records straight
}

// Hang is a push to a unit that is not in memory, while others are never loaded.
type Hang struct {
	Loads    int     `json:"loads"` // that hang
	P50Ms    float64 `json:"p50Ms"`
	MaxMs    float64 `json:"maxMs"`
	RawP50Ms float64 `json:"rawP50Ms"` // of as many records, inserted straight
}

// Start is the start of a server.
type Start struct {
	Ledgers       int     `json:"ledgers"`
	Seconds       float64 `json:"seconds"`       // until it serves
	LookedSeconds float64 `json:"lookedSeconds"` // until it has looked at all of them
	RawSeconds    float64 `json:"rawSeconds"`    // of a sure read of each, one after another
}

// RSS is the server's memory; nil where the system does not tell.
type RSS struct {
	Start *float64 `json:"start"`
	Peak  *float64 `json:"peak"`
}

// rate is the median of rounds: of the server, and of the baseline.
func rate(records int, ours, raw []time.Duration) Rate {
	perSecond := func(took []time.Duration) float64 { return float64(records) / percentile(took, 50).Seconds() }
	return Rate{
		RecordsPerSecond: round(perSecond(ours)), RawRecordsPerSecond: round(perSecond(raw)),
		Ratio: math.Round(perSecond(ours)/perSecond(raw)*1000) / 1000,
	}
}

// percentile returns the smallest value that percent of the values do not exceed.
func percentile(values []time.Duration, percent int) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max((len(sorted)*percent+99)/100-1, 0)]
}

func ms(d time.Duration) float64 { return round(d.Seconds() * 1000) }

// round keeps two decimals: more would be noise.
func round(x float64) float64 { return math.Round(x*100) / 100 }
