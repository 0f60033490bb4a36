package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// suspicion says that a client knew more of a ledger than the database has.
type suspicion struct {
	At ledger.Millis `json:"at"`
}

// suspicionLife is how long after a suspicion another one of the same unit is
// the same: phones come one by one.
const suspicionLife = 7 * 24 * time.Hour

// SuspectRestore notes that a client knew more of a unit's ledger than there is.
// Where numbers are kept outside, those tell all, and nothing is noted.
func (p *Approvals) SuspectRestore(ctx context.Context, unit ledger.UnitID) error {
	if p.register.backup.List != nil {
		return nil
	}
	now := ledger.MillisOf(p.clock.Now())
	was, err := p.suspicions.Get(ctx, string(unit))
	switch {
	case errors.Is(err, store.ErrNotFound):
		_, err = p.suspicions.Add(ctx, string(unit), suspicion{now})
	case err == nil && now-was.Value.At >= ledger.Millis(suspicionLife/time.Millisecond):
		was.Value.At = now
		_, err = p.suspicions.Replace(ctx, was)
	}
	if errors.Is(err, store.ErrTaken) || errors.Is(err, store.ErrVersion) {
		return nil // another request was first
	}
	return err
}

// restored warns of numbers that were given after the backup that was restored.
// Once somebody has confirmed the warning and signed, it is not shown again.
func (p *Approvals) restored(ctx context.Context, r *Report) (*Warning, error) {
	symbol := r.Content.Letter.Symbol
	given, err := p.register.numbers.AllOf(ctx, string(r.Unit)+"/")
	if err != nil {
		return nil, err
	}
	last := ledger.Millis(0)
	for i := range given {
		if a := &given[i].Value; a.Issue.Symbol == symbol {
			last = max(last, a.At)
		}
	}
	next, err := p.NextNumber(ctx, r)
	if err != nil {
		return nil, err
	}
	lost, err := p.register.lost(r.Unit, symbol, given)
	if err != nil {
		return nil, err
	}
	lost = slices.DeleteFunc(lost, func(n Number) bool { return n.At <= last })
	if len(lost) > 0 {
		const most = 20
		var names []string
		for _, n := range lost[:min(len(lost), most)] {
			names = append(names, fmt.Sprintf("%02d/%s năm %d", n.Number, n.Symbol, n.Year))
		}
		if len(lost) > most {
			names = append(names, "…")
		}
		return &Warning{Restored, len(lost), fmt.Sprintf(
			"Máy chủ đã được khôi phục từ bản sao lưu, sổ đăng ký không còn các số đã cấp sau bản đó: %s. Số tiếp theo là %02d. Hãy đối chiếu sổ công văn đi; "+
				"nếu báo cáo này đã có số thì ghi lại số đó bằng tay, kèm lý do.", strings.Join(names, ", "), next)}, nil
	}
	for _, unit := range unitsOf(&r.Content) {
		s, err := p.suspicions.Get(ctx, string(unit))
		if errors.Is(err, store.ErrNotFound) || err == nil && s.Value.At <= last {
			continue
		}
		if err != nil {
			return nil, err
		}
		return &Warning{Restored, 1, fmt.Sprintf(
			"Có thiết bị giữ sổ mới hơn máy chủ: có thể máy chủ đã được khôi phục từ bản sao lưu. Số đã cấp sau bản đó có thể bị cấp lại; "+
				"số tiếp theo là %02d. Hãy đối chiếu sổ công văn đi; nếu số này đã dùng thì ghi số khác bằng tay, kèm lý do.", next)}, nil
	}
	return nil, nil
}
