package api_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store/memory"
)

// TestReportFiles downloads a draft and then the issued report in every format.
func TestReportFiles(t *testing.T) {
	h := newHost(t)
	h.gift(village1, 1, "2020-05-01", 3)
	r := h.compile("reviewer", term, http.StatusCreated)
	file := func(format archive.Format) answer {
		t.Helper()
		return h.do("GET", "/v1/reports/"+r.ID+"/file."+string(format), h.as("reviewer"), nil).want(http.StatusOK)
	}
	begins := map[archive.Format]string{archive.DOCX: "PK", archive.PDF: "%PDF-", archive.XLSX: "PK", archive.JSON: "{"}
	for _, state := range []string{"du-thao-BC-2019-2024", "BC-01-2026"} {
		for _, format := range archive.Formats {
			a := file(format)
			sum := sha256.Sum256(a.body)
			tag := `"` + hex.EncodeToString(sum[:]) + `"`
			name := state + "-xa-mau." + string(format)
			if a.header.Get("ETag") != tag || a.header.Get("Content-Type") != format.MediaType() || !bytes.HasPrefix(a.body, []byte(begins[format])) ||
				a.header.Get("Content-Disposition") != fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, name, name) ||
				a.header.Get("Cache-Control") != "private, no-cache" || a.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %v, the sum is %s", format, a.header, tag)
			}
			if stored := r.Files[string(format)]; r.State == archive.Signed && (`"`+stored.Sha256+`"` != tag || stored.Size != len(a.body)) {
				t.Errorf("%s: the report says %+v", format, stored)
			}
			for given, status := range map[string]int{tag: http.StatusNotModified, `"other", W/` + tag: http.StatusNotModified, `"other"`: http.StatusOK} {
				request := h.request("GET", "/v1/reports/"+r.ID+"/file."+string(format), h.as("auditor"), nil)
				request.Header.Set("If-None-Match", given)
				if again := h.send(request).want(status); status == http.StatusNotModified && (len(again.body) != 0 || again.header.Get("ETag") != tag) {
					t.Errorf("%s: not modified, with %v and %d bytes", format, again.header, len(again.body))
				}
			}
		}
		if r.State == archive.Draft {
			h.approve(&r)
		}
	}
	var content report.Content
	if file(archive.JSON).into(&content); !content.Intact() || content.SHA256 != r.Content.SHA256 {
		t.Error("the JSON is not the report")
	}
	h.do("GET", "/v1/reports/"+r.ID+"/file.exe", h.as("reviewer"), nil).want(http.StatusNotFound, "not-found")

	// What was frozen stands, also where nothing is cached.
	before := file(archive.PDF)
	h.gift(village1, 2, "2020-06-01", 30)
	if after := file(archive.PDF); !bytes.Equal(before.body, after.body) {
		t.Error("the file of an issued report has changed")
	}
}

