package files_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

var errCut = errors.New("the line is cut")

// cut is a body that breaks off.
func cut(b []byte) io.Reader { return io.MultiReader(bytes.NewReader(b), failing{}) }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errCut }

// An upload goes on where it broke off, on another server too.
func TestUploadInPieces(t *testing.T) {
	body := photo(1, 1300)
	if len(body) < 3*store.MaxPiece || len(body) > files.MaxBytes {
		t.Fatalf("the photo has only %d bytes", len(body))
	}
	onEvery(t, func(t *testing.T, h *host) {
		u := h.mustCreate(promise("an", body))
		servers := []*files.Files{h.files, h.server()}
		size := int64(len(body))
		for i := 0; u.Offset < size; i++ {
			s := servers[i%2]
			next, err := s.Find(t.Context(), "an", u.ID)
			if err != nil || next.Offset != u.Offset || next.Size != size {
				t.Fatalf("%+v, %v, want offset %d", next, err, u.Offset)
			}
			end := min(size, u.Offset+300_000)
			from := u.Offset
			u, err = s.Append(t.Context(), "an", u.ID, from, cut(body[from:end]))
			if end < size && !errors.Is(err, errCut) || u.Offset <= from {
				t.Fatalf("%+v, %v", u, err)
			}
			if end < size {
				continue
			}
			if u.Offset != size {
				t.Fatalf("%+v", u)
			}
			// The client did not hear that its last bytes came.
			if u, err = servers[0].Find(t.Context(), "an", u.ID); err != nil || u.Offset != size {
				t.Fatalf("%+v, %v", u, err)
			}
		}
		for _, s := range servers {
			if got, err := s.Read(t.Context(), hashOf(body), false); err != nil || !bytes.Equal(got, body) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
			small, err := s.Read(t.Context(), hashOf(body), true)
			if err != nil || files.Check(small) != nil || len(small) >= len(body)/3 {
				t.Errorf("small copy of %d bytes, %v", len(small), err)
			}
		}
		if missing, err := h.files.Missing(t.Context(), []string{hashOf(body), hashOf(nil)}); err != nil || len(missing) != 1 || !missing[hashOf(nil)] {
			t.Errorf("missing %v, %v", missing, err)
		}
	})
}

func TestUploadRefusals(t *testing.T) {
	body := photo(2, 200)
	onEvery(t, func(t *testing.T, h *host) {
		for name, c := range map[string]struct {
			change func(*files.Announced)
			want   error
		}{
			"too large":  {func(p *files.Announced) { p.Size = files.MaxBytes + 1 }, files.ErrTooLarge},
			"a film":     {func(p *files.Announced) { p.Type = "video/mp4" }, files.ErrType},
			"no hash":    {func(p *files.Announced) { p.Hash = "../etc" }, files.ErrChecksum},
			"empty":      {func(p *files.Announced) { p.Size = 0 }, files.ErrChecksum},
			"of no size": {func(p *files.Announced) { p.Size = -1 }, files.ErrChecksum},
		} {
			p := promise("an", body)
			c.change(&p)
			if _, err := h.files.Create(t.Context(), p); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		u := h.mustCreate(promise("an", body))
		check := func(name string, user ledger.UserID, offset int64, b []byte, want error) {
			t.Helper()
			if got, err := h.files.Append(t.Context(), user, u.ID, offset, bytes.NewReader(b)); !errors.Is(err, want) {
				t.Errorf("%s: %+v, %v, want %v", name, got, err, want)
			}
		}
		check("somebody else's upload", "ba", 0, body, store.ErrNotFound)
		if _, err := h.files.Find(t.Context(), "ba", u.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("somebody else finds it: %v", err)
		}
		check("behind the end", "an", 5000, body[5000:], files.ErrOffset)
		check("a tiny piece", "an", 0, body[:10], files.ErrPiece)
		check("more than promised", "an", 0, append(bytes.Clone(body), 0), files.ErrTooLarge)
		check("the first piece", "an", 0, body[:5000], nil)
		check("the first piece again", "an", 0, body[:5000], files.ErrOffset)
		other := bytes.Clone(body[5000:])
		other[len(other)/2] ^= 1
		check("other bytes", "an", 5000, other, files.ErrChecksum)
		check("after the refusal", "an", int64(len(body)), nil, store.ErrNotFound)
		if missing, err := h.files.Missing(t.Context(), []string{hashOf(body)}); err != nil || len(missing) != 1 {
			t.Errorf("missing %v, %v", missing, err)
		}
	})
}

// Of requests that send the same upload at once each goes on, or learns where
// the upload ends; the file is right in the end.
func TestUploadsAtOnce(t *testing.T) {
	body := photo(3, 1000)
	onEvery(t, func(t *testing.T, h *host) {
		u := h.mustCreate(promise("an", body))
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				s := h.server()
				for range 50 {
					at, err := s.Find(t.Context(), "an", u.ID)
					if err != nil {
						t.Error(err)
						return
					}
					if at.Offset == at.Size {
						return
					}
					if _, err := s.Append(t.Context(), "an", u.ID, at.Offset, bytes.NewReader(body[at.Offset:])); err != nil && !errors.Is(err, files.ErrOffset) {
						t.Error(err)
						return
					}
				}
				t.Error("it does not end")
			})
		}
		all.Wait()
		if got, err := h.files.Read(t.Context(), hashOf(body), false); err != nil || !bytes.Equal(got, body) {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
	})
}

