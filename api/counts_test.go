package api_test

import (
	"net/http"
	"testing"

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
