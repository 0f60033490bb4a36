package api_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func gzipped(t *testing.T, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstandard(t *testing.T, body []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(body, nil)
}

// TestBadBatches sends what cannot be taken. Nothing of it is taken, the
// answer says why, and what the phone sends afterwards is.
func TestBadBatches(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(1))
	good := p.body(1, 1)
	bomb := bytes.Repeat([]byte(" "), 64<<20)
	many := strings.Replace(good, p.op(1), strings.Repeat(p.op(1)+",", 500)+p.op(1), 1)
	for n := 2; n <= 501; n++ {
		many = strings.Replace(many, `,{"n":1,`, fmt.Sprintf(`,{"n":%d,`, n), 1)
	}
	for _, c := range []struct {
		name, media, encoding string
		body                  []byte
		status                int
		code                  string
	}{
		{"empty", "application/json", "", []byte{}, 400, "malformed"},
		{"not JSON", "application/json", "", []byte(`{"device":`), 400, "malformed"},
		{"a key twice", "application/json", "", []byte(strings.Replace(good, `"n":1`, `"n":1,"n":1`, 1)), 400, "malformed"},
		{"not UTF-8", "application/json", "", []byte(strings.Replace(good, "Điểm", "\xff\xfe", 1)), 400, "malformed"},
		{"very deep", "application/json", "", []byte(strings.Repeat("[", 500_000)), 400, "malformed"},
		{"no ops", "application/json", "", []byte(strings.Replace(good, p.op(1), "", 1)), 400, "malformed"},
		{"a counter that does not fit", "application/json", "", []byte(strings.Replace(good, `"from":1`, `"from":2`, 1)), 400, "malformed"},
		{"another device", "application/json", "", []byte(strings.Replace(good, string(p.device.ID), "d_other", 1)), 400, "malformed"},
		{"a newer epoch than the session's", "application/json", "", []byte(strings.Replace(good, `"epoch":1`, `"epoch":2`, 1)), 400, "malformed"},
		{"a gap", "application/json", "", []byte(strings.NewReplacer(`"from":1`, `"from":7`, `"n":1`, `"n":7`).Replace(good)), 409, "counter-gap"},
		{"too many ops", "application/json", "", []byte(many), 413, "too-large"},
		{"a huge op", "application/json", "", []byte(strings.Replace(good, "Điểm mẫu 1", strings.Repeat("x", 65<<10), 1)), 413, "too-large"},
		{"too many bytes", "application/json", "", append([]byte(good), bytes.Repeat([]byte(" "), 1<<20)...), 413, "too-large"},
		{"a gzip bomb", "application/json", "gzip", gzipped(t, bomb), 413, "too-large"},
		{"a zstd bomb", "application/json", "zstd", zstandard(t, bomb), 413, "too-large"},
		{"not gzip", "application/json", "gzip", []byte(good), 400, "malformed"},
		{"not zstd", "application/json", "zstd", []byte(good), 400, "malformed"},
		{"gzip cut off", "application/json", "gzip", gzipped(t, []byte(good))[:60], 400, "malformed"},
		{"a coding that is not spoken", "application/json", "br", []byte(good), 415, "unsupported-media"},
		{"a form", "application/x-www-form-urlencoded", "", []byte("a=b"), 415, "unsupported-media"},
	} {
		r := h.request("POST", p.path()+"/batches", p.token(), c.body)
		r.Header.Set("Content-Type", c.media)
		if c.encoding != "" {
			r.Header.Set("Content-Encoding", c.encoding)
		}
		a := h.send(r)
		if a.status != c.status || a.problem().Code != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, a.status, a.body, c.status, c.code)
		}
	}
	if head, err := h.store.Head(t.Context(), village1); err != nil || head.Seq != 0 {
		t.Errorf("something of it was taken: %v, %v", head, err)
	}
	if got := results(p.mustPush()); got != "accepted" {
		t.Errorf("the good batch: %s", got)
	}
}

