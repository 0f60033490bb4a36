// Package operations serves health, readiness, metrics and the contract itself.
package operations

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/store"
)

// Operations implements the operations of the tag operations.
type Operations struct {
	Store   *store.Store
	Metrics *Metrics
}

// GetMetrics implements the operation getMetrics.
func (s *Operations) GetMetrics(context.Context, contract.GetMetricsRequestObject) (contract.GetMetricsResponseObject, error) {
	text, err := s.Metrics.text()
	return contract.GetMetrics200TextResponse(text), err
}

// GetHealth implements the operation getHealth: the process answers.
func (s *Operations) GetHealth(context.Context, contract.GetHealthRequestObject) (contract.GetHealthResponseObject, error) {
	return contract.GetHealth200TextResponse("ok\n"), nil
}

// GetReadiness implements the operation getReadiness: the database answers,
// and the server is not about to stop.
func (s *Operations) GetReadiness(ctx context.Context, _ contract.GetReadinessRequestObject) (contract.GetReadinessResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := s.Store.Ready(ctx); err != nil {
		return nil, problem.Fail("unavailable", err, nil)
	}
	return contract.GetReadiness200TextResponse(conditionText(s.Store.Condition())), nil
}

// maxNamed bounds the records, and the units, that a condition names.
const maxNamed = 100

// conditionText tells operators what a ready server is still busy with, and what
// it could not do. It names units and records, nothing that they hold.
func conditionText(c store.Condition) string {
	var out strings.Builder
	out.WriteString("ok\n")
	if c.Full {
		out.WriteString("full: the database has no room; nothing is stored until it has\n")
	}
	if c.Left > 0 {
		fmt.Fprintf(&out, "lists: %d of %d ledgers are still to be looked at\n", c.Left, c.Ledgers)
	}
	named := 0
	for _, unit := range slices.Sorted(maps.Keys(c.Aside)) {
		for _, record := range c.Aside[unit] {
			if named++; named <= maxNamed {
				fmt.Fprintf(&out, "set aside: %s/%s\n", unit, record)
			}
		}
	}
	if named > maxNamed {
		fmt.Fprintf(&out, "set aside: %d more\n", named-maxNamed)
	}
	units := slices.Sorted(maps.Keys(c.NotErased))
	for _, unit := range units[:min(len(units), maxNamed)] {
		fmt.Fprintf(&out, "not erased: %s: %d orders\n", unit, c.NotErased[unit])
	}
	if len(units) > maxNamed {
		fmt.Fprintf(&out, "not erased: %d more ledgers\n", len(units)-maxNamed)
	}
	return out.String()
}

// GetContract implements the operation getContract.
func (s *Operations) GetContract(_ context.Context, request contract.GetContractRequestObject) (contract.GetContractResponseObject, error) {
	return contractAnswer{gate.Raw{Body: contract.YAML(), Media: "application/yaml", Etag: gate.Etag(contract.YAML()), Cache: "public, max-age=300", IfNoneMatch: request.Params.IfNoneMatch}}, nil
}

// contractAnswer is the answer to getContract.
type contractAnswer struct{ gate.Raw }

// VisitGetContractResponse writes the answer.
func (a contractAnswer) VisitGetContractResponse(w http.ResponseWriter) error { return a.Write(w) }
