package post_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs/post"
)

// signature is what the documentation tells a receiver to compute, written
// from it and not from the code.
func signature(secret []byte, timestamp, id string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write(fmt.Appendf(nil, "%s.%s.%s", timestamp, id, body))
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

func signed(id string, body []byte) http.Header {
	timestamp := strconv.FormatInt(today.Unix(), 10)
	return http.Header{"Sothon-Id": {id}, "Sothon-Timestamp": {timestamp}, "Sothon-Signature": {signature(secret, timestamp, id, body)}}
}

// The figures of this test were computed by another program:
// printf '1782869400.D1.{"id":"D1"}' | openssl dgst -sha256 -hmac 0123456789abcdef.
func TestVerifyAgainstOpenSSL(t *testing.T) {
	headers := http.Header{}
	headers.Set("sothon-id", "D1")
	headers.Set("sothon-timestamp", "1782869400")
	headers.Set("sothon-signature", "v1=cabfbec604dc8597cf70e299e338f959f1109a8c88fa89e8b35fcc30770a0909")
	if err := post.Verify([]byte("0123456789abcdef"), headers, []byte(`{"id":"D1"}`), time.Unix(1782869400, 0), time.Minute); err != nil {
		t.Error(err)
	}
}

func TestVerify(t *testing.T) {
	body := []byte(`{"id":"D1"}`)
	other := []byte("một bí mật khác 0123456789")
	stamp := func(h http.Header, s string) {
		h.Set("Sothon-Timestamp", s)
		h.Set("Sothon-Signature", signature(secret, s, "D1", body))
	}
	for name, c := range map[string]struct {
		change func(h http.Header, body *[]byte)
		secret []byte
		later  time.Duration
		want   error
	}{
		"as it was sent":          {},
		"on the edge":             {later: 5 * time.Minute},
		"a clock that is behind":  {later: -5 * time.Minute},
		"heard and sent again":    {later: 5*time.Minute + time.Second, want: post.ErrStale},
		"from the future":         {later: -5*time.Minute - time.Second, want: post.ErrStale},
		"from long ago":           {change: func(h http.Header, _ *[]byte) { stamp(h, "0") }, want: post.ErrStale},
		"from never":              {change: func(h http.Header, _ *[]byte) { stamp(h, "-9223372036854775808") }, want: post.ErrStale},
		"from the end of time":    {change: func(h http.Header, _ *[]byte) { stamp(h, "9223372036854775807") }, want: post.ErrStale},
		"a time beyond":           {change: func(h http.Header, _ *[]byte) { stamp(h, "9223372036854775808") }, want: post.ErrSignature},
		"a time with a plus":      {change: func(h http.Header, _ *[]byte) { stamp(h, "+"+h.Get("Sothon-Timestamp")) }, want: post.ErrSignature},
		"a time with a zero":      {change: func(h http.Header, _ *[]byte) { stamp(h, "0"+h.Get("Sothon-Timestamp")) }, want: post.ErrSignature},
		"a fresh time":            {change: func(h http.Header, _ *[]byte) { h.Set("Sothon-Timestamp", "1782869401") }, want: post.ErrSignature},
		"another id":              {change: func(h http.Header, _ *[]byte) { h.Set("Sothon-Id", "D2") }, want: post.ErrSignature},
		"another body":            {change: func(_ http.Header, b *[]byte) { *b = append(*b, ' ') }, want: post.ErrSignature},
		"no body":                 {change: func(_ http.Header, b *[]byte) { *b = nil }, want: post.ErrSignature},
		"another secret":          {secret: other, want: post.ErrSignature},
		"a short secret":          {secret: []byte("ngắn"), want: post.ErrSignature},
		"no signature":            {change: func(h http.Header, _ *[]byte) { h.Del("Sothon-Signature") }, want: post.ErrSignature},
		"an empty signature":      {change: func(h http.Header, _ *[]byte) { h.Set("Sothon-Signature", "") }, want: post.ErrSignature},
		"a part of a signature":   {change: func(h http.Header, _ *[]byte) { h.Set("Sothon-Signature", h.Get("Sothon-Signature")[:40]) }, want: post.ErrSignature},
		"capitals in a signature": {change: func(h http.Header, _ *[]byte) { h.Set("Sothon-Signature", strings.ToUpper(h.Get("Sothon-Signature"))) }, want: post.ErrSignature},
		"another version":         {change: func(h http.Header, _ *[]byte) { h.Set("Sothon-Signature", "v2"+h.Get("Sothon-Signature")[2:]) }, want: post.ErrSignature},
		"two signatures":          {change: func(h http.Header, _ *[]byte) { h.Add("Sothon-Signature", h.Get("Sothon-Signature")) }, want: post.ErrSignature},
		"no id":                   {change: func(h http.Header, _ *[]byte) { h.Del("Sothon-Id") }, want: post.ErrSignature},
		"no time":                 {change: func(h http.Header, _ *[]byte) { h.Del("Sothon-Timestamp") }, want: post.ErrSignature},
		"a dot moved into the id": {change: func(h http.Header, b *[]byte) {
			// The same bytes under the signature, cut elsewhere.
			*b = []byte("x.y")
			h.Set("Sothon-Signature", signature(secret, h.Get("Sothon-Timestamp"), "D1", *b))
			h.Set("Sothon-Id", "D1.x")
			*b = []byte("y")
		}, want: post.ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			headers, got := signed("D1", body), bytes.Clone(body)
			if c.change != nil {
				c.change(headers, &got)
			}
			key := secret
			if c.secret != nil {
				key = c.secret
			}
			if err := post.Verify(key, headers, got, today.Add(c.later), 5*time.Minute); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// Whatever comes, only what was signed as documented passes.
func FuzzVerify(f *testing.F) {
	good := signed("D1", []byte("{}"))
	f.Add("D1", good.Get("Sothon-Timestamp"), good.Get("Sothon-Signature"), []byte("{}"), int64(0))
	f.Add("D1", good.Get("Sothon-Timestamp"), good.Get("Sothon-Signature"), []byte("{}"), int64(301))
	f.Add("", "", "", []byte{}, int64(-1))
	f.Add("D1\r\n", "-0", "v1=", []byte{0}, int64(1<<62))
	f.Add("../D1", "9223372036854775807", "v1=\xff", []byte("."), int64(-1<<63))
	f.Fuzz(func(t *testing.T, id, timestamp, mark string, body []byte, seconds int64) {
		headers := http.Header{"Sothon-Id": {id}, "Sothon-Timestamp": {timestamp}, "Sothon-Signature": {mark}}
		now := time.Unix(seconds, 0).Add(time.Duration(today.Unix()) * time.Second)
		if post.Verify(secret, headers, body, now, 5*time.Minute) != nil {
			return
		}
		sent, err := strconv.ParseInt(timestamp, 10, 64)
		if err != nil || mark != signature(secret, timestamp, id, body) {
			t.Errorf("passed without a signature: %q", headers)
		}
		if age := now.Sub(time.Unix(sent, 0)); age.Abs() > 5*time.Minute {
			t.Errorf("passed at an age of %s", age)
		}
	})
}
