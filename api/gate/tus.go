package gate

import (
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/files"
)

// TusVersion is the version of the protocol for resumable uploads that is
// spoken: https://tus.io/protocols/resumable-upload.
const TusVersion = "1.0.0"

// tusOperations are those that speak it.
var tusOperations = []string{"createFile", "headFile", "patchFile"}

// setTusHeaders sets the headers that each answer of tus has, a problem too.
func setTusHeaders(h http.Header, operation string) {
	if slices.Contains(tusOperations, operation) {
		h.Set("Tus-Resumable", TusVersion)
		h.Set("Tus-Version", TusVersion)
	}
}

// checkPiece refuses a body that is not of plain bytes, or larger than any file.
func checkPiece(r *http.Request, pace *paced) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || media != "application/offset+octet-stream" {
		return problem.Fail("unsupported-media", err, nil)
	}
	if encoding := r.Header.Get(echo.HeaderContentEncoding); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return problem.Fail("unsupported-media", nil, nil)
	}
	r.Body = http.MaxBytesReader(nil, pace.body(r.Body), files.MaxBytes+1)
	return nil
}
