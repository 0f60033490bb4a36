package api_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/api"
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// TestGuessingIsSlowed, and never keeps the owner's phone out.
func TestGuessingIsSlowed(t *testing.T) {
	h := newHost(t)
	session := h.signIn("collector1")
	phone := contract.SignInDevice{ID: session.Device.ID, Proof: session.RefreshToken}
	h.do("DELETE", "/v1/sessions/current", session.AccessToken, nil).want(http.StatusNoContent)
	colleague := contract.SignInDevice{ID: session.Device.ID} // the id stands in every record
	others := contract.SignInDevice{ID: h.signIn("collector2").Device.ID}
	for range 10 {
		h.trySignIn("collector1", "a-guess", colleague).want(http.StatusUnauthorized, "credentials")
	}
	refused := h.trySignIn("collector1", password).want(http.StatusTooManyRequests, "too-many-requests")
	if wait := refused.header.Get("Retry-After"); wait != "60" {
		t.Errorf("Retry-After: %s, want 60", wait)
	}
	h.trySignIn("collector1", password, others).want(http.StatusTooManyRequests)
	h.trySignIn("collector1", password, colleague).want(http.StatusTooManyRequests)
	id, _, _ := strings.Cut(session.RefreshToken, ".")
	for _, forged := range []string{id + "." + strings.Repeat("A", 43), h.signIn("collector2").RefreshToken} {
		h.trySignIn("collector1", password, contract.SignInDevice{ID: session.Device.ID, Proof: forged}).want(http.StatusTooManyRequests)
	}
	h.trySignIn("collector1", password, contract.SignInDevice{ID: "d_unknown"}).want(http.StatusTooManyRequests)
	h.trySignIn("collector2", password).want(http.StatusOK)
	h.trySignIn("collector1", password, phone).want(http.StatusOK)

	for range 10 {
		h.trySignIn("collector1", "a-guess", phone).want(http.StatusUnauthorized, "credentials")
	}
	h.trySignIn("collector1", password, phone).want(http.StatusTooManyRequests)
	h.clock.advance(time.Minute)
	h.trySignIn("collector1", password, phone).want(http.StatusOK)
	h.trySignIn("collector1", password).want(http.StatusOK) // and gives its attempt back
	h.trySignIn("collector1", "a-guess").want(http.StatusUnauthorized)
	h.trySignIn("collector1", "a-guess").want(http.StatusTooManyRequests)

	for range 10 {
		h.trySignIn("nobody", "a-guess").want(http.StatusUnauthorized, "credentials")
	}
	h.trySignIn("nobody", "a-guess").want(http.StatusTooManyRequests) // as if there were such a person
}

// TestNewCountersAreBounded: who signs in rightly, but each time on a device that is
// new or in a new epoch, leaves more of them than anybody needs.
func TestNewCountersAreBounded(t *testing.T) {
	h := newHost(t)
	known := contract.SignInDevice{ID: h.signIn("collector1").Device.ID}
	fresh := known
	fresh.Fresh = true
	for i := range 59 {
		if i%2 == 0 {
			h.signIn("collector1")
		} else {
			h.signIn("collector1", fresh)
		}
	}
	for _, device := range []contract.SignInDevice{{}, {ID: "d_unknown"}, fresh} {
		refused := h.trySignIn("collector1", password, device).want(http.StatusTooManyRequests, "too-many-requests")
		if wait := refused.header.Get("Retry-After"); wait != "3600" {
			t.Errorf("Retry-After: %s, want 3600", wait)
		}
	}
	h.signIn("collector1", known)
	h.signIn("collector2")
	h.clock.advance(time.Hour)
	h.signIn("collector1", fresh)
	h.trySignIn("collector1", password).want(http.StatusTooManyRequests)
}

// TestPushesAreBounded: what one person sends in a day keeps nobody else from writing,
// and what did not go is sent later.
func TestPushesAreBounded(t *testing.T) {
	h := newHost(t, func(c *api.Config) { c.MaxPushed = 1000 })
	p := h.phone("collector1", village1)
	batch := func(n int) answer {
		for range n {
			p.write(recordID(len(p.book.Outbox)), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(len(p.book.Outbox)))
		}
		return p.push()
	}
	batch(500).want(http.StatusOK)
	batch(400).want(http.StatusOK)
	refused := batch(110).want(http.StatusTooManyRequests, "too-many-requests")
	if wait := refused.header.Get("Retry-After"); wait != "864" { // ten thousandths of a day
		t.Errorf("Retry-After: %s, want 864", wait)
	}
	p.send(p.batch(1, 100)).want(http.StatusOK) // known ones count too
	p.send(p.batch(1, 1)).want(http.StatusTooManyRequests)
	h.phone("collector2", village2).write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1)).mustPush()
	h.clock.advance(3 * time.Hour)
	p.signInAgain()
	p.push().want(http.StatusOK)

	// Bytes count as well as ops.
	long := h.phone("deputy1", village1)
	for i := range 9 {
		long.write(recordID(5000+i), form.KindMeeting, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":%s,"other":%q`, meeting(5000+i), strings.Repeat("x", 60<<10)))
	}
	long.push().want(http.StatusOK)
	long.send(long.batch(1, 9)).want(http.StatusTooManyRequests)
}

// TestGuessingIsSlowedByAddress: one password tried on many accounts.
func TestGuessingIsSlowedByAddress(t *testing.T) {
	h := newHost(t, func(c *api.Config) {
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	})
	from := func(username, forwarded string) answer {
		r := h.request("POST", "/v1/sessions", "", contract.SignInRequest{
			Username: username, Password: "a-guess", Device: contract.SignInDevice{Name: "Máy mẫu"},
		})
		r.Header.Set("X-Forwarded-For", forwarded)
		return h.send(r)
	}
	for i := range 60 {
		// What the client says of itself differs; what the proxies saw does not.
		from(fmt.Sprint("guess", i), fmt.Sprintf("192.0.2.%d, 2001:db8::%x, 10.1.1.1", i, i+1)).want(http.StatusUnauthorized, "credentials")
	}
	from("guess", "2001:db8::ffff").want(http.StatusTooManyRequests, "too-many-requests")
	from("guess", "2001:db8:0:1::1").want(http.StatusUnauthorized, "credentials")
}

// TestManySignInsAtOnce: phones of a whole commune behind one address are no
// guesser, and neither is one account on many of them.
func TestManySignInsAtOnce(t *testing.T) {
	h := newHost(t)
	var wg sync.WaitGroup
	for i := range 100 {
		username := "collector1"
		if i%2 == 1 {
			username = "collector2"
		}
		wg.Go(func() {
			if a := h.trySignIn(username, password); a.status != http.StatusOK {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	wg.Wait()
}

// TestRefusedSignInsAreCounted by their result, and logged without a password.
func TestRefusedSignInsAreCounted(t *testing.T) {
	var log bytes.Buffer
	h := newHost(t, func(c *api.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	h.trySignIn("collector1", password).want(http.StatusOK)
	h.trySignIn("collector1", "a-guess").want(http.StatusUnauthorized)
	h.trySignIn("nobody", "a-guess").want(http.StatusUnauthorized)
	metrics := string(h.do("GET", "/metrics", "", nil).want(http.StatusOK).body)
	for _, want := range []string{`sothon_sign_ins_total{result="ok"} 1`, `sothon_sign_ins_total{result="wrong"} 2`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if text := log.String(); !strings.Contains(text, "username=collector1 result=wrong address=127.0.0.1") || strings.Contains(text, "a-guess") {
		t.Errorf("the log: %s", text)
	}
}
