package post_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs/post"
)

var secret = []byte("bí mật mẫu 0123456789")

// What was sent verifies and is what arrives.
func TestWebhookArrives(t *testing.T) {
	h := serveHook(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"acknowledged":true,"reference":" số vào sổ\n12 ","more":{}}`)
	})
	p := sample()
	receipt := send(t, mustHook(t, h.config()), p)
	if want := (post.Receipt{Acknowledged: true, Reference: "số vào sổ 12"}); receipt != want {
		t.Errorf("the receipt is %+v", receipt)
	}
	want := post.Manifest{ID: p.ID, Subject: p.Subject, Text: p.Text, AckURL: p.AckURL, Report: p.Report}
	for _, f := range p.Files {
		sum := sha256.Sum256(f.Body)
		want.Files = append(want.Files, post.Entry{Name: f.Name, Type: f.Type, Size: len(f.Body), SHA256: hex.EncodeToString(sum[:]), Base64: f.Body})
	}
	if got := h.deliveries(); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("%d deliveries arrived, or another", len(got))
	}
	r := h.requests()[0]
	if r.Method != http.MethodPost || r.RequestURI != "/nhan?ma=bi-mat" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Sothon-Repeat") != "" {
		t.Errorf("%s %s %v", r.Method, r.RequestURI, r.Header)
	}
}

// A second copy has the same body under the same id, and says that it is one.
func TestWebhookRepeats(t *testing.T) {
	h := serveHook(t, nil)
	w, p := mustHook(t, h.config()), sample()
	send(t, w, p)
	p.Repeat = true
	send(t, w, p)
	all := h.requests()
	if len(h.deliveries()) != 1 || h.again != 1 || len(all) != 2 {
		t.Errorf("%d deliveries, %d of them again", len(all), h.again)
	}
	if got := all[1].Header.Get("Sothon-Repeat"); got != "true" {
		t.Errorf("Sothon-Repeat: %q", got)
	}
	// On a kept connection the standard library repeats by itself.
	if all[0].RemoteAddr == all[1].RemoteAddr {
		t.Error("a connection was kept")
	}
}

// What a receiver answers decides what the outbox does.
func TestWebhookAnswers(t *testing.T) {
	answer := func(status int, body string, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	long := strings.Repeat("đ", 300)
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		want    string
		receipt post.Receipt
		saying  string
	}{
		"nothing":                 {answer(204, ""), "sent", post.Receipt{}, ""},
		"not JSON":                {answer(200, "<html>OK"), "sent", post.Receipt{}, ""},
		"JSON of another form":    {answer(201, `{"acknowledged":"yes","reference":7}`), "sent", post.Receipt{}, ""},
		"a reference alone":       {answer(202, `{"reference":"12"}`), "sent", post.Receipt{Reference: "12"}, ""},
		"a long reference":        {answer(200, `{"reference":"`+long+`"}`), "sent", post.Receipt{Reference: long[:400] + "…"}, ""},
		"too much":                {answer(200, `{"acknowledged":true,"x":"`+strings.Repeat("x", 1<<17)+`"}`), "sent", post.Receipt{}, ""},
		"broken off":              {answer(200, `{"acknowledged":true}`, "Content-Length", "9999"), "sent", post.Receipt{Acknowledged: true}, ""},
		"without end":             {endless(200), "sent", post.Receipt{}, ""},
		"an error without end":    {endless(400), "refused", post.Receipt{}, "xxx"},
		"malformed":               {answer(400, "thiếu\nmục"), "refused", post.Receipt{}, `answered 400: "thiếu mục"`},
		"who are you":             {answer(401, ""), "refused", post.Receipt{}, "401"},
		"forbidden":               {answer(403, ""), "refused", post.Receipt{}, "403"},
		"not found":               {answer(404, ""), "refused", post.Receipt{}, "404"},
		"gone":                    {answer(410, ""), "refused", post.Receipt{}, "410"},
		"too large":               {answer(413, ""), "refused", post.Receipt{}, "413"},
		"makes no sense":          {answer(422, ""), "refused", post.Receipt{}, "422"},
		"not modified":            {answer(304, ""), "refused", post.Receipt{}, "304"},
		"too slow a request":      {answer(408, ""), "later", post.Receipt{}, "408"},
		"still at it":             {answer(409, ""), "later", post.Receipt{}, "409"},
		"too much, seconds":       {answer(429, "", "Retry-After", "120"), "later after 2m0s", post.Receipt{}, "429"},
		"too much, a date":        {answer(429, "", "Retry-After", "Wed, 01 Jul 2026 01:40:00 GMT"), "later after 10m0s", post.Receipt{}, ""},
		"too much, a past date":   {answer(429, "", "Retry-After", "Wed, 01 Jul 2020 01:40:00 GMT"), "later after 0s", post.Receipt{}, ""},
		"too much, for years":     {answer(429, "", "Retry-After", "99999999999999999999"), "later after 6h0m0s", post.Receipt{}, ""},
		"too much, a far date":    {answer(503, "", "Retry-After", "Wed, 01 Jul 9999 01:40:00 GMT"), "later after 6h0m0s", post.Receipt{}, ""},
		"too much, less than now": {answer(503, "", "Retry-After", "-5"), "later after 0s", post.Receipt{}, ""},
		"too much, nonsense":      {answer(429, "", "Retry-After", "soon"), "later", post.Receipt{}, ""},
		"a failure":               {answer(500, "x"), "later", post.Receipt{}, "500"},
		"a gateway's failure":     {answer(502, ""), "uncertain", post.Receipt{}, "502"},
		"a gateway's timeout":     {answer(504, "", "Retry-After", "60"), "uncertain after 1m0s", post.Receipt{}, "504"},
		"hangs up":                {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "uncertain", post.Receipt{}, "EOF"},
		"not HTTP":                {hijacked("SSH-2.0-x\r\n\r\n"), "uncertain", post.Receipt{}, "malformed"},
		"half a header":           {hijacked("HTTP/1.1 200 OK\r\nX-A"), "uncertain", post.Receipt{}, "broken"},
		"a header without end":    {hijacked("HTTP/1.1 200 OK\r\nX-A: " + strings.Repeat("x", 1<<18) + "\r\n\r\n"), "uncertain", post.Receipt{}, "header"},
	} {
		t.Run(name, func(t *testing.T) {
			h := serveHook(t, c.answer)
			receipt, err := mustHook(t, h.config()).Send(t.Context(), sample())
			wantKind(t, err, c.want)
			if c.saying != "" {
				wantKind(t, err, c.want, c.saying)
			}
			if receipt != c.receipt {
				t.Errorf("the receipt is %+v", receipt)
			}
			if len(h.requests()) != 1 {
				t.Errorf("%d requests", len(h.requests()))
			}
			if err != nil && strings.Contains(err.Error(), "bi-mat") {
				t.Errorf("the error tells the secret of the URL: %v", err)
			}
		})
	}
}

// endless answers until nobody reads any more.
func endless(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 4096)); err != nil {
				return
			}
		}
	}
}

// hijacked answers with its own bytes.
func hijacked(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(c, answer)
		_ = c.Close()
	}
}

// A time that runs out means what was reached by then.
func TestWebhookRunsOutOfTime(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	t.Run("before an answer", func(t *testing.T) {
		h := serveHook(t, func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		})
		config := h.config()
		config.Timeout = time.Second
		_, err := mustHook(t, config).Send(t.Context(), sample())
		wantKind(t, err, "uncertain", "deadline")
		if len(h.deliveries()) != 1 {
			t.Error("it had not arrived, so the test shows nothing")
		}
	})
	t.Run("within an answer", func(t *testing.T) {
		h := serveHook(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"acknowledged":`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
		config := h.config()
		config.Timeout = time.Second
		if receipt := send(t, mustHook(t, config), sample()); receipt.Acknowledged {
			t.Error("half an answer acknowledged")
		}
	})
	t.Run("before a word", func(t *testing.T) {
		port := raw(t, "", true) // takes connections and says nothing, so TLS does not begin
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		config := post.WebhookConfig{URL: "https://" + address, Secret: secret, Inside: []string{address}, Timeout: 100 * time.Millisecond, Now: clock}
		_, err := mustHook(t, config).Send(t.Context(), sample())
		wantKind(t, err, "later")
		var slow net.Error // of the attempt or of the handshake, which have the same time
		if !errors.As(err, &slow) || !slow.Timeout() {
			t.Errorf("it failed for another reason: %v", err)
		}
	})
}

