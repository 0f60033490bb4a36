package report_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/paper"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

var update = flag.Bool("update", false, "write the golden texts")

// written is everything that a report says on paper and in its workbook.
func written(c *report.Compiled) string {
	d := c.Document()
	text, _, _ := printed(d)
	var all strings.Builder
	fmt.Fprintf(&all, "%s\n%s\n\n%s", d.Kind, d.Subject, text)
	for _, a := range d.Annexes {
		fmt.Fprintf(&all, "\n%s\n%s\n(%s)\n", a.Title, a.Subject, a.Source)
		for _, b := range a.Body {
			table, ok := b.(paper.Table)
			if !ok {
				continue
			}
			if table.Caption != "" {
				fmt.Fprintln(&all, table.Caption)
			}
			var heads []string
			for _, g := range table.Groups {
				if g.Title != "" {
					heads = append(heads, g.Title)
				}
			}
			for _, column := range table.Columns {
				heads = append(heads, column.Title)
			}
			fmt.Fprintln(&all, strings.Join(heads, " | "))
			for _, r := range table.Rows {
				fmt.Fprintln(&all, strings.Join(r.Cells, " | "))
			}
		}
	}
	for _, s := range c.Workbook().Sheets {
		fmt.Fprintf(&all, "\n[%s] %s\n", s.Name, strings.Join(s.Title, " / "))
		var heads []string
		for _, column := range s.Columns {
			if !column.Hidden {
				heads = append(heads, column.Title)
			}
		}
		fmt.Fprintln(&all, strings.Join(heads, " | "))
	}
	return plain(all.String())
}

// goldens are the reports whose words are kept: of both issuers before, across
// and after a merger, of a term, of nothing and of one of each, with a conflict,
// issued again, and two addenda.
func goldens(t *testing.T) map[string]*report.Compiled {
	t.Helper()
	list := map[string]*report.Compiled{}
	m := newMerged(t)
	periods := mergedPeriods()
	for _, template := range report.Templates {
		for name, p := range map[string]calendar.Period{"before": periods[0], "across": periods[1], "since": periods[3], "term": periods[4]} {
			list[string(template)+"-"+name] = compile(t, m.spec(template, p), m.units)
		}
		empty := newWorld(t)
		o := m.spec(template, calendar.DefaultRule().FirstHalf(2026))
		o.Issue = &report.Issue{Number: 3, Symbol: o.Letter.Symbol, Place: "Mẫu Sơn", Date: "2026-07-05", Position: "CHỦ TỊCH", Name: "Nguyễn Văn Mẫu"}
		list[string(template)+"-nothing"] = compile(t, o, []report.Member{{Unit: ward, Name: "Phường Mẫu Sơn", From: "2025-07-01", State: empty.state(ward)}})
	}
	for _, template := range report.Templates {
		o := m.spec(template, calendar.DefaultRule().FirstHalf(2026))
		list[string(template)+"-one"] = compile(t, o, []report.Member{{Unit: ward, Name: "Phường Mẫu Sơn", From: "2025-07-01", State: oneOfEach(t).state(ward)}})
	}
	list["ubnd-wide"], list["ubnd-wide-addendum"] = wide(t)
	later := newMerged(t)
	later.gift(ward, 90, "2025-12-01", 40)
	later.edit2(ward, form.KindGift, 90, `"quantity":41`, `"quantity":42`)
	for _, template := range report.Templates {
		first := compile(t, m.spec(template, periods[1]), m.units)
		o := m.spec(template, periods[1])
		issued := report.Issued{
			ID: "first", Name: "Báo cáo số 02/" + o.Letter.Symbol + " ngày 06/01/2026", Subject: "kết quả công tác phối hợp năm 2025",
			Period: periods[1], Figures: first.Figures, Details: first.Details, Members: m.units,
		}
		list[string(template)+"-conflict"] = compile(t, o, later.units)
		o.Replaces = issued.Name
		list[string(template)+"-reissue"] = compile(t, o, m.units)
		o.Replaces, o.Addendum = "", &issued
		list[string(template)+"-addendum"] = compile(t, o, later.units)
		second := issued
		second.Name += ", đã bổ sung tại Báo cáo số 03/" + o.Letter.Symbol + " ngày 20/01/2026"
		o.Addendum = &second
		list[string(template)+"-second"] = compile(t, o, later.units)
	}
	return list
}

