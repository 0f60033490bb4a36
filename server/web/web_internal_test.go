package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// build is a small build of both apps.
func build() fstest.MapFS {
	script := strings.Repeat("console.log('mẫu');\n", 100)
	return fstest.MapFS{
		"m/index.html":                &fstest.MapFile{Data: []byte("<!doctype html><title>phone</title>")},
		"m/sw.js":                     &fstest.MapFile{Data: []byte("self.skip = 1")},
		"m/manifest.webmanifest":      &fstest.MapFile{Data: []byte("{}")},
		"m/assets/index-Abc123.js":    &fstest.MapFile{Data: []byte(script)},
		"m/assets/index-Abc123.js.br": &fstest.MapFile{Data: []byte("brotli")},
		"desk/index.html":             &fstest.MapFile{Data: []byte("<!doctype html><title>desk</title>")},
		"desk/assets/index-Def456.js": &fstest.MapFile{Data: []byte(script)},
	}
}

func handler(t *testing.T) http.Handler {
	t.Helper()
	h, err := beside(build(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// get asks for a path with headers, which alternate name and value.
// answer is what was answered, read from memory: there is nothing to close.
type answer struct {
	StatusCode int
	Header     http.Header
	Body       io.Reader
}

func get(t *testing.T, method, path string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	handler(t).ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body}
}

func body(t *testing.T, r answer) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPathsOfTheApps(t *testing.T) {
	for _, test := range []struct {
		path, contentType, holds, cache string
		status                          int
	}{
		{"/m/", "text/html; charset=utf-8", "phone", "no-cache", 200},
		{"/m/index.html", "text/html; charset=utf-8", "phone", "no-cache", 200},
		{"/m/gift/019a0000", "text/html; charset=utf-8", "phone", "no-cache", 200},
		{"/desk/", "text/html; charset=utf-8", "desk", "no-cache", 200},
		{"/desk/report/21133-20040101", "text/html; charset=utf-8", "desk", "no-cache", 200},
		{"/desk/report/21133-20040101.ubnd.annual.01", "text/html; charset=utf-8", "desk", "no-cache", 200},
		{"/m/sw.js", "text/javascript; charset=utf-8", "self", "no-cache", 200},
		{"/m/manifest.webmanifest", "application/manifest+json", "{}", "no-cache", 200},
		{"/m/assets/index-Abc123.js", "text/javascript; charset=utf-8", "mẫu", "public, max-age=31536000, immutable", 200},
		{"/m/assets/index-Old999.js", "text/plain; charset=utf-8", "not found", "", 404},
		{"/m/assets/index-Abc123.js.br", "text/plain; charset=utf-8", "not found", "", 404},
		{"/desk/../m/sw.js", "text/plain; charset=utf-8", "not found", "", 404},
		{"/m", "", "", "", 308},
		{"/desk", "", "", "", 308},
		{"/v1/forms", "", "", "", http.StatusTeapot},
		{"/metrics", "", "", "", http.StatusTeapot},
		{"/mm/", "", "", "", http.StatusTeapot},
	} {
		r := get(t, http.MethodGet, test.path)
		if r.StatusCode != test.status {
			t.Errorf("%s: %d, want %d", test.path, r.StatusCode, test.status)
		}
		if test.contentType == "" {
			continue
		}
		if got := r.Header.Get("Content-Type"); got != test.contentType {
			t.Errorf("%s: %s", test.path, got)
		}
		if got := r.Header.Get("Cache-Control"); got != test.cache {
			t.Errorf("%s: cached as %q", test.path, got)
		}
		if text := body(t, r); !strings.Contains(text, test.holds) {
			t.Errorf("%s: %s", test.path, text)
		}
	}
}

func TestEveryAnswerIsSecured(t *testing.T) {
	for _, path := range []string{"/", "/m", "/m/", "/desk/", "/m/sw.js", "/desk/none.js"} {
		h := get(t, http.MethodGet, path).Header
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", path, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if !strings.HasPrefix(h.Get("Permissions-Policy"), "camera=(self)") {
			t.Errorf("%s: %s", path, h.Get("Permissions-Policy"))
		}
	}
	if r := get(t, http.MethodPost, "/m/"); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, %q", r.StatusCode, r.Header.Get("Allow"))
	}
}

func TestCompression(t *testing.T) {
	r := get(t, http.MethodGet, "/m/assets/index-Abc123.js", "Accept-Encoding", "gzip, br")
	if r.Header.Get("Content-Encoding") != "br" || body(t, r) != "brotli" {
		t.Errorf("the form of the build: %v", r.Header)
	}
	r = get(t, http.MethodGet, "/desk/assets/index-Def456.js", "Accept-Encoding", "br;q=1.0, gzip;q=0.8")
	if r.Header.Get("Content-Encoding") != "gzip" || r.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("the form made at the start: %v", r.Header)
	}
	unzipped, err := gzip.NewReader(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unzipped)
	if err != nil || !bytes.Equal(text, build()["desk/assets/index-Def456.js"].Data) {
		t.Errorf("%v: %s", err, text)
	}
	r = get(t, http.MethodGet, "/m/assets/index-Abc123.js", "Accept-Encoding", "br;q=0, identity")
	if r.Header.Get("Content-Encoding") != "" {
		t.Errorf("a coding that is refused: %v", r.Header)
	}
}

func TestRevalidation(t *testing.T) {
	etag := get(t, http.MethodGet, "/m/sw.js").Header.Get("ETag")
	if r := get(t, http.MethodGet, "/m/sw.js", "If-None-Match", etag); etag == "" || r.StatusCode != http.StatusNotModified {
		t.Errorf("%s: %d", etag, r.StatusCode)
	}
	if r := get(t, http.MethodHead, "/m/sw.js"); r.StatusCode != http.StatusOK || body(t, r) != "" {
		t.Errorf("HEAD: %d", r.StatusCode)
	}
}

func TestFrontPage(t *testing.T) {
	for _, headers := range [][]string{{"Sec-CH-UA-Mobile", "?1"}, {"User-Agent", "Mozilla/5.0 (Linux; Android 10; K) Chrome/138.0.0.0 Mobile Safari/537.36"}} {
		if r := get(t, http.MethodGet, "/", headers...); r.StatusCode != http.StatusFound || r.Header.Get("Location") != "/m/" {
			t.Errorf("%v: %d to %q", headers, r.StatusCode, r.Header.Get("Location"))
		}
	}
	r := get(t, http.MethodGet, "/", "User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)")
	if text := body(t, r); r.StatusCode != http.StatusOK || !strings.Contains(text, `href="/m/"`) || !strings.Contains(text, `href="/desk/"`) {
		t.Errorf("%d %s", r.StatusCode, text)
	}
}

func TestBuildsThatCannotBeServed(t *testing.T) {
	for name, change := range map[string]func(fstest.MapFS){
		"no page":         func(f fstest.MapFS) { delete(f, "desk/index.html") },
		"an unknown type": func(f fstest.MapFS) { f["m/x.exe"] = &fstest.MapFile{} },
	} {
		files := build()
		change(files)
		if _, err := beside(files, http.NotFoundHandler()); err == nil {
			t.Errorf("%s: served", name)
		}
	}
}

// TestEmbeddedBuild loads what the server really embeds.
func TestEmbeddedBuild(t *testing.T) {
	h, err := Beside(http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/m/", "/desk/"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<script") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
