package api

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// tusVersion is the version of the protocol for resumable uploads that is
// spoken: https://tus.io/protocols/resumable-upload.
const tusVersion = "1.0.0"

// tusOperations are those that speak it.
var tusOperations = []string{"createFile", "headFile", "patchFile"}

// speakTus sets the headers that each answer of tus has, a problem too.
func speakTus(h http.Header, operation string) {
	if slices.Contains(tusOperations, operation) {
		h.Set("Tus-Resumable", tusVersion)
		h.Set("Tus-Version", tusVersion)
	}
}

// checkPiece refuses a body that is not of plain bytes, or larger than any file.
func checkPiece(r *http.Request) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || media != "application/offset+octet-stream" {
		return fail("unsupported-media", err, nil)
	}
	if encoding := r.Header.Get(echo.HeaderContentEncoding); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return fail("unsupported-media", nil, nil)
	}
	r.Body = http.MaxBytesReader(nil, r.Body, files.MaxBytes+1)
	return nil
}

func checkTus(version string) error {
	if version != tusVersion {
		return fail("tus-version", nil, nil)
	}
	return nil
}

// CreateFile implements the operation createFile.
func (s *Server) CreateFile(ctx context.Context, request CreateFileRequestObject) (CreateFileResponseObject, error) {
	caller, p := callerOf(ctx), request.Params
	if err := checkTus(p.TusResumable); err != nil {
		return nil, err
	}
	metadata, err := uploadMetadata(p.UploadMetadata)
	if err != nil {
		return nil, err
	}
	promise := files.Promise{
		User: caller.user.ID, Device: caller.device.ID, Unit: ledger.UnitID(metadata["unit"]),
		Hash: metadata["sha256"], Type: metadata["type"], Size: p.UploadLength,
	}
	if !caller.reaches(promise.Unit) {
		return nil, errNotFound
	}
	if !form.IsHash(promise.Hash) {
		return nil, malformed("Upload-Metadata: sha256 is not 64 digits of lower-case hex", nil)
	}
	switch _, err := s.files.Seen(ctx, s.store, promise.Hash, readerOf(caller)); {
	case err == nil:
		promise.Seen = true
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	u, err := s.files.Create(ctx, promise)
	switch {
	case errors.Is(err, files.ErrOpen):
		return nil, s.uploadLimit(err, time.Hour)
	case errors.Is(err, files.ErrDay):
		return nil, s.uploadLimit(err, s.files.UntilTomorrow())
	case err != nil:
		return nil, err
	}
	return CreateFile201Response{CreateFile201ResponseHeaders{
		Location: "/v1/files/uploads/" + u.ID, UploadOffset: u.Offset, TusResumable: tusVersion,
	}}, nil
}

func (s *Server) uploadLimit(err error, wait time.Duration) error {
	return fail("upload-limit", err, func(p *Problem) { p.RetryAfterSeconds = max(1, int(math.Ceil(wait.Seconds()))) })
}

// uploadMetadata reads the pairs of tus's Upload-Metadata.
func uploadMetadata(header string) (map[string]string, error) {
	metadata := map[string]string{}
	for pair := range strings.SplitSeq(header, ",") {
		name, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if _, twice := metadata[name]; twice || name == "" || err != nil {
			return nil, malformed("Upload-Metadata is not pairs of a name and a value in base64", err)
		}
		metadata[name] = string(value)
	}
	return metadata, nil
}

func readerOf(c *caller) files.Reader {
	return files.Reader{User: c.user.ID, Role: c.user.Role, Units: c.scope}
}

// HeadFile implements the operation headFile.
func (s *Server) HeadFile(ctx context.Context, request HeadFileRequestObject) (HeadFileResponseObject, error) {
	if err := checkTus(request.Params.TusResumable); err != nil {
		return nil, err
	}
	u, err := s.files.Find(ctx, callerOf(ctx).user.ID, request.Upload)
	if err != nil {
		return nil, err
	}
	return HeadFile200Response{HeadFile200ResponseHeaders{UploadOffset: u.Offset, UploadLength: u.Size, TusResumable: tusVersion}}, nil
}

// PatchFile implements the operation patchFile.
func (s *Server) PatchFile(ctx context.Context, request PatchFileRequestObject) (PatchFileResponseObject, error) {
	if err := checkTus(request.Params.TusResumable); err != nil {
		return nil, err
	}
	body := &brokenOff{Reader: request.Body}
	u, err := s.files.Append(ctx, callerOf(ctx).user.ID, request.Upload, request.Params.UploadOffset, body)
	if err != nil && body.err != nil && errors.Is(err, body.err) {
		return nil, unreadable(err, files.MaxBytes)
	}
	if err != nil {
		return nil, err
	}
	return PatchFile204Response{PatchFile204ResponseHeaders{UploadOffset: u.Offset, TusResumable: tusVersion}}, nil
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
func (s *Server) GetFile(ctx context.Context, request GetFileRequestObject) (GetFileResponseObject, error) {
	caller, hash := callerOf(ctx), request.Hash
	small := request.Params.Size != 0
	if caller.user.Role != form.RoleCollector { // who decides sees what was just written
		if err := s.store.Settle(ctx, caller.scope); err != nil {
			return nil, err
		}
	}
	ref, err := s.files.Seen(ctx, s.store, hash, readerOf(caller))
	if err != nil {
		return nil, err
	}
	answer := photo{raw{media: form.PhotoType, etag: `"` + hash + `"`, cache: "private, no-cache", ifNoneMatch: request.Params.IfNoneMatch}}
	if small {
		answer.etag = `"` + hash + `-320"`
	}
	if answer.body, err = s.files.Read(ctx, hash, small); err != nil {
		return nil, err
	}
	if caller.user.Role != form.RoleCollector && !ref.Record.IsZero() {
		if err := s.logAccess(ctx, "getFile", ref.Unit, []ledger.RecordID{ref.Record}); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// photo is the answer to getFile.
type photo struct{ raw }

// VisitGetFileResponse writes the answer.
func (p photo) VisitGetFileResponse(w http.ResponseWriter) error {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return p.write(w)
}

// missingOf returns which files of the records the server lacks.
func (s *Server) missingOf(ctx context.Context, records []*ledger.Record) (map[string]bool, error) {
	var hashes []string
	for _, r := range records {
		hashes = append(hashes, form.Files(r)...)
	}
	list, err := s.files.Missing(ctx, hashes)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	missing := make(map[string]bool, len(list))
	for _, hash := range list {
		missing[hash] = true
	}
	return missing, nil
}

// among returns those of a record's files that are missing.
func among(missing map[string]bool, r *ledger.Record) []string {
	if len(missing) == 0 {
		return nil
	}
	return slices.DeleteFunc(form.Files(r), func(hash string) bool { return !missing[hash] })
}
