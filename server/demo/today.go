package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/sothon/sothon/sync/client"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// The commune of today is what a newcomer finds after signing in: a village in
// the middle of handing out gifts, work that the commune has sent back, a field
// on which two phones differ, and villages that have been silent. Its figures
// are in no paper.

// householdsToday is how many households each village of today has, and
// givenToday how many of the first village's have their gift.
const (
	householdsToday = 60
	givenToday      = 26
	// photographedToday is how many gifts of the second village there are; of
	// every third nobody took a photo.
	photographedToday = 9
)

// today is the commune of today in the making.
type today struct {
	*players
	commune  ledger.UnitID
	villages []ledger.UnitID
	logins   []Login
	now      time.Time
}

// titles are what people are called in a village and a commune.
var titles = map[string]string{
	"truongthon": "Trưởng thôn", "mattran": "Trưởng ban công tác Mặt trận",
	"canbo": "Cán bộ Mặt trận", "lanhdao": "Chủ tịch", "quantri": "Quản trị", "thanhtra": "Thanh tra", "tinh": "Cán bộ Mặt trận tỉnh",
}

// settle founds the commune of today and has its people record.
func (c *players) settle(ctx context.Context) (*today, error) {
	t := &today{players: c, now: c.target.Now()}
	if err := t.createAccounts(ctx); err != nil {
		return nil, err
	}
	desk, err := t.phone(ctx, "canbo.xamau")
	if err != nil {
		return nil, err
	}
	campaign := ledger.Ref{Unit: t.commune, Record: ledger.NameID("demo", "campaign")}
	if err := t.announce(ctx, desk, campaign.Record); err != nil {
		return nil, err
	}
	for i, village := range t.villages {
		if err := t.list(ctx, i, village); err != nil {
			return nil, err
		}
	}
	if err := t.handOut(ctx, campaign); err != nil {
		return nil, err
	}
	if err := t.photograph(ctx, campaign); err != nil {
		return nil, err
	}
	return t, t.review(ctx, desk)
}

// createAccounts makes the units and the accounts.
func (t *today) createAccounts(ctx context.Context) error {
	admin := &t.leaders.admin
	unit := func(code, name, level string, parent ledger.UnitID) (ledger.UnitID, error) {
		request := map[string]any{"code": code, "name": name, "level": level, "validFrom": "2025-07-01"}
		if parent != "" {
			request["parent"] = parent
		}
		var answer struct {
			ID ledger.UnitID `json:"id"`
		}
		err := admin.Call(ctx, http.MethodPost, "/v1/units", request, &answer)
		return answer.ID, err
	}
	province, err := unit("51-mau", "Tỉnh Mẫu", "province", "")
	if err != nil {
		return err
	}
	if t.commune, err = unit("21124", "Xã Mẫu", "commune", province); err != nil {
		return err
	}
	for i := 1; i <= 3; i++ {
		village, err := unit(fmt.Sprintf("21124-%02d", i), fmt.Sprintf("Thôn mẫu %d", i), "village", t.commune)
		if err != nil {
			return err
		}
		t.villages = append(t.villages, village)
		for _, who := range []struct{ username, name string }{{"truongthon", "Nguyễn Văn Mẫu"}, {"mattran", "Trần Thị Mẫu"}} {
			if err := t.account(ctx, fmt.Sprintf("%s.thon%d", who.username, i), fmt.Sprintf("%s %d", who.name, i), who.username, form.RoleCollector, village); err != nil {
				return err
			}
		}
	}
	for _, who := range []struct {
		post, name string
		role       ledger.Role
		unit       ledger.UnitID
	}{
		{"canbo", "Lê Thị Mẫu", form.RoleReviewer, t.commune},
		{"lanhdao", "Phạm Văn Mẫu", form.RoleApprover, t.commune},
		{"quantri", "Đỗ Văn Mẫu", form.RoleAdmin, t.commune},
		{"thanhtra", "Vũ Thị Mẫu", form.RoleAuditor, t.commune},
		{"tinh", "Bùi Thị Mẫu", form.RoleSuperior, province},
	} {
		if err := t.account(ctx, who.post+".xamau", who.name, who.post, who.role, who.unit); err != nil {
			return err
		}
	}
	if err := t.receive(ctx, province); err != nil {
		return err
	}
	t.say("And a commune of today, %s, with %d villages in the middle of handing out gifts.", t.commune, len(t.villages))
	return nil
}

// provinceFolder is the name of the province's, below the server's outbox.
const provinceFolder = "tinh-mau"

