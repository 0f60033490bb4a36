package reports

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/sync/ledger"
)

// fileAnswer is the answer to getReportFile, getRegister and exportFigures.
type fileAnswer struct{ gate.Download }

// VisitGetReportFileResponse writes the answer.
func (a fileAnswer) VisitGetReportFileResponse(w http.ResponseWriter) error { return a.Write(w) }

// VisitGetRegisterResponse writes the answer.
func (a fileAnswer) VisitGetRegisterResponse(w http.ResponseWriter) error { return a.Write(w) }

// VisitExportFiguresResponse writes the answer.
func (a fileAnswer) VisitExportFiguresResponse(w http.ResponseWriter) error { return a.Write(w) }

// codeOf is the code of a unit, which its id begins with.
func codeOf(unit ledger.UnitID) string {
	if i := strings.LastIndexByte(string(unit), '-'); i > 0 {
		return string(unit[:i])
	}
	return string(unit)
}

// GetRegister implements the operation getRegister. Its reading is noted before
// it is answered, as one of everything in the unit.
func (s *counts) GetRegister(ctx context.Context, request contract.GetRegisterRequestObject) (contract.GetRegisterResponseObject, error) {
	unit, p, caller := request.Unit, request.Params, gate.CallerOf(ctx)
	if !caller.Reaches(unit) {
		return nil, problem.ErrNotFound
	}
	var body bytes.Buffer
	if err := s.archive.WriteRegister(ctx, &body, unit, calendar.Day(p.From), calendar.Day(p.To), caller.Reaches); err != nil {
		return nil, err
	}
	if err := s.access.Add(ctx, "getRegister", unit, nil); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("so-tiep-cong-dan-%s-%s-%s.xlsx", codeOf(unit), p.From, p.To)
	return fileAnswer{gate.Download{Name: name, Raw: gate.Raw{Body: body.Bytes(), Media: archive.XLSX.MediaType()}}}, nil
}
