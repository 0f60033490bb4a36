// Gotest reads what go test -json prints, and prints each package's own
// summary line as it comes, and of the tests only those that failed or were
// skipped, in full. It fails when there is any, or when no test has passed:
// in CI nothing may be skipped.
//
//	go test -json ./... | go run ./.ci/gotest
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is a line of go test -json; see go doc test2json.
type event struct {
	Action  string
	Package string
	Test    string // absent where the package itself speaks
	Output  string
}

func main() {
	if err := run(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
}

func run(in io.Reader) error {
	var passed, failed, skipped int
	brokenPackages := 0
	held := map[string]map[string]string{} // by package and test, what they said and nobody has seen
	show := func(pkg, test string) {
		fmt.Print(held[pkg][test])
		delete(held[pkg], test)
	}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				e = event{Action: "build-output", Output: string(line)} // not of a test
			}
			switch e.Action {
			case "build-output":
				fmt.Print(e.Output)
			case "output":
				if e.Test == "" && isSummary(e.Output) {
					fmt.Print(e.Output)
					break
				}
				if held[e.Package] == nil {
					held[e.Package] = map[string]string{}
				}
				held[e.Package][e.Test] += e.Output
			case "pass":
				if e.Test != "" {
					passed++
					delete(held[e.Package], e.Test)
				}
			case "skip":
				if e.Test != "" {
					skipped++
					show(e.Package, e.Test)
				}
			case "fail":
				if e.Test != "" {
					failed++
					show(e.Package, e.Test)
					break
				}
				// Whatever is left is of tests that never ended, and of the
				// package: a panic, or too long a run.
				brokenPackages++
				left := make([]string, 0, len(held[e.Package]))
				for test := range held[e.Package] {
					left = append(left, test)
				}
				slices.Sort(left)
				for _, test := range left {
					show(e.Package, test)
				}
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	switch {
	case failed > 0 || brokenPackages > 0:
		return errors.New("not all passed")
	case skipped > 0:
		return errors.New("in CI no test may be skipped")
	case passed == 0:
		return errors.New("no test ran")
	}
	return nil
}

// isSummary reports whether a line is the last word on a package.
func isSummary(line string) bool {
	return strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "?   \t")
}