// receive names the province as who receives the commune's reports, in a folder:
// its superior reads there what was delivered.
func (t *today) receive(ctx context.Context, province ledger.UnitID) error {
	err := t.leaders.admin.Call(ctx, http.MethodPost, "/v1/units/"+string(t.commune)+"/recipients", map[string]any{
		"name": "Ủy ban nhân dân tỉnh Mẫu", "to": province, "channel": "folder", "address": provinceFolder, "validFrom": "2025-07-01",
	}, nil)
	if err != nil {
		return fmt.Errorf("name the recipient: %w", err)
	}
	return nil
}

func (t *today) account(ctx context.Context, username, name, post string, role ledger.Role, in ledger.UnitID) error {
	t.logins = append(t.logins, Login{Username: username, Password: Password, Role: role, Unit: in})
	request := map[string]any{"username": username, "password": Password, "name": name, "title": titles[post], "role": role, "units": []ledger.UnitID{in}}
	if role == form.RoleCollector {
		request["phone"] = fmt.Sprintf("09050000%02d", len(t.logins))
	}
	return t.leaders.admin.Call(ctx, http.MethodPost, "/v1/users", request, nil)
}

// phone signs somebody in.
func (t *today) phone(ctx context.Context, username string) (*client.Client, error) {
	c := newClient(t.target.Client, t.target.URL)
	return &c, c.SignIn(ctx, username, Password, client.Machine{Name: "Máy của " + username, Platform: "Android 12, Chrome 138"})
}

// send pushes and pulls a unit. Nothing that today's commune writes may be
// refused: it would stand at the desk as an error of its people.
func send(ctx context.Context, c *client.Client, unit ledger.UnitID) error {
	if _, err := c.Sync(ctx, unit); err != nil {
		return err
	}
	for _, op := range c.State.Book(unit).Outbox {
		if v := op.Verdict; v != nil && v.Status == ledger.Rejected {
			return fmt.Errorf("the server refuses an op of the demo: %s %s", v.Code, v.Field)
		}
	}
	return nil
}

// write puts an op into a book, as its author who has pulled all there is.
func (t *today) write(b *client.Book, d client.Draft, set map[string]any) error {
	d.Base, d.At = b.Seen, t.now
	if set != nil {
		d.Action, d.Set = ledger.ActionEdit, map[string]json.RawMessage{}
		for field, value := range set {
			text, err := json.Marshal(value)
			if err != nil {
				return err
			}
			d.Set[field] = text
		}
	}
	_, err := b.Write(&d)
	return err
}

// day is the day n days from today.
func (t *today) day(days int) string { return t.now.AddDate(0, 0, days).Format(time.DateOnly) }

// announce makes the campaign that is running, in the commune's ledger.
func (t *today) announce(ctx context.Context, desk *client.Client, id ledger.RecordID) error {
	quotas := make([]map[string]any, len(t.villages))
	for i, village := range t.villages {
		quotas[i] = map[string]any{"unit": village, "quantity": householdsToday}
	}
	err := t.write(desk.State.Book(t.commune), client.Draft{Record: id, Kind: form.KindCampaign}, map[string]any{
		"name": "Quà Tết mẫu", "organisation": "Quỹ “Vì người nghèo” mẫu", "from": t.day(-20), "to": t.day(80), "onePerHousehold": true,
		"purpose": form.CampaignGive, "giftItems": "10 kg gạo, 1 chai dầu ăn", "giftValueVnd": 300000, "giftQuantity": 1, "quotas": quotas,
	})
	if err != nil {
		return err
	}
	return send(ctx, desk, t.commune)
}

// household is the id of one of a village's households.
func household(village, n int) ledger.RecordID {
	return ledger.NameID("demo", fmt.Sprintf("household %d %d", village, n))
}

// petitions are what people of today's villages ask for.
var petitions = []string{"Đề nghị sửa đường vào thôn.", "Đề nghị thắp sáng cầu treo.", "Đề nghị nạo vét mương trước mùa mưa."}

