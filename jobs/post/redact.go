package post

import (
	"io/fs"
	"net"
	"os"
	"regexp"
	"strings"
)

// numeric are addresses of machines as errors print them.
var numeric = regexp.MustCompile(`\[[0-9A-Fa-f:.%a-z]*:[0-9A-Fa-f:.%a-z]*\](:\d+)?|\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b|\b[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){3,7}\b`)

// hidden stands where something was left out.
const hidden = "…"

// Redact returns the text of an error for people who enter recipients: without
// the addresses, names and folders of the network and the server that they
// would not learn otherwise.
func Redact(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	for _, secret := range inner(err) {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, hidden)
		}
	}
	return numeric.ReplaceAllString(text, hidden)
}

// inner collects what the errors in a tree know of machines and folders.
func inner(err error) []string {
	var all []string
	switch e := err.(type) { //nolint:errorlint // Every error of the tree is looked at.
	case *net.OpError:
		for _, a := range []net.Addr{e.Addr, e.Source} {
			if a != nil {
				all = append(all, a.String())
			}
		}
	case *net.DNSError:
		all = append(all, e.Server)
	case *fs.PathError:
		all = append(all, e.Path)
	case *os.LinkError:
		all = append(all, e.Old, e.New)
	}
	switch e := err.(type) { //nolint:errorlint // As above.
	case interface{ Unwrap() error }:
		if next := e.Unwrap(); next != nil {
			all = append(all, inner(next)...)
		}
	case interface{ Unwrap() []error }:
		for _, next := range e.Unwrap() {
			all = append(all, inner(next)...)
		}
	}
	return all
}
