package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// Client speaks to a server for the person whose state it has.
type Client struct {
	State  *State
	URL    string // of the server, without a slash at the end
	HTTP   *http.Client
	Name   string // for the header Sothon-Client, as "sothon-demo/1.0.0"
	Limits Limits
	Now    func() time.Time
	Wait   func(context.Context, time.Duration) error
	// Store keeps the state durably. It is called after every change that must
	// not be lost, and before the request that follows from it.
	Store func(*State) error
	Tries int // how often a request is sent that the server is too busy for; 0 is once
	Busy  int // how often that has happened
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 20

// store calls Store where there is one.
func (c *Client) store() error {
	if c.Store == nil {
		return nil
	}
	return c.Store(c.State)
}

// Call sends a request with a JSON body, and decodes the answer into out,
// unless they are nil. It renews an expired token, and waits where the server
// asks for that. Any other refusal is a [*Problem].
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	answer, err := c.persist(ctx, method, path, body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	return nil
}

// persist is Send, again once the token was renewed, and while the server is busy.
func (c *Client) persist(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	renewed := false
	for try := 1; ; {
		answer, err := c.Send(ctx, method, path, body)
		var p *Problem
		if !errors.As(err, &p) {
			return answer, err
		}
		switch {
		case p.Code == "token-expired" && c.State.Refresh != "" && !renewed:
			renewed = true
			if err := c.Renew(ctx); err != nil {
				return nil, err
			}
		case try < c.Tries && (p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable):
			try++
			c.Busy++
			if err := c.Wait(ctx, p.Wait()); err != nil {
				return nil, err
			}
		default:
			return nil, err
		}
	}
}

// Send sends one request once. A refusal is a [*Problem]; any other error
// means that no answer came.
func (c *Client) Send(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	call := method + " " + path
	packed, err := c.Pack(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", call, err)
	}
	r, err := c.Request(ctx, method, path, packed)
	if err != nil {
		return nil, err
	}
	answer, err := c.HTTP.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", call, err)
	}
	defer func() { _ = answer.Body.Close() }() // by then it was read
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s: read the answer: %w", call, err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return nil, ProblemOf(answer, text)
	}
	return text, nil
}

