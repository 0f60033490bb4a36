package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

const nowhere ledger.UnitID = "99999-20040101"

// reachable is who reaches which unit, said once more and by hand.
func reachable(username, operation string, unit ledger.UnitID) bool {
	if username == "root" {
		return unit != nowhere
	}
	p := people[username]
	switch p.role {
	case form.RoleCollector:
		pulls := operation == "pullChanges" || operation == "getHead"
		return slices.Contains(p.units, unit) || pulls && (unit == commune && p.units[0] != otherVillage || unit == otherCommune && p.units[0] == otherVillage)
	case form.RoleSuperior:
		return false
	}
	if p.units[0] == commune {
		return slices.Contains([]ledger.UnitID{commune, village1, village2}, unit)
	}
	return slices.Contains([]ledger.UnitID{otherCommune, otherVillage}, unit)
}

// TestAccess calls every operation of the contract as every person, for units
// of their own, of their neighbours, of another commune, and for one that does
// not exist. What happens must be what x-roles says, and what lies outside
// must be answered to the letter as what does not exist.
func TestAccess(t *testing.T) {
	h := newHost(t)
	units := []ledger.UnitID{village1, village2, commune, otherVillage, otherCommune}
	records := map[ledger.UnitID]ledger.RecordID{}
	for i, unit := range units {
		writer := "reviewer"
		if unit == otherVillage || unit == otherCommune {
			writer = "otherreviewer"
		}
		records[unit] = ledger.NameID("access", fmt.Sprint(i))
		h.phone(writer, unit).write(records[unit], form.KindMeeting, ledger.ActionEdit, 0, `,"set":`+meeting(i)).mustPush()
	}
	for _, unit := range units {
		h.archive(unit)
	}
	doc, err := openapi3.NewLoader().LoadFromFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			roles := rolesOf(t, op)
			for username := range people {
				for _, target := range append(slices.Clone(units), nowhere) {
					if roles == nil || op.OperationID == "signOut" {
						continue // public, or would end the session
					}
					calls++
					call := h.call(op.OperationID, method, path, username, target, records[target])
					a := call(h.as(username))
					switch role := people[username].role; {
					case !slices.Contains(roles, string(role)):
						a.want(http.StatusForbidden, "role-forbidden")
					case !namesUnit(op.OperationID):
						if a.status == http.StatusForbidden || a.status == http.StatusUnauthorized {
							t.Errorf("%s as %s: %d", op.OperationID, username, a.status)
						}
					case reachable(username, op.OperationID, target):
						if a.status == http.StatusNotFound || a.status == http.StatusForbidden || a.status == http.StatusUnauthorized {
							t.Errorf("%s of %s as %s: %d\n%s", op.OperationID, target, username, a.status, a.body)
						}
					default:
						a.want(http.StatusNotFound, "not-found")
						none := h.call(op.OperationID, method, path, username, nowhere, ledger.RecordID{15: 1})(h.as(username))
						if string(a.body) != string(none.body) {
							t.Errorf("%s of %s as %s is answered\n%s, one that does not exist\n%s", op.OperationID, target, username, a.body, none.body)
						}
					}
				}
			}
			if roles != nil {
				h.call(op.OperationID, method, path, "reviewer", village1, records[village1])("").want(http.StatusUnauthorized, "token-missing")
			}
		}
	}
	t.Logf("%d calls", calls)
}

// rolesOf returns the roles that an operation names, and nil for a public one.
func rolesOf(t *testing.T, op *openapi3.Operation) []string {
	t.Helper()
	if op.Security != nil && len(*op.Security) == 0 {
		return nil
	}
	var roles []string
	list, ok := op.Extensions["x-roles"].([]any)
	if !ok {
		t.Fatalf("%s: x-roles is %T", op.OperationID, op.Extensions["x-roles"])
	}
	for _, r := range list {
		roles = append(roles, r.(string))
	}
	return roles
}

func namesUnit(operation string) bool {
	switch operation {
	case "pushBatch", "pullChanges", "getHead", "getLog", "verifyLedger", "updateUnit", "getOverview", "streamEvents", "listRecords", "exportRecords", "getRecord", "getFund", "listCampaigns", "listConflicts", "listDuplicates", "listRejections",
		"listPeriods", "listLaterChanges", "getStanding", "setStanding",
		"listReports", "compileReport", "getReport", "writeReport", "recompileReport", "approveReport", "withdrawReport", "getReportFile", "submitReport", "recallReport", "returnReport", "dropReport", "attachScan",
		"verifyReport", "listFigureRecords", "countFigures", "exportFigures", "getRegister", "getLetterhead", "setLetterhead", "listNotices", "deliverReport",
		"listDeliveries", "listReportDeliveries", "resendDelivery", "confirmReceipt", "listRecipients", "createRecipient", "updateRecipient":
		return true
	}
	return false
}

