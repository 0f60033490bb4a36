package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// clientHeader names the app and its version, as "sothon-web/1.4.0".
const clientHeader = "Sothon-Client"

// origin is what is known of a request before anybody has signed in.
type origin struct {
	address string // of the client, for counting: an IPv4 address or an IPv6 /64
	client  string // what Sothon-Client says
}

type originContextKey struct{}

func withOrigin(ctx context.Context, o origin) context.Context {
	return context.WithValue(ctx, originContextKey{}, o)
}

func originOf(ctx context.Context) origin {
	o, _ := ctx.Value(originContextKey{}).(origin)
	return o
}

// originOf tells where a request comes from. X-Forwarded-For is what a client
// says of itself, until a proxy of ours has added to it: it is read from the
// right, and only behind proxies of Config.Proxies.
func (s *Server) originOf(r *http.Request) origin {
	o := origin{client: r.Header.Get(clientHeader)}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		o.address = host
		return o
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !s.isProxy(address) {
			break
		}
		forwarded, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		address = forwarded
	}
	o.address = networkOf(address)
	return o
}

func (s *Server) isProxy(address netip.Addr) bool {
	return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(address.Unmap()) })
}

// networkOf is what one subscriber has: with IPv6 that is a /64, out of which
// addresses are taken at will.
func networkOf(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	network, err := address.Prefix(64)
	if err != nil {
		return address.String()
	}
	return network.String()
}

// checkClient refuses an app below Config.MinClient. Keys, health, metrics and
// the contract are for everybody, and so is whoever does not say.
func (s *Server) checkClient(r *http.Request) error {
	if s.MinClient == "" || !strings.HasPrefix(r.URL.Path, "/v1/") {
		return nil
	}
	_, version, _ := strings.Cut(r.Header.Get(clientHeader), "/")
	if version = "v" + version; semver.IsValid(version) && semver.Compare(version, "v"+s.MinClient) < 0 {
		return fail("client-too-old", nil, nil)
	}
	return nil
}
