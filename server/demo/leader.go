package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// The day on which the report was signed, and its number on paper: the office
// had numbered by hand before.
const (
	paperNumber = 56
	paperYear   = 2024
)

// Folder is the name of the district's, below the server's outbox.
const Folder = "huyen"

// leaders are the people of the report: who compiles it, who signs it, who
// looks after the settings, and who receives it in the district.
type leaders struct {
	admin, reviewer, approver, superior client.Client
	commune, district                   ledger.UnitID
	id                                  string // of the report
	version                             int64
}

// of is the place of a role at a desk, or nil.
func (l *leaders) of(role ledger.Role) *client.Client {
	return map[ledger.Role]*client.Client{form.RoleReviewer: &l.reviewer, form.RoleApprover: &l.approver, form.RoleSuperior: &l.superior}[role]
}

// compiled is a report as the server tells it.
type compiled struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	State   string `json:"state"`
	Content struct {
		Figures []report.Figure `json:"figures"`
	} `json:"content"`
}

// prepare says what the commune's reports look like, and who receives them.
func (l *leaders) prepare(ctx context.Context) error {
	path := "/v1/units/" + string(l.commune) + "/letterheads/" + string(report.UBND)
	var head map[string]any
	if err := l.approver.Call(ctx, http.MethodGet, path, nil, &head); err != nil {
		return err
	}
	head["termTold"] = reported[len("2024-"):]
	head["firstNumbers"] = map[string]int{fmt.Sprint(paperYear): paperNumber}
	delete(head, "unit")
	delete(head, "template")
	if err := l.approver.Call(ctx, http.MethodPut, path, head, nil); err != nil {
		return fmt.Errorf("set the letterhead: %w", err)
	}
	return l.admin.Call(ctx, http.MethodPost, "/v1/units/"+string(l.commune)+"/recipients", map[string]any{
		"name": "Ủy ban nhân dân huyện", "to": l.district, "channel": "folder", "address": Folder, "validFrom": "2004-01-01", "validTo": "2025-06-30",
	}, nil)
}

// compile has the term's report compiled, or compiled again.
func (l *leaders) compile(ctx context.Context) ([]Figure, error) {
	var r compiled
	if err := l.reviewer.Call(ctx, http.MethodPost, "/v1/reports", map[string]any{
		"unit": l.commune, "type": "term", "template": report.UBND, "fromYear": Term.From.Year(), "toYear": Term.To.Year(),
	}, &r); err != nil {
		return nil, err
	}
	l.id, l.version = r.ID, r.Version
	return compare(r.Content.Figures)
}

func (l *leaders) path(rest string) string { return "/v1/reports/" + url.PathEscape(l.id) + rest }

// issue has the reviewer write what no record can tell, the leader sign, and
// the report delivered; then the district reads it.
func (l *leaders) issue(ctx context.Context) (*Issued, error) {
	var r compiled
	if err := l.reviewer.Call(ctx, http.MethodPatch, l.path(""), map[string]any{"version": l.version, "sections": map[string]string{
		"bases":              "Thực hiện Công văn số 1101/UBND-NV ngày 10 tháng 4 năm 2024 của Ủy ban nhân dân huyện Trà Bồng về việc báo cáo kết quả công tác phối hợp hoạt động giữa Mặt trận và Ủy ban nhân dân huyện khóa X nhiệm kỳ 2019-2024;",
		"unity":              "Công tác tập hợp, xây dựng khối đại đoàn kết toàn dân tộc được Ủy ban nhân dân và Ủy ban MTTQ Việt Nam xã phối hợp thực hiện thường xuyên, gắn với các cuộc vận động ở khu dân cư.",
		"sessions-committee": "Ủy ban nhân dân xã đã gửi tài liệu và mời Ủy ban MTTQ Việt Nam xã tham dự các phiên họp theo đúng Quy chế phối hợp.",
		"sessions-front":     "Ủy ban MTTQ Việt Nam xã đã thông báo kết quả tham gia xây dựng chính quyền 6 tháng và hằng năm tại các kỳ họp Hội đồng nhân dân xã.",
		"other":              "", // nothing to tell: left out
		"strengths":          "- Công tác tiếp xúc cử tri được duy trì thường xuyên, góp phần kịp thời phản ánh tâm tư, nguyện vọng của Nhân dân.\n- Công tác tiếp công dân được thực hiện nghiêm túc; các đơn tiếp nhận đều được xử lý.",
		"limits":             "- Việc phối hợp giám sát ở khu dân cư có thời điểm chưa thường xuyên.\n- Có 01 đơn giải quyết quá thời hạn theo luật định.",
		"lessons":            "- Cần thực hiện nghiêm chế độ thông tin, báo cáo giữa Ủy ban nhân dân và Ủy ban MTTQ Việt Nam xã đúng thời gian quy định.",
		"directions":         "- Tiếp tục duy trì việc cập nhật số liệu tại thôn, rà soát số liệu hằng tháng.\n- Thường xuyên vận động ủng hộ Quỹ “Vì người nghèo”.\n- Phối hợp tiếp công dân, giải quyết đơn khiếu nại, tố cáo, kiến nghị, phản ánh đúng thời hạn theo quy định.",
	}}, &r); err != nil {
		return nil, fmt.Errorf("write a section: %w", err)
	}
	if err := l.approver.Call(ctx, http.MethodPost, l.path("/approve"), map[string]any{
		"version": r.Version, "date": reported, "name": "Chủ tịch mẫu", "reason": "Báo cáo của nhiệm kỳ đã qua.",
		"confirms": []string{"conflicts", "villages-silent", "not-reviewed", "sections-empty"},
	}, &r); err != nil {
		return nil, fmt.Errorf("approve: %w", err)
	}
	if err := l.approver.Call(ctx, http.MethodPost, l.path("/deliver"), nil, nil); err != nil {
		return nil, fmt.Errorf("deliver: %w", err)
	}
	parcel, err := l.arrived(ctx)
	if err != nil {
		return nil, err
	}
	var check struct {
		OK bool `json:"ok"`
	}
	if err := l.reviewer.Call(ctx, http.MethodPost, l.path("/verify"), nil, &check); err != nil {
		return nil, err
	}
	if !check.OK {
		return nil, errors.New("compiled again, the report is not the same")
	}
	if err := l.superior.Call(ctx, http.MethodGet, l.path(""), nil, &r); err != nil {
		return nil, fmt.Errorf("the district reads the report: %w", err)
	}
	return &Issued{ID: l.id, Number: paperNumber, Parcel: parcel}, nil
}

// arrived waits until the outbox has delivered, and returns the parcel's name.
func (l *leaders) arrived(ctx context.Context) (string, error) {
	const tries = 300
	var last string
	for range tries {
		var answer struct {
			Deliveries []struct {
				State    string `json:"state"`
				Attempts []struct {
					Answer string `json:"answer"`
					Error  string `json:"error"`
				} `json:"attempts"`
			} `json:"deliveries"`
		}
		if err := l.approver.Call(ctx, http.MethodGet, l.path("/deliveries"), nil, &answer); err != nil {
			return "", err
		}
		if len(answer.Deliveries) != 1 {
			return "", fmt.Errorf("%d deliveries of one report to one recipient", len(answer.Deliveries))
		}
		d := answer.Deliveries[0]
		if n := len(d.Attempts); n > 0 {
			if last = d.Attempts[n-1].Error; d.State == "sent" {
				return d.Attempts[n-1].Answer, nil
			}
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("the report was not delivered: %s", last)
}
