package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// photo is a picture like no other of its seed.
func photo(seed uint64, side int) []byte {
	random := mathrand.New(mathrand.NewPCG(seed, 0)) //nolint:gosec // the same picture each time
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			m.SetRGBA(x, y, color.RGBA{uint8(random.Uint32()), uint8(x), uint8(y), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 90}); err != nil {
		panic(err) // memory takes everything
	}
	return out.Bytes()
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func metadata(hash, media string, unit ledger.UnitID) string {
	b := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return "sha256 " + b(hash) + ",type " + b(media) + ",unit " + b(string(unit))
}

// tus sends a request of tus with more headers, in pairs.
func (h *host) tus(method, path, username string, body []byte, headers ...string) answer {
	h.t.Helper()
	r := h.request(method, path, h.as(username), body)
	r.Header.Set("Tus-Resumable", "1.0.0")
	r.Header.Del("Content-Type")
	if method == http.MethodPatch {
		r.Header.Set("Content-Type", "application/offset+octet-stream")
	}
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	a := h.send(r)
	if a.header.Get("Tus-Resumable") != "1.0.0" {
		h.t.Errorf("%s: no Tus-Resumable", a.request)
	}
	return a
}

func (h *host) createFile(username string, body []byte, unit ledger.UnitID) answer {
	h.t.Helper()
	return h.tus("POST", "/v1/files", username, nil, "Upload-Length", strconv.Itoa(len(body)), "Upload-Metadata", metadata(hashOf(body), "image/jpeg", unit))
}

func (h *host) patchFile(username, path string, offset int, body []byte) answer {
	h.t.Helper()
	return h.tus("PATCH", path, username, body, "Upload-Offset", strconv.Itoa(offset))
}

// upload sends a file whole.
func (h *host) upload(username string, body []byte, unit ledger.UnitID) {
	h.t.Helper()
	a := h.createFile(username, body, unit).want(http.StatusCreated)
	h.patchFile(username, a.header.Get("Location"), 0, body).want(http.StatusNoContent)
}

func (h *host) getFile(username string, body []byte) answer {
	h.t.Helper()
	return h.do("GET", "/v1/files/"+hashOf(body), h.as(username), nil)
}

// accept pushes what a phone wrote, and brings the lists up to it.
func (p *phone) accept() {
	p.h.t.Helper()
	for _, r := range p.mustPush().Results {
		if r.Status == ledger.Rejected {
			p.h.t.Fatalf("%+v", r)
		}
	}
	if err := p.h.store.Settle(p.h.t.Context(), []ledger.UnitID{p.book.Unit}); err != nil {
		p.h.t.Fatal(err)
	}
}

func gift(i int, photos ...[]byte) string {
	var hashes []string
	for _, body := range photos {
		hashes = append(hashes, strconv.Quote(hashOf(body)))
	}
	return fmt.Sprintf(`,"set":{"recipientName":"Người mẫu %d","quantity":1,"date":"2026-11-20","photos":[%s]}`, i, strings.Join(hashes, ","))
}

// An upload is cut in the middle of a piece, goes on at another server, and its
// last answer is lost.
func TestUpload(t *testing.T) {
	h := newHost(t)
	other := h.beside()
	body := photo(1, 700)
	path := h.createFile("collector1", body, village1).want(http.StatusCreated).header.Get("Location")
	at := h.cut("collector1", path, body, 150_000)
	if at < files.MinPiece || at > 150_000 {
		t.Fatalf("of 150000 bytes %d were kept", at)
	}
	h.patchFile("collector1", path, at+1, body[at+1:]).want(http.StatusConflict, "upload-offset")
	a := other.patchFile("collector1", path, at, body[at:at+100_000]).want(http.StatusNoContent)
	if got := a.header.Get("Upload-Offset"); got != strconv.Itoa(at+100_000) {
		t.Fatalf("offset %s", got)
	}
	other.patchFile("collector1", path, at, body[at:]).want(http.StatusConflict, "upload-offset")
	h.patchFile("collector1", path, at+100_000, body[at+100_000:]).want(http.StatusNoContent)
	for _, s := range []*host{h, other} {
		a := s.tus("HEAD", path, "collector1", nil).want(http.StatusOK)
		if offset, length := a.header.Get("Upload-Offset"), a.header.Get("Upload-Length"); offset != length || length != strconv.Itoa(len(body)) {
			t.Errorf("%s of %s", offset, length)
		}
		if got := s.getFile("collector1", body).want(http.StatusOK); !bytes.Equal(got.body, body) {
			t.Errorf("%d bytes, want %d", len(got.body), len(body))
		}
	}
	small := h.do("GET", "/v1/files/"+hashOf(body)+"?size=320", h.as("collector1"), nil).want(http.StatusOK)
	config, err := jpeg.DecodeConfig(bytes.NewReader(small.body))
	if err != nil || config.Width != 320 || config.Height != 320 {
		t.Errorf("the small copy: %+v, %v", config, err)
	}
	h.do("GET", "/v1/files/"+hashOf(body)+"?size=9999", h.as("collector1"), nil).want(http.StatusBadRequest, "malformed")
	again := h.request("GET", "/v1/files/"+hashOf(body), h.as("collector1"), nil)
	again.Header.Set("If-None-Match", small.header.Get("ETag"))
	h.send(again).want(http.StatusOK)
	again.Header.Set("If-None-Match", h.getFile("collector1", body).header.Get("ETag"))
	h.send(again).want(http.StatusNotModified)
}

// cut sends some of a body over a connection that breaks, and returns how much
// of it was kept.
func (h *host) cut(username, path string, body []byte, n int) int {
	h.t.Helper()
	token := h.as(username)
	u, err := url.Parse(h.url)
	if err != nil {
		h.t.Fatal(err)
	}
	connection, err := (&net.Dialer{}).DialContext(h.t.Context(), "tcp", u.Host)
	if err != nil {
		h.t.Fatal(err)
	}
	head := fmt.Sprintf("PATCH %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"+
		"Content-Type: application/offset+octet-stream\r\nContent-Length: %d\r\n\r\n", path, u.Host, token, len(body))
	if _, err := io.WriteString(connection, head+string(body[:n])); err != nil {
		h.t.Fatal(err)
	}
	if err := connection.Close(); err != nil {
		h.t.Fatal(err)
	}
	at := 0
	for deadline := time.Now().Add(10 * time.Second); at < n && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		now, err := strconv.Atoi(h.tus("HEAD", path, username, nil).want(http.StatusOK).header.Get("Upload-Offset"))
		if err != nil {
			h.t.Fatal(err)
		}
		at = now
	}
	return at
}

