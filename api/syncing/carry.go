package syncing

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Bounds of a carry file, decompressed.
const (
	maxCarryBytes = 8 << 20
	maxCarryParts = 64
	carryVersion  = "carry/1"
)

// carryFile is a carry file, decompressed. The contract says what each member
// is.
type carryFile struct {
	Sothon    string `json:"sothon"`
	Payload   string `json:"payload"`
	Signature string `json:"signature"`
	Key       string `json:"key"`
}

// carried is the payload of a carry file.
type carried struct {
	User   ledger.UserID   `json:"user"`
	Device ledger.DeviceID `json:"device"`
	Epoch  uint32          `json:"epoch"`
	Parts  []carriedPart   `json:"parts"`
}

type carriedPart struct {
	Unit ledger.UnitID     `json:"unit"`
	From uint64            `json:"from"`
	Head json.RawMessage   `json:"head"`
	Ops  []json.RawMessage `json:"ops"`
}

// ImportCarry implements the operation importCarry.
func (s *Sync) ImportCarry(ctx context.Context, request contract.ImportCarryRequestObject) (contract.ImportCarryResponseObject, error) {
	file, payload, err := openCarry(request.Body)
	if err != nil {
		return nil, problem.Fail("carry-signature", err, nil)
	}
	author, device, err := s.signer(ctx, file, payload)
	if err != nil {
		return nil, err
	}
	tree, err := s.Directory.Tree(ctx)
	if err != nil {
		return nil, err
	}
	ops, caller := 0, gate.CallerOf(ctx)
	for i := range file.Parts {
		if !caller.MayBring(tree, file.Parts[i].Unit) {
			return nil, problem.ErrNotFound // before anything is pushed
		}
		ops += len(file.Parts[i].Ops)
	}
	if err := s.boundPushed(ctx, ops, len(payload.text)); err != nil {
		return nil, err
	}
	answer := contract.ImportCarry200JSONResponse{Parts: []contract.CarryPart{}}
	for i := range file.Parts {
		part := &file.Parts[i]
		result, err := s.pushPart(ctx, tree, author, device, file.Epoch, part)
		if errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrBusy) || ctx.Err() != nil {
			return nil, err // the same file may be sent again
		}
		var body any = result
		if err != nil {
			body = problem.Of(err).Problem
		}
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		answer.Parts = append(answer.Parts, contract.CarryPart{Unit: part.Unit, Result: text})
	}
	return answer, nil
}

// openCarry reads a carry file, and returns what it says and the bytes that were
// signed. That the signature fits says nothing yet of whose key it is.
func openCarry(body io.Reader) (*carried, *signedPayload, error) {
	z, err := gzip.NewReader(body)
	if err != nil {
		return nil, nil, fmt.Errorf("not gzip: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(z, maxCarryBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("cut off: %w", err)
	}
	if len(text) > maxCarryBytes {
		return nil, nil, errors.New("too large")
	}
	var f carryFile
	if err := json.Unmarshal(text, &f); err != nil || f.Sothon != carryVersion {
		return nil, nil, errors.Join(errors.New("not a carry file of a known version"), err)
	}
	p := &signedPayload{}
	if p.text, err = base64.RawURLEncoding.DecodeString(f.Payload); err != nil {
		return nil, nil, fmt.Errorf("payload: %w", err)
	}
	signature, err := base64.RawURLEncoding.DecodeString(f.Signature)
	if err != nil {
		return nil, nil, fmt.Errorf("signature: %w", err)
	}
	if p.key, err = base64.RawURLEncoding.DecodeString(f.Key); err != nil {
		return nil, nil, fmt.Errorf("key: %w", err)
	}
	if !p.verify(signature) {
		return nil, nil, errors.New("the signature does not fit")
	}
	c := &carried{}
	if err := json.Unmarshal(p.text, c); err != nil {
		return nil, nil, fmt.Errorf("payload: %w", err)
	}
	if len(c.Parts) == 0 || len(c.Parts) > maxCarryParts {
		return nil, nil, fmt.Errorf("%d parts", len(c.Parts))
	}
	return c, p, nil
}

// signedPayload is what a device signed, and the key that it names.
type signedPayload struct{ text, key []byte }

// verify checks an ECDSA signature over P-256 with SHA-256, in the form that
// WebCrypto gives: r and s, 32 bytes each (IEEE P1363).
func (p *signedPayload) verify(signature []byte) bool {
	const half = 32
	parsed, err := x509.ParsePKIXPublicKey(p.key)
	key, ok := parsed.(*ecdsa.PublicKey)
	if err != nil || !ok || len(signature) != 2*half || key.Params().BitSize != 8*half {
		return false
	}
	sum := sha256.Sum256(p.text)
	return ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:]))
}

