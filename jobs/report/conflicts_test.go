package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// TestConflictsOfDenunciationsAreOnlyCounted: their village and day would be enough
// to find a person.
func TestConflictsOfDenunciationsAreOnlyCounted(t *testing.T) {
	w := newWorld(t)
	draw(w)
	before := compile(t, spec(), w.members())
	petition := `"class":"denunciation","status":"received","content":"Nội dung mẫu","receivedOn":`
	w.edit2(village2, form.KindPetition, 60, petition+`"2022-03-01"`, petition+`"2022-03-02"`)
	after := compile(t, spec(), w.members())
	if len(after.Conflicts) != len(before.Conflicts) || after.HiddenConflicts != before.HiddenConflicts+1 {
		t.Errorf("%d are listed and %d counted, before it were %d and %d", len(after.Conflicts), after.HiddenConflicts, len(before.Conflicts), before.HiddenConflicts)
	}
}

// A record stands in lists on the first day in whose period it counts: a house that is
// not handed over on the day of its acceptance.
func TestListsAreInOrderOfDays(t *testing.T) {
	w := newWorld(t)
	house := `"household":"` + recordID(200).String() + `","program":"gratitude","work":"new","status":`
	w.edit(village1, form.KindHouse, 1, house+`"accepted","acceptedOn":"2022-05-02"`)
	w.edit(village1, form.KindHouse, 2, house+`"handedOver","acceptedOn":"2021-03-01","handedOverOn":"2023-01-01"`)
	w.edit(village2, form.KindHouse, 1, house+`"handedOver","handedOverOn":"2020-07-01"`)
	w.edit2(village1, form.KindHouse, 1, `"areaM2":60`, `"areaM2":70`)
	w.edit2(village1, form.KindHouse, 1, `"work":"new"`, `"work":"repair"`)
	c := compile(t, spec(), w.members())
	var houses []string
	for _, s := range c.Workbook().Sheets {
		if s.Name == "Danh sách nhà" {
			for _, row := range cells(&s) {
				houses = append(houses, row[1]+" "+row[len(row)-1][34:])
			}
		}
	}
	if got := strings.Join(houses, ", "); got != "Thôn mẫu 02 01, Thôn mẫu 01 02, Thôn mẫu 01 01" {
		t.Error(got)
	}
	if len(c.Conflicts) != 1 || c.Conflicts[0].Date != "2022-05-02" {
		t.Errorf("%+v", c.Conflicts)
	}
}

// The days of a list say what they are.
func TestDaysOfLists(t *testing.T) {
	w := newWorld(t)
	w.edit(village1, form.KindPetition, 1, `"receivedOn":"2022-03-01","class":"complaint","content":"Nội dung mẫu","status":"suspended","acceptedOn":"2022-03-02","suspensions":[{"from":"2022-04-01","to":"2022-04-05"},{"from":"2022-05-01"}]`)
	const want = "Từ ngày 01/4/2022, tiếp tục từ ngày 05/4/2022\nTừ ngày 01/5/2022"
	sheets := compile(t, spec(), w.members()).Workbook().Sheets
	i := slices.IndexFunc(sheets, func(s paper.Sheet) bool { return s.Name == "Sổ theo dõi đơn" })
	if rows := cells(&sheets[i]); !slices.Contains(rows[0], want) {
		t.Errorf("%q", rows)
	}
}

// TestConflictsLeaveOutLongTexts: the annex names a long text that is disputed,
// and prints neither of what stands there.
func TestConflictsLeaveOutLongTexts(t *testing.T) {
	w := newWorld(t)
	draw(w)
	long := strings.Repeat("quà ", 200)
	w.edit2(village1, form.KindGift, 1, `"quantity":3,"items":"Một `+long+`"`, `"quantity":4,"items":"Hai `+long+`"`)
	values := map[string]int{}
	for _, conflict := range compile(t, spec(), w.members()).Conflicts {
		for _, d := range conflict.Fields {
			if d.Label == "" {
				t.Errorf("%s has no label", d.Field)
			}
			values[d.Field] = len(d.Values)
		}
	}
	if n, listed := values["items"]; !listed || n != 0 || values["quantity"] != 2 {
		t.Errorf("values that are printed of each field: %v, want 2 of quantity and none of items", values)
	}
}

// What people disagree about beside fields is said without words of the software, and
// units are called what they are.
func TestConflictsInPlainWords(t *testing.T) {
	w := newWorld(t)
	for id := range byte(3) {
		w.gift(oldSouth, 1+id, "2025-02-03", 1)
	}
	seen := w.state(oldSouth).Head().Seq
	w.say(oldSouth, "phone1", seen, form.KindGift, recordID(1), ledger.ActionRemove, `"x":0`)
	w.say(oldSouth, "phone2", seen, form.KindGift, recordID(1), ledger.ActionEdit, `"set":{"quantity":2}`)
	w.say(oldSouth, "phone1", seen, form.KindGift, recordID(2), ledger.ActionLink, `"duplicateOf":`+string(own(3).Value()))
	w.say(oldSouth, "phone2", seen, form.KindGift, recordID(2), ledger.ActionLink, `"duplicateOf":`+string(own(1).Value()))
	c := compile(t, newMerged(t).spec(report.UBND, calendar.DefaultRule().FirstHalf(2025)), []report.Member{
		{Unit: ward, Name: "Phường Mẫu Sơn", From: "2025-07-01", State: newWorld(t).state(ward)},
		{Unit: oldSouth, Name: "Mẫu Nam", From: "2000-01-01", To: "2025-06-30", State: w.state(oldSouth)},
	})
	text := written(c)
	annex, _, _ := strings.Cut(text[strings.LastIndex(text, "\nPhụ lục "):], "\n[")
	for _, said := range []string{"Đưa vào hay đưa ra khỏi số liệu", "Có trùng với trường hợp khác hay không"} {
		if !strings.Contains(annex, " | Xã Mẫu Nam | Suất quà | 03/02/2025 | "+said+" | Suất quà đã trao; ") {
			t.Errorf("%q is not said in %s", said, annex)
		}
	}
	for _, word := range append(slices.Clone(never), "duyệt", "@", "xóa") {
		if strings.Contains(strings.ToLower(annex), strings.ToLower(word)) {
			t.Errorf("%q is said in %s", word, annex)
		}
	}
}
