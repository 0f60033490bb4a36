package operations

import (
	"bytes"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/sync/store"
)

// Metrics counts what the server does. It holds no label that a client could
// make up.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	commits  prometheus.Histogram
	batches  prometheus.Histogram
	ops      *prometheus.CounterVec
	signIns  *prometheus.CounterVec
}

// NewMetrics makes the metrics; Observe must be given a store before they are
// read.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sothon_request_seconds", Help: "Requests by operation and status.",
			Buckets: []float64{.001, .005, .02, .1, .5, 2, 10, 30},
		}, []string{"operation", "status"}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sothon_append_seconds", Help: "From reading the head to the durable commit.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .5, 2, 10},
		}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sothon_commit_batches", Help: "Batches in one commit.", Buckets: []float64{1, 2, 4, 8, 16, 32, 64},
		}),
		ops: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sothon_ops_total", Help: "Ops committed, by verdict.",
		}, []string{"status"}),
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sothon_sign_ins_total", Help: "Sign-ins by result: ok, wrong, disabled, throttled.",
		}, []string{"result"}),
	}
	m.registry.MustRegister(m.requests, m.commits, m.batches, m.ops, m.signIns,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Committed is the store's hook.
func (m *Metrics) Committed(c store.Committed) {
	m.commits.Observe(c.Took.Seconds())
	m.batches.Observe(float64(c.Batches))
	m.ops.WithLabelValues("accepted").Add(float64(c.Ops - c.Conflicts - c.Duplicates - c.Rejected))
	m.ops.WithLabelValues("conflict").Add(float64(c.Conflicts))
	m.ops.WithLabelValues("duplicate").Add(float64(c.Duplicates))
	m.ops.WithLabelValues("rejected").Add(float64(c.Rejected))
}

// Observe adds the gauges of a store.
func (m *Metrics) Observe(s *store.Store) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sothon_queue_batches", Help: "Batches that wait for their commit.",
		}, func() float64 { return float64(s.QueueDepth()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sothon_projection_lag_commits", Help: "Commits that the lists do not show yet.",
		}, func() float64 { return float64(s.ProjectionLag()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sothon_recovery_ledgers", Help: "Ledgers whose lists are still to be looked at after the start.",
		}, func() float64 { return float64(s.Condition().Left) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sothon_database_full", Help: "1 where the database refused a write because it is full, within the last minute.",
		}, func() float64 {
			if s.Condition().Full {
				return 1
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sothon_records_set_aside", Help: "Records whose row cannot be stored: lists show them as they were before.",
		}, func() float64 {
			n := 0
			for _, list := range s.Condition().Aside {
				n += len(list)
			}
			return float64(n)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sothon_erasures_failed", Help: "Orders of erasure that could not be carried out: commits still hold what they destroy.",
		}, func() float64 {
			n := 0
			for _, orders := range s.Condition().NotErased {
				n += orders
			}
			return float64(n)
		}),
	)
}

// ObserveOffice adds the office's problems that a person must solve.
func (m *Metrics) ObserveOffice(o *jobs.Office) {
	counter := func(name, help string, of func(jobs.Counts) int64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(of(o.Counts())) }))
	}
	counter("sothon_scheduled_failures_total", "Scheduled work that was given up as failed.", func(c jobs.Counts) int64 { return c.RunsFailed })
	counter("sothon_wrong_clocks_total", "Stored times found to lie ahead: a server's clock is wrong.", func(c jobs.Counts) int64 { return c.WrongClocks })
	counter("sothon_deliveries_dead_total", "Deliveries of reports that were given up.", func(c jobs.Counts) int64 { return c.DeadDeliveries })
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sothon_damaged_ledgers", Help: "Ledgers found damaged by this server's last nightly check.",
	}, func() float64 { return float64(o.Counts().DamagedLedgers) }))
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sothon_lost_erasures", Help: "Orders of erasure that a restored backup lacks, and that were not given again yet.",
	}, func() float64 { return float64(o.Counts().LostErasures) }))
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sothon_clock_ahead_seconds", Help: "By how much another server's clock was last seen ahead of this one's. Beyond 60 each refuses the other's tokens.",
	}, func() float64 { return o.Counts().ClockAhead.Seconds() }))
}

func (m *Metrics) text() (string, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&out, f); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

// SignIn counts a sign-in by its result.
func (m *Metrics) SignIn(result string) { m.signIns.WithLabelValues(result).Inc() }

// Answered counts a request.
func (m *Metrics) Answered(operation string, status int, took time.Duration) {
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Observe(took.Seconds())
}
