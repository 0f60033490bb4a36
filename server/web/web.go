// Package web serves the two apps: the phone's under /m/ and the review desk's
// under /desk/. Their sources lie beside this file; what is embedded is their
// build, in dist, which is committed so that the server builds with Go alone.
//
// Files below assets/ carry a hash of their content in their names and are
// cached for a year. All others (pages, the service worker, the manifest) are
// checked with the server at each use, by their ETag. A path that is
// no file, and has no extension of one, is a page of the app, which reads the
// path itself, and gets the app's index.html.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

// policy lets a page load nothing but this server's own files, run no script
// from its text, and be framed by nobody. Svelte makes its templates by the
// trusted type svelte-trusted-html; the phone registers its service worker by
// sothon-worker.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
	"frame-src blob:; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html sothon-worker"

// contentTypes of the files that a build may hold. Any other extension is an
// error at the start.
var contentTypes = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".webmanifest": "application/manifest+json",
	".txt":         "text/plain; charset=utf-8",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".webp":        "image/webp",
	".ico":         "image/x-icon",
	".woff2":       "font/woff2",
}

// minGzip is the size in bytes below which compression saves nothing.
const minGzip = 512

// file is one file of a build, with the forms in which it can be sent.
type file struct {
	contentType string
	cache       string            // value of Cache-Control
	forms       map[string][]byte // by content coding; "" is the file as it is
	etag        string            // of the file as it is, without quotes
}

// site is both apps, by path from the root of the server.
type site map[string]*file

// Beside returns a handler that serves the apps, and the page at / that leads
// to them, and passes every other request to next.
func Beside(next http.Handler) (http.Handler, error) {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("the web apps: %w", err)
	}
	return beside(root, next)
}

func beside(root fs.FS, next http.Handler) (http.Handler, error) {
	s, err := load(root)
	if err != nil {
		return nil, fmt.Errorf("the web apps: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := r.URL.Path
		switch {
		case p == "/", p == "/m", p == "/desk", strings.HasPrefix(p, "/m/"), strings.HasPrefix(p, "/desk/"):
			s.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	}), nil
}

// load reads a build, and compresses what the build has not compressed.
func load(root fs.FS) (site, error) {
	s := site{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".br" || path.Ext(name) == ".gz" {
			return err
		}
		f, err := read(root, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s["/"+name] = f
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, index := range []string{"/m/index.html", "/desk/index.html"} {
		if s[index] == nil {
			return nil, errors.New("the build lacks " + index)
		}
	}
	return s, nil
}

func read(root fs.FS, name string) (*file, error) {
	content, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	f := &file{contentType: contentTypes[path.Ext(name)], cache: "no-cache", forms: map[string][]byte{"": content}, etag: hex.EncodeToString(sum[:12])}
	if f.contentType == "" {
		return nil, errors.New("no content type is known for it")
	}
	if path.Base(path.Dir(name)) == "assets" {
		f.cache = "public, max-age=31536000, immutable"
	}
	for coding, suffix := range map[string]string{"br": ".br", "gzip": ".gz"} {
		packed, err := fs.ReadFile(root, name+suffix)
		switch {
		case err == nil:
			f.forms[coding] = packed
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	if f.forms["gzip"] == nil && len(content) >= minGzip {
		packed, err := zipped(content)
		if err != nil {
			return nil, err
		}
		if len(packed) < len(content) {
			f.forms["gzip"] = packed
		}
	}
	return f, nil
}

func zipped(content []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(content)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// secure sets the headers of every answer of the apps.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	p := r.URL.Path
	switch p {
	case "/":
		front(w, r)
		return
	case "/m":
		http.Redirect(w, r, "/m/", http.StatusPermanentRedirect)
		return
	case "/desk":
		http.Redirect(w, r, "/desk/", http.StatusPermanentRedirect)
		return
	}
	f := s[p]
	if f == nil && isPage(p) {
		app, _, _ := strings.Cut(p[1:], "/")
		f = s["/"+app+"/index.html"]
	}
	if f == nil {
		http.NotFound(w, r)
		return
	}
	f.serve(w, r)
}

// isPage reports whether a path that is no file is for the app to read. What a
// report is called has dots in it, so an extension is one that a file could have.
func isPage(p string) bool {
	return path.Base(path.Dir(p)) != "assets" && contentTypes[path.Ext(p)] == ""
}

// serve sends the smallest form that the client accepts.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cache)
	h.Set("Vary", "Accept-Encoding")
	coding := ""
	for _, c := range []string{"br", "gzip"} {
		if f.forms[c] != nil && accepts(r.Header.Get("Accept-Encoding"), c) {
			coding = c
			break
		}
	}
	etag := f.etag
	if coding != "" {
		h.Set("Content-Encoding", coding)
		etag += "-" + coding
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.forms[coding]))
}

// accepts reports whether an Accept-Encoding names a coding (RFC 9110,
// section 12.5.3) with a weight above 0.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, weighted := strings.Cut(strings.ReplaceAll(part, " ", ""), ";q=")
		if !strings.EqualFold(name, coding) {
			continue
		}
		q, err := strconv.ParseFloat(weight, 64)
		return !weighted || err == nil && q > 0
	}
	return false
}

// frontPage offers both apps to a browser that is no phone.
const frontPage = `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sổ Thôn</title>
</head>
<body>
<main>
<h1>Sổ Thôn</h1>
<ul>
<li><a href="/m/">Sổ trên điện thoại, cho thôn</a></li>
<li><a href="/desk/">Bàn làm việc, cho xã</a></li>
</ul>
</main>
</body>
</html>
`

// front leads phones to the phone's app, and lets others choose.
func front(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Vary", "Sec-CH-UA-Mobile, User-Agent")
	h.Set("Cache-Control", "no-cache")
	if r.Header.Get("Sec-CH-UA-Mobile") == "?1" || strings.Contains(r.Header.Get("User-Agent"), "Mobi") {
		http.Redirect(w, r, "/m/", http.StatusFound)
		return
	}
	h.Set("Content-Type", contentTypes[".html"])
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(frontPage))
}
