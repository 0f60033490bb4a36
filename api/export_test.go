package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

// exported asks for a list as a workbook, and returns the rows below its head.
func (h *host) exported(username, query string) [][]string {
	h.t.Helper()
	a := h.do("GET", "/v1/records.xlsx?"+query, h.as(username), nil).want(http.StatusOK)
	if name := a.header.Get("Content-Disposition"); !strings.Contains(name, "-2026-11-23.xlsx") {
		h.t.Errorf("the workbook is called %s", name)
	}
	rows := sheet(h.t, a.body)
	head := slices.IndexFunc(rows, func(row []string) bool { return len(row) > 1 && row[0] == "TT" })
	if head < 0 {
		h.t.Fatalf("no head in %q", rows)
	}
	return rows[head+1:]
}

// TestExportRecords writes what a list shows, masks what is sensitive, and notes
// each record that is in the file.
func TestExportRecords(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	p.write(recordID(1), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H012","headName":"Hộ mẫu 012","category":"poor","nationalId":"000000000012"}`)
	p.write(recordID(2), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H013","headName":"=1+1","category":"nearPoor"}`)
	p.write(recordID(3), form.KindGift, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"household":%q,"date":"2026-11-10","quantity":2,"valueVnd":300000}`, recordID(1)))
	p.write(recordID(4), form.KindPetition, ledger.ActionEdit, 0, `,"set":{"receivedOn":"2026-11-20","class":"complaint","senderName":"Người mẫu 04","content":"nội dung mẫu","status":"received"}`)
	p.mustPush()
	q := h.phone("otherreviewer", otherVillage)
	q.write(recordID(9), form.KindHousehold, ledger.ActionEdit, 0, `,"set":{"code":"H900","headName":"Hộ mẫu 900","category":"poor"}`)
	q.mustPush()

	rows := h.exported("reviewer", "kind=household&sort=name&column=code&column=title&column=category&column=nationalId&column=unit&column=state")
	want := []string{"2", "H012", "Hộ mẫu 012", "Hộ nghèo", "••••", "Thôn mẫu 1", "Chờ duyệt"}
	if len(rows) != 2 || !slices.Equal(rows[1], want) || rows[0][2] != "=1+1" {
		t.Errorf("the households: %q, want of the second %q", rows, want)
	}
	if rows := h.exported("reviewer", "kind=household&where=category:poor&column=nationalId&sensitive=true"); len(rows) != 1 || rows[0][1] != "000000000012" {
		t.Errorf("of the poor, unmasked: %q", rows)
	}
	if rows := h.exported("reviewer", "kind=gift&column=date&column=household&column=quantity&column=valueVnd"); len(rows) != 1 || rows[0][2] != "Hộ mẫu 012 (H012)" || rows[0][3] != "2" || rows[0][4] != "300000" {
		t.Errorf("the gifts: %q", rows)
	}
	if rows := h.exported("reviewer", "q=mau"); len(rows) != 2 || len(rows[0]) != 6 { // the household and its gift
		t.Errorf("by words: %q", rows)
	}
	if rows := h.exported("reviewer", "unit="+string(village2)); len(rows) != 0 {
		t.Errorf("of an empty village: %q", rows)
	}

	var told, sensitive []string
	for _, a := range h.accessLog(h.as("auditor"), url.Values{"user": {"reviewer"}}) {
		if a.Operation != "exportRecords" || a.Unit != village1 {
			t.Errorf("noted: %+v", a)
		}
		for _, id := range a.Records {
			if told = append(told, ledger.RecordID(id).String()); a.Sensitive {
				sensitive = append(sensitive, ledger.RecordID(id).String())
			}
		}
	}
	if len(told) != 6 || !slices.Equal(sensitive, []string{recordID(1).String()}) {
		t.Errorf("noted %q, as sensitive %q", told, sensitive)
	}

	for query, code := range map[string]string{
		"unit=" + string(otherVillage): "not-found", "kind=household&column=quantity": "invalid", "column=code&column=code": "invalid",
		"column=_review": "malformed", "kind=gift&column=photos": "invalid", "where=content:x": "invalid",
	} {
		a := h.do("GET", "/v1/records.xlsx?"+query, h.as("reviewer"), nil)
		var p contract.Problem
		if a.into(&p); p.Code != code {
			t.Errorf("%s: %d %s, want %s", query, a.status, p.Code, code)
		}
	}
	h.do("GET", "/v1/records.xlsx", h.as("approver"), nil).want(http.StatusForbidden, "role-forbidden")

	// What cannot be noted is not shown.
	h.backend.failing(func(op, collection, _ string) memory.Fault {
		if op == memory.OpAdd && collection == "access" {
			return memory.Unapplied
		}
		return memory.None
	})
	h.do("GET", "/v1/records.xlsx?kind=household", h.as("reviewer"), nil).want(http.StatusInternalServerError)
}

// TestExportIsBounded refuses a list that is too long for a file, and reads all
// pages of one that is not.
func TestExportIsBounded(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	const most = 20_000
	for i := range most + 1 {
		status := "poor"
		if i%40 == 0 {
			status = "nearPoor"
		}
		p.write(recordID(i), form.KindHousehold, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"code":"H%05d","headName":"Hộ mẫu %05d","category":%q}`, i, i, status))
		if i%400 == 399 || i == most {
			p.mustPush()
		}
	}
	if a := h.do("GET", "/v1/records.xlsx", h.as("reviewer"), nil).want(http.StatusUnprocessableEntity, "invalid"); !strings.Contains(string(a.body), "20.001 mục") {
		t.Errorf("refused with %s", a.body)
	}
	if log := h.accessLog(h.as("auditor"), url.Values{"user": {"reviewer"}}); len(log) != 0 {
		t.Errorf("what was refused is noted: %d", len(log))
	}
	rows := h.exported("reviewer", "kind=household&where=category:nearPoor&sort=name&column=code")
	if len(rows) != most/40+1 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		if row[0] != fmt.Sprint(i+1) || row[1] != fmt.Sprintf("H%05d", 40*i) {
			t.Fatalf("row %d is %q", i, row)
		}
	}
}

