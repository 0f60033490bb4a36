package reports

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/sync/store"
)

//go:embed acknowledgement.html
var acknowledgementText string

var acknowledgementPage = template.Must(template.New("acknowledgement").Parse(acknowledgementText))

// acknowledgementStyle is the page's only style. The policy below names it by
// its sum, and lets nothing else in.
const acknowledgementStyle = `body{font:1.1rem/1.5 system-ui,sans-serif;margin:0;padding:2rem 1rem;color:#111;background:#fff}` +
	`main{max-width:36rem;margin:0 auto}h1{font-size:1.4rem}` +
	`button{font:inherit;padding:.8rem 1.4rem;border:0;border-radius:.4rem;color:#fff;background:#0b57d0}`

var acknowledgementPolicy = func() string {
	sum := sha256.Sum256([]byte(acknowledgementStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}()

// page is an answer for a person with nothing but a browser.
type page []byte

func (p page) write(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", acknowledgementPolicy)
	h.Set("Referrer-Policy", "no-referrer") // the address of the page is the word itself
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(p)
	return err
}

// VisitGetAcknowledgementResponse writes the answer.
func (p page) VisitGetAcknowledgementResponse(w http.ResponseWriter) error { return p.write(w) }

// VisitAcknowledgeResponse writes the answer.
func (p page) VisitAcknowledgeResponse(w http.ResponseWriter) error { return p.write(w) }

// acknowledgements are the pages on which a recipient says that a report has
// arrived.
type acknowledgements struct {
	archive  *archive.Archive
	outbox   *outbox.Outbox
	guesses  *gate.Throttle
	location *time.Location
}

// GetAcknowledgement implements the operation getAcknowledgement.
func (s *acknowledgements) GetAcknowledgement(ctx context.Context, request contract.GetAcknowledgementRequestObject) (contract.GetAcknowledgementResponseObject, error) {
	return s.acknowledgement(ctx, request.Token, s.outbox.ByToken)
}

// Acknowledge implements the operation acknowledge.
func (s *acknowledgements) Acknowledge(ctx context.Context, request contract.AcknowledgeRequestObject) (contract.AcknowledgeResponseObject, error) {
	return s.acknowledgement(ctx, request.Token, s.acknowledge)
}

// acknowledge notes that a report has arrived, unless it was withdrawn.
func (s *acknowledgements) acknowledge(ctx context.Context, token string) (store.Stored[outbox.Delivery], error) {
	d, err := s.outbox.ByToken(ctx, token)
	if err != nil {
		return d, err
	}
	r, err := s.archive.Get(ctx, d.Value.Report)
	if err != nil || r.Value.State == archive.Withdrawn {
		return d, err
	}
	return s.outbox.Acknowledge(ctx, token)
}

// acknowledgement writes the page about the delivery that find finds by a
// recipient's word.
func (s *acknowledgements) acknowledgement(ctx context.Context, token string, find func(context.Context, string) (store.Stored[outbox.Delivery], error)) (page, error) {
	guesses := gate.GuessesAtToken(gate.OriginOf(ctx).Address)
	if wait, err := s.guesses.Take(ctx, guesses); err != nil {
		return nil, err
	} else if wait > 0 {
		return nil, gate.TooMany(wait)
	}
	d, err := find(ctx, token)
	if errors.Is(err, store.ErrNotFound) {
		s.guesses.Spend(guesses)
	} else {
		s.guesses.GiveBack(guesses)
	}
	if err != nil {
		return nil, err
	}
	r, err := s.archive.Get(ctx, d.Value.Report)
	if err != nil {
		return nil, err
	}
	shown := struct {
		Style                                    template.CSS
		Recipient, Cited, From, Subject, Arrived string
		Withdrawn, Instead                       string
	}{
		Style: acknowledgementStyle, Recipient: d.Value.To.Name, Cited: "báo cáo", From: r.Value.Content.Sender(), Subject: r.Value.Content.Subject,
	}
	if a := r.Value.Approval; a != nil {
		shown.Cited = fmt.Sprintf("báo cáo số %02d/%s", a.Issue.Number, a.Issue.Symbol)
	}
	if v := r.Value.Withdrawn; v != nil {
		shown.Withdrawn = v.At.Time().In(s.location).Format("02/01/2006")
	}
	if r.Value.ReplacedBy != "" {
		instead, err := s.archive.Get(ctx, r.Value.ReplacedBy)
		if err != nil {
			return nil, err
		}
		shown.Instead = instead.Value.Name()
	}
	if d.Value.Arrived != nil {
		shown.Arrived = d.Value.Arrived.At.Time().In(s.location).Format("15:04 02/01/2006")
	}
	var body bytes.Buffer
	err = acknowledgementPage.Execute(&body, shown)
	return body.Bytes(), err
}
