package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Etag is the tag of a body.
func Etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// Matches reports whether an If-None-Match names the tag (RFC 9110, 13.1.2).
func Matches(ifNoneMatch, tag string) bool {
	for _, t := range strings.Split(ifNoneMatch, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}

// Raw is an answer of fixed bytes, with a tag to ask for it again.
type Raw struct {
	Body                            []byte
	Media, Etag, Cache, IfNoneMatch string
}

func (r Raw) Write(w http.ResponseWriter) error {
	w.Header().Set("ETag", r.Etag)
	w.Header().Set("Cache-Control", r.Cache)
	if Matches(r.IfNoneMatch, r.Etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", r.Media)
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(r.Body)
	return err
}

// Download is a file that a browser stores under a name.
type Download struct {
	Raw
	Name   string
	Inline bool // for a browser to show, not to save
}

func (d Download) Write(w http.ResponseWriter) error {
	w.Header().Set("Content-Disposition", disposition(d.Name, d.Inline))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if d.Etag == "" {
		w.Header().Set("Content-Type", d.Media)
		w.WriteHeader(http.StatusOK)
		_, err := w.Write(d.Body)
		return err
	}
	return d.Raw.Write(w)
}

// disposition names a file twice: for all, in ASCII, and as it is called (RFC
// 6266).
func disposition(name string, inline bool) string {
	kind := "attachment"
	if inline {
		kind = "inline"
	}
	plain := strings.Map(func(r rune) rune {
		switch {
		case r == 'Đ':
			return 'D'
		case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '.':
			return r
		}
		return '_'
	}, name)
	return fmt.Sprintf(`%s; filename="%s"; filename*=UTF-8''%s`, kind, plain, url.PathEscape(name))
}