// archive gives a unit an issued report that is on its way to a recipient.
func (h *host) archive(unit ledger.UnitID) {
	h.t.Helper()
	username := "approver"
	if !reachable(username, "", unit) {
		username = "otherapprover"
	}
	r := h.compile(username, fmt.Sprintf(`{"unit":%q,"template":"ubnd","type":"annual","year":2025}`, unit), http.StatusCreated)
	path := "/v1/reports/" + r.ID
	h.do("POST", path+"/approve", h.as(username), `{"version":1,"name":"Người ký mẫu","confirms":["conflicts","villages-silent","not-reviewed","sections-empty"]}`).want(http.StatusOK)
	h.recipient(unit, "root", toProvince)
	h.do("POST", path+"/deliver", h.as(username), nil).want(http.StatusOK)
}

func reportOf(unit ledger.UnitID) string { return string(unit) + ".ubnd.annual.20241215-20251214.01" }

// call prepares one operation for a unit.
func (h *host) call(operation, method, path, username string, unit ledger.UnitID, record ledger.RecordID) func(token string) answer {
	recipient, delivery := "none", "none"
	if list, err := h.office.Outbox.Of(h.t.Context(), reportOf(unit)); err == nil && len(list) > 0 {
		recipient, delivery = list[0].Value.Recipient, list[0].ID
	}
	path = strings.NewReplacer(
		"{unit}", string(unit), "{record}", record.String(), "{user}", "nobody", "{device}", "d_none", "{report}", reportOf(unit), "{format}", "json",
		"{figure}", "meetings", "{template}", "ubnd", "{recipient}", recipient, "{delivery}", delivery, "{schedule}", "verify", "{notice}", "none", "{day}", "2027-02-05",
		"{type}", "annual", "{section}", "lessons",
	).Replace(path)
	var body any
	switch operation {
	case "pushBatch":
		s := h.session(username)
		body = fmt.Sprintf(`{"device":%q,"epoch":%d,"from":1,"ops":[{"n":1,"record":%q,"kind":"meeting","action":"edit","base":0,"at":"2026-11-20T02:10:00Z","set":{"attendance":3}}]}`,
			s.Device.ID, s.Device.Epoch, record)
	case "getOverview", "getFund", "listCampaigns", "streamEvents", "listRecords", "exportRecords", "listConflicts", "listDuplicates", "listRejections", "getRecord", "listReports", "listDeliveries", "listNotices":
		path += "?unit=" + string(unit)
	case "listPeriods":
		path += "?unit=" + string(unit)
	case "setStanding":
		body = `{"version":999,"text":"Lời văn mẫu"}`
	case "countFigures", "exportFigures":
		path += "?from=2026-01-01&to=2026-12-31&unit=" + string(unit)
	case "getRegister":
		path += "?from=2026-01-01&to=2026-12-31"
	case "compileReport":
		body = fmt.Sprintf(`{"unit":%q,"template":"ubnd","type":"annual","year":2025}`, unit)
	case "writeReport":
		body = `{"version":999,"sections":{"gifts":"Nội dung mẫu"}}`
	case "recompileReport", "submitReport", "recallReport":
		body = `{"version":999}`
	case "returnReport":
		body = `{"version":999,"note":"Ghi chú mẫu"}`
	case "dropReport", "attachScan", "removeSchedule":
		path += "?version=999"
	case "approveReport":
		body = `{"version":999,"name":"Người ký mẫu","confirms":["conflicts","villages-silent","not-reviewed","sections-empty"]}`
	case "withdrawReport":
		body = `{"version":999,"reason":"Lý do mẫu"}`
	case "setLetterhead":
		body = `{"version":999,"letter":{"issuer":["XÃ MẪU"],"symbol":"BC-UBND","place":"Xã mẫu","recipients":["Lưu: VT"],"position":"CHỦ TỊCH"},"rule":{"halfEnds":"06-14","yearEnds":"12-14","within":2}}`
	case "createRecipient":
		body = `{"name":" ","channel":"folder","address":"tinh-mau","validFrom":"2025-07-01"}`
	case "updateRecipient":
		body = `{"version":999,"name":"Tỉnh mẫu","address":"tinh-mau","validFrom":"2025-07-01"}`
	case "createSchedule":
		body = `{"name":" ","cron":"0 2 * * *","task":"verify"}`
	case "updateSchedule":
		body = `{"version":999,"name":"Kiểm tra","cron":"0 2 * * *","task":"verify"}`
	case "setHoliday":
		body = `{"name":"Tết Nguyên đán"}`
	case "updateUnit", "updateUser":
		body = `{"version":999,"name":"Tên mẫu"}`
	case "updateDevice":
		body = `{"version":999,"state":"revoked"}`
	case "createUnit":
		body = `{}`
	case "createUser":
		body = `{}`
	case "changePassword":
		body = `{"new":"ngắn"}`
	case "enrol":
		body = `{"code":"00000000","device":{"name":"Máy mẫu","platform":""}}`
	}
	return func(token string) answer {
		h.t.Helper()
		if operation == "attachScan" {
			return h.attach(path, token, []byte("%PDF-1.7\n"))
		}
		return h.do(method, path, token, body)
	}
}
