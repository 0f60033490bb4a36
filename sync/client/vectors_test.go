package client_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// vectors reads a file of test vectors.
func vectors[T any](t *testing.T, file string) (list []T) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(list) == 0 {
		t.Fatalf("%s holds no vectors", file)
	}
	return list
}

// same compares two values as JSON.
func same(t *testing.T, name, what string, got any, want json.RawMessage) {
	t.Helper()
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var g, w any
	if json.Unmarshal(text, &g) != nil || json.Unmarshal(want, &w) != nil || !reflect.DeepEqual(g, w) {
		t.Errorf("%s: %s is\n%s\nwant\n%s", name, what, text, want)
	}
}

// TestPushVectors runs the table of answers: from a book, the batch that it
// makes; from the answer, the step, the book afterwards and the batch then.
func TestPushVectors(t *testing.T) {
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	type batch struct{ From, Through uint64 }
	check := func(name, when string, got *client.Batch, want *batch) {
		t.Helper()
		if (got == nil) != (want == nil) || got != nil && (got.From != want.From || got.Through != want.Through) {
			t.Errorf("%s: the batch %s is %+v, want %+v", name, when, got, want)
		}
	}
	for _, v := range vectors[struct {
		Name   string
		Book   client.Book
		Limits client.Limits
		Batch  *batch
		Status int
		Body   json.RawMessage
		Step   client.Step
		Plain  bool
		After  json.RawMessage
		Next   *batch
	}](t, "push.json") {
		s := &client.State{Device: client.Device{ID: "d_7Q", Epoch: 1}}
		b := &v.Book
		sent := b.Next(s.Device, v.Limits)
		check(v.Name, "before", sent, v.Batch)
		step := client.Step("")
		switch v.Status {
		case 0: // no answer
		case 200:
			if err := b.Acknowledge(sent, v.Body, now); err != nil {
				t.Errorf("%s: %v", v.Name, err)
			}
		default:
			var p client.Problem
			if err := json.Unmarshal(v.Body, &p); err != nil {
				t.Fatalf("%s: %v", v.Name, err)
			}
			p.Status = v.Status
			step = s.Refuse(b, sent, &p, now)
		}
		if step != v.Step || s.Plain != v.Plain {
			t.Errorf("%s: step %q, plain %v", v.Name, step, s.Plain)
		}
		check(v.Name, "afterwards", b.Next(s.Device, v.Limits), v.Next)
		same(t, v.Name, "the book", b, v.After)
	}
}

// TestPendingVectors lays ops over pulled records.
func TestPendingVectors(t *testing.T) {
	for _, v := range vectors[struct {
		Name   string
		Book   client.Book
		Record string
		Shown  json.RawMessage // null where the client knows nothing of the record
	}](t, "pending.json") {
		id, err := ledger.ParseRecordID(v.Record)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		shown, ok, err := v.Book.Show(id)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		if !ok {
			same(t, v.Name, "what is shown", nil, v.Shown)
			continue
		}
		same(t, v.Name, "what is shown", struct {
			Kind    ledger.Kind                `json:"kind"`
			State   string                     `json:"state"`
			Fields  map[string]json.RawMessage `json:"fields"`
			Removed bool                       `json:"removed"`
			Pending int                        `json:"pending"`
		}{shown.Kind, shown.State, shown.Fields, shown.Removed, shown.Pending}, v.Shown)
	}
}

func TestIdentityVectors(t *testing.T) {
	for _, v := range vectors[struct {
		Unit      ledger.UnitID
		Period    string
		Campaign  json.RawMessage
		Household json.RawMessage
		ID        string
	}](t, "identities.json") {
		var got ledger.RecordID
		if v.Period != "" {
			p, err := ledger.ParsePeriod(v.Period)
			if err != nil {
				t.Fatal(err)
			}
			got = ledger.PeriodID(v.Unit, p)
		} else {
			campaign, err1 := parseRef(v.Campaign)
			household, err2 := parseRef(v.Household)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			got = form.GiftID(v.Unit, campaign, household)
		}
		if got.String() != v.ID {
			t.Errorf("%s %s %s %s: %s, want %s", v.Unit, v.Period, v.Campaign, v.Household, got, v.ID)
		}
	}
}

func parseRef(text json.RawMessage) (ledger.Ref, error) {
	canonical, err := ledger.Canonical(text)
	if err != nil {
		return ledger.Ref{}, err
	}
	return ledger.ParseRef(canonical)
}

func TestFoldingVectors(t *testing.T) {
	for _, v := range vectors[struct{ Text, Folded string }](t, "folding.json") {
		if got := form.FoldText(v.Text); got != v.Folded {
			t.Errorf("%q is folded to %q, want %q", v.Text, got, v.Folded)
		}
	}
}

// TestAlsoVectors: the cursors of other units that a pull names.
func TestAlsoVectors(t *testing.T) {
	for _, v := range vectors[struct {
		Name  string
		Now   time.Time
		Books []client.Book
		Also  []string
	}](t, "also.json") {
		var also []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if also == nil {
				also = append([]string{}, r.URL.Query()["also"]...)
			}
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{}`))
		}))
		c := &client.Client{
			State: &client.State{}, URL: server.URL, HTTP: server.Client(), Tries: 1,
			Now:  func() time.Time { return v.Now },
			Wait: func(context.Context, time.Duration) error { return nil },
		}
		units := []ledger.UnitID{"21133-20040101"}
		for _, b := range v.Books {
			*c.State.Book(b.Unit) = b
			units = append(units, b.Unit)
		}
		_, _ = c.SyncAll(t.Context(), units...)
		server.Close()
		if !slices.Equal(also, v.Also) {
			t.Errorf("%s: named %q, want %q", v.Name, also, v.Also)
		}
	}
}
