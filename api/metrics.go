package api

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

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
	}
	m.registry.MustRegister(m.requests, m.commits, m.batches, m.ops,
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
			Name: "sothon_records_set_aside", Help: "Records whose row cannot be stored: lists show them as they were before.",
		}, func() float64 {
			n := 0
			for _, list := range s.Condition().Aside {
				n += len(list)
			}
			return float64(n)
		}),
	)
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

// observe times every request and logs it, without what was asked or answered.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := s.Now()
		if err := next(c); err != nil {
			c.Error(err) // answered here, so that the status is known
		}
		took, status := s.Now().Sub(started), c.Response().Status
		name, _ := c.Get(operationKey).(string)
		if name == "" {
			name = "none"
		}
		s.Metrics.requests.WithLabelValues(name, strconv.Itoa(status)).Observe(took.Seconds())
		s.Log.DebugContext(c.Request().Context(), "request", "operation", name, "status", status, "took", took.Round(time.Microsecond))
		return nil
	}
}

// GetMetrics implements the operation getMetrics.
func (s *Server) GetMetrics(context.Context, GetMetricsRequestObject) (GetMetricsResponseObject, error) {
	text, err := s.Metrics.text()
	return GetMetrics200TextResponse(text), err
}

// GetHealth implements the operation getHealth: the process answers.
func (s *Server) GetHealth(context.Context, GetHealthRequestObject) (GetHealthResponseObject, error) {
	return GetHealth200TextResponse("ok\n"), nil
}

// GetReadiness implements the operation getReadiness: the database answers,
// and the server is not about to stop.
func (s *Server) GetReadiness(ctx context.Context, _ GetReadinessRequestObject) (GetReadinessResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := s.store.Ready(ctx); err != nil {
		return nil, fail("unavailable", err, nil)
	}
	return GetReadiness200TextResponse(conditionText(s.store.Condition())), nil
}

// conditionText tells operators what a ready server is still busy with, and what
// it could not do. It names units and records, nothing that they hold.
func conditionText(c store.Condition) string {
	var out strings.Builder
	out.WriteString("ok\n")
	if c.Left > 0 {
		fmt.Fprintf(&out, "lists: %d of %d ledgers are still to be looked at\n", c.Left, c.Ledgers)
	}
	for _, unit := range slices.Sorted(maps.Keys(c.Aside)) {
		for _, record := range c.Aside[unit] {
			fmt.Fprintf(&out, "set aside: %s/%s\n", unit, record)
		}
	}
	return out.String()
}
