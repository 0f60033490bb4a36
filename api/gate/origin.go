package gate

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/accounts"
)

// clientHeader names the app and its version, as "sothon-web/1.4.0".
const clientHeader = "Sothon-Client"

// unsentHeader is how much a device has not sent, as "12;photos=3".
const unsentHeader = "Sothon-Unsent"

// Origin is what is known of a request, whether or not its caller is.
type Origin struct {
	Address string           // of the client, for counting: an IPv4 address or an IPv6 /64
	Client  string           // what Sothon-Client says
	Unsent  *accounts.Unsent // what Sothon-Unsent says; nil: nothing that can be read
}

type originContextKey struct{}

func withOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originContextKey{}, o)
}

// OriginOf returns where a request comes from.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originContextKey{}).(Origin)
	return o
}

// originOf tells where a request comes from. X-Forwarded-For is what a client
// says of itself, until a proxy of ours has added to it: it is read from the
// right, and only behind proxies of gate.proxies.
func (g *Gate) originOf(r *http.Request) Origin {
	o := Origin{Client: r.Header.Get(clientHeader)}
	if unsent, ok := accounts.ParseUnsent(r.Header.Get(unsentHeader)); ok {
		o.Unsent = &unsent
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		o.Address = host
		return o
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !g.isProxy(address) {
			break
		}
		forwarded, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		address = forwarded
	}
	o.Address = networkOf(address)
	return o
}

func (g *Gate) isProxy(address netip.Addr) bool {
	return slices.ContainsFunc(g.proxies, func(p netip.Prefix) bool { return p.Contains(address.Unmap()) })
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

// checkClient refuses an app below gate.minClient. Keys, health, metrics and
// the contract are for everybody, and so is a client that does not say.
func (g *Gate) checkClient(r *http.Request) error {
	if g.minClient == "" || !strings.HasPrefix(r.URL.Path, "/v1/") {
		return nil
	}
	_, version, _ := strings.Cut(r.Header.Get(clientHeader), "/")
	if version = "v" + version; semver.IsValid(version) && semver.Compare(version, "v"+g.minClient) < 0 {
		return problem.Fail("client-too-old", nil, nil)
	}
	return nil
}