func TestUploadIsRefused(t *testing.T) {
	h := newHost(t)
	body := photo(2, 120)
	create := func(headers ...string) answer {
		t.Helper()
		return h.tus("POST", "/v1/files", "collector1", nil, headers...)
	}
	good := metadata(hashOf(body), "image/jpeg", village1)
	length := strconv.Itoa(len(body))
	create("Upload-Length", length).want(http.StatusBadRequest, "malformed")
	create("Upload-Metadata", good).want(http.StatusBadRequest, "malformed")
	create("Upload-Length", "-1", "Upload-Metadata", good).want(http.StatusBadRequest, "malformed")
	create("Upload-Length", length, "Upload-Metadata", "sha256 !").want(http.StatusBadRequest, "malformed")
	create("Upload-Length", length, "Upload-Metadata", good+",unit YQ==").want(http.StatusBadRequest, "malformed")
	create("Upload-Length", length, "Upload-Metadata", metadata("../a", "image/jpeg", village1)).want(http.StatusBadRequest, "malformed")
	create("Upload-Length", "1048577", "Upload-Metadata", good).want(http.StatusRequestEntityTooLarge, "file-too-large")
	create("Upload-Length", length, "Upload-Metadata", metadata(hashOf(body), "image/png", village1)).want(http.StatusUnprocessableEntity, "file-type")
	create("Upload-Length", length, "Upload-Metadata", good, "Tus-Resumable", "0.2.2").want(http.StatusPreconditionFailed, "tus-version")
	for _, unit := range []ledger.UnitID{village2, otherVillage, nowhere, ""} {
		create("Upload-Length", length, "Upload-Metadata", metadata(hashOf(body), "image/jpeg", unit)).want(http.StatusNotFound, "not-found")
	}
	h.createFile("approver", body, village1).want(http.StatusForbidden, "role-forbidden")

	path := create("Upload-Length", length, "Upload-Metadata", good).want(http.StatusCreated).header.Get("Location")
	for _, stranger := range []string{"deputy1", "reviewer", "othercollector"} {
		h.tus("HEAD", path, stranger, nil).want(http.StatusNotFound)
		h.patchFile(stranger, path, 0, body).want(http.StatusNotFound, "not-found")
	}
	h.tus("HEAD", "/v1/files/uploads/f_none", "collector1", nil).want(http.StatusNotFound)
	h.tus("PATCH", path, "collector1", body, "Upload-Offset", "0", "Content-Type", "application/json").want(http.StatusUnsupportedMediaType, "unsupported-media")
	h.tus("PATCH", path, "collector1", body, "Upload-Offset", "0", "Content-Encoding", "gzip").want(http.StatusUnsupportedMediaType, "unsupported-media")
	h.tus("PATCH", path, "collector1", body).want(http.StatusBadRequest, "malformed")
	h.patchFile("collector1", path, 0, body[:100]).want(http.StatusUnprocessableEntity, "upload-piece")
	h.patchFile("collector1", path, 0, append(bytes.Clone(body), 1)).want(http.StatusRequestEntityTooLarge, "file-too-large")
	wrong := bytes.Clone(body)
	wrong[len(wrong)-9] ^= 1
	h.patchFile("collector1", path, 0, wrong).want(http.StatusUnprocessableEntity, "file-checksum")
	h.tus("HEAD", path, "collector1", nil).want(http.StatusNotFound)

	located := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, 10}, append([]byte("Exif\x00\x00MM"), body[2:]...)...)
	bomb := bytes.Clone(body)
	frame := bytes.Index(bomb, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(bomb[frame+5:], 65000)
	for code, content := range map[string][]byte{"file-metadata": located, "file-too-large": bomb, "file-type": []byte("<svg onload=alert(1)>")} {
		path := h.createFile("collector1", content, village1).want(http.StatusCreated).header.Get("Location")
		if a := h.patchFile("collector1", path, 0, content); a.problem().Code != code {
			t.Errorf("%s: %d %s", code, a.status, a.body)
		}
		h.getFile("collector1", content).want(http.StatusNotFound, "not-found")
	}
	for range files.MaxOpen {
		h.createFile("collector1", body, village1).want(http.StatusCreated)
	}
	if a := h.createFile("collector1", body, village1).want(http.StatusTooManyRequests, "upload-limit"); a.header.Get("Retry-After") != "3600" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
}

