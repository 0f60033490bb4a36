package jobs

import (
	"context"
	"fmt"
	"io"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
)

// Register writes the register of citizens received (Mẫu số 03/TCD) of a unit
// and of what lies in it, as the ledgers are now. It is full of personal data.
func (f *Office) Register(ctx context.Context, w io.Writer, unit ledger.UnitID, from, to calendar.Day) error {
	if !from.Valid() || !to.Valid() || to < from {
		return &Invalid{"to", "Ngày đầu và ngày cuối không đúng."}
	}
	rise, err := f.sit(ctx)
	if err != nil {
		return err
	}
	defer rise()
	members, err := f.fold(ctx, unit)
	if err != nil {
		return err
	}
	if err := paper.WriteXLSX(w, report.Register(members, string(from), string(to))); err != nil {
		return fmt.Errorf("write the register of %s: %w", unit, err)
	}
	return nil
}
