package jobs_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/store"
	"github.com/sothon/sothon/sync/store/memory"
)

// issue has a report issued, with a recipient until June 2025 and one after it.
func (w *host) issue() store.Stored[archive.Report] {
	w.t.Helper()
	for _, r := range []outbox.Recipient{
		{Unit: commune, To: district, Name: "UBND huyện mẫu", Channel: outbox.ByMail, Address: "huyen@mau.example", ValidFrom: "2004-01-01", ValidTo: "2025-06-30"},
		{Unit: commune, Name: "UBND tỉnh mẫu", Channel: outbox.ByWebhook, Address: "https://tinh.mau.example/bao-cao", ValidFrom: "2025-07-01"},
	} {
		if _, err := w.office.Outbox.Recipients.Add(w.t.Context(), r); err != nil {
			w.t.Fatal(err)
		}
	}
	w.gift(village1, "2020-05-01", 3)
	return w.approve(w.compile(archive.Request{}))
}

func (w *host) dispatch() {
	w.t.Helper()
	if _, err := w.office.Outbox.Dispatch(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// delivery is the only one of a report.
func (w *host) delivery(report string) outbox.Delivery {
	w.t.Helper()
	list, err := w.office.Outbox.Of(w.t.Context(), report)
	if err != nil || len(list) != 1 {
		w.t.Fatalf("%d deliveries, %v", len(list), err)
	}
	return list[0].Value
}

func (w *host) deliver(report string) {
	w.t.Helper()
	if _, err := w.office.Deliver(w.t.Context(), report, clerk); err != nil {
		w.t.Fatal(err)
	}
}

func TestDelivery(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	w.deliver(r.ID) // twice is once
	w.dispatch()
	w.dispatch()
	if len(w.sent.parcels) != 1 {
		t.Fatalf("%d parcels were sent", len(w.sent.parcels))
	}
	p := w.sent.parcels[0]
	if len(p.Files) != 4 || p.Report.Number != 1 || p.Repeat || !strings.Contains(p.Subject, "Báo cáo số 01/BC-UBND ngày 11/4/2024") || !strings.Contains(p.Text, "UBND huyện mẫu") {
		t.Errorf("the parcel: %+v", p)
	}
	if got := w.get(r.ID).Value.State; got != archive.Delivered {
		t.Errorf("the report is %s", got)
	}

	token := strings.TrimPrefix(p.AckURL, "https://sothon.example.vn/v1/acknowledgements/")
	for _, wrong := range []string{"", "x", token + "0", strings.Replace(token, "~", "~0", 1), strings.Split(token, "~")[0] + "~"} {
		if _, err := w.office.Outbox.Acknowledge(t.Context(), wrong); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the word %q: %v", wrong, err)
		}
	}
	for range 2 {
		if _, err := w.office.Outbox.Acknowledge(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	if d := w.delivery(r.ID); d.State != outbox.Acknowledged || d.Arrived.Via != "link" || d.To.Secret != "" {
		t.Errorf("the delivery: %+v", d)
	}
	if got := w.get(r.ID).Value.State; got != archive.Acknowledged {
		t.Errorf("the report is %s", got)
	}
}

// Who gets a report is decided by the day of its issue.
func TestRecipientsHaveDays(t *testing.T) {
	w := newHost(t)
	w.pass(500 * 24 * time.Hour)
	r := w.issue()
	w.deliver(r.ID)
	if d := w.delivery(r.ID); d.To.Name != "UBND tỉnh mẫu" {
		t.Errorf("sent to %s", d.To.Name)
	}
	w.sent.receipt = post.Receipt{Acknowledged: true, Reference: "số vào sổ 12"}
	w.dispatch()
	if d := w.delivery(r.ID); d.State != outbox.Acknowledged || d.Arrived.Via != "answer" || d.Attempts[0].Answer != "số vào sổ 12" {
		t.Errorf("the delivery: %+v", d)
	}
}

// What fails is tried again, later each time, and given up in the end; then a
// person may send it again.
func TestFailuresAreTriedAgain(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	down := errors.New("connection refused")
	for range 20 {
		w.sent.answers = append(w.sent.answers, down)
	}
	w.dispatch()
	w.dispatch() // at once is too early
	if n := len(w.sent.parcels); n != 1 {
		t.Fatalf("%d attempts at once", n)
	}
	for range 20 {
		w.pass(7 * time.Hour)
		w.dispatch()
	}
	d := w.delivery(r.ID)
	if d.State != outbox.Dead || len(d.Attempts) != 12 || d.Attempts[11].Error != "connection refused" {
		t.Fatalf("after many failures: %s, %d attempts", d.State, len(d.Attempts))
	}
	if dead, err := w.office.Outbox.OfUnits(t.Context(), units(commune), outbox.Dead); err != nil || len(dead) != 1 {
		t.Fatalf("dead letters: %d, %v", len(dead), err)
	}
	w.sent.answers = nil
	if _, err := w.office.Outbox.Resend(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	w.dispatch()
	if d := w.delivery(r.ID); d.State != outbox.Sent || d.Attempts[12].Repeat {
		t.Errorf("sent again: %s %+v", d.State, d.Attempts[12])
	}
}

func TestWhatIsRefusedIsNotTriedAgain(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	w.sent.answers = []error{fmt.Errorf("%w: no such user", post.ErrRefused)}
	w.dispatch()
	w.pass(24 * time.Hour)
	w.dispatch()
	if d := w.delivery(r.ID); d.State != outbox.Dead || len(d.Attempts) != 1 || d.Attempts[0].Outcome != "refused" {
		t.Errorf("refused: %s %+v", d.State, d.Attempts)
	}
}

func TestWhatMayHaveArrivedSaysSo(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	w.sent.answers = []error{fmt.Errorf("%w: the line broke", post.ErrUncertain), &post.RetryAfter{Wait: time.Hour, Err: errors.New("busy")}}
	w.dispatch()
	w.pass(7 * time.Hour)
	w.dispatch()
	w.pass(59 * time.Minute)
	w.dispatch()
	if n := len(w.sent.parcels); n != 2 {
		t.Fatalf("%d attempts, one of them before the other side wanted", n)
	}
	w.pass(time.Minute)
	w.dispatch()
	a, b := w.sent.parcels[0], w.sent.parcels[2]
	if a.Repeat || !b.Repeat || a.ID != b.ID || a.Text != b.Text {
		t.Errorf("repeated: %v then %v, %s then %s", a.Repeat, b.Repeat, a.ID, b.ID)
	}
}

// A withdrawn report is not sent any more.
func TestWithdrawnIsNotSent(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	w.withdraw(w.get(r.ID))
	w.dispatch()
	if d := w.delivery(r.ID); d.State != outbox.Dead || len(w.sent.parcels) != 0 {
		t.Errorf("%s, %d parcels", d.State, len(w.sent.parcels))
	}
}

// Each write of ordering and sending fails, applied and not, as if the server
// had been killed there. Then the outbox is worked off. The report arrives; it
// arrives twice only where the second says that it may be one, under the same
// id.
func TestOutboxCutOffAnywhere(t *testing.T) {
	for _, fault := range []memory.Fault{memory.Unapplied, memory.Applied} {
		for at := 0; ; at++ {
			w := newHost(t)
			r := w.issue()
			name := fmt.Sprintf("write %d, applied %v", at, fault == memory.Applied)
			writes := w.failWrite(at, fault)
			_, ordered := w.office.Deliver(t.Context(), r.ID, clerk)
			_, sent := w.office.Outbox.Dispatch(t.Context())
			w.db.SetFaults(nil)
			if ordered == nil && sent == nil && *writes <= at {
				break
			}
			if ordered != nil {
				w.deliver(r.ID) // the person presses the button again
			}
			for range 3 {
				w.pass(7 * time.Hour)
				w.dispatch()
			}
			if d := w.delivery(r.ID); d.State != outbox.Sent {
				t.Errorf("%s: the delivery is %s: %+v", name, d.State, d.Attempts)
			}
			if got := w.get(r.ID).Value.State; got != archive.Delivered {
				t.Errorf("%s: the report is %s", name, got)
			}
			for i, p := range w.sent.parcels {
				if p.ID != w.sent.parcels[0].ID || i > 0 && !p.Repeat {
					t.Errorf("%s: parcel %d of %d says %v", name, i, len(w.sent.parcels), p.Repeat)
				}
			}
		}
	}
}

// Two servers work one outbox off: each parcel leaves once.
func TestTwoServersOneOutbox(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	for i := range 5 {
		if _, err := w.office.Outbox.Recipients.Add(t.Context(), outbox.Recipient{
			Unit: commune, Name: fmt.Sprintf("Nơi nhận mẫu %d", i), Channel: outbox.ByFolder, Address: fmt.Sprintf("mau-%d", i), ValidFrom: "2004-01-01",
		}); err != nil {
			t.Fatal(err)
		}
	}
	w.deliver(r.ID)
	other := w.open("máy 2")
	var wg sync.WaitGroup
	for range 3 {
		for _, office := range []*jobs.Office{w.office, other} {
			wg.Go(func() {
				if _, err := office.Outbox.Dispatch(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	var ids []string
	for _, p := range w.sent.parcels {
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	if len(ids) != 6 || len(slices.Compact(ids)) != 6 {
		t.Errorf("sent %q", ids)
	}
}

func TestRecipientsThatCannotBeMeant(t *testing.T) {
	w := newHost(t)
	good := outbox.Recipient{Unit: commune, Name: "Nơi nhận mẫu", Channel: outbox.ByFolder, Address: "huyen", ValidFrom: "2020-01-01"}
	for _, test := range []struct {
		field  string
		change func(*outbox.Recipient)
	}{
		{"name", func(r *outbox.Recipient) { r.Name = " " }},
		{"name", func(r *outbox.Recipient) { r.Name = "UBND tỉnh\nBcc: x" }},
		{"name", func(r *outbox.Recipient) { r.Name = "UBND tỉnh\u2028Bcc: x" }},
		{"template", func(r *outbox.Recipient) { r.Template = "hdnd" }},
		{"validFrom", func(r *outbox.Recipient) { r.ValidFrom = "1/1/2020" }},
		{"validTo", func(r *outbox.Recipient) { r.ValidTo = "2019-12-31" }},
		{"channel", func(r *outbox.Recipient) { r.Channel = "pigeon" }},
		{"address", func(r *outbox.Recipient) { r.Address = "../../etc" }},
		{"address", func(r *outbox.Recipient) { r.Channel, r.Address = outbox.ByMail, "a@b.example\r\nBcc: c@d.example" }},
		{"address", func(r *outbox.Recipient) { r.Channel, r.Address = outbox.ByMail, "huyện@mau.example" }},
		{"address", func(r *outbox.Recipient) { r.Channel, r.Address = outbox.ByMail, `"huyen mau"@mau.example` }},
		{"address", func(r *outbox.Recipient) { r.Channel, r.Address = outbox.ByMail, "Huyện <huyen@mau.example>" }},
		{"address", func(r *outbox.Recipient) { r.Channel, r.Address = outbox.ByWebhook, "file:///etc/passwd" }},
		{"address", func(r *outbox.Recipient) { r.Channel, r.Address = outbox.ByWebhook, "http://tinh.mau.example/bao-cao" }},
		{"address", func(r *outbox.Recipient) { r.Channel, r.Address = outbox.ByWebhook, "https://10.0.0.5/bao-cao" }},
	} {
		r := good
		test.change(&r)
		_, err := w.office.Outbox.Recipients.Add(t.Context(), r)
		if invalid, ok := errors.AsType[*entry.Invalid](err); !ok || invalid.Field != test.field {
			t.Errorf("%+v: %v, want one about %s", r, err, test.field)
		}
	}
}

// A list of the deliveries of a unit, or to one, holds no others.
func TestDeliveriesAreFoundByUnit(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	w.db.SetFaults(func(op, id string) memory.Fault {
		if op == memory.OpList && id != "deliveries/"+string(commune)+"." && id != "deliveries/"+string(village1)+"." && id != "inboxes/"+string(district)+"/" {
			t.Errorf("listed %s", id)
		}
		return memory.None
	})
	of, err := w.office.Outbox.OfUnits(t.Context(), units(commune, village1), outbox.Queued)
	if err != nil || len(of) != 1 {
		t.Errorf("of the commune: %d, %v", len(of), err)
	}
	to, err := w.office.Outbox.ToUnits(t.Context(), units(district))
	if err != nil || len(to) != 1 || to[0].ID != of[0].ID {
		t.Errorf("to the district: %d, %v", len(to), err)
	}
	w.db.SetFaults(nil)
}

// An address is a recipient's once at a time, for each issuer.
func TestSameAddressTwice(t *testing.T) {
	w := newHost(t)
	good := outbox.Recipient{Unit: commune, Template: report.UBND, Name: "Nơi nhận mẫu", Channel: outbox.ByMail, Address: "tinh@mau.example", ValidFrom: "2020-01-01", ValidTo: "2023-12-31"}
	first, err := w.office.Outbox.Recipients.Add(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		refused bool
		change  func(*outbox.Recipient)
	}{
		"the same":         {true, func(*outbox.Recipient) {}},
		"other letters":    {true, func(r *outbox.Recipient) { r.Address = "Tinh@Mau.example" }},
		"a day in common":  {true, func(r *outbox.Recipient) { r.ValidFrom, r.ValidTo = "2023-12-31", "" }},
		"of every issuer":  {true, func(r *outbox.Recipient) { r.Template = "" }},
		"afterwards":       {false, func(r *outbox.Recipient) { r.ValidFrom, r.ValidTo = "2024-01-01", "" }},
		"of the Front":     {false, func(r *outbox.Recipient) { r.Template = report.MTTQ }},
		"of another unit":  {false, func(r *outbox.Recipient) { r.Unit = village1 }},
		"another address":  {false, func(r *outbox.Recipient) { r.Address = "vanthu@mau.example" }},
		"in another place": {false, func(r *outbox.Recipient) { r.Channel, r.Address = outbox.ByFolder, "tinh" }},
	} {
		r := good
		test.change(&r)
		_, err := w.office.Outbox.Recipients.Add(t.Context(), r)
		invalid, ok := errors.AsType[*entry.Invalid](err)
		if test.refused != (ok && invalid.Field == "address") || !ok && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.office.Outbox.Recipients.Replace(t.Context(), first.ID, first.Version, good, false); err != nil {
		t.Errorf("changed to what it is: %v", err)
	}
}

// Each issuer has its own recipients, and its letters say who sends them.
func TestRecipientsOfAnIssuer(t *testing.T) {
	w := newHost(t)
	for template, address := range map[report.Template]string{report.UBND: "ubnd@mau.example", report.MTTQ: "mttq@mau.example"} {
		if _, err := w.office.Outbox.Recipients.Add(t.Context(), outbox.Recipient{
			Unit: commune, Template: template, Name: "Nơi nhận mẫu", Channel: outbox.ByMail, Address: address, ValidFrom: "2004-01-01",
		}); err != nil {
			t.Fatal(err)
		}
	}
	for template, want := range map[report.Template][2]string{
		report.UBND: {"ubnd@mau.example", "Ủy ban nhân dân xã Trà Mẫu trân trọng gửi Báo cáo số 01/BC-UBND ngày 11 tháng 4 năm 2024 về kết quả thực hiện công tác phối hợp"},
		report.MTTQ: {"mttq@mau.example", "Ban Thường trực Ủy ban MTTQ Việt Nam xã Trà Mẫu trân trọng gửi Báo cáo số 01/BC-MTTQ-BTT ngày 11 tháng 4 năm 2024 về kết quả công tác Mặt trận"},
	} {
		r := w.approve(w.compile(archive.Request{Unit: commune, Template: template, Period: term, By: clerk}))
		w.deliver(r.ID)
		if d := w.delivery(r.ID); d.To.Address != want[0] || !strings.Contains(strings.ReplaceAll(d.Cover.Text, "\u00a0", " "), want[1]) {
			t.Errorf("%s: to %s: %s", template, d.To.Address, d.Cover.Text)
		}
	}
}

// Files are called by number, year and place, and those of the Front, which numbers
// its own, are not called as those of the people's committee.
func TestFileNames(t *testing.T) {
	w := newHost(t)
	draft := w.compile(archive.Request{})
	if got := draft.Value.FileName(archive.PDF); got != "du-thao-BC-2019-2024-xa-tra-mau.pdf" {
		t.Errorf("a draft is called %s", got)
	}
	front := w.compile(archive.Request{Unit: commune, Template: report.MTTQ, Period: term, By: clerk})
	if got := front.Value.FileName(archive.PDF); got != "du-thao-BC-2019-2024-mttq-xa-tra-mau.pdf" {
		t.Errorf("a draft of the Front is called %s", got)
	}
	if _, err := w.office.Outbox.Recipients.Add(t.Context(), outbox.Recipient{
		Unit: commune, Name: "Nơi nhận mẫu", Channel: outbox.ByFolder, Address: "tinh", ValidFrom: "2004-01-01",
	}); err != nil {
		t.Fatal(err)
	}
	r := w.approve(draft)
	w.deliver(r.ID)
	w.dispatch()
	var names []string
	for _, f := range w.sent.parcels[0].Files {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "BC-01-2024-xa-tra-mau.docx BC-01-2024-xa-tra-mau.pdf BC-01-2024-xa-tra-mau.xlsx BC-01-2024-xa-tra-mau.json" {
		t.Errorf("sent %s", got)
	}
}

// A delivery that is given up is logged and counted, with its reason. People at
// the desk read the reason without the addresses of the house.
func TestDeadDeliveriesAreTold(t *testing.T) {
	w := newHost(t)
	r := w.issue()
	w.deliver(r.ID)
	w.sent.answers = []error{fmt.Errorf("%w: dial tcp 10.20.30.40:25: no such mailbox", post.ErrRefused)}
	w.dispatch()
	if log := w.log.String(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "no such mailbox") || w.office.Outbox.GivenUp() != 1 {
		t.Errorf("%d given up: %s", w.office.Outbox.GivenUp(), log)
	}
	if d := w.delivery(r.ID); !strings.Contains(d.Attempts[0].Error, "no such mailbox") || strings.Contains(d.Attempts[0].Error, "10.20") {
		t.Errorf("the reason: %s", d.Attempts[0].Error)
	}
}
