package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/api"
)

// TestHeadersOfEveryAnswer: browsers take no answer for something else.
func TestHeadersOfEveryAnswer(t *testing.T) {
	h := newHost(t, func(c *api.Config) { c.HSTS = true })
	for _, path := range []string{"/v1/me", "/v1/units", "/healthz", "/openapi.yaml", "/.well-known/jwks.json", "/nowhere"} {
		r := h.request("GET", path, h.as("reviewer"), nil)
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Strict-Transport-Security") != "max-age=31536000" {
			t.Errorf("%s: %v", path, a.Header)
		}
	}
	if plain := newHost(t).do("GET", "/healthz", "", nil); plain.header.Get("Strict-Transport-Security") != "" {
		t.Error("a server without TLS asks for it")
	}
}

// TestKeysMayBeKept as long as the contract says.
func TestKeysMayBeKept(t *testing.T) {
	h := newHost(t)
	var path string
	for p, item := range document(t).Paths.Map() {
		if item.Get != nil && item.Get.OperationID == "getKeys" {
			path = p
		}
	}
	if got := h.do("GET", path, "", nil).want(http.StatusOK).header.Get("Cache-Control"); got != "public, max-age=3600" {
		t.Errorf("Cache-Control: %s", got)
	}
}

// TestDaysOfTheCalendar: what has the form of a day need not be one.
func TestDaysOfTheCalendar(t *testing.T) {
	h := newHost(t)
	for _, query := range []string{"from=2026-13-45", "to=2026-02-30", "from=0000-00-00"} {
		h.do("GET", "/v1/records?"+query, h.as("reviewer"), nil).want(http.StatusUnprocessableEntity, "invalid")
	}
	h.do("GET", "/v1/records?from=2028-02-29", h.as("reviewer"), nil).want(http.StatusOK)
}

// TestHalfACharacter is refused; a whole one, and what only looks like half,
// is not.
func TestHalfACharacter(t *testing.T) {
	h := newHost(t)
	for name, want := range map[string]int{
		`\ud800`: http.StatusBadRequest, `\udc00 x`: http.StatusBadRequest, `\ud83dx`: http.StatusBadRequest, `\ud83d\u0041`: http.StatusBadRequest,
		`\ud83d\ude00`: http.StatusUnauthorized, `\\ud800`: http.StatusUnauthorized, `\u0110`: http.StatusUnauthorized,
	} {
		body := `{"username":"nobody","password":"` + name + `","device":{"name":"Máy mẫu","platform":""}}`
		if a := h.do("POST", "/v1/sessions", "", body); a.status != want {
			t.Errorf("%s: %d, want %d", name, a.status, want)
		}
		h.clock.advance(time.Hour)
	}
}

// TestMediaTypesKnowNoCase (RFC 9110, 8.3.1).
func TestMediaTypesKnowNoCase(t *testing.T) {
	h := newHost(t)
	r := h.request("POST", "/v1/sessions", "", `{"username":"collector1","password":"`+password+`","device":{"name":"Máy mẫu","platform":""}}`)
	r.Header.Set("Content-Type", "APPLICATION/JSON; Charset=UTF-8")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	if a.StatusCode != http.StatusOK {
		t.Errorf("%d", a.StatusCode)
	}
}

// TestClocksOfServersDiffer by up to a minute: each takes the other's tokens.
func TestClocksOfServersDiffer(t *testing.T) {
	h := newHost(t)
	ahead := &clock{now: h.clock.Now().Add(time.Minute)}
	other := h.beside(func(c *api.Config) { c.Now = ahead.Now })
	for name, c := range map[string]struct{ from, to *host }{"from ahead": {other, h}, "from behind": {h, other}} {
		t.Run(name, func(t *testing.T) {
			s := c.from.signIn("collector1")
			c.to.do("GET", "/v1/me", s.AccessToken, nil).want(http.StatusOK)
		})
	}
}

// TestOtherServersFollow: what one server shuts out, or changes the role of,
// another has within three seconds.
func TestOtherServersFollow(t *testing.T) {
	h := newHost(t)
	other := h.beside()
	s := h.signIn("collector1")
	other.do("GET", "/v1/me", s.AccessToken, nil).want(http.StatusOK)
	h.do("DELETE", "/v1/me/devices/"+string(s.Device.ID), s.AccessToken, nil).want(http.StatusNoContent)
	h.clock.advance(3 * time.Second)
	other.do("GET", "/v1/me", s.AccessToken, nil).want(http.StatusForbidden, "device-revoked")

	s = h.signIn("deputy1")
	other.do("GET", "/v1/me", s.AccessToken, nil).want(http.StatusOK)
	h.do("PATCH", "/v1/users/deputy1", h.as("admin"), `{"version":1,"role":"reviewer"}`).want(http.StatusOK)
	h.clock.advance(3 * time.Second)
	other.do("GET", "/v1/me", s.AccessToken, nil).want(http.StatusUnauthorized, "session-ended")
}

// TestHeadIsAnswered as the contract says: 405 where it does not stand there.
func TestHeadIsAnswered(t *testing.T) {
	h := newHost(t)
	for _, path := range []string{"/v1/me", "/v1/units", "/healthz", "/openapi.yaml", "/.well-known/jwks.json"} {
		for _, token := range []string{h.as("reviewer"), ""} {
			if got := statusOf(t, h.request("HEAD", path, token, nil)); got != http.StatusMethodNotAllowed {
				t.Errorf("%s: %d", path, got)
			}
		}
	}
}

// TestMalformedClient: every operation that reads Sothon-Client has an answer
// for one that cannot be read, and gives it.
func TestMalformedClient(t *testing.T) {
	h := newHost(t)
	read := 0
	for path, item := range document(t).Paths.Map() {
		for method, op := range item.Operations() {
			if item.Parameters.GetByInAndName("header", "Sothon-Client") == nil && op.Parameters.GetByInAndName("header", "Sothon-Client") == nil {
				continue
			}
			read++
			if op.Responses.Value("400") == nil {
				t.Errorf("%s has no answer 400", op.OperationID)
			}
			if method != http.MethodGet || strings.Contains(path, "{") {
				continue
			}
			r := h.request(method, path, h.as("reviewer"), nil)
			r.Header.Set("Sothon-Client", "no version")
			if a := h.send(r); a.status != http.StatusBadRequest && a.status != http.StatusForbidden {
				t.Errorf("%s: %d", op.OperationID, a.status)
			}
		}
	}
	if read < 80 {
		t.Errorf("only %d operations read the header", read)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/openapi.yaml", "/.well-known/jwks.json"} {
		r := h.request("GET", path, "", nil)
		r.Header.Set("Sothon-Client", "no version")
		if got := statusOf(t, r); got != http.StatusOK {
			t.Errorf("%s: %d", path, got)
		}
	}
}

// statusOf sends a request whose answer has no body, or one that is not looked
// at.
func statusOf(t *testing.T, r *http.Request) int {
	t.Helper()
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return a.StatusCode
}

// TestRefreshThatIsNone: what is not a token is refused as the contract
// says.
func TestRefreshThatIsNone(t *testing.T) {
	h := newHost(t)
	for _, body := range []string{`{"refreshToken":"short"}`, `{"refreshToken":"` + strings.Repeat("x", 257) + `"}`, `{"refreshToken":"không phải mã nào cả"}`} {
		h.do("POST", "/v1/sessions/refresh", "", body).want(http.StatusUnprocessableEntity, "invalid")
	}
	h.do("POST", "/v1/sessions/refresh", "", `{}`).want(http.StatusUnprocessableEntity, "invalid")
}
