package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// TestReturnedAndAnswered returns a record with a note, and has the collector
// answer without changing it: both sides see who said what, the record stays
// returned, and the reviewer can take the review back.
func TestReturnedAndAnswered(t *testing.T) {
	h := newHost(t)
	a, desk := h.phone("collector1", village1), h.phone("reviewer", village1)
	a.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1))
	a.mustPush()
	desk.pull()
	desk.write(recordID(1), form.KindMeeting, ledger.ActionReview, desk.book.Seen, `,"state":"returned"`)
	if got := results(desk.mustPush()); got != "rejected(required note)" {
		t.Errorf("returned without a note: %s", got)
	}
	desk.write(recordID(1), form.KindMeeting, ledger.ActionReview, desk.book.Seen, `,"state":"returned","note":"Xin ghi rõ nơi họp."`)
	desk.mustPush()

	a.pull()
	got := a.record(recordID(1))
	if got.State != "returned" || got.Review.State != "returned" || got.Review.Note != "Xin ghi rõ nơi họp." || string(got.Review.By) != string(h.session("reviewer").User.ID) || got.Review.At.IsZero() {
		t.Errorf("the phone sees %+v", got.Review)
	}
	a.write(recordID(1), form.KindMeeting, ledger.ActionComment, a.book.Seen, `,"text":"Họp ở nhà văn hóa thôn."`)
	if got := results(a.mustPush()); got != "accepted" {
		t.Errorf("the answer: %s", got)
	}

	desk.pull()
	got = desk.record(recordID(1))
	if got.State != "returned" || len(got.Comments) != 1 || got.Comments[0].Text != "Họp ở nhà văn hóa thôn." || string(got.Comments[0].By) != string(h.session("collector1").User.ID) {
		t.Errorf("the desk sees %s, %+v", got.State, got.Comments)
	}
	desk.write(recordID(1), form.KindMeeting, ledger.ActionReview, desk.book.Seen, `,"state":"pending"`)
	desk.mustPush()
	desk.pull()
	if got = desk.record(recordID(1)); got.State != "pending" || got.Stale {
		t.Errorf("after the review was taken back the record is %s, stale %v", got.State, got.Stale)
	}

	history := h.do("GET", "/v1/records/"+recordID(1).String()+"?unit="+string(village1), desk.token(), nil)
	if history.status == http.StatusOK && !strings.Contains(string(history.body), "nhà văn hóa thôn") {
		t.Errorf("the comment is not in the history: %s", history.body)
	}
}

// TestErasedWords erases a note, a comment and a member that nobody knows:
// none of them is in an answer, in the log or in the records afterwards.
func TestErasedWords(t *testing.T) {
	h := newHost(t)
	a, desk := h.phone("collector1", village1), h.phone("reviewer", village1)
	a.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1)+`,"aside":"chuyện riêng 1"`)
	a.write(recordID(1), form.KindMeeting, ledger.ActionComment, 0, `,"text":"chuyện riêng 2"`)
	a.mustPush()
	desk.pull()
	desk.write(recordID(1), form.KindMeeting, ledger.ActionReview, desk.book.Seen, `,"state":"returned","note":"chuyện riêng 3"`)
	desk.mustPush()
	if log := h.do("GET", desk.path()+"/log?after=0", h.as("auditor"), nil).want(http.StatusOK); strings.Contains(string(log.body), "chuyện riêng") {
		t.Errorf("the auditor reads what people said: %s", log.body)
	}
	desk.pull()
	desk.write(recordID(1), form.KindMeeting, ledger.ActionErase, desk.book.Seen, `,"fields":["_comments","_review","_unknown"]`)
	if got := results(desk.mustPush()); got != "accepted" {
		t.Fatalf("the erasure: %s", got)
	}
	h.untilErased(desk.path()+"/log?after=0", "chuyện riêng")
	desk.pull()
	got := desk.record(recordID(1))
	if got.State != "returned" || got.Review.Note != "" || len(got.Comments) != 1 || !got.Comments[0].Erased {
		t.Errorf("after the erasure: %s, %+v, %+v", got.State, got.Review, got.Comments)
	}
	for _, path := range []string{desk.path() + "/log?after=0", desk.path() + "/changes?after=0", "/v1/records/" + recordID(1).String() + "?unit=" + string(village1)} {
		if answer := h.do("GET", path, desk.token(), nil); strings.Contains(string(answer.body), "chuyện riêng") {
			t.Errorf("%s still tells it: %s", path, answer.body)
		}
	}
}

// untilErased waits until a reviewer's answer no longer holds a text: an
// erasure is carried out behind the push that ordered it.
func (h *host) untilErased(path, text string) {
	h.t.Helper()
	for range 500 {
		if !strings.Contains(string(h.do("GET", path, h.as("reviewer"), nil).body), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatalf("%s still tells %q", path, text)
}

// TestCollectorsTellApart lets a collector say that two records of the village
// are different things, and nothing beyond.
func TestCollectorsTellApart(t *testing.T) {
	h := newHost(t)
	a := h.phone("collector1", village1)
	a.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1))
	a.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1))
	a.write(recordID(2), form.KindMeeting, ledger.ActionUnlink, 0, `,"duplicateOf":"`+recordID(1).String()+`"`)
	a.write(recordID(2), form.KindMeeting, ledger.ActionUnlink, 0, ``)
	a.write(recordID(2), form.KindMeeting, ledger.ActionUnlink, 0, `,"duplicateOf":{"record":"`+recordID(1).String()+`","unit":"`+string(village2)+`"}`)
	if got := results(a.mustPush()); got != "accepted duplicate accepted rejected(required duplicateOf) rejected(reference-unit duplicateOf)" {
		t.Error(got)
	}
}

// TestPhonesLearnOfSuspects has two phones record one meeting: a phone that pulls
// sees that one of the records may be the other, until somebody tells them apart.
func TestPhonesLearnOfSuspects(t *testing.T) {
	h := newHost(t)
	a, b := h.phone("collector1", village1), h.phone("deputy1", village1)
	a.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1))
	a.mustPush()
	b.write(recordID(2), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1))
	b.write(recordID(3), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(3))
	b.mustPush()
	a.pull()
	suspects := a.record(recordID(2)).Suspects
	if len(suspects) != 1 || ledger.RecordID(suspects[0].Of) != recordID(1) || suspects[0].Score < 50 || suspects[0].Reasons[0].Label == "" {
		t.Errorf("the phone sees %+v", suspects)
	}
	if got := a.record(recordID(3)).Suspects; len(got) != 0 {
		t.Errorf("another meeting is suspected: %+v", got)
	}
	a.write(recordID(2), form.KindMeeting, ledger.ActionUnlink, a.book.Seen, `,"duplicateOf":"`+recordID(1).String()+`"`)
	a.mustPush()
	a.pull()
	if got := a.record(recordID(2)).Suspects; len(got) != 0 {
		t.Errorf("marked as different, and still suspected: %+v", got)
	}
}

// record is what a phone holds of a record.
func (p *phone) record(id ledger.RecordID) contract.Record {
	p.h.t.Helper()
	var r contract.Record
	if err := json.Unmarshal(p.book.Records[id.String()], &r); err != nil {
		p.h.t.Fatal(err)
	}
	return r
}
