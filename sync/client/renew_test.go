package client_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/client"
)

// TestExpiredTokenIsRenewed once for a request, however often that may be sent to
// a server that is busy.
func TestExpiredTokenIsRenewed(t *testing.T) {
	for _, tries := range []int{0, 1, 3} {
		renewals, accepted := 0, "new"
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/v1/sessions/refresh":
				renewals++
				_, _ = w.Write([]byte(`{"accessToken":"new","refreshToken":"r2"}`))
			case r.Header.Get("Authorization") != "Bearer "+accepted:
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = w.Write([]byte(`{"status":401,"code":"token-expired"}`))
			default:
				_, _ = w.Write([]byte(`{}`))
			}
		}))
		c := &client.Client{State: &client.State{Access: "old", Refresh: "r1"}, URL: server.URL, HTTP: server.Client(), Now: time.Now, Tries: tries}
		if err := c.Call(t.Context(), http.MethodGet, "/v1/me", nil, nil); err != nil || renewals != 1 {
			t.Errorf("with %d tries: %d renewals, %v", tries, renewals, err)
		}
		accepted = "none"
		if err := c.Call(t.Context(), http.MethodGet, "/v1/me", nil, nil); err == nil || renewals != 2 {
			t.Errorf("with %d tries a token that is never taken: %d renewals, %v", tries, renewals, err)
		}
		server.Close()
	}
}

// TestVerdictsAreKeptWhole: what the server says of an op is in the outbox.
func TestVerdictsAreKeptWhole(t *testing.T) {
	var v client.Verdict
	if err := json.Unmarshal([]byte(`{"n":1,"status":"accepted","late":true,"afterEnd":true}`), &v); err != nil || !v.Late || !v.AfterEnd {
		t.Errorf("%+v, %v", v, err)
	}
}
