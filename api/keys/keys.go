// Package keys signs access tokens and notes, and verifies them.
package keys

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs/skew"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Keyring holds the Ed25519 keys that sign access tokens and notes.
//
// The keys of tokens are numbered documents of the database, so that servers
// that make one at the same moment end with the same: the first to insert a
// number has made it. A key
//
//   - is listed for listedBefore before it signs, longer than anybody caches
//     the list;
//   - signs for signsFor, and for as long as no other is ready;
//   - is listed until what it signed last has expired, and then deleted.
//
// The key of notes is made once and kept for good: receipts are proof for
// years.
type Keyring struct {
	table  store.Table[signingKey]
	now    func() time.Time
	random io.Reader
	log    *slog.Logger
	issuer string

	notes    note.Signer
	Verifier string // of the notes, as others need it

	mu     sync.Mutex
	keys   []signingKey // Invariant: in order of SignsFrom; never empty
	loaded time.Time
	turned time.Time // when rotate last looked

	verified verifiedTokens
}

// signingKey is a key as it is stored.
type signingKey struct {
	Kid       string        `json:"kid,omitempty"`
	Seed      []byte        `json:"seed"` // RFC 8032
	SignsFrom ledger.Millis `json:"signsFrom,omitempty"`
}

const (
	signsFor      = 90 * 24 * time.Hour
	listedBefore  = 24 * time.Hour
	listedAfter   = time.Hour // longer than tokenLife, and than clocks differ
	rotateEvery   = time.Hour
	reloadEvery   = 3 * time.Second
	noteKeyID     = "note"
	tokenKeys     = "token-" // and six digits
	tokenKeyFirst = 1
)

func (k *signingKey) private() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.Seed) }
func (k *signingKey) public() ed25519.PublicKey {
	return k.private().Public().(ed25519.PublicKey)
}

// Options are what a keyring needs.
type Options struct {
	Documents store.Documents
	Now       func() time.Time
	Random    io.Reader
	Log       *slog.Logger
	Issuer    string // "iss" and "aud" of tokens, and the name in notes
}

// Open reads the keys, and makes those that the database lacks.
func Open(ctx context.Context, o Options) (*Keyring, error) {
	k := &Keyring{
		table: store.NewTable[signingKey](o.Documents, "keys"),
		now:   o.Now, random: o.Random, log: o.Log, issuer: o.Issuer,
	}
	if err := k.openNotes(ctx); err != nil {
		return nil, fmt.Errorf("open the key of notes: %w", err)
	}
	if err := k.rotate(ctx); err != nil {
		return nil, fmt.Errorf("open the keys: %w", err)
	}
	return k, nil
}

// insert stores a new key under an id, or returns the one that is there.
func (k *Keyring) insert(ctx context.Context, id string, key signingKey) (signingKey, error) {
	seed, err := accounts.RandomBytes(k.random, ed25519.SeedSize)
	if err != nil {
		return signingKey{}, err
	}
	key.Seed = seed
	if key.SignsFrom != 0 {
		// Not the number: a database that was restored gives it to another key.
		sum := sha256.Sum256(key.public())
		key.Kid = "k_" + base64.RawURLEncoding.EncodeToString(sum[:12])
	}
	stored, err := k.table.Add(ctx, id, key)
	if errors.Is(err, store.ErrTaken) {
		stored, err = k.table.Get(ctx, id)
	}
	return stored.Value, err
}

// rotate reads the keys that other servers made, makes the next one when it is
// time, and deletes those that are over. It does so at most once in
// rotateEvery, and is called whenever something is signed or listed.
func (k *Keyring) rotate(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if since := now.Sub(k.turned); 0 <= since && since < rotateEvery {
		return nil
	}
	stored, err := k.load(ctx)
	if err != nil {
		return err
	}
	if err := k.correct(ctx, stored, now); err != nil {
		return err
	}
	if len(stored) == 0 {
		if _, err := k.insert(ctx, tokenKeyID(tokenKeyFirst), signingKey{SignsFrom: ledger.MillisOf(now)}); err != nil {
			return err
		}
	} else if last := stored[len(stored)-1]; !now.Before(last.Value.SignsFrom.Time().Add(signsFor - listedBefore)) {
		var number int
		if _, err := fmt.Sscanf(last.ID, tokenKeys+"%d", &number); err != nil {
			return fmt.Errorf("number the key after %q: %w", last.ID, err)
		}
		next := signingKey{SignsFrom: ledger.MillisOf(now.Add(listedBefore))}
		if _, err := k.insert(ctx, tokenKeyID(number+1), next); err != nil {
			return err
		}
	}
	if stored, err = k.load(ctx); err != nil {
		return err
	}
	for i := range len(stored) - 1 {
		if isOver(stored[i+1].Value, now) {
			if err := k.table.Delete(ctx, stored[i].ID); err != nil {
				return err
			}
		}
	}
	k.turned = now
	return nil
}

