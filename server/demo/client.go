package demo

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// client speaks to the server for one person.
type client struct {
	http            *http.Client
	url             string
	gzips           bool // compresses what it sends
	access, refresh string
	again           int // requests that were repeated because the server was busy
}

// problem is an answer that is not a success (RFC 9457).
type problem struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Title   string `json:"title"`
	Detail  string `json:"detail"`
	Message string `json:"message"`

	call string
	wait time.Duration
}

func (p *problem) Error() string {
	return fmt.Sprintf("%s: %d %s: %s %s", p.call, p.Status, p.Code, p.Title, p.Detail)
}

// maxTries bounds how often a request is sent.
const maxTries = 20

// call sends a request, and decodes the answer into out unless that is nil. A
// server that is busy is asked again when it says, and an access token that has
// expired is renewed: neither says anything about the request.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	for try := 1; ; try++ {
		err := c.send(ctx, method, path, body, out)
		var p *problem
		if try == maxTries || !errors.As(err, &p) {
			return err
		}
		switch {
		case p.Code == "token-expired" && c.refresh != "":
			if err := c.renew(ctx); err != nil {
				return err
			}
		case p.Status == http.StatusTooManyRequests, p.Status == http.StatusServiceUnavailable:
			c.again++
			if err := pause(ctx, p.wait); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

func (c *client) send(ctx context.Context, method, path string, body []byte, out any) error {
	call := method + " " + path
	var sent io.Reader
	if body != nil {
		sent = bytes.NewReader(body)
		if c.gzips {
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			_, err1 := w.Write(body)
			if err := errors.Join(err1, w.Close()); err != nil {
				return fmt.Errorf("%s: %w", call, err)
			}
			sent = &packed
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, sent)
	if err != nil {
		return fmt.Errorf("%s: %w", call, err)
	}
	r.Header.Set("Sothon-Client", "sothon-demo/1.0.0")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
		if c.gzips {
			r.Header.Set("Content-Encoding", "gzip")
		}
	}
	if c.access != "" {
		r.Header.Set("Authorization", "Bearer "+c.access)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("%s: %w", call, err)
	}
	defer func() { _ = answer.Body.Close() }() // by then it was read
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("%s: read the answer: %w", call, err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return refusal(call, answer, text)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s: read the answer: %w", call, err)
	}
	return nil
}

func refusal(call string, answer *http.Response, text []byte) error {
	p := &problem{}
	if json.Unmarshal(text, p) != nil || p.Code == "" {
		p.Title = string(text[:min(len(text), 200)]) // a proxy's page, or a fault
	}
	p.Status, p.call, p.wait = answer.StatusCode, call, time.Second
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
		p.wait = time.Duration(seconds) * time.Second
	}
	return p
}

// session is what a sign-in and a renewal are answered with.
type session struct {
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken"`
	User         struct {
		Units []string `json:"units"`
	} `json:"user"`
	Device struct {
		ID    string `json:"id"`
		Epoch uint32 `json:"epoch"`
	} `json:"device"`
}

// device is what a sign-in says of the machine it comes from.
type device struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name"`
	Platform string `json:"platform"`
	Fresh    bool   `json:"fresh,omitempty"`
}

func (c *client) signIn(ctx context.Context, username, password string, d device) (*session, error) {
	c.access, c.refresh = "", ""
	s := &session{}
	err := c.call(ctx, http.MethodPost, "/v1/sessions", map[string]any{"username": username, "password": password, "device": d}, s)
	if err != nil {
		return nil, fmt.Errorf("sign in as %s: %w", username, err)
	}
	c.access, c.refresh = s.AccessToken, s.RefreshToken
	return s, nil
}

func (c *client) renew(ctx context.Context) error {
	body, err := json.Marshal(map[string]string{"refreshToken": c.refresh})
	if err != nil {
		return err
	}
	s := &session{}
	c.access = ""
	if err := c.send(ctx, http.MethodPost, "/v1/sessions/refresh", body, s); err != nil {
		return fmt.Errorf("renew the session: %w", err)
	}
	c.access, c.refresh = s.AccessToken, s.RefreshToken
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
