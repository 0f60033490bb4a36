package store_test

import (
	"fmt"
	"testing"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// TestLookAlikesAreBounded counts what each op of a batch is compared with, while
// thousands of records come that a village calls the same. What says nothing is compared
// with nothing; what might be the same with at most 16 for each key, and with none once
// more share it.
func TestLookAlikesAreBounded(t *testing.T) {
	const most, batch, records = 16, 50, 3000
	for name, c := range map[string]struct {
		kind ledger.Kind
		set  string
		keys int // that they all share and that say something
	}{
		"fund entries whose proof number is “không”": {form.KindFund, `{"direction":"out","date":"2026-03-01","amountVnd":100000,"party":"Hộ mẫu %d","proofNumber":"không"}`, 0},
		"fund entries of one proof number":           {form.KindFund, `{"direction":"out","date":"2026-03-01","amountVnd":100000,"party":"Hộ mẫu %d","proofNumber":"PC-01"}`, 1},
		"households called “Nguyễn Văn A”":           {form.KindHousehold, `{"code":"H%d","headName":"Nguyễn Văn A","category":"poor"}`, 0},
		"households called “Chưa rõ tên”":            {form.KindHousehold, `{"code":"H%d","headName":"Chưa rõ tên","category":"poor"}`, 0},
		"households of one name":                     {form.KindHousehold, `{"code":"H%d","headName":"Trần Văn Giống","category":"poor"}`, 1},
		"households of one name and telephone":       {form.KindHousehold, `{"code":"H%d","headName":"Trần Văn Giống","phone":"0905123456","category":"poor"}`, 2},
		"gifts to “đại diện hộ”":                     {form.KindGift, `{"date":"2026-03-01","quantity":1,"valueVnd":%d,"recipientName":"đại diện hộ"}`, 0},
		"gifts to one name on one day":               {form.KindGift, `{"date":"2026-03-01","quantity":1,"valueVnd":%d,"recipientName":"Trần Văn Giống"}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			committed := make(chan store.Committed, 1)
			s := openStore(t, memory.New(), func(o *store.Options) { o.Committed = func(c store.Committed) { committed <- c } })
			p := newPhone(t, "A")
			compared := 0
			for n := range records {
				p.write(id(n), c.kind, ledger.ActionEdit, 0, `,"set":`+fmt.Sprintf(c.set, n+1))
				if to := uint64(n + 1); to%batch == 0 {
					a := p.mustPush(s, to-batch+1, to)
					if a.Results[0].Status == ledger.Rejected {
						t.Fatalf("refused: %+v", a.Results[0])
					}
					last := <-committed
					compared += last.Compared
					if n >= 2*batch && last.Compared > 0 {
						t.Fatalf("with %d alike a batch of %d is compared with %d", n, batch, last.Compared)
					}
				}
			}
			if want := c.keys * most * (most + 1) / 2; compared > want || c.keys > 0 && compared == 0 {
				t.Errorf("%d ops were compared with %d records, want at most %d", records, compared, want)
			}
		})
	}
}
