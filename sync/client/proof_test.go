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
