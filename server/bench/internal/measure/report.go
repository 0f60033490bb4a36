package measure

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// ReportPhase measures reports, and stands apart from the other phases: no
// server takes part in it.
const ReportPhase = "report"

// Compilations are what `go run ./server/bench -what report -json` prints.
type Compilations struct {
	CPU     int           `json:"cpu"`
	Reports []Compilation `json:"report"` // by number of records
}

// Compilation is the report of a term over a number of records: compiled and written in
// every format by its own process, on SQLite.
type Compilation struct {
	Records int                `json:"records"`
	Seconds float64            `json:"seconds"` // from the process's start to its end
	Steps   map[string]float64 `json:"steps"`   // seconds of each step
	Bytes   map[string]int64   `json:"bytes"`   // of each file
	RSSMB   float64            `json:"rssMB"`   // at most; 0 where the system does not tell
}

// The report that is measured: the records of a commune with that many villages,
// spread over these years.
const (
	reportVillages = 32
	reportFrom     = 2019
	reportTo       = 2024
)

// CompileReports compiles reports of rising numbers of records.
func CompileReports(ctx context.Context, o *Options, sizes []int) (*Compilations, error) {
	r := &Compilations{CPU: runtime.NumCPU()}
	for _, size := range sizes {
		one, err := measureReport(ctx, o, size)
		if err != nil {
			return nil, fmt.Errorf("the report of %d records: %w", size, err)
		}
		r.Reports = append(r.Reports, *one)
	}
	return r, nil
}

func measureReport(ctx context.Context, o *Options, size int) (_ *Compilation, err error) {
	dir, err := os.MkdirTemp("", "sothon-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, out := "sqlite:"+filepath.Join(dir, "bench.db"), filepath.Join(dir, "out")
	fmt.Fprintf(o.Progress, "report: %d records\n", size)
	commune, err := record(ctx, o, db, size)
	if err != nil {
		return nil, err
	}
	var errs bytes.Buffer
	command := exec.CommandContext(ctx, o.Program, "report", "compile", "-type", "term", "-from", fmt.Sprint(reportFrom), "-to", fmt.Sprint(reportTo), //nolint:gosec // It is this program.
		"-unit", string(commune), "-db", db, "-out", out, "-timings")
	command.Stderr = &errs
	begun := o.Now()
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, errs.Bytes())
	}
	r := &Compilation{Records: size, Seconds: round(o.Now().Sub(begun).Seconds()), Bytes: map[string]int64{}, RSSMB: round(peakMB(command.ProcessState))}
	if err := json.Unmarshal(errs.Bytes(), &r.Steps); err != nil {
		return nil, fmt.Errorf("%w in %s", err, errs.Bytes())
	}
	files, err := os.ReadDir(out)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			return nil, err
		}
		r.Bytes[f.Name()] = info.Size()
	}
	return r, checkReport(filepath.Join(out, "report.json"), size)
}

// checkReport compares the report with what was recorded: every gift is of one
// portion, and every record a gift.
func checkReport(path string, size int) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var read struct {
		Figures []struct {
			ID      string
			Value   int64
			Records int
		}
	}
	if err := json.Unmarshal(body, &read); err != nil {
		return err
	}
	for _, f := range read.Figures {
		if f.ID == "gifts" && f.Records == size && f.Value == int64(size) {
			return nil
		}
	}
	return fmt.Errorf("the report does not tell of %d gifts", size)
}

// record makes a commune, and writes gifts straight into the ledgers of its
// villages.
func record(ctx context.Context, o *Options, db string, size int) (commune ledger.UnitID, err error) {
	backend, err := o.Open(ctx, db)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	s := store.New(backend, store.Options{Now: o.Now, Random: rand.Reader, Location: time.UTC, ProjectAfter: time.Hour, ProjectWithin: time.Hour})
	units := accounts.New(backend).Units
	add := func(code, name string, level accounts.Level, parent ledger.UnitID) (ledger.UnitID, error) {
		id, err := accounts.NewUnitID(code, "2004-01-01")
		if err == nil {
			_, err = units.Add(ctx, string(id), accounts.Unit{ID: id, Code: code, Name: name, Level: level, Parent: parent, ValidFrom: "2004-01-01"})
		}
		return id, err
	}
	if commune, err = add("21133", "Xã mẫu", accounts.Commune, ""); err != nil {
		return "", err
	}
	for i := range reportVillages {
		unit, err := add(fmt.Sprintf("21133-%02d", i+1), fmt.Sprintf("Thôn mẫu %d", i+1), accounts.Village, commune)
		if err != nil {
			return "", err
		}
		share := size/reportVillages + min(1, max(0, size%reportVillages-i))
		if err := gifts(ctx, s, newVillage(unit, uint64(i)), share); err != nil {
			return "", err
		}
	}
	return commune, s.Close(ctx)
}

// gifts writes count gifts into a village's ledger, in batches.
func gifts(ctx context.Context, s *store.Store, v *village, count int) error {
	days := (reportTo - reportFrom) * 365
	none := func(int) (campaign, error) { return campaign{}, nil }
	book, device := &client.Book{Unit: v.unit}, client.Device{ID: ledger.DeviceID("d_" + string(v.unit)), Epoch: 1}
	for from := 1; from <= count; from += fillBatch {
		for n := from; n < from+fillBatch && n <= count; n++ {
			at := time.Date(reportFrom, 1, 1, 8, 0, 0, 0, time.UTC).AddDate(0, 0, n%days)
			g, err := v.next(at, none)
			if err != nil {
				return err
			}
			e := edit{g.ID, form.KindGift, at, map[string]any{
				"date": at.Format(time.DateOnly), "quantity": 1, "recipientName": g.Recipient, "household": g.Household, "valueVnd": g.Value, "items": g.Items,
				"category": []string{form.CategoryPoor, form.CategoryNearPoor, form.CategorySocial}[n%3],
			}}
			d, err := e.draft()
			if err == nil {
				_, err = book.Write(d)
			}
			if err != nil {
				return err
			}
		}
		batch, err := ledger.ParseBatch(book.Cut(device, uint64(from), client.Limits{MaxOps: fillBatch}).Body)
		if err != nil {
			return err
		}
		answer, err := s.Append(ctx, v.unit, store.Author{User: "u_bench", Role: form.RoleReviewer}, batch)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(answer.Results, func(v ledger.Verdict) bool { return v.Status == ledger.Rejected }); i >= 0 {
			return fmt.Errorf("op %d was refused: %s %s", from+i, answer.Results[i].Code, answer.Results[i].Field)
		}
	}
	return nil
}

// WriteTable writes the result for people.
func (r *Compilations) WriteTable(w io.Writer) error {
	steps := []string{"compile", "docx", "pdf", "xlsx", "json"}
	text := []byte("records\tall, s\tpeak, MB\t")
	for _, step := range steps {
		text = fmt.Appendf(text, "%s, s\t", step)
	}
	text = append(text, '\n')
	for _, one := range r.Reports {
		text = fmt.Appendf(text, "%d\t%.2f\t%.0f\t", one.Records, one.Seconds, one.RSSMB)
		for _, step := range steps {
			text = fmt.Appendf(text, "%.2f\t", one.Steps[step])
		}
		text = append(text, '\n')
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if _, err := columns.Write(text); err != nil {
		return err
	}
	return columns.Flush()
}
