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
	DateField: "handedOverOn", NameField: "program",
	Fields: []Field{
		{Name: "household", Label: "Hộ", Type: TypeReference, Required: true, References: []ledger.Kind{KindHousehold}},
		{Name: "program", Label: "Chương trình", Type: TypeChoice, Required: true, Options: []Option{
			{"greatUnity", "Nhà đại đoàn kết"},
			{"gratitude", "Nhà tình nghĩa"},
			{"temporaryHousing", "Xóa nhà tạm, nhà dột nát"},
			{"other", "Chương trình khác"},
		}},
		{Name: "work", Label: "Xây mới hay sửa chữa", Type: TypeChoice, Required: true, Options: []Option{
			{"new", "Xây mới"},
			{"repair", "Sửa chữa"},
		}},
		{Name: "sources", Label: "Nguồn kinh phí", Type: TypeList, MaxItems: 20, Items: []Field{
			{Name: "name", Label: "Nguồn", Type: TypeText, Required: true, MaxLength: 200},
			{Name: "amountVnd", Label: "Trị giá (đồng)", Help: "Hiện vật và ngày công quy ra tiền.", Type: TypeMoney, Required: true, Max: MaxMoney},
			{Name: "form", Label: "Hình thức", Type: TypeChoice, Required: true, Options: []Option{
				{"cash", "Tiền mặt"},
				{"kind", "Hiện vật"},
				{"labour", "Ngày công"},
			}},
		}},
		{Name: "areaM2", Label: "Diện tích (m²)", Help: "Làm tròn đến mét vuông.", Type: TypeInteger, Min: 1, Max: 1000},
		{Name: "hardFloor", Label: "Nền cứng", Type: TypeBoolean},
		{Name: "hardFrame", Label: "Khung, tường cứng", Type: TypeBoolean},
		{Name: "hardRoof", Label: "Mái cứng", Type: TypeBoolean},
		{Name: "startedOn", Label: "Ngày khởi công", Type: TypeDate},
		{Name: "acceptedOn", Label: "Ngày nghiệm thu", Type: TypeDate},
		{Name: "handedOverOn", Label: "Ngày bàn giao", Type: TypeDate},
		{Name: "status", Label: "Tình trạng", Type: TypeChoice, Required: true, Options: []Option{
			{HousePlanned, "Chuẩn bị"},
			{HouseBuilding, "Đang làm"},
			{HouseAccepted, "Đã nghiệm thu"},
			{HouseHandedOver, "Đã bàn giao"},
			{HouseCancelled, "Không làm nữa"},
		}},
		photos("Ảnh căn nhà"),
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
