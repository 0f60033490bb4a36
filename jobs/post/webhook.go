package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// WebhookConfig says how to reach one receiver of webhooks.
type WebhookConfig struct {
	URL    string // https, without a user in it
	Secret []byte // shared with the receiver; at least 16 bytes
	// Inside lists receivers, as host:port, that are known to stand inside the
	// house: for them http will do, and a private address. The
	// operator fills it, not who enters the URL.
	Inside  []string
	Roots   *x509.CertPool   // nil: those of the system
	Timeout time.Duration    // of an attempt from the first lookup to the end of the answer; by default 10 seconds
	Now     func() time.Time // dates the signatures
}

// Webhook is a Channel that posts to a receiver of the recipient's own.
//
// # The request
//
//	POST (the configured URL) HTTP/1.1
//	Content-Type: application/json
//	Sothon-Id: (id of the delivery: A-Z a-z 0-9 - _)
//	Idempotency-Key: (the same)
//	Sothon-Timestamp: (seconds since 1970-01-01T00:00:00Z, decimal)
//	Sothon-Signature: v1=(64 lower hex digits)
//	Sothon-Repeat: true
//
// The last stands only where an earlier attempt may have arrived. The body is a
// [Manifest] as JSON, with the bytes of each file in it:
//
//	{"id": "…", "subject": "…", "text": "…", "ackUrl": "https://…",
//	 "report": {"id": "…", "number": 56, "symbol": "BC-UBND", "unit": "…", "unitName": "…",
//	            "from": "2024-01-01", "to": "2024-06-30", "sha256": "…"},
//	 "files": [{"name": "…", "type": "application/pdf", "size": 12345, "sha256": "…", "base64": "…"}]}
//
// ackUrl may be absent, and base64 is where size is 0; members not named here
// may be added. The bytes of the body are the same over all attempts.
//
// # The signature
//
// It is HMAC-SHA256 under the shared secret over these bytes, one after the
// other: the value of Sothon-Timestamp, a dot, the value of Sothon-Id, a dot,
// the body as it came. A receiver computes it before it reads the JSON,
// compares in constant time, refuses a timestamp that is more than five minutes
// from its own clock, and takes each id once. [Verify] does all but the last.
//
// # The answer
//
// Any 2xx says that the receiver has it. The answer may be JSON, of which the
// first 64 KiB are read:
//
//	{"acknowledged": true, "reference": "số vào sổ 12"}
//
// acknowledged says that no person needs to confirm any more. An answer that is
// anything else is no error. A receiver reads the whole request before it
// answers, even to refuse it: one that closes while it is being written to may
// cut off its own answer, and be asked again.
//
// 408, 409, 421, 423, 425, 429 and 5xx are tried again, after what Retry-After
// says ([RetryAfter]); of them 502 and 504 come from something in between, so
// they are ErrUncertain as well. Any other answer is ErrRefused, and so is a
// redirect: none is followed. A line that breaks, or a time that runs out,
// after the whole request was handed over is ErrUncertain.
//
// # Where it does not go
//
// To no address that is private, shared, local or otherwise not of the public,
// whatever its name says, and through no proxy; that is ErrRefused. See
// WebhookConfig.Inside.
type Webhook struct {
	config WebhookConfig
	host   string // for messages: the URL may have a secret in it
	// Used without a http.Client: even one that does not follow redirects reads
	// where they lead to.
	transport *http.Transport
}

// CheckWebhook reports what is wrong with the URL of a receiver. inside is as in
// [WebhookConfig].
func CheckWebhook(address string, inside []string) error {
	u, listed, err := checkWebhook(address, inside)
	if err != nil || listed {
		return err
	}
	if literal, err := netip.ParseAddr(u.Hostname()); err == nil && !public(literal) {
		return fmt.Errorf("webhook: %s %w", u.Host, errInside)
	}
	return nil
}

func checkWebhook(address string, known []string) (u *url.URL, inside bool, err error) {
	u, err = url.Parse(address)
	if err != nil {
		// Without the URL, which may have a secret in it.
		return nil, false, errors.New("webhook: URL cannot be read")
	}
	ports := map[string]string{"https": "443", "http": "80"}
	inside = slices.Contains(known, net.JoinHostPort(u.Hostname(), or(u.Port(), ports[u.Scheme])))
	switch {
	case u.Hostname() == "" || ports[u.Scheme] == "" || u.Opaque != "" || u.Fragment != "":
		return nil, false, errors.New("webhook: URL is not https://host/…")
	case u.User != nil:
		return nil, false, errors.New("webhook: URL has a user in it")
	case u.Scheme != "https" && !inside:
		return nil, false, fmt.Errorf("webhook: %s needs https, since Inside does not name it", u.Host)
	}
	return u, inside, nil
}

