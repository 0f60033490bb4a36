//go:build linux

// Package faults_test kills real servers and real databases under phones that
// go on pushing, and then looks whether anything that was acknowledged is
// missing, there twice, or answered differently.
//
// Servers are processes of the program itself, and are killed with -9; so is
// the primary of a MongoDB replica set, which is also stopped for longer than
// an election; SQLite's disk gets full. Phones are those of openapi.yaml: an
// outbox, counters, a cursor; they send again until they are answered 200.
//
//	go test ./server/faults -v                   # what CI runs: a minute
//	go test ./server/faults -long -timeout 3h -v # a thousand kills
package faults_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"
)

var long = flag.Bool("long", false, "run a thousand kills")

// program is the server's binary.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	folder, err := os.MkdirTemp("", "sothon-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = filepath.Join(folder, "server")
	code := 1
	if err := build(program); err != nil {
		fmt.Fprintln(os.Stderr, "build the server:", err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// build builds the server, with the race detector where the test has it.
func build(to string) error {
	args := []string{"build", "-o", to}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	output, err := exec.Command("go", append(args, "github.com/sothon/sothon/server")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, output)
	}
	return nil
}

// rounds is how often a scenario is played, each time from an empty database.
func rounds(t *testing.T, inLong int, play func(t *testing.T, round int)) {
	t.Helper()
	n := 1
	if *long {
		n = inLong
	}
	for i := range n {
		t.Run(fmt.Sprint("round ", i+1), func(t *testing.T) { play(t, i) })
	}
}

// kills is how many there are in one round.
func kills(inShort int) int {
	if *long {
		return 50
	}
	return inShort
}