// The receiver is gone before it has the whole body.
func TestWebhookHalfSent(t *testing.T) {
	h := serveHook(t, nil)
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadFull(r.Body, make([]byte, 1000))
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_ = c.Close()
	})
	p := sample()
	p.Files[0].Body = make([]byte, 12_000_000) // more than the sockets hold
	_, err := mustHook(t, h.config()).Send(t.Context(), p)
	wantKind(t, err, "later")
}

// No redirect is followed, wherever it leads.
func TestWebhookRedirects(t *testing.T) {
	reached := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer other.Close()
	for _, status := range []int{300, 301, 302, 303, 307, 308} {
		for _, to := range []string{other.URL, "https://10.0.0.1/", "/o-day", "//localhost/", "file:///etc/passwd", "http://[::1", "%zz", ""} {
			h := serveHook(t, func(w http.ResponseWriter, _ *http.Request) {
				if to != "" {
					w.Header().Set("Location", to)
				}
				w.WriteHeader(status)
			})
			_, err := mustHook(t, h.config()).Send(t.Context(), sample())
			wantKind(t, err, "refused")
			if len(h.requests()) != 1 {
				t.Errorf("%d to %q was followed", status, to)
			}
		}
	}
	if reached != 0 {
		t.Error("a redirect reached another server")
	}
}