func TestNamesOfFiles(t *testing.T) {
	h := newHost(t)
	head := `{"version":0,"letter":{"issuer":["XÃ MẪU"],"symbol":"BC-HĐND","place":"Xã mẫu","recipients":["Lưu: VT"],"position":"CHỦ TỊCH"},
		"rule":{"halfEnds":"06-14","yearEnds":"12-14","within":2}}`
	h.do("PUT", "/v1/units/"+string(commune)+"/letterheads/ubnd", h.as("admin"), head).want(http.StatusOK)
	for order, name := range map[string]string{
		`"type":"firstHalf","year":2025`:  "du-thao-BC-2025-6-thang-dau-xa-mau.json",
		`"type":"secondHalf","year":2025`: "du-thao-BC-2025-6-thang-cuoi-xa-mau.json",
		`"type":"annual","year":2025`:     "du-thao-BC-2025-xa-mau.json",
	} {
		r := h.compile("reviewer", fmt.Sprintf(`{"unit":%q,"template":"ubnd",%s}`, commune, order), http.StatusCreated)
		a := h.do("GET", "/v1/reports/"+r.ID+"/file.json", h.as("reviewer"), nil).want(http.StatusOK)
		want := fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, strings.Replace(name, "Đ", "D", 1), url.PathEscape(name))
		if got := a.header.Get("Content-Disposition"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// sheet returns the cells of a workbook's first sheet, row by row.
func sheet(t *testing.T, workbook []byte) [][]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	part := func(name string) string {
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	tags := regexp.MustCompile(`<[^>]*>`)
	var rows [][]string
	for _, row := range regexp.MustCompile(`(?s)<row .*?</row>`).FindAllString(part("xl/worksheets/sheet1.xml"), -1) {
		var cells []string
		for _, cell := range regexp.MustCompile(`(?s)<c [^>]*/>|<c .*?</c>`).FindAllString(row, -1) {
			cells = append(cells, tags.ReplaceAllString(cell, ""))
		}
		rows = append(rows, cells)
	}
	return rows
}

// TestRegister: the register of citizens received has its 13 columns, and
// readers are logged before they are answered.
func TestRegister(t *testing.T) {
	h := newHost(t)
	p := h.phone("collector1", village1)
	for i, date := range []string{"2024-03-01", "2024-02-01", "2023-12-31"} {
		p.write(recordID(i), form.KindReception, ledger.ActionEdit, 0, fmt.Sprintf(
			`,"set":{"date":%q,"type":"regular","citizenName":"Người mẫu %d","citizenAddress":"Thôn mẫu 1","content":"nội dung mẫu","class":"proposal","groupSize":5}`, date, i))
	}
	p.mustPush()
	path := func(unit ledger.UnitID, days string) string {
		return "/v1/units/" + string(unit) + "/register.xlsx?" + days
	}
	a := h.do("GET", path(commune, "from=2024-01-01&to=2024-12-31"), h.as("reviewer"), nil).want(http.StatusOK)
	if name := `filename="so-tiep-cong-dan-21133-2024-01-01-2024-12-31.xlsx"`; !strings.Contains(a.header.Get("Content-Disposition"), name) {
		t.Errorf("called %s", a.header.Get("Content-Disposition"))
	}
	rows := sheet(t, a.body)
	full := 0
	for _, row := range rows {
		if len(row) == 13 {
			full++
		}
	}
	if full != 4 { // the head, its numbers, and the two receptions of the year
		t.Errorf("%d rows of 13 columns: %v", full, rows)
	}
	log := h.accessLog(h.as("auditor"), url.Values{})
	if len(log) != 1 || log[0].Operation != "getRegister" || log[0].Unit != commune || log[0].User != "reviewer" {
		t.Errorf("the access log: %+v", log)
	}
	h.do("GET", path(commune, "from=2024-01-01"), h.as("reviewer"), nil).want(http.StatusBadRequest, "malformed")
	for _, days := range []string{"from=2024-12-31&to=2024-01-01", "from=2024-02-30&to=2024-12-31"} {
		h.do("GET", path(commune, days), h.as("reviewer"), nil).want(http.StatusUnprocessableEntity, "invalid")
	}
	h.do("GET", path(otherCommune, "from=2024-01-01&to=2024-12-31"), h.as("reviewer"), nil).want(http.StatusNotFound, "not-found")

	// A commune that this one takes the place of keeps its people to who may read
	// its records.
	other := h.phone("othercollector", otherVillage)
	other.write(recordID(9), form.KindReception, ledger.ActionEdit, 0, `,"set":{"date":"2024-04-01","type":"regular","citizenName":"Người mẫu 9","content":"nội dung mẫu","class":"proposal"}`)
	other.mustPush()
	h.do("PATCH", "/v1/units/"+string(otherCommune), h.as("root"), contract.UnitChange{Version: 1, ValidTo: json.RawMessage(`"2025-06-30"`), Successor: json.RawMessage(`"` + commune + `"`)}).want(http.StatusOK)
	if merged := sheet(t, h.do("GET", path(commune, "from=2024-01-01&to=2024-12-31"), h.as("reviewer"), nil).want(http.StatusOK).body); len(merged) != len(rows) {
		t.Errorf("%d rows after a merger, want %d: %v", len(merged), len(rows), merged)
	}

	// What cannot be noted is not shown.
	h.backend.failing(func(op, collection, _ string) memory.Fault {
		if op == memory.OpAdd && collection == "access" {
			return memory.Unapplied
		}
		return memory.None
	})
	h.do("GET", path(commune, "from=2024-01-01&to=2024-12-31"), h.as("reviewer"), nil).want(http.StatusInternalServerError)
}

func TestLetterheads(t *testing.T) {
	h := newHost(t)
	path := "/v1/units/" + string(commune) + "/letterheads/mttq"
	var set contract.Letterhead
	h.do("GET", path, h.as("reviewer"), nil).want(http.StatusOK).into(&set)
	if set.Version != 0 || set.Letter.Symbol != "BC-MTTQ-BTT" || set.Rule.HalfEnds != "06-14" {
		t.Errorf("by default %+v", set)
	}
	set.Letter.Place, set.FirstNumbers = "Mẫu", map[string]int{"2026": 7}
	set.Letter.Drafting = report.Drafting{Unit: "VP", Kept: 2, Drafter: "nvm", Copies: 15}
	change := func(members func(m map[string]any)) string {
		t.Helper()
		text, err := json.Marshal(set)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		if members != nil {
			members(m)
		}
		if text, err = json.Marshal(m); err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	h.do("PUT", path, h.as("reviewer"), change(nil)).want(http.StatusForbidden, "role-forbidden")
	h.do("PUT", path, h.as("approver"), change(nil)).want(http.StatusOK).into(&set)
	if set.Version != 1 || set.Letter.Place != "Mẫu" || set.FirstNumbers["2026"] != 7 || set.Letter.Drafting.Drafter != "NVM" {
		t.Errorf("set to %+v", set)
	}
	set.Version = 0
	h.do("PUT", path, h.as("approver"), change(nil)).want(http.StatusConflict, "version-conflict")
	set.Version = 1
	of := func(m map[string]any, member string) map[string]any { return m[member].(map[string]any) }
	for field, members := range map[string]func(map[string]any){
		"letter.symbol":           func(m map[string]any) { of(m, "letter")["symbol"] = "bc ubnd" },
		"letter.issuer":           func(m map[string]any) { of(m, "letter")["issuer"] = []string{} },
		"letter.place":            func(m map[string]any) { of(m, "letter")["place"] = " " },
		"letter.drafting.unit":    func(m map[string]any) { of(of(m, "letter"), "drafting")["unit"] = "V/P" },
		"letter.drafting.drafter": func(m map[string]any) { of(of(m, "letter"), "drafting")["drafter"] = "N M" },
		"letter.drafting.kept":    func(m map[string]any) { of(of(m, "letter"), "drafting")["kept"] = -1 },
		"letter.drafting.copies":  func(m map[string]any) { of(of(m, "letter"), "drafting")["copies"] = 10_000 },
		"letter.recipients":       func(m map[string]any) { of(m, "letter")["recipients"] = []string{" "} },
		"letter.parent.0":         func(m map[string]any) { of(m, "letter")["parent"] = []string{strings.Repeat("x", 201)} },
		"rule.halfEnds":           func(m map[string]any) { of(m, "rule")["halfEnds"] = "02-30" },
		"rule.yearEnds":           func(m map[string]any) { of(m, "rule")["yearEnds"] = "05-01" },
		"rule.within":             func(m map[string]any) { of(m, "rule")["within"] = 999 },
		"termTold":                func(m map[string]any) { m["termTold"] = "13-01" },
		"firstNumbers":            func(m map[string]any) { m["firstNumbers"] = map[string]int{"năm nay": 1} },
		"firstNumbers.2026":       func(m map[string]any) { m["firstNumbers"] = map[string]int{"2026": 0} },
		"version":                 func(m map[string]any) { m["version"] = -1 },
	} {
		if p := h.do("PUT", path, h.as("admin"), change(members)).want(http.StatusUnprocessableEntity, "invalid").problem(); p.Field != field {
			t.Errorf("%s: the problem names %q", field, p.Field)
		}
	}
	h.do("GET", "/v1/units/"+string(commune)+"/letterheads/none", h.as("reviewer"), nil).want(http.StatusNotFound, "not-found")
}
