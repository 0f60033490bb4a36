package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/sothon/sothon/jobs/archive"
)

// spec is the contract with a router, read once for all tests.
var spec = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(contractFile)
	if err != nil {
		return nil, err
	}
	problem = doc.Components.Schemas["Problem"].Value
	for _, media := range []string{archive.DOCX.MediaType(), archive.PDF.MediaType(), archive.XLSX.MediaType()} {
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.FileBodyDecoder)
	}
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.PlainBodyDecoder)
	return legacy.NewRouter(doc)
})

var problem *openapi3.Schema

// againstContract tells how an answer differs from what the contract promises.
// What no operation lists, a 500 and requests that are none, is a problem.
func againstContract(r *http.Request, a *answer) error {
	router, err := spec()
	if err != nil {
		return err
	}
	plain := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.RequestURI(), http.NoBody)
	route, params, err := router.FindRoute(plain)
	if err != nil || a.status == http.StatusInternalServerError {
		var p any
		if err := json.Unmarshal(a.body, &p); err != nil {
			return fmt.Errorf("read the problem: %w", err)
		}
		return problem.VisitJSON(p, openapi3.MultiErrors())
	}
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: plain, PathParams: params, Route: route},
		Status:                 a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
}