// list records a village's households, its meetings and its fund.
func (t *today) list(ctx context.Context, village int, unit ledger.UnitID) error {
	p, err := t.phone(ctx, fmt.Sprintf("truongthon.thon%d", village+1))
	if err != nil {
		return err
	}
	book := p.State.Book(unit)
	categories := categories()
	for n := 1; n <= householdsToday; n++ {
		err := t.write(book, client.Draft{Record: household(village, n), Kind: form.KindHousehold}, map[string]any{
			"code": fmt.Sprintf("H%03d", n), "headName": fmt.Sprintf("Hộ mẫu %d%02d", village+1, n), "category": categories[n%len(categories)],
		})
		if err != nil {
			return err
		}
	}
	for i, d := range []client.Draft{
		{Record: ledger.NameID("demo", fmt.Sprint("meeting ", village)), Kind: form.KindMeeting},
		{Record: ledger.NameID("demo", fmt.Sprint("fund ", village)), Kind: form.KindFund},
		{Record: ledger.NameID("demo", fmt.Sprint("petition ", village)), Kind: form.KindPetition},
	} {
		if err := t.write(book, d, []map[string]any{
			{"date": t.day(-30), "level": "commune", "place": fmt.Sprintf("Nhà văn hóa thôn mẫu %d", village+1), "attendance": 80 + village, "opinions": 6},
			{"direction": "in", "date": t.day(-25), "amountVnd": 2_500_000, "party": "Bà con thôn mẫu", "purpose": "Ủng hộ Quỹ “Vì người nghèo”"},
			{"receivedOn": t.day(-12), "class": "proposal", "citizenName": fmt.Sprintf("Người mẫu %d", village+1), "content": petitions[village%len(petitions)], "status": "received"},
		}[i]); err != nil {
			return err
		}
	}
	return send(ctx, p, unit)
}

// categories are those that a household can have.
func categories() []string {
	f, _ := form.Of(form.KindHousehold)
	field, _ := f.Field("category")
	values := make([]string, len(field.Options))
	for i, o := range field.Options {
		values[i] = o.Value
	}
	return values
}

// handOut has two phones of the first village give out the same gifts: some
// households are recorded by both, and of one the two differ.
func (t *today) handOut(ctx context.Context, campaign ledger.Ref) error {
	village := t.villages[0]
	for i, username := range []string{"mattran.thon1", "truongthon.thon1"} {
		p, err := t.phone(ctx, username)
		if err != nil {
			return err
		}
		book := p.State.Book(village) // never pulled: neither has seen the other's gifts
		for n := 1; n <= givenToday; n++ {
			if n%2 != i && n > 4 {
				continue
			}
			quantity := 1
			if n == 3 && i == 1 {
				quantity = 2
			}
			to := ledger.Ref{Record: household(0, n)}
			err := t.write(book, client.Draft{Record: form.GiftID(village, campaign, to), Kind: form.KindGift}, map[string]any{
				"campaign": json.RawMessage(campaign.Value()), "household": to.Record.String(), "date": t.day(-1), "quantity": quantity,
				"valueVnd": 300_000 * quantity, "signedFor": true,
			})
			if err != nil {
				return err
			}
		}
		if err := send(ctx, p, village); err != nil {
			return err
		}
	}
	return nil
}

// photograph has the second village give out gifts with photos of them, and
// forget some.
func (t *today) photograph(ctx context.Context, campaign ledger.Ref) error {
	village := t.villages[1]
	p, err := t.phone(ctx, "mattran.thon2")
	if err != nil {
		return err
	}
	if _, err := p.Sync(ctx, village); err != nil {
		return err
	}
	var photos [][]byte
	for n := 1; n <= photographedToday; n++ {
		to := ledger.Ref{Record: household(1, n)}
		set := map[string]any{
			"campaign": json.RawMessage(campaign.Value()), "household": to.Record.String(), "date": t.day(-2), "quantity": 1,
			"valueVnd": 300_000, "signedFor": true,
		}
		if n%3 != 0 {
			photo, err := picture(n)
			if err != nil {
				return err
			}
			photos, set["photos"] = append(photos, photo), []string{hashOf(photo)}
		}
		if err := t.write(p.State.Book(village), client.Draft{Record: form.GiftID(village, campaign, to), Kind: form.KindGift}, set); err != nil {
			return err
		}
	}
	if err := send(ctx, p, village); err != nil {
		return err
	}
	for _, photo := range photos {
		if err := upload(ctx, p, village, photo); err != nil {
			return fmt.Errorf("send a photo: %w", err)
		}
	}
	return nil
}

// review approves some of the gifts and sends two back.
func (t *today) review(ctx context.Context, desk *client.Client) error {
	village := t.villages[0]
	if _, err := desk.Sync(ctx, village); err != nil {
		return err
	}
	book := desk.State.Book(village)
	for n := 5; n <= 12; n++ {
		campaign := ledger.Ref{Unit: t.commune, Record: ledger.NameID("demo", "campaign")}
		d := client.Draft{
			Record: form.GiftID(village, campaign, ledger.Ref{Record: household(0, n)}), Kind: form.KindGift,
			Action: ledger.ActionReview, State: ledger.Approved,
		}
		if n <= 6 {
			d.State, d.Note = ledger.Returned, "Xin bổ sung ảnh chụp lúc trao quà."
		}
		if err := t.write(book, d, nil); err != nil {
			return err
		}
	}
	return send(ctx, desk, village)
}