// Request makes a request of the session, with a body from Pack. Send sends
// it; a caller that sends it itself reads the answer itself too.
func (c *Client) Request(ctx context.Context, method, path string, packed []byte) (*http.Request, error) {
	var body io.Reader
	if packed != nil {
		body = bytes.NewReader(packed)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.URL+path, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if c.Name != "" {
		r.Header.Set("Sothon-Client", c.Name)
	}
	if packed != nil {
		r.Header.Set("Content-Type", "application/json")
		if !c.State.Plain {
			r.Header.Set("Content-Encoding", "gzip")
		}
	}
	if c.State.Access != "" {
		r.Header.Set("Authorization", "Bearer "+c.State.Access)
	}
	return r, nil
}

// Pack compresses a body, unless the server has refused that. Nil stays nil.
func (c *Client) Pack(body []byte) ([]byte, error) {
	if body == nil || c.State.Plain {
		return body, nil
	}
	return zipped(body)
}

func zipped(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(body)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// ProblemOf reads an answer that is no success. text is its body, decompressed.
func ProblemOf(answer *http.Response, text []byte) *Problem {
	p := &Problem{}
	if json.Unmarshal(text, p) != nil || p.Code == "" {
		p.Title = string(text[:min(len(text), 200)]) // a proxy's page, or a fault
	}
	p.Status, p.Call = answer.StatusCode, answer.Request.Method+" "+answer.Request.URL.RequestURI()
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
		p.RetryAfterSeconds = seconds
	}
	return p
}

// Machine is what a sign-in says of the machine that it comes from.
type Machine struct {
	Name, Platform string
	Fresh          bool // the app was reinstalled, lost its storage or must take a new epoch
}

type session struct {
	AccessToken, RefreshToken string
	Device                    Device
}

// SignIn begins a session, on the device that the state has, if any, unless it
// takes another ([State.Known]).
func (c *Client) SignIn(ctx context.Context, username, password string, m Machine) error {
	const most = 32 // epochs that a restored server may have lost; beyond, it is another device
	for try := 0; ; try++ {
		access := c.State.Access
		c.State.Access = ""
		device := map[string]any{"name": m.Name, "platform": m.Platform}
		if known := c.State.Known(); known != "" && try < most {
			device["id"] = known
			if c.State.Refresh != "" { // in force or not, it tells that this is the device
				device["proof"] = c.State.Refresh
			}
		}
		if m.Fresh {
			device["fresh"] = true
		}
		var s session
		if err := c.Call(ctx, http.MethodPost, "/v1/sessions", map[string]any{"username": username, "password": password, "device": device}, &s); err != nil {
			c.State.Access = access // the session that there is goes on
			return fmt.Errorf("sign in as %s: %w", username, err)
		}
		if s.AccessToken == "" || s.RefreshToken == "" {
			c.State.Access = access
			return fmt.Errorf("sign in as %s: not an answer of the server's: %w", username, errNoTokens)
		}
		if step, err := c.take(&s); step != StepFresh || err != nil {
			return err
		}
		m.Fresh = true
	}
}

// errNoTokens: a captive portal, say, answers everything with its own page.
var errNoTokens = errors.New("it has no tokens")

// Renew refreshes the session.
func (c *Client) Renew(ctx context.Context) error {
	body, err := json.Marshal(map[string]string{"refreshToken": c.State.Refresh})
	if err != nil {
		return fmt.Errorf("renew the session: %w", err)
	}
	access := c.State.Access
	c.State.Access = ""
	answer, err := c.Send(ctx, http.MethodPost, "/v1/sessions/refresh", body)
	if err != nil {
		c.State.Access = access // what is asked next meets token-expired again, and renews
		return fmt.Errorf("renew the session: %w", err)
	}
	s := session{Device: c.State.Device}
	if err := json.Unmarshal(answer, &s); err != nil || s.AccessToken == "" || s.RefreshToken == "" {
		c.State.Access = access
		return fmt.Errorf("renew the session: not an answer of the server's: %w", errors.Join(err, errNoTokens))
	}
	_, err = c.take(&s)
	return err
}

func (c *Client) take(s *session) (Step, error) {
	c.State.Access, c.State.Refresh = s.AccessToken, s.RefreshToken
	step := c.State.Adopt(s.Device)
	return step, c.store()
}

// Ask asks how far the ledger has the epochs of the device. See Deliver for the
// step.
func (c *Client) Ask(ctx context.Context, b *Book) (Step, error) {
	answer, err := c.persist(ctx, http.MethodGet, "/v1/units/"+url.PathEscape(string(b.Unit))+"/head", nil)
	if err != nil {
		return c.refused(b, nil, err)
	}
	var head struct {
		Seq    ledger.Seq
		Epochs []Through
	}
	if err := json.Unmarshal(answer, &head); err != nil {
		return StepReport, fmt.Errorf("head of %s: %w", b.Unit, err)
	}
	step := b.Epochs(c.State.Device, head.Seq, head.Epochs)
	if err := c.store(); err != nil || step != StepAgain {
		return step, err
	}
	return "", nil
}

// Deliver sends one batch, and takes its answer. The step is empty once the
// batch is acknowledged; else it is what comes next, and err is the *Problem.
func (c *Client) Deliver(ctx context.Context, b *Book, batch *Batch) (Step, error) {
	answer, err := c.persist(ctx, http.MethodPost, "/v1/units/"+url.PathEscape(string(b.Unit))+"/batches", batch.Body)
	if err != nil {
		return c.refused(b, batch, err)
	}
	if err := b.Acknowledge(batch, answer, c.Now()); err != nil {
		return StepReport, err
	}
	return "", c.store()
}

// refused takes an error of a request. That no answer came is StepAgain too.
func (c *Client) refused(b *Book, batch *Batch, err error) (Step, error) {
	var p *Problem
	if !errors.As(err, &p) {
		return StepAgain, err
	}
	step := c.State.Refuse(b, batch, p, c.Now())
	if failed := c.store(); failed != nil {
		return StepReport, errors.Join(err, failed)
	}
	return step, err
}

// Fetch pulls one page of at most limit records. See Deliver for the step.
func (c *Client) Fetch(ctx context.Context, b *Book, limit int) (more bool, step Step, err error) {
	end, step, err := c.fetch(ctx, b, limit, nil)
	return end.More, step, err
}

func (c *Client) fetch(ctx context.Context, b *Book, limit int, also []*Book) (PageEnd, Step, error) {
	answer, err := c.persist(ctx, http.MethodGet, "/v1/units/"+url.PathEscape(string(b.Unit))+"/changes?"+b.Query(limit, also...).Encode(), nil)
	if err != nil {
		step, err := c.refused(b, nil, err)
		return PageEnd{}, step, err
	}
	end, err := b.page(answer)
	if err != nil {
		return PageEnd{}, StepReport, err
	}
	if !end.More {
		b.Pulled = c.Now()
	}
	return end, "", c.store()
}

// maxRefusals bounds the answers in a row that change the book and acknowledge
// nothing. Halving the largest batch takes nine.
const maxRefusals = 20

// Sync pushes all that waits in a unit's book and pulls all that is new. Where
// the server's answer asks for nothing that needs a person, it does that and
// goes on; else it returns the step and the problem.
func (c *Client) Sync(ctx context.Context, unit ledger.UnitID) (Step, error) {
	_, step, err := c.syncAsking(ctx, unit, nil)
	return step, err
}

// SyncAll syncs units in their order. Where nothing is new and nothing waits, that
// takes one request. It ends with the first unit that asks for a person.
func (c *Client) SyncAll(ctx context.Context, units ...ledger.UnitID) (Step, error) {
	for len(units) > 0 {
		var also []*Book
		for _, unit := range units[1:] {
			if b := c.State.Book(unit); b.sure(c.Now()) {
				also = append(also, b)
			}
		}
		unchanged, step, err := c.syncAsking(ctx, units[0], also)
		if step != "" || err != nil {
			return step, err
		}
		units = slices.DeleteFunc(slices.Clone(units[1:]), func(unit ledger.UnitID) bool { return slices.Contains(unchanged, unit) })
	}
	return "", nil
}

// syncAsking is Sync, which also asks which other books have nothing new.
func (c *Client) syncAsking(ctx context.Context, unit ledger.UnitID, also []*Book) (unchanged []ledger.UnitID, step Step, err error) {
	b := c.State.Book(unit)
	refusals := 0
	for pull := false; refusals <= maxRefusals; {
		if b.InDoubt() {
			if step, err := c.Ask(ctx, b); step != "" || err != nil {
				return nil, step, err
			}
		}
		batch := b.Next(c.State.Device, c.Limits)
		probe := batch == nil
		if probe {
			batch = b.Probe(c.State.Device)
		}
		if batch != nil && !pull {
			step, err = c.Deliver(ctx, b, batch)
			pull = probe && step == ""
		} else {
			var end PageEnd
			end, step, err = c.fetch(ctx, b, 0, also)
			if pull = end.More; step == "" && !pull && b.Waiting() == 0 {
				return end.Unchanged, "", err
			}
		}
		var p *Problem
		switch {
		case step == "" && err == nil:
			refusals = 0
		case step == StepPull:
			refusals++
			pull = true
		case step == StepAgain && errors.As(err, &p) && p.changes(batch):
			refusals++
		default:
			return nil, step, err
		}
	}
	return nil, StepReport, fmt.Errorf("sync %s: the server refused %d requests in a row", unit, refusals)
}
