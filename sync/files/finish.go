package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// finish makes a file of an upload whose bytes are all there. Cut off anywhere,
// it is done again when the client asks.
func (us *uploads) finish(ctx context.Context, user ledger.UserID, id string) error {
	_, err, _ := us.finishing.Do(id, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		// A request before this one may have finished it.
		u, complete, err := us.find(ctx, user, id)
		if err != nil || complete {
			return nil, err
		}
		return nil, us.makeFile(ctx, id, u)
	})
	return err
}

// maxWhole bounds the pictures that are in memory until they are decoded in their
// turn; with their pieces each takes some 3 MB.
const maxWhole = 16

func (us *uploads) makeFile(ctx context.Context, id string, u *upload) error {
	small, err := us.check(ctx, id, u)
	if errors.Is(err, ErrChecksum) || errors.Is(err, ErrType) || errors.Is(err, ErrMetadata) || errors.Is(err, ErrTooLarge) {
		return us.refuse(ctx, id, err)
	}
	if err != nil {
		return err
	}
	for at := 0; at < len(small); at += store.MaxPiece {
		err := us.backend.AddPiece(ctx, thumbnailOf(id), int64(at), small[at:min(len(small), at+store.MaxPiece)])
		if err != nil && !errors.Is(err, store.ErrTaken) {
			return err
		}
	}
	now := ledger.MillisOf(us.now())
	_, err = us.catalog.files.Add(ctx, u.Hash, file{Pieces: id, Size: u.Size, At: now})
	// Committed: the file is there.
	switch {
	case errors.Is(err, store.ErrTaken):
		err = us.catalog.dropUnlessUsed(ctx, id, u.Hash)
	case err == nil:
		if err = us.standing(ctx, id); errors.Is(err, store.ErrNotFound) {
			err = errors.Join(err, us.catalog.forget(ctx, u.Hash, id), us.catalog.dropPieces(ctx, id))
		}
	}
	if err != nil {
		return err
	}
	if err := us.catalog.noteUploader(ctx, u.Hash, u.User, now); err != nil {
		return err
	}
	if _, err := us.complete.Add(ctx, id, *u); err != nil && !errors.Is(err, store.ErrTaken) {
		return err
	}
	return us.open.Delete(ctx, id)
}

// check reads the bytes of an upload, and makes the small copy of what they are. A
// database that is slow for one holds up no other's decoding.
func (us *uploads) check(ctx context.Context, id string, u *upload) (small []byte, err error) {
	release, err := us.turns.take(ctx, u.User)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := take(ctx, us.whole); err != nil {
		return nil, err
	}
	defer func() { <-us.whole }()
	body, err := us.catalog.bytesOf(ctx, id)
	if err != nil {
		return nil, err
	}
	if int64(len(body)) != u.Size { // it was dropped meanwhile
		return nil, fmt.Errorf("read an upload: %w", store.ErrNotFound)
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != u.Hash {
		return nil, ErrChecksum
	}
	if err := take(ctx, us.decoding); err != nil {
		return nil, err
	}
	defer func() { <-us.decoding }()
	return smallCopy(body)
}

// turns let each person have one thing done at a time.
type turns struct {
	mu sync.Mutex
	of map[ledger.UserID]*turn // guarded by mu: of those who have or await one
}

type turn struct {
	busy chan struct{} // holds one element while it is taken
	refs int           // guarded by turns.mu
}

// take waits for a person's turn.
func (t *turns) take(ctx context.Context, user ledger.UserID) (release func(), err error) {
	t.mu.Lock()
	if t.of == nil {
		t.of = map[ledger.UserID]*turn{}
	}
	own := t.of[user]
	if own == nil {
		own = &turn{busy: make(chan struct{}, 1)}
		t.of[user] = own
	}
	own.refs++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if own.refs--; own.refs == 0 {
			delete(t.of, user)
		}
	}
	if err := take(ctx, own.busy); err != nil {
		leave()
		return nil, err
	}
	return func() { <-own.busy; leave() }, nil
}

// take waits for a place.
func take(ctx context.Context, places chan struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refuse drops an upload for a reason. The client starts over with another
// file, or not at all.
func (us *uploads) refuse(ctx context.Context, id string, why error) error {
	if err := us.drop(ctx, id); err != nil {
		return err
	}
	return why
}