// An internal address is not reached, whatever it is called.
func TestWebhookStaysOutside(t *testing.T) {
	h := serveHook(t, nil)
	at, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{
		"127.0.0.1", "localhost", "127.8.8.8", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
		"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.100.100.200", "169.254.169.254", "[::ffff:169.254.169.254]",
		"168.63.129.16", "192.0.0.192", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "198.18.0.1", "203.0.113.1",
		"[fd00:ec2::254]", "[fc00::1]", "[fe80::1]", "[fe80::1%25lo]", "[ff02::1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[2001:db8::1]",
	} {
		t.Run(host, func(t *testing.T) {
			config := h.config()
			config.Inside = []string{"127.0.0.1:1", "mau.example:443"} // others, who change nothing
			config.URL = "https://" + host + ":" + at.Port() + "/"
			_, err := mustHook(t, config).Send(t.Context(), sample())
			wantKind(t, err, "refused", "internal address")
		})
	}
	if len(h.requests()) != 0 {
		t.Error("a request arrived")
	}
}

func TestWebhookNeedsACertificate(t *testing.T) {
	h := serveHook(t, nil)
	config := h.config()
	config.Roots = x509.NewCertPool()
	_, err := mustHook(t, config).Send(t.Context(), sample())
	wantKind(t, err, "later", "certificate")
	if len(h.requests()) != 0 {
		t.Error("a request arrived")
	}
}

func TestWebhookOverHTTP(t *testing.T) {
	reached := 0
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached++
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer s.Close()
	config := post.WebhookConfig{URL: s.URL, Secret: secret, Inside: []string{s.Listener.Addr().String()}, Now: clock}
	send(t, mustHook(t, config), sample())
	if reached != 1 {
		t.Errorf("reached %d times", reached)
	}
}

func TestWebhookConfig(t *testing.T) {
	for name, change := range map[string]func(*post.WebhookConfig){
		"http":               func(c *post.WebhookConfig) { c.URL = "http://mau.example/" },
		"http, another port": func(c *post.WebhookConfig) { c.URL, c.Inside = "http://mau.example:81/", []string{"mau.example:80"} },
		"no scheme":          func(c *post.WebhookConfig) { c.URL = "mau.example/" },
		"another scheme":     func(c *post.WebhookConfig) { c.URL = "file:///etc/passwd" },
		"no host":            func(c *post.WebhookConfig) { c.URL = "https:///x" },
		"no path at all":     func(c *post.WebhookConfig) { c.URL = "https:mau.example" },
		"a user":             func(c *post.WebhookConfig) { c.URL = "https://a:bi-mat@mau.example/" },
		"a line break":       func(c *post.WebhookConfig) { c.URL = "https://mau.example/bi-mat\r\nX: 1" },
		"a strange port":     func(c *post.WebhookConfig) { c.URL = "https://mau.example:bi-mat/" },
		"nothing":            func(c *post.WebhookConfig) { c.URL = "" },
		"a short secret":     func(c *post.WebhookConfig) { c.Secret = secret[:15] },
		"no clock":           func(c *post.WebhookConfig) { c.Now = nil },
	} {
		c := post.WebhookConfig{URL: "https://mau.example/nhan", Secret: secret, Now: clock}
		if _, err := post.NewWebhook(c); err != nil {
			t.Fatal(err)
		}
		change(&c)
		_, err := post.NewWebhook(c)
		if err == nil {
			t.Errorf("%s is taken", name)
		} else if strings.Contains(err.Error(), "bi-mat") {
			t.Errorf("the error tells the secret of the URL: %v", err)
		}
	}
	c := post.WebhookConfig{URL: "http://mau.example/", Secret: secret, Inside: []string{"mau.example:80"}, Now: clock}
	if _, err := post.NewWebhook(c); err != nil {
		t.Errorf("http, where it is allowed: %v", err)
	}
}
