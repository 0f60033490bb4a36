package api_test

import (
	"fmt"
	"net/http"
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
	for _, sort := range []string{"name", "-name", "date", "-date", "updated", "-updated"} {
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
				t.Errorf("%s is told twice", key)
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