// signer returns the person and the device that made a file. The key must be the
// device's, and neither of the two shut out.
func (s *Sync) signer(ctx context.Context, file *carried, payload *signedPayload) (*accounts.User, *accounts.Device, error) {
	unknown := problem.Fail("carry-unknown-key", nil, nil)
	device, err := s.Directory.Devices.Get(ctx, string(file.Device))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, unknown
	}
	if err != nil {
		return nil, nil, err
	}
	if device.Value.User != file.User || file.Epoch > device.Value.Epoch || !device.Value.HasKey(payload.key) {
		return nil, nil, unknown
	}
	user, err := s.Directory.Users.Get(ctx, string(file.User))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, unknown
	}
	if err != nil {
		return nil, nil, err
	}
	if device.Value.Revoked || user.Value.Disabled {
		return nil, nil, problem.Fail("carry-shut-out", nil, nil)
	}
	return &user.Value, &device.Value, nil
}

// pushPart pushes the ops of one unit, cut as a batch may be, as their author.
func (s *Sync) pushPart(ctx context.Context, tree *accounts.Tree, user *accounts.User, device *accounts.Device, epoch uint32, part *carriedPart) (*contract.PushResponse, error) {
	works := tree.Existing(slices.Clone(user.Units))
	if user.Role == form.RoleReviewer {
		works = tree.Subtree(works)
	}
	leaves := slices.ContainsFunc(user.FormerUnits(s.Now()), func(l accounts.FormerUnit) bool { return l.Unit == part.Unit })
	if !slices.Contains(works, part.Unit) && !leaves {
		return nil, problem.ErrNotFound
	}
	sees := append(tree.Communes(slices.Clone(works)), works...)
	unit, _ := tree.Unit(part.Unit)
	author := store.Author{
		User: user.ID, Role: user.Role, LastDay: unit.Value.ValidTo, Sees: func(u ledger.UnitID) bool { return slices.Contains(sees, u) },
		Own: func(u ledger.UnitID) bool { return slices.Contains(works, u) },
	}
	whole := &contract.PushResponse{Results: []contract.PushResult{}}
	for from, ops := part.From, part.Ops; len(ops) > 0; {
		n := fitting(ops)
		batch, err := batchOf(device.ID, epoch, from, part.Head, ops[:n])
		if err != nil {
			return nil, err
		}
		answer, err := s.Store.Append(ctx, part.Unit, author, batch)
		if err != nil {
			return nil, err
		}
		if err := s.noteCarried(ctx, part.Unit, batch); err != nil {
			return nil, err
		}
		response, err := s.pushed(part.Unit, batch, &answer)
		if err != nil {
			return nil, err
		}
		response.Results = append(whole.Results, response.Results...)
		whole, from, ops = response, from+uint64(n), ops[n:]
	}
	return whole, nil
}

// noteCarried enters into the access log who brought which records.
func (s *Sync) noteCarried(ctx context.Context, unit ledger.UnitID, batch *ledger.Batch) error {
	var ids []ledger.RecordID
	for i := range batch.Ops {
		if id := batch.Ops[i].Record; !id.IsZero() && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return s.Access.Add(ctx, "importCarry", unit, ids)
}

// fitting counts the ops that one batch takes.
func fitting(ops []json.RawMessage) int {
	const envelope = 4 << 10
	bytes, n := envelope, 0
	for n < len(ops) && n < ledger.MaxOps && (n == 0 || bytes+len(ops[n]) < ledger.MaxBatchBytes) {
		bytes += len(ops[n]) + 1
		n++
	}
	return n
}

func batchOf(device ledger.DeviceID, epoch uint32, from uint64, head json.RawMessage, ops []json.RawMessage) (*ledger.Batch, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, `{"device":%q,"epoch":%d,"from":%d,`, device, epoch, from)
	if len(head) > 0 && string(head) != "null" {
		fmt.Fprintf(&text, `"head":%s,`, head)
	}
	text.WriteString(`"ops":[`)
	for i, op := range ops {
		if i > 0 {
			text.WriteByte(',')
		}
		text.Write(op)
	}
	text.WriteString(`]}`)
	batch, err := ledger.ParseBatch(text.Bytes())
	if err != nil {
		return nil, problem.Malformed("a part of the file cannot be read", err)
	}
	return batch, nil
}
