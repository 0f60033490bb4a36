package gate

import (
	"slices"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// The one permission table: which role may call which operation. An operation that
// stands neither here nor in public is refused to everybody. Which ops of a batch a
// role may push says form.MayAct, which fields it may write the form, and which
// units a person may name Caller.Reaches.
var access = map[string][]ledger.Role{
	"signOut":   everybody,
	"getMe":     everybody,
	"getForms":  everybody,
	"listUnits": everybody,

	"listPeople":     everybody,
	"changePassword": everybody,
	"listMyDevices":  everybody,
	"revokeMyDevice": everybody,

	"listHolidays": everybody,

	"pushBatch":   {form.RoleCollector, form.RoleReviewer, form.RoleApprover, form.RoleAdmin},
	"importCarry": {form.RoleCollector, form.RoleReviewer},
	"pullChanges": {form.RoleCollector, form.RoleReviewer, form.RoleApprover},
	"getHead":     {form.RoleCollector, form.RoleReviewer, form.RoleApprover, form.RoleAuditor, form.RoleAdmin},
	"getLog":      {form.RoleReviewer, form.RoleAuditor},

	"createFile": {form.RoleCollector, form.RoleReviewer},
	"headFile":   {form.RoleCollector, form.RoleReviewer},
	"patchFile":  {form.RoleCollector, form.RoleReviewer},
	"getFile":    {form.RoleCollector, form.RoleReviewer, form.RoleApprover},

	"getOverview":     {form.RoleReviewer, form.RoleApprover},
	"streamEvents":    {form.RoleReviewer, form.RoleApprover},
	"listRecords":     {form.RoleReviewer, form.RoleApprover},
	"exportRecords":   {form.RoleReviewer},
	"getRecord":       {form.RoleReviewer, form.RoleApprover},
	"getFund":         {form.RoleReviewer, form.RoleApprover},
	"listCampaigns":   {form.RoleReviewer, form.RoleApprover},
	"getCampaign":     {form.RoleReviewer, form.RoleApprover},
	"listNotReceived": {form.RoleReviewer, form.RoleApprover},
	"listConflicts":   {form.RoleReviewer, form.RoleApprover},
	"listDuplicates":  {form.RoleReviewer},
	"listRejections":  {form.RoleReviewer},

	"listPeriods":       {form.RoleReviewer, form.RoleApprover, form.RoleAuditor},
	"listLaterChanges":  {form.RoleReviewer, form.RoleApprover},
	"getStanding":       {form.RoleReviewer, form.RoleApprover},
	"setStanding":       {form.RoleReviewer, form.RoleApprover},
	"listReports":       {form.RoleReviewer, form.RoleApprover, form.RoleSuperior, form.RoleAuditor},
	"compileReport":     {form.RoleReviewer, form.RoleApprover},
	"getReport":         {form.RoleReviewer, form.RoleApprover, form.RoleSuperior, form.RoleAuditor},
	"writeReport":       {form.RoleReviewer, form.RoleApprover},
	"dropReport":        {form.RoleReviewer, form.RoleApprover},
	"submitReport":      {form.RoleReviewer},
	"recallReport":      {form.RoleReviewer},
	"returnReport":      {form.RoleApprover},
	"attachScan":        {form.RoleApprover},
	"recompileReport":   {form.RoleReviewer, form.RoleApprover},
	"approveReport":     {form.RoleApprover},
	"withdrawReport":    {form.RoleApprover},
	"getReportFile":     {form.RoleReviewer, form.RoleApprover, form.RoleSuperior, form.RoleAuditor},
	"verifyReport":      {form.RoleReviewer, form.RoleApprover, form.RoleAuditor},
	"listFigureRecords": {form.RoleReviewer, form.RoleApprover, form.RoleAuditor},
	"countFigures":      {form.RoleReviewer, form.RoleApprover, form.RoleAuditor},
	"exportFigures":     {form.RoleReviewer, form.RoleApprover, form.RoleAuditor},
	"getRegister":       {form.RoleReviewer},
	"getLetterhead":     {form.RoleReviewer, form.RoleApprover, form.RoleAdmin},
	"setLetterhead":     {form.RoleApprover, form.RoleAdmin},
	"listNotices":       {form.RoleReviewer, form.RoleApprover},
	"seeNotice":         {form.RoleReviewer, form.RoleApprover},

	"deliverReport":        {form.RoleApprover},
	"confirmReceipt":       {form.RoleSuperior},
	"listDeliveries":       {form.RoleReviewer, form.RoleApprover, form.RoleAdmin},
	"listReportDeliveries": {form.RoleReviewer, form.RoleApprover, form.RoleAdmin},
	"resendDelivery":       {form.RoleApprover, form.RoleAdmin},
	"listRecipients":       {form.RoleReviewer, form.RoleApprover, form.RoleAdmin},
	"createRecipient":      {form.RoleAdmin},
	"updateRecipient":      {form.RoleAdmin},

	// Who manages some units changes what is done for those alone.
	"listSchedules":  {form.RoleAdmin},
	"createSchedule": {form.RoleAdmin},
	"updateSchedule": {form.RoleAdmin},
	"removeSchedule": {form.RoleAdmin},
	"listRuns":       {form.RoleAdmin},
	// Only for who manages all: the server has one calendar.
	"setHoliday":    {form.RoleAdmin},
	"removeHoliday": {form.RoleAdmin},

	"createUnit":      {form.RoleAdmin},
	"updateUnit":      {form.RoleAdmin},
	"listUsers":       {form.RoleAdmin},
	"createUser":      {form.RoleAdmin},
	"updateUser":      {form.RoleAdmin},
	"listDevices":     {form.RoleAdmin},
	"updateDevice":    {form.RoleAdmin},
	"createEnrolment": {form.RoleAdmin, form.RoleReviewer},
	"verifyLedger":    {form.RoleReviewer, form.RoleApprover, form.RoleAuditor, form.RoleAdmin},
	"listAdminLog":    {form.RoleAdmin, form.RoleAuditor},
	"listAccessLog":   {form.RoleAdmin, form.RoleAuditor},
}

var everybody = []ledger.Role{
	form.RoleCollector, form.RoleReviewer, form.RoleApprover, form.RoleAdmin, form.RoleSuperior, form.RoleAuditor,
}

// public are the operations that need no token.
var public = []string{
	"signIn", "refreshSession", "enrol", "getKeys", "getHealth", "getReadiness", "getMetrics", "getContract", "getAcknowledgement", "acknowledge",
}

// MayCall reports whether a role may call an operation.
func MayCall(role ledger.Role, operation string) bool {
	return slices.Contains(access[operation], role)
}

// Permissions lists the operations that a role may call, in order.
func Permissions(role ledger.Role) []string {
	var list []string
	for operation, roles := range access {
		if slices.Contains(roles, role) {
			list = append(list, operation)
		}
	}
	slices.Sort(list)
	return list
}
