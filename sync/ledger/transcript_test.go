package ledger_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
)

var update = flag.Bool("update", false, "rewrite the transcripts' outcomes")

// TestTranscripts plays the scenarios of the package documentation. A
// transcript's lines are pushes, each followed by what the record then is:
//
//	> A edit base=0 {"quantity":1}
//	> desk:reviewer resolve base=2 quantity 2 sees 1.0 2.0
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func play(t *testing.T, script string) string {
	t.Helper()
	w := newWorld(t)
	var out strings.Builder
	at := ledger.Millis(1e11)
	lines := bufio.NewScanner(strings.NewReader(script))
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "#"):
			fmt.Fprintln(&out, line)
		case strings.HasPrefix(line, "> "):
			fmt.Fprintln(&out, line)
			at += 1000
			device, role, op := parseStep(t, line)
			op.at = at
			w.push(device, role, op)
			show(&out, w.state.Record(op.record))
		}
	}
	verify(t, w.commits)
	return out.String()
}

func parseStep(t *testing.T, line string) (ledger.DeviceID, ledger.Role, draftOp) {
	t.Helper()
	words := strings.SplitN(strings.TrimPrefix(line, "> "), " ", 4)
	device, role, isStaff := strings.Cut(words[0], ":")
	if !isStaff {
		role = "collector"
	}
	base, err := strconv.ParseUint(strings.TrimPrefix(words[2], "base="), 10, 32)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	op := draftOp{record: recordID(1), action: ledger.Action(words[1]), base: ledger.Seq(base)}
	rest := ""
	if len(words) > 3 {
		rest = words[3]
	}
	switch op.action {
	case ledger.ActionEdit:
		op.rest = `,"set":` + rest
	case ledger.ActionResolve:
		args := strings.Fields(rest)
		op.rest = fmt.Sprintf(`,"field":%q,"value":%s,"sees":["%s"]`, args[0], args[1], strings.Join(args[3:], `","`))
	case ledger.ActionReview:
		state, note, _ := strings.Cut(rest, " ")
		op.rest = fmt.Sprintf(`,"state":%q,"note":%q`, state, note)
	case ledger.ActionErase:
		op.rest = fmt.Sprintf(`,"fields":[%q]`, rest)
	case ledger.ActionLink:
		op.rest = fmt.Sprintf(`,"duplicateOf":%q`, rest)
	}
	return ledger.DeviceID(device), ledger.Role(role), op
}

func show(out *strings.Builder, r *ledger.Record) {
	if r == nil {
		fmt.Fprintln(out, "  no record")
		return
	}
	for _, field := range r.Fields() {
		shown, _ := r.Current(field)
		fmt.Fprintf(out, "  %s = %s", field, shown)
		if r.InConflict(field) {
			fmt.Fprint(out, "  CONFLICT")
			for _, w := range r.Register(field) {
				fmt.Fprintf(out, "  %s by %s at %s", w.Value, w.Device, w.Dot)
			}
		}
		fmt.Fprintln(out)
	}
	if review := r.Review(); review.Stale {
		fmt.Fprintln(out, "  the review is stale")
	}
	if r.Removed() {
		fmt.Fprintln(out, "  removed")
	}
}
