package post

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

var errInside = errors.New("is an internal address")

// refuseInside is a net.Dialer's Control. It sees the very address that is
// about to be connected to, so a name that means one machine when it is looked
// up and another when it is dialled is of no help to anybody.
func refuseInside(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q is no address", errInside, address)
	}
	if !public(to.Addr()) {
		return errInside
	}
	return nil
}

// closed are ranges that lie among the public addresses, or among all of IPv4,
// and lead to no machine of the public: from the registries of special-purpose
// addresses (RFC 6890 and what followed it), and what cloud providers put
// beside them.
var closed = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
	"100.64.0.0/10",    // shared by providers (CGNAT)
	"169.254.0.0/16",   // link-local, and the metadata of most clouds
	"168.63.129.16/32", // the metadata of Azure
	"192.0.0.0/24",     // protocols, and the metadata of Oracle's cloud
	"192.88.99.0/24",   // relays from IPv6, long out of use
	"198.18.0.0/15",    // measurements
	"192.0.2.0/24",     // documentation, as the next two
	"198.51.100.0/24",  //
	"203.0.113.0/24",   //
	"224.0.0.0/3",      // multicast, reserved, broadcast
	"2001::/23",        // protocols; Teredo, which has IPv4 in it
	"2001:db8::/32",    // documentation, as the next
	"3fff::/20",        //
	"2002::/16",        // 6to4, which has IPv4 in it
)

// Of IPv6 only this is given out; what is not, such as the mapped, the
// translated (64:ff9b::/96), the local and the multicast, lies outside.
var global = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(list))
	for i, s := range list {
		all[i] = netip.MustParsePrefix(s)
	}
	return all
}

// public reports whether an address belongs to some machine of the public.
// One with a zone is in no range, and so is not.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if a.Is6() && !global.Contains(a) {
		return false
	}
	return a.IsValid() && !slices.ContainsFunc(closed, func(p netip.Prefix) bool { return p.Contains(a) })
}
