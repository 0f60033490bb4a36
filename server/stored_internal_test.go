package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestStoredBefore opens a database as it was written in November 2026: a
// conflict, a duplicate, reviews, a removal and an issued report. Its ledgers
// verify with the heads that they had, and a phone pulls the records that it
// pulled then. Members that were added to the contract since are allowed.
func TestStoredBefore(t *testing.T) {
	folder := filepath.Join("testdata", "commune-2026-11")
	db := "sqlite:" + unzipped(t, filepath.Join(folder, "sothon.db.gz"))

	wantHeads := "21124-01-20200101 5 ea2faca1bfdffc6255b28a3df3a3673b25c5cbae1aa1817a985a83b610d390a3 ok\n" +
		"21124-20200101 1 2c5f8cf1057a6cde03c06c30891db32335fe9c544324f31bfea1a7821031dc00 ok\n"
	if got := mustRun(t, "", "verify", "-db", db); got != wantHeads {
		t.Errorf("verify printed\n%s, want\n%s", got, wantHeads)
	}
	if got := mustRun(t, "", "report", "list", "-db", db); !strings.Contains(got, "21124-20200101.ubnd.annual.20251215-20261214.01") {
		t.Errorf("the issued report is not listed: %s", got)
	}

	if got := mustRun(t, "", "report", "verify", "21124-20200101.ubnd.annual.20251215-20261214.01", "-db", db); !strings.Contains(got, "ok") {
		t.Errorf("the issued report does not verify: %s", got)
	}

	want, err := os.ReadFile(filepath.Join(folder, "changes.json"))
	if err != nil {
		t.Fatal(err)
	}
	url := serve(t, db).url(t)
	var session, got map[string]any
	exchange(t, http.MethodPost, url+"/v1/sessions", "", `{"username":"thon1a","password":"mat-khau-mau-thon1a","device":{"name":"x","platform":"terminal"}}`, &session)
	token, _ := session["accessToken"].(string)
	exchange(t, http.MethodGet, url+"/v1/units/21124-01-20200101/changes?after=0", token, "", &got)
	var expected map[string]any
	if err := json.Unmarshal(want, &expected); err != nil {
		t.Fatal(err)
	}
	byID(expected)
	byID(got)
	if missing := lacks("", expected, got); len(missing) > 0 {
		t.Errorf("pulled otherwise than before:\n%s", strings.Join(missing, "\n"))
	}
}

// unzipped writes the content of a gzip file into a file of the test's own.
func unzipped(t *testing.T, path string) string {
	t.Helper()
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "sothon.db")
	if err := os.WriteFile(to, content, 0o600); err != nil { //nolint:gosec // A folder of the test's own.
		t.Fatal(err)
	}
	return to
}

// exchange sends a request and decodes its answer.
func exchange(t *testing.T, method, url, token, body string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s, %v", method, url, answer.Status, content, err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatal(err)
	}
}

// byID orders the records of an answer: within one commit a pull promises none.
func byID(changes map[string]any) {
	records, _ := changes["records"].([]any)
	id := func(record any) string {
		object, _ := record.(map[string]any)
		s, _ := object["id"].(string)
		return s
	}
	slices.SortFunc(records, func(a, b any) int { return strings.Compare(id(a), id(b)) })
}

// lacks lists the places where got differs from want or has less.
func lacks(at string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		var all []string
		for key, value := range w {
			all = append(all, lacks(at+"."+key, value, g[key])...)
		}
		return all
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			return []string{at + ": another number of elements"}
		}
		var all []string
		for i := range w {
			all = append(all, lacks(at+"[]", w[i], g[i])...)
		}
		return all
	}
	if !reflect.DeepEqual(want, got) {
		return []string{at}
	}
	return nil
}
