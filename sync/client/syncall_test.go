package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/ledger"
)

// TestSyncAll: units that have nothing new are not pulled, as long as the client
// is sure of their cursors and asks each of them itself now and then.
func TestSyncAll(t *testing.T) {
	const commune ledger.UnitID = "21133-20040101"
	v, c := newVillage(t)
	campaigns, _ := newVillage(t)
	ledgers := map[ledger.UnitID]*village{unit: v, commune: campaigns}
	var pulled []ledger.UnitID
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, rest, _ := strings.Cut(r.URL.Path, "/v1/units/")
		asked, _, _ := strings.Cut(rest, "/")
		if r.Method != http.MethodGet {
			ledgers[ledger.UnitID(asked)].ServeHTTP(w, r)
			return
		}
		pulled = append(pulled, ledger.UnitID(asked))
		answer := httptest.NewRecorder()
		ledgers[ledger.UnitID(asked)].ServeHTTP(answer, r)
		text := answer.Body.String()
		for id, l := range ledgers {
			if slices.Contains(r.URL.Query()["also"], fmt.Sprintf("%s:%s:%d:aa:%s", id, l.log, len(l.ops), l.view)) {
				text = fmt.Sprintf(`%s,"unchanged":[%q]}`, strings.TrimSuffix(text, "}"), id)
			}
		}
		w.WriteHeader(answer.Code)
		_, _ = fmt.Fprint(w, text)
	}))
	t.Cleanup(front.Close)
	c.URL = front.URL
	now := c.Now()
	c.Now = func() time.Time { return now }
	mustPull := func(what string, want ...ledger.UnitID) {
		t.Helper()
		pulled = nil
		if step, err := c.SyncAll(t.Context(), commune, unit); step != "" || err != nil || !slices.Equal(pulled, want) {
			t.Errorf("%s: pulled %v, want %v; %s, %v", what, pulled, want, step, err)
		}
	}
	campaigns.ops = []string{`{"record":"` + ledger.NameID("test", "campaign").String() + `","set":{}}`}
	mustPull("the first sync", commune, unit)
	write(t, c, 1, 3)
	mustPull("something waits", commune, unit)
	mustPull("nothing new", commune)
	for _, later := range []time.Duration{61 * time.Minute, -62 * time.Minute} {
		now = now.Add(later)
		mustPull("an hour later, by whatever clock", commune, unit)
		mustPull("nothing new again", commune)
	}
	v.ops = append(v.ops, strings.ReplaceAll(v.ops[0], ledger.NameID("test", "1").String(), ledger.NameID("test", "other").String()))
	mustPull("somebody wrote", commune, unit)
	v.view = "parent-1"
	mustPull("another view", commune, unit, unit) // from the beginning
	mustPull("nothing new in it", commune)
	b := c.State.Book(unit)
	b.Tip = &client.Head{Seq: b.Cursor.Seq, Hash: b.Cursor.Hash}
	mustPull("a pull that was cut off", commune, unit)
	b.Cursor.Hash, b.Heads = "bb", nil
	mustPull("another cursor of that length", commune, unit)
}
