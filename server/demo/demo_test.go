package demo_test

import (
	"bytes"
	"context"
	cryptorand "crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/api"
	"github.com/sothon/sothon/api/operations"
	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/server/demo"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/files"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// start runs a server on a backend, with an admin and nothing else. Reports are
// delivered into a folder.
func start(t *testing.T, backend store.Backend, folder string) demo.Target {
	t.Helper()
	const password = "mat-khau-quan-tri"
	metrics := operations.NewMetrics()
	s := store.New(backend, store.Options{Now: time.Now, Random: cryptorand.Reader, Location: time.FixedZone("", 7*60*60)})
	t.Cleanup(func() {
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	if _, err := accounts.New(backend).AddUser(t.Context(), cryptorand.Reader, time.Now(), accounts.NewUser{
		Username: "admin", Password: password, Name: "Quản trị mẫu", Role: form.RoleAdmin,
	}); err != nil {
		t.Fatal(err)
	}
	at := time.FixedZone("", 7*60*60)
	office := jobs.New(jobs.Options{
		Store: s, Now: time.Now, Random: cryptorand.Reader, Location: at, Server: "test", Log: slog.New(slog.DiscardHandler),
		Channel: func(outbox.Recipient) (post.Channel, error) { return post.NewFolder(folder, time.Now) },
	})
	working, stop := context.WithCancel(t.Context())
	var jobsDone sync.WaitGroup
	jobsDone.Go(func() { office.Run(working) })
	t.Cleanup(func() {
		stop()
		jobsDone.Wait()
	})
	server, err := api.New(t.Context(), api.Config{
		Store: s, Office: office, Now: time.Now, Random: cryptorand.Reader, Location: at,
		Files: files.New(files.Options{Backend: s.Backend(), Now: time.Now, Random: cryptorand.Reader, Location: at}),
		Log:   slog.New(slog.DiscardHandler), Metrics: metrics, Issuer: "sothon.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := server.Handler()
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(handler)
	t.Cleanup(listener.Close)
	return demo.Target{
		URL: listener.URL, Client: listener.Client(), AdminUser: "admin", AdminPassword: password,
		Store: s, Now: time.Now, Random: drawn(1),
	}
}

// Whatever order the phones call in, the desk brings the figures to the
// paper's.
func TestPlay(t *testing.T) {
	var progress, table bytes.Buffer
	folder := t.TempDir()
	backend := memory.New()
	r, err := demo.Play(t.Context(), start(t, backend, folder), &progress)
	if err != nil {
		t.Fatalf("%v\n%s", err, &progress)
	}
	gifts := store.Query{Units: []ledger.UnitID{"21124-02-20250701"}, Kinds: []ledger.Kind{form.KindGift}}
	if sum, err := backend.Totals(t.Context(), gifts); err != nil || sum.Count != 9 {
		t.Errorf("%d gifts of the second village (%v), want 9", sum.Count, err)
	}
	gifts.Without = []string{store.FacetPhotos}
	if sum, err := backend.Totals(t.Context(), gifts); err != nil || sum.Count != 3 {
		t.Errorf("%d of them lack a photo (%v), want 3", sum.Count, err)
	}
	if err := r.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s\n%s", &progress, &table)
	if !r.Equal() {
		t.Error("the figures are not the paper's, or a ledger is damaged")
	}
	if r.Resends == 0 || r.Conflicts < 40 || r.Duplicates < 40 || r.Ops < 2000 || len(r.Ledgers) != 13 || len(r.Logins) != 30 {
		t.Errorf("not much was played: %+v", r)
	}

	for _, format := range archive.Formats {
		if info, err := os.Stat(filepath.Join(folder, r.Issued.Parcel, "BC-56-2024-xa-tra-lam."+string(format))); err != nil || info.Size() < 1000 {
			t.Errorf("the delivered %s: %v", format, err)
		}
	}

	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"commune", "figures", "ledgers", "ops", "batches", "resends", "conflicts", "duplicates", "seconds"} {
		if _, ok := members[name]; !ok {
			t.Errorf("the JSON lacks %s", name)
		}
		delete(members, name)
	}
	if len(members) > 0 || strings.Contains(string(body), "mat-khau") {
		t.Errorf("the JSON tells too much: %v", members)
	}
}
