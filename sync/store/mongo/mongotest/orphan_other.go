//go:build !linux

package mongotest

import "os/exec"

// tieToThisThread does nothing here: a test that panics leaves its mongod.
func tieToThisThread(*exec.Cmd) (release func()) { return func() {} }

// sweep does nothing here.
func sweep() {}
