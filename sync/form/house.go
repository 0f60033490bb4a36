package form

import "github.com/sothon/sothon/sync/ledger"

// KindHouse is a house built or repaired with the Front's help (nhà đại đoàn
// kết, nhà tình nghĩa).
const KindHouse ledger.Kind = "house"

// Steps of a house.
const (
	HousePlanned    = "planned"
	HouseBuilding   = "building"
	HouseAccepted   = "accepted"
	HouseHandedOver = "handedOver"
	HouseCancelled  = "cancelled"
)

// A house's day in lists is the day of its handover; one still being built has
// none. Reports count it from its acceptance on.
var house = Form{
	Kind: KindHouse, Label: "Nhà đại đoàn kết, nhà tình nghĩa", Plural: "Danh sách nhà đại đoàn kết, nhà tình nghĩa",
	Dates: []string{"acceptedOn", "handedOverOn"}, DateField: "handedOverOn", NameField: "program",
	Fields: []Field{
		{Name: "household", Label: "Hộ", Type: TypeReference, Required: true, References: []ledger.Kind{KindHousehold}},
		{Name: "program", Label: "Chương trình", Type: TypeChoice, Required: true, Filter: true, Options: []Option{
			{Value: "greatUnity", Label: "Nhà đại đoàn kết"},
			{Value: "gratitude", Label: "Nhà tình nghĩa"},
			{Value: "temporaryHousing", Label: "Xóa nhà tạm, nhà dột nát"},
			{Value: "other", Label: "Chương trình khác"},
		}},
		{Name: "work", Label: "Xây mới hay sửa chữa", Type: TypeChoice, Required: true, Filter: true, Options: []Option{
			{Value: "new", Label: "Xây mới"},
			{Value: "repair", Label: "Sửa chữa"},
		}},
		{Name: "sources", Label: "Nguồn kinh phí", Type: TypeList, MaxItems: 20, Items: []Field{
			{Name: "name", Label: "Nguồn", Type: TypeText, Required: true, Personal: true, MaxLength: 200},
			{Name: "amountVnd", Label: "Trị giá (đồng)", Help: "Hiện vật và ngày công quy ra tiền.", Type: TypeMoney, Required: true, Max: maxMoney, Suffix: "đồng"},
			{Name: "form", Label: "Hình thức", Type: TypeChoice, Required: true, Options: []Option{
				{Value: "cash", Label: "Tiền mặt"},
				{Value: "kind", Label: "Hiện vật"},
				{Value: "labour", Label: "Ngày công"},
			}},
		}},
		{Name: "areaM2", Label: "Diện tích (m²)", Help: "Làm tròn đến mét vuông.", Type: TypeInteger, Min: 1, Max: 1000, Suffix: "m²"},
		{Name: "hardFloor", Label: "Nền cứng", Type: TypeBoolean},
		{Name: "hardFrame", Label: "Khung, tường cứng", Type: TypeBoolean},
		{Name: "hardRoof", Label: "Mái cứng", Type: TypeBoolean},
		{Name: "startedOn", Label: "Ngày khởi công", Type: TypeDate, When: when("status", HouseBuilding, HouseAccepted, HouseHandedOver)},
		{Name: "acceptedOn", Label: "Ngày nghiệm thu", Type: TypeDate, When: when("status", HouseAccepted, HouseHandedOver)},
		{Name: "handedOverOn", Label: "Ngày bàn giao", Type: TypeDate, When: when("status", HouseHandedOver)},
		{Name: "status", Label: "Tình trạng", Type: TypeChoice, Required: true, Filter: true, Default: ledger.Text(HousePlanned), Options: []Option{
			{Value: HousePlanned, Label: "Chuẩn bị"},
			{Value: HouseBuilding, Label: "Đang làm"},
			{Value: HouseAccepted, Label: "Đã nghiệm thu"},
			{Value: HouseHandedOver, Label: "Đã bàn giao"},
			{Value: HouseCancelled, Label: "Không làm nữa"},
		}},
		photos("Ảnh căn nhà"),
	},
	Sections: []Section{
		{Title: "Căn nhà", Fields: []string{"household", "program", "work"}},
		{Title: "Các bước", Fields: []string{"status", "startedOn", "acceptedOn", "handedOverOn"}},
		{Title: "Nguồn kinh phí", Fields: []string{"sources"}},
		{Title: "Diện tích, ba cứng", Fields: []string{"areaM2", "hardFloor", "hardFrame", "hardRoof"}},
		{Title: "Ảnh", Fields: []string{"photos"}},
	},
	Rules: []Rule{
		needs("status", []string{HouseAccepted}, "acceptedOn"),
		needs("status", []string{HouseHandedOver}, "handedOverOn"),
		inOrder("startedOn", "acceptedOn"),
		inOrder("acceptedOn", "handedOverOn"),
		inOrder("startedOn", "handedOverOn"),
	},
	same: []sameKey{
		{"hp", "same-household-program", 75, []part{reference("household"), text("program")}},
	},
	signs: []sign{
		{reason: "same-work", of: text("work"), agree: 10, differ: -40},
		{reason: "same-day", of: text("handedOverOn"), agree: 10, differ: -25},
		{reason: "same-start", of: text("startedOn"), agree: 5, differ: -15},
	},
}
