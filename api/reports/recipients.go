package reports

import (
	"context"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// recipients are who gets a unit's reports.
type recipients struct {
	kept      *outbox.Recipients
	directory *accounts.Directory
	log       *gate.AdminLog
}

// ListRecipients implements the operation listRecipients.
func (s *recipients) ListRecipients(ctx context.Context, request contract.ListRecipientsRequestObject) (contract.ListRecipientsResponseObject, error) {
	if !gate.CallerOf(ctx).Reaches(request.Unit) {
		return nil, problem.ErrNotFound
	}
	list, err := s.kept.Of(ctx, request.Unit)
	answer := contract.ListRecipients200JSONResponse{Recipients: []contract.Recipient{}}
	for i := range list {
		answer.Recipients = append(answer.Recipients, recipientView(&list[i]))
	}
	return answer, err
}

// CreateRecipient implements the operation createRecipient. Its answer alone
// tells the secret.
func (s *recipients) CreateRecipient(ctx context.Context, request contract.CreateRecipientRequestObject) (contract.CreateRecipientResponseObject, error) {
	in := request.Body
	if !gate.CallerOf(ctx).Reaches(request.Unit) {
		return nil, problem.ErrNotFound
	}
	if err := s.checkReceiver(ctx, in.To); err != nil {
		return nil, err
	}
	r, err := s.kept.Add(ctx, outbox.Recipient{
		Unit: request.Unit, To: in.To, Template: in.Template, Name: in.Name, Channel: in.Channel, Address: in.Address,
		ValidFrom: calendar.Day(in.ValidFrom), ValidTo: calendar.Day(in.ValidTo), EdXML: outbox.EdXMLCodes(in.Edxml),
	})
	if err != nil {
		return nil, err
	}
	view := recipientView(&r)
	if err := s.log.Add(ctx, "createRecipient", r.ID, []ledger.UnitID{request.Unit}, nil, view); err != nil {
		return nil, err
	}
	view.Secret = r.Value.Secret
	return contract.CreateRecipient201JSONResponse(view), nil
}

// checkReceiver checks the unit that a recipient stands for against those that there
// are. It may lie outside of the caller's reach: reports go up.
func (s *recipients) checkReceiver(ctx context.Context, unit ledger.UnitID) error {
	units, err := s.directory.Tree(ctx)
	if err != nil {
		return err
	}
	if _, exists := units.Unit(unit); unit != "" && !exists {
		return problem.Invalid("to", "Không có đơn vị này.")
	}
	return nil
}

// UpdateRecipient implements the operation updateRecipient. Its answer tells a
// secret that it made.
func (s *recipients) UpdateRecipient(ctx context.Context, request contract.UpdateRecipientRequestObject) (contract.UpdateRecipientResponseObject, error) {
	in := request.Body
	r, err := s.kept.Get(ctx, request.Recipient)
	if err != nil {
		return nil, err
	}
	if !gate.CallerOf(ctx).Reaches(r.Value.Unit) {
		return nil, problem.ErrNotFound
	}
	if err := s.checkReceiver(ctx, in.To); err != nil {
		return nil, err
	}
	before := recipientView(&r)
	r, err = s.kept.Replace(ctx, request.Recipient, in.Version, outbox.Recipient{
		To: in.To, Template: in.Template, Name: in.Name, Address: in.Address, ValidFrom: calendar.Day(in.ValidFrom), ValidTo: calendar.Day(in.ValidTo),
		EdXML: outbox.EdXMLCodes(in.Edxml),
	}, in.NewSecret)
	if err != nil {
		return nil, err
	}
	view := recipientView(&r)
	if err := s.log.Add(ctx, "updateRecipient", r.ID, []ledger.UnitID{r.Value.Unit}, before, view); err != nil {
		return nil, err
	}
	if in.NewSecret {
		view.Secret = r.Value.Secret
	}
	return contract.UpdateRecipient200JSONResponse(view), nil
}

func recipientView(r *store.Stored[outbox.Recipient]) contract.Recipient {
	v := &r.Value
	return contract.Recipient{
		ID: r.ID, Version: r.Version, Unit: v.Unit, To: v.To, Template: v.Template, Name: v.Name, Channel: v.Channel, Address: v.Address,
		ValidFrom: string(v.ValidFrom), ValidTo: string(v.ValidTo), Edxml: contract.EdXMLCodes(v.EdXML),
	}
}
