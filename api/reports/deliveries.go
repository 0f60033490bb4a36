package reports

import (
	"context"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/paging"
	"github.com/sothon/sothon/api/show"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
)

// deliveries are the ways of reports to their recipients.
type deliveries struct {
	finder  *finder
	outbox  *outbox.Outbox
	deliver func(ctx context.Context, report string, by entry.Actor) ([]store.Stored[outbox.Delivery], error)
}

// DeliverReport implements the operation deliverReport.
func (s *deliveries) DeliverReport(ctx context.Context, request contract.DeliverReportRequestObject) (contract.DeliverReportResponseObject, error) {
	c := gate.CallerOf(ctx)
	if _, err := s.finder.find(ctx, request.Report); err != nil {
		return nil, err
	}
	list, err := s.deliver(ctx, request.Report, c.Actor())
	return contract.DeliverReport200JSONResponse{Deliveries: deliveryViews(c, list)}, err
}

// ListReportDeliveries implements the operation listReportDeliveries.
func (s *deliveries) ListReportDeliveries(ctx context.Context, request contract.ListReportDeliveriesRequestObject) (contract.ListReportDeliveriesResponseObject, error) {
	if _, err := s.finder.find(ctx, request.Report); err != nil {
		return nil, err
	}
	list, err := s.outbox.Of(ctx, request.Report)
	return contract.ListReportDeliveries200JSONResponse{Deliveries: deliveryViews(gate.CallerOf(ctx), list)}, err
}

// ListDeliveries implements the operation listDeliveries.
func (s *deliveries) ListDeliveries(ctx context.Context, request contract.ListDeliveriesRequestObject) (contract.ListDeliveriesResponseObject, error) {
	c, p := gate.CallerOf(ctx), request.Params
	units, err := c.Within(p.Unit)
	if err != nil {
		return nil, err
	}
	list, err := s.outbox.OfUnits(ctx, units, p.State)
	if err != nil {
		return nil, err
	}
	when := func(d *store.Stored[outbox.Delivery]) paging.Moment {
		return paging.Moment{At: d.Value.Queued, ID: d.ID}
	}
	page, next, err := paging.Latest(list, p.Limit, p.Cursor, when, paging.All)
	return contract.ListDeliveries200JSONResponse{Items: deliveryViews(c, page), Next: next}, err
}

// ResendDelivery implements the operation resendDelivery.
func (s *deliveries) ResendDelivery(ctx context.Context, request contract.ResendDeliveryRequestObject) (contract.ResendDeliveryResponseObject, error) {
	c := gate.CallerOf(ctx)
	// A delivery's id is its report's, and after the last dot the recipient's own.
	of := request.Delivery[:max(0, strings.LastIndexByte(request.Delivery, '.'))]
	r, err := s.finder.find(ctx, of)
	if err != nil {
		return nil, err
	}
	if !r.Value.State.Issued() { // withdrawn since
		return nil, archive.ErrState
	}
	d, err := s.outbox.Resend(ctx, request.Delivery)
	return contract.ResendDelivery200JSONResponse(deliveryView(c, &d)), err
}

// ConfirmReceipt implements the operation confirmReceipt.
func (s *deliveries) ConfirmReceipt(ctx context.Context, request contract.ConfirmReceiptRequestObject) (contract.ConfirmReceiptResponseObject, error) {
	c := gate.CallerOf(ctx)
	r, err := s.finder.find(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	if r.Value.State == archive.Withdrawn {
		return nil, archive.ErrState
	}
	list, err := s.finder.deliveredTo(ctx, c, r.ID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i], err = s.outbox.Confirm(ctx, list[i], c.Actor()); err != nil {
			return nil, err
		}
	}
	return contract.ConfirmReceipt200JSONResponse(arrived(list)), nil
}

func deliveryViews(c *gate.Caller, list []store.Stored[outbox.Delivery]) []contract.Delivery {
	views := []contract.Delivery{}
	for i := range list {
		views = append(views, deliveryView(c, &list[i]))
	}
	return views
}

// deliveryView shows a delivery. What the server saw of the other side, and of
// itself, is for the people who can do something about it.
func deliveryView(c *gate.Caller, d *store.Stored[outbox.Delivery]) contract.Delivery {
	v := &d.Value
	view := contract.Delivery{
		ID: d.ID, Report: v.Report, Unit: v.Unit, Recipient: v.Recipient, Name: v.To.Name, To: v.To.To, Channel: v.To.Channel,
		Address: v.To.Address, State: v.State, OrderedAt: v.Queued.Time(), By: show.Actor(v.By), Attempts: []contract.DeliveryAttempt{},
	}
	if v.State == outbox.Queued {
		view.NextAt = v.Next.Time()
	}
	for i := range v.Attempts {
		a := &v.Attempts[i]
		attempt := contract.DeliveryAttempt{At: a.At.Time(), Outcome: a.Outcome, Answer: a.Answer, Repeat: a.Repeat}
		if a.Ended != 0 {
			attempt.EndedAt = a.Ended.Time()
		}
		switch c.User.Role {
		case form.RoleAdmin:
			attempt.Server, attempt.Error = a.Server, a.Error
		case form.RoleApprover:
			attempt.Error = a.Error
		default:
		}
		view.Attempts = append(view.Attempts, attempt)
	}
	view.Arrived = arrivalView(v.Arrived)
	return view
}

func arrivalView(a *outbox.Acknowledgement) contract.Arrival {
	if a == nil {
		return contract.Arrival{}
	}
	return contract.Arrival{At: a.At.Time(), Via: a.Via, By: show.Actor(a.By)}
}
