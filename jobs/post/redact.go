package post

import (
	"io/fs"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
)

// numeric is what may be the address of a machine, as errors print it: of IPv6 in
// brackets, of IPv4, and of IPv6 alone.
var numeric = regexp.MustCompile(`\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[^\]\s]+)?\](:\d+)?` +
	`|\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b` +
	`|[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}(\.\d{1,3}){0,3}(%[\w.-]+)?`)

// withoutAddress hides an address that numeric has found. A time of day is none,
// and a colon after an address stays.
func withoutAddress(found string) string {
	if strings.Contains(found, "[") || strings.Count(found, ":") < 2 {
		return hidden
	}
	_, err := netip.ParseAddr(found)
	bare := strings.TrimSuffix(found, ":")
	if _, shorter := netip.ParseAddr(bare); shorter == nil {
		return hidden + found[len(bare):]
	}
	if err == nil || strings.Count(found, ":") > 2 {
		return hidden
	}
	return found
}

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
	return numeric.ReplaceAllStringFunc(text, withoutAddress)
}

// relayError is a failure of the mail server that the settings name.
type relayError struct {
	host string
	err  error
}

func (e *relayError) Error() string { return e.err.Error() }
func (e *relayError) Unwrap() error { return e.err }

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
	case *relayError:
		all = append(all, e.host)
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
