package jobs

import (
	"context"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/ledger"
)

// Register is the register of citizens received (Mẫu số 03/TCD) of a unit and
// of what lies in it, as the ledgers are now. It is full of personal data.
func (f *Office) Register(ctx context.Context, unit ledger.UnitID, from, to calendar.Day) (*paper.Workbook, error) {
	if !from.Valid() || !to.Valid() || to < from {
		return nil, &Invalid{"to", "Ngày đầu và ngày cuối không đúng."}
	}
	members, err := f.fold(ctx, unit)
	if err != nil {
		return nil, err
	}
	return report.Register(members, string(from), string(to)), nil
}
