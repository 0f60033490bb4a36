package client_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/client"
)

// TestSignInProvesTheDevice by the last refresh token, also after a password
// that was wrong; and not before there is one.
func TestSignInProvesTheDevice(t *testing.T) {
	var proofs []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := body(r)
		var asked struct {
			Password string
			Device   struct{ ID, Proof string }
		}
		if err := json.NewDecoder(text).Decode(&asked); err != nil {
			t.Error(err)
		}
		proofs = append(proofs, asked.Device.ID+" "+asked.Device.Proof)
		if asked.Password != "right" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, `{"status":401,"code":"credentials"}`)
			return
		}
		_, _ = fmt.Fprintf(w, `{"accessToken":"a","refreshToken":"r%d","device":{"id":"d_7Q","epoch":1}}`, len(proofs))
	}))
	defer server.Close()
	c := &client.Client{State: &client.State{}, URL: server.URL, HTTP: server.Client(), Name: "test/1.0.0", Now: time.Now}
	for _, password := range []string{"right", "wrong", "right", "right"} {
		err := c.SignIn(t.Context(), "thon1a", password, client.Machine{Name: "Máy mẫu"})
		if (err == nil) != (password == "right") {
			t.Fatalf("%s: %v", password, err)
		}
	}
	if want := []string{" ", "d_7Q r1", "d_7Q r1", "d_7Q r3"}; !slices.Equal(proofs, want) {
		t.Errorf("proofs %q, want %q", proofs, want)
	}
}

// A renewal or a sign-in whose answer is lost ends nothing: what is asked next
// renews again.
func TestRenewalWithoutAnAnswer(t *testing.T) {
	lost, portal, restored, signIns := true, true, false, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("Authorization")
		switch {
		case r.URL.Path == "/v1/sessions":
			signIns++
			switch {
			case restored && signIns == 3: // the server has lost the epoch: with fresh, it asks
				_, _ = fmt.Fprint(w, `{"accessToken":"third","refreshToken":"r3","device":{"id":"d_7Q","epoch":1}}`)
			case signIns%2 == 1:
				panic(http.ErrAbortHandler)
			default:
				_, _ = fmt.Fprint(w, `{}`)
			}
		case r.URL.Path == "/v1/sessions/refresh" && lost:
			lost = false
			panic(http.ErrAbortHandler)
		case r.URL.Path == "/v1/sessions/refresh" && portal:
			portal = false
			_, _ = fmt.Fprint(w, `<html>Chào mừng đến với WiFi miễn phí</html>`)
		case r.URL.Path == "/v1/sessions/refresh":
			_, _ = fmt.Fprint(w, `{"accessToken":"new","refreshToken":"r2"}`)
		case token == "Bearer new":
			_, _ = fmt.Fprint(w, `{}`)
		default:
			code := "token-expired"
			if token == "" {
				code = "token-missing"
			}
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprintf(w, `{"status":401,"code":%q}`, code)
		}
	}))
	defer server.Close()
	c := &client.Client{State: &client.State{Access: "old", Refresh: "r1"}, URL: server.URL, HTTP: server.Client(), Name: "test/1.0.0", Now: time.Now, Tries: 3}
	for range 2 {
		if err := c.Call(t.Context(), http.MethodGet, "/v1/me", nil, nil); err == nil {
			t.Fatal("a renewal without an answer passed")
		}
	}
	for range 2 {
		if err := c.SignIn(t.Context(), "thon1a", "mat-khau", client.Machine{}); err == nil || c.State.Access != "old" || c.State.Refresh != "r1" {
			t.Fatalf("a sign-in without an answer: %v, and the session is %q %q", err, c.State.Access, c.State.Refresh)
		}
	}
	if err := c.Call(t.Context(), http.MethodGet, "/v1/me", nil, nil); err != nil {
		t.Errorf("asked again: %v", err)
	}

	// Of two sign-ins that follow each other, the second has no answer: the tokens of the
	// first go together.
	restored = true
	c.State.Device = client.Device{ID: "d_7Q", Epoch: 3}
	if err := c.SignIn(t.Context(), "thon1a", "mat-khau", client.Machine{}); err == nil || c.State.Access != "third" || c.State.Refresh != "r3" {
		t.Errorf("a second sign-in without an answer: %v, and the session is %q %q", err, c.State.Access, c.State.Refresh)
	}
}
