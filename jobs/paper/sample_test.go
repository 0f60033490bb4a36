package paper_test

import (
	"fmt"

	"github.com/sothon/sothon/jobs/paper"
)

// text makes a paragraph in one style.
func text(s string) paper.Paragraph {
	return paper.Paragraph{Runs: []paper.Run{{Text: s}}}
}

func item(s string) paper.Paragraph {
	p := text(s)
	p.Item = true
	return p
}

// sample is a report as a commune might send it, over several pages.
func sample() *paper.Document {
	return &paper.Document{
		Parent:     []string{"Ủy ban nhân dân", "huyện Mẫu Sơn"},
		Issuer:     []string{"Ủy ban nhân dân", "xã Suối Mẫu"},
		Number:     "5",
		Symbol:     "BC-UBND",
		Place:      "Suối Mẫu",
		Date:       paper.Date{Year: 2024, Month: 2, Day: 7},
		Kind:       "Báo cáo",
		Subject:    "Kết quả phối hợp công tác giữa Ủy ban nhân dân và Ủy ban Mặt trận Tổ quốc Việt Nam xã nhiệm kỳ 2019-2024",
		Addressees: []string{"Ủy ban nhân dân huyện Mẫu Sơn", "Phòng Nội vụ huyện Mẫu Sơn"},
		Body:       sampleBody(),
		Recipients: []string{"Như trên", "Đảng ủy xã", "Thường trực HĐND xã", "Ủy ban MTTQ Việt Nam xã và các đoàn thể chính trị - xã hội", "Lưu: VT, VP"},
		Signature: paper.Signature{
			Authority: []string{"TM. Ủy ban nhân dân", "KT. Chủ tịch"},
			Position:  "Phó Chủ tịch",
			Name:      "Người Ký Mẫu",
		},
		Annexes: []paper.Annex{
			{
				Title:   "Phụ lục I",
				Subject: "Số suất quà theo thôn và theo năm",
				Source:  "Kèm theo Báo cáo số 05/BC-UBND ngày 07 tháng 02 năm 2024 của Ủy ban nhân dân xã Suối Mẫu",
				Body:    []paper.Block{gifts()},
			},
			{
				Title:     "Phụ lục II",
				Subject:   "Danh sách nhà đại đoàn kết, nhà tình nghĩa đã hỗ trợ",
				Source:    "Kèm theo Báo cáo số 05/BC-UBND ngày 07 tháng 02 năm 2024 của Ủy ban nhân dân xã Suối Mẫu",
				Landscape: true,
				Body:      []paper.Block{houses(40), text("Số liệu tính đến ngày lập báo cáo.")},
			},
		},
		Title:  "Báo cáo phối hợp công tác nhiệm kỳ 2019-2024",
		Author: "UBND xã Suối Mẫu",
	}
}