// correct gives keys that a wrong clock made for a time far ahead the time that
// they would have had. Else nothing would sign until then, and no key would
// follow.
func (k *Keyring) correct(ctx context.Context, stored []store.Stored[signingKey], now time.Time) error {
	from := now // where no other key signs
	for i := range stored {
		s := &stored[i]
		if skew.Ahead(s.Value.SignsFrom.Time(), now.Add(listedBefore)) {
			k.log.ErrorContext(ctx, "a key was made to sign from a time far ahead, and signs sooner: the clock of the server that made it was ahead, or this server's is behind; set both by NTP",
				"key", s.Value.Kid, "signsFrom", s.Value.SignsFrom, "now", now.Format(time.RFC3339))
			s.Value.SignsFrom = ledger.MillisOf(from)
			replaced, err := k.table.Replace(ctx, *s)
			if err != nil && !errors.Is(err, store.ErrVersion) && !errors.Is(err, store.ErrNotFound) { // another server was first
				return err
			}
			if err == nil {
				*s = replaced
			}
		}
		from = now.Add(listedBefore)
	}
	return nil
}

func tokenKeyID(number int) string { return fmt.Sprintf("%s%06d", tokenKeys, number) }

// isOver reports whether a key whose successor this is has signed nothing that
// is still valid.
func isOver(successor signingKey, now time.Time) bool {
	return !now.Before(successor.SignsFrom.Time().Add(listedAfter))
}

// load reads the keys of tokens, and keeps those that are not over.
func (k *Keyring) load(ctx context.Context) ([]store.Stored[signingKey], error) {
	stored, err := k.table.List(ctx, tokenKeys, "", 100)
	if err != nil {
		return nil, err
	}
	now := k.now()
	k.keys = k.keys[:0]
	for i, s := range stored {
		if i+1 == len(stored) || !isOver(stored[i+1].Value, now) {
			k.keys = append(k.keys, s.Value)
		}
	}
	k.loaded = now
	return stored, nil
}

// signer returns the key that signs now.
func (k *Keyring) signer(ctx context.Context) (signingKey, error) {
	if err := k.rotate(ctx); err != nil {
		// The keys in memory are valid for a while yet.
		k.log.WarnContext(ctx, "signing keys not renewed", "error", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := ledger.MillisOf(k.now())
	for i := len(k.keys) - 1; i >= 0; i-- {
		if k.keys[i].SignsFrom <= now {
			return k.keys[i], nil
		}
	}
	return signingKey{}, errors.New("no signing key is in force: has the clock been put back?")
}

// named returns the key with an id. An unknown id makes it read the database
// again, at most once every few seconds: anybody can make up names of keys.
func (k *Keyring) named(ctx context.Context, kid string) (signingKey, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.find(kid)
	if since := k.now().Sub(k.loaded); ok || 0 <= since && since < reloadEvery {
		return key, ok, nil
	}
	if _, err := k.load(ctx); err != nil {
		return signingKey{}, false, err
	}
	key, ok = k.find(kid)
	return key, ok, nil
}

func (k *Keyring) find(kid string) (signingKey, bool) {
	for _, key := range k.keys {
		if key.Kid == kid {
			return key, true
		}
	}
	return signingKey{}, false
}

// List returns the keys of tokens for everybody.
func (k *Keyring) List(ctx context.Context) ([]contract.Key, error) {
	if err := k.rotate(ctx); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	keys := make([]contract.Key, len(k.keys))
	for i := range k.keys {
		keys[i] = contract.Key{
			Kty: "OKP", Crv: "Ed25519", Use: "sig", Alg: "EdDSA", Kid: k.keys[i].Kid,
			X: base64.RawURLEncoding.EncodeToString(k.keys[i].public()),
		}
	}
	return keys, nil
}

// noteSigner signs notes; package note keeps its own to itself.
type noteSigner struct {
	note.Verifier
	key ed25519.PrivateKey
}

// Sign implements [note.Signer].
func (s noteSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.key, text), nil }

func (k *Keyring) openNotes(ctx context.Context) error {
	stored, err := k.table.Get(ctx, noteKeyID)
	key := stored.Value
	if errors.Is(err, store.ErrNotFound) {
		key, err = k.insert(ctx, noteKeyID, signingKey{})
	}
	if err != nil {
		return err
	}
	if k.Verifier, err = note.NewEd25519VerifierKey(k.issuer, key.public()); err != nil {
		return err
	}
	verifier, err := note.NewVerifier(k.Verifier)
	if err != nil {
		return fmt.Errorf("the issuer %q names notes: %w", k.issuer, err)
	}
	k.notes = noteSigner{verifier, key.private()}
	return nil
}

// SignNote signs a text of lines: C2SP signed-note.
func (k *Keyring) SignNote(text string) (string, error) {
	signed, err := note.Sign(&note.Note{Text: text}, k.notes)
	return string(signed), err
}
