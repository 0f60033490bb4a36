package measure

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// gift is one record: to the server the fields of an op, to the baseline a
// document or a row.
type gift struct {
	ID        string   `json:"-"             bson:"_id"`
	Unit      string   `json:"-"             bson:"unit"`
	Campaign  campaign `json:"campaign"      bson:"campaign"`
	Household string   `json:"household"     bson:"household"`
	Recipient string   `json:"recipientName" bson:"recipientName"`
	Date      string   `json:"date"          bson:"date"`
	Quantity  int      `json:"quantity"      bson:"quantity"`
	Value     int      `json:"valueVnd"      bson:"valueVnd"`
	Items     string   `json:"items"         bson:"items"`
}

// campaign points to a campaign of the commune's.
type campaign struct {
	Record string `json:"record" bson:"record"`
	Unit   string `json:"unit"   bson:"unit"`
}

// village makes the gifts of one village, as it has them: each campaign brings
// one to each of its households, and is on its own day. So no two look
// like duplicates.
type village struct {
	unit       ledger.UnitID
	random     *rand.Rand
	households []string
	meetings   []string
	made       int
}

// households of a village. There are as many different names.
const households = 300

var (
	families = []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ"}
	middles  = []string{"Văn", "Thị", "Hữu"}
	givens   = []string{"An", "Bình", "Cường", "Dũng", "Giang", "Hải", "Khánh", "Linh", "Minh", "Nam"}
	contents = []string{
		"10 kg gạo, 1 chai dầu ăn, 1 gói bột canh",
		"Tiền mặt 300.000 đồng và 1 túi quà Tết",
		"1 thùng mì tôm, 5 kg gạo, 2 lít nước mắm",
		"Chăn ấm, áo khoác và 500.000 đồng tiền mặt",
		"Sách vở, cặp học sinh, xe đạp cho con đi học",
		"1 phần quà gồm bánh kẹo, sữa, đường",
	}
	worths = []int{200_000, 300_000, 500_000, 700_000, 1_000_000, 1_500_000}
)

func newVillage(unit ledger.UnitID, seed uint64) *village {
	v := &village{unit: unit, random: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // The same records in each run, not a secret.
	for range households {
		v.households = append(v.households, v.id(time.Date(2025, 7, 1, 8, 0, 0, 0, time.UTC)))
	}
	return v
}

// id makes a UUID of version 7.
func (v *village) id(at time.Time) string {
	var id ledger.RecordID
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|v.random.Uint64N(1<<12)|7<<12)
	binary.BigEndian.PutUint64(id[8:], v.random.Uint64()>>2|1<<63)
	return id.String()
}

// next makes the next gift. campaigns finds the one of a number.
func (v *village) next(at time.Time, campaigns func(n int) (campaign, error)) (gift, error) {
	n, h := v.made/households, v.made%households
	c, err := campaigns(n)
	if err != nil {
		return gift{}, err
	}
	v.made++
	pick := v.random.IntN(len(contents))
	return gift{
		ID: v.id(at), Unit: string(v.unit), Campaign: c, Household: v.households[h], Recipient: nameOf(h),
		Date: dayOf(n), Quantity: 1 + v.random.IntN(8)/7, Value: worths[pick], Items: contents[pick],
	}, nil
}

func nameOf(household int) string {
	f, m, g := household%10, household/10%3, household/30%10
	return fmt.Sprintf("%s %s %s", families[f], middles[m], givens[g])
}

// dayOf is the day on which a campaign gives.
func dayOf(campaign int) string {
	return time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, campaign).Format(time.DateOnly)
}
