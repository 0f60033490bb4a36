package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
)

// A conflict about what a table is broken down by leaves the figure as it is,
// and marks the cells between which it decides.
func TestConflictsTouchCells(t *testing.T) {
	household := func(w *world, set string) {
		w.t.Helper()
		w.edit(village2, form.KindHousehold, 50, `"headName":"Hộ mẫu 050"`+set)
		w.edit(village1, form.KindGift, 1, `"date":"2020-05-01","quantity":2,"household":`+string(ref(village2, 50).Value()))
	}
	const house = `"household":"01970000-0000-7000-8000-000000000001","work":"new","status":"accepted","acceptedOn":"2020-01-20"`
	for _, test := range []struct {
		name    string
		build   func(w *world)
		cells   []string // touched
		figures []string // of the conflict
	}{
		{"category of a gift", func(w *world) {
			w.gift(village1, 1, "2020-05-01", 2)
			w.edit2(village1, form.KindGift, 1, `"category":"poor"`, `"category":"merit"`)
		}, []string{"gifts:poor", "gifts:merit"}, []string{"gifts:merit", "gifts:poor"}},
		{"category of the household", func(w *world) {
			household(w, "")
			w.edit2(village2, form.KindHousehold, 50, `"category":"poor"`, `"category":"merit"`)
		}, []string{"gifts:poor", "gifts:merit"}, []string{"gifts:merit", "gifts:poor"}},
		{"category of the household of a gift that says its own", func(w *world) {
			household(w, "")
			w.edit2(village2, form.KindHousehold, 50, `"category":"poor"`, `"category":"merit"`)
			w.edit(village1, form.KindGift, 1, `"category":"other"`)
		}, nil, nil},
		{"household of a gift", func(w *world) {
			household(w, `,"category":"poor"`)
			w.edit2(village1, form.KindGift, 1, `"household":`+string(ref(village2, 50).Value()), `"household":`+string(ref(village2, 51).Value()))
		}, []string{"gifts:poor", "gifts:unsaid"}, []string{"gifts:poor", "gifts:unsaid"}},
		{"program of a house", func(w *world) {
			w.edit(village1, form.KindHouse, 1, house)
			w.edit2(village1, form.KindHouse, 1, `"program":"gratitude"`, `"program":"greatUnity"`)
		}, []string{"houses:greatUnity", "houses:gratitude"}, []string{"houses:gratitude", "houses:greatUnity"}},
		{"class of a petition", func(w *world) {
			w.edit(village1, form.KindPetition, 1, `"receivedOn":"2020-01-20","status":"received","content":"Nội dung mẫu"`)
			w.edit2(village1, form.KindPetition, 1, `"class":"complaint"`, `"class":"proposal"`)
		}, []string{"petitions:complaint", "petitions:proposal"}, []string{"petitions:complaint", "petitions:proposal"}},
		{"class of a reception that is not of the period", func(w *world) {
			w.edit(village1, form.KindReception, 1, `"date":"2018-01-20","type":"leader","citizenName":"Công dân mẫu","content":"Nội dung mẫu"`)
			w.edit2(village1, form.KindReception, 1, `"class":"complaint"`, `"class":"proposal"`)
		}, nil, nil},
		{"a number touches its figure and its cells", func(w *world) {
			w.gift(village1, 1, "2020-05-01", 2)
			w.edit2(village1, form.KindGift, 1, `"quantity":3`, `"quantity":4`)
		}, []string{"gifts@" + string(village1), "gifts", "gifts.2020", "gifts", "gifts:unsaid", "gifts"}, []string{"gifts", "gifts.2020", "gifts.unvalued"}},
		{"a date touches both years", func(w *world) {
			w.gift(village1, 1, "2020-05-01", 2)
			w.edit2(village1, form.KindGift, 1, `"date":"2021-05-01"`, `"date":"2024-03-01"`)
		}, []string{"gifts@" + string(village1), "gifts", "gifts.2021", "gifts.2024", "gifts", "gifts:unsaid", "gifts"}, []string{"gifts", "gifts.2021", "gifts.since", "gifts.unvalued"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.state(village1)
			test.build(w)
			c := compile(t, spec(), w.members())
			var touched []string
			for _, table := range c.Tables {
				for _, row := range table.Rows {
					for _, cell := range row.Cells {
						if cell.Touched {
							touched = append(touched, cell.Figure)
						}
					}
				}
			}
			if !slices.Equal(touched, test.cells) {
				t.Errorf("touched are %q, want %q", touched, test.cells)
			}
			var figures []string
			for _, conflict := range c.Conflicts {
				figures = append(figures, conflict.Figures...)
			}
			if !slices.Equal(figures, test.figures) || len(c.Conflicts) > 1 {
				t.Errorf("%d conflicts touch %q, want %q", len(c.Conflicts), figures, test.figures)
			}
			for _, f := range slices.Concat(c.Figures, c.Details) {
				if f.Touched {
					touched = append(touched, f.ID)
				}
			}
			if marks := marked(c.Document()); marks != len(touched) {
				t.Errorf("%d numbers are marked on paper, want %d", marks, len(touched))
			}
		})
	}
}

// marked counts the numbers with a mark in the tables of all annexes.
func marked(d *paper.Document) (n int) {
	for _, a := range d.Annexes {
		for _, b := range a.Body {
			if table, ok := b.(paper.Table); ok {
				for _, row := range table.Rows {
					for _, text := range row.Cells {
						if number, is := strings.CutSuffix(text, "(*)"); is && !strings.Contains(number, " ") {
							n++
						}
					}
				}
			}
		}
	}
	return n
}

// Where the number is not known, the report says so, and that may change too.
func TestNoneMayBeTouched(t *testing.T) {
	w := newWorld(t)
	w.edit(village1, form.KindPetition, 1, `"receivedOn":"2020-01-20","status":"resolved","resolvedOn":"2020-02-01","class":"proposal","content":"Nội dung mẫu"`)
	w.edit2(village1, form.KindPetition, 1, `"resolvedOn":"2024-05-01"`, `"resolvedOn":"2020-03-01"`)
	for _, template := range report.Templates {
		o := spec()
		o.Template = template
		if text := fmt.Sprint(compile(t, o, w.members()).Sections); !strings.Contains(text, "không có đơn tồn đọng(*)") {
			t.Errorf("%s: %s", template, text)
		}
	}
}
