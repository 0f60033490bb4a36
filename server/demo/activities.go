package demo

import (
	"fmt"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// activities are held in villages and at the commune. No figure of the paper
// counts them.
func (p *planner) activities() {
	for i, a := range []struct{ kind, name, result string }{
		{form.ActivityPropaganda, "Tuyên truyền ngày hội đại đoàn kết", "Phát tờ rơi, nói chuyện tại nhà văn hóa."},
		{form.ActivitySupervision, "Giám sát việc bình xét hộ nghèo", "Đề nghị niêm yết danh sách tại thôn."},
		{form.ActivityMovement, "Phát động thu gom rác, trồng hoa ven đường", "Làm sạch 2 km đường thôn."},
		{form.ActivityMediation, "Hòa giải tranh chấp ranh giới vườn", "Hai bên đồng ý giữ ranh giới cũ."},
		{form.ActivityCriticism, "Phản biện đề án sắp xếp thôn", "Góp ý 5 nội dung."},
		{form.ActivityComment, "Góp ý dự thảo quy ước thôn", "Tổng hợp 12 ý kiến."},
		{form.ActivityMeeting, "Dự họp Hội đồng nhân dân xã", "Thông báo kết quả công tác Mặt trận."},
		{form.ActivityElection, "Hội nghị cử tri giới thiệu người ứng cử", "Tổ chức đúng thời gian."},
	} {
		for round := range 2 {
			date := p.dayIn(7*i + 3 + 4*round) // until March 2024
			village := (i + round) % len(p.villages)
			set := fields{
				"date": ledger.Text(date), "type": ledger.Text(a.kind), "name": ledger.Text(fmt.Sprintf("%s (mẫu %d)", a.name, round+1)),
				"place": villageHall(village), "reached": ledger.Int(int64(20 + 7*i + 3*round)), "result": ledger.Text(a.result),
			}
			if round == 0 {
				set["coOrganiser"] = ledger.Text("Chi hội mẫu")
				p.create(date, p.phoneIn(village), p.villages[village], form.KindActivity, set)
				continue
			}
			set["place"] = communeHall
			p.create(date, Desk, p.commune, form.KindActivity, set)
		}
	}
}
