package syncing

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// PushBatch implements the operation pushBatch.
func (s *Sync) PushBatch(ctx context.Context, request contract.PushBatchRequestObject) (contract.PushBatchResponseObject, error) {
	caller, batch := gate.CallerOf(ctx), request.Body
	if !caller.Reaches(request.Unit) && !caller.MayStillSendFor(request.Unit, s.Now()) {
		return nil, problem.ErrNotFound
	}
	switch {
	case batch.Device != caller.Device.ID:
		return nil, problem.Malformed("device is not the device of the session", nil)
	case caller.Epoch < caller.Device.Epoch:
		return nil, store.ErrFenced
	case batch.Epoch != caller.Epoch:
		return nil, problem.Malformed("epoch is not the epoch of the session", nil)
	}
	bytes := 0
	for i := range batch.Ops {
		bytes += len(batch.Ops[i].Text)
	}
	if err := s.boundPushed(ctx, len(batch.Ops), bytes); err != nil {
		return nil, err
	}
	tree, err := s.Directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	unit, _ := tree.Unit(request.Unit)
	author := store.Author{User: caller.User.ID, Role: caller.User.Role, Sees: caller.MayPull, Own: caller.Reaches, LastDay: unit.Value.ValidTo}
	answer, err := s.Store.Append(ctx, request.Unit, author, batch)
	if err != nil {
		s.suspectRestore(ctx, request.Unit, err)
		return nil, err
	}
	response, err := s.pushed(request.Unit, batch, &answer)
	if err != nil {
		return nil, err
	}
	s.seen(ctx, accounts.Heartbeat{Push: true, Skew: skewOf(batch, s.Now())})
	return contract.PushBatch200JSONResponse(*response), nil
}

// boundPushed refuses for now what the caller pushes beyond what anybody writes in a
// day, whatever units it is for, and new or not.
func (s *Sync) boundPushed(ctx context.Context, ops, bytes int) error {
	if s.MaxPushed == 0 {
		return nil
	}
	push := gate.PushOf(gate.CallerOf(ctx).User.ID, ops, bytes, s.MaxPushed)
	wait, err := s.Pushes.Take(ctx, push)
	if err != nil {
		return err
	}
	if wait > 0 {
		return problem.Fail("too-many-requests", nil, func(p *contract.Problem) {
			p.Message = "Đã gửi quá nhiều trong một ngày. Nội dung chưa gửi vẫn còn trong máy; ứng dụng sẽ gửi tiếp sau."
			p.RetryAfterSeconds = int(math.Ceil(wait.Seconds()))
		})
	}
	s.Pushes.Spend(push)
	return nil
}

// pushed is what a batch is answered with, and a signed receipt.
func (s *Sync) pushed(unit ledger.UnitID, batch *ledger.Batch, answer *store.Answer) (*contract.PushResponse, error) {
	receipt, err := s.Keys.SignNote(s.receiptText(unit, batch, answer))
	if err != nil {
		return nil, fmt.Errorf("sign the receipt: %w", err)
	}
	response := &contract.PushResponse{
		Log: answer.Head.Log, Seq: answer.Head.Seq, Hash: answer.Head.Hash.String(), Through: answer.Through,
		Now: s.Now().UTC(), Receipt: receipt, Results: make([]contract.PushResult, len(answer.Results)),
	}
	for i := range answer.Results {
		response.Results[i] = resultView(&batch.Ops[i], &answer.Results[i])
	}
	return response, nil
}

func resultView(op *ledger.Op, v *ledger.Verdict) contract.PushResult {
	r := contract.PushResult{
		N: op.N, Status: v.Status, Fields: v.Fields, Reason: v.Reason, Code: v.Code, Field: v.Field, Late: v.Late, AfterEnd: v.AfterEnd,
	}
	if !v.Of.Record.IsZero() {
		r.Of = contract.FieldValue(v.Of.Value())
	}
	if v.Status == ledger.Rejected {
		r.Message = form.Message(ledger.Fault{Code: v.Code, Field: v.Field}, op.Kind)
	}
	return r
}

// receiptText is the body of the signed note that a push is answered with: a
// device can prove with it what the server took, and where.
func (s *Sync) receiptText(unit ledger.UnitID, b *ledger.Batch, a *store.Answer) string {
	counts := map[ledger.Status]int{}
	for _, v := range a.Results {
		counts[v.Status]++
	}
	return s.noteText("receipt", unit, a.Head) + fmt.Sprintf("device %s epoch %d\nfrom %d through %d\naccepted %d conflict %d duplicate %d rejected %d\n",
		b.Device, b.Epoch, a.From, a.From+uint64(len(a.Results))-1,
		counts[ledger.Accepted], counts[ledger.Conflict], counts[ledger.Duplicate], counts[ledger.Rejected])
}

// noteText begins a note about a head, as the checkpoint of a transparency log
// does (C2SP tlog-checkpoint): origin, size, hash in base64; then our own lines.
func (s *Sync) noteText(what string, unit ledger.UnitID, h ledger.Head) string {
	return fmt.Sprintf("%s/%s/%s\n%d\n%s\nlog %s\n", s.Issuer, what, unit, h.Seq, base64.StdEncoding.EncodeToString(h.Hash[:]), h.Log)
}
