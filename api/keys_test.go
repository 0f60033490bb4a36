package api_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sothon/sothon/api"
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/operations"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

type object = map[string]any

// signingKey is a key as the database holds it.
type signingKey struct {
	Kid  string `json:"kid"`
	Seed []byte `json:"seed"`
}

func (h *host) signingKey(id string) (string, ed25519.PrivateKey) {
	h.t.Helper()
	key, err := store.NewTable[signingKey](h.backend, "keys").Get(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return key.Value.Kid, ed25519.NewKeyFromSeed(key.Value.Seed)
}

// jwt joins a token of any parts.
func jwt(t *testing.T, header, claims object, sign func([]byte) []byte) string {
	t.Helper()
	part := func(o object) string {
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(header) + "." + part(claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(text)))
}

func parts(t *testing.T, token string) (header, claims object) {
	t.Helper()
	part := strings.Split(token, ".")
	for i, o := range []*object{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(part[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, o); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}

func TestAccessTokenIsAsPromised(t *testing.T) {
	h := newHost(t)
	session := h.session("collector1")
	header, claims := parts(t, session.AccessToken)
	kid, _ := h.signingKey("token-000001")
	if header["alg"] != "EdDSA" || header["typ"] != "at+jwt" || header["kid"] != kid || len(header) != 3 {
		t.Errorf("header %v", header)
	}
	now := float64(h.clock.Now().Unix())
	for name, want := range (object{
		"iss": issuer, "sub": "collector1", "iat": now, "nbf": now, "exp": now + 900, "client_id": "sothon",
		"dev": string(session.Device.ID), "epoch": 1.0,
	}) {
		if claims[name] != want {
			t.Errorf("claim %s: got %v, want %v", name, claims[name], want)
		}
	}
	if claims["jti"] == "" || claims["sid"] == "" || session.ExpiresIn != 900 {
		t.Errorf("claims %v, expires in %d", claims, session.ExpiresIn)
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	h := newHost(t)
	header, claims := parts(t, h.as("collector1"))
	_, others := parts(t, h.as("admin"))
	kid, key := h.signingKey("token-000001")
	_, noteKey := h.signingKey("note")
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := h.clock.Now().Unix()
	with := func(o object, name string, value any) object {
		o = maps.Clone(o)
		if o[name] = value; value == nil {
			delete(o, name)
		}
		return o
	}
	signed := func(key ed25519.PrivateKey) func([]byte) []byte {
		return func(text []byte) []byte { return ed25519.Sign(key, text) }
	}
	hmacWith := func(key []byte) func([]byte) []byte {
		return func(text []byte) []byte {
			m := hmac.New(sha256.New, key)
			m.Write(text)
			return m.Sum(nil)
		}
	}
	unsigned := func([]byte) []byte { return nil }
	good := signed(key)
	tests := []struct {
		name           string
		header, claims object
		sign           func([]byte) []byte
		code           string
	}{
		{"the server's own", header, claims, good, ""},
		{"within the leeway", header, with(claims, "exp", now-29), good, ""},
		{"expired", header, with(claims, "exp", now-31), good, "token-expired"},
		{"expired, and of a stranger", header, with(claims, "exp", now-31), signed(stranger), "token-invalid"},
		{"no expiry", header, with(claims, "exp", nil), good, "token-invalid"},
		{"not yet valid", header, with(claims, "nbf", now+61), good, "token-invalid"},
		{"no beginning", header, with(claims, "nbf", nil), good, "token-invalid"},
		{"issued in the future", header, with(claims, "iat", now+61), good, "token-invalid"},
		{"never issued", header, with(claims, "iat", nil), good, "token-invalid"},
		{"alg none", with(header, "alg", "none"), claims, unsigned, "token-invalid"},
		{"alg None", with(header, "alg", "None"), claims, unsigned, "token-invalid"},
		{"no alg", with(header, "alg", nil), claims, good, "token-invalid"},
		{"no signature", header, claims, unsigned, "token-invalid"},
		{"HS256 with the public key", with(header, "alg", "HS256"), claims, hmacWith(key.Public().(ed25519.PublicKey)), "token-invalid"},
		{"HS256 with the listed key", with(header, "alg", "HS256"), claims, hmacWith([]byte(base64.RawURLEncoding.EncodeToString(key.Public().(ed25519.PublicKey)))), "token-invalid"},
		{"a stranger's key", header, claims, signed(stranger), "token-invalid"},
		{"the key of notes", header, claims, signed(noteKey), "token-invalid"},
		{"an unknown kid", with(header, "kid", "k_unknown"), claims, good, "token-invalid"},
		{"a kid that is a path", with(header, "kid", "token-000001"), claims, good, "token-invalid"},
		{"a kid that is no text", with(header, "kid", 1), claims, good, "token-invalid"},
		{"no kid", with(header, "kid", nil), claims, good, "token-invalid"},
		{"typ JWT", with(header, "typ", "JWT"), claims, good, "token-invalid"},
		{"no typ", with(header, "typ", nil), claims, good, "token-invalid"},
		{"a critical extension", with(header, "crit", []string{"b64"}), claims, good, "token-invalid"},
		{"another issuer", header, with(claims, "iss", "evil.example"), good, "token-invalid"},
		{"another audience", header, with(claims, "aud", "evil.example"), good, "token-invalid"},
		{"no audience", header, with(claims, "aud", nil), good, "token-invalid"},
		{"no id", header, with(claims, "jti", nil), good, "token-invalid"},
		{"another person", header, with(claims, "sub", "admin"), good, "token-invalid"},
		{"another device", header, with(claims, "dev", others["dev"]), good, "token-invalid"},
		{"another session", header, with(claims, "sid", others["sid"]), good, "token-invalid"},
		{"no such session", header, with(claims, "sid", "s_none"), good, "token-invalid"},
		{"another epoch", header, with(claims, "epoch", 2), good, "token-invalid"},
		{"a negative epoch", header, with(claims, "epoch", -1), good, "token-invalid"},
		{"oversize", header, with(claims, "x", strings.Repeat("x", 2048)), good, "token-invalid"},
		{"a role is no matter", header, with(claims, "role", "admin"), good, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := h.do("GET", "/v1/me", jwt(t, test.header, test.claims, test.sign), nil)
			if test.code == "" {
				a.want(http.StatusOK)
				return
			}
			a.want(http.StatusUnauthorized, test.code)
		})
	}
	h.do("GET", "/v1/users", jwt(t, header, with(claims, "role", "admin"), good), nil).want(http.StatusForbidden, "role-forbidden")
	if header["kid"] != kid {
		t.Error("the test looked at the wrong key")
	}
}

func TestAuthorizationHeader(t *testing.T) {
	h := newHost(t)
	token := h.as("collector1")
	for _, test := range []struct {
		name   string
		header []string
		status int
		code   string
	}{
		{"none", nil, http.StatusUnauthorized, "token-missing"},
		{"no token", []string{"Bearer"}, http.StatusUnauthorized, "token-invalid"},
		{"another scheme", []string{"Basic " + token}, http.StatusUnauthorized, "token-invalid"},
		{"no scheme", []string{token}, http.StatusUnauthorized, "token-invalid"},
		{"two", []string{"Bearer " + token, "Bearer " + token}, http.StatusUnauthorized, "token-invalid"},
		{"more behind it", []string{"Bearer " + token + " " + token}, http.StatusUnauthorized, "token-invalid"},
		{"three bytes", []string{"Bearer a.b"}, http.StatusUnauthorized, "token-invalid"},
		{"lower case", []string{"bearer " + token}, http.StatusOK, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := h.request("GET", "/v1/me", "", nil)
			r.Header["Authorization"] = test.header
			a := h.send(r)
			if test.code == "" {
				a.want(test.status)
				return
			}
			if a.want(test.status, test.code).header.Get("WWW-Authenticate") == "" {
				t.Error("no WWW-Authenticate")
			}
		})
	}
}

// TestUnknownKeysAreLookedUpSeldom: names of keys that are made up do not
// become reads of the database.
func TestUnknownKeysAreLookedUpSeldom(t *testing.T) {
	h := newHost(t)
	header, claims := parts(t, h.as("collector1"))
	header["kid"] = "k_unknown"
	token := jwt(t, header, claims, func([]byte) []byte { return make([]byte, 64) })
	h.clock.advance(time.Minute)
	var reads atomic.Int32
	h.backend.failing(func(_, collection, _ string) memory.Fault {
		if collection == "keys" {
			reads.Add(1)
		}
		return memory.None
	})
	for range 20 {
		h.do("GET", "/v1/me", token, nil).want(http.StatusUnauthorized, "token-invalid")
	}
	if n := reads.Load(); n != 1 {
		t.Errorf("%d reads of the keys, want 1", n)
	}
	h.clock.advance(time.Minute)
	h.backend.failing(func(_, collection, _ string) memory.Fault {
		if collection == "keys" {
			return memory.Unapplied
		}
		return memory.None
	})
	h.do("GET", "/v1/me", token, nil).want(http.StatusInternalServerError) // not a word on the token
}

func (h *host) keySet() contract.KeySet {
	h.t.Helper()
	var set contract.KeySet
	h.do("GET", "/.well-known/jwks.json", "", nil).want(http.StatusOK).into(&set)
	return set
}

func TestKeysRotateWithOverlap(t *testing.T) {
	h := newHost(t)
	kidOf := func() any {
		header, _ := parts(t, h.signIn("collector1").AccessToken)
		return header["kid"]
	}
	first := kidOf()
	if keys := h.keySet().Keys; len(keys) != 1 || keys[0].Kid != first {
		t.Fatalf("keys %v, first %v", keys, first)
	}
	h.clock.advance(89*24*time.Hour + time.Minute)
	if kid := kidOf(); kid != first {
		t.Errorf("the next key signs before it was listed for a day")
	}
	keys := h.keySet().Keys
	if len(keys) != 2 {
		t.Fatalf("%d keys are listed, want the next one too", len(keys))
	}
	next := keys[1].Kid

	h.clock.advance(24*time.Hour - time.Minute)
	if kid := kidOf(); kid != first {
		t.Errorf("the next key signs before it was listed for a day")
	}
	last := h.signIn("collector1").AccessToken
	h.clock.advance(2 * time.Minute)
	if kid := kidOf(); kid != next {
		t.Errorf("the key %v signs, want %v", kid, next)
	}
	h.clock.advance(12 * time.Minute)
	h.do("GET", "/v1/me", last, nil).want(http.StatusOK)
	if n := len(h.keySet().Keys); n != 2 {
		t.Errorf("%d keys are listed while a token of the first is valid", n)
	}
	h.clock.advance(2 * time.Hour)
	if keys := h.keySet().Keys; len(keys) != 1 || keys[0].Kid != next {
		t.Errorf("keys %v, want %v alone", keys, next)
	}
	if _, err := h.backend.Get(t.Context(), "keys", "token-000001"); err == nil {
		t.Error("a key that is over is still stored")
	}
	// A server that nobody asked for long.
	h.clock.advance(300 * 24 * time.Hour)
	if kid := kidOf(); kid != next || len(h.keySet().Keys) != 2 {
		t.Errorf("signed by %v with %d keys, want %v until another was listed for a day", kid, len(h.keySet().Keys), next)
	}
}

// TestServersShareTheirKeys: servers that start at once over an empty database
// end with the same keys, and learn of those that another made later.
func TestServersShareTheirKeys(t *testing.T) {
	h := newHost(t)
	db := memory.New()
	var all [4]contract.KeySet
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			s := store.New(db, store.Options{Now: h.clock.Now, Random: rand.Reader, Location: time.UTC})
			server, err := api.New(t.Context(), api.Config{
				Store: s, Now: h.clock.Now, Random: rand.Reader, Location: time.UTC, Metrics: operations.NewMetrics(), Issuer: issuer,
				Log: slog.New(slog.DiscardHandler), Office: jobs.New(jobs.Options{Store: s, Now: h.clock.Now, Random: rand.Reader, Location: time.UTC}),
			})
			if err != nil {
				t.Error(err)
				return
			}
			answer, err := server.GetKeys(t.Context(), contract.GetKeysRequestObject{})
			if err != nil {
				t.Error(err)
				return
			}
			all[i] = contract.KeySet(answer.(contract.GetKeys200JSONResponse))
		})
	}
	wg.Wait()
	for _, set := range all {
		if len(set.Keys) != 1 || len(set.Notes) != 1 || set.Keys[0] != all[0].Keys[0] || set.Notes[0] != all[0].Notes[0] {
			t.Errorf("keys %v, want %v", set, all[0])
		}
	}

	other := h.beside()
	h.clock.advance(89*24*time.Hour + time.Minute)
	h.signIn("collector1") // makes the next key
	h.clock.advance(25 * time.Hour)
	token := h.signIn("collector1").AccessToken
	other.do("GET", "/v1/me", token, nil).want(http.StatusOK)
}

func TestHeadsAreSignedNotes(t *testing.T) {
	h := newHost(t)
	session := h.session("collector1")
	h.do("POST", "/v1/units/"+string(village1)+"/batches", session.AccessToken, object{
		"device": session.Device.ID, "epoch": 1, "from": 1, "ops": []object{{
			"n": 1, "record": "0197c5a0-1c00-7a41-9d3e-5b1f0c2a7e10", "kind": "household", "action": "edit", "base": 0,
			"at": "2026-11-20T02:10:00Z", "set": object{"headName": "Nguyễn Văn Mẫu"},
		}},
	}).want(http.StatusOK)
	var head contract.SignedHead
	h.do("GET", "/v1/units/"+string(village1)+"/head", h.as("collector1"), nil).want(http.StatusOK).into(&head)
	verifier, err := note.NewVerifier(h.keySet().Notes[0])
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open([]byte(head.Note), note.VerifierList(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(opened.Text, string(village1)) || opened.Sigs[0].Name != issuer {
		t.Errorf("the note says %q by %s", opened.Text, opened.Sigs[0].Name)
	}
	if again := h.beside().keySet().Notes[0]; again != h.keySet().Notes[0] {
		t.Errorf("another server signs notes as %s", again)
	}
}
