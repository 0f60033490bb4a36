//go:build unix

package measure

import (
	"os"
	"runtime"
	"syscall"
)

// peakMB is the memory that a process that has ended took at most, in MB.
func peakMB(p *os.ProcessState) float64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return float64(usage.Maxrss) / (1 << 20)
	}
	return float64(usage.Maxrss) / (1 << 10)
}