// TestWhoSeesPhotos asks for the photos of records that differ in who may see
// them, as everybody.
func TestWhoSeesPhotos(t *testing.T) {
	h := newHost(t)
	plain, denounced, foreign, unnamed := photo(3, 60), photo(4, 60), photo(5, 60), photo(6, 60)
	h.upload("collector1", plain, village1)
	h.upload("collector1", denounced, village1)
	h.upload("othercollector", foreign, otherVillage)
	h.upload("collector1", unnamed, village1)
	h.phone("collector1", village1).
		write(recordID(1), form.KindGift, ledger.ActionEdit, 0, gift(1, plain)).
		write(recordID(2), form.KindPetition, ledger.ActionEdit, 0, fmt.Sprintf(
			`,"set":{"class":"denunciation","citizenName":"Người mẫu 2","receivedOn":"2026-11-20","content":"Nội dung mẫu","status":"received","photos":[%q]}`, hashOf(denounced))).
		accept()
	h.phone("othercollector", otherVillage).write(recordID(3), form.KindGift, ledger.ActionEdit, 0, gift(3, foreign)).accept()
	h.clock.advance(31 * 24 * time.Hour) // who sent them is no reason any more

	sees := map[string][]string{
		"plain":     {"collector1", "deputy1", "reviewer", "approver"},
		"denounced": {"collector1", "reviewer"},
		"foreign":   {"othercollector", "otherreviewer", "otherapprover"},
		"unnamed":   {},
	}
	for name, body := range map[string][]byte{"plain": plain, "denounced": denounced, "foreign": foreign, "unnamed": unnamed} {
		for username, p := range people {
			a := h.getFile(username, body)
			switch {
			case !slices.Contains([]ledger.Role{form.RoleCollector, form.RoleReviewer, form.RoleApprover}, p.role):
				a.want(http.StatusForbidden, "role-forbidden")
			case slices.Contains(sees[name], username):
				if a.want(http.StatusOK); !bytes.Equal(a.body, body) {
					t.Errorf("%s as %s: other bytes", name, username)
				}
			default:
				none := h.do("GET", "/v1/files/"+hashOf([]byte("none")), h.as(username), nil)
				if a.want(http.StatusNotFound, "not-found"); !bytes.Equal(a.body, none.body) {
					t.Errorf("%s as %s is answered %s, what is not there %s", name, username, a.body, none.body)
				}
			}
			// The same people learn whether the bytes are there.
			if p.role != form.RoleCollector && p.role != form.RoleReviewer {
				continue
			}
			offset := h.createFile(username, body, p.units[0]).want(http.StatusCreated).header.Get("Upload-Offset")
			if known := offset == strconv.Itoa(len(body)); known != slices.Contains(sees[name], username) {
				t.Errorf("%s as %s: an upload begins at %s", name, username, offset)
			}
		}
	}
	// A photo that was seen by staff is in the access log, with its record.
	var log contract.AccessPage
	h.do("GET", "/v1/access-log?record="+recordID(1).String(), h.as("auditor"), nil).want(http.StatusOK).into(&log)
	if !slices.ContainsFunc(log.Items, func(a contract.Access) bool { return a.Operation == "getFile" && a.User == "reviewer" }) {
		t.Errorf("the log %+v", log.Items)
	}
	// The record is classed as a denunciation only now.
	h.phone("reviewer", village1).write(recordID(4), form.KindPetition, ledger.ActionEdit, 0, fmt.Sprintf(
		`,"set":{"class":"complaint","citizenName":"Người mẫu 4","receivedOn":"2026-11-20","content":"Nội dung mẫu","status":"received","photos":[%q]}`, hashOf(unnamed))).accept()
	h.getFile("reviewer", unnamed).want(http.StatusOK) // brings the lists up
	h.getFile("deputy1", unnamed).want(http.StatusOK)
	h.phone("reviewer", village1).write(recordID(4), form.KindPetition, ledger.ActionEdit, 2, `,"set":{"class":"denunciation"}`).accept()
	h.getFile("deputy1", unnamed).want(http.StatusNotFound, "not-found")
}

