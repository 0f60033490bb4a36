package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/ledger"
)

// download is a file that a browser stores under a name.
type download struct {
	raw
	name string
}

func (d download) write(w http.ResponseWriter) error {
	w.Header().Set("Content-Disposition", disposition(d.name))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if d.etag == "" {
		w.Header().Set("Content-Type", d.media)
		w.WriteHeader(http.StatusOK)
		_, err := w.Write(d.body)
		return err
	}
	return d.raw.write(w)
}

// VisitGetReportFileResponse writes the answer.
func (d download) VisitGetReportFileResponse(w http.ResponseWriter) error { return d.write(w) }

// VisitGetRegisterResponse writes the answer.
func (d download) VisitGetRegisterResponse(w http.ResponseWriter) error { return d.write(w) }

// disposition names a file twice: for all, in ASCII, and as it is called (RFC
// 6266).
func disposition(name string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r == 'Đ':
			return 'D'
		case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '.':
			return r
		}
		return '_'
	}, name)
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, plain, url.PathEscape(name))
}

// GetReportFile implements the operation getReportFile.
func (s *Server) GetReportFile(ctx context.Context, request GetReportFileRequestObject) (GetReportFileResponseObject, error) {
	r, err := s.report(ctx, request.Report)
	if err != nil {
		return nil, err
	}
	answer := download{name: fileName(&r.Value, request.Format), raw: raw{
		media: request.Format.MediaType(), cache: "private, no-cache", ifNoneMatch: request.Params.IfNoneMatch,
	}}
	if stored, frozen := r.Value.Files[request.Format]; frozen {
		if answer.etag = `"` + stored.SHA256 + `"`; matches(answer.ifNoneMatch, answer.etag) {
			return answer, nil // it need not even be read
		}
	}
	if answer.body, err = s.Office.Archive.File(ctx, &r.Value, request.Format); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(answer.body)
	answer.etag = `"` + hex.EncodeToString(sum[:]) + `"`
	return answer, nil
}

// fileName is what an office would call the file, as
// 56-BC-UBND-21133-2019-2024.docx.
func fileName(r *archive.Report, format archive.Format) string {
	begin := "du-thao-" + r.Content.Letter.Symbol
	if r.Approval != nil {
		begin = fmt.Sprintf("%02d-%s", r.Approval.Issue.Number, r.Approval.Issue.Symbol)
	}
	of := fmt.Sprint(r.Period.To.Year())
	switch r.Period.Type {
	case calendar.FirstHalf:
		of += "-6-thang-dau"
	case calendar.SecondHalf:
		of += "-6-thang-cuoi"
	case calendar.TermYears:
		of = fmt.Sprintf("%d-%s", r.Period.From.Year(), of)
	case calendar.Annual:
	}
	return fmt.Sprintf("%s-%s-%s.%s", begin, codeOf(r.Unit), of, format)
}

// codeOf is the code of a unit, which its id begins with.
func codeOf(unit ledger.UnitID) string {
	if i := strings.LastIndexByte(string(unit), '-'); i > 0 {
		return string(unit[:i])
	}
	return string(unit)
}

// GetRegister implements the operation getRegister. Its reading is noted before
// it is answered, as one of all that lies in the unit.
func (s *Server) GetRegister(ctx context.Context, request GetRegisterRequestObject) (GetRegisterResponseObject, error) {
	unit, p := request.Unit, request.Params
	if !callerOf(ctx).reaches(unit) {
		return nil, errNotFound
	}
	var body bytes.Buffer
	if err := s.Office.Archive.WriteRegister(ctx, &body, unit, calendar.Day(p.From), calendar.Day(p.To)); err != nil {
		return nil, err
	}
	if err := s.logAccess(ctx, "getRegister", unit, nil); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("so-tiep-cong-dan-%s-%s-%s.xlsx", codeOf(unit), p.From, p.To)
	return download{name: name, raw: raw{body: body.Bytes(), media: archive.XLSX.MediaType()}}, nil
}
