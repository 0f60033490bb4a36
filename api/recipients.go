package api

import (
	"context"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// ListRecipients implements the operation listRecipients.
func (s *Server) ListRecipients(ctx context.Context, request ListRecipientsRequestObject) (ListRecipientsResponseObject, error) {
	if !callerOf(ctx).reaches(request.Unit) {
		return nil, errNotFound
	}
	list, err := s.Office.Outbox.Recipients.Of(ctx, request.Unit)
	answer := ListRecipients200JSONResponse{Recipients: []Recipient{}}
	for i := range list {
		answer.Recipients = append(answer.Recipients, recipientView(&list[i]))
	}
	return answer, err
}

// CreateRecipient implements the operation createRecipient. Its answer alone
// tells the secret.
func (s *Server) CreateRecipient(ctx context.Context, request CreateRecipientRequestObject) (CreateRecipientResponseObject, error) {
	in := request.Body
	if !callerOf(ctx).reaches(request.Unit) {
		return nil, errNotFound
	}
	if err := s.checkReceiver(ctx, in.To); err != nil {
		return nil, err
	}
	r, err := s.Office.Outbox.Recipients.Add(ctx, outbox.Recipient{
		Unit: request.Unit, To: in.To, Name: in.Name, Channel: in.Channel, Address: in.Address,
		ValidFrom: calendar.Day(in.ValidFrom), ValidTo: calendar.Day(in.ValidTo),
	})
	view := recipientView(&r)
	view.Secret = r.Value.Secret
	return CreateRecipient201JSONResponse(view), err
}

// checkReceiver holds the unit that a recipient stands for to those that there
// are. It may lie outside of the caller's reach: reports go up.
func (s *Server) checkReceiver(ctx context.Context, unit ledger.UnitID) error {
	units, err := s.callers.units(ctx)
	if err != nil {
		return err
	}
	if _, exists := units.units[unit]; unit != "" && !exists {
		return invalid("to", "Không có đơn vị này.")
	}
	return nil
}

// UpdateRecipient implements the operation updateRecipient. Its answer tells a
// secret that it made.
func (s *Server) UpdateRecipient(ctx context.Context, request UpdateRecipientRequestObject) (UpdateRecipientResponseObject, error) {
	in := request.Body
	r, err := s.Office.Outbox.Recipients.Get(ctx, request.Recipient)
	if err != nil {
		return nil, err
	}
	if !callerOf(ctx).reaches(r.Value.Unit) {
		return nil, errNotFound
	}
	if err := s.checkReceiver(ctx, in.To); err != nil {
		return nil, err
	}
	r, err = s.Office.Outbox.Recipients.Replace(ctx, request.Recipient, in.Version, outbox.Recipient{
		To: in.To, Name: in.Name, Address: in.Address, ValidFrom: calendar.Day(in.ValidFrom), ValidTo: calendar.Day(in.ValidTo),
	}, in.NewSecret)
	view := recipientView(&r)
	if in.NewSecret {
		view.Secret = r.Value.Secret
	}
	return UpdateRecipient200JSONResponse(view), err
}

func recipientView(r *store.Stored[outbox.Recipient]) Recipient {
	v := &r.Value
	return Recipient{
		ID: r.ID, Version: r.Version, Unit: v.Unit, To: v.To, Name: v.Name, Channel: v.Channel, Address: v.Address,
		ValidFrom: string(v.ValidFrom), ValidTo: string(v.ValidTo),
	}
}
