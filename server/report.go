package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/sothon/sothon/api/operations"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// reportMemory is the heap beyond which a command that compiles a report takes
// out its garbage sooner. What the report itself needs may be more, and then is
// taken: this is no bound, but it keeps a commune's term within 256 MB.
const reportMemory = 208 << 20

// errNotSame is returned where a report written again is not what was issued.
var errNotSame = errors.New("written again, it is not the same")

// reportCommands make reports, and check issued ones.
type reportCommands struct{ *program }

// run is the commands "report compile", "report list" and "report verify".
func (p *reportCommands) run(ctx context.Context, args []string) error {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	switch verb {
	case "compile":
		return p.compile(ctx, args)
	case "list":
		return p.list(ctx, args)
	case "verify":
		return p.verify(ctx, args)
	}
	fmt.Fprintln(p.stderr, `sothon: want "report compile", "report list" or "report verify"`)
	return errUsage
}

// withOffice opens the database, and an office that sends nothing.
func (p *reportCommands) withOffice(ctx context.Context, c *config, do func(*jobs.Office, store.Backend) error) error {
	at, err := vietnam()
	if err != nil {
		return err
	}
	db, err := c.openExisting(ctx)
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	w := wiring{now: p.now, at: at, log: log, maxRecords: 1000, recovery: c.recoveryFile()}
	photos := w.files(db)
	s := w.store(db, photos, operations.NewMetrics())
	office, err := w.office(s, photos, c)
	if err == nil {
		err = do(office, db)
	}
	return errors.Join(err, s.Close(ctx), db.Close())
}

// compile compiles a report, keeps it as a draft, and writes it as files.
func (p *reportCommands) compile(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("report compile", flag.ContinueOnError)
	c, o := &config{}, archive.Request{By: entry.Actor{Name: "report compile"}}
	c.flagDB(f)
	f.StringVar((*string)(&o.Unit), "unit", "", "the unit whose report it is")
	f.StringVar((*string)(&o.Period.Type), "type", "term", "firstHalf, secondHalf, annual or term")
	f.StringVar((*string)(&o.Template), "template", "ubnd", "ubnd or mttq")
	from := f.Int("from", 0, "the first year of a term")
	to := f.Int("to", 0, "the last year of a term; of the others, their year")
	asOf := f.String("as-of", "", "the day as of which it is made, as 2024-04-11 (default the unit's own rule)")
	f.StringVar(&o.AddendumOf, "addendum", "", "the issued report to which it tells what has changed; it says the unit, the template and the period too")
	f.StringVar(&o.Replaces, "replaces", "", "the withdrawn report that it replaces, whose unit and period it takes")
	timings := f.Bool("timings", false, "print to stderr, as JSON, the seconds that each step took")
	out := f.String("out", "", "folder for report.docx, report.pdf, report.xlsx and report.json")
	if err := p.parse(f, args); err != nil {
		return err
	}
	_, limited := p.env("GOMEMLIMIT")
	if _, tuned := p.env("GOGC"); !limited && !tuned {
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(reportMemory)
	}
	return p.withOffice(ctx, c, func(office *jobs.Office, _ store.Backend) error {
		if o.AddendumOf == "" && o.Replaces == "" { // else it is about what that report is about
			var err error
			if o.Period, err = p.period(ctx, office, &o, *from, *to); err != nil {
				return err
			}
		}
		if *asOf != "" {
			o.Period.AsOf = calendar.Day(*asOf)
		}
		watch := stopwatch{now: p.now, last: p.now(), Seconds: map[string]float64{}}
		compiled, id, err := p.draft(ctx, office, o)
		if err != nil {
			return fmt.Errorf("compile the report: %w", err)
		}
		watch.lap("compile")
		if *out != "" {
			if err := writeFiles(*out, compiled, watch.lap); err != nil {
				return err
			}
		}
		if *timings {
			if err := json.NewEncoder(p.stderr).Encode(watch.Seconds); err != nil {
				return err
			}
		}
		_, err = fmt.Fprintln(p.stdout, id)
		return err
	})
}

// stopwatch measures steps that follow on each other.
type stopwatch struct {
	now     func() time.Time
	last    time.Time
	Seconds map[string]float64
}

func (w *stopwatch) lap(step string) {
	now := w.now()
	w.Seconds[step] = now.Sub(w.last).Seconds()
	w.last = now
}

// period is what the flags mean under the unit's rule.
func (p *reportCommands) period(ctx context.Context, office *jobs.Office, o *archive.Request, from, to int) (calendar.Period, error) {
	set, err := office.Archive.Letterheads.Get(ctx, o.Unit, o.Template)
	if errors.Is(err, store.ErrNotFound) {
		return calendar.Period{}, fmt.Errorf("-unit: there is no unit %q", o.Unit)
	}
	if err != nil {
		return calendar.Period{}, err
	}
	if from == 0 {
		from = to
	}
	if to == 0 {
		to = from
	}
	if from < 1 || to < from {
		return calendar.Period{}, errors.New("-from, -to: want years, as -from 2019 -to 2024")
	}
	at, err := vietnam()
	if err != nil {
		return calendar.Period{}, err
	}
	period, ok := set.Value.Period(o.Period.Type, from, to)
	if !ok {
		return period, fmt.Errorf("-type: want firstHalf, secondHalf, annual or term, not %q", o.Period.Type)
	}
	period.AsOf = min(period.AsOf, calendar.DayOf(p.now().In(at)))
	return period, nil
}

