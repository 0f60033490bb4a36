package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// forms is the answer of GET /v1/forms, made once.
type forms struct {
	body []byte
	etag string
}

func newForms() (forms, error) {
	answer := Forms{
		Limits: Limits{
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
		return forms{}, fmt.Errorf("make the forms: %w", err)
	}
	return forms{body: body, etag: etag(body)}, nil
}

func labelsView(l form.Labels) FormLabels {
	words := func(options []form.Option) Words {
		w := Words{}
		for _, o := range options {
			w[o.Value] = o.Label
		}
		return w
	}
	return FormLabels{
		States: words(l.States), Actions: words(l.Actions), Statuses: words(l.Statuses), Registers: words(l.Registers),
		Reasons: words(l.Reasons), Roles: words(l.Roles), Titles: words(l.Titles),
	}
}

func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// matches reports whether an If-None-Match names the tag (RFC 9110, 13.1.2).
func matches(ifNoneMatch, tag string) bool {
	for _, t := range strings.Split(ifNoneMatch, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}

func formView(f *form.Form) Form {
	view := Form{
		Kind: f.Kind, Label: f.Label, Plural: f.Plural, DateField: f.DateField, NameField: f.NameField,
		PersonName: f.PersonName, WriteOnce: f.WriteOnce, Fields: fieldViews(f.Fields), Actions: map[string][]ledger.Action{},
	}
	for role, actions := range f.Actions() {
		view.Actions[string(role)] = actions
	}
	for _, s := range f.Sections {
		view.Sections = append(view.Sections, FormSection{Title: s.Title, Fields: s.Fields, When: conditionView(s.When), Folded: s.Folded})
	}
	for _, way := range f.Same() {
		var parts []FormSamePart
		for _, p := range way {
			parts = append(parts, FormSamePart{Field: p.Field, As: p.As})
		}
		view.Same = append(view.Same, parts)
	}
	for _, r := range f.Rules {
		view.Rules = append(view.Rules, FormRule{Relation: r.Relation, Fields: r.Fields, When: r.When, Values: r.Values})
	}
	return view
}

func conditionView(c *form.Condition) FormCondition {
	if c == nil {
		return FormCondition{}
	}
	return FormCondition{Field: c.Field, Values: c.Values}
}

func fieldViews(fields []form.Field) []FormField {
	var views []FormField
	for i := range fields {
		f := &fields[i]
		view := FormField{
			Name: f.Name, Label: f.Label, Help: f.Help, Type: f.Type, Required: f.Required, Personal: f.Personal, Sensitive: f.Sensitive,
			Future: f.Future, Local: f.Local, MaxLength: f.MaxLength, MaxItems: f.MaxItems, References: f.References,
			Items: fieldViews(f.Items), Writers: slices.Clone(f.Writers),
			Search: f.Search, Filter: f.Filter, Default: json.RawMessage(f.Default), Suffix: f.Suffix, Rows: f.Rows, When: conditionView(f.When),
		}
		if f.Min != 0 || f.Max != 0 {
			view.Min, view.Max = &f.Min, &f.Max
		}
		for _, o := range f.Options {
			view.Options = append(view.Options, FormOption{Value: o.Value, Label: o.Label, From: o.From, To: o.To})
		}
		views = append(views, view)
	}
	return views
}

// GetForms implements the operation getForms.
func (s *Server) GetForms(_ context.Context, request GetFormsRequestObject) (GetFormsResponseObject, error) {
	return raw{body: s.forms.body, media: "application/json", etag: s.forms.etag, cache: "private, no-cache", ifNoneMatch: request.Params.IfNoneMatch}, nil
}

// GetContract implements the operation getContract.
func (s *Server) GetContract(_ context.Context, request GetContractRequestObject) (GetContractResponseObject, error) {
	return raw{body: contract, media: "application/yaml", etag: etag(contract), cache: "public, max-age=300", ifNoneMatch: request.Params.IfNoneMatch}, nil
}

// raw is an answer of fixed bytes, with a tag to ask for it again.
type raw struct {
	body                            []byte
	media, etag, cache, ifNoneMatch string
}

func (r raw) write(w http.ResponseWriter) error {
	w.Header().Set("ETag", r.etag)
	w.Header().Set("Cache-Control", r.cache)
	if matches(r.ifNoneMatch, r.etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", r.media)
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(r.body)
	return err
}

// VisitGetFormsResponse writes the answer.
func (r raw) VisitGetFormsResponse(w http.ResponseWriter) error { return r.write(w) }

// VisitGetContractResponse writes the answer.
func (r raw) VisitGetContractResponse(w http.ResponseWriter) error { return r.write(w) }
