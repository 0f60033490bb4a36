package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/server/demo"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
	"github.com/sothon/sothon/sync/store/mongo/mongotest"
	"github.com/sothon/sothon/sync/store/sqlite"
)

// demoJSON is what `demo -json` prints.
type demoJSON struct {
	Commune string
	Figures []struct {
		ID              string
		Paper, Compiled *int64
	}
	Ledgers []struct {
		Unit     string
		Seq      int
		Hash     string
		Verified bool
	}
	Ops, Batches, Resends, Conflicts, Duplicates *int
	Seconds                                      *float64
}

func checkDemo(t *testing.T, out string) {
	t.Helper()
	var d demoJSON
	decoder := json.NewDecoder(strings.NewReader(out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		t.Error("more than one object")
	}
	if len(d.Figures) != 18 || len(d.Ledgers) != 13 || d.Commune != "21133-20040101" {
		t.Errorf("%s", out)
	}
	for _, f := range d.Figures {
		if *f.Paper != *f.Compiled {
			t.Errorf("%s: paper %d, compiled %d", f.ID, *f.Paper, *f.Compiled)
		}
	}
	for _, l := range d.Ledgers {
		if !l.Verified || l.Seq == 0 || len(l.Hash) != 64 {
			t.Errorf("%+v", l)
		}
	}
	if *d.Ops < 2000 || *d.Resends == 0 || *d.Conflicts == 0 || *d.Duplicates == 0 || *d.Seconds <= 0 {
		t.Errorf("%s", out)
	}
}

func TestDemo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.db")
	serving := runUntil(t, " superior ", "demo", "-json", "-db", "sqlite:"+path)
	if said := serving.stderr.String(); !strings.Contains(said, "\nServing http://127.0.0.1:") || strings.Count(said, " collector ") != 22 {
		t.Errorf("where to look, and with which logins: %s", said)
	}
	if err := serving.stop(); err != nil {
		t.Fatal(err)
	}
	checkDemo(t, serving.stdout.String())
	mustBeServedByTheDemoAlone(t, "sqlite:"+path)

	lines := strings.Split(strings.TrimSpace(mustRun(t, "", "verify", "-db", "sqlite:"+path)), "\n")
	if len(lines) != 13 {
		t.Errorf("%d lines, want one per ledger: %v", len(lines), lines)
	}
	for _, line := range lines {
		if words := strings.Fields(line); len(words) != 4 || len(words[2]) != 64 || words[3] != "ok" {
			t.Errorf("%q, want: unit seq hash ok", line)
		}
	}
	mustFindDamage(t, path)
}

// mustBeServedByTheDemoAlone refuses to serve known passwords for real use, and
// serves them again by the demo command.
func mustBeServedByTheDemoAlone(t *testing.T, db string) {
	t.Helper()
	if _, err := command(t, "", nil, "serve", "-listen", "127.0.0.1:0", "-db", db); !errors.Is(err, errDemo) {
		t.Errorf("a demo's database was served: %v", err)
	}
	if _, err := command(t, "", nil, "demo", "-exit", "-db", db); !errors.Is(err, errPlayed) {
		t.Errorf("the demo was played twice: %v", err)
	}
	again := runUntil(t, " superior ", "demo", "-db", db)
	said := again.stdout.String() + again.stderr.String()
	if err := again.stop(); err != nil {
		t.Fatal(err)
	}
	if strings.Count(said, " collector ") != 22 || !strings.Contains(said, "/m/") || !strings.Contains(said, "/desk/") {
		t.Errorf("where to look in what was played: %s", said)
	}
}