// oneOfEach has one record of each kind that a report counts.
func oneOfEach(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	for i, r := range []struct {
		kind ledger.Kind
		set  string
	}{
		{form.KindCampaign, `"name":"Đợt mẫu","organisation":"Nguồn mẫu","from":"2026-01-10"`},
		{form.KindGift, `"date":"2026-01-20","quantity":1,"valueVnd":500000,"category":"poor","recipientName":"Người nhận mẫu","campaign":"` + recordID(1).String() + `"`},
		{form.KindFund, `"date":"2026-02-01","direction":"in","amountVnd":1000000`},
		{form.KindMeeting, `"date":"2026-02-02","level":"national","place":"Nhà văn hóa mẫu","attendance":1,"opinions":1`},
		{form.KindHouse, `"household":"` + recordID(200).String() + `","program":"greatUnity","work":"new","status":"accepted","acceptedOn":"2026-02-03","sources":[{"name":"A","amountVnd":1000000,"form":"cash"}]`},
		{form.KindReception, `"date":"2026-02-04","type":"leader","class":"complaint","groupSize":1,"citizenName":"Công dân mẫu","content":"Nội dung mẫu"`},
		{form.KindPetition, `"receivedOn":"2026-02-05","class":"complaint","status":"withdrawn","withdrawnOn":"2026-02-09","content":"Nội dung mẫu"`},
		{form.KindActivity, `"date":"2026-02-06","type":"comment","name":"Hoạt động mẫu","reached":1`},
		{form.KindActivity, `"date":"2026-02-07","type":"criticism","name":"Hoạt động mẫu","reached":1`},
		{form.KindActivity, `"date":"2025-02-07","type":"other","name":"Hoạt động mẫu","reached":1`},
	} {
		w.edit(ward, r.kind, byte(1+i), r.set)
	}
	return w
}

// The words of reports are kept in files, so that a change of one is seen.
func TestGoldenTexts(t *testing.T) {
	for name, c := range goldens(t) {
		path := filepath.Join("testdata", "words", name+".txt")
		got := written(c)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s says other words (go test -run Golden -update writes them):\n%s", name, firstDifference(string(want), got))
		}
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "- " + a[i] + "\n+ " + b[i]
		}
	}
	return fmt.Sprintf("%d lines became %d", len(a), len(b))
}

// never are words that stand in no paper: those of the software, claims that no
// record makes, and what reads wrong.
var never = []string{
	"mục ghi", "sổ của xã", "sổ của phường", "sổ của", "các bên ghi", "bản ghi", "dữ liệu", "đồng bộ", "phần mềm", "hệ thống ghi", "bản trùng",
	"trao tận tay", "tận tay", "được ghi vào sổ", "trực tiếp tiếp", "giữa hai bên", "xã hội xã", "ước chừng", "kể cả đơn nhận từ trước",
	"được ghi nhận", "khoản vận động mới", "Nghị định số 09/2019", " 0 lượt", " 0 đợt", " 0 suất", " 0 đơn", " 0 căn", " 0 đồng", "(0 ", "0đ", "Năm 2019: 0",
	" đ\n", "(đ)", "| đ |", "meetings.", "gifts.", "fund.", "petitions.", "<no value>", "{{", "%!", "[^",
	"cá nhân khác", "như sau;", "về về",
	"khối đại đoàn kết, tiếp xúc cử tri", "Đã hoàn thành", "và các hộ khó khăn trên địa bàn", "trong đó tiếp thường xuyên", "đều đã được",
	"chưa giải quyết xong", "không nhận đơn nào", "không còn đơn tồn đọng", "Duy trì tiếp xúc cử tri:", "Duy trì tiếp công dân:", "chưa thống nhất", "đề ngày ngoài",
	"còn ý kiến khác nhau", "Trên đây là báo cáo kết quả nhiệm kỳ", "Trên đây là báo cáo kết quả năm", "Trên đây là báo cáo kết quả 6 tháng", "xã hội phường",
	"Mặt trận cùng các đơn vị", "gửi đến các kỳ họp", "đơn nhận trong kỳ", "Sau khi phát hành", "phần thay đổi số liệu", "của báo cáo đã phát hành", " suất nay là ",
	"“Vì người nghèo” vận động được", "“Vì người nghèo” còn lại", "Kết quả theo thôn", "Kết quả theo năm", "Số liệu theo loại", "không kèm thông tin cá nhân",
	"(suất)", "(lượt)", "(đợt)", "(lượt người)", "số liệu Báo cáo số",
	"ghi chép ngay tại thôn", "đều trong năm", "Hội đồng nhân dân huyện", "Hội đồng nhân dân tỉnh",
}