// draft keeps a draft, or where the period has an issued report only shows
// what it would come to now.
func (p *reportCommands) draft(ctx context.Context, office *jobs.Office, o archive.Request) (*report.Compiled, string, error) {
	r, err := office.Archive.Drafts.Compile(ctx, o)
	if errors.Is(err, archive.ErrIssued) {
		fmt.Fprintln(p.stderr, "sothon: the period has an issued report, which stays as it is; this one is not kept (-addendum tells what has changed)")
		compiled, err := office.Archive.Drafts.Preview(ctx, o)
		if err != nil {
			return nil, "", err
		}
		return compiled, compiled.ID, nil
	}
	if err != nil {
		return nil, "", err
	}
	compiled, err := office.Archive.Compiled(ctx, &r.Value)
	return compiled, r.ID, err
}

// writeFiles writes a report in every format into a folder, which is made.
// written is called for each.
func writeFiles(dir string, compiled *report.Compiled, written func(format string)) (err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("-out: %w", err)
	}
	for _, format := range archive.Formats {
		if err := writeFile(filepath.Join(dir, "report."+string(format)), func(w io.Writer) error { return archive.Render(w, compiled, format) }); err != nil {
			return fmt.Errorf("-out: %w", err)
		}
		written(string(format))
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}

// list prints a line for each report: id, state, number and symbol, and
// the day of its issue.
func (p *reportCommands) list(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("report list", flag.ContinueOnError)
	c := &config{}
	c.flagDB(f)
	unit := f.String("unit", "", "only this unit's")
	if err := p.parse(f, args); err != nil {
		return err
	}
	return p.withOffice(ctx, c, func(office *jobs.Office, db store.Backend) error {
		units := []ledger.UnitID{ledger.UnitID(*unit)}
		if *unit == "" {
			all, err := accounts.New(db).Units.All(ctx)
			if err != nil {
				return err
			}
			units = nil
			for _, u := range all {
				units = append(units, u.Value.ID)
			}
		}
		list, err := office.Archive.List(ctx, units)
		for i := range list {
			r := &list[i].Value
			fmt.Fprintf(p.stdout, "%s %s", r.ID, r.State)
			if r.Approval != nil {
				fmt.Fprintf(p.stdout, " %02d/%s %s", r.Approval.Issue.Number, r.Approval.Issue.Symbol, r.Approval.Issue.Date)
			}
			fmt.Fprintln(p.stdout)
		}
		return err
	})
}

// verify checks the stored files of an issued report and the ledgers that it
// cites. Where this build writes reports as the one that issued it did, it also
// writes each file again, and compares.
func (p *reportCommands) verify(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("report verify", flag.ContinueOnError)
	c := &config{}
	c.flagDB(f)
	id, err := p.parseAbout(f, args)
	if err != nil {
		return err
	}
	if id == "" {
		fmt.Fprintln(p.stderr, "sothon: report verify wants the id of a report")
		return errUsage
	}
	return p.withOffice(ctx, c, func(office *jobs.Office, _ store.Backend) error {
		r, err := office.Archive.Get(ctx, id)
		if err != nil {
			return fmt.Errorf("report %s: %w", id, err)
		}
		v, err := office.Archive.Verify(ctx, &r.Value)
		if err != nil {
			return fmt.Errorf("report %s: %w", id, err)
		}
		for _, d := range v.Differ {
			fmt.Fprintf(p.stdout, "%s %s DIFFERS: issued %s, written again %s\n", id, d.Format, d.Stored, d.Written)
		}
		if !v.Same() {
			return fmt.Errorf("report %s: %w", id, errNotSame)
		}
		_, err = fmt.Fprintf(p.stdout, "%s ok %s\n%s\n", id, r.Value.Content.SHA256, checkedOf(v))
		return err
	})
}

// checkedOf says what a verification that found nothing wrong has checked.
func checkedOf(v archive.Verification) string {
	said := fmt.Sprintf("checked: %d stored files have their hashes, and the ledgers have what the report cites", v.Files)
	switch {
	case v.Rewritten:
		return said + "; written again, every byte is the same"
	case v.Changed > 0:
		said += fmt.Sprintf("; counted again, %d of %d figures come to something else, as this build counts", v.Changed, v.Figures)
	default:
		said += fmt.Sprintf("; counted again, all %d figures are the same", v.Figures)
	}
	return said + fmt.Sprintf("; not written again: version %d wrote its files, and this build is version %d. The stored files are what was issued", v.Writer, archive.Writer)
}
