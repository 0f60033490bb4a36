// Package forms serves the forms of the kinds.
package forms

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Forms implements the operations of the tag forms: an answer made once.
type Forms struct {
	body []byte
	etag string
}

// New writes the forms.
func New() (Forms, error) {
	answer := contract.Forms{Limits: contract.Limits{MaxOps: ledger.MaxOps, MaxBytes: ledger.MaxBatchBytes, MaxOpBytes: ledger.MaxOpBytes}}
	for _, f := range form.All() {
		answer.Forms = append(answer.Forms, formView(f))
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return Forms{}, fmt.Errorf("make the forms: %w", err)
	}
	return Forms{body: body, etag: gate.Etag(body)}, nil
}

func formView(f *form.Form) contract.Form {
	view := contract.Form{
		Kind: f.Kind, Label: f.Label, Plural: f.Plural, DateField: f.DateField, NameField: f.NameField,
		PersonName: f.PersonName, WriteOnce: f.WriteOnce, Fields: fieldViews(f.Fields),
	}
	for _, r := range f.Rules {
		view.Rules = append(view.Rules, contract.FormRule{Relation: r.Relation, Fields: r.Fields, When: r.When, Values: r.Values})
	}
	return view
}

func fieldViews(fields []form.Field) []contract.FormField {
	var views []contract.FormField
	for i := range fields {
		f := &fields[i]
		view := contract.FormField{
			Name: f.Name, Label: f.Label, Help: f.Help, Type: f.Type, Required: f.Required, Personal: f.Personal, Sensitive: f.Sensitive,
			Future: f.Future, Local: f.Local, MaxLength: f.MaxLength, MaxItems: f.MaxItems, References: f.References,
			Items: fieldViews(f.Items), Writers: slices.Clone(f.Writers),
		}
		if f.Min != 0 || f.Max != 0 {
			view.Min, view.Max = &f.Min, &f.Max
		}
		for _, o := range f.Options {
			view.Options = append(view.Options, contract.FormOption{Value: o.Value, Label: o.Label})
		}
		views = append(views, view)
	}
	return views
}

// GetForms implements the operation getForms.
func (s *Forms) GetForms(_ context.Context, request contract.GetFormsRequestObject) (contract.GetFormsResponseObject, error) {
	return formsAnswer{gate.Raw{Body: s.body, Media: "application/json", Etag: s.etag, Cache: "private, no-cache", IfNoneMatch: request.Params.IfNoneMatch}}, nil
}

// formsAnswer is the answer to getForms.
type formsAnswer struct{ gate.Raw }

// VisitGetFormsResponse writes the answer.
func (a formsAnswer) VisitGetFormsResponse(w http.ResponseWriter) error { return a.Write(w) }
