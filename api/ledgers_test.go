package api_test

import (
	"bytes"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

func (h *host) verify(username string, unit ledger.UnitID) contract.LedgerVerification {
	h.t.Helper()
	var found contract.LedgerVerification
	h.do("POST", "/v1/units/"+string(unit)+"/verify", h.as(username), nil).want(http.StatusOK).into(&found)
	return found
}

// edit changes a stored commit in the database, behind the server's back.
func (h *host) edit(unit ledger.UnitID, seq ledger.Seq, from, to string) {
	h.t.Helper()
	commits, err := h.backend.Commits(h.t.Context(), unit, seq-1, 1)
	if err != nil || len(commits) != 1 {
		h.t.Fatalf("commit %d: %d commits, %v", seq, len(commits), err)
	}
	stored := commits[0].AppendJSON(nil)
	forged, err := ledger.ParseCommit(bytes.Replace(stored, []byte(from), []byte(to), 1))
	if err != nil {
		h.t.Fatal(err)
	}
	if bytes.Equal(forged.AppendJSON(nil), stored) {
		h.t.Fatalf("commit %d does not say %q", seq, from)
	}
	if err := h.backend.Redact(h.t.Context(), stored, forged); err != nil {
		h.t.Fatal(err)
	}
}

func TestLedgerEditedByHand(t *testing.T) {
	h := newHost(t)
	p := h.phone("reviewer", village1)
	for i := range 5 {
		p.write(ledger.NameID("verify", string(rune('a'+i))), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(i)).mustPush()
	}
	var head contract.SignedHead
	h.do("GET", "/v1/units/"+string(village1)+"/head", h.as("admin"), nil).want(http.StatusOK).into(&head)
	if !head.VerifiedAt.IsZero() {
		t.Errorf("never checked, but verified at %s", head.VerifiedAt)
	}
	if found := h.verify("auditor", village1); !found.Ok || found.Seq != 5 || found.Hash != head.Hash || found.Fault.Seq != 0 || !found.At.Equal(h.clock.Now()) {
		t.Errorf("a sound ledger: %+v", found)
	}
	h.clock.advance(time.Minute)
	h.edit(village1, 3, `"attendance"`, `"attendants"`)
	for _, username := range []string{"reviewer", "approver", "auditor", "admin"} {
		found := h.verify(username, village1)
		if found.Ok || found.Fault.Seq != 3 || found.Seq != 2 || found.Fault.What == "" || found.Fault.Message == "" {
			t.Errorf("as %s: %+v", username, found)
		}
	}
	h.do("GET", "/v1/units/"+string(village1)+"/head", h.as("auditor"), nil).want(http.StatusOK).into(&head)
	if !head.VerifiedAt.Equal(h.clock.Now()) {
		t.Errorf("verified at %s", head.VerifiedAt)
	}
	// The desk's page of today shows it.
	if list := h.overview("reviewer", "").Problems; len(list) != 1 || list[0].Code != "ledger-damaged" || list[0].Unit != village1 {
		t.Errorf("problems: %+v", list)
	}
	if found := h.verify("reviewer", village2); !found.Ok || found.Seq != 0 || found.Hash != "" {
		t.Errorf("an empty ledger: %+v", found)
	}
}

func TestOneCheckAtATime(t *testing.T) {
	h := newHost(t)
	h.phone("reviewer", village1).write(ledger.NameID("verify", "a"), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1)).mustPush()
	if err := h.store.Settle(t.Context(), []ledger.UnitID{village1}); err != nil {
		t.Fatal(err)
	}
	token := h.as("reviewer")
	begun, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	h.backend.failing(func(op, _, id string) memory.Fault {
		if op == memory.OpCommits && id == string(village1) {
			once.Do(func() {
				close(begun)
				<-goOn
			})
		}
		return memory.None
	})
	done := make(chan answer)
	go func() { done <- h.do("POST", "/v1/units/"+string(village1)+"/verify", token, nil) }()
	<-begun
	h.do("POST", "/v1/units/"+string(village2)+"/verify", token, nil).want(http.StatusServiceUnavailable, "unavailable")
	close(goOn)
	(<-done).want(http.StatusOK)
	h.do("POST", "/v1/units/"+string(village2)+"/verify", token, nil).want(http.StatusOK)
}
