package archive

import (
	"context"
	"errors"
	"fmt"

	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/signed"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// SignedCopy is the PDF that the leader signed outside of this program, by a
// token or by pen and scanner. It is delivered in the place of the report's own
// PDF and docx.
type SignedCopy struct {
	StoredFile

	Kind  signed.Kind   `json:"kind"`
	Pages int           `json:"pages"`
	By    entry.Actor   `json:"by"`
	At    ledger.Millis `json:"at"`
}

// AttachSigned keeps a signed copy of an approved report of which no delivery
// was begun yet. Another takes its place.
func (a *Archive) AttachSigned(ctx context.Context, id string, version int64, file []byte, by entry.Actor) (store.Stored[Report], error) {
	release, err := a.compiler.acquire(ctx) // to read a PDF takes memory, too
	if err != nil {
		return store.Stored[Report]{}, err
	}
	defer release()
	return a.reports.change(ctx, id, version, Signed, func(r *Report) error {
		if r.DeliveryBegun {
			return ErrState // it was sent: it stays as it was
		}
		original, err := a.files.get(ctx, r.Files[PDF])
		if err != nil {
			return err
		}
		i := r.Approval.Issue
		checked, err := signed.Check(file, original, fmt.Sprintf("%02d/%s", i.Number, i.Symbol))
		if err != nil {
			return signedMessage(err)
		}
		stored, err := a.files.put(ctx, file)
		if err != nil {
			return err
		}
		r.SignedCopy = &SignedCopy{StoredFile: stored, Kind: checked.Kind, Pages: checked.Pages, By: by, At: ledger.MillisOf(a.reports.clock.Now())}
		return nil
	})
}

// signedMessage says what is wrong with a signed copy.
func signedMessage(err error) error {
	for cause, message := range map[error]string{
		signed.ErrTooLarge: "Tệp lớn hơn 20 MiB.",
		signed.ErrNotPDF:   "Tệp không phải là PDF đọc được.",
		signed.ErrPages:    "Số trang của tệp khác số trang của báo cáo.",
		signed.ErrNumber:   "Trang đầu của tệp không có số, ký hiệu của báo cáo này.",
	} {
		if errors.Is(err, cause) {
			return &entry.Invalid{Field: "file", Message: message}
		}
	}
	return err
}

// BeginDelivery notes that deliveries of an issued report are being queued: from then
// on the file that is sent stays the same.
func (a *Archive) BeginDelivery(ctx context.Context, id string) (store.Stored[Report], error) {
	r, err := a.reports.table.Update(ctx, id, func(r *Report) error {
		switch {
		case !r.State.Issued():
			return ErrState
		case r.DeliveryBegun:
			return errUnchanged
		}
		r.DeliveryBegun = true
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return a.Get(ctx, id)
	}
	return r, err
}
