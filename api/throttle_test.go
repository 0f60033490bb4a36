package api_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/sothon/sothon/api"
	"github.com/sothon/sothon/api/contract"
)

// TestGuessingIsSlowed, and never keeps the owner's phone out.
func TestGuessingIsSlowed(t *testing.T) {
	h := newHost(t)
	phone := contract.SignInDevice{ID: h.signIn("collector1").Device.ID}
	others := contract.SignInDevice{ID: h.signIn("collector2").Device.ID}
	for range 10 {
		h.trySignIn("collector1", "a-guess").want(http.StatusUnauthorized, "credentials")
	}
	refused := h.trySignIn("collector1", password).want(http.StatusTooManyRequests, "too-many-requests")
	if wait := refused.header.Get("Retry-After"); wait != "60" {
		t.Errorf("Retry-After: %s, want 60", wait)
	}
	h.trySignIn("collector1", password, others).want(http.StatusTooManyRequests)
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