// TestExportMissesNothing changes records while a list of them is exported, in
// every order, so that each moves in it: from the end to the front, and back.
// Every record is in the file, once.
func TestExportMissesNothing(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	const all = 450
	base := ledger.Seq(0)
	for i := range all {
		p.write(recordID(i), form.KindMeeting, ledger.ActionEdit, 0, fmt.Sprintf(`,"set":{"date":"2026-%02d-%02d","level":"commune","place":"Nhà văn hóa","attendance":%d}`, 1+i/50, 1+i%25, 10+i))
		if i%50 == 49 {
			base = p.mustPush().Seq
			h.clock.advance(time.Second)
		}
	}
	h.clock.advance(5 * time.Minute)
	h.exported("reviewer", "column=date") // settles
	for n, sort := range []string{"updated", "-updated", "date", "-date", "name", "-name", "amount", "-amount"} {
		t.Run(sort, func(t *testing.T) {
			pages := 0
			var changing sync.Mutex
			h.backend.failing(func(op, _, _ string) memory.Fault {
				if op != memory.OpQuery || !changing.TryLock() {
					return memory.None // the change reads lists itself
				}
				defer changing.Unlock()
				if pages++; pages != 2 {
					return memory.None
				}
				h.clock.advance(time.Second)
				for i, day := range map[int]string{n: "2026-11-20", all - 1 - n: "2025-01-01", all/2 + n: "2026-11-21", 20 + n: "2025-01-02"} {
					p.write(recordID(i), form.KindMeeting, ledger.ActionEdit, base, fmt.Sprintf(`,"set":{"date":%q,"attendance":%d}`, day, 1000+10*n))
				}
				base = p.mustPush().Seq
				h.do("GET", "/v1/records?limit=1", h.as("reviewer"), nil).want(http.StatusOK) // brings the lists up to it
				return memory.None
			})
			rows := h.exported("reviewer", "kind=meeting&column=date&column=attendance&sort="+url.QueryEscape(sort))
			h.backend.failing(nil)
			if pages < 3 {
				t.Fatalf("%d pages: nothing changed meanwhile", pages)
			}
			seen := map[string]int{}
			changed := 0
			for i, row := range rows {
				seen[row[2]]++
				if row[2] == fmt.Sprint(1000+10*n) {
					changed++
				}
				if row[0] != fmt.Sprint(i+1) || strings.HasSuffix(sort, "date") && i > 0 && (row[1] < rows[i-1][1]) != (sort[0] == '-') && row[1] != rows[i-1][1] {
					t.Fatalf("row %d is %q after %q", i, row, rows[max(0, i-1)])
				}
			}
			if len(rows) != all || changed > 4 {
				t.Errorf("%d rows, of %d records; %d changed", len(rows), all, changed)
			}
		})
	}
}

// TestExportSaysWhatItIs: a workbook can be told from another when both lie in one
// folder, or on one desk.
func TestExportSaysWhatItIs(t *testing.T) {
	h := newHost(t)
	for query, want := range map[string]struct{ file, head string }{
		"": {"so-ghi-2026-11-23.xlsx", "Không lọc."},
		"kind=household&where=category:poor&unit=" + string(village2): {
			"ho-thon-mau-2-2026-11-23.xlsx", "Lọc: Thôn mẫu 2, Diện: Hộ nghèo.",
		},
		"kind=gift&photos=none&state=pending&from=2026-01-01&to=2026-06-30": {
			"qua-2026-11-23.xlsx", "Lọc: Chờ duyệt, từ ngày 1/1/2026, đến ngày 30/6/2026, thiếu ảnh.",
		},
	} {
		a := h.do("GET", "/v1/records.xlsx?"+query, h.as("reviewer"), nil).want(http.StatusOK)
		if name := a.header.Get("Content-Disposition"); !strings.Contains(name, `"`+want.file+`"`) {
			t.Errorf("%s: the workbook is called %s", query, name)
		}
		var head []string
		for _, row := range sheet(t, a.body) {
			head = append(head, strings.Join(row, ""))
		}
		text := strings.Join(head, "\n")
		if !strings.Contains(text, want.head) || !strings.Contains(text, " ngày 23/11/2026. Có dữ liệu cá nhân") || !strings.Contains(text, "xuất lúc ") {
			t.Errorf("%s: the head says %q", query, head)
		}
	}
}
