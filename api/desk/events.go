package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/gate"
	"github.com/sothon/sothon/api/problem"
	"github.com/sothon/sothon/sync/ledger"
)

// Bounds of the streams of a server.
const (
	maxStreams       = 500
	maxStreamsOfUser = 8
	eventsPerLook    = 200 // heads that are read in one look
	lookEvery        = time.Second
	commentEvery     = 25 * time.Second
	streamLife       = 3 * time.Minute // less than the HTTP server gives an answer
)

// events tells desks in which units something changed. While anybody listens,
// it looks once a second how far the lists of the units have come; whichever
// server wrote, its change is seen there. Of reports it tells what this server
// stores.
type events struct {
	// projected returns how far the lists of a unit have come.
	projected func(context.Context, ledger.UnitID) (ledger.Head, error)
	closing   <-chan struct{} // closed when the server stops
	log       *slog.Logger

	mu        sync.Mutex
	listeners map[*listener]struct{}        // guarded by mu
	seen      map[ledger.UnitID]ledger.Head // guarded by mu; of units that somebody listens to
	watched   []ledger.UnitID               // guarded by mu; the same units, in the order of the looks
	next      int                           // guarded by mu; the unit that the next look begins with
	looking   bool                          // guarded by mu; a goroutine looks
}

// newEvents returns events without listeners. closing is closed when the
// server stops, and ends all streams.
func newEvents(projected func(context.Context, ledger.UnitID) (ledger.Head, error), closing <-chan struct{}, log *slog.Logger) *events {
	return &events{
		projected: projected, closing: closing, log: log,
		listeners: map[*listener]struct{}{}, seen: map[ledger.UnitID]ledger.Head{},
	}
}

// listener is one open stream.
type listener struct {
	user  ledger.UserID
	units map[ledger.UnitID]struct{}

	mu      sync.Mutex
	changed map[ledger.UnitID]ledger.Seq // guarded by mu; what was not sent yet
	reports map[string]ledger.UnitID     // guarded by mu; the same of reports, by id
	wake    chan struct{}                // holds one element while there is something to tell
}

func newListener(user ledger.UserID, units []ledger.UnitID) *listener {
	l := &listener{user: user, units: map[ledger.UnitID]struct{}{}, wake: make(chan struct{}, 1)}
	for _, unit := range units {
		l.units[unit] = struct{}{}
	}
	l.take()
	return l
}

func (l *listener) tell(unit ledger.UnitID, seq ledger.Seq) {
	l.note(unit, func() { l.changed[unit] = seq })
}

func (l *listener) tellReport(unit ledger.UnitID, report string) {
	l.note(unit, func() { l.reports[report] = unit })
}

// note adds to what is to be sent, if it is of a unit that is listened to.
func (l *listener) note(unit ledger.UnitID, add func()) {
	if _, listens := l.units[unit]; !listens {
		return
	}
	l.mu.Lock()
	add()
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *listener) take() (map[ledger.UnitID]ledger.Seq, map[string]ledger.UnitID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	changed, reports := l.changed, l.reports
	l.changed, l.reports = map[ledger.UnitID]ledger.Seq{}, map[string]ledger.UnitID{}
	return changed, reports
}

// listen adds a listener. It gets every change after listen has returned.
func (e *events) listen(ctx context.Context, user ledger.UserID, units []ledger.UnitID) (*listener, error) {
	l := newListener(user, units)
	if err := e.add(l); err != nil {
		return nil, err
	}
	for _, unit := range units { // what has no head yet gets one, so that the next is a change
		if e.known(unit) {
			continue
		}
		if err := e.look(ctx, unit); err != nil {
			e.remove(l)
			return nil, err
		}
	}
	return l, nil
}

func (e *events) known(unit ledger.UnitID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, known := e.seen[unit]
	return known
}

func (e *events) add(l *listener) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	own := 0
	for other := range e.listeners {
		if other.user == l.user {
			own++
		}
	}
	if own >= maxStreamsOfUser || len(e.listeners) >= maxStreams {
		return problem.Fail("too-many-requests", nil, func(p *contract.Problem) {
			p.Message = "Đang mở quá nhiều trang cùng lúc. Vui lòng đóng bớt."
			p.RetryAfterSeconds = int(commentEvery / time.Second)
		})
	}
	e.listeners[l] = struct{}{}
	e.watch()
	if !e.looking {
		e.looking = true
		go e.run()
	}
	return nil
}

