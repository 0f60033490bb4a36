package gate

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// Pace bounds how slow a request's body may come. Not the time that it takes
// counts but the progress that it makes: over a bad line a batch may take many
// minutes, and must not be cut off and sent again forever.
type Pace struct {
	// Now is the clock of the connections' deadlines: time.Now. nil bounds
	// nothing.
	Now func() time.Time
	// Window is the time in which a body makes progress: at least Floor bytes a
	// second on average, or its end.
	Window time.Duration
	Floor  int // bytes a second
	// Most is how long a body may take in all.
	Most time.Duration
	// Answer is how long the request may take from there on, its answer
	// included.
	Answer time.Duration
}

// StandardPace lets 1 MiB through at 600 bytes a second.
var StandardPace = Pace{Window: time.Minute, Floor: 64, Most: 30 * time.Minute, Answer: 4 * time.Minute}

// paced is one body on its way.
type paced struct {
	Pace
	connection *http.ResponseController
	wire       io.ReadCloser
	until      time.Time // the end of the window
	last       time.Time // when the body must have ended
	missing    int       // bytes that are still to come in the window
}

func (p Pace) begin(w http.ResponseWriter) *paced {
	b := &paced{Pace: p}
	if p.Now != nil {
		b.connection = http.NewResponseController(w)
		b.last = p.Now().Add(p.Most)
	}
	return b
}

// body returns wire, bounded.
func (b *paced) body(wire io.ReadCloser) io.ReadCloser {
	if b.Now == nil {
		return wire
	}
	b.wire = wire
	return b
}

// Read implements [io.Reader].
func (b *paced) Read(out []byte) (int, error) {
	if b.missing <= 0 {
		b.until = b.Now().Add(b.Window)
		if b.last.Before(b.until) {
			b.until = b.last
		}
		b.missing = max(int(b.Window/time.Second)*b.Floor, 1)
		if err := b.connection.SetReadDeadline(b.until); err != nil {
			return 0, err
		}
	}
	n, err := b.wire.Read(out)
	b.missing -= n
	if err != nil {
		b.ended(errors.Is(err, io.EOF))
	}
	return n, err
}

// Close implements [io.Closer].
func (b *paced) Close() error { return b.wire.Close() }

// ended takes the bound away once all has come, since what follows on the
// connection has its own bounds. The time for the answer begins.
func (b *paced) ended(whole bool) {
	if b.connection == nil {
		return
	}
	// An error shows when the connection is used next.
	if whole {
		_ = b.connection.SetReadDeadline(time.Time{})
	}
	if b.Answer > 0 {
		_ = b.connection.SetWriteDeadline(b.Now().Add(b.Answer))
	}
}
