// Package api serves the HTTP contract of openapi.yaml.
//
// A request passes through these steps, each in a file of its own: body.go
// decodes and bounds it, validate.go holds it against the contract, caller.go
// finds out who asks and what is in their reach, access.go says whether their
// role may, and a handler answers. Handlers return errors as they are;
// problem.go alone turns them into problems.
//
// One rule has no exception: what lies outside the caller's reach is answered
// as if it did not exist.
package api
