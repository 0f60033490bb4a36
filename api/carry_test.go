package api_test

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// carryKey is the key of a phone, as WebCrypto would make it.
type carryKey struct {
	t       *testing.T
	private *ecdsa.PrivateKey
}

func newCarryKey(t *testing.T) carryKey {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return carryKey{t, private}
}

func (k carryKey) spki() string {
	k.t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.private.Public())
	if err != nil {
		k.t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(der)
}

// file signs a payload and makes the file of it. change may alter the signed
// text afterwards.
func (k carryKey) file(payload string, change func(string) string) []byte {
	k.t.Helper()
	sum := sha256.Sum256([]byte(payload))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, sum[:])
	if err != nil {
		k.t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	if change != nil {
		payload = change(payload)
	}
	text, err := json.Marshal(map[string]string{
		"sothon": "carry/1", "payload": base64.RawURLEncoding.EncodeToString([]byte(payload)),
		"signature": base64.RawURLEncoding.EncodeToString(signature), "key": k.spki(),
	})
	if err != nil {
		k.t.Fatal(err)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(text); err != nil || z.Close() != nil {
		k.t.Fatal(err)
	}
	return out.Bytes()
}

// TestCarry takes a phone's unsent work by a neighbour's phone. When the phone
// sends it itself, the verdicts are the same, and nothing is doubled.
func TestCarry(t *testing.T) {
	h := newHost(t)
	key := newCarryKey(t)
	session := h.signIn("collector1", contract.SignInDevice{Name: "máy mẫu", Platform: "kiểm thử", Key: key.spki()})
	a := h.phone("collector1", village1)
	for i := range 3 {
		a.write(recordID(i), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(i))
	}
	ops := []string{a.op(1), a.op(2), a.op(3)}
	payload := func(user ledger.UserID, device ledger.DeviceID, unit ledger.UnitID, epoch int) string {
		return fmt.Sprintf(`{"user":%q,"userName":"Nguyễn Văn Mẫu","device":%q,"epoch":%d,"madeAt":"2026-11-25T00:00:00Z","parts":[{"unit":%q,"unitName":"Thôn mẫu 1","from":1,"ops":[%s]}]}`,
			user, device, epoch, unit, strings.Join(ops, ","))
	}
	own := payload(session.User.ID, session.Device.ID, village1, 1)
	send := func(as string, file []byte) answer {
		t.Helper()
		r := h.request("POST", "/v1/carry", h.as(as), string(file))
		r.Header.Set("Content-Type", "application/octet-stream")
		return h.send(r)
	}
	other := newCarryKey(t)
	for _, c := range []struct {
		name, as string
		file     []byte
		code     string
	}{
		{"changed on the way", "deputy1", key.file(own, func(s string) string { return strings.Replace(s, `"attendance":1`, `"attendance":9`, 1) }), "carry-signature"},
		{"no file of ours", "deputy1", []byte("x"), "carry-signature"},
		{"another's key", "deputy1", other.file(own, nil), "carry-unknown-key"},
		{"another's name", "deputy1", key.file(payload("u_other", session.Device.ID, village1, 1), nil), "carry-unknown-key"},
		{"no such device", "deputy1", key.file(payload(session.User.ID, "d_none", village1, 1), nil), "carry-unknown-key"},
		{"an epoch to come", "deputy1", key.file(payload(session.User.ID, session.Device.ID, village1, 2), nil), "carry-unknown-key"},
		{"another commune's reviewer", "otherreviewer", key.file(own, nil), "not-found"},
		{"a neighbour of another commune", "othercollector", key.file(own, nil), "not-found"},
		{"an approver", "approver", key.file(own, nil), "role-forbidden"},
	} {
		if got := send(c.as, c.file); !strings.Contains(string(got.body), `"`+c.code+`"`) {
			t.Errorf("%s: %d %s, want %s", c.name, got.status, got.body, c.code)
		}
	}

	// A part that the neighbour may not bring: nothing of the file is pushed.
	both := strings.Replace(own, `"parts":[`, fmt.Sprintf(`"parts":[{"unit":%q,"unitName":"Thôn mẫu 1","from":1,"ops":[%s]},`, village1, ops[0]), 1)
	both = strings.Replace(both, fmt.Sprintf(`{"unit":%q,"unitName":"Thôn mẫu 1","from":1,"ops":[%s]}`, village1, strings.Join(ops, ",")), fmt.Sprintf(`{"unit":%q,"unitName":"Thôn mẫu","from":1,"ops":[%s]}`, otherVillage, ops[0]), 1)
	send("deputy1", key.file(both, nil)).want(http.StatusNotFound)
	b := h.phone("deputy1", village1)
	b.pull()
	if len(b.book.Records) != 0 {
		t.Errorf("%d records came with a file that was refused", len(b.book.Records))
	}

	var taken contract.CarryAnswer
	send("deputy1", key.file(own, nil)).want(http.StatusOK).into(&taken)
	var pushed contract.PushResponse
	if err := json.Unmarshal(taken.Parts[0].Result, &pushed); err != nil || results(pushed) != "accepted accepted accepted" || pushed.Through != 3 {
		t.Errorf("%s, %v", taken.Parts[0].Result, err)
	}
	if got := results(a.mustPush()); got != "accepted accepted accepted" {
		t.Errorf("the phone itself is answered %s", got)
	}
	a.pull()
	if len(a.book.Records) != 3 {
		t.Errorf("%d records, want 3", len(a.book.Records))
	}
	if r := a.record(recordID(1)); r.Created.User != session.User.ID || r.Created.Device != session.Device.ID {
		t.Errorf("written by %+v, want by the one who signed", r.Created)
	}
	send("reviewer", key.file(own, nil)).want(http.StatusOK).into(&taken)

	// What was written before the village was taken from its author is still taken.
	h.changeUser("collector1", contract.UserChange{Units: []contract.UnitID{village2}})
	send("reviewer", key.file(own, nil)).want(http.StatusOK).into(&taken)
	pushed = contract.PushResponse{}
	if err := json.Unmarshal(taken.Parts[0].Result, &pushed); err != nil || results(pushed) != "accepted accepted accepted" {
		t.Errorf("after its village was taken from the author: %+v, %v", taken.Parts[0], err)
	}

	h.setDevice(session.Device.ID, contract.DeviceStateRevoked)
	if got := send("reviewer", key.file(own, nil)); !strings.Contains(string(got.body), "carry-shut-out") {
		t.Errorf("of a device that was shut out: %d %s", got.status, got.body)
	}
}

// TestCarriedPhotos has a neighbour of another village bring photos with the ops
// that name them: nobody else's, and none that no record names.
func TestCarriedPhotos(t *testing.T) {
	h := newHost(t)
	key := newCarryKey(t)
	session := h.signIn("collector1", contract.SignInDevice{Name: "máy mẫu", Platform: "kiểm thử", Key: key.spki()})
	a := h.phone("collector1", village1)
	brought, unnamed := photo(1, 200), photo(2, 200)
	a.write(recordID(1), form.KindGift, ledger.ActionEdit, 0, gift(1, brought))
	h.createFile("collector2", brought, village1).want(http.StatusNotFound) // no record names it yet
	payload := fmt.Sprintf(`{"user":%q,"device":%q,"epoch":1,"parts":[{"unit":%q,"from":1,"ops":[%s]}]}`, session.User.ID, session.Device.ID, village1, a.op(1))
	r := h.request("POST", "/v1/carry", h.as("collector2"), string(key.file(payload, nil)))
	r.Header.Set("Content-Type", "application/octet-stream")
	h.send(r).want(http.StatusOK)

	h.createFile("collector2", unnamed, village1).want(http.StatusNotFound)
	h.createFile("othercollector", brought, village1).want(http.StatusNotFound)
	path := h.createFile("collector2", brought, village1).want(http.StatusCreated).header.Get("Location")
	h.patchFile("collector2", path, 0, unnamed[:len(brought)/2]).want(http.StatusNoContent)
	h.patchFile("collector2", path, len(brought)/2, brought[len(brought)/2:]).want(http.StatusUnprocessableEntity, "file-checksum")
	h.upload("collector2", brought, village1)

	// Its own phone learns that the server has it, and its village sees it.
	a.accept()
	if got := h.createFile("collector1", brought, village1).want(http.StatusCreated).header.Get("Upload-Offset"); got != fmt.Sprint(len(brought)) {
		t.Errorf("its author is asked for the bytes from %s on, want none of %d", got, len(brought))
	}
	h.getFile("deputy1", brought).want(http.StatusOK)
	h.getFile("othercollector", brought).want(http.StatusNotFound)
}
