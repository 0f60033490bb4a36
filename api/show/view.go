// Package show turns merged records into what the contract calls a Record, and
// its parts.
package show

import (
	"encoding/json"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Record shows a merged record as the contract has it.
func Record(unit ledger.UnitID, r *ledger.Record) contract.Record {
	view := contract.Record{
		ID: contract.RecordID(r.ID), Unit: unit, Kind: r.Kind, Seq: r.Seq, UpdatedAt: r.Updated.Time(), Created: authorOf(r.Created),
		State: store.StateOf(r), Late: r.Late, Fields: make(map[string]contract.FieldValue, len(r.Writes)),
	}
	if review := r.Review(); review.By != nil {
		view.Note, view.Stale = review.Note, review.Stale
		view.Review = Review(&review)
	}
	view.Comments = Comments(r)
	view.Closed = r.Bool(ledger.Closed)
	if ref, ok := r.DuplicateOf(); ok {
		view.DuplicateOf = contract.FieldValue(ref.Value())
	}
	for _, field := range r.Fields() {
		conflict := r.InConflict(field)
		if conflict {
			view.Conflicts = append(view.Conflicts, Conflict(r, field))
		}
		if Reserved(field) {
			continue
		}
		switch v, ok := r.Current(field); {
		case v.Erased():
			view.Erased = append(view.Erased, field)
		case ok:
			view.Fields[field] = contract.FieldValue(v.WithoutErased())
		}
	}
	return view
}

// Review is what staff last said of a record.
func Review(review *ledger.ReviewState) contract.RecordReview {
	state := review.State
	if state == "" {
		state = ledger.Pending
	}
	return contract.RecordReview{
		State: contract.RecordReviewState(state), Note: review.Note, By: review.By.User, At: review.By.At.Time(),
		Dot: review.By.Dot.String(), Erased: review.Erased,
	}
}

// maxComments bounds the comments that are shown beside a record. Its history
// has them all.
const maxComments = 20

// Comments are the newest comments, the oldest of them first.
func Comments(r *ledger.Record) []contract.Comment {
	writes := r.Register(ledger.Comments)
	writes = writes[max(0, len(writes)-maxComments):]
	var views []contract.Comment
	for _, w := range writes {
		text, _ := w.Value.Text()
		views = append(views, contract.Comment{Dot: w.Dot.String(), By: w.User, At: w.At.Time(), Text: text, Erased: w.Value.Erased()})
	}
	return views
}

// Reserved tells the registers that are not fields of a form.
func Reserved(field string) bool { return strings.HasPrefix(field, "_") }

func authorOf(s *ledger.Stamp) contract.Author {
	return contract.Author{At: s.At.Time(), User: s.User, Role: s.Role, Device: s.Device}
}

// Conflict shows the siblings of one register side by side.
func Conflict(r *ledger.Record, field string) contract.FieldConflict {
	view := contract.FieldConflict{Field: field, Label: labelOf(r.Kind, field)}
	shown, _ := r.Shown(field)
	for _, w := range r.Register(field) {
		sibling := contract.Sibling{
			Dot: w.Dot.String(), Origin: w.Origin().String(), User: w.User, Role: w.Role, Device: w.Device, At: w.At.Time(),
			Shown: w.Dot == shown.Dot, Resolution: w.Action == ledger.ActionResolve, Erased: w.Value.Erased(),
		}
		if !sibling.Erased {
			sibling.Value = contract.FieldValue(w.Value.WithoutErased())
		}
		view.Siblings = append(view.Siblings, sibling)
	}
	return view
}

func labelOf(kind ledger.Kind, field string) string {
	switch {
	case field == ledger.Lifecycle:
		return "Tình trạng bản ghi"
	case field == ledger.Review:
		return "Duyệt, trả lại"
	case field == ledger.Closed:
		return "Kỳ đã chốt"
	case field == ledger.Link, strings.HasPrefix(field, ledger.Distinct):
		return "Trùng với bản ghi khác"
	}
	if f, ok := form.Of(kind); ok {
		return f.LabelOf(field)
	}
	return ""
}

// Summary shows a row of the lists; refs are what its record names.
func Summary(row *store.Row, r *ledger.Record, refs map[string]contract.Reference) contract.RecordSummary {
	view := contract.RecordSummary{
		ID: contract.RecordID(r.ID), Unit: row.Unit, Kind: r.Kind, Seq: r.Seq, UpdatedAt: r.Updated.Time(), Created: authorOf(r.Created),
		State: row.State, Conflict: row.Conflict, Date: row.Date, Late: r.Late, Stale: r.Review().Stale,
		Title: Title(row.Unit, r, refs), Fields: cells(r), AmountVnd: row.Amount,
	}
	if photos, ok := r.Current("photos"); ok {
		view.Photos = photos != "[]"
	}
	if f, ok := form.Of(r.Kind); ok && f.NameField != "" {
		view.Name = r.Text(f.NameField)
	}
	return view
}

// History tells a record's ops, and which of their writes still stand.
func History(r *ledger.Record, events []store.Event) []contract.HistoryEntry {
	list := make([]contract.HistoryEntry, 0, len(events))
	for i := range events {
		e := &events[i]
		entry := contract.HistoryEntry{
			Dot: e.Dot.String(), Seq: e.Dot.Seq, ReceivedAt: e.Received.Time(), At: min(e.Op.At, e.Received).Time(),
			User: e.User, Role: e.Role, Device: e.Device, Action: e.Op.Action, Status: e.Verdict.Status, Note: ledger.NoteText(e.Op.Note),
			Changes: []contract.HistoryChange{},
		}
		for _, a := range writesOf(&e.Op) {
			change := contract.HistoryChange{Field: a.Field, Erased: a.Value.Erased()}
			if !change.Erased {
				change.Value = json.RawMessage(a.Value.WithoutErased())
			}
			for _, w := range r.Register(a.Field) {
				change.Standing = change.Standing || w.Dot == e.Dot
			}
			entry.Changes = append(entry.Changes, change)
		}
		list = append(list, entry)
	}
	return list
}

// writesOf lists what an op wrote, as a person would say it.
func writesOf(op *ledger.Op) []ledger.Assignment {
	switch op.Action {
	case ledger.ActionEdit:
		return op.Set
	case ledger.ActionRemove:
		return []ledger.Assignment{{Field: ledger.Lifecycle, Value: `"removed"`}}
	case ledger.ActionRestore:
		return []ledger.Assignment{{Field: ledger.Lifecycle, Value: `"live"`}}
	case ledger.ActionResolve:
		return []ledger.Assignment{{Field: op.Field, Value: op.Value}}
	case ledger.ActionReview:
		return []ledger.Assignment{{Field: ledger.Review, Value: ledger.Text(op.State)}}
	case ledger.ActionComment:
		return []ledger.Assignment{{Field: ledger.Comments, Value: op.Comment}}
	case ledger.ActionLink:
		return []ledger.Assignment{{Field: ledger.Link, Value: op.DuplicateOf.Value()}}
	case ledger.ActionUnlink:
		if op.DuplicateOf.Record.IsZero() {
			return []ledger.Assignment{{Field: ledger.Link, Value: ledger.Null}}
		}
		return []ledger.Assignment{{Field: ledger.Distinct + op.DuplicateOf.Record.String(), Value: ledger.Bool(true)}}
	case ledger.ActionErase:
		var list []ledger.Assignment
		for _, field := range op.Fields {
			list = append(list, ledger.Assignment{Field: field, Value: ledger.Null})
		}
		return list
	case ledger.ActionClose, ledger.ActionReopen:
		return []ledger.Assignment{{Field: ledger.Closed, Value: ledger.Bool(op.Action == ledger.ActionClose)}}
	}
	return nil
}
