package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// fund reads a book page by page, and holds every page to the sums of the
// first.
func (h *host) fund(username, query string, limit int) contract.FundBook {
	h.t.Helper()
	var book contract.FundBook
	cursor := ""
	for {
		var page contract.FundBook
		h.do("GET", fmt.Sprintf("/v1/fund?limit=%d&%s%s", limit, query, cursor), h.as(username), nil).want(http.StatusOK).into(&page)
		if cursor == "" {
			book = page
		} else {
			if page.OpeningVnd != book.OpeningVnd || page.InVnd != book.InVnd || page.OutVnd != book.OutVnd || page.ClosingVnd != book.ClosingVnd {
				h.t.Errorf("a page sums up %+v, the first %+v", page, book)
			}
			book.Entries = append(book.Entries, page.Entries...)
		}
		if page.Next == "" {
			return book
		}
		cursor = "&cursor=" + page.Next
	}
}

// entry writes one into the fund.
func (p *phone) entry(n int, direction, day string, amount int64, more string) *phone {
	return p.write(recordID(n), form.KindFund, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"direction":%q,"date":%q,"amountVnd":%d%s}`, direction, day, amount, more))
}

// TestFundTellsItsBalanceAtEachEntry enters, slips by a zero, reverses, and
// reads the book in pages of every size.
func TestFundTellsItsBalanceAtEachEntry(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.entry(1, "in", "2025-12-30", 900_000, `,"opening":true,"purpose":"Số dư sổ cũ"`)
	p.entry(2, "in", "2026-10-12", 5_000_000, `,"party":"Đơn vị mẫu","purpose":"Ủng hộ"`)
	p.entry(3, "out", "2026-10-15", 5_000_000, fmt.Sprintf(`,"purpose":"Ghi thừa một số không","reverses":%q`, recordID(2)))
	p.entry(4, "in", "2026-10-15", 500_000, `,"party":"Đơn vị mẫu","purpose":"Ủng hộ"`)
	p.entry(5, "out", "2026-11-03", 1_600_000, `,"purpose":"Hỗ trợ"`)
	p.entry(6, "in", "2026-11-04", 700_000, `,"purpose":"Ghi hai lần"`)
	p.mustPush()
	other := h.phone("collector2", village2)
	other.entry(7, "in", "2026-10-20", 300_000, "")
	other.mustPush()
	r := h.phone("reviewer", village1)
	r.pull()
	r.write(recordID(6), form.KindFund, ledger.ActionLink, r.book.Seen, fmt.Sprintf(`,"duplicateOf":%q`, recordID(4)))
	r.mustPush()

	of := "unit=" + string(village1)
	for _, c := range []struct {
		query                     string
		opening, in, out, closing int64
		balances                  []int64
	}{
		{of, 0, 6_400_000, 6_600_000, -200_000, []int64{900_000, 5_900_000, 900_000, 1_400_000, -200_000}},
		{of + "&from=2026-01-01", 900_000, 5_500_000, 6_600_000, -200_000, []int64{5_900_000, 900_000, 1_400_000, -200_000}},
		{of + "&from=2026-10-15&to=2026-10-31", 5_900_000, 500_000, 5_000_000, 1_400_000, []int64{900_000, 1_400_000}},
		{of + "&to=2025-12-31", 0, 900_000, 0, 900_000, []int64{900_000}},
		{of + "&from=2027-01-01", -200_000, 0, 0, -200_000, nil},
		{"from=2026-10-13", 5_900_000, 800_000, 6_600_000, 100_000, []int64{900_000, 1_400_000, 1_700_000, 100_000}},
		{"unit=" + string(commune), 0, 0, 0, 0, nil},
	} {
		for limit := 1; limit <= 6; limit++ {
			book := h.fund("approver", c.query, limit)
			if book.OpeningVnd != c.opening || book.InVnd != c.in || book.OutVnd != c.out || book.ClosingVnd != c.closing || len(book.Entries) != len(c.balances) {
				t.Errorf("%s in pages of %d: %d + %d - %d = %d with %d entries, want %+v", c.query, limit, book.OpeningVnd, book.InVnd, book.OutVnd, book.ClosingVnd, len(book.Entries), c)
				continue
			}
			for i, want := range c.balances {
				if got := book.Entries[i].BalanceVnd; got != want {
					t.Errorf("%s in pages of %d: entry %d leaves %d, want %d", c.query, limit, i, got, want)
				}
			}
		}
	}

	wrong, back := 1, 2
	for _, limit := range []int{1, 10} { // the other one on the page, or not
		book := h.fund("reviewer", of, limit)
		if e := book.Entries[wrong]; e.Record.ReversedBy != contract.RecordID(recordID(3)) || e.PairedOn != "2026-10-15" {
			t.Errorf("the wrong entry: %+v", e)
		}
		if e := book.Entries[back]; string(e.Record.Fields["reverses"]) != `"`+recordID(2).String()+`"` || e.PairedOn != "2026-10-12" || e.Record.ReversedBy != (contract.RecordID{}) {
			t.Errorf("the entry that reverses it: %+v", e)
		}
		if e := book.Entries[3]; e.PairedOn != "" || e.Record.ReversedBy != (contract.RecordID{}) {
			t.Errorf("an entry by itself: %+v", e)
		}
	}
	var list contract.RecordPage
	h.do("GET", "/v1/records?kind=fund&sort=date&"+of, h.as("reviewer"), nil).want(http.StatusOK).into(&list)
	for _, row := range list.Items {
		if reversed := row.ReversedBy != (contract.RecordID{}); reversed != (row.ID == contract.RecordID(recordID(2))) {
			t.Errorf("in the list: %+v", row)
		}
	}
}

// TestFundStaysWithinItsReaders: a book is for staff of the unit, its cursor of
// no other list, and every reading is noted.
func TestFundStaysWithinItsReaders(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.entry(1, "in", "2026-10-12", 500_000, `,"party":"Người mẫu"`)
	p.entry(2, "in", "2026-10-13", 500_000, "")
	p.mustPush()
	h.do("GET", "/v1/fund?unit="+string(village1), h.as("otherreviewer"), nil).want(http.StatusNotFound)
	h.do("GET", "/v1/fund", h.as("collector1"), nil).want(http.StatusForbidden)
	h.do("GET", "/v1/fund?from=2026-02-30", h.as("reviewer"), nil).want(http.StatusBadRequest)
	if book := h.fund("otherreviewer", "from=2026-01-01", 9); len(book.Entries) != 0 || book.ClosingVnd != 0 {
		t.Errorf("the other commune reads %+v", book)
	}
	var page contract.RecordPage
	h.do("GET", "/v1/records?limit=1", h.as("reviewer"), nil).want(http.StatusOK).into(&page)
	h.do("GET", "/v1/fund?cursor="+page.Next, h.as("reviewer"), nil).want(http.StatusBadRequest)

	h.fund("approver", "", 1)
	var log contract.AccessPage
	h.do("GET", "/v1/access-log", h.as("auditor"), nil).want(http.StatusOK).into(&log)
	read := map[string]int{}
	for _, a := range log.Items {
		read[a.Operation] += len(a.Records)
	}
	if read["getFund"] != 2 {
		t.Errorf("the log has %v", read)
	}
}
