package files_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

func (h *host) has(body []byte) bool {
	h.t.Helper()
	missing, err := h.files.Missing(h.t.Context(), []string{hashOf(body)})
	if err != nil {
		h.t.Fatal(err)
	}
	return len(missing) == 0
}

func (h *host) mustClean() {
	h.t.Helper()
	if err := h.files.Clean(h.t.Context(), true); err != nil {
		h.t.Fatal(err)
	}
}

func TestOrphans(t *testing.T) {
	kept, lost, late, open := photo(10, 100), photo(11, 100), photo(12, 100), photo(13, 200)
	onEvery(t, func(t *testing.T, h *host) {
		for _, body := range [][]byte{kept, lost, late} {
			h.mustUpload("an", body)
		}
		u := h.mustCreate(promise("an", open))
		if _, err := h.files.Append(t.Context(), "an", u.ID, 0, bytes.NewReader(open[:6000])); err != nil {
			t.Fatal(err)
		}
		h.gift(village, 1, 1, hashOf(kept))
		h.mustClean()
		if end, err := h.backend.PiecesEnd(t.Context(), u.ID); err != nil || end != 6000 {
			t.Errorf("an upload under way ends at %d, %v", end, err)
		}
		h.later(files.OrphanLife - time.Hour)
		h.mustClean()
		if end, err := h.backend.PiecesEnd(t.Context(), u.ID); err != nil || end != 0 {
			t.Errorf("an upload that was not completed ends at %d, %v", end, err)
		}
		h.gift(village, 2, 2, hashOf(late))
		h.later(2 * time.Hour)
		h.mustClean()
		if !h.has(kept) || h.has(lost) || !h.has(late) {
			t.Errorf("kept %v, lost %v, late %v", h.has(kept), h.has(lost), h.has(late))
		}
		// An edit that takes a photo out of its record makes it an orphan.
		h.push("an", form.RoleCollector, village, 3, fmt.Sprintf(`"record":%q,"kind":"gift","action":"edit","base":2,"set":{"photos":[]}`, id(2)))
		h.mustClean()
		h.mustOutlive(late)
	})
}

// mustOutlive checks that an orphan is kept until its time is over, and no longer.
func (h *host) mustOutlive(orphan []byte) {
	h.t.Helper()
	h.later(files.OrphanLife - time.Hour)
	h.mustClean()
	if !h.has(orphan) {
		h.t.Error("dropped before its time")
	}
	h.later(2 * time.Hour)
	h.mustClean()
	if h.has(orphan) {
		h.t.Error("an orphan is kept")
	}
}

// TestOrphansOfAClockAhead: what was seen unnamed while the clock was a year ahead
// goes when its time is over by the right clock.
func TestOrphansOfAClockAhead(t *testing.T) {
	const ahead = 365 * 24 * time.Hour
	lost := photo(14, 100)
	onEvery(t, func(t *testing.T, h *host) {
		h.mustUpload("an", lost)
		h.later(ahead)
		h.mustClean()
		h.later(-ahead)
		h.mustClean()
		h.mustOutlive(lost)
	})
}

// TestErasure looks for the bytes of an erased photo in everything that the
// database holds, and for those of one that another record names.
func TestErasure(t *testing.T) {
	secret, shared, past := photo(20, 150), photo(21, 150), photo(22, 150)
	onEvery(t, func(t *testing.T, h *host) {
		for _, body := range [][]byte{secret, shared, past} {
			h.mustUpload("an", body)
		}
		h.gift(village, 1, 1, hashOf(past))
		h.push("an", form.RoleCollector, village, 2, fmt.Sprintf(
			`"record":%q,"kind":"gift","action":"edit","base":1,"set":{"photos":[%q,%q]}`, id(1), hashOf(secret), hashOf(shared)))
		h.gift(other, 1, 2, hashOf(shared))
		if h.folder != "" && !mentions(t, h.folder, secret) {
			t.Fatal("it was never in the file")
		}
		name := h.piecesOf(secret)
		h.push("desk", form.RoleReviewer, village, 1, fmt.Sprintf(`"record":%q,"kind":"gift","action":"erase","base":2,"fields":["photos"]`, id(1)))
		if err := h.files.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if h.has(secret) || h.has(past) || !h.has(shared) {
			t.Errorf("secret %v, past %v, shared %v", h.has(secret), h.has(past), h.has(shared))
		}
		for _, name := range []string{name, name + ".320"} {
			if end, err := h.backend.PiecesEnd(t.Context(), name); err != nil || end != 0 {
				t.Errorf("%s ends at %d, %v", name, end, err)
			}
		}
		if h.folder != "" && (mentions(t, h.folder, secret) || mentions(t, h.folder, past)) {
			t.Error("its bytes are still in the file")
		}
		if h.folder != "" && !mentions(t, h.folder, shared) {
			t.Error("another record's photo is gone from the file")
		}
		if _, err := h.files.MaySee(t.Context(), h.store, hashOf(secret), files.Reader{User: "an", Role: form.RoleCollector, Units: []ledger.UnitID{village}}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("who sent it sees it: %v", err)
		}
	})
}