func sampleBody() []paper.Block {
	plain := func(s string) paper.Run { return paper.Run{Text: s} }
	return []paper.Block{
		text("Thực hiện quy chế phối hợp công tác đã ký giữa hai cơ quan, Ủy ban nhân dân xã báo cáo kết quả phối hợp trong nhiệm kỳ 2019-2024 với những nội dung chủ yếu sau đây:"),
		paper.Heading{Level: 1, Text: "I. Kết quả thực hiện"},
		paper.Heading{Level: 2, Text: "1. Xây dựng khối đại đoàn kết toàn dân tộc"},
		text("Hai cơ quan đã thường xuyên trao đổi thông tin, cùng chuẩn bị nội dung các cuộc họp dân ở từng thôn, lắng nghe nguyện vọng của bà con và trả lời ngay những việc thuộc thẩm quyền của xã. Những việc vượt thẩm quyền được tổng hợp thành văn bản gửi cấp trên, có theo dõi đến khi trả lời xong cho người dân."),
		text("Ngày hội Đại đoàn kết được tổ chức ở cả bốn thôn vào tháng mười một hằng năm. Phần lễ ngắn gọn, phần hội do bà con tự chuẩn bị; kinh phí phần lớn từ đóng góp tự nguyện và được công khai tại nhà văn hóa thôn."),
		paper.Heading{Level: 3, Text: "a) Tiếp xúc cử tri"},
		paper.Paragraph{Runs: []paper.Run{
			plain("Trong nhiệm kỳ đã phối hợp tổ chức "),
			{Text: "13 đợt", Bold: true},
			plain(" tiếp xúc cử tri với "),
			{Text: "2.854 lượt", Bold: true},
			plain(" người dự"),
			{Note: []string{"Số lượt người dự là số ghi trong biên bản của từng buổi; người dự nhiều buổi được tính nhiều lượt."}},
			plain(". Ý kiến tập trung vào đường liên thôn, nước sinh hoạt mùa khô và việc bình xét hộ nghèo; "),
			{Text: "tất cả đều được trả lời bằng văn bản", Italic: true},
			plain(" trong thời hạn quy định, không có ý kiến nào bị bỏ sót."),
		}},
		paper.Heading{Level: 3, Text: "b) Giám sát, phản biện"},
		text("Ban Thanh tra nhân dân và Ban Giám sát đầu tư của cộng đồng đã giám sát các công trình đường bê tông, kênh mương nội đồng và nhà văn hóa thôn; kiến nghị được ghi vào sổ và chuyển cho đơn vị thi công trong ngày."),
		paper.Heading{Level: 2, Text: "2. Chăm lo người nghèo, đối tượng chính sách"},
		paper.Paragraph{Runs: []paper.Run{
			plain("Quỹ “Vì người nghèo” của xã vận động được "),
			{Text: "48.686.352 đồng", Bold: true},
			plain("; từ nguồn quỹ và các nhà hảo tâm, hai cơ quan đã trao 3.038 suất quà cho hộ nghèo, hộ cận nghèo và đối tượng bảo trợ xã hội trên địa bàn"),
			{Note: longNote()},
			plain(". Việc trao quà có đại diện thôn chứng kiến, có chữ ký của người nhận hoặc người nhận thay, danh sách được niêm yết tại nhà văn hóa thôn trước khi trao ba ngày."),
		}},
		paper.Table{
			Caption: "Bảng 1. Số suất quà đã trao theo năm",
			Columns: []paper.Column{
				{Title: "TT", Width: 1, Align: paper.Center},
				{Title: "Năm", Width: 3, Align: paper.Center},
				{Title: "Số suất", Width: 3, Align: paper.Right},
				{Title: "Ghi chú", Width: 5},
			},
			Rows: []paper.Row{
				{Cells: []string{"1", "2019", "192", ""}},
				{Cells: []string{"2", "2020", "195", "Có 40 suất hỗ trợ sau mưa lũ tháng 10 và tháng 11"}},
				{Cells: []string{"3", "2021", "1.006", "Hỗ trợ trong thời gian giãn cách"}},
				{Cells: []string{"4", "2022", "1.123", ""}},
				{Cells: []string{"5", "2023", "522", ""}},
				{Cells: []string{"", "Tổng cộng", "3.038", ""}, Bold: true},
			},
		},
		text("Cùng với việc trao quà, các đoàn thể đã giúp ngày công cho những gia đình neo đơn, sửa lại mái nhà, dọn vệ sinh và làm chuồng trại; việc giúp đỡ được phân công cụ thể cho từng chi hội nên không trùng lặp."),
		paper.Heading{Level: 2, Text: "3. Tiếp công dân, giải quyết đơn thư"},
		item("Đã tiếp 78 lượt công dân, trong đó tiếp thường xuyên 55 lượt, lãnh đạo tiếp 23 lượt; mọi lượt tiếp đều được ghi vào sổ với đủ họ tên, nội dung và cách giải quyết."),
		item("Đã nhận 27 đơn và giải quyết xong cả 27 đơn; không có đơn thư tồn đọng, không có vụ việc phức tạp kéo dài hoặc khiếu kiện đông người."),
		item("Kết quả giải quyết được thông báo cho người gửi đơn bằng văn bản và được nhắc lại trong cuộc họp thôn gần nhất nếu người gửi đồng ý."),
		paper.Heading{Level: 1, Text: "II. Đánh giá chung"},
		paper.Heading{Level: 2, Text: "1. Ưu điểm"},
		text("Sự phối hợp giữa hai cơ quan ngày càng nền nếp, đúng vai, rõ việc. Cán bộ thôn được hướng dẫn cách ghi chép nên số liệu gửi về xã đầy đủ và kịp thời hơn các năm trước; việc đối chiếu giữa sổ của thôn và sổ của xã được làm hằng quý, sai lệch được sửa ngay khi phát hiện."),
		paper.Heading{Level: 2, Text: "2. Hạn chế và nguyên nhân"},
		text("Một số thôn ở xa trung tâm, sóng điện thoại yếu, báo cáo về xã còn chậm. Việc giám sát các công trình nhỏ do dân tự làm chưa thường xuyên. Kinh phí cho hoạt động giám sát còn ít, thành viên các ban chủ yếu làm việc kiêm nhiệm, lại thay đổi sau mỗi kỳ bầu trưởng thôn nên kinh nghiệm chưa được truyền lại đầy đủ."),
		paper.Heading{Level: 1, Text: "III. Phương hướng nhiệm kỳ tới"},
		text("1. Tiếp tục phát huy khối đại đoàn kết, bảo đảm mọi chủ trương lớn của xã đều được bàn bạc với nhân dân trước khi quyết định."),
		text("2. Đưa việc ghi chép của thôn vào nền nếp: mỗi suất quà, mỗi cuộc tiếp dân, mỗi khoản thu chi của quỹ đều được ghi ngay trong ngày và đối chiếu hằng tháng."),
		text("3. Công khai kết quả giải quyết kiến nghị của cử tri tại nhà văn hóa thôn chậm nhất mười ngày sau khi có kết quả."),
		text("Trên đây là báo cáo kết quả phối hợp công tác nhiệm kỳ 2019-2024, Ủy ban nhân dân xã kính báo./."),
	}
}

