package form_test

import (
	"strings"
	"testing"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// good is one record of each kind with every field filled.
var good = map[ledger.Kind]string{
	"household": `{"code":"HM-012","headName":"Hộ mẫu 012","category":"poor","povertyStandard":"2026-2030","categoryFrom":"2026-01-01",
		"categoryTo":"2030-12-31","phone":"0905123456","nationalId":"051000000012",
		"members":[{"name":"Người mẫu 1","birthYear":1980,"relation":"vợ"},{"name":"Người mẫu 2","birthYear":null}],
		"movedFrom":` + elsewhere + `,"leftOn":"2026-11-01","leftFor":"Chuyển sang Thôn mẫu 2"}`,
	"campaign": `{"name":"Tết vì người nghèo 2027","organisation":"Đơn vị mẫu","donor":"Bà Mẫu","from":"2027-01-05","to":"2027-02-05","onePerHousehold":true,"purpose":"give",
		"giftQuantity":1,"giftValueVnd":300000,"giftItems":"10 kg gạo","categories":["poor","nearPoor"],
		"quotas":[{"unit":"21133-01-20040101","quantity":60},{"unit":"21133-02-20040101","quantity":0}]}`,
	"gift": `{"campaign":` + elsewhere + `,"household":"` + another + `","recipientName":"Hộ mẫu 012","category":"nearPoor","date":"2026-11-20",
		"quantity":1,"valueVnd":300000,"items":"10 kg gạo\n1 chăn","signedFor":true,"photos":["` + photo + `"]}`,
	"house": `{"household":"` + another + `","program":"greatUnity","work":"new","areaM2":40,"hardFloor":true,"hardFrame":true,"hardRoof":false,
		"sources":[{"name":"Mặt trận tỉnh","amountVnd":60000000,"form":"cash"},{"name":"Bà con thôn","amountVnd":5000000,"form":"labour"}],
		"startedOn":"2026-03-01","acceptedOn":"2026-06-01","handedOverOn":"2026-06-10","status":"handedOver","photos":[]}`,
	"reception": `{"date":"2026-11-20","type":"regular","citizenName":"Công dân mẫu 3","citizenAddress":"Thôn mẫu","citizenPhone":"+84905123456",
		"citizenId":"123456789","content":"Hỏi về đất\tở.\nXin hướng dẫn.","class":"proposal","groupSize":3,"visit":"first","settledBy":"Xã mẫu",
		"inCompetence":true,"guidedTo":"Tỉnh mẫu","handledBy":"Xã mẫu","outcome":"Đã trả lời","petition":"` + another + `","note":"Ghi thêm"}`,
	"petition": `{"receivedOn":"2026-06-01","citizenName":"Công dân mẫu 4","citizenAddress":"Thôn mẫu","citizenPhone":"0905123456",
		"citizenId":"051000000012","class":"complaint","content":"Khiếu nại mẫu","instance":"first","complex":true,"remote":false,"extensions":0,
		"deadline":"2026-12-31","status":"resolved","acceptedOn":"2026-06-05","declinedOn":null,"transferredOn":null,"transferredTo":"Tỉnh mẫu",
		"guidedOn":null,"guidedTo":"Tỉnh mẫu","withdrawnOn":null,"suspensions":[{"from":"2026-06-10","to":"2026-07-10"}],"stoppedOn":null,
		"resolvedOn":"2026-08-01","result":"Đã trả lời","note":"Ghi thêm","photos":["` + photo + `"]}`,
	"meeting": `{"date":"2026-10-10","level":"national","place":"Nhà văn hóa thôn mẫu","attendance":120,"opinions":30,"opinionsApprox":true,
		"summaries":"Đề nghị sửa đường."}`,
	"activity": `{"type":"mediation","date":"2026-11-20","name":"Hòa giải tranh chấp mẫu","place":"Nhà văn hóa thôn mẫu","coOrganiser":"Chi hội mẫu",
		"reached":12,"result":"Hai bên đồng ý.","photos":["` + photo + `"]}`,
	"fund": `{"direction":"out","date":"2026-11-21","amountVnd":500000,"party":"Hộ mẫu 012","purpose":"Đảo khoản ghi sai","proofNumber":"05",
		"bankTransaction":"FT26325","opening":false,"reverses":"` + another + `"}`,
}

// least is a record of each kind with what is required, and no more.
var least = map[ledger.Kind]string{
	"household": `{"headName":"Hộ mẫu 012","category":"other"}`,
	"campaign":  `{"name":"Đợt mẫu","from":"2026-11-01"}`,
	"gift":      `{"date":"2026-11-20","quantity":1,"recipientName":"Hộ mẫu 012"}`,
	"house":     `{"household":"` + another + `","program":"gratitude","work":"repair","status":"planned"}`,
	"reception": `{"date":"2026-11-20","type":"leader","citizenName":"Công dân mẫu 3","content":"Hỏi","class":"feedback"}`,
	"petition":  `{"receivedOn":"2026-11-20","class":"feedback","content":"Báo","status":"received"}`,
	"meeting":   `{"date":"2026-11-20","level":"commune","place":"Thôn mẫu"}`,
	"activity":  `{"type":"other","date":"2026-11-20","name":"Hoạt động mẫu"}`,
	"fund":      `{"direction":"in","date":"2026-11-20","amountVnd":1}`,
}

func TestGoodRecords(t *testing.T) {
	for _, f := range form.All() {
		for _, set := range []string{good[f.Kind], least[f.Kind]} {
			if fault := form.CheckOp(form.RoleReviewer, nil, mustEdit(t, f.Kind, set), today); fault != (ledger.Fault{}) {
				t.Errorf("%s %s: %v", f.Kind, set, fault)
			}
		}
		op := mustEdit(t, f.Kind, good[f.Kind])
		for _, field := range f.Fields {
			if _, ok := op.Get(field.Name); !ok {
				t.Errorf("the good %s leaves out %s", f.Kind, field.Name)
			}
		}
	}
}

func TestRequiredFields(t *testing.T) {
	for _, f := range form.All() {
		for _, field := range f.Fields {
			if !field.Required {
				continue
			}
			want := ledger.Fault{Code: ledger.FaultMissing, Field: field.Name}
			op := mustEdit(t, f.Kind, least[f.Kind])
			for i, a := range op.Set {
				if a.Field == field.Name {
					op.Set = append(op.Set[:i], op.Set[i+1:]...)
					break
				}
			}
			if got := form.CheckOp(form.RoleReviewer, nil, op, today); got != want {
				t.Errorf("%s without %s: %v", f.Kind, field.Name, got)
			}
			if f.WriteOnce {
				continue
			}
			op = mustEdit(t, f.Kind, `{"`+field.Name+`":null}`)
			if got := form.CheckOp(form.RoleReviewer, mustRecord(t, f.Kind, least[f.Kind]), op, today); got != want {
				t.Errorf("%s, %s cleared: %v", f.Kind, field.Name, got)
			}
		}
	}
}

// Each case changes the least record of its kind, or with a before makes it
// and edits it then.
func TestEditFaults(t *testing.T) {
	long := func(n int) string { return `"` + strings.Repeat("ạ", n) + `"` }
	list := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	for _, c := range []struct {
		kind  ledger.Kind
		set   string
		code  string // "" when good
		field string
	}{
		{"household", `{"wings":2}`, "field-unknown", "wings"},
		{"household", `{"headName":7}`, "type", "headName"},
		{"household", `{"headName":" \n "}`, "required", "headName"},
		{"household", `{"headName":"Hộ\u0000mẫu"}`, "text-control", "headName"},
		{"household", `{"headName":"Hộ\nmẫu"}`, "text-control", "headName"},
		{"household", `{"headName":"Hộ\u0085mẫu"}`, "text-control", "headName"},
		{"household", `{"headName":` + long(120) + `}`, "", ""},
		{"household", `{"headName":` + long(121) + `}`, "too-long", "headName"},
		{"household", `{"category":"rich"}`, "choice-unknown", "category"},
		{"household", `{"category":""}`, "required", "category"},
		{"household", `{"povertyStandard":""}`, "choice-unknown", "povertyStandard"},
		{"household", `{"categoryFrom":"2027-01-01","categoryTo":"2026-12-31"}`, "date-order", "categoryTo"},
		{"household", `{"categoryFrom":"2027-01-01","categoryTo":"2027-01-01"}`, "", ""},
		{"household", `{"categoryFrom":"2027-02-29"}`, "date-malformed", "categoryFrom"},
		{"household", `{"categoryFrom":"1926-01-01"}`, "date-early", "categoryFrom"},
		{"household", `{"phone":"0205123456"}`, "phone-malformed", "phone"},
		{"household", `{"phone":"090512345"}`, "phone-malformed", "phone"},
		{"household", `{"phone":"+84905123456"}`, "", ""},
		{"household", `{"phone":"+840905123456"}`, "", ""},
		{"household", `{"phone":"0905 123 456"}`, "", ""},
		{"household", `{"phone":"0165.123.4567"}`, "", ""},
		{"household", `{"phone":"02553 123 456"}`, "", ""},
		{"household", `{"phone":"+856 20 5555 1234"}`, "", ""},
		{"household", `{"phone":"01651234567"}`, "", ""},
		{"household", `{"phone":"01001234567"}`, "phone-malformed", "phone"},
		{"household", `{"phone":"0905123456/0914123456"}`, "phone-malformed", "phone"},
		{"household", `{"phone":"0905123456 0914123456"}`, "phone-malformed", "phone"},
		{"household", `{"phone":"không có"}`, "phone-malformed", "phone"},
		{"household", `{"phone":"٠٩٠٥١٢٣٤٥٦"}`, "phone-malformed", "phone"},
		{"household", `{"phone":"0905123456\n"}`, "", ""},
		{"household", `{"nationalId":"051 000 000 012"}`, "", ""},
		{"household", `{"leftFor":"Chuyển đi"}`, "required", "leftOn"},
		{"household", `{"phone":905123456}`, "type", "phone"},
		{"household", `{"nationalId":"0510000000123"}`, "national-id-malformed", "nationalId"},
		{"household", `{"nationalId":"0510000000"}`, "national-id-malformed", "nationalId"},
		{"household", `{"nationalId":"123456789"}`, "", ""},
		{"household", `{"members":{}}`, "type", "members"},
		{"household", `{"members":[1]}`, "type", "members[0]"},
		{"household", `{"members":[{"name":"A"},{"relation":"con"}]}`, "required", "members[1].name"},
		{"household", `{"members":[{"name":"A","age":3}]}`, "field-unknown", "members[0].age"},
		{"household", `{"members":[{"name":"A","birthYear":1899}]}`, "too-small", "members[0].birthYear"},
		{"household", `{"members":[{"name":"A","birthYear":"1980"}]}`, "type", "members[0].birthYear"},
		{"household", `{"members":` + list(30, `{"name":"A"}`) + `}`, "", ""},
		{"household", `{"members":` + list(31, `{"name":"A"}`) + `}`, "too-many", "members"},

		{"campaign", `{"to":"2026-10-31"}`, "date-order", "to"},
		{"campaign", `{"onePerHousehold":"yes"}`, "type", "onePerHousehold"},
		{"campaign", `{"onePerHousehold":1}`, "type", "onePerHousehold"},

		{"campaign", `{"purpose":"sell"}`, "choice-unknown", "purpose"},
		{"campaign", `{"categories":"poor"}`, "type", "categories"},
		{"campaign", `{"categories":[1]}`, "type", "categories"},
		{"campaign", `{"categories":["rich"]}`, "choice-unknown", "categories"},
		{"campaign", `{"categories":["poor","poor"]}`, "repeated", "categories"},
		{"campaign", `{"quotas":[{"unit":"Thôn 1","quantity":1}]}`, "unit-malformed", "quotas[0].unit"},
		{"campaign", `{"quotas":[{"unit":7,"quantity":1}]}`, "type", "quotas[0].unit"},
		{"campaign", `{"quotas":[{"unit":"a-1"}]}`, "required", "quotas[0].quantity"},
		{"campaign", `{"quotas":[{"unit":"a-1","quantity":1},{"unit":"a-1","quantity":2}]}`, "repeated", "quotas"},

		{"gift", `{"recipientName":null}`, "one-of", "household"},
		{"gift", `{"recipientName":"  "}`, "one-of", "household"},
		{"gift", `{"recipientName":null,"household":"` + another + `"}`, "", ""},
		{"gift", `{"household":"` + strings.ToUpper(another) + `"}`, "reference-malformed", "household"},
		{"gift", `{"household":"hộ mẫu"}`, "reference-malformed", "household"},
		{"gift", `{"household":{"record":"` + another + `"}}`, "reference-malformed", "household"},
		{"gift", `{"household":{"record":"` + another + `","unit":"a b"}}`, "reference-malformed", "household"},
		{"gift", `{"household":"00000000-0000-0000-0000-000000000000"}`, "reference-malformed", "household"},
		{"gift", `{"household":` + elsewhere + `}`, "", ""},
		{"gift", `{"date":"2026-11-21"}`, "", ""},
		{"gift", `{"date":"2026-11-22"}`, "date-future", "date"},
		{"gift", `{"date":"20-11-2026"}`, "date-malformed", "date"},
		{"gift", `{"date":"2026-11-20T00:00:00Z"}`, "date-malformed", "date"},
		{"gift", `{"date":20261120}`, "type", "date"},
		{"gift", `{"quantity":0}`, "too-small", "quantity"},
		{"gift", `{"quantity":1001}`, "too-large", "quantity"},
		{"gift", `{"quantity":1.0}`, "type", "quantity"},
		{"gift", `{"quantity":1e2}`, "type", "quantity"},
		{"gift", `{"quantity":99999999999999999999}`, "type", "quantity"},
		{"gift", `{"valueVnd":-1}`, "too-small", "valueVnd"},
		{"gift", `{"valueVnd":0}`, "", ""},
		{"gift", `{"valueVnd":1000000000001}`, "too-large", "valueVnd"},
		{"gift", `{"valueVnd":300000.5}`, "type", "valueVnd"},
		{"gift", `{"items":"gạo\r\nchăn"}`, "text-control", "items"},
		{"gift", `{"photos":"` + photo + `"}`, "type", "photos"},
		{"gift", `{"photos":[7]}`, "type", "photos"},
		{"gift", `{"photos":["` + strings.ToUpper(photo) + `"]}`, "hash-malformed", "photos"},
		{"gift", `{"photos":["` + photo + `","` + photo + `"]}`, "repeated", "photos"},

		{"house", `{"status":"accepted"}`, "required", "acceptedOn"},
		{"house", `{"status":"handedOver"}`, "required", "handedOverOn"},
		{"house", `{"startedOn":"2026-05-02","acceptedOn":"2026-05-01"}`, "date-order", "acceptedOn"},
		{"house", `{"startedOn":"2026-05-02","handedOverOn":"2026-05-01"}`, "date-order", "handedOverOn"},
		{"house", `{"acceptedOn":"2026-05-02","handedOverOn":"2026-05-01"}`, "date-order", "handedOverOn"},
		{"house", `{"areaM2":40.5}`, "type", "areaM2"},
		{"house", `{"sources":[{"name":"A","amountVnd":1,"form":"gold"}]}`, "choice-unknown", "sources[0].form"},
		{"house", `{"sources":[{"name":"A","form":"cash"}]}`, "required", "sources[0].amountVnd"},
		{"house", `{"sources":[{"name":"A","amountVnd":-5,"form":"cash"}]}`, "too-small", "sources[0].amountVnd"},

		{"reception", `{"type":"phone"}`, "choice-unknown", "type"},
		{"reception", `{"class":"denunciation"}`, "", ""},
		{"reception", `{"groupSize":0}`, "too-small", "groupSize"},
		{"reception", `{"content":` + long(4001) + `}`, "too-long", "content"},
		{"reception", `{"citizenId":"B1234567"}`, "national-id-malformed", "citizenId"},

		{"petition", `{"status":"transferred"}`, "required", "transferredOn"},
		{"petition", `{"status":"suspended","suspensions":[]}`, "required", "suspensions"},
		{"petition", `{"status":"suspended","suspensions":[{"from":"2026-11-20"}]}`, "", ""},
		{"petition", `{"status":"suspended","suspensions":[{"from":"2026-11-20","to":"2026-11-21"}]}`, "suspension-open", "suspensions"},
		{"petition", `{"status":"resumed","suspensions":[{"from":"2026-11-20"}]}`, "suspension-open", "suspensions"},
		{"petition", `{"suspensions":[{"from":"2026-11-19"}]}`, "date-order", "suspensions"},
		{"petition", `{"suspensions":[{"from":"2026-11-21","to":"2026-11-20"}]}`, "date-order", "suspensions"},
		{"petition", `{"suspensions":[{"from":"2026-11-20"},{"from":"2026-11-21"}]}`, "date-order", "suspensions"},
		{"petition", `{"resolvedOn":"2026-11-19"}`, "date-order", "resolvedOn"},
		{"petition", `{"deadline":"2026-11-19"}`, "date-order", "deadline"},
		{"petition", `{"extensions":3}`, "too-large", "extensions"},

		{"meeting", `{"level":"world"}`, "choice-unknown", "level"},
		{"meeting", `{"attendance":-1}`, "too-small", "attendance"},

		{"fund", `{"amountVnd":0}`, "too-small", "amountVnd"},
		{"fund", `{"opening":true}`, "", ""},
		{"fund", `{"opening":true,"direction":"out"}`, "opening-balance", "opening"},
		{"fund", `{"opening":true,"purpose":"Sai","reverses":"` + another + `"}`, "opening-balance", "opening"},
		{"fund", `{"reverses":"` + another + `"}`, "required", "purpose"},
		{"activity", `{"type":"dance"}`, "choice-unknown", "type"},
		{"activity", `{"reached":-1}`, "too-small", "reached"},
		{"fund", `{"reverses":` + elsewhere + `,"purpose":"Sai"}`, "reference-unit", "reverses"},
	} {
		merged := mustEdit(t, c.kind, least[c.kind])
		change := mustEdit(t, c.kind, c.set)
		want := ledger.Fault{Code: c.code, Field: c.field}
		for _, a := range merged.Set {
			if _, ok := change.Get(a.Field); !ok {
				change.Set = append(change.Set, a)
			}
		}
		sortSet(change)
		if got := form.CheckOp(form.RoleReviewer, nil, change, today); got != want {
			t.Errorf("new %s with %.80s: %v, want %v", c.kind, c.set, got, want)
		}
		if c.kind == "fund" {
			continue
		}
		if got := form.CheckOp(form.RoleReviewer, mustRecord(t, c.kind, least[c.kind]), mustEdit(t, c.kind, c.set), today); got != want {
			t.Errorf("%s edited to %.80s: %v, want %v", c.kind, c.set, got, want)
		}
	}
}