// TestErasureDuringAnUpload sweeps before each step of an upload of the erased photo:
// nothing of its bytes is left, nor a file that lacks them.
func TestErasureDuringAnUpload(t *testing.T) {
	body := photo(23, 500)
	if len(body) < 70_000 {
		t.Fatalf("the photo has only %d bytes, which are one piece", len(body))
	}
	for step := 1; ; step++ {
		db := memory.New()
		h := newHost(t, db)
		h.gift(village, 1, 1, hashOf(body))
		h.push("desk", form.RoleReviewer, village, 1, fmt.Sprintf(`"record":%q,"kind":"gift","action":"erase","base":1,"fields":["photos"]`, id(1)))
		u := h.mustCreate(promise("an", body))
		calls, swept := 0, false
		db.SetFaults(func(string, string) memory.Fault {
			if calls++; calls == step {
				swept = true
				db.SetFaults(nil)
				if err := h.files.Sweep(t.Context()); err != nil {
					t.Error(err)
				}
			}
			return memory.None
		})
		_, err := h.files.Append(t.Context(), "an", u.ID, 0, bytes.NewReader(body))
		db.SetFaults(nil)
		if !swept {
			return // it had come to its end
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("step %d: %v", step, err)
		}
		for _, name := range []string{u.ID, u.ID + ".320"} {
			if pieces, err := db.Pieces(t.Context(), name); err != nil || len(pieces) > 0 {
				t.Errorf("step %d: %s still has %d pieces, %v", step, name, len(pieces), err)
			}
		}
		if h.has(body) {
			t.Errorf("step %d: there is a file", step)
		}
	}
}

// A row that cannot be stored keeps the lists of its unit behind for good, but
// not the bytes of another record's photo.
func TestErasureBesideARowSetAside(t *testing.T) {
	body := photo(24, 100)
	onEvery(t, func(t *testing.T, h *host) {
		h.mustUpload("an", body)
		h.store = store.New(h.backend, store.Options{
			Now: h.now, Random: rand.Reader, Location: time.UTC, Deadline: 20 * time.Second,
			Erasing: h.files.Erasing, MaxRow: 1500,
		})
		t.Cleanup(func() { _ = h.store.Close(context.WithoutCancel(t.Context())) })
		push := func(device string, role ledger.Role, n int, op string) {
			t.Helper()
			batch, err := ledger.ParseBatch(fmt.Appendf(nil, `{"device":%q,"epoch":1,"from":%d,"ops":[{"n":%d,"at":"2026-11-20T02:10:00Z",%s}]}`, device, n, n, op))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.store.Append(t.Context(), village, store.Author{User: ledger.UserID(device), Role: role}, batch); err != nil {
				t.Fatal(err)
			}
			_ = h.store.Settle(t.Context(), []ledger.UnitID{village}) // one row is never there
		}
		set := `"record":%q,"kind":"gift","action":"edit","base":0,"set":{"recipientName":"Người mẫu %d","quantity":1,"date":"2026-11-20",%s}`
		push("d_an", form.RoleCollector, 1, fmt.Sprintf(set, id(1), 1, `"items":"`+strings.Repeat("gạo ", 240)+`"`))
		push("d_an", form.RoleCollector, 2, fmt.Sprintf(set, id(2), 2, `"photos":[`+strconv.Quote(hashOf(body))+`]`))
		push("d_desk", form.RoleReviewer, 1, fmt.Sprintf(`"record":%q,"kind":"gift","action":"erase","base":2,"fields":["photos"]`, id(2)))
		head, err := h.backend.Projected(t.Context(), village)
		if err != nil || head.Seq >= 3 {
			t.Fatalf("the lists are at %d, %v: no row was set aside", head.Seq, err)
		}
		h.mustClean()
		if h.has(body) {
			t.Error("the photo is still there")
		}
	})
}

// piecesOf finds under which name the pieces of a file lie.
func (h *host) piecesOf(body []byte) string {
	h.t.Helper()
	d, err := h.backend.Get(h.t.Context(), "files", hashOf(body))
	if err != nil {
		h.t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(d.Body, []byte(`"pieces":"`))
	name, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(name)
}

// mentions looks for the middle of a file's bytes in every file of a folder.
func mentions(t *testing.T, folder string, body []byte) (found bool) {
	t.Helper()
	middle := body[len(body)/2:][:64]
	list, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		content, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(content, middle)
	}
	return found
}

// TestErasureIsTakenUpAgain cuts an erasure and its sweep off at every step, and
// lets another server do the rest.
func TestErasureIsTakenUpAgain(t *testing.T) {
	body := photo(23, 100)
	db := memory.New()
	h := newHost(t, db)
	h.mustUpload("an", body)
	seq := h.gift(village, 1, 1, hashOf(body))
	for step := 0; ; step++ {
		left := db.Clone()
		cut := newHost(t, left)
		calls, active := 0, false
		left.SetFaults(memory.OneByOne(func(op, _ string) memory.Fault {
			if active = active || op == memory.OpInsert; !active || op == memory.OpInsert {
				return memory.None
			}
			if calls++; calls > step {
				return memory.Unapplied // from here on the database is gone
			}
			return memory.None
		}))
		batch, err := ledger.ParseBatch(fmt.Appendf(nil, `{"device":"d_desk","epoch":1,"from":1,"ops":[{"n":1,"at":"2026-11-20T02:10:00Z",`+
			`"record":%q,"kind":"gift","action":"erase","base":%d,"fields":["photos"]}]}`, id(1), seq))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cut.store.Append(t.Context(), village, store.Author{User: "desk", Role: form.RoleReviewer}, batch); err != nil {
			t.Fatal(err)
		}
		settled := cut.store.Settle(t.Context(), []ledger.UnitID{village})
		swept := cut.files.Sweep(t.Context())
		left.SetFaults(nil)

		next := newHost(t, left)
		if err := next.store.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		next.mustClean()
		if next.has(body) {
			t.Fatalf("cut off after %d calls: the file is there", step)
		}
		for _, collection := range []string{"condemned", "doomed", "uploaders"} {
			if rest, err := left.List(t.Context(), collection, "", "", 9); err != nil || len(rest) > 0 {
				t.Fatalf("cut off after %d calls: %s keeps %v, %v", step, collection, rest, err)
			}
		}
		if settled == nil && swept == nil {
			t.Logf("%d steps", step)
			return
		}
	}
}