// TestBadOps sends ops that are each wrong in another way among good ones:
// each is refused for its reason, and every good one is kept.
func TestBadOps(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	var want []string
	good := func(i int) {
		p.write(recordID(i), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(i))
		want = append(want, "accepted")
	}
	bad := func(op, verdict string) {
		p.book.Append(0, []byte(op))
		want = append(want, "rejected("+verdict+")")
	}
	op := func(set string) string {
		return fmt.Sprintf(`{"record":%q,"kind":"gift","action":"edit","at":"2026-11-20T02:10:00Z","set":%s}`, recordID(99), set)
	}
	gift := func(member string) string {
		return op(`{"recipientName":"Hộ mẫu 012","date":"2026-11-20","quantity":1,` + member + `}`)
	}
	good(1)
	// Half an emoji, as a phone leaves it that cuts a text at its limit.
	p.book.Append(0, []byte(strings.Replace(gift(`"items":"quà \ud83d"`), recordID(99).String(), recordID(98).String(), 1)))
	want = append(want, "accepted")
	bad(gift(`"valueVnd":1.5`), "type valueVnd")
	bad(gift(`"valueVnd":1e3`), "type valueVnd")
	bad(gift(`"valueVnd":9223372036854775808`), "type valueVnd")
	bad(gift(`"valueVnd":-1`), "too-small valueVnd")
	bad(gift(`"valueVnd":"300000"`), "type valueVnd")
	bad(gift(`"category":"rich"`), "choice-unknown category")
	bad(gift(`"$where":"1"`), "field-unknown $where")
	bad(gift(`"a.b":1`), "field-unknown a.b")
	bad(gift(`"":"x"`), "field-unknown ")
	bad(gift(`"_review":{"state":"approved"}`), "field-reserved _review")
	bad(gift(`"items":"a\u0000b"`), "text-control items")
	bad(gift(`"campaign":{"$ne":null}`), "reference-malformed campaign")
	bad(op(`{"date":"2026-11-20"}`), "required quantity")
	bad(op(`{}`), "empty set")
	bad(strings.Replace(gift(`"items":"x"`), `"kind":"gift"`, `"kind":"toString"`, 1), "kind-unknown kind")
	bad(strings.Replace(gift(`"items":"x"`), `"action":"edit"`, `"action":"drop"`, 1), "action-unknown action")
	bad(strings.Replace(gift(`"items":"x"`), `"at":"2026-11-20T02:10:00Z"`, `"at":"hôm qua"`, 1), "time-unreadable at")
	p.book.Append(77, []byte(gift(`"items":"x"`)))
	want = append(want, "rejected(base-unknown base)")
	bad(strings.Replace(gift(`"items":"x"`), recordID(99).String(), "12", 1), "record-id record")
	bad(`{}`, "required record")
	good(2)
	r := p.mustPush()
	got := strings.Split(strings.ReplaceAll(results(r), ") ", ")|"), "|")
	var flat []string
	for _, g := range got {
		for strings.HasPrefix(g, "accepted ") {
			flat, g = append(flat, "accepted"), strings.TrimPrefix(g, "accepted ")
		}
		flat = append(flat, g)
	}
	for i := range max(len(flat), len(want)) {
		if i >= len(flat) || i >= len(want) || flat[i] != want[i] {
			t.Errorf("op %d:\ngot  %v\nwant %v\n%s", i+1, flat, want, p.op(uint64(i)+1))
			break
		}
	}
	for _, v := range r.Results {
		if v.Status == ledger.Rejected && v.Message == "" {
			t.Errorf("%+v has no message", v)
		}
	}
	p.pull()
	if len(p.book.Records) != 3 {
		t.Errorf("the phone holds %d records, want the 3 good ones", len(p.book.Records))
	}
	var again contract.PushResponse
	p.send(p.batch(1, p.book.Last)).want(http.StatusOK).into(&again)
	if results(again) != results(r) {
		t.Errorf("sent again they are answered\n%s\nat first\n%s", results(again), results(r))
	}
}

// TestCompression sends and receives in every coding.
func TestCompression(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	for i := range 20 {
		p.write(recordID(i), form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(i))
	}
	body := []byte(p.body(1, 20))
	for encoding, content := range map[string][]byte{"gzip": gzipped(t, body), "zstd": zstandard(t, body), "identity": body} {
		r := h.request("POST", p.path()+"/batches", p.token(), content)
		r.Header.Set("Content-Encoding", encoding)
		var answer contract.PushResponse
		h.send(r).want(http.StatusOK).into(&answer)
		if answer.Through != 20 {
			t.Errorf("%s: through %d", encoding, answer.Through)
		}
	}
	for _, encoding := range []string{"gzip", "zstd"} {
		r := h.request("GET", p.path()+"/changes", p.token(), nil)
		r.Header.Set("Accept-Encoding", encoding)
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		var plain io.Reader
		if encoding == "gzip" {
			plain, err = gzip.NewReader(answer.Body)
		} else {
			plain, err = zstd.NewReader(answer.Body)
		}
		if err != nil || answer.Header.Get("Content-Encoding") != encoding {
			t.Fatalf("%s: %v, %v", encoding, answer.Header, err)
		}
		content, err := io.ReadAll(plain)
		if err != nil || strings.Count(string(content), `"kind":"meeting"`) != 20 {
			t.Errorf("%s: %v, %.200s", encoding, err, content)
		}
	}
}

func TestBadParameters(t *testing.T) {
	h := newHost(t)
	for path, code := range map[string]string{
		"/v1/records?sort=$where":                                "malformed",
		"/v1/records?limit=100000":                               "malformed",
		"/v1/records?from=yesterday":                             "malformed",
		"/v1/records?cursor=e30":                                 "malformed",
		"/v1/records?cursor=%00":                                 "malformed",
		"/v1/records?unit[$ne]=x&limit=x":                        "malformed",
		"/v1/records/not-a-uuid?unit=" + string(village1):        "malformed",
		"/v1/units/" + strings.Repeat("x", 200) + "/changes":     "not-found",
		"/v1/units/" + string(village1) + "/changes?after=-1":    "malformed",
		"/v1/units/" + string(village1) + "/changes?after=5":     "malformed",
		"/v1/units/" + string(village1) + "/changes?wait=100000": "malformed",
		"/v1/units/%24ne/changes":                                "not-found",
		"/v1/records/" + recordID(1).String():                    "malformed",
		"/v1/reports?limit=0":                                    "malformed",
		"/v1/reports?cursor=%00":                                 "malformed",
		"/v1/reports?cursor=eyJ4IjoxfQ":                          "malformed",
		"/v1/reports/%24ne":                                      "not-found",
		"/v1/reports/" + strings.Repeat("x", 200):                "not-found",
		"/v1/reports/none/file.":                                 "not-found",
		"/v1/reports/none/file.docx%2F..":                        "not-found",
		"/v1/reports/none/figures/gifts/records?limit=1000":      "malformed",
		"/v1/deliveries?state=lost":                              "malformed",
		"/v1/deliveries?cursor=e30x":                             "malformed",
		"/v1/notices?open=maybe":                                 "malformed",
		"/v1/notices?cursor=bm90IGpzb24":                         "malformed",
		"/v1/acknowledgements/%00":                               "not-found",
		"/v1/acknowledgements/" + strings.Repeat("x", 600):       "not-found",
	} {
		if a := h.do("GET", path, h.as("reviewer"), nil); a.problem().Code != code {
			t.Errorf("%s: %d %s, want %s", path, a.status, a.body, code)
		}
	}
}
