package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

// profile records where a serving command spends its time, if SOTHON_CPUPROFILE
// names a file; what it allocated is written beside it, to FILE.allocs. The
// files are complete when stop has returned.
func (p *program) profile() (stop func() error, err error) {
	name, _ := p.env("SOTHON_CPUPROFILE")
	if name == "" {
		return func() error { return nil }, nil
	}
	cpu, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("SOTHON_CPUPROFILE: %w", err)
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return nil, fmt.Errorf("SOTHON_CPUPROFILE: %w", errors.Join(err, cpu.Close()))
	}
	return func() error {
		pprof.StopCPUProfile()
		allocs, err := os.Create(name + ".allocs")
		if err != nil {
			return errors.Join(err, cpu.Close())
		}
		return errors.Join(pprof.Lookup("allocs").WriteTo(allocs, 0), allocs.Close(), cpu.Close())
	}, nil
}
