package measure

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// process is a running server.
type process struct {
	command *exec.Cmd
	url     string
	ended   chan error
}

// keptByDefault is about how many records a server keeps folded without
// -max-records.
const keptByDefault = 100_000

// startServer runs the program's command "serve" with the settings of production,
// whatever the environment says, but for what one person may push and, with a large
// ledger, the records that are kept folded.
func startServer(ctx context.Context, o *Options, db, profile string) (*process, error) {
	p := &process{command: exec.CommandContext(ctx, o.Program, "serve", "-listen", "127.0.0.1:0", "-log-format", "json"), ended: make(chan error, 1)} //nolint:gosec // It is this program.
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "SOTHON_") {
			p.command.Env = append(p.command.Env, variable)
		}
	}
	p.command.Env = append(p.command.Env, "SOTHON_MAX_PUSHED=0") // a few phones push what a province does
	p.command.Env = append(p.command.Env, "SOTHON_DB="+db)       // may hold a password, and arguments can be read by others
	if most := slices.Max(append([]int{0}, o.Growth...)); most > keptByDefault {
		// A server with such a ledger gets the memory to keep it folded.
		p.command.Env = append(p.command.Env, fmt.Sprint("SOTHON_MAX_RECORDS=", most+keptByDefault))
	}
	if profile != "" {
		p.command.Env = append(p.command.Env, "SOTHON_CPUPROFILE="+profile)
	}
	p.command.Cancel = p.interrupt
	p.command.WaitDelay = 30 * time.Second
	stderr, err := p.command.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	address := make(chan string, 1)
	go func() {
		p.follow(stderr, address, o.Progress)
		p.ended <- p.command.Wait()
	}()
	select {
	case a := <-address:
		p.url = "http://" + a
		return p, nil
	case err := <-p.ended:
		return nil, fmt.Errorf("the server ended before it served: %w", errors.Join(err, ctx.Err()))
	}
}

// follow reads the server's log: where it serves, and what troubles it.
func (p *process) follow(log io.Reader, address chan<- string, progress io.Writer) {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var entry struct{ Level, Msg, Address string }
		switch err := json.Unmarshal(lines.Bytes(), &entry); {
		case err == nil && entry.Msg == "serving":
			address <- entry.Address
		case err != nil || entry.Level != "INFO" && entry.Level != "DEBUG":
			fmt.Fprintf(progress, "server: %s\n", lines.Bytes())
		}
	}
	_, _ = io.Copy(io.Discard, log) // a line too long
}

func (p *process) interrupt() error {
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		return p.command.Process.Kill() // Windows has no such signal
	}
	return nil
}

// stop ends the server as an operator does.
func (p *process) stop() error {
	if err := p.interrupt(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the server: %w", err)
	}
	if err := <-p.ended; err != nil {
		return fmt.Errorf("the server: %w", err)
	}
	return nil
}

// memory returns the process's memory in MB, now (VmRSS) or at most so far
// (VmHWM); nil where there is no /proc.
func (p *process) memory(which string) *float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(status)) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == which+":" {
			if kB, err := strconv.ParseFloat(words[1], 64); err == nil {
				mb := round(kB / 1024)
				return &mb
			}
		}
	}
	return nil
}
