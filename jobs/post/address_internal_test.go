package post

import (
	"errors"
	"net/netip"
	"testing"
	"time"
)

// The addresses around each range, since a range that is too wide shuts out
// people, and one that is too narrow lets in what it should not. Only here can
// public addresses be judged without being called.
func TestPublicAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"1.1.1.1": true, "14.160.0.1": true, "113.160.0.1": true, "223.255.255.255": true, "2001:ee0::1": true, "2606:4700::1111": true, "2a00::1": true,
		"::ffff:14.160.0.1": true,
		"0.255.255.255":     false, "1.0.0.0": true,
		"9.255.255.255": true, "10.0.0.0": false, "10.255.255.255": false, "11.0.0.0": true,
		"100.63.255.255": true, "100.64.0.0": false, "100.127.255.255": false, "100.128.0.0": true,
		"126.255.255.255": true, "127.0.0.0": false, "127.255.255.255": false, "128.0.0.0": true,
		"169.253.255.255": true, "169.254.0.0": false, "169.254.255.255": false, "169.255.0.0": true,
		"168.63.129.15": true, "168.63.129.16": false, "168.63.129.17": true,
		"172.15.255.255": true, "172.16.0.0": false, "172.31.255.255": false, "172.32.0.0": true,
		"192.0.0.0": false, "192.0.1.0": true, "192.0.2.0": false, "192.0.3.0": true, "192.88.99.1": false,
		"192.167.255.255": true, "192.168.0.0": false, "192.168.255.255": false, "192.169.0.0": true,
		"198.17.255.255": true, "198.18.0.0": false, "198.19.255.255": false, "198.20.0.0": true,
		"198.51.100.1": false, "203.0.113.1": false, "224.0.0.0": false, "239.255.255.255": false, "240.0.0.0": false, "255.255.255.255": false,
		"::": false, "::1": false, "::7f00:1": false, "::ffff:10.0.0.1": false, "::ffff:0:0": false, "64:ff9b::1.1.1.1": false, "100::1": false,
		"1fff:ffff::1": false, "2000::1": true, "2001::1": false, "2001:1ff:ffff::1": false, "2001:200::1": true,
		"2001:db8::1": false, "2001:db9::1": true, "2002::1": false, "2003::1": true,
		"3ffe::1": true, "3fff::1": false, "3fff:fff:ffff::1": false, "3fff:1000::1": true, "4000::1": false, "5f00::1": false,
		"fc00::1": false, "fdff::1": false, "fe80::1": false, "fe80::1%lo": false, "2606:4700::1%lo": false, "fec0::1": false, "ff02::1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %t, want %t", address, got, want)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestDialsAreJudged(t *testing.T) {
	for address, want := range map[string]error{
		"1.1.1.1:443": nil, "[2606:4700::1111]:443": nil,
		"10.0.0.1:443": errInside, "[::ffff:10.0.0.1]:443": errInside, "[fe80::1%lo]:443": errInside, "/var/run/x": errInside, "": errInside,
	} {
		if err := refuseInside("tcp", address, nil); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", address, err, want)
		}
	}
}

// A proxy that the surroundings name would be judged in place of the receiver.
// It is not to be seen from outside: the standard library asks for it once in a
// process, and never for this machine.
func TestNoProxyIsAsked(t *testing.T) {
	w, err := NewWebhook(WebhookConfig{URL: "https://mau.example/", Secret: make([]byte, minSecret), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if w.transport.Proxy != nil {
		t.Error("there is a proxy")
	}
}
