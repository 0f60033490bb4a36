package report_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/xuri/excelize/v2"

	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/paper/papertest"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// manyID is the id of the n-th record of a kind in a unit: no other has it.
func manyID(kind byte, n int) (id ledger.RecordID) {
	id[0], id[1] = 0x02, kind
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id
}

// opsOfCommit is how many ops one commit of many records has.
const opsOfCommit = 1000

// many writes n records of a kind: one after another would take a commit each.
func (w *world) many(unit ledger.UnitID, kind ledger.Kind, mark byte, from, to int, set func(n int) string) {
	w.t.Helper()
	for ; from < to; from += opsOfCommit {
		entry := ledger.Entry{Device: "many", Epoch: 1, From: w.next[ledger.DeviceID(unit)] + 1, User: "user", Role: form.RoleReviewer}
		head := w.state(unit).Head()
		for n := from; n < min(to, from+opsOfCommit); n++ {
			w.next[ledger.DeviceID(unit)]++
			text, err := ledger.Canonical(fmt.Appendf(nil, `{"n":%d,"record":%q,"kind":%q,"action":"edit","base":%d,"at":"2026-01-01T00:00:00Z","set":{%s}}`,
				w.next[ledger.DeviceID(unit)], manyID(mark, n), kind, head.Seq, set(n)))
			if err != nil {
				w.t.Fatal(err)
			}
			op := ledger.ParseOp(text)
			if op.Fault != (ledger.Fault{}) {
				w.t.Fatalf("op %s: %v", text, op.Fault)
			}
			entry.Ops = append(entry.Ops, ledger.Seal(&op, false, form.Personal, w.salt))
			entry.Verdicts = append(entry.Verdicts, ledger.Verdict{Status: ledger.Accepted})
		}
		c := &ledger.Commit{Unit: unit, Seq: head.Seq + 1, Log: "log", Prev: head.Hash, At: 1_800_000_000_000, Entries: []ledger.Entry{entry}}
		c.Hash = c.Sum()
		if _, err := w.state(unit).Apply(c); err != nil {
			w.t.Fatal(err)
		}
	}
}