func (e *events) remove(l *listener) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.listeners, l)
	e.watch()
}

// watch makes the list of what to look at again. It runs under the lock.
func (e *events) watch() {
	units := map[ledger.UnitID]struct{}{}
	for l := range e.listeners {
		maps.Copy(units, l.units)
	}
	e.watched = slices.Sorted(maps.Keys(units))
	maps.DeleteFunc(e.seen, func(unit ledger.UnitID, _ ledger.Head) bool {
		_, listened := units[unit]
		return !listened
	})
}

// run looks until nobody listens any more.
func (e *events) run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-e.closing:
			return
		case <-tick.C:
		}
		units, more := e.round()
		if !more {
			return
		}
		for _, unit := range units {
			limited, done := context.WithTimeout(ctx, commentEvery)
			err := e.look(limited, unit)
			done()
			if err != nil { // the next round meets it again
				e.log.Debug("the head of a unit's lists was not read", "unit", unit, "error", err)
				break
			}
		}
	}
}

// round returns the units of the next look, and false when nobody listens.
func (e *events) round() ([]ledger.UnitID, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.listeners) == 0 {
		e.looking = false
		return nil, false
	}
	n := len(e.watched)
	units := make([]ledger.UnitID, 0, min(n, eventsPerLook))
	for i := range min(n, eventsPerLook) {
		units = append(units, e.watched[(e.next+i)%n])
	}
	e.next += len(units)
	return units, true
}

// look reads how far a unit's lists have come, and tells who listens.
func (e *events) look(ctx context.Context, unit ledger.UnitID) error {
	head, err := e.projected(ctx, unit)
	if err != nil {
		return fmt.Errorf("read the head of a unit's lists: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	before, known := e.seen[unit]
	e.seen[unit] = head
	if !known || before == head {
		return nil
	}
	for l := range e.listeners {
		l.tell(unit, head.Seq)
	}
	return nil
}

// tellReport tells who listens that a report of a unit changed.
func (e *events) tellReport(unit ledger.UnitID, report string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for l := range e.listeners {
		l.tellReport(unit, report)
	}
}

// StreamEvents implements the operation streamEvents.
func (e *events) StreamEvents(ctx context.Context, request contract.StreamEventsRequestObject) (contract.StreamEventsResponseObject, error) {
	caller := gate.CallerOf(ctx)
	units, err := caller.Within(request.Params.Unit)
	if err != nil {
		return nil, err
	}
	l, err := e.listen(ctx, caller.User.ID, units)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, streamLife)
	r := &stream{ctx: ctx, cancel: cancel, events: e, listener: l, comment: time.NewTicker(commentEvery)}
	r.text.WriteString("event: ready\ndata: {}\n\n")
	return contract.StreamEvents200TextEventStreamResponse{Body: r}, nil
}

// stream is the body of an answer: the events of a listener, as text.
type stream struct {
	ctx      context.Context //nolint:containedctx // the answer's: a reader has no other way to end
	cancel   func()
	events   *events
	listener *listener
	comment  *time.Ticker
	text     bytes.Buffer
}

// Read implements [io.Reader]: it waits for something to tell.
func (s *stream) Read(into []byte) (int, error) {
	for s.text.Len() == 0 {
		select {
		case <-s.ctx.Done():
			return 0, io.EOF
		case <-s.events.closing:
			return 0, io.EOF
		case <-s.comment.C:
			s.text.WriteString(":\n\n")
		case <-s.listener.wake:
			changed, reports := s.listener.take()
			for _, unit := range slices.Sorted(maps.Keys(changed)) {
				if err := s.write("unit", struct {
					Unit ledger.UnitID `json:"unit"`
					Seq  ledger.Seq    `json:"seq"`
				}{unit, changed[unit]}); err != nil {
					return 0, err
				}
			}
			for _, report := range slices.Sorted(maps.Keys(reports)) {
				if err := s.write("report", struct {
					Unit   ledger.UnitID `json:"unit"`
					Report string        `json:"report"`
				}{reports[report], report}); err != nil {
					return 0, err
				}
			}
		}
	}
	return s.text.Read(into)
}

// write adds an event to what is read.
func (s *stream) write(event string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	fmt.Fprintf(&s.text, "event: %s\ndata: %s\n\n", event, text)
	return nil
}

// Close implements [io.Closer].
func (s *stream) Close() error {
	s.cancel()
	s.comment.Stop()
	s.events.remove(s.listener)
	return nil
}
