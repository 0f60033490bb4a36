package api_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/ledger"
)

// phone is a device that writes to one unit. Its book is the reference
// client's; its requests are the host's, which holds each answer against the
// contract.
type phone struct {
	h      *host
	user   string
	device client.Device
	book   *client.Book
	afresh int // how often it had to pull from the beginning, for another view
}

// phone signs a person in on a new device.
func (h *host) phone(username string, unit ledger.UnitID) *phone {
	h.t.Helper()
	s := h.signIn(username)
	h.mu.Lock()
	h.sessions[username+"/"+string(s.Device.ID)] = signedIn{s, h.clock.Now()}
	h.mu.Unlock()
	device := client.Device{ID: s.Device.ID, Epoch: s.Device.Epoch}
	return &phone{h: h, user: username + "/" + string(device.ID), device: device, book: &client.Book{Unit: unit}}
}

// signInAgain begins another session on the same device.
func (p *phone) signInAgain() {
	p.h.t.Helper()
	username, _, _ := strings.Cut(p.user, "/")
	s := p.h.signIn(username, contract.SignInDevice{ID: p.device.ID})
	if s.Device.ID != p.device.ID || s.Device.Epoch != p.device.Epoch {
		p.h.t.Fatalf("signed in on %+v, was %+v", s.Device, p.device)
	}
	p.h.mu.Lock()
	p.h.sessions[p.user] = signedIn{s, p.h.clock.Now()}
	p.h.mu.Unlock()
}

func (p *phone) token() string {
	p.h.mu.Lock()
	defer p.h.mu.Unlock()
	return p.h.sessions[p.user].AccessToken
}

// write puts an op into the outbox. rest holds the members that differ by
// action, each with a comma before it.
func (p *phone) write(record ledger.RecordID, kind ledger.Kind, action ledger.Action, base ledger.Seq, rest string) *phone {
	p.book.Append(base, fmt.Appendf(nil, `{"record":%q,"kind":%q,"action":%q,"at":"2026-11-20T02:10:00Z"%s}`, record, kind, action, rest))
	return p
}

// op is an op of the outbox as it is sent.
func (p *phone) op(n uint64) string { return string(p.book.Op(n).Text()) }

// batch takes ops from the outbox, whether they were sent or not.
func (p *phone) batch(from, through uint64) *client.Batch {
	return p.book.Cut(p.device, from, client.Limits{MaxOps: int(through - from + 1)})
}

func (p *phone) body(from, through uint64) string { return string(p.batch(from, through).Body) }

func (p *phone) path() string { return "/v1/units/" + string(p.book.Unit) }

// push sends what was not acknowledged yet, however much that is.
func (p *phone) push() answer {
	p.h.t.Helper()
	return p.send(p.book.Next(p.device, client.Limits{MaxOps: math.MaxInt}))
}

func (p *phone) send(batch *client.Batch) answer {
	p.h.t.Helper()
	a := p.h.do(http.MethodPost, p.path()+"/batches", p.token(), batch.Body)
	if a.status == http.StatusOK {
		if err := p.book.Acknowledge(batch, a.body, p.h.clock.Now()); err != nil {
			p.h.t.Error(err)
		}
	}
	return a
}

func (p *phone) mustPush() contract.PushResponse {
	p.h.t.Helper()
	var r contract.PushResponse
	p.push().want(http.StatusOK).into(&r)
	return r
}

// pull brings what the phone holds up to the ledger.
func (p *phone) pull() {
	p.h.t.Helper()
	for more := true; more; {
		a := p.h.do(http.MethodGet, p.path()+"/changes?"+p.book.Query(3).Encode(), p.token(), nil)
		if a.status == http.StatusConflict {
			var refusal client.Problem
			a.into(&refusal)
			if step := (&client.State{}).Refuse(p.book, nil, &refusal, p.h.clock.Now()); step != client.StepPull {
				p.h.t.Fatalf("pull: %s, which asks for %q", a.body, step)
			}
			if refusal.Code == "view-changed" {
				p.afresh++
			}
			continue
		}
		var err error
		if more, err = p.book.Page(a.body); err != nil {
			p.h.t.Fatal(err)
		}
	}
}

// meeting is a valid record of little, like no other.
func meeting(i int) string {
	return fmt.Sprintf(`{"date":"2026-11-20","level":"commune","place":"Điểm mẫu %d","attendance":%d}`, i, i)
}

func recordID(n int) ledger.RecordID { return ledger.NameID("test", fmt.Sprint(n)) }

// results joins a push's verdicts.
func results(r contract.PushResponse) string {
	var out []string
	for _, v := range r.Results {
		s := string(v.Status)
		if v.Code != "" {
			s += "(" + v.Code + " " + v.Field + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}
