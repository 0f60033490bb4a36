package mongotest

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// tieToThisThread has the kernel kill the command's process should this one
// end without stopping it: a test that panics or runs out of time cleans up
// nothing. The command must be started, and waited for, before release.
func tieToThisThread(command *exec.Cmd) (release func()) {
	runtime.LockOSThread()
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return runtime.UnlockOSThread
}

// sweep removes the data of processes that ended without doing so.
func sweep() {
	found, err := filepath.Glob(filepath.Join(os.TempDir(), folders+"*"))
	if err != nil {
		return
	}
	for _, folder := range found {
		process, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), folders), "-")
		if _, err := os.Stat("/proc/" + process); process != "" && errors.Is(err, fs.ErrNotExist) {
			_ = os.RemoveAll(folder)
		}
	}
}
