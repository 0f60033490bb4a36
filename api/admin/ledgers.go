package admin

import (
	"context"
	"fmt"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
)

// VerifyLedger implements the operation verifyLedger.
func (s *ledgers) VerifyLedger(ctx context.Context, request contract.VerifyLedgerRequestObject) (contract.VerifyLedgerResponseObject, error) {
	if !gate.CallerOf(ctx).Reaches(request.Unit) {
		return nil, problem.ErrNotFound
	}
	found, at, err := s.check(ctx, request.Unit)
	if err != nil {
		return nil, err
	}
	answer := contract.VerifyLedger200JSONResponse{Ok: found.Damage == nil, Seq: found.Head.Seq, At: at}
	if found.Head.Seq > 0 {
		answer.Hash = found.Head.Hash.String()
	}
	if d := found.Damage; d != nil {
		answer.Fault = contract.LedgerFault{Seq: d.Seq, What: d.What, Message: fmt.Sprintf(
			"Sổ sai lệch ở lần ghi %d. Cần giữ nguyên máy chủ, không ghi thêm, và báo người quản trị máy chủ so với bản sao lưu.", d.Seq)}
	}
	return answer, nil
}
