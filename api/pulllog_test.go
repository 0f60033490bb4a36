package api_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// The access log names what a pull showed, and not what it hid: an entry would
// say that a denunciation exists, and that the approver read it.
func TestAccessLogNamesWhatAPullShowed(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"denunciation","content":"nội dung mẫu","status":"received"}`)
	p.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(2))
	p.mustPush()
	h.do("GET", "/v1/units/"+string(village1)+"/changes?after=0", h.as("approver"), nil).want(http.StatusOK)
	for n, want := range map[int]int{1: 0, 2: 1} {
		log := h.accessLog(h.as("auditor"), url.Values{"record": {recordID(n).String()}})
		if len(log) != want {
			t.Errorf("record %d: %d entries in the log, want %d: %+v", n, len(log), want, log)
		}
	}
	// One that became a denunciation is taken away by its id alone: nobody reads it.
	reader := h.phone("approver", village1)
	p.write(recordID(3), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"complaint","content":"nội dung mẫu","status":"received"}`)
	p.mustPush()
	reader.pull()
	p.write(recordID(3), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"class":"denunciation"}`)
	p.mustPush()
	reader.pull()
	if log := h.accessLog(h.as("auditor"), url.Values{"record": {recordID(3).String()}}); len(log) != 1 {
		t.Errorf("what became a denunciation is %d times in the log, want once", len(log))
	}
}