// The demo leaves a database that somebody uses alone, and nothing behind.
func TestDemoNeedsAnEmptyDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "used.db")
	mustRun(t, "", "unit", "add", "-db", "sqlite:"+path, "-code", "21124", "-name", "Xã mẫu", "-valid-from", "2025-07-01")
	t.Setenv("TMPDIR", t.TempDir())
	env := map[string]string{"SOTHON_DB": "sqlite:" + path}
	if _, err := command(t, "", env, "demo", "-exit"); err == nil || err.Error() != "-db: the demo needs an empty database" {
		t.Errorf("played into a database that is used: %v", err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if schedules, err := db.List(t.Context(), "schedules", "", "", 1); err != nil || len(schedules) > 0 {
		t.Errorf("a server was started on it: %v, %v", schedules, err)
	}
	if marked, err := isDemo(t.Context(), db); err != nil || marked {
		t.Errorf("marked as the demo's: %v, %v", marked, err)
	}
}

// TestDemoTakesTheDatabaseMeanwhile: after a server for real use has opened it,
// and before that one's first account.
func TestDemoTakesTheDatabaseMeanwhile(t *testing.T) {
	db := memory.New()
	if err := db.Add(t.Context(), markCollection, store.Document{ID: markDemo, Body: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
	p := &program{stdout: io.Discard, now: time.Now}
	if err := p.firstAdmin(t.Context(), &instance{db: db}); !errors.Is(err, errDemo) {
		t.Errorf("the demo's database is served: %v", err)
	}
}

// mustFindDamage changes copies of a database, as somebody with the file might,
// and looks whether verify names the commit.
func mustFindDamage(t *testing.T, path string) {
	t.Helper()
	for sentence, sign := range map[string]string{
		`UPDATE commits SET body = CAST(replace(CAST(body AS TEXT), '"base":', '"base":1') AS BLOB) WHERE unit = '21133-01-20040101' AND seq = 5`: "21133-01-20040101:0000000005",
		`DELETE FROM commits WHERE unit = '21133-02-20040101' AND seq = 5`:                                                                        "21133-02-20040101:0000000005",
		`DELETE FROM commits WHERE unit = '21133-03-20040101' AND seq > 5`:                                                                        "21133-03-20040101:0000000006: missing; the ledger ends at 5",
		`DELETE FROM commits WHERE unit = '21133-04-20040101'`:                                                                                    "21133-04-20040101:0000000001: missing; the ledger ends at 0",
		`UPDATE heads SET hash = (SELECT hash FROM heads WHERE unit = '21133-06-20040101') WHERE unit = '21133-05-20040101'`:                      "21133-05-20040101:",
	} {
		copied := filepath.Join(t.TempDir(), "copy.db")
		mustRun(t, "", "backup", "-db", "sqlite:"+path, "-to", copied)
		change(t, copied, sentence)
		out, err := command(t, "", nil, "verify", "-db", "sqlite:"+copied)
		if err == nil || strings.Count(out, " ok\n") != 12 || !strings.Contains(out, " DAMAGED at commit "+sign) {
			t.Errorf("after %s: %v\n%s", sentence, err, out)
		}
	}
}

func change(t *testing.T, path, sentence string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	result, err := db.ExecContext(t.Context(), sentence)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n == 0 {
		t.Fatalf("nothing changed by %s", sentence)
	}
}

func TestDemoOnMongoDB(t *testing.T) {
	checkDemo(t, mustRun(t, "", "demo", "-exit", "-json", "-db", mongotest.URI(t)))
}

// TestAGiftRemovedLowersItsFigure plays the demo, removes one gift of 2021 over
// the API as the reviewer, and compiles again.
func TestAGiftRemovedLowersItsFigure(t *testing.T) {
	run := serveSmall(t, func(c *config) { c.MaxRecords, c.Outbox = 100_000, t.TempDir() })
	p := &program{stdout: io.Discard, stderr: io.Discard, now: time.Now}
	played, err := (&demoCommand{p}).play(t.Context(), run, 7, false)
	if err != nil {
		t.Fatal(err)
	}
	units := []ledger.UnitID{played.Commune}
	const villages = 8
	for _, l := range played.Ledgers[1 : 1+villages] {
		units = append(units, l.Unit)
	}
	before := figures(t, run.store, units)
	gift, seen := singleGift(t, run.store, before["gifts.2021"])
	removeAsReviewer(t, run.url(), played.Logins, gift, seen)
	after := figures(t, run.store, units)
	for id, f := range before {
		want := f.Value
		if id == "gifts" || id == "gifts.2021" {
			want--
		}
		if after[id].Value != want {
			t.Errorf("%s is %d after the removal, was %d, want %d", id, after[id].Value, f.Value, want)
		}
	}

	// The issued report stays, and an addendum reports the change.
	issued, err := run.office.Archive.Get(t.Context(), played.Issued.ID)
	if err != nil {
		t.Fatal(err)
	}
	if verified, err := run.office.Archive.Verify(t.Context(), &issued.Value); err != nil || !verified.Same() {
		t.Errorf("the issued report compiled again: %v, %v", verified, err)
	}
	addendum, err := run.office.Archive.Drafts.Preview(t.Context(), archive.Request{
		Unit: played.Commune, Template: issued.Value.Template, Period: issued.Value.Period, AddendumOf: issued.ID,
	})
	if err != nil {
		t.Fatal(err)
	}
	var changed []string
	for _, c := range addendum.Addendum.Changes {
		changed = append(changed, fmt.Sprint(c.Figure, " ", c.Now-c.Was, " ", c.Left))
	}
	if strings.Join(changed, ", ") != "gifts -1 1, gifts.2021 -1 1, gifts.value -300000 1" {
		t.Errorf("the addendum reports %q", changed)
	}
}

// TestReportOfTheDemo compiles the term of the demo by command, as somebody
// would who has read the README.
func TestReportOfTheDemo(t *testing.T) {
	dir := t.TempDir()
	db, outbox := "-db=sqlite:"+filepath.Join(dir, "demo.db"), filepath.Join(dir, "outbox")
	if err := os.Mkdir(outbox, 0o750); err != nil {
		t.Fatal(err)
	}
	said := mustRun(t, "", "demo", "-exit", "-outbox", outbox, db)
	for _, format := range archive.Formats {
		if !strings.Contains(said, "BC-56-2024-xa-tra-lam."+string(format)+"\n") {
			t.Errorf("the demo does not say where the %s lies: %s", format, said)
		}
	}

	checkWords(t, outbox)
	words := strings.Fields(mustRun(t, "", "report", "list", db))
	if len(words) != 4 || words[1] != "delivered" || words[2] != "56/BC-UBND" || words[3] != "2024-04-11" {
		t.Fatalf("reports: %q", words)
	}
	if got := mustRun(t, "", "report", "verify", words[0], db); !strings.HasPrefix(got, words[0]+" ok ") {
		t.Errorf("verify: %q", got)
	}

	out := filepath.Join(dir, "out")
	mustRun(t, "", "report", "compile", "-type", "term", "-from", "2019", "-to", "2024", "-unit", "21133-20040101", "-out", out, db)
	body, err := os.ReadFile(filepath.Join(out, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var compiled report.Content
	if err := json.Unmarshal(body, &compiled); err != nil {
		t.Fatal(err)
	}
	if len(compiled.Figures) != len(demo.Paper) || len(compiled.Heads) != 9 || !compiled.Intact() {
		t.Fatalf("%d figures at %d heads, intact %v", len(compiled.Figures), len(compiled.Heads), compiled.Intact())
	}
	for i, f := range compiled.Figures {
		if p := demo.Paper[i]; f.ID != p.ID || f.Value != p.Value || f.Unit != p.Unit || f.Period != p.Period || f.AsOf != p.AsOf || f.Approx != p.Approx {
			t.Errorf("%+v, the paper has %+v", f, p)
		}
	}
	for _, s := range compiled.Sections {
		want := []string{"Năm 2019: 192 suất.", "Năm 2020: 195 suất.", "Năm 2021: 1.006 suất.", "Năm 2022: 1.123 suất.", "Năm 2023: 522 suất."}
		if s.ID == "gifts" && (!strings.Contains(s.Text, "3.038 suất quà") || len(s.Footnotes) != 1 || !slices.Equal(s.Footnotes[0].Lines, want)) {
			t.Errorf("the section of gifts: %+v", s)
		}
	}
	for _, name := range []string{"report.docx", "report.pdf", "report.xlsx"} {
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || info.Size() < 5000 {
			t.Errorf("%s: %v", name, err)
		}
	}

	for name, args := range map[string][]string{
		"no verb":       {"report"},
		"no unit":       {"report", "compile", "-from", "2019", "-to", "2024", db},
		"no years":      {"report", "compile", "-unit", "21133-20040101", db},
		"no such type":  {"report", "compile", "-type", "decade", "-from", "2019", "-to", "2024", "-unit", "21133-20040101", db},
		"no such paper": {"report", "compile", "-template", "x", "-from", "2019", "-to", "2024", "-unit", "21133-20040101", db},
		"tomorrow":      {"report", "compile", "-from", "2019", "-to", "2024", "-as-of", "9999-01-01", "-unit", "21133-20040101", db},
		"no report":     {"report", "verify", "x", db},
		"no id":         {"report", "verify", db},
	} {
		if out, err := command(t, "", nil, args...); err == nil || out != "" {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

func figures(t *testing.T, s *store.Store, units []ledger.UnitID) map[string]report.Counted {
	t.Helper()
	var members []report.Member
	for _, unit := range units {
		fold, err := s.Fold(t.Context(), unit, 0, ledger.RulesCurrent)
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, report.Member{Unit: unit, From: "2004-01-01", State: fold})
	}
	byID := map[string]report.Counted{}
	for _, f := range report.Figures(members, demo.Term) {
		byID[f.ID] = f
	}
	return byID
}

// singleGift picks a record of one portion behind a figure, and tells up to
// which seq a desk has seen its ledger.
func singleGift(t *testing.T, s *store.Store, f report.Counted) (ledger.Ref, ledger.Seq) {
	t.Helper()
	for _, ref := range f.Behind {
		r, err := s.Record(t.Context(), ref.Unit, ref.Record)
		if err != nil {
			t.Fatal(err)
		}
		if r.Int("quantity") == 1 {
			return ref, r.Seq
		}
	}
	t.Fatalf("none of the %d records behind %s is of one portion", len(f.Behind), f.ID)
	return ledger.Ref{}, 0
}

func removeAsReviewer(t *testing.T, url string, logins []demo.Login, gift ledger.Ref, seen ledger.Seq) {
	t.Helper()
	var reviewer demo.Login
	for _, l := range logins {
		if l.Role == "reviewer" {
			reviewer = l
		}
	}
	var session struct {
		AccessToken string
		Device      struct{ ID string }
	}
	exchange(t, http.MethodPost, url+"/v1/sessions", "", fmt.Sprintf(`{"username":%q,"password":%q,"device":{"name":"Máy mẫu","platform":"test"}}`, reviewer.Username, reviewer.Password), &session)
	var pushed struct{ Results []struct{ Status string } }
	exchange(t, http.MethodPost, url+"/v1/units/"+string(gift.Unit)+"/batches", session.AccessToken, fmt.Sprintf(
		`{"device":%q,"epoch":1,"from":1,"ops":[{"n":1,"record":%q,"kind":"gift","action":"remove","base":%d,"at":"2026-11-20T02:10:00Z"}]}`, session.Device.ID, gift.Record, seen), &pushed)
	if pushed.Results[0].Status == "rejected" {
		t.Fatalf("%+v", pushed)
	}
}
