package outbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sothon/sothon/sync/store"
)

// tokens are the words by which recipients acknowledge: a delivery's id and its
// MAC under a secret of this database.
type tokens struct {
	random  io.Reader
	secrets store.Table[[]byte]
}

func (t *tokens) of(ctx context.Context, delivery string) (string, error) {
	secret, err := t.secret(ctx)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(delivery))
	return delivery + "~" + hex.EncodeToString(mac.Sum(nil)[:16]), nil
}

// delivery returns the id in a token, or store.ErrNotFound for a false one.
func (t *tokens) delivery(ctx context.Context, token string) (string, error) {
	id, _, _ := strings.Cut(token, "~")
	want, err := t.of(ctx, id)
	if err != nil {
		return "", err
	}
	if !hmac.Equal([]byte(want), []byte(token)) {
		return "", store.ErrNotFound
	}
	return id, nil
}

// secret returns the secret of the tokens. The first call of a database draws
// it.
func (t *tokens) secret(ctx context.Context) ([]byte, error) {
	const name = "acknowledgements"
	for {
		s, err := t.secrets.Get(ctx, name)
		if err == nil {
			return s.Value, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		key := make([]byte, 32)
		if _, err := io.ReadFull(t.random, key); err != nil {
			return nil, fmt.Errorf("draw a secret: %w", err)
		}
		if _, err := t.secrets.Add(ctx, name, key); err != nil && !errors.Is(err, store.ErrTaken) {
			return nil, err
		}
	}
}
