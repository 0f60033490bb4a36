package store

import (
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// maxRecord bounds what one record may hold. Nobody's work comes near it: it
// keeps one person from making a record that no database stores, no phone pulls
// and no desk opens: a page of a list may hold 200 of them. What goes beyond is rejected with [form.FaultRecordFull],
// which is a final verdict like any other.
var maxRecord = ledger.Weight{
	Siblings: 64, Comments: 200, Writes: 1024, Removals: 64, Commits: 5000, Bytes: 384 << 10,
}

// maxPace bounds how often one person may change one record within a day. What
// goes beyond is rejected with [form.FaultRecordPace]: so the history of a
// record, which it keeps forever, grows no faster than people work.
const maxPace = 200

// staffFactor leaves staff room to settle, return and remove what a collector
// has filled.
const staffFactor = 2

// refusePace refuses what somebody writes to a record too often within a day. An
// erasure is ordered by law and always taken.
func refusePace(author Author, before *ledger.Record, op *ledger.Op, at ledger.Millis) ledger.Fault {
	factor := staffFactor
	if author.Role == form.RoleCollector {
		factor = 1
	}
	if before == nil || op.Action == ledger.ActionErase || before.Pace(author.User, at) < factor*maxPace {
		return ledger.Fault{}
	}
	return ledger.Fault{Code: form.FaultRecordPace, Field: "record"}
}

// refuseFull refuses an op that makes a record heavier than it may be. What
// makes it no heavier in that respect is taken, so that a full record can still
// be settled; an erasure is ordered by law and always taken.
func refuseFull(role ledger.Role, before, after *ledger.Record, op *ledger.Op) ledger.Fault {
	if op.Action == ledger.ActionErase {
		return ledger.Fault{}
	}
	factor := staffFactor
	if role == form.RoleCollector {
		factor = 1
	}
	var was ledger.Weight
	if before != nil {
		was = before.Weight()
	}
	is := after.Weight()
	for _, c := range []struct{ was, is, most int }{
		{was.Siblings, is.Siblings, maxRecord.Siblings},
		{was.Comments, is.Comments, maxRecord.Comments},
		{was.Writes, is.Writes, maxRecord.Writes},
		{was.Removals, is.Removals, maxRecord.Removals},
		{was.Commits, is.Commits, maxRecord.Commits},
		{was.Bytes, is.Bytes, maxRecord.Bytes},
	} {
		if c.is > c.was && c.is > factor*c.most {
			return ledger.Fault{Code: form.FaultRecordFull, Field: "record"}
		}
	}
	return ledger.Fault{}
}
