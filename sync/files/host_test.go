package files_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	mathrand "math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
	"github.com/sothon/sothon/sync/store/mongo"
	"github.com/sothon/sothon/sync/store/mongo/mongotest"
	"github.com/sothon/sothon/sync/store/sqlite"
)

func TestMain(m *testing.M) { mongotest.Main(m) }

const (
	village ledger.UnitID = "21133-01-20040101"
	other   ledger.UnitID = "21134-01-20040101"
)

// host is a database with a server on it.
type host struct {
	t       *testing.T
	backend store.Backend
	store   *store.Store
	files   *files.Files
	clock   atomic.Int64 // Unix nanoseconds: stores read it in their own goroutines
	folder  string       // of the SQLite file
}

// onEvery runs a test over each database.
func onEvery(t *testing.T, test func(t *testing.T, h *host)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { test(t, newHost(t, memory.New())) })
	t.Run("sqlite", func(t *testing.T) {
		folder := t.TempDir()
		db, err := sqlite.Open(t.Context(), folder+"/test.db")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		h := newHost(t, db)
		h.folder = folder
		test(t, h)
	})
	t.Run("mongo", func(t *testing.T) {
		db, err := mongo.Open(t.Context(), mongotest.URI(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		test(t, newHost(t, db))
	})
}

func newHost(t *testing.T, backend store.Backend) *host {
	t.Helper()
	h := &host{t: t, backend: backend}
	h.clock.Store(time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC).UnixNano())
	h.files = h.server()
	h.store = store.New(backend, store.Options{
		Now: h.now, Random: rand.Reader, Location: time.UTC, Deadline: 20 * time.Second,
		Erasing: h.files.Erasing,
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		if err := h.store.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *host) now() time.Time { return time.Unix(0, h.clock.Load()).UTC() }

// later moves the clock.
func (h *host) later(d time.Duration) { h.clock.Add(int64(d)) }

// server opens the files once more, as another server does.
func (h *host) server() *files.Files {
	return files.New(files.Options{
		Backend: h.backend, Now: h.now, Random: rand.Reader, Location: time.UTC,
	})
}

// photo is a picture like no other of its seed, with noise that JPEG does not
// shrink.
func photo(seed uint64, side int) []byte {
	random := mathrand.New(mathrand.NewPCG(seed, 0)) //nolint:gosec // the same picture each time
	m := image.NewRGBA(image.Rect(0, 0, side, side*3/4))
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			m.SetRGBA(x, y, color.RGBA{uint8(random.Uint32()), uint8(random.Uint32()), uint8(x), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 80}); err != nil {
		panic(err) // memory takes everything
	}
	return out.Bytes()
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func promise(user ledger.UserID, body []byte) files.Announced {
	return files.Announced{
		User: user, Device: ledger.DeviceID("d_" + user), Unit: village, Hash: hashOf(body), Size: int64(len(body)), Type: "image/jpeg",
	}
}

func (h *host) mustCreate(p files.Announced) files.Upload {
	h.t.Helper()
	u, err := h.files.Create(h.t.Context(), p)
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

// mustUpload sends a file whole.
func (h *host) mustUpload(user ledger.UserID, body []byte) {
	h.t.Helper()
	u := h.mustCreate(promise(user, body))
	u, err := h.files.Append(h.t.Context(), user, u.ID, 0, bytes.NewReader(body))
	if err != nil || u.Offset != int64(len(body)) {
		h.t.Fatalf("%+v, %v", u, err)
	}
}

func id(n int) ledger.RecordID { return ledger.NameID("test", fmt.Sprint(n)) }

// push sends one op and brings the lists up to it.
func (h *host) push(user ledger.UserID, role ledger.Role, unit ledger.UnitID, n int, op string) ledger.Seq {
	h.t.Helper()
	text := fmt.Sprintf(`{"device":"d_%s","epoch":1,"from":%d,"ops":[{"n":%d,"at":"2026-11-20T02:10:00Z",%s}]}`, user, n, n, op)
	batch, err := ledger.ParseBatch([]byte(text))
	if err != nil {
		h.t.Fatal(err)
	}
	answer, err := h.store.Append(h.t.Context(), unit, store.Author{User: user, Role: role}, batch)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, v := range answer.Results {
		if v.Status == ledger.Rejected {
			h.t.Fatalf("%+v", v)
		}
	}
	if err := h.store.Settle(h.t.Context(), []ledger.UnitID{unit}); err != nil {
		h.t.Fatal(err)
	}
	return answer.Head.Seq
}

// gift writes a gift with photos.
func (h *host) gift(unit ledger.UnitID, n, record int, hashes ...string) ledger.Seq {
	h.t.Helper()
	return h.push("an", form.RoleCollector, unit, n, fmt.Sprintf(
		`"record":%q,"kind":"gift","action":"edit","base":0,"set":{"recipientName":"Người mẫu %d","quantity":1,"date":"2026-11-20","photos":%s}`,
		id(record), record, list(hashes)))
}

func list(hashes []string) string {
	out := "["
	for i, hash := range hashes {
		if i > 0 {
			out += ","
		}
		out += `"` + hash + `"`
	}
	return out + "]"
}
