package conformance

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/sothon/sothon/sync/store"
)

var documentTests = []test{
	{"what is not there is not found", func(t *testing.T, db *database) {
		_, err := db.Get(t.Context(), "accounts", "an")
		wantError(t, err, store.ErrNotFound)
		wantError(t, db.Replace(t.Context(), "accounts", store.Document{ID: "an", Version: 1, Body: []byte("{}")}), store.ErrNotFound)
	}},
	{"add stores version 1, once", testAdd},
	{"replace wants the stored version", testReplace},
	{"of many replaces of one version one succeeds", testReplaceRace},
	{"of many adds of one id one succeeds", func(t *testing.T, db *database) {
		won := 0
		for _, err := range race(16, func(i int) error {
			return db.Add(t.Context(), "accounts", store.Document{ID: "an", Body: fmt.Append(nil, i)})
		}) {
			if err == nil {
				won++
			} else {
				wantError(t, err, store.ErrTaken)
			}
		}
		if won != 1 {
			t.Errorf("%d succeeded, want 1", won)
		}
	}},
	{"delete removes, and again", func(t *testing.T, db *database) {
		db.mustAdd("accounts", "an", "{}")
		db.mustAdd("accounts", "anh", "{}")
		for range 2 {
			if err := db.Delete(t.Context(), "accounts", "an"); err != nil {
				t.Fatal(err)
			}
		}
		_, err := db.Get(t.Context(), "accounts", "an")
		wantError(t, err, store.ErrNotFound)
		db.mustGet("accounts", "anh")
		db.mustAdd("accounts", "an", "[]")
		if d := db.mustGet("accounts", "an"); d.Version != 1 {
			t.Errorf("version %d, want 1 again", d.Version)
		}
	}},
	{"list gives a prefix, after an id, in order", testList},
	{"ids are only values", testHostileDocuments},
}

func testAdd(t *testing.T, db *database) {
	body := `{"name":"Đặng \"Ba\"","n":9007199254740993, "spaces" : true}`
	if err := db.Add(t.Context(), "accounts", store.Document{ID: "an", Version: 7, Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
	wantError(t, db.Add(t.Context(), "accounts", store.Document{ID: "an", Body: []byte("{}")}), store.ErrTaken)
	if d := db.mustGet("accounts", "an"); d.ID != "an" || d.Version != 1 || string(d.Body) != body {
		t.Errorf("document %+v", d)
	}
	db.mustAdd("devices", "an", "{}") // another collection
}

func testReplace(t *testing.T, db *database) {
	db.mustAdd("accounts", "an", "0")
	for v := range int64(3) {
		wantError(t, db.Replace(t.Context(), "accounts", store.Document{ID: "an", Version: v, Body: []byte("9")}), store.ErrVersion)
		wantError(t, db.Replace(t.Context(), "accounts", store.Document{ID: "an", Version: v + 2, Body: []byte("9")}), store.ErrVersion)
		if err := db.Replace(t.Context(), "accounts", store.Document{ID: "an", Version: v + 1, Body: fmt.Append(nil, v)}); err != nil {
			t.Fatal(err)
		}
		if d := db.mustGet("accounts", "an"); d.Version != v+2 || string(d.Body) != fmt.Sprint(v) {
			t.Errorf("document %+v", d)
		}
	}
	wantError(t, db.Replace(t.Context(), "devices", store.Document{ID: "an", Version: 4, Body: []byte("9")}), store.ErrNotFound)
}

// testReplaceRace counts in a document, with many at once: none is lost.
func testReplaceRace(t *testing.T, db *database) {
	const many, times = 8, 5
	db.mustAdd("accounts", "n", "0")
	for _, err := range race(many, func(int) error {
		for range times {
			for {
				d, err := db.Get(t.Context(), "accounts", "n")
				if err != nil {
					return err
				}
				d.Body = fmt.Append(nil, d.Version)
				err = db.Replace(t.Context(), "accounts", d)
				if err == nil {
					break
				}
				if !errors.Is(err, store.ErrVersion) {
					return err
				}
			}
		}
		return nil
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if d := db.mustGet("accounts", "n"); d.Version != 1+many*times || string(d.Body) != fmt.Sprint(many*times) {
		t.Errorf("version %d, body %s after %d replaces", d.Version, d.Body, many*times)
	}
}

func testList(t *testing.T, db *database) {
	ids := []string{"a", "a/", "a/1", "a/10", "a/2", "a0", "ab", "b", "é", "\U0010ffff", "\U0010ffff\U0010ffff"}
	for _, i := range []int{7, 2, 9, 0, 3, 10, 4, 1, 5, 6, 8} {
		db.mustAdd("accounts", ids[i], fmt.Sprint(i))
		db.mustAdd("accountz", ids[i], "0")
		db.mustAdd("account", ids[i], "0")
	}
	for _, c := range []struct {
		prefix, after string
		limit         int
		want          []string
	}{
		{"", "", 100, ids},
		{"", "", 2, ids[:2]},
		{"", "a/10", 100, ids[4:]},
		{"", "a/100", 2, ids[4:6]},
		{"a/", "", 100, ids[1:5]},
		{"a/", "a/", 2, ids[2:4]},
		{"a/", "A", 2, ids[1:3]},
		{"a/", "a0", 100, nil},
		{"a/1", "a/1", 100, ids[3:4]},
		{"é", "", 100, ids[8:9]},
		{"\U0010ffff", "", 100, ids[9:]},
		{"zz", "", 100, nil},
		{"", "", 0, nil},
	} {
		list, err := db.List(t.Context(), "accounts", c.prefix, c.after, c.limit)
		want(t, list, err)
		var got []string
		for _, d := range list {
			got = append(got, d.ID)
			if d.Version != 1 || string(d.Body) != fmt.Sprint(slices.Index(ids, d.ID)) {
				t.Errorf("document %+v", d)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("prefix %q after %q limit %d: %q, want %q", c.prefix, c.after, c.limit, got, c.want)
		}
	}
}

func testHostileDocuments(t *testing.T, db *database) {
	for _, id := range hostile {
		_, err := db.Get(t.Context(), "accounts", id)
		wantError(t, err, store.ErrNotFound)
		db.mustAdd("accounts", id, "1")
		if err := db.Replace(t.Context(), "accounts", store.Document{ID: id, Version: 1, Body: []byte("2")}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range hostile {
		if d := db.mustGet("accounts", id); d.ID != id || d.Version != 2 || string(d.Body) != "2" {
			t.Errorf("%q: %+v", id, d)
		}
		list, err := db.List(t.Context(), "accounts", id, "", 100)
		if want(t, list, err); len(list) == 0 || list[0].ID != id {
			t.Errorf("prefix %q: %+v", id, list)
		}
	}
	for i, id := range hostile {
		if err := db.Delete(t.Context(), "accounts", id); err != nil {
			t.Fatal(err)
		}
		if list, err := db.List(t.Context(), "accounts", "", "", 100); len(want(t, list, err)) != len(hostile)-i-1 {
			t.Fatalf("after deleting %q: %d left", id, len(list))
		}
	}
}
