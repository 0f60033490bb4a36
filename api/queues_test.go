package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// An approver may not read denunciations. That there are some must not show in
// how the list is cut into pages either.
func TestPagesPassOverWhatIsHidden(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	for i := range 9 {
		class := form.ClassDenunciation
		if i%4 == 3 {
			class = form.ClassProposal
		}
		p.write(recordID(i), form.KindReception, ledger.ActionEdit, 0, fmt.Sprintf(
			`,"set":{"date":"2026-11-%02d","type":"regular","citizenName":"Người mẫu %d","content":"nội dung mẫu","class":%q}`, 10+i, i, class))
	}
	p.mustPush()
	for _, sort := range []string{"name", "-name", "date", "-date", "updated", "-updated", "amount", "-amount"} {
		seen, cursor := 0, ""
		for {
			var page contract.RecordPage
			h.do("GET", "/v1/records?kind=reception&limit=1&sort="+sort+cursor, h.as("approver"), nil).want(http.StatusOK).into(&page)
			if len(page.Items) != 1 {
				t.Fatalf("%s: a page of %d items, next %q", sort, len(page.Items), page.Next)
			}
			if seen++; page.Next == "" {
				break
			}
			cursor = "&cursor=" + page.Next
		}
		if seen != 2 {
			t.Errorf("%s: %d records, want the two proposals", sort, seen)
		}
	}
}

// Staff see sensitive values when they ask for them, and each asking is logged as
// such. Nothing else that they read holds the values.
func TestSensitiveValuesAreShownOnDemand(t *testing.T) {
	h := newHost(t)
	p, q := h.phone("collector1", village1), h.phone("collector1", village1)
	for i, id := range []string{`,"nationalId":"012345678901"`, ""} { // alike, because only one has a number
		p.write(recordID(i), form.KindHousehold, ledger.ActionEdit, 0,
			fmt.Sprintf(`,"set":{"code":"H%02d","headName":"Hộ mẫu","category":"poor"%s}`, i, id))
	}
	p.write(recordID(2), form.KindReception, ledger.ActionEdit, 0,
		`,"set":{"date":"2026-11-10","type":"regular","citizenName":"Người mẫu","content":"nội dung bí mật","class":"proposal"}`)
	p.mustPush()
	q.write(recordID(0), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"nationalId":"012345678903"}`)
	q.mustPush()

	for _, path := range []string{
		fmt.Sprintf("/v1/records/%s?unit=%s", recordID(0), village1), fmt.Sprintf("/v1/records/%s?unit=%s", recordID(2), village1),
		fmt.Sprintf("/v1/conflicts?unit=%s", village1), fmt.Sprintf("/v1/duplicates?unit=%s", village1), "/v1/records?limit=100",
	} {
		masked := string(h.do("GET", path, h.as("reviewer"), nil).want(http.StatusOK).body)
		for _, secret := range []string{"012345678901", "012345678903", "bí mật"} {
			if strings.Contains(masked, secret) {
				t.Errorf("GET %s holds %q unasked", path, secret)
			}
		}
		if strings.HasPrefix(path, "/v1/records?") {
			continue
		}
		if !strings.Contains(masked, `"masked":["`) {
			t.Errorf("GET %s does not name what it masks: %s", path, masked)
		}
		asked := string(h.do("GET", path+"&sensitive=true", h.as("reviewer"), nil).want(http.StatusOK).body)
		if !strings.Contains(asked, "01234567890") && !strings.Contains(asked, "nội dung bí mật") || strings.Contains(asked, `"masked"`) {
			t.Errorf("GET %s when asked: %s", path, asked)
		}
	}

	counts := map[string]int{}
	for _, a := range h.accessLog(h.as("admin"), url.Values{"user": {"reviewer"}}) {
		counts[fmt.Sprintf("%s %v", a.Operation, a.Sensitive)]++
	}
	for entry, want := range map[string]int{
		"getRecord false": 2, "getRecord true": 2, "listConflicts false": 1, "listConflicts true": 1,
		"listDuplicates false": 1, "listDuplicates true": 1, "listRecords false": 1, "listRecords true": 0,
	} {
		if counts[entry] != want {
			t.Errorf("the access log has %q %d times, want %d", entry, counts[entry], want)
		}
	}
}

// Ten that are all alike make 45 pairs. Each is listed once, in pages that are
// no longer than was asked for.
func TestPairsComeInPages(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	const alike, limit = 10, 4
	for i := range alike {
		p.write(recordID(i), form.KindHousehold, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"code":"H%02d","headName":"Hộ mẫu","category":"poor"}`, i))
	}
	p.mustPush()
	told, cursor := map[string]bool{}, ""
	for {
		var page contract.DuplicatePage
		h.do("GET", fmt.Sprintf("/v1/duplicates?limit=%d%s", limit, cursor), h.as("reviewer"), nil).want(http.StatusOK).into(&page)
		if len(page.Items) > limit {
			t.Fatalf("a page of %d pairs", len(page.Items))
		}
		for _, pair := range page.Items {
			key := pair.A.ID.String() + pair.B.ID.String()
			if told[key] {
				t.Errorf("%s is listed twice", key)
			}
			told[key] = true
		}
		if page.Next == "" {
			break
		}
		cursor = "&cursor=" + page.Next
	}
	if len(told) != alike*(alike-1)/2 {
		t.Errorf("%d pairs", len(told))
	}
}

// The overview counts the pairs that wait behind many that were decided.
func TestPairsBehindDecidedOnes(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	const pairs, decided = 60, 55
	for i := range 2 * pairs {
		p.write(recordID(i), form.KindHousehold, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"code":"H%03d","headName":"Hộ mẫu %03d","category":"poor"}`, i, i/2))
	}
	p.mustPush()
	counts := func(want int) {
		t.Helper()
		if o := h.overview("reviewer", ""); o.Counts.Duplicates != want || unitOf(t, &o, village1).Counts.Duplicates != want {
			t.Errorf("%d pairs wait, want %d", o.Counts.Duplicates, want)
		}
	}
	counts(pairs)
	var page contract.DuplicatePage
	h.do("GET", "/v1/duplicates?limit=100", h.as("reviewer"), nil).want(http.StatusOK).into(&page)
	if len(page.Items) != pairs {
		t.Fatalf("%d pairs are listed", len(page.Items))
	}
	desk := h.phone("reviewer", village1)
	desk.pull()
	for _, pair := range page.Items[:decided] {
		desk.write(ledger.RecordID(pair.B.ID), form.KindHousehold, ledger.ActionUnlink, desk.book.Seen, fmt.Sprintf(`,"duplicateOf":%q`, ledger.RecordID(pair.A.ID)))
	}
	desk.mustPush()
	counts(pairs - decided)
}
