// Package contract is the HTTP contract: openapi.yaml, and the types and the
// server interface that are generated from it.
package contract

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"sync"
)

// compressedYAML is openapi.yaml, which go generate compresses: an embedded
// file cannot lie above its package.
//
//go:embed openapi.yaml.gz
var compressedYAML []byte

// YAML returns openapi.yaml, byte for byte. It must not be changed.
var YAML = sync.OnceValue(func() []byte {
	r, err := gzip.NewReader(bytes.NewReader(compressedYAML))
	if err != nil {
		panic(err) // the program was built wrongly
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return text
})
