package desk

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// rejections are the ops that were refused.
type rejections struct {
	lists *lists
	index *store.Rejections
}

// ListRejections implements the operation listRejections. It is the
// reviewers', who may see every record of their units, denunciations too: so
// what was to become one hides nothing from them.
func (s *rejections) ListRejections(ctx context.Context, request contract.ListRejectionsRequestObject) (contract.ListRejectionsResponseObject, error) {
	caller, p := gate.CallerOf(ctx), request.Params
	units, err := caller.Within(p.Unit)
	if err != nil {
		return nil, err
	}
	var all []store.Rejection
	for _, unit := range units {
		list, err := s.index.Of(ctx, unit)
		if err != nil {
			return nil, err
		}
		if p.Open {
			list = slices.DeleteFunc(list, func(r store.Rejection) bool { return r.Corrected })
		}
		all = append(all, list...)
	}
	moment := func(r *store.Rejection) paging.Moment { return paging.Moment{At: r.Received, ID: r.ID} }
	page, next, err := paging.Latest(all, p.Limit, p.Cursor, moment, paging.All)
	if err != nil {
		return nil, err
	}
	events, err := s.index.Read(ctx, page)
	if err != nil {
		return nil, err
	}
	if len(events) < len(page) {
		page = page[:len(events)]
		next = paging.Encode(moment(&page[len(page)-1]))
	}
	answer := contract.ListRejections200JSONResponse{Items: []contract.Rejection{}, Next: next}
	var shown []store.Row
	for i := range page {
		answer.Items = append(answer.Items, rejectionView(&page[i], &events[i]))
		if record := events[i].Op.Record; !record.IsZero() {
			shown = append(shown, store.Row{Unit: page[i].Unit, ID: record})
		}
	}
	return answer, s.lists.logRows(ctx, "listRejections", reading{sensitive: true}, shown)
}

// Bounds of what is shown of an op that may say anything.
const (
	maxRejectedValues = 256
	maxRejectedText   = 64
)

func rejectionView(r *store.Rejection, e *store.Event) contract.Rejection {
	op, v := &e.Op, &e.Verdict
	view := contract.Rejection{
		Unit: r.Unit, Dot: r.Dot().String(), ReceivedAt: e.Received.Time(), User: e.User, Role: e.Role, Device: e.Device,
		Record: contract.RecordID(op.Record), Kind: short(string(op.Kind)), Action: short(string(op.Action)),
		Code: v.Code, Field: short(v.Field), Message: form.Message(ledger.Fault{Code: v.Code, Field: v.Field}, op.Kind),
		Mended: r.Corrected, Values: []contract.RejectedValue{},
	}
	if op.At > 0 {
		view.At = min(op.At, e.Received).Time()
	}
	add := func(field string, value ledger.Value) {
		if len(view.Values) < maxRejectedValues && len(field) <= maxRejectedText && value != "" && !value.Erased() {
			view.Values = append(view.Values, contract.RejectedValue{Field: field, Value: json.RawMessage(value)})
		}
	}
	for _, a := range op.Set {
		add(a.Field, a.Value)
	}
	if op.Action == ledger.ActionResolve {
		add(op.Field, op.Value)
	}
	if text, ok := op.Text.Get("text"); ok && op.Action == ledger.ActionComment {
		add(ledger.Comments, text)
	}
	return view
}

// short leaves out a name that is longer than any that the contract knows.
func short(text string) string {
	if len(text) > maxRejectedText {
		return ""
	}
	return text
}

// open counts the rejected ops of a unit that are not corrected, for those who
// may list them.
func (s *rejections) open(ctx context.Context, unit ledger.UnitID) (int, error) {
	if gate.CallerOf(ctx).User.Role != form.RoleReviewer {
		return 0, nil
	}
	list, err := s.index.Of(ctx, unit)
	n := 0
	for i := range list {
		if !list[i].Corrected {
			n++
		}
	}
	return n, err
}