// held is a database that can hold up reads of an upload's pieces.
type held struct {
	store.Backend
	pieces, ends         atomic.Int64 // how often bytes, and how far they go, were read
	holdPieces, holdEnds atomic.Pointer[chan struct{}]
	fail                 atomic.Bool
}

func (b *held) Pieces(ctx context.Context, file string) ([]store.Piece, error) {
	if b.fail.Load() {
		return nil, errCut
	}
	b.pieces.Add(1)
	if hold := b.holdPieces.Swap(nil); hold != nil {
		<-*hold
	}
	return b.Backend.Pieces(ctx, file)
}

func (b *held) PiecesEnd(ctx context.Context, file string) (int64, error) {
	hold := b.holdEnds.Swap(nil)
	b.ends.Add(1)
	end, err := b.Backend.PiecesEnd(ctx, file)
	if hold != nil {
		<-*hold
	}
	return end, err
}

func until(reached func() bool) {
	for !reached() {
		time.Sleep(time.Millisecond)
	}
}

// TestFinishIsShared asks for an upload again and again whose last request was cut
// off when all its bytes were there. They are read once, also where somebody asked
// before they were and comes too late.
func TestFinishIsShared(t *testing.T) {
	body := photo(5, 200)
	db := &held{Backend: memory.New()}
	h := newHost(t, db)
	u := h.mustCreate(promise("an", body))
	db.fail.Store(true)
	if _, err := h.files.Append(t.Context(), "an", u.ID, 0, bytes.NewReader(body)); !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	db.fail.Store(false)
	var late, all sync.WaitGroup
	find := func() {
		if at, err := h.files.Find(t.Context(), "an", u.ID); err != nil || at.Offset != at.Size {
			t.Errorf("%+v, %v", at, err)
		}
	}
	reading, asking := make(chan struct{}), make(chan struct{})
	db.holdEnds.Store(&asking)
	late.Go(find)
	until(func() bool { return db.holdEnds.Load() == nil })
	db.holdPieces.Store(&reading)
	db.ends.Store(0)
	for range 5 {
		all.Go(find)
	}
	until(func() bool { return db.ends.Load() >= 5 && db.pieces.Load() > 0 })
	close(reading)
	all.Wait()
	close(asking)
	late.Wait()
	if n := db.pieces.Load(); n != 1 {
		t.Errorf("the bytes were read %d times", n)
	}
}

// TestSlowUploadHoldsUpNoOther lets the database hang for one upload.
func TestSlowUploadHoldsUpNoOther(t *testing.T) {
	db := &held{Backend: memory.New()}
	h := newHost(t, db)
	send := func(user ledger.UserID, body []byte) {
		u, err := h.files.Create(t.Context(), promise(user, body))
		if err == nil {
			_, err = h.files.Append(t.Context(), user, u.ID, 0, bytes.NewReader(body))
		}
		if err != nil {
			t.Errorf("%s: %v", user, err)
		}
	}
	reading := make(chan struct{})
	db.holdPieces.Store(&reading)
	var hanging sync.WaitGroup
	hanging.Go(func() { send("an", photo(6, 200)) })
	until(func() bool { return db.pieces.Load() == 1 })
	other := make(chan struct{})
	go func() {
		defer close(other)
		send("binh", photo(7, 200))
	}()
	select {
	case <-other:
	case <-time.After(20 * time.Second):
		t.Error("it waits for the one whose bytes cannot be read")
	}
	close(reading)
	hanging.Wait()
	<-other
}

// reading is a database that keeps all who read an upload's bytes waiting.
type reading struct {
	store.Backend
	now, most atomic.Int64 // who wait, and the most that did
	goOn      chan struct{}
}

func (b *reading) Pieces(ctx context.Context, file string) ([]store.Piece, error) {
	now := b.now.Add(1)
	defer b.now.Add(-1)
	for most := b.most.Load(); now > most && !b.most.CompareAndSwap(most, now); most = b.most.Load() {
	}
	<-b.goOn
	return b.Backend.Pieces(ctx, file)
}

