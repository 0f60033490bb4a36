package report_test

import (
	"slices"
	"testing"

	"github.com/sothon/sothon/jobs/report"
)

// The register has the 13 columns of Mẫu 03/TCD.
func TestRegister(t *testing.T) {
	w := newWorld(t)
	draw(w)
	b := report.Register(w.members(), "2020-01-01", "2020-12-31")
	s := &b.Sheets[0]
	rows := cells(s)
	if len(s.Columns) != 13 || !s.Numbered || len(rows) != 1 {
		t.Fatalf("%d columns, numbered %v, %d rows", len(s.Columns), s.Numbered, len(rows))
	}
	wide := 0.0
	for _, c := range s.Columns {
		wide += c.Width
	}
	if wide > 180 || !s.A3 { // at 12 points a landscape page of A3 has room for 177
		t.Errorf("the register is %g characters wide: on paper nobody can read it", wide)
	}
	want := []string{"1", "2020-02-02", "Công dân mẫu, Thôn mẫu 1", "", "=cmd()", "Tố cáo", "3", "", "", "", "", "", ""}
	if !slices.Equal(rows[0], want) {
		t.Errorf("%q\nwant %q", rows[0], want)
	}
	members := w.members()
	for i := range members {
		members[i].To = "2020-02-01"
	}
	if rows := cells(&report.Register(members, "2020-01-01", "2020-12-31").Sheets[0]); len(rows) != 0 {
		t.Errorf("of units that ended before: %q", rows)
	}
	if rows := cells(&report.Register(w.members(), "2021-01-01", "2021-12-31").Sheets[0]); len(rows) != 0 {
		t.Errorf("of another year: %q", rows)
	}
}
