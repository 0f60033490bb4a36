package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/store"
)

// Format is what a report can be had as.
type Format string

// Formats.
const (
	DOCX Format = "docx" // for Word, where officials edit it
	PDF  Format = "pdf"
	XLSX Format = "xlsx" // the figures, their parts, and every record that was counted
	JSON Format = "json"
)

// Formats lists them.
var Formats = []Format{DOCX, PDF, XLSX, JSON}

// MediaType is the format's name in HTTP and mail.
func (f Format) MediaType() string {
	switch f {
	case DOCX:
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case PDF:
		return "application/pdf"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case JSON:
	}
	return "application/json"
}

// Render writes a report in a format. The same report gives the same bytes.
func Render(w io.Writer, c *report.Compiled, format Format) error {
	switch format {
	case DOCX:
		return paper.WriteDOCX(w, c.Document())
	case PDF:
		return paper.WritePDF(w, c.Document())
	case XLSX:
		return paper.WriteXLSX(w, c.Workbook())
	case JSON:
		_, err := w.Write(c.JSON())
		return err
	}
	return fmt.Errorf("no format %q", format)
}

// StoredFile is a file of the archive, named by its content.
type StoredFile struct {
	SHA256 string `json:"sha256"` // hex
	Size   int    `json:"size"`   // bytes
}

// files keeps files in pieces: a document must stay well below what MongoDB
// takes at most (16 MB, and base64 makes it larger).
type files struct {
	pieces  store.Table[[]byte]
	earlier store.Table[[]byte] // where a version of November 2026 kept them, beside the photos
}

const (
	pieceSize         = 4 << 20
	earlierCollection = "files" // the photos' own, so that it is only read here
)

func newFiles(d store.Documents) files {
	return files{store.NewTable[[]byte](d, "report-files"), store.NewTable[[]byte](d, earlierCollection)}
}

func pieceID(sum string, n int) string { return fmt.Sprintf("%s-%06d", sum, n) }

// put stores a file. Storing it again changes nothing.
func (f files) put(ctx context.Context, body []byte) (StoredFile, error) {
	sum := sha256.Sum256(body)
	stored := StoredFile{SHA256: hex.EncodeToString(sum[:]), Size: len(body)}
	for n := 0; n == 0 || n*pieceSize < len(body); n++ {
		piece := body[n*pieceSize : min(len(body), (n+1)*pieceSize)]
		if _, err := f.pieces.Add(ctx, pieceID(stored.SHA256, n), piece); err != nil && !errors.Is(err, store.ErrTaken) {
			return stored, fmt.Errorf("store a file: %w", err)
		}
	}
	return stored, nil
}

// get reads a file, and checks that it is the one.
func (f files) get(ctx context.Context, stored StoredFile) ([]byte, error) {
	var body bytes.Buffer
	for n := 0; body.Len() < stored.Size; n++ {
		piece, err := f.pieces.Get(ctx, pieceID(stored.SHA256, n))
		if errors.Is(err, store.ErrNotFound) {
			piece, err = f.earlier.Get(ctx, pieceID(stored.SHA256, n))
		}
		if err != nil {
			return nil, fmt.Errorf("read a file: %w", err)
		}
		body.Write(piece.Value)
	}
	if sum := sha256.Sum256(body.Bytes()); hex.EncodeToString(sum[:]) != stored.SHA256 {
		return nil, fmt.Errorf("the stored file %s is damaged", stored.SHA256)
	}
	return body.Bytes(), nil
}