// send begins an upload, and sends all of it beside others.
func send(t *testing.T, f *files.Files, all *sync.WaitGroup, p files.Announced, body []byte) {
	t.Helper()
	u, err := f.Create(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	all.Go(func() {
		if _, err := f.Append(t.Context(), p.User, u.ID, 0, bytes.NewReader(body)); err != nil {
			t.Error(err)
		}
	})
}

// TestUploadsInMemoryAreBounded finishes many uploads at once.
func TestUploadsInMemoryAreBounded(t *testing.T) {
	body := photo(8, 60)
	synctest.Test(t, func(t *testing.T) {
		db := &reading{Backend: memory.New(), goOn: make(chan struct{})}
		f := files.New(files.Options{Backend: db, Now: time.Now, Random: rand.Reader, Location: time.UTC})
		var all sync.WaitGroup
		for i := range 40 {
			p := promise(ledger.UserID(fmt.Sprint("người ", i)), body)
			send(t, f, &all, p, body)
		}
		synctest.Wait()
		close(db.goOn)
		all.Wait()
		if n := db.most.Load(); n != 16 {
			t.Errorf("%d pictures are in memory at once, want 16", n)
		}
	})
}

// TestUploadsOfOneHoldUpNoOther finishes many uploads of one person at once, and one
// of another.
func TestUploadsOfOneHoldUpNoOther(t *testing.T) {
	body := photo(8, 60)
	synctest.Test(t, func(t *testing.T) {
		db := &reading{Backend: memory.New(), goOn: make(chan struct{})}
		f := files.New(files.Options{Backend: db, Now: time.Now, Random: rand.Reader, Location: time.UTC})
		var all sync.WaitGroup
		finish := func(user ledger.UserID, device int) {
			p := promise(user, body)
			p.Device = ledger.DeviceID(fmt.Sprint(device))
			send(t, f, &all, p, body)
		}
		for i := range 20 {
			finish("an", i)
		}
		synctest.Wait()
		finish("ba", 0)
		synctest.Wait()
		if n := db.now.Load(); n != 2 {
			t.Errorf("%d pictures are read at once, want one of each person", n)
		}
		close(db.goOn)
		all.Wait()
	})
}

// listing is a database that keeps all who list waiting with what they found.
type listing struct {
	store.Backend
	goOn chan struct{}
}

func (b *listing) List(ctx context.Context, collection, prefix, after string, limit int) ([]store.Document, error) {
	found, err := b.Backend.List(ctx, collection, prefix, after, limit)
	<-b.goOn
	return found, err
}

// TestUploadsBegunAtOnce: the bound of a device's uploads holds for those that are
// begun at once, all of which find that there are none.
func TestUploadsBegunAtOnce(t *testing.T) {
	body := photo(8, 60)
	synctest.Test(t, func(t *testing.T) {
		db := &listing{Backend: memory.New(), goOn: make(chan struct{})}
		f := files.New(files.Options{Backend: db, Now: time.Now, Random: rand.Reader, Location: time.UTC})
		var all sync.WaitGroup
		var begun atomic.Int64
		for range 3 * files.MaxOpen {
			all.Go(func() {
				_, err := f.Create(t.Context(), promise("an", body))
				switch {
				case err == nil:
					begun.Add(1)
				case !errors.Is(err, files.ErrOpen):
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(db.goOn)
		all.Wait()
		open, err := db.Backend.List(t.Context(), "uploads", "", "", 100)
		if n := begun.Load(); err != nil || n > files.MaxOpen || int(n) != len(open) {
			t.Errorf("%d uploads have begun, %d are under way, %v", n, len(open), err)
		}
	})
}

// An upload that was cut off after any step of the last piece is completed when the
// client asks, or sent again.
func TestUploadCutOffAnywhere(t *testing.T) {
	body := photo(4, 200)
	for step := 0; ; step++ {
		db := memory.New()
		h := newHost(t, db)
		u := h.mustCreate(promise("an", body))
		for _, fault := range []memory.Fault{memory.Unapplied, memory.Applied} {
			calls := 0
			db.SetFaults(memory.OneByOne(func(string, string) memory.Fault {
				if calls++; calls == step+1 {
					return fault
				}
				return memory.None
			}))
			_, err := h.files.Append(t.Context(), "an", u.ID, 0, bytes.NewReader(body))
			db.SetFaults(nil)
			if err == nil && calls <= step {
				return // the fault came too late
			}
		}
		at, err := h.files.Find(t.Context(), "an", u.ID)
		if err == nil && at.Offset < at.Size {
			at, err = h.files.Append(t.Context(), "an", u.ID, at.Offset, bytes.NewReader(body[at.Offset:]))
		}
		if err != nil || at.Offset != at.Size {
			t.Fatalf("step %d: %+v, %v", step, at, err)
		}
		if got, err := h.files.Read(t.Context(), hashOf(body), false); err != nil || !bytes.Equal(got, body) {
			t.Fatalf("step %d: read %d bytes, %v", step, len(got), err)
		}
	}
}

func TestUploadBounds(t *testing.T) {
	body := photo(5, 100)
	onEvery(t, func(t *testing.T, h *host) {
		p := promise("an", body)
		var last files.Upload
		for range files.MaxOpen {
			last = h.mustCreate(p)
		}
		if _, err := h.files.Create(t.Context(), p); !errors.Is(err, files.ErrOpen) {
			t.Errorf("one more: %v", err)
		}
		p2 := promise("ba", body)
		h.mustCreate(p2) // another device
		h.later(files.UploadLife + time.Minute)
		if _, err := h.files.Find(t.Context(), "an", last.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an old upload: %v", err)
		}
		h.later(2 * time.Hour)
		if err := h.files.Clean(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		p.Size = files.MaxBytes
		for i := range files.MaxBytesOfUser / files.MaxBytes {
			p.Device = ledger.DeviceID(rune('a' + i/files.MaxOpen))
			h.mustCreate(p)
		}
		p.Device = "another"
		if _, err := h.files.Create(t.Context(), p); !errors.Is(err, files.ErrDay) {
			t.Errorf("more than a day's bytes: %v", err)
		}
		h.later(h.files.UntilTomorrow())
		h.mustCreate(p)
	})
}

// Uploads that were begun while the clock was a year ahead take nobody's place
// for that year.
func TestUploadsOfAClockAhead(t *testing.T) {
	const ahead = 365 * 24 * time.Hour
	body := photo(7, 100)
	onEvery(t, func(t *testing.T, h *host) {
		p := promise("an", body)
		h.later(ahead)
		var last files.Upload
		for range files.MaxOpen {
			last = h.mustCreate(p)
		}
		h.later(-ahead)
		if _, err := h.files.Find(t.Context(), "an", last.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an upload of the next year: %v", err)
		}
		h.mustClean()
		h.mustCreate(p)
		counts, err := h.backend.List(t.Context(), "usage", "", "", 10)
		if err != nil || len(counts) != 2 { // today's, of the person and of the unit
			t.Errorf("%d counts are left, %v", len(counts), err)
		}
	})
}

// A photo is shown to those who are shown a record that names it: that of a denunciation
// neither to another collector nor to who signs reports.
func TestPhotosOfHiddenRecords(t *testing.T) {
	body := photo(9, 200)
	onEvery(t, func(t *testing.T, h *host) {
		h.mustUpload("an", body)
		h.push("an", form.RoleCollector, village, 1, fmt.Sprintf(
			`"record":%q,"kind":"petition","action":"edit","base":0,"set":{"receivedOn":"2026-11-20","class":"denunciation","content":"Nội dung mẫu","status":"received","photos":%s}`,
			id(1), list([]string{hashOf(body)})))
		for user, c := range map[ledger.UserID]struct {
			role ledger.Role
			sees bool
		}{"an": {form.RoleCollector, true}, "ba": {form.RoleCollector, false}, "chi": {form.RoleApprover, false}, "du": {form.RoleReviewer, true}} {
			ref, err := h.files.MaySee(t.Context(), h.store, hashOf(body), files.Reader{User: user, Role: c.role, Units: []ledger.UnitID{village}})
			if c.sees != (err == nil) || c.sees && ref.Record != id(1) {
				t.Errorf("a %s: %v, %v", c.role, ref, err)
			}
		}
	})
}

// Only people who may see a file learn whether it is there.
func TestKnownBytes(t *testing.T) {
	body := photo(6, 200)
	onEvery(t, func(t *testing.T, h *host) {
		h.mustUpload("an", body)
		if u := h.mustCreate(promise("ba", body)); u.Offset != 0 {
			t.Errorf("a stranger learns that it is there: %+v", u)
		}
		if _, err := h.files.MaySee(t.Context(), h.store, hashOf(body), files.Reader{User: "ba", Role: form.RoleCollector, Units: []ledger.UnitID{village}}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a stranger sees it: %v", err)
		}
		p := promise("an", body)
		p.MaySee = true
		u := h.mustCreate(p)
		if u.Offset != int64(len(body)) {
			t.Errorf("%+v", u)
		}
		if again, err := h.files.Find(t.Context(), "an", u.ID); err != nil || again != u {
			t.Errorf("%+v, %v", again, err)
		}
		h.mustUpload("ba", body)
		if ref, err := h.files.MaySee(t.Context(), h.store, hashOf(body), files.Reader{User: "ba", Role: form.RoleCollector}); err != nil || ref != (ledger.Ref{}) {
			t.Errorf("who sent it: %v, %v", ref, err)
		}
		h.later(files.OrphanLife + time.Hour)
		if _, err := h.files.MaySee(t.Context(), h.store, hashOf(body), files.Reader{User: "ba", Role: form.RoleCollector}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("who sent it long ago: %v", err)
		}
	})
}