// full is a commune with n records of every kind, in each of which every field is
// written, and what they add up to.
func full(t fataler, n int) (o report.Spec, members []report.Member, want map[string]int64) {
	w := newWorld(t)
	const village ledger.UnitID = "91100-01-20250701"
	want = map[string]int64{}
	day := func(i int) string { return fmt.Sprintf("2026-%02d-%02d", 1+i%5, 1+i%28) }
	long := func(i int) string {
		return fmt.Sprintf("Nội dung mẫu số %d, được ghi bằng nhiều chữ để xem trang in có xuống dòng và có đủ chỗ cho cả câu hay không", i)
	}
	kinds := []struct {
		kind ledger.Kind
		set  func(i int) string
	}{
		{form.KindHousehold, func(i int) string {
			return fmt.Sprintf(`"code":"HM-%05d","headName":"Hộ mẫu %05d","category":"poor","povertyStandard":"2022-2025"`, i, i)
		}},
		{form.KindCampaign, func(i int) string {
			return fmt.Sprintf(`"name":"Đợt tặng quà mẫu %d","organisation":"Công ty mẫu %d","from":%q`, i, i, day(i))
		}},
		{form.KindGift, func(i int) string {
			want["gifts"] += 2
			want["gifts.value"] += int64(i) * 1000
			if i == 0 {
				want["gifts.unvalued"] += 2
			}
			return fmt.Sprintf(`"campaign":%q,"household":%q,"recipientName":"Người nhận mẫu","category":"poor","date":%q,"quantity":2,"valueVnd":%d,"items":%q,"signedFor":true`,
				manyID(1, i), manyID(0, i), day(i), i*1000, long(i))
		}},
		{form.KindFund, func(i int) string {
			direction := "in"
			if i%3 == 0 {
				direction = "out"
				want["fund.spent"] += int64(1000 + i)
				want["fund.balance"] -= int64(1000 + i)
			} else {
				want["fund.raised"] += int64(1000 + i)
				want["fund.balance"] += int64(1000 + i)
			}
			return fmt.Sprintf(`"direction":%q,"date":%q,"amountVnd":%d,"party":"Người mẫu","purpose":"Nội dung mẫu","proofNumber":"PT-%05d","bankTransaction":"FT26%012d"`, direction, day(i), 1000+i, i, i)
		}},
		{form.KindMeeting, func(i int) string {
			want["meetings"]++
			want["meetings.attendance"] += int64(i)
			want["meetings.opinions"]++
			return fmt.Sprintf(`"date":%q,"level":"province","place":"Nhà văn hóa Tổ dân phố mẫu %d, phường Mẫu Sơn","attendance":%d,"opinions":1,"opinionsApprox":true,"summaries":"Ý kiến mẫu"`, day(i), i, i)
		}},
		{form.KindHouse, func(i int) string {
			want["houses"]++
			want["houses.support"] += 40_000_000 + int64(i)
			return fmt.Sprintf(`"household":%q,"program":"temporaryHousing","work":"new","status":"handedOver","startedOn":"2025-12-20","acceptedOn":%q,"handedOverOn":"2026-06-01","areaM2":60,"hardFloor":true,"hardFrame":true,"hardRoof":false,"sources":[{"name":"A","amountVnd":40000000,"form":"cash"},{"name":"B","amountVnd":%d,"form":"kind"}]`,
				manyID(0, i), day(i), i)
		}},
		{form.KindReception, func(i int) string {
			want["receptions"]++
			want["receptions.people"] += 2
			return fmt.Sprintf(`"date":%q,"type":"leader","class":"complaint","groupSize":2,"citizenName":"Công dân mẫu","content":"Nội dung mẫu","visit":"repeat","settledBy":"Ủy ban nhân dân xã Mẫu Bắc","inCompetence":true,"guidedTo":"Văn phòng Hội đồng nhân dân và Ủy ban nhân dân phường","handledBy":"Ủy ban nhân dân phường Mẫu Sơn","outcome":"Kết quả mẫu","petition":%q`,
				day(i), manyID(7, i))
		}},
		{form.KindPetition, func(i int) string {
			want["petitions"]++
			set := fmt.Sprintf(`"receivedOn":%q,"class":"complaint","citizenName":"Công dân mẫu","content":"Nội dung mẫu","instance":"first","complex":true,"remote":true,"deadline":"2026-07-30","acceptedOn":%q`, day(i), day(i))
			switch i % 4 {
			case 0:
				want["petitions.open"]++
				return set + `,"status":"suspended","suspensions":[{"from":"2026-06-02","to":"2026-06-05"},{"from":"2026-06-10"}]`
			case 1:
				want["petitions.settled"]++
				return set + `,"status":"transferred","transferredOn":"2026-06-01","transferredTo":"Thanh tra tỉnh Mẫu"`
			case 2:
				want["petitions.settled"]++
				return set + `,"status":"guided","guidedOn":"2026-06-01","guidedTo":"Tòa án nhân dân khu vực mẫu"`
			}
			want["petitions.settled"]++
			return set + `,"status":"resolved","resolvedOn":"2026-06-01","result":"Kết quả mẫu"`
		}},
		{form.KindActivity, func(i int) string {
			want["activities"]++
			want["activities.reached"] += int64(i)
			return fmt.Sprintf(`"type":"propaganda","date":%q,"name":"Hoạt động mẫu","place":"Hội trường Ủy ban nhân dân phường Mẫu Sơn","coOrganiser":"Hội Liên hiệp Phụ nữ phường, Đoàn Thanh niên phường","reached":%d,"result":"Kết quả mẫu"`, day(i), i)
		}},
	}
	for i, k := range kinds {
		unit := []ledger.UnitID{ward, village}
		for half := range 2 { // references are to records of the same unit
			w.many(unit[half], k.kind, byte(i), half*n/2, (half+1)*n/2, k.set)
		}
	}
	members = []report.Member{
		{Unit: ward, Name: "Phường Mẫu Sơn", From: "2025-07-01", State: w.state(ward)},
		{Unit: village, Name: "Tổ dân phố 1", Village: true, From: "2025-07-01", State: w.state(village)},
	}
	o = report.Spec{ID: "many", Period: calendar.DefaultRule().FirstHalf(2026), Template: report.UBND, Unit: ward, Letter: report.StandardLetter(report.UBND, "Phường Mẫu Sơn", "Tỉnh Mẫu", "tỉnh")}
	return o, members, want
}

