package report

import "github.com/sothon/sothon/sync/ledger"

// Record returns a record as it was counted: at the heads that the report
// cites.
func (c *Compiled) Record(ref ledger.Ref) (*ledger.Record, bool) {
	r, ok := c.tally.records[ref]
	return r, ok
}
