package api_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/sothon/sothon/api/contract"
)

// TestCountFigures counts what a report of the same days would tell, for who
// reaches the unit, and keeps nothing.
func TestCountFigures(t *testing.T) {
	h := newHost(t)
	h.gift(village1, 1, "2025-12-20", 3)
	h.gift(village2, 2, "2026-05-01", 5)
	path := func(unit, from, to string) string { return "/v1/figures?unit=" + unit + "&from=" + from + "&to=" + to }
	count := func(username, unit string) (c contract.Counts) {
		t.Helper()
		h.do("GET", path(unit, "2025-12-15", "2026-12-14"), h.as(username), nil).want(http.StatusOK).into(&c)
		return c
	}
	all := count("reviewer", string(commune))
	told := h.compile("reviewer", `{"unit":"`+string(commune)+`","template":"mttq","type":"annual","year":2026}`, http.StatusCreated)
	if len(all.Figures) != len(told.Content.Figures) || all.AsOf != "2026-11-23" {
		t.Fatalf("%d figures as of %s, a report has %d", len(all.Figures), all.AsOf, len(told.Content.Figures))
	}
	for i, f := range all.Figures {
		if of := told.Content.Figures[i]; f.ID != of.ID || f.Value != of.Value {
			t.Errorf("%s = %d, a report says %s = %d", f.ID, f.Value, of.ID, of.Value)
		}
	}
	if len(all.Charts) != 4 || len(all.Tables) == 0 {
		t.Errorf("%d charts and %d tables", len(all.Charts), len(all.Tables))
	}
	file := h.do("GET", strings.Replace(path(string(commune), "2025-12-15", "2026-12-14"), "figures?", "figures.xlsx?", 1), h.as("auditor"), nil).want(http.StatusOK)
	if got := file.header.Get("Content-Disposition"); !strings.Contains(got, "so-lieu-21133-2025-12-15-2026-12-14.xlsx") {
		t.Errorf("the workbook is called %s", got)
	}
	book, err := excelize.OpenReader(bytes.NewReader(file.body))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("Quà theo đơn vị")
	if err != nil || len(book.GetSheetList()) != 5 || !slices.ContainsFunc(rows, func(row []string) bool {
		return len(row) == 3 && row[0] == "Thôn mẫu 2" && row[1] == "5" && row[2] == "0"
	}) {
		t.Errorf("the sheets %q; gifts by unit: %q (%v)", book.GetSheetList(), rows, err)
	}
	single := h.do("GET", strings.Replace(path(string(commune), "2025-12-15", "2026-12-14"), "figures?", "figures.xlsx?chart=gifts-units&", 1), h.as("auditor"), nil).want(http.StatusOK)
	if got := single.header.Get("Content-Disposition"); !strings.Contains(got, "so-lieu-21133-2025-12-15-2026-12-14-gifts-units.xlsx") {
		t.Errorf("the workbook of one chart is called %s", got)
	}
	if book, err := excelize.OpenReader(bytes.NewReader(single.body)); err != nil || !slices.Equal(book.GetSheetList(), []string{"Quà theo đơn vị"}) {
		t.Errorf("the workbook of one chart has the sheets %q (%v)", book.GetSheetList(), err)
	}
	h.do("GET", strings.Replace(path(string(otherCommune), "2025-12-15", "2026-12-14"), "figures?", "figures.xlsx?", 1), h.as("reviewer"), nil).want(http.StatusNotFound, "not-found")
	if one := count("auditor", string(village1)); one.UnitName != "Thôn mẫu 1" || len(one.Heads) != 1 {
		t.Errorf("of one village: %+v", one)
	}
	h.do("GET", path(string(commune), "2025-12-15", "2026-12-14"), h.as("collector1"), nil).want(http.StatusForbidden, "role-forbidden")
	h.do("GET", path(string(otherCommune), "2025-12-15", "2026-12-14"), h.as("reviewer"), nil).want(http.StatusNotFound, "not-found")
	h.do("GET", path(string(commune), "2026-12-15", "2026-12-31"), h.as("reviewer"), nil).want(http.StatusUnprocessableEntity, "invalid")
	h.do("GET", path(string(commune), "1980-12-15", "2026-12-31"), h.as("reviewer"), nil).want(http.StatusUnprocessableEntity, "invalid")
	h.do("GET", path(string(commune), "2026-99-15", "2026-12-31"), h.as("reviewer"), nil).want(http.StatusUnprocessableEntity, "invalid")
	h.do("GET", "/v1/figures?from=2026-01-01&to=2026-12-31", h.as("reviewer"), nil).want(http.StatusBadRequest, "malformed")
	if log := h.accessLog(h.as("root"), nil); len(log) != 0 {
		t.Errorf("numbers were noted as personal data: %+v", log)
	}
}
