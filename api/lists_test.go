package api_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sothon/sothon/api"
	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/operations"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// TestListsAreNarrowedAndAddedUp asks for lists as a desk does.
func TestListsAreNarrowedAndAddedUp(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H012","headName":"Hồ Văn Mẫu","category":"poor"}`)
	p.write(recordID(2), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H013","headName":"Đinh Thị Mẫu","category":"nearPoor","phone":"0905000001"}`)
	for i := range 3 {
		p.write(recordID(10+i), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"household":%q,"date":"2026-11-%02d","quantity":2,"valueVnd":300000}`, recordID(1+i%2), 10+i))
	}
	p.write(recordID(20), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"complaint","content":"nội dung mẫu","status":"received"}`)
	p.write(recordID(21), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"denunciation","content":"nội dung mẫu","status":"received"}`)
	p.mustPush()

	for _, c := range []struct {
		as, query        string
		count            int64
		amount, quantity int64
	}{
		{"reviewer", "kind=gift", 3, 900000, 6},
		{"reviewer", "kind=gift&q=ho+mau", 2, 600000, 4}, // by the household's head
		{"reviewer", "q=dinh", 2, 300000, 2},
		{"reviewer", "kind=household&where=category:poor", 1, 0, 0},
		{"reviewer", "where=status:received", 2, 0, 0},
		{"reviewer", "where=status:received&where=class:complaint", 1, 0, 0},
		{"approver", "where=status:received", 1, 0, 0}, // no denunciation, not even counted
		{"reviewer", "ref=" + string(village1) + "/" + recordID(1).String(), 2, 600000, 4},
		{"reviewer", "ref=" + string(village2) + "/" + recordID(1).String(), 0, 0, 0},
		{"reviewer", "photos=none&kind=gift", 3, 900000, 6},
		{"reviewer", "photos=some", 0, 0, 0},
		{"reviewer", "late=true", 0, 0, 0},
		{"reviewer", "author=u_nobody", 0, 0, 0},
		{"reviewer", "kind=gift&from=2026-11-11&limit=1", 2, 600000, 4},
	} {
		var page contract.RecordPage
		h.do("GET", "/v1/records?totals=true&unit="+string(village1)+"&"+c.query, h.as(c.as), nil).want(http.StatusOK).into(&page)
		if got := page.Totals; got.Count != c.count || got.AmountVnd != c.amount || got.Quantity != c.quantity {
			t.Errorf("%s %s: %+v, want %d, %d đồng, %d", c.as, c.query, got, c.count, c.amount, c.quantity)
		}
		if len(page.Items) != int(c.count) && page.Next == "" {
			t.Errorf("%s %s: %d rows of %d", c.as, c.query, len(page.Items), c.count)
		}
	}

	var page contract.RecordPage
	h.do("GET", "/v1/records?kind=gift&sort=date", h.as("reviewer"), nil).want(http.StatusOK).into(&page)
	gift := page.Items[0]
	if gift.Title != "Hồ Văn Mẫu" || string(gift.Fields["quantity"]) != "2" || gift.AmountVnd != 300000 {
		t.Errorf("a row tells %+v", gift)
	}
	if ref := page.Refs[string(village1)+"/"+recordID(1).String()]; ref.Title != "Hồ Văn Mẫu" || ref.Code != "H012" || ref.Kind != form.KindHousehold {
		t.Errorf("the household is shown as %+v", ref)
	}
	h.do("GET", "/v1/records?kind=household&where=category:nearPoor", h.as("reviewer"), nil).want(http.StatusOK).into(&page)
	if _, told := page.Items[0].Fields["nationalId"]; told {
		t.Error("a row holds an identity number")
	}
	for _, query := range []string{"where=content:x", "where=phone:0905000001", "where=status", "ref=x", "photos=all"} {
		if got := h.do("GET", "/v1/records?"+query, h.as("reviewer"), nil).status; got != http.StatusUnprocessableEntity && got != http.StatusBadRequest {
			t.Errorf("%s: %d", query, got)
		}
	}
}

// TestListsByToday asks for what depends on the day: petitions that are late or
// nearly, households that are entitled or were. They are paged, added up and
// exported as other lists.
func TestListsByToday(t *testing.T) {
	h := newHost(t) // on 2026-11-23
	p := h.phone("collector1", village1)
	for i, last := range []string{"2026-11-22", "2026-11-23", "", "2025-12-31"} {
		set := fmt.Sprintf(`,"set":{"code":"H01%d","headName":"Hộ mẫu","category":"poor"`, i)
		if last != "" {
			set += fmt.Sprintf(`,"categoryTo":%q`, last)
		}
		p.write(recordID(1+i), form.KindHousehold, ledger.ActionEdit, 0, set+"}")
	}
	for i, set := range []string{
		`"receivedOn":"2026-11-02","class":"complaint","status":"received"`,
		`"receivedOn":"2026-11-02","class":"denunciation","status":"received"`,
		`"receivedOn":"2026-11-10","class":"complaint","status":"received"`,
		`"receivedOn":"2026-11-23","class":"complaint","status":"received"`,
		`"receivedOn":"2026-11-02","class":"complaint","status":"withdrawn"`,
		`"receivedOn":"2026-11-13","class":"complaint","status":"received"`,
		`"receivedOn":"2026-10-01","class":"complaint","status":"resolved","acceptedOn":"2026-11-16","resolvedOn":"2026-11-20"`,
	} {
		p.write(recordID(20+i), form.KindPetition, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{%s,"content":"nội dung mẫu %d"}`, set, 20+i))
	}
	p.write(recordID(30), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"household":%q,"date":"2026-11-10","quantity":1,"signedFor":true}`, recordID(1)))
	p.write(recordID(31), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"household":%q,"date":"2026-11-10","quantity":1,"signedFor":false}`, recordID(2)))
	p.write(recordID(32), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"household":%q,"date":"2026-11-10","quantity":1}`, recordID(3)))
	p.mustPush()
	for _, c := range []struct {
		as, query string
		want      []int
	}{
		{"reviewer", "entitled=ended", []int{1, 4}},
		{"reviewer", "kind=household&entitled=current&sort=name", []int{2, 3}},
		{"reviewer", "entitled=ended&limit=1", []int{1, 4}},
		{"reviewer", "entitled=ended&where=category:nearPoor", nil},
		{"reviewer", "kind=gift&entitled=ended", nil},
		{"reviewer", "entitled=ended&due=late", nil},
		{"reviewer", "entitled=ended&afterEnd=true", nil},
		{"reviewer", "due=late", []int{20, 21, 22}},
		{"reviewer", "due=late&limit=2", []int{20, 21, 22}},
		{"approver", "due=late", []int{20, 22}},
		{"reviewer", "due=near", []int{25}},
		{"reviewer", "due=missed", []int{20, 21, 22, 26}},
		{"approver", "due=missed&where=status:received", []int{20, 22}},
		{"reviewer", "due=kept", []int{23, 25}},
		{"approver", "sort=due&due=late", []int{20, 22}},
		{"reviewer", "kind=gift&sort=due", nil},
		{"reviewer", "kind=gift&where=!signedFor:true", []int{31, 32}},
	} {
		t.Run(c.as+" "+c.query, func(t *testing.T) {
			var want, got []string
			for _, n := range c.want {
				want = append(want, recordID(n).String())
			}
			for cursor := ""; ; {
				var page contract.RecordPage
				query := "/v1/records?totals=true&" + c.query
				if cursor != "" {
					query += "&cursor=" + cursor
				}
				h.do("GET", query, h.as(c.as), nil).want(http.StatusOK).into(&page)
				for i := range page.Items {
					got = append(got, page.Items[i].ID.String())
				}
				if page.Totals.Count != int64(len(want)) {
					t.Errorf("%d are counted, want %d", page.Totals.Count, len(want))
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
	for query, want := range map[string]int{"due=never": http.StatusBadRequest, "entitled=x": http.StatusBadRequest, "where=!content:x": http.StatusUnprocessableEntity} {
		if got := h.do("GET", "/v1/records?"+query, h.as("reviewer"), nil).status; got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	for due, c := range map[string]struct {
		says            string
		holds, holdsNot []int
	}{
		"late":   {"đơn quá hạn", []int{20, 21, 22}, []int{23, 25, 26}},
		"near":   {"đơn sắp đến hạn", []int{25}, []int{20, 23, 26}},
		"missed": {"đơn đã có lúc quá hạn", []int{20, 21, 22, 26}, []int{23, 25}},
		"kept":   {"đơn luôn trong hạn", []int{23, 25}, []int{20, 21, 22, 24, 26}},
	} {
		a := h.do("GET", "/v1/records.xlsx?kind=petition&column=content&sensitive=true&due="+due, h.as("reviewer"), nil).want(http.StatusOK)
		text := fmt.Sprint(sheet(t, a.body))
		if !strings.Contains(text, c.says) {
			t.Errorf("the workbook of due=%s says %s", due, text)
		}
		for _, n := range c.holds {
			if !strings.Contains(text, fmt.Sprintf("nội dung mẫu %d", n)) {
				t.Errorf("the workbook of due=%s lacks petition %d", due, n)
			}
		}
		for _, n := range c.holdsNot {
			if strings.Contains(text, fmt.Sprintf("nội dung mẫu %d", n)) {
				t.Errorf("the workbook of due=%s holds petition %d", due, n)
			}
		}
	}
	a := h.do("GET", "/v1/records.xlsx?kind=household&column=code&entitled=ended", h.as("reviewer"), nil).want(http.StatusOK)
	if text := fmt.Sprint(sheet(t, a.body)); !strings.Contains(text, "H013") || strings.Contains(text, "H011") || !strings.Contains(text, "hộ hết diện") {
		t.Errorf("the workbook says %s", text)
	}
}

// TestPetitionsByTheirDueDay has petitions ordered by the day on which something is
// due, page by page and in a workbook.
func TestPetitionsByTheirDueDay(t *testing.T) {
	h := newHost(t) // on 2026-11-23
	p := h.phone("collector1", village1)
	for i, set := range []string{
		`"receivedOn":"2026-11-13","class":"complaint","status":"received"`,
		`"receivedOn":"2026-11-02","class":"complaint","status":"withdrawn","withdrawnOn":"2026-11-10"`,
		`"receivedOn":"2026-11-20","class":"complaint","status":"received"`,
		`"receivedOn":"2026-11-02","class":"complaint","status":"received"`,
		`"receivedOn":"2026-11-03","class":"denunciation","status":"received"`,
	} {
		p.write(recordID(20+i), form.KindPetition, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{%s,"content":"nội dung mẫu %d"}`, set, 20+i))
	}
	p.write(recordID(30), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H012","headName":"Hộ mẫu","category":"poor"}`)
	p.mustPush()
	for _, c := range []struct {
		as, query string
		want      []int
	}{
		{"reviewer", "sort=due", []int{23, 24, 20, 22, 21}},
		{"reviewer", "sort=due&limit=1", []int{23, 24, 20, 22, 21}},
		{"reviewer", "sort=-due&limit=2", []int{22, 20, 24, 23, 21}},
		{"approver", "sort=due&limit=2", []int{23, 20, 22, 21}},
		{"reviewer", "sort=due&where=status:received&limit=3", []int{23, 24, 20, 22}},
	} {
		var got []int
		for cursor := ""; ; {
			var page contract.RecordPage
			query := "/v1/records?totals=true&" + c.query
			if cursor != "" {
				query += "&cursor=" + cursor
			}
			h.do("GET", query, h.as(c.as), nil).want(http.StatusOK).into(&page)
			for i := range page.Items {
				for n := 20; n <= 30; n++ {
					if page.Items[i].ID.String() == recordID(n).String() {
						got = append(got, n)
					}
				}
			}
			if page.Totals.Count != int64(len(c.want)) {
				t.Errorf("%s: %d are counted, want %d", c.query, page.Totals.Count, len(c.want))
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s as %s: %v, want %v", c.query, c.as, got, c.want)
		}
	}
	text := fmt.Sprint(sheet(t, h.do("GET", "/v1/records.xlsx?kind=petition&column=content&sensitive=true&sort=due", h.as("reviewer"), nil).want(http.StatusOK).body))
	at := -1
	for _, n := range []int{23, 24, 20, 22, 21} {
		next := strings.Index(text, fmt.Sprintf("nội dung mẫu %d", n))
		if next < at || next < 0 {
			t.Errorf("petition %d is out of its order in %s", n, text)
		}
		at = next
	}
	var page contract.RecordPage
	h.do("GET", "/v1/records?sort=due&limit=1", h.as("reviewer"), nil).want(http.StatusOK).into(&page)
	if got := h.do("GET", "/v1/records?sort=date&cursor="+page.Next, h.as("reviewer"), nil).status; got != http.StatusBadRequest {
		t.Errorf("a cursor of another order: %d", got)
	}
}

// TestHouseholdsTellTheLastGift has households whose gifts lie in several ledgers,
// are returned, removed, or are not there, and one with more gifts than are read at once.
func TestHouseholdsTellTheLastGift(t *testing.T) {
	h := newHost(t)
	p, office := h.phone("collector1", village1), h.phone("reviewer", commune)
	for n := range 12 {
		p.household(1+n, `,"category":"poor"`)
	}
	gift := func(n, household int, day string) {
		p.write(recordID(n), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"household":%q,"date":%q,"quantity":1}`, recordID(household), day))
	}
	gift(100, 1, "2026-01-05")
	gift(101, 1, "2026-03-05")
	gift(102, 2, "2026-02-05")
	gift(103, 3, "2026-02-06")
	gift(104, 4, "2026-02-07")
	for n := range 520 {
		if gift(1000+n, 5, "2026-11-10"); n == 300 {
			p.mustPush()
		}
	}
	p.write(recordID(103), form.KindGift, ledger.ActionRemove, 0, "")
	p.mustPush()
	office.write(recordID(900), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"household":{"unit":%q,"record":%q},"date":"2026-04-05","quantity":1}`, village1, recordID(2)))
	office.mustPush()
	reviewer := h.phone("reviewer", village1)
	reviewer.write(recordID(104), form.KindGift, ledger.ActionReview, 0, `,"state":"returned","note":"xin sửa"`)
	reviewer.mustPush()
	h.listed()
	read := func(query, as string) map[string]string {
		var page contract.RecordPage
		h.do("GET", "/v1/records?kind=household&sort=name&limit=50"+query, h.as(as), nil).want(http.StatusOK).into(&page)
		got := map[string]string{}
		for _, item := range page.Items {
			if item.LastGift != "" {
				got[item.ID.String()] = item.LastGift
			}
		}
		return got
	}
	want := map[string]string{recordID(1).String(): "2026-03-05", recordID(2).String(): "2026-04-05", recordID(5).String(): "2026-11-10"}
	for _, as := range []string{"reviewer", "approver"} {
		if got := read("&received=true", as); !maps.Equal(got, want) {
			t.Errorf("%s reads %v, want %v", as, got, want)
		}
	}
	if got := read("", "reviewer"); len(got) > 0 {
		t.Errorf("unasked: %v", got)
	}
	a := h.do("GET", "/v1/records.xlsx?kind=household&sort=name&column=lastGift&column=updated", h.as("reviewer"), nil).want(http.StatusOK)
	if text := fmt.Sprint(sheet(t, a.body)); strings.Count(text, "chưa nhận") != 9 || !strings.Contains(text, "Lần nhận gần nhất") || !strings.Contains(text, "Sửa lần cuối") {
		t.Errorf("the workbook says %s", text)
	}
	if got := read("&received=true&unit="+string(village1), "reviewer"); !maps.Equal(got, want) {
		t.Errorf("one unit alone reads %v, want %v", got, want)
	}
}