// Missing photos are listed until they arrive; erased ones are gone.
func TestMissingAndErasedPhotos(t *testing.T) {
	h := newHost(t)
	first, second := photo(7, 60), photo(8, 60)
	h.upload("collector1", first, village1)
	h.phone("collector1", village1).write(recordID(1), form.KindGift, ledger.ActionEdit, 0, gift(1, first, second)).accept()
	missing := func() (desk, pulled []string) {
		t.Helper()
		var answer struct{ Record contract.Record }
		h.do("GET", "/v1/records/"+recordID(1).String()+"?unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK).into(&answer)
		for range 2 { // the second page may come from memory
			var page struct {
				Records []struct{ Missing []string }
			}
			h.do("GET", "/v1/units/"+string(village1)+"/changes?after=0", h.as("collector1"), nil).want(http.StatusOK).into(&page)
			pulled = page.Records[0].Missing
		}
		return answer.Record.Missing, pulled
	}
	if desk, pulled := missing(); !slices.Equal(desk, []string{hashOf(second)}) || !slices.Equal(pulled, desk) {
		t.Errorf("missing %q at the desk, %q on phones", desk, pulled)
	}
	h.upload("deputy1", second, village1)
	if desk, pulled := missing(); len(desk)+len(pulled) > 0 {
		t.Errorf("missing %q at the desk, %q on phones", desk, pulled)
	}
	h.getFile("reviewer", second).want(http.StatusOK)
	h.phone("reviewer", village1).write(recordID(1), form.KindGift, ledger.ActionErase, 1, `,"fields":["photos"]`).accept()
	if err := h.store.Settle(t.Context(), []ledger.UnitID{village1}); err != nil {
		t.Fatal(err)
	}
	for _, username := range []string{"collector1", "deputy1", "reviewer"} {
		h.getFile(username, first).want(http.StatusNotFound, "not-found")
		h.getFile(username, second).want(http.StatusNotFound, "not-found")
	}
	if still, err := h.files.Missing(t.Context(), []string{hashOf(first), hashOf(second)}); err != nil || len(still) != 2 {
		t.Errorf("of the erased photos %d are gone, %v", len(still), err)
	}
}
