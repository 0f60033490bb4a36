package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/ledger"
)

// phone is a device that writes to one unit as openapi.yaml tells a client to.
type phone struct {
	h      *host
	user   string
	unit   ledger.UnitID
	device contract.SessionDevice
	ops    []string
	sent   int
	cursor contract.Changes
	held   map[string]json.RawMessage // what it has pulled
	afresh int                        // how often it was told to pull from the beginning
}

// phone signs a person in on a device of its own.
func (h *host) phone(username string, unit ledger.UnitID) *phone {
	h.t.Helper()
	s := h.signIn(username)
	h.mu.Lock()
	h.sessions[username+"/"+string(s.Device.ID)] = signedIn{s, h.clock.Now()}
	h.mu.Unlock()
	return &phone{h: h, user: username + "/" + string(s.Device.ID), unit: unit, device: s.Device, held: map[string]json.RawMessage{}}
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
	p.ops = append(p.ops, fmt.Sprintf(`{"n":%d,"record":%q,"kind":%q,"action":%q,"base":%d,"at":"2026-11-20T02:10:00Z"%s}`, len(p.ops)+1, record, kind, action, base, rest))
	return p
}

func (p *phone) body(from, to int) string {
	head := ""
	if p.cursor.Seq > 0 {
		head = fmt.Sprintf(`"head":{"log":%q,"seq":%d,"hash":%q},`, p.cursor.Log, p.cursor.Seq, p.cursor.Hash)
	}
	return fmt.Sprintf(`{"device":%q,"epoch":%d,"from":%d,%s"ops":[%s]}`, p.device.ID, p.device.Epoch, from, head, strings.Join(p.ops[from-1:to], ","))
}

func (p *phone) path() string { return "/v1/units/" + string(p.unit) }

// push sends what was not sent yet.
func (p *phone) push() answer {
	p.h.t.Helper()
	a := p.h.do(http.MethodPost, p.path()+"/batches", p.token(), p.body(p.sent+1, len(p.ops)))
	if a.status == http.StatusOK {
		p.sent = len(p.ops)
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
		path := fmt.Sprintf("%s/changes?limit=3&after=%d", p.path(), p.cursor.Seq)
		if p.cursor.Seq > 0 {
			path += "&log=" + string(p.cursor.Log) + "&hash=" + p.cursor.Hash
		}
		if tip := p.cursor.Tip; tip.Seq > 0 {
			path += fmt.Sprintf("&tipSeq=%d&tipHash=%s", tip.Seq, tip.Hash)
		}
		if p.cursor.View != "" {
			path += "&view=" + p.cursor.View
		}
		a := p.h.do(http.MethodGet, path, p.token(), nil)
		if a.status == http.StatusConflict {
			a.want(http.StatusConflict, "view-changed")
			p.cursor, p.held = contract.Changes{}, map[string]json.RawMessage{}
			p.afresh++
			continue
		}
		var page contract.Changes
		a.want(http.StatusOK).into(&page)
		for _, change := range page.Records {
			var c struct {
				ID   string
				Gone bool
			}
			if err := json.Unmarshal(change, &c); err != nil {
				p.h.t.Fatal(err)
			}
			if c.Gone {
				delete(p.held, c.ID)
			} else {
				p.held[c.ID] = change
			}
		}
		more, p.cursor = page.More, page
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
