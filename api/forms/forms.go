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
	answer := contract.Forms{
		Limits: contract.Limits{
			MaxOps: ledger.MaxOps, MaxBytes: ledger.MaxBatchBytes, MaxOpBytes: ledger.MaxOpBytes,
			MaxFileBytes: form.MaxPhotoBytes, MaxPixels: form.MaxPhotoPixels, MaxPhotos: form.MaxPhotos, FileTypes: []string{form.PhotoType},
		},
		Messages: form.Messages(), Labels: labelsView(form.AllLabels()),
	}
	for _, f := range form.All() {
		answer.Forms = append(answer.Forms, formView(f))
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return Forms{}, fmt.Errorf("make the forms: %w", err)
	}
	return Forms{body: body, etag: gate.Etag(body)}, nil
}

func labelsView(l form.Labels) contract.FormLabels {
	words := func(options []form.Option) contract.Words {
		w := contract.Words{}
		for _, o := range options {
			w[o.Value] = o.Label
		}
		return w
	}
	return contract.FormLabels{
		States: words(l.States), Actions: words(l.Actions), Statuses: words(l.Statuses), Registers: words(l.Registers),
		Reasons: words(l.Reasons), Roles: words(l.Roles), Titles: words(l.Titles),
	}
}

func formView(f *form.Form) contract.Form {
	view := contract.Form{
		Kind: f.Kind, Label: f.Label, Plural: f.Plural, DateField: f.DateField, NameField: f.NameField,
		PersonName: f.PersonName, WriteOnce: f.WriteOnce, Fields: fieldViews(f.Fields), Actions: map[string][]ledger.Action{},
	}
	for role, actions := range f.Actions() {
		view.Actions[string(role)] = actions
	}
	for _, s := range f.Sections {
		view.Sections = append(view.Sections, contract.FormSection{Title: s.Title, Fields: s.Fields, When: conditionView(s.When), Folded: s.Folded})
	}
	for _, way := range f.Same() {
		var parts []contract.FormSamePart
		for _, p := range way {
			parts = append(parts, contract.FormSamePart{Field: p.Field, As: p.As})
		}
		view.Same = append(view.Same, parts)
	}
	for _, r := range f.Rules {
		view.Rules = append(view.Rules, contract.FormRule{Relation: r.Relation, Fields: r.Fields, When: r.When, Values: r.Values})
	}
	return view
}

func conditionView(c *form.Condition) contract.FormCondition {
	if c == nil {
		return contract.FormCondition{}
	}
	return contract.FormCondition{Field: c.Field, Values: c.Values}
}

func fieldViews(fields []form.Field) []contract.FormField {
	var views []contract.FormField
	for i := range fields {
		f := &fields[i]
		view := contract.FormField{
			Name: f.Name, Label: f.Label, Help: f.Help, Type: f.Type, Required: f.Required, Personal: f.Personal, Sensitive: f.Sensitive,
			Future: f.Future, Local: f.Local, MaxLength: f.MaxLength, MaxItems: f.MaxItems, References: f.References,
			Items: fieldViews(f.Items), Writers: slices.Clone(f.Writers),
			Search: f.Search, Filter: f.Filter, Default: json.RawMessage(f.Default), Suffix: f.Suffix, Rows: f.Rows, When: conditionView(f.When),
		}
		if f.Min != 0 || f.Max != 0 {
			view.Min, view.Max = &f.Min, &f.Max
		}
		for _, o := range f.Options {
			view.Options = append(view.Options, contract.FormOption{Value: o.Value, Label: o.Label, From: o.From, To: o.To})
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
