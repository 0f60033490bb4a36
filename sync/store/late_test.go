package store_test

import (
	"testing"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// A record that is returned counts no more, and one that is taken back then counts
// again: either comes late into a closed period. What stays as it was does not.
func TestLateReviews(t *testing.T) {
	onEvery(t, func(t *testing.T, h *host) {
		s := h.server()
		a, desk := newPhone(t, "A"), staff(t, "desk")
		a.mustPush(s, a.edit(id(1), 0, meeting(1)), 1)
		period := ledger.Period{From: "2026-01-01", To: "2026-12-14"}
		n := desk.write(ledger.PeriodID(village, period), ledger.KindPeriod, ledger.ActionClose, 1, `,"period":"`+period.String()+`"`)
		desk.mustPush(s, n, n)
		for i, c := range []struct {
			state string
			late  bool
		}{
			{`"approved"`, false},
			{`"returned","note":"Sai"`, true},
			{`"returned","note":"Vẫn sai"`, false},
			{`"approved"`, true},
			{`"pending"`, false},
			{`"returned","note":"Sai"`, true},
			{`"pending"`, true},
		} {
			n := desk.write(id(1), form.KindMeeting, ledger.ActionReview, ledger.Seq(2+i), `,"state":`+c.state)
			if v := desk.mustPush(s, n, n).Results[0]; v.Status != ledger.Accepted || v.Late != c.late {
				t.Errorf("%d: %s: %+v, want late %t", i, c.state, v, c.late)
			}
		}
		mustAgree(t, h, s)
	})
}
