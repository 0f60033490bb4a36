package show

import (
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Mask takes the sensitive values out of a record, and names their fields.
func Mask(view *contract.Record) {
	for field := range view.Fields {
		if form.Sensitive(view.Kind, field) {
			delete(view.Fields, field)
			view.Masked = append(view.Masked, field)
		}
	}
	slices.Sort(view.Masked)
	for i := range view.Conflicts {
		c := &view.Conflicts[i]
		if Reserved(c.Field) || !form.Sensitive(view.Kind, c.Field) {
			continue
		}
		for j := range c.Siblings {
			if s := &c.Siblings[j]; s.Value != nil {
				s.Value, s.Masked = nil, true
			}
		}
	}
}

// MaskHistory takes the sensitive values out of a record's history.
func MaskHistory(kind ledger.Kind, history []contract.HistoryEntry) {
	for i := range history {
		for j := range history[i].Changes {
			c := &history[i].Changes[j]
			if c.Value != nil && !Reserved(c.Field) && form.Sensitive(kind, c.Field) {
				c.Value, c.Masked = nil, true
			}
		}
	}
}