// NewWebhook returns the channel, or what is wrong with its configuration.
func NewWebhook(c WebhookConfig) (*Webhook, error) {
	u, inside, err := checkWebhook(c.URL, c.Inside)
	switch {
	case err != nil:
		return nil, err
	case len(c.Secret) < minSecret:
		return nil, fmt.Errorf("webhook: a secret has at least %d bytes", minSecret)
	case c.Now == nil:
		return nil, errors.New("webhook: no clock")
	}
	c.Timeout = or(c.Timeout, 10*time.Second)
	dialer := &net.Dialer{Control: refuseInside, Timeout: c.Timeout}
	if inside {
		dialer.Control = nil
	}
	return &Webhook{config: c, host: u.Host, transport: &http.Transport{
		// No proxy: it would be the proxy that is dialled and judged.
		DialContext:     dialer.DialContext,
		TLSClientConfig: &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
		// The transport connects in the background, where no context of an
		// attempt ends it.
		TLSHandshakeTimeout: c.Timeout,
		// A kept connection that has died makes the transport repeat by
		// itself what has an Idempotency-Key; attempts are the outbox's.
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxAnswer,
	}}, nil
}

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 64 << 10

// Send implements Channel.
func (w *Webhook) Send(ctx context.Context, p *Parcel) (Receipt, error) {
	receipt, err := w.send(ctx, p)
	if err != nil {
		return Receipt{}, fmt.Errorf("webhook to %s: %w", w.host, err)
	}
	return receipt, nil
}

func (w *Webhook) send(ctx context.Context, p *Parcel) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, w.config.Timeout)
	defer cancel()
	request, sent, err := w.request(ctx, p)
	if err != nil {
		return Receipt{}, err
	}
	answer, err := w.transport.RoundTrip(request)
	switch {
	case errors.Is(err, errInside):
		return Receipt{}, fmt.Errorf("%w: %w", ErrRefused, err)
	case err != nil && sent.all.Load():
		return Receipt{}, fmt.Errorf("%w: %w", ErrUncertain, err)
	case err != nil:
		return Receipt{}, err
	}
	defer func() { _ = answer.Body.Close() }() // it was read as far as it matters
	// Whatever stops the reading, the status has been heard.
	body, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if answer.StatusCode/100 != 2 {
		return Receipt{}, w.judge(answer, string(body))
	}
	var told struct {
		Acknowledged bool   `json:"acknowledged"`
		Reference    string `json:"reference"`
	}
	if json.Unmarshal(body, &told) != nil {
		return Receipt{}, nil
	}
	return Receipt{Acknowledged: told.Acknowledged, Reference: answerText(told.Reference)}, nil
}

func (w *Webhook) request(ctx context.Context, p *Parcel) (*http.Request, *outgoing, error) {
	files, err := p.check()
	if err != nil {
		return nil, nil, err
	}
	d := p.manifest(files)
	for i, f := range files {
		d.Files[i].Base64 = f.Body
	}
	body, err := json.Marshal(d)
	if err != nil {
		return nil, nil, fmt.Errorf("write the delivery: %w", err)
	}
	sent := &outgoing{rest: bytes.NewReader(body)}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.config.URL, sent)
	if err != nil {
		return nil, nil, errors.New("the URL cannot be called") // Without the URL.
	}
	request.ContentLength = int64(len(body))
	timestamp := strconv.FormatInt(w.config.Now().Unix(), 10)
	for name, value := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "sothon", "Idempotency-Key": p.ID,
		headerID: p.ID, headerTimestamp: timestamp, headerSignature: sign(w.config.Secret, timestamp, p.ID, body),
	} {
		request.Header.Set(name, value)
	}
	if p.Repeat {
		request.Header.Set(headerRepeat, "true")
	}
	return request, sent, nil
}

// outgoing is a body that knows whether all of it was handed over. Once it was,
// nothing tells whether it left the machine, and it is taken to have arrived.
type outgoing struct {
	rest *bytes.Reader
	all  atomic.Bool
}

func (o *outgoing) Read(b []byte) (int, error) {
	n, err := o.rest.Read(b)
	if o.rest.Len() == 0 {
		o.all.Store(true)
	}
	return n, err
}

// Close implements io.Closer.
func (o *outgoing) Close() error { return nil }

// judge says what to do about an answer that is not 2xx.
func (w *Webhook) judge(answer *http.Response, body string) error {
	err := fmt.Errorf("answered %d: %q", answer.StatusCode, answerText(body))
	switch code := answer.StatusCode; code {
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		err = fmt.Errorf("%w: %w", ErrUncertain, err)
	// A conflict is a second attempt while the first is still being worked on.
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusMisdirectedRequest, http.StatusLocked, http.StatusTooEarly, http.StatusTooManyRequests:
	default:
		if code < 500 {
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	if wait, ok := retryAfter(answer.Header.Get("Retry-After"), w.config.Now()); ok {
		return &RetryAfter{wait, err}
	}
	return err
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3), and keeps them between
// 0 and Longest.
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	var wait time.Duration
	seconds, err := strconv.ParseInt(value, 10, 64)
	if date, notDate := http.ParseTime(value); notDate == nil {
		wait = date.Sub(now)
	} else if err == nil || errors.Is(err, strconv.ErrRange) {
		wait = time.Duration(min(max(seconds, 0), int64(Longest/time.Second))) * time.Second
	} else {
		return 0, false
	}
	return min(max(wait, 0), Longest), true
}