func raced() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// A report of 10,000 records of every kind is valid in every format, and adds up.
func TestManyRecords(t *testing.T) {
	n := 10_000
	if raced() {
		n = 1000
		t.Logf("with the race detector: %d of every kind", n)
	}
	o, members, want := full(t, n)
	c := compile(t, o, members)
	for id, value := range want {
		if f, _ := c.Figure(id); f.Value != value {
			t.Errorf("%s is %d, want %d", id, f.Value, value)
		}
	}
	files := map[archive.Format][]byte{}
	for _, format := range archive.Formats {
		var b bytes.Buffer
		if err := archive.Render(&b, c, format); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		files[format] = b.Bytes()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("docx %d, pdf %d, xlsx %d bytes; %d MB of memory at most", len(files[archive.DOCX]), len(files[archive.PDF]), len(files[archive.XLSX]), m.HeapSys>>20)
	if m.HeapSys>>20 > 1024 {
		t.Error("the memory is not bounded")
	}
	if err := api.Validate(bytes.NewReader(files[archive.PDF]), nil); err != nil {
		t.Errorf("pdfcpu: %v", err)
	}
	if pages, err := api.PageCount(bytes.NewReader(files[archive.PDF]), nil); err != nil || pages > 12 {
		t.Errorf("%d pages: paper does not list records; %v", pages, err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(files[archive.XLSX]))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	for _, sheet := range []struct {
		name, column string
		total        int64
	}{
		{"Danh sách suất quà", "Tổng trị giá (đồng)", want["gifts.value"]},
		{"Sổ thu, chi Quỹ", "Số tiền (đồng)", want["fund.raised"] + want["fund.spent"]},
		{"Danh sách nhà", "Diện tích (m²)", 60 * int64(n)},
		{"Danh sách đợt tiếp xúc cử tri", "Số lượt cử tri", want["meetings.attendance"]},
		{"Sổ tiếp công dân", "Số người cùng nội dung", want["receptions.people"]},
		{"Sổ theo dõi đơn", "TT", int64(n) * int64(n+1) / 2},
		{"Danh sách hoạt động", "Số người tham gia", want["activities.reached"]},
	} {
		rows, total := addUp(t, f, sheet.name, sheet.column)
		if rows != n || total != sheet.total {
			t.Errorf("%s has %d rows, and %d in %s; want %d, %d", sheet.name, rows, total, sheet.column, n, sheet.total)
		}
	}
	papertest.OpenXML(t, map[string][]byte{"many.docx": files[archive.DOCX], "many.xlsx": files[archive.XLSX]})
}

// at writes an op on each of n records by somebody who has seen the ledger up to base.
func (w *world) at(unit ledger.UnitID, device ledger.DeviceID, base ledger.Seq, kind ledger.Kind, mark byte, n int, set func(n int) string) {
	w.t.Helper()
	for i := range n {
		w.say(unit, device, base, kind, manyID(mark, i), ledger.ActionEdit, `"set":{`+set(i)+`}`)
	}
}

// Paper tells of 10,000 conflicts how many there are, and lists the first; a workbook
// lists all. Of 10,000 villages each has its row.
func TestManyConflictsAndVillages(t *testing.T) {
	n := 10_000
	if raced() {
		n = 1000
	}
	w := newWorld(t)
	w.many(ward, form.KindGift, 1, 0, n, func(i int) string {
		return fmt.Sprintf(`"date":"2026-02-%02d","quantity":1,"recipientName":"Người nhận mẫu"`, 1+i%28)
	})
	base := w.state(ward).Head().Seq
	for phone, sets := range map[ledger.DeviceID][]string{
		"phone1": {`"quantity":2`, `"category":"poor"`, `"date":"2026-03-01"`}, "phone2": {`"quantity":3`, `"category":"merit"`, `"date":"2025-03-01"`},
	} {
		w.at(ward, phone, base, form.KindGift, 1, n, func(i int) string { return sets[i%len(sets)] })
	}
	members := []report.Member{{Unit: ward, Name: "Phường Mẫu Sơn", From: "2025-07-01", State: w.state(ward)}}
	for i := range n {
		id := ledger.UnitID(fmt.Sprintf("91100-%05d-20250701", i))
		w.gift(id, 1, "2026-03-01", 1)
		members = append(members, report.Member{Unit: id, Name: fmt.Sprintf("Tổ dân phố %d", i+1), Village: true, From: "2025-07-01", State: w.state(id)})
	}
	o, _, _ := full(t, 2)
	c := compile(t, o, members)
	annexes := c.Document().Annexes
	units, conflicts := annexes[1].Body[0].(paper.Table), annexes[len(annexes)-1].Body
	if len(units.Rows) != n+2 || len(c.Conflicts) != n {
		t.Errorf("%d rows of units and %d conflicts", len(units.Rows), len(c.Conflicts))
	}
	if rows := conflicts[0].(paper.Table).Rows; len(rows) != 100 || rows[99].Cells[5] == "" {
		t.Errorf("%d conflicts are on paper: %q", len(rows), rows[len(rows)-1].Cells)
	}
	if said := conflicts[1].(paper.Paragraph).Runs[0].Text; plain(said) != "Ngoài ra còn "+form.Grouped(int64(n-100))+" trường hợp khác đang rà soát, đối chiếu." {
		t.Error(said)
	}
	for _, s := range c.Workbook().Sheets {
		if rows := 0; s.Name == "Số liệu đang rà soát, đối chiếu" {
			for row := range s.Rows {
				if rows++; row[5].Text == "" {
					t.Fatalf("%+v", row)
				}
			}
			if rows != n {
				t.Errorf("%d conflicts are in the workbook", rows)
			}
		}
	}
	for _, format := range archive.Formats {
		var b bytes.Buffer
		if err := archive.Render(&b, c, format); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if format == archive.PDF {
			if err := api.Validate(bytes.NewReader(b.Bytes()), nil); err != nil {
				t.Errorf("pdfcpu: %v", err)
			}
		}
	}
}

// addUp counts the numbered rows of a sheet, and adds up a column of theirs.
func addUp(t *testing.T, f *excelize.File, sheet, column string) (n int, total int64) {
	t.Helper()
	rows, err := f.Rows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for rows.Next() {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		if at < 0 {
			at = slices.Index(cells, column)
			continue
		}
		number, err := strconv.ParseInt(strings.TrimSpace(cells[at]), 10, 64)
		if err != nil {
			t.Fatalf("%s: %v in %q", sheet, err, cells)
		}
		n++
		total += number
	}
	return n, total
}

// A day is a number of a sheet, which a column that is too narrow does not show: the
// first that a long list says is in sight too.
func TestDaysInLongLists(t *testing.T) {
	w := newWorld(t)
	const open = 1001
	w.many(ward, form.KindPetition, 7, 0, open+1, func(i int) string {
		if i < open {
			return `"receivedOn":"2026-01-05","class":"complaint","content":"Nội dung mẫu","status":"received"`
		}
		return `"receivedOn":"2026-05-05","class":"complaint","content":"Nội dung mẫu","acceptedOn":"2026-05-06","status":"resolved","resolvedOn":"2026-06-01"`
	})
	o, _, _ := full(t, 2)
	sheets := compile(t, o, []report.Member{{Unit: ward, Name: "Phường Mẫu Sơn", From: "2025-07-01", State: w.state(ward)}}).Workbook().Sheets
	i := slices.IndexFunc(sheets, func(s paper.Sheet) bool { return s.Name == "Sổ theo dõi đơn" })
	days := 0
	for _, column := range sheets[i].Columns {
		if strings.HasPrefix(column.Title, "Ngày") {
			if days++; column.Width < 12 {
				t.Errorf("%q has %v characters", column.Title, column.Width)
			}
		}
	}
	if days < 3 {
		t.Errorf("%d columns of days", days)
	}
}
