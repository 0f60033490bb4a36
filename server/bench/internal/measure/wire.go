package measure

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
)

// wire counts the bytes of a phone's connections, headers and all.
type wire struct{ up, down atomic.Int64 }

// protocol is what a phone speaks.
type protocol int

const (
	http1 protocol = iota
	// http2 as a browser speaks it over TLS, here without TLS and with prior
	// knowledge.
	http2
)

// transport opens connections that are counted. It leaves compression to the
// phone, so that nothing is decompressed while the clock runs.
func (w *wire) transport(speaks protocol) *http.Transport {
	dialer := &net.Dialer{}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(speaks == http1)
	protocols.SetUnencryptedHTTP2(speaks == http2)
	return &http.Transport{
		Protocols:          protocols,
		DisableCompression: true,
		MaxConnsPerHost:    1,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &counted{conn, w}, nil
		},
	}
}

type counted struct {
	net.Conn
	wire *wire
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.wire.down.Add(int64(n))
	return n, err
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.wire.up.Add(int64(n))
	return n, err
}
