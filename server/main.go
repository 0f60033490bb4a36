// Command server is Sổ Thôn: the sync server, and the commands that look after
// it.
//
//	server [serve]     serve phones and desks
//	server demo        play six years of a commune, and go on serving
//	server unit add    make a village, a commune or what is above it
//	server user add    make an account
//	server report compile | list | verify   make reports, and check issued ones
//	server backup      copy an SQLite database, also while it is served
//	server verify      check every ledger's chain, and that none lacks its end
//	server health      ask a running server whether it is ready
//	server version
//
// Every flag can be given as SOTHON_NAME in the environment, with _ for -; a
// flag goes before the environment.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // the time of Vietnam on machines without a zone database
)

// program is what a command may touch of the world outside.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) (string, bool)
	now            func() time.Time
}

// errUsage is returned when flags or words could not be understood, and the
// person has seen why.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := &program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, env: os.LookupEnv, now: time.Now}
	switch err := p.run(ctx, os.Args[1:]); {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "sothon:", err)
		os.Exit(1)
	}
}

// run carries out one command.
func (p *program) run(ctx context.Context, args []string) error {
	command := "serve"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		command, args = args[0], args[1:]
	}
	switch command {
	case "serve":
		return p.serve(ctx, args)
	case "demo":
		return (&demoCommand{p}).run(ctx, args)
	case "unit":
		return (&accountCommands{p}).addUnit(ctx, args)
	case "user":
		return (&accountCommands{p}).addUser(ctx, args)
	case "report":
		return (&reportCommands{p}).run(ctx, args)
	case "backup":
		return p.backup(ctx, args)
	case "verify":
		return (&verifyCommand{p}).run(ctx, args)
	case "health":
		return p.health(ctx, args)
	case "version":
		_, err := fmt.Fprintln(p.stdout, version())
		return err
	}
	fmt.Fprintf(p.stderr, "sothon: no command %q; there are serve, demo, unit, user, report, backup, verify, health and version\n", command)
	return errUsage
}

// version is the module's version, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
			v = s.Value
		}
	}
	return "sothon " + v + " " + info.GoVersion
}