// neverSo are words that never stand with these capital and small letters.
var neverSo = []string{"thay thế báo cáo số", "uBND", "hĐND", "mTTQ", " về Kết quả", "Đã nhận "}

// neverLike are forms that stand nowhere: a sign that sticks to its amount, a day or
// month without the zero that the decree wants, and people who are met without saying
// with whom.
var neverLike = regexp.MustCompile(`\dđ|ngày \d tháng|tháng [12] năm|Phối hợp tiếp \d`)

func TestWordsThatNeverAppear(t *testing.T) {
	demo, err := os.ReadFile(filepath.Join("..", "..", "server", "testdata", "demo-term.txt"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"demo-term": string(demo)}
	for name, c := range goldens(t) {
		texts[name] = written(c)
	}
	for name, text := range texts {
		for line := range strings.SplitSeq(text, "\n") {
			prose := line
			if strings.Contains(line, " | ") { // a table may well say 0
				prose = strings.ReplaceAll(line, " 0 |", "")
			}
			for _, word := range never {
				if strings.Contains(strings.ToLower(prose), strings.ToLower(word)) {
					t.Errorf("%s says %q: %s", name, word, line)
				}
			}
			for _, word := range neverSo {
				if strings.Contains(prose, word) {
					t.Errorf("%s says %q: %s", name, word, line)
				}
			}
			if found := neverLike.FindString(prose); found != "" {
				t.Errorf("%s says %q: %s", name, found, line)
			}
		}
	}
}

var longDays = regexp.MustCompile(`ngày (\d+) tháng (\d+) năm (\d+)`)

// No report tells of a day that comes after those which it covers.
func TestDaysThatHaveNotCome(t *testing.T) {
	for name, c := range goldens(t) {
		if c.Addendum != nil || c.Replaces != "" || c.Issue != nil {
			continue // these name the days of documents
		}
		for _, said := range longDays.FindAllStringSubmatch(written(c), -1) {
			if day := fmt.Sprintf("%s-%02s-%02s", said[3], said[2], said[1]); day > min(c.AsOf, c.To) {
				t.Errorf("%s, as of %s, says %s", name, c.AsOf, said[0])
			}
		}
	}
}

// What the sentences of the two issuers are to say.
func TestSentences(t *testing.T) {
	all := goldens(t)
	for name, sentences := range map[string][]string{
		"ubnd-since": {
			"Thực hiện Quy chế phối hợp công tác giữa Ủy ban nhân dân và Ủy ban MTTQ Việt Nam phường, Ủy ban nhân dân phường Mẫu Sơn báo cáo kết quả công tác phối hợp năm 2026 (số liệu tổng hợp từ 02 tổ dân phố, 01 thôn và phường, tính đến ngày 26 tháng 11 năm 2026; chi tiết tại các Phụ lục kèm theo) như sau:",
			"Từ ngày 15 tháng 12 năm 2025 đến ngày 26 tháng 11 năm 2026, Quỹ vận động được ",
			"Các ý kiến, kiến nghị được tổng hợp đầy đủ để trả lời hoặc chuyển cơ quan có thẩm quyền xem xét, giải quyết.",
			"Trên đây là báo cáo kết quả công tác phối hợp giữa Ủy ban nhân dân và Ủy ban MTTQ Việt Nam phường năm 2026, Ủy ban nhân dân phường Mẫu Sơn kính báo cáo./.",
		},
		"ubnd-one": {
			"hỗ trợ xây mới 01 căn nhà cho hộ nghèo, hộ chính sách, hộ khó khăn về nhà ở, tổng kinh phí 1.000.000 đồng bằng tiền mặt.",
			"trao 01 suất quà, trị giá 500.000 đồng, cho hộ nghèo. Nguồn hỗ trợ: Nguồn mẫu.",
			"tổ chức 01 đợt tiếp xúc cử tri (đại biểu Quốc hội), với 01 lượt cử tri tham dự, có 01 ý kiến, kiến nghị.",
			"Đã tiếp nhận 01 đơn (khiếu nại); kết quả xử lý: người gửi rút đơn 01 đơn; tính đến ngày 14 tháng 6 năm 2026, đơn đã được xử lý, không có đơn tồn đọng.",
			"\nKết quả thực hiện theo đơn vị\n",
			"Đã phối hợp tổ chức 01 lượt lấy ý kiến, góp ý văn bản, với 01 lượt người tham gia.",
			"Đã phối hợp tổ chức 01 cuộc phản biện xã hội.",
			"| Lượt người tham gia các hoạt động | lượt người | 2 |",
		},
		"mttq-one": {
			"các cơ quan, đơn vị, nhà hảo tâm hỗ trợ xây mới 01 căn nhà, tổng kinh phí",
			"Đã tổ chức, phối hợp tổ chức 01 cuộc phản biện xã hội.",
		},
		"ubnd-across": {
			"(số liệu tổng hợp từ 02 tổ dân phố, 01 thôn và phường; bao gồm số liệu của xã Mẫu Bắc, xã Mẫu Nam (đến ngày 30 tháng 6 năm 2025; 02 thôn, 02 bản) trước khi sắp xếp; tính đến ngày 14 tháng 12 năm 2025; chi tiết tại các Phụ lục kèm theo)",
			"trị giá 2.700.000.000 đồng (chưa kể 30 suất chưa quy ra tiền), cho hộ nghèo (27 suất), hộ cận nghèo (04 suất), đối tượng bảo trợ xã hội (27 suất), người có công (47 suất), đối tượng khác (13 suất).",
			"Đợt tiếp xúc cử tri: 23 đợt, bằng cùng kỳ năm trước.", "Suất quà đã trao: 118 suất, tăng 02 suất (cùng kỳ 116 suất).",
			"hỗ trợ 21 căn nhà (xây mới 10 căn, sửa chữa 11 căn) cho hộ nghèo",
		},
		"ubnd-nothing": {
			"Trong 6 tháng đầu năm 2026, Quỹ không phát sinh khoản thu; Quỹ không có số dư.",
			"Trong kỳ không tiếp nhận đơn; không có đơn tồn đọng.",
			"(Kèm theo Báo cáo số 03/BC-UBND ngày 05 tháng 7 năm 2026 của Ủy ban nhân dân phường Mẫu Sơn)",
		},
		"mttq-across": {
			"Kết quả công tác Mặt trận và chăm lo an sinh xã hội trên địa bàn phường Mẫu Sơn năm 2025",
			"Phối hợp với Ủy ban nhân dân cấp xã tiếp ", "Theo dõi việc giải quyết ", "Đã tiếp nhận, phân bổ và trao ",
			"Đã phối hợp với các cơ quan, đơn vị, nhà hảo tâm hỗ trợ ",
		},
		"mttq-since": {
			"Phối hợp với Ủy ban nhân dân phường tiếp ",
			"Ủy ban MTTQ Việt Nam phường phối hợp với các cơ quan, đơn vị, nhà hảo tâm hỗ trợ ",
		},
		"ubnd-before": {
			"\nKết quả thực hiện công tác phối hợp giữa Ủy ban nhân dân và Ủy ban MTTQ Việt Nam cấp xã trên địa bàn phường Mẫu Sơn 6 tháng đầu năm 2025\n",
			"Thực hiện Quy chế phối hợp công tác giữa Ủy ban nhân dân và Ủy ban MTTQ Việt Nam cấp xã, Ủy ban nhân dân phường Mẫu Sơn báo cáo ",
			"Ủy ban nhân dân và Ủy ban MTTQ Việt Nam cấp xã 6 tháng đầu năm 2025, Ủy ban nhân dân phường Mẫu Sơn kính báo cáo./.",
			"a) Đối với Ủy ban nhân dân cấp xã\n",
		},
		"mttq-addendum": {
			"Ngày 06 tháng 01 năm 2026, Ban Thường trực Ủy ban MTTQ Việt Nam phường Mẫu Sơn đã ban hành Báo cáo số 02/BC-MTTQ-BTT về kết quả công tác phối hợp năm 2025. Qua rà soát",
			"Trên đây là báo cáo bổ sung, điều chỉnh số liệu năm 2025, Ban Thường trực Ủy ban MTTQ Việt Nam phường Mẫu Sơn kính báo cáo./.",
		},
		"ubnd-second": {
			"năm 2025, đã bổ sung tại Báo cáo số 03/BC-UBND ngày 20 tháng 01 năm 2026. Qua rà soát",
			"Các nội dung khác giữ nguyên theo Báo cáo số 02/BC-UBND, đã bổ sung tại Báo cáo số 03/BC-UBND ngày 20 tháng 01 năm 2026.",
		},
		"ubnd-reissue": {
			"\nBáo cáo này thay thế Báo cáo số 02/BC-UBND ngày 06 tháng 01 năm 2026.\nTrên đây là",
		},
		"ubnd-conflict": {
			"trao 160(*)[(*) Số liệu đang tiếp tục rà soát, đối chiếu (chi tiết tại Phụ lục V).] suất quà",
			"Suất quà đã trao: 160(*) suất, tăng 44 suất (cùng kỳ 116 suất).", "| Suất quà đã trao | suất | 160(*) | 116 | 44",
		},
		"ubnd-addendum": {
			"Ngày 06 tháng 01 năm 2026, Ủy ban nhân dân phường Mẫu Sơn đã ban hành Báo cáo số 02/BC-UBND về kết quả công tác phối hợp năm 2025. Qua rà soát, các thôn, tổ dân phố và phường cập nhật thêm một số số liệu phát sinh trong kỳ.",
			"(chi tiết tại các Phụ lục kèm theo) như sau:", "suất (tăng 42 suất).\nCác nội dung khác giữ nguyên theo Báo cáo số 02/BC-UBND.",
		},
	} {
		text := written(all[name])
		for _, s := range sentences {
			if !strings.Contains(text, s) {
				t.Errorf("%s does not say %q:\n%s", name, s, text)
			}
		}
	}
}

// The draft of a report that adds to one of January, or replaces it, is not dated the
// year before.
func TestDraftsAreNotOlderThanWhatTheyCite(t *testing.T) {
	all := goldens(t)
	for name, want := range map[string]int{"ubnd-across": 2025, "ubnd-addendum": 2026, "mttq-second": 2026, "ubnd-reissue": 2026} {
		if d := all[name].Document().Date; d != (paper.Date{Year: want}) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// The people's council of a commune that was none yet is that of several: it is
// called by its tier.
func TestCouncilsBeforeAMerger(t *testing.T) {
	all := goldens(t)
	for _, name := range []string{"before", "across", "term"} {
		for _, template := range report.Templates {
			text := written(all[string(template)+"-"+name])
			if strings.Contains(text, "Hội đồng nhân dân phường") || !strings.Contains(text, "\nHội đồng nhân dân cấp xã | ") || !strings.Contains(text, "đại biểu Hội đồng nhân dân cấp xã") {
				t.Errorf("%s %s: %s", template, name, text)
			}
		}
		if text := written(all["ubnd-"+name]); !strings.Contains(text, ", đã phối hợp tổ chức ") || strings.Contains(text, "phường tổ chức ") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if text := written(all["ubnd-since"]); !strings.Contains(text, "\nHội đồng nhân dân phường | ") || !strings.Contains(text, "Ủy ban nhân dân phường đã phối hợp với Ủy ban MTTQ Việt Nam phường tổ chức ") {
		t.Error(text)
	}
}

// The rows of the fund and of petitions stand in the order in which they add up, and
// no row repeats the one above it.
func TestRowsOfFigures(t *testing.T) {
	all := goldens(t)
	for name, want := range map[string]string{
		"ubnd-across": "Số dư Quỹ|Số tiền vận động Quỹ|Chi Quỹ|Số dư Quỹ",
		"ubnd-term":   "Số tiền vận động Quỹ|Thu Quỹ|Chi Quỹ|Số dư Quỹ",
		"ubnd-one":    "Số tiền vận động Quỹ|Số dư Quỹ",
	} {
		var rows []string
		annex, _, _ := strings.Cut(written(all[name])[strings.Index(written(all[name]), "\nPhụ lục I\n"):], "\nPhụ lục II\n")
		for line := range strings.SplitSeq(annex, "\n") {
			if cells := strings.Split(line, " | "); len(cells) > 2 && strings.Contains(cells[1], "Vì người nghèo") {
				rows = append(rows, strings.TrimSpace(strings.Split(cells[1], "“")[0]))
			}
		}
		if got := strings.Join(rows, "|"); got != want {
			t.Errorf("%s: %s", name, got)
		}
		at := -1
		for _, label := range []string{"| Đơn kỳ trước chuyển sang |", "| Đơn đã tiếp nhận |", "| Đơn đã giải quyết, xử lý trong kỳ |", "| Đơn đang giải quyết |", "| Đơn kỳ trước chuyển sang đang giải quyết |"} {
			next := strings.Index(annex, label)
			if next >= 0 && next < at {
				t.Errorf("%s: the row %s stands too early: %s", name, label, annex)
			}
			at = max(at, next)
		}
		if repeats := name == "ubnd-one"; repeats == strings.Contains(annex, "| Số người được tiếp |") {
			t.Errorf("%s: %s", name, annex)
		}
	}
}

// A heading that is alone under another has no number.
func TestHeadingsAlone(t *testing.T) {
	all := goldens(t)
	for name, lines := range map[string][]string{
		"ubnd-nothing":       {"Kết quả thực hiện Quy chế phối hợp công tác 6 tháng đầu năm 2026", "Công tác tiếp xúc cử tri và tổng hợp ý kiến cử tri", "a) Quỹ “Vì người nghèo”", "b) Nhà đại đoàn kết, nhà tình nghĩa"},
		"ubnd-wide-addendum": {"Số liệu bổ sung, điều chỉnh"},
	} {
		for _, line := range lines {
			if text := written(all[name]); !strings.Contains(text, "\n"+line+"\n") {
				t.Errorf("%s has no line %q:\n%s", name, line, text)
			}
		}
	}
}

// A fund that has spent more than came in has its balance in words.
func TestLessThanNothing(t *testing.T) {
	w := newWorld(t)
	w.edit(ward, form.KindFund, 1, `"date":"2026-02-01","direction":"out","amountVnd":3000000`)
	c := compile(t, newMerged(t).spec(report.UBND, calendar.DefaultRule().FirstHalf(2026)), []report.Member{{Unit: ward, Name: "Phường Mẫu Sơn", From: "2025-07-01", State: w.state(ward)}})
	if text := written(c); !strings.Contains(text, "Số dư đến ngày 14 tháng 6 năm 2026 là âm 3.000.000 đồng.") {
		t.Error(text)
	}
}

// A document is about its subject, and says so once.
func TestAbout(t *testing.T) {
	for subject, want := range map[string]string{
		"Kết quả công tác": "về kết quả công tác", "Về kết quả công tác": "về kết quả công tác", "về việc góp ý": "về việc góp ý", "UBND xã Mẫu": "về UBND xã Mẫu",
	} {
		if got := report.About(subject); got != want {
			t.Errorf("%q is %q", subject, got)
		}
	}
}

// Who drafted a report and how many copies there are stands behind the copies that
// stay, and nowhere where nothing is set.
func TestCopiesThatStay(t *testing.T) {
	m := newMerged(t)
	for _, test := range []struct {
		drafting report.Drafting
		written  []string
		want     string
	}{
		{report.Drafting{}, []string{"Như trên", "Lưu: VT"}, "Lưu: VT"},
		{report.Drafting{Unit: "VP", Kept: 2, Drafter: "NVM", Copies: 15}, []string{"Như trên", "Lưu: VT"}, "Lưu: VT, VP(02). NVM.15"},
		{report.Drafting{Kept: 3}, []string{"Lưu: VT, VP"}, "Lưu: VT, VP(03)"},
		{report.Drafting{Drafter: "NVM"}, []string{"Như trên"}, "Lưu: VT. NVM"},
		{report.Drafting{Copies: 5}, nil, "Lưu: VT. 05"},
	} {
		o := m.spec(report.UBND, mergedPeriods()[1])
		o.Letter.Recipients, o.Letter.Drafting = test.written, test.drafting
		list := compile(t, o, newMerged(t).units).Document().Recipients
		if got := plain(list[len(list)-1]); got != test.want {
			t.Errorf("%+v: %q", test.drafting, got)
		}
	}
}

// What stands within a sentence begins with a small letter, but a name does not.
func TestLowerFirst(t *testing.T) {
	for text, want := range map[string]string{
		"Kết quả công tác": "kết quả công tác", "UBND xã Mẫu": "UBND xã Mẫu", "Ủy ban nhân dân xã Mẫu": "Ủy ban nhân dân xã Mẫu",
		"Ủng hộ Quỹ": "ủng hộ Quỹ", "Đơn": "đơn", "": "",
	} {
		if got := report.LowerFirst(text); got != want {
			t.Errorf("%q within a sentence is %q", text, got)
		}
	}
}

// The issuer's own text opens its section, and what an official writes stands
// instead of both.
func TestStandingTexts(t *testing.T) {
	w := newWorld(t)
	draw(w)
	o := spec()
	o.Standing = map[string]string{"gifts": "Công tác cứu trợ được quan tâm.", "lessons": "Bám sát Nghị quyết.", "documents": "Có phối hợp."}
	o.Edits = map[string]report.Edit{"documents": {Text: "Viết tay."}}
	for _, s := range compile(t, o, w.members()).Sections {
		switch s.ID {
		case "gifts":
			if !strings.HasPrefix(s.Text, "Công tác cứu trợ được quan tâm.\n\nĐã vận động") || s.Standing == "" || len(s.Footnotes) == 0 {
				t.Errorf("%+v", s)
			}
		case "lessons":
			if s.Text != "Bám sát Nghị quyết." || s.Edited {
				t.Errorf("%+v", s)
			}
		case "documents":
			if s.Text != "Viết tay." || s.Compiled != "Có phối hợp." {
				t.Errorf("%+v", s)
			}
		}
	}
}

// A reader who may not see denunciations finds no row of one in the workbook, and its
// number.
func TestDenunciationsAreOnlyCounted(t *testing.T) {
	w := newWorld(t)
	draw(w)
	for i, class := range []string{"denunciation", "proposal", "denunciation"} {
		w.edit(village2, form.KindPetition, byte(60+i), `"receivedOn":"2022-03-0`+fmt.Sprint(i+1)+`","class":"`+class+`","status":"transferred","transferredOn":"2022-03-09","transferredTo":"Cơ quan mẫu","content":"Nội dung mẫu"`)
	}
	for _, s := range compile(t, spec(), w.members()).Workbook().Sheets {
		rows, title := cells(&s), strings.Join(s.Title, " / ")
		switch s.Name {
		case "Sổ theo dõi đơn":
			if len(rows) != 1 || rows[0][2] != "2022-03-02" || !strings.Contains(title, "Ngoài ra có 02 trường hợp tố cáo, chỉ thống kê số lượng") {
				t.Errorf("%s: %q", title, rows)
			}
		case "Sổ tiếp công dân":
			if len(rows) != 0 || !strings.Contains(title, "có 01 trường hợp tố cáo") {
				t.Errorf("%s: %q", title, rows)
			}
		}
	}
}
