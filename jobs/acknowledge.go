package jobs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/sothon/sothon/sync/store"
)

// token is the word by which a recipient says that a delivery has arrived. It
// is made from the delivery and a secret.
func (f *Office) token(ctx context.Context, delivery string) (string, error) {
	secret, err := f.secret(ctx, "acknowledgements")
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(delivery))
	return delivery + "~" + hex.EncodeToString(mac.Sum(nil)[:16]), nil
}

// Token finds the delivery of a recipient's word; store.ErrNotFound where it
// is none.
func (f *Office) Token(ctx context.Context, token string) (store.Stored[Delivery], error) {
	id, _, _ := strings.Cut(token, "~")
	want, err := f.token(ctx, id)
	if err != nil {
		return store.Stored[Delivery]{}, err
	}
	if !hmac.Equal([]byte(want), []byte(token)) {
		return store.Stored[Delivery]{}, store.ErrNotFound
	}
	return f.deliveries.Get(ctx, id)
}

// Acknowledge notes that a delivery has arrived. The first time counts.
func (f *Office) Acknowledge(ctx context.Context, token string) (store.Stored[Delivery], error) {
	d, err := f.Token(ctx, token)
	if err != nil {
		return d, err
	}
	if d.Value.Arrived == nil {
		d, err = f.deliveries.Update(ctx, d.ID, func(d *Delivery) error {
			if d.Arrived == nil {
				d.State, d.Arrived = Received, &Arrival{At: f.millis(), Via: "link"}
			}
			return nil
		})
		if err != nil {
			return d, err
		}
	}
	return d, f.note(ctx, d.Value.Report)
}
