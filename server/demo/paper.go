package demo

import "github.com/sothon/sothon/jobs/calendar"

// Term is the one of the report.
var Term = calendar.Term(2019, 2024, reported)

// Printed is a number as it stands in the report.
type Printed struct {
	ID     string
	Value  int64
	Unit   string
	Period string // "" where AsOf stands
	AsOf   string
	Approx bool
}

const (
	years    = "2019-2024"
	reported = "2024-04-11"
)

// Paper is report 56/BC-UBND of the commune Trà Lâm, of 11 April 2024, in the
// order of its sections.
var Paper = []Printed{
	{ID: "meetings", Value: 13, Unit: "đợt", Period: years},
	{ID: "meetings.attendance", Value: 2854, Unit: "lượt cử tri", Period: years},
	{ID: "meetings.opinions", Value: 300, Unit: "ý kiến", Period: years, Approx: true},
	{ID: "fund.raised", Value: 48_686_352, Unit: "đ", Period: "2019-2023"},
	{ID: "fund.balance", Value: 24_241_353, Unit: "đ", AsOf: reported},
	{ID: "houses", Value: 15, Unit: "căn", Period: years},
	{ID: "houses.support", Value: 800_000_000, Unit: "đ", Period: years},
	{ID: "gifts", Value: 3038, Unit: "suất", Period: years},
	{ID: "gifts.2019", Value: 192, Unit: "suất", Period: "2019"},
	{ID: "gifts.2020", Value: 195, Unit: "suất", Period: "2020"},
	{ID: "gifts.2021", Value: 1006, Unit: "suất", Period: "2021"},
	{ID: "gifts.2022", Value: 1123, Unit: "suất", Period: "2022"},
	{ID: "gifts.2023", Value: 522, Unit: "suất", Period: "2023"},
	{ID: "receptions", Value: 78, Unit: "lượt", Period: years},
	{ID: "receptions.regular", Value: 55, Unit: "lượt", Period: years},
	{ID: "receptions.leader", Value: 23, Unit: "lượt", Period: years},
	{ID: "petitions", Value: 27, Unit: "đơn", Period: years},
	{ID: "petitions.open", Value: 0, Unit: "đơn", AsOf: reported},
}

// printed returns the report's number.
func printed(id string) int64 {
	for _, p := range Paper {
		if p.ID == id {
			return p.Value
		}
	}
	return 0
}
