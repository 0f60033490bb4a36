package show

import (
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
)

// Suspects shows the records that seem to tell the same thing as another.
func Suspects(list []store.Suspect) []contract.Suspect {
	views := make([]contract.Suspect, len(list))
	for i, s := range list {
		views[i] = contract.Suspect{Of: contract.RecordID(s.Of), Score: s.Score, Reasons: Reasons(s.Match)}
	}
	return views
}

// Reasons tells why two records are alike.
func Reasons(match form.Match) []contract.DuplicateReason {
	reasons := make([]contract.DuplicateReason, len(match.Reasons))
	for i, code := range match.Reasons {
		reasons[i] = contract.DuplicateReason{Code: code, Label: form.ReasonLabel(code)}
	}
	return reasons
}