// TestTheLastGiftIsListedAtOnce has a server whose lists lag: a gift that another
// ledger has just taken counts where one unit alone is asked for.
func TestTheLastGiftIsListedAtOnce(t *testing.T) {
	var lagging *store.Store
	h := newHost(t).beside(func(c *api.Config) {
		lagging = store.New(c.Store.Backend(), store.Options{
			Now: c.Now, Random: rand.Reader, Location: time.UTC, ProjectAfter: time.Hour, ProjectWithin: time.Hour,
		})
		c.Store, c.Metrics = lagging, operations.NewMetrics()
		c.Metrics.Observe(lagging)
	})
	t.Cleanup(func() {
		if err := lagging.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	h.phone("collector1", village1).household(1, `,"category":"poor"`).mustPush()
	h.phone("reviewer", commune).write(recordID(900), form.KindGift, ledger.ActionEdit, 0,
		fmt.Sprintf(`,"set":{"household":{"unit":%q,"record":%q},"date":"2026-04-05","quantity":1}`, village1, recordID(1))).mustPush()
	var page contract.RecordPage
	h.do("GET", "/v1/records?kind=household&received=true&unit="+string(village1), h.as("reviewer"), nil).want(http.StatusOK).into(&page)
	if len(page.Items) != 1 || page.Items[0].LastGift != "2026-04-05" {
		t.Errorf("listed: %+v", page.Items)
	}
}

// TestListsByTodayReadOn has more records than are read at once before those that a
// filter by day keeps: they are found, added up, and paged all the same.
func TestListsByTodayReadOn(t *testing.T) {
	h := newHost(t) // on 2026-11-23
	p := h.phone("collector1", village1)
	const households, every = 1210, 11
	for n := range households {
		last := ""
		if n%every == 0 {
			last = `,"categoryTo":"2026-01-31"`
		}
		p.write(recordID(n+1), form.KindHousehold, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"code":"H%04d","headName":"Hộ mẫu %04d","category":"poor"%s}`, n, n, last))
		if n%110 == 109 {
			p.mustPush()
		}
	}
	ended := 0
	for cursor := ""; ; {
		var page contract.RecordPage
		query := "/v1/records?entitled=ended&totals=true&limit=30&sort=name"
		if cursor != "" {
			query += "&cursor=" + cursor
		}
		h.do("GET", query, h.as("reviewer"), nil).want(http.StatusOK).into(&page)
		if want := int64(households / every); page.Totals.Count != want {
			t.Fatalf("%d are counted, want %d", page.Totals.Count, want)
		}
		for i := range page.Items {
			if want := fmt.Sprintf("Hộ mẫu %04d", ended*every); page.Items[i].Title != want {
				t.Fatalf("household %d is %s, want %s", ended, page.Items[i].Title, want)
			}
			ended++
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if ended != households/every {
		t.Errorf("%d are listed, want %d", ended, households/every)
	}
}
