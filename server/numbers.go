package main

import (
	"context"
	"log/slog"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/sync/store"
)

// numberLine is a line of the recovery file that has a number of a report.
type numberLine struct {
	Issued *archive.Number `json:"issued,omitempty"`
}

// numberBackup keeps the numbers of reports in the file.
func (f *recoveryFile) numberBackup() archive.NumberBackup {
	if f == nil {
		return archive.NumberBackup{}
	}
	return archive.NumberBackup{Add: f.noteNumbers, List: f.numbers}
}

// noteNumbers adds the numbers that are not there. They are on the disk when it
// returns.
func (f *recoveryFile) noteNumbers(given ...archive.Number) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, there, err := f.read()
	if err != nil {
		return err
	}
	noted := map[string]bool{}
	for i := range there {
		noted[there[i].String()] = true
	}
	var lines []any
	for i := range given {
		if !noted[given[i].String()] {
			lines = append(lines, numberLine{&given[i]})
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return f.add(lines...)
}

func (f *recoveryFile) numbers() ([]archive.Number, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, list, err := f.read()
	return list, err
}

// reportNumbers brings the file up to the register, and logs the numbers that the
// register lacks.
func (f *recoveryFile) reportNumbers(ctx context.Context, db store.Backend, log *slog.Logger) {
	lost, err := archive.CompareNumbers(ctx, db, f.numberBackup())
	if err != nil && ctx.Err() == nil {
		log.Error("cannot compare the numbers of reports with those that are kept outside of the database", "error", err)
	}
	for i := range lost {
		log.Error("a backup was restored that lacks a number of a report; give it by hand to the report that has it", "number", lost[i].String())
	}
}
