// Package photos serves the files that records name: it speaks tus 1.0 (core and
// creation, https://tus.io/protocols/resumable-upload) to the phones that send them.
package photos

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Photos implements the operations of the tag photos.
type Photos struct {
	Store     *store.Store
	Files     *files.Files
	Directory *accounts.Directory
	Access    *gate.AccessLog
	Presences *accounts.Presences
	Log       *slog.Logger
}

func checkTus(version string) error {
	if version != gate.TusVersion {
		return problem.Fail("tus-version", nil, nil)
	}
	return nil
}

// CreateFile implements the operation createFile.
func (s *Photos) CreateFile(ctx context.Context, request contract.CreateFileRequestObject) (contract.CreateFileResponseObject, error) {
	caller, p := gate.CallerOf(ctx), request.Params
	if err := checkTus(p.TusResumable); err != nil {
		return nil, err
	}
	metadata, err := uploadMetadata(p.UploadMetadata)
	if err != nil {
		return nil, err
	}
	promise := files.Announced{
		User: caller.User.ID, Device: caller.Device.ID, Unit: ledger.UnitID(metadata["unit"]),
		Hash: metadata["sha256"], Type: metadata["type"], Size: p.UploadLength,
	}
	if !caller.Reaches(promise.Unit) {
		if err := s.mayBring(ctx, caller, promise); err != nil {
			return nil, err
		}
	}
	if !form.IsHash(promise.Hash) {
		return nil, problem.Malformed("Upload-Metadata: sha256 is not 64 digits of lower-case hex", nil)
	}
	switch _, err := s.Files.MaySee(ctx, s.Store, promise.Hash, readerOf(caller)); {
	case err == nil:
		promise.MaySee = true
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	u, err := s.Files.Create(ctx, promise)
	switch {
	case errors.Is(err, files.ErrOpen):
		return nil, s.uploadLimit(err, time.Hour)
	case errors.Is(err, files.ErrDay):
		return nil, s.uploadLimit(err, s.Files.UntilTomorrow())
	case err != nil:
		return nil, err
	}
	return contract.CreateFile201Response{Headers: contract.CreateFile201ResponseHeaders{
		Location: "/v1/files/uploads/" + u.ID, UploadOffset: u.Offset, TusResumable: gate.TusVersion,
	}}, nil
}

// mayBring lets a neighbour bring a photo that a record of another village of
// the commune names: its bytes came in a carry file, after its ops.
func (s *Photos) mayBring(ctx context.Context, caller *gate.Caller, promise files.Announced) error {
	tree, err := s.Directory.Tree(ctx)
	if err != nil {
		return err
	}
	if !caller.MayBring(tree, promise.Unit) || !form.IsHash(promise.Hash) {
		return problem.ErrNotFound
	}
	if err := s.Store.Settle(ctx, []ledger.UnitID{promise.Unit}); err != nil {
		return err
	}
	named, err := s.Files.Named(ctx, s.Store, promise.Hash, promise.Unit)
	if err == nil && !named {
		err = problem.ErrNotFound
	}
	return err
}

func (s *Photos) uploadLimit(err error, wait time.Duration) error {
	return problem.Fail("upload-limit", err, func(p *contract.Problem) { p.RetryAfterSeconds = max(1, int(math.Ceil(wait.Seconds()))) })
}

// uploadMetadata reads the pairs of tus's Upload-Metadata.
func uploadMetadata(header string) (map[string]string, error) {
	metadata := map[string]string{}
	for pair := range strings.SplitSeq(header, ",") {
		name, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if _, twice := metadata[name]; twice || name == "" || err != nil {
			return nil, problem.Malformed("Upload-Metadata is not pairs of a name and a value in base64", err)
		}
		metadata[name] = string(value)
	}
	return metadata, nil
}

func readerOf(c *gate.Caller) files.Reader {
	return files.Reader{User: c.User.ID, Role: c.User.Role, Units: c.Scope}
}

// HeadFile implements the operation headFile.
func (s *Photos) HeadFile(ctx context.Context, request contract.HeadFileRequestObject) (contract.HeadFileResponseObject, error) {
	if err := checkTus(request.Params.TusResumable); err != nil {
		return nil, err
	}
	u, err := s.Files.Find(ctx, gate.CallerOf(ctx).User.ID, request.Upload)
	if err != nil {
		return nil, err
	}
	return contract.HeadFile200Response{Headers: contract.HeadFile200ResponseHeaders{UploadOffset: u.Offset, UploadLength: u.Size, TusResumable: gate.TusVersion}}, nil
}

// PatchFile implements the operation patchFile.
func (s *Photos) PatchFile(ctx context.Context, request contract.PatchFileRequestObject) (contract.PatchFileResponseObject, error) {
	if err := checkTus(request.Params.TusResumable); err != nil {
		return nil, err
	}
	body := &brokenOff{Reader: request.Body}
	u, err := s.Files.Append(ctx, gate.CallerOf(ctx).User.ID, request.Upload, request.Params.UploadOffset, body)
	if err != nil && body.err != nil && errors.Is(err, body.err) {
		return nil, gate.Unreadable(err, files.MaxBytes)
	}
	if err != nil {
		return nil, err
	}
	if u.Offset == u.Size {
		s.seen(ctx)
	}
	return contract.PatchFile204Response{Headers: contract.PatchFile204ResponseHeaders{UploadOffset: u.Offset, TusResumable: gate.TusVersion}}, nil
}

// seen notes what the caller's device still holds once a photo has arrived. It
// may fail: the next request comes.
func (s *Photos) seen(ctx context.Context) {
	origin, device := gate.OriginOf(ctx), gate.CallerOf(ctx).Device.ID
	if err := s.Presences.Record(ctx, device, accounts.Heartbeat{Unsent: origin.Unsent, Client: origin.Client}); err != nil {
		s.Log.WarnContext(ctx, "device's figures not noted", "device", device, "error", err)
	}
}

// brokenOff keeps the error with which a body broke off.
type brokenOff struct {
	io.Reader
	err error
}

func (b *brokenOff) Read(p []byte) (n int, err error) {
	n, err = b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// GetFile implements the operation getFile.
func (s *Photos) GetFile(ctx context.Context, request contract.GetFileRequestObject) (contract.GetFileResponseObject, error) {
	caller, hash := gate.CallerOf(ctx), request.Hash
	small := request.Params.Size != 0
	if caller.User.Role != form.RoleCollector { // who decides sees what was just written
		if err := s.Store.Settle(ctx, caller.Scope); err != nil {
			return nil, err
		}
	}
	ref, err := s.Files.MaySee(ctx, s.Store, hash, readerOf(caller))
	if err != nil {
		return nil, err
	}
	answer := photo{gate.Raw{Media: form.PhotoType, Etag: `"` + hash + `"`, Cache: "private, no-cache", IfNoneMatch: request.Params.IfNoneMatch}}
	if small {
		answer.Etag = `"` + hash + `-320"`
	}
	if answer.Body, err = s.Files.Read(ctx, hash, small); err != nil {
		return nil, err
	}
	if caller.User.Role != form.RoleCollector && !ref.Record.IsZero() {
		if err := s.Access.Add(ctx, "getFile", ref.Unit, []ledger.RecordID{ref.Record}); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// photo is the answer to getFile.
type photo struct{ gate.Raw }

// VisitGetFileResponse writes the answer.
func (p photo) VisitGetFileResponse(w http.ResponseWriter) error {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return p.Write(w)
}