// longNote is longer than a page has left.
func longNote() []string {
	note := []string{"Số suất quà theo từng đợt trong nhiệm kỳ, tổng hợp từ sổ của các thôn:"}
	for year := 2019; year <= 2023; year++ {
		for quarter := 1; quarter <= 4; quarter++ {
			note = append(note, fmt.Sprintf("- Quý %d năm %d: nguồn từ Quỹ “Vì người nghèo” của xã, từ các đơn vị kết nghĩa và từ các nhà hảo tâm; danh sách người nhận được lập tại cuộc họp thôn và lưu ở bộ phận một cửa.", quarter, year))
		}
	}
	return note
}

func gifts() paper.Table {
	t := paper.Table{
		Columns: []paper.Column{
			{Title: "TT", Width: 10, Align: paper.Center},
			{Title: "Thôn", Width: 40},
			{Title: "2021", Width: 20, Align: paper.Right},
			{Title: "2022", Width: 20, Align: paper.Right},
			{Title: "2023", Width: 20, Align: paper.Right},
			{Title: "Tổng số", Width: 25, Align: paper.Right},
		},
		Groups: []paper.Group{{Span: 1}, {Span: 1}, {Title: "Số suất quà trong năm", Span: 3}, {Span: 1}},
	}
	for i, village := range []string{"Thôn Đồi Mẫu", "Thôn Suối Mẫu", "Thôn Núi Mẫu", "Thôn Bến Mẫu"} {
		a, b, c := 200+13*i, 250+11*i, 120+7*i
		t.Rows = append(t.Rows, paper.Row{Cells: []string{fmt.Sprint(i + 1), village, fmt.Sprint(a), fmt.Sprint(b), fmt.Sprint(c), fmt.Sprint(a + b + c)}})
	}
	return t
}

func houses(n int) paper.Table {
	t := paper.Table{
		Columns: []paper.Column{
			{Title: "TT", Width: 12, Align: paper.Center},
			{Title: "Chủ hộ", Width: 40},
			{Title: "Thôn", Width: 35},
			{Title: "Diện hỗ trợ", Width: 35},
			{Title: "Năm", Width: 15, Align: paper.Center},
			{Title: "Kinh phí (đồng)", Width: 30, Align: paper.Right},
			{Title: "Tình trạng", Width: 60},
		},
	}
	for i := range n {
		state := "Đã bàn giao"
		if i%5 == 3 {
			state = "Đã bàn giao; chủ hộ góp thêm vật liệu và công thợ, bà con trong thôn giúp vận chuyển cát, đá"
		}
		t.Rows = append(t.Rows, paper.Row{Cells: []string{
			fmt.Sprint(i + 1), fmt.Sprintf("Hộ mẫu %03d", i+1), "Thôn Suối Mẫu", "Hộ nghèo", fmt.Sprint(2019 + i%5), "53.333.000", state,
		}})
	}
	t.Rows = append(t.Rows, paper.Row{Cells: []string{"", "Tổng cộng", "", "", "", fmt.Sprint(n * 53333), ""}, Bold: true})
	return t
}
