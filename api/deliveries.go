package api

import (
	"context"
	"strings"

	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/store"
)

// DeliverReport implements the operation deliverReport.
func (s *Server) DeliverReport(ctx context.Context, request DeliverReportRequestObject) (DeliverReportResponseObject, error) {
	c := callerOf(ctx)
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	list, err := s.Office.Deliver(ctx, request.Report, c.actor())
	return DeliverReport200JSONResponse{Deliveries: deliveryViews(c, list)}, err
}

// ListReportDeliveries implements the operation listReportDeliveries.
func (s *Server) ListReportDeliveries(ctx context.Context, request ListReportDeliveriesRequestObject) (ListReportDeliveriesResponseObject, error) {
	if _, err := s.report(ctx, request.Report); err != nil {
		return nil, err
	}
	list, err := s.Office.Outbox.Of(ctx, request.Report)
	return ListReportDeliveries200JSONResponse{Deliveries: deliveryViews(callerOf(ctx), list)}, err
}

// ListDeliveries implements the operation listDeliveries.
func (s *Server) ListDeliveries(ctx context.Context, request ListDeliveriesRequestObject) (ListDeliveriesResponseObject, error) {
	c, p := callerOf(ctx), request.Params
	units, err := c.within(p.Unit)
	if err != nil {
		return nil, err
	}
	list, err := s.Office.Outbox.OfUnits(ctx, units, p.State)
	if err != nil {
		return nil, err
	}
	when := func(d *store.Stored[outbox.Delivery]) moment { return moment{d.Value.Ordered, d.ID} }
	page, next, err := latest(list, p.Limit, p.Cursor, when, anything)
	return ListDeliveries200JSONResponse{Items: deliveryViews(c, page), Next: next}, err
}

// ResendDelivery implements the operation resendDelivery.
func (s *Server) ResendDelivery(ctx context.Context, request ResendDeliveryRequestObject) (ResendDeliveryResponseObject, error) {
	c := callerOf(ctx)
	// A delivery's id is its report's, and after the last dot the recipient's own.
	of := request.Delivery[:max(0, strings.LastIndexByte(request.Delivery, '.'))]
	if _, err := s.report(ctx, of); err != nil {
		return nil, err
	}
	d, err := s.Office.Outbox.Resend(ctx, request.Delivery)
	return ResendDelivery200JSONResponse(deliveryView(c, &d)), err
}

func deliveryViews(c *caller, list []store.Stored[outbox.Delivery]) []Delivery {
	views := []Delivery{}
	for i := range list {
		views = append(views, deliveryView(c, &list[i]))
	}
	return views
}

// deliveryView shows a delivery. What the server saw of the other side, and of
// itself, is for those who can do something about it.
func deliveryView(c *caller, d *store.Stored[outbox.Delivery]) Delivery {
	v := &d.Value
	view := Delivery{
		ID: d.ID, Report: v.Report, Unit: v.Unit, Recipient: v.Recipient, Name: v.To.Name, To: v.To.To, Channel: v.To.Channel,
		Address: v.To.Address, State: v.State, OrderedAt: v.Ordered.Time(), By: actorView(v.By), Attempts: []DeliveryAttempt{},
	}
	if v.State == outbox.Queued {
		view.NextAt = v.Next.Time()
	}
	for i := range v.Attempts {
		a := &v.Attempts[i]
		attempt := DeliveryAttempt{At: a.At.Time(), Outcome: a.Outcome, Answer: a.Answer, Repeat: a.Repeat}
		if a.Ended != 0 {
			attempt.EndedAt = a.Ended.Time()
		}
		if c.user.Role == form.RoleAdmin {
			attempt.Server, attempt.Error = a.Server, a.Error
		}
		view.Attempts = append(view.Attempts, attempt)
	}
	if v.Arrived != nil {
		view.Arrived = Arrival{At: v.Arrived.At.Time(), Via: v.Arrived.Via}
	}
	return view
}
