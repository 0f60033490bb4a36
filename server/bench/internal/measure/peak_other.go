//go:build !unix

package measure

import "os"

// peakMB is not known on this system.
func peakMB(*os.ProcessState) float64 { return 0 }
