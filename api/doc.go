// Package api serves the HTTP contract of openapi.yaml.
//
// A request passes package gate, and a handler answers it. The handlers of each
// tag of the contract are a package that has only what it needs, and none
// imports another: session, forms, syncing, photos, desk, reports, admin,
// operations.
// Handlers return errors as they are; package problem alone turns them into
// problems.
package api
