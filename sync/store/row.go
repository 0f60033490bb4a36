package store

import (
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func newRow(unit ledger.UnitID, r *ledger.Record) Row {
	return Row{
		Unit: unit, ID: r.ID, Kind: r.Kind, Seq: r.Seq, State: StateOf(r), Conflict: len(r.Conflicts()) > 0, Waiting: r.Waiting,
		Date: form.Day(r), Name: form.SortName(r), Updated: r.Updated, Words: form.Words(r), Keys: liveKeys(r),
		Facets: FacetsOf(unit, r), Amount: amountOf(r), Quantity: quantityOf(r),
		Files: form.Files(r), Body: r.AppendJSON(nil),
	}
}

// StateOf is the state of a record for reviewers.
func StateOf(r *ledger.Record) State {
	if r.Removed() {
		return Removed
	}
	if _, linked := r.DuplicateOf(); linked {
		return Duplicate
	}
	switch r.Review().State {
	case ledger.Approved:
		return Approved
	case ledger.Returned:
		return Returned
	}
	return Pending
}
