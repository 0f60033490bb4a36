package post_test

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs/post"
)

// hookServer is a receiver that takes what verifies, and each id once.
type hookServer struct {
	*httptest.Server

	mu    sync.Mutex
	taken map[string]post.Manifest
	all   []*http.Request // bodies read
	again int             // how often an id came that it knew
}

// serveHook starts a receiver with TLS; answer is what it does instead of
// taking, if it is given.
func serveHook(t *testing.T, answer http.HandlerFunc) *hookServer {
	t.Helper()
	h := &hookServer{taken: map[string]post.Manifest{}}
	take := func(w http.ResponseWriter, r *http.Request) {
		if err := h.take(r); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		if answer != nil {
			answer(w, r)
		}
	}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(take))
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.StartTLS()
	t.Cleanup(h.Close)
	return h
}

func (h *hookServer) take(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, r)
	if err := post.Verify(secret, r.Header, body, today.Add(time.Minute), 5*time.Minute); err != nil {
		return err
	}
	var d post.Manifest
	if err := json.Unmarshal(body, &d); err != nil {
		return err
	}
	if d.ID != r.Header.Get("Sothon-Id") || d.ID != r.Header.Get("Idempotency-Key") {
		return errors.New("two ids")
	}
	if before, known := h.taken[d.ID]; known {
		h.again++
		if !reflect.DeepEqual(before, d) {
			return errors.New("another content under the same id")
		}
	}
	h.taken[d.ID] = d
	return nil
}

func (h *hookServer) deliveries() []post.Manifest {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Values(h.taken))
}

func (h *hookServer) requests() []*http.Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all
}

// config reaches the receiver.
func (h *hookServer) config() post.WebhookConfig {
	roots := x509.NewCertPool()
	roots.AddCert(h.Certificate())
	return post.WebhookConfig{URL: h.URL + "/nhan?ma=bi-mat", Secret: secret, Inside: []string{h.Listener.Addr().String()}, Roots: roots, Now: clock}
}

func mustHook(t *testing.T, c post.WebhookConfig) *post.Webhook {
	t.Helper()
	w, err := post.NewWebhook(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
