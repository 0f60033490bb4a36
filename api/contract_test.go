package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/sothon/sothon/jobs"
	"github.com/sothon/sothon/jobs/archive"
	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/outbox"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/jobs/schedule"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

const contractFile = "../openapi.yaml"

// document reads openapi.yaml and validates it with all its examples.
func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	nullValues(doc)
	err = doc.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation(),
		openapi3.EnableSchemaFormatValidation(), openapi3.EnableSchemaPatternValidation())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// nullValues lets null be a field's value. A schema without a type takes it, but
// not kin-openapi's reading of one.
func nullValues(doc *openapi3.T) { doc.Components.Schemas["FieldValue"].Value.Nullable = true }

func TestContractIsValid(t *testing.T) {
	document(t)
	text, err := os.ReadFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	if i := bytes.Index(text, []byte("x-go")); i >= 0 {
		t.Errorf("the contract speaks of Go at byte %d; that belongs into overlay.yaml", i)
	}
	if !bytes.Contains(text, []byte("    # BEGIN forms (generated)\n")) || !bytes.HasSuffix(text, []byte("    # END forms\n")) {
		t.Error("the generated schemas of the forms are not the end of the contract")
	}
	if at := regexp.MustCompile(`:[0-9]{2}\.[0-9]*0Z"`).FindIndex(text); at != nil {
		t.Errorf("an example's time ends in zeros, as no answer does: %s", text[at[0]-18:at[1]])
	}
}

// TestContractSuitsGenerators: what makes clients of the contract reads it as it
// is meant, and what it makes compiles.
func TestContractSuitsGenerators(t *testing.T) {
	text, err := os.ReadFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	// YAML 1.1 takes these words for booleans.
	for _, at := range regexp.MustCompile(`(?mi)(^ *|[{,\[] *|: |- )(off|on|yes|no) *([:,\]}]|$)`).FindAllIndex(text, -1) {
		t.Errorf("a word needs quotes: %q in %q", text[at[0]:at[1]], text[max(at[0]-60, 0):at[1]])
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, schema := range doc.Components.Schemas {
		checkSchema(t, name, schema)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for _, p := range slices.Concat(item.Parameters, op.Parameters) {
				checkSchema(t, method+" "+path+" "+p.Value.Name, p.Value.Schema)
			}
		}
	}
	for name, schema := range doc.Components.Schemas {
		s := schema.Value
		if len(s.OneOf) < 2 || slices.ContainsFunc(s.OneOf, func(part *openapi3.SchemaRef) bool { return part.Value.Type.Is("string") }) {
			continue // a text differs from an object
		}
		if s.Discriminator == nil || len(s.Discriminator.Mapping) < len(s.OneOf) {
			t.Errorf("%s: nothing says which of its schemas it is", name)
		}
	}
}

func checkSchema(t *testing.T, where string, ref *openapi3.SchemaRef) {
	t.Helper()
	s := ref.Value
	if ref.Ref != "" && strings.Contains(where, ".") {
		return // it is checked under its own name
	}
	if s.Nullable && s.Type == nil {
		t.Errorf("%s: nullable, and of no type", where)
	}
	_, renamed := s.Extensions["x-enum-varnames"]
	for _, word := range s.Enum {
		if slices.Contains([]any{"name", "ordinal", "values", "value", "entries", "class"}, word) && !renamed {
			t.Errorf("%s: an enum of Kotlin has no %v", where, word)
		}
	}
	for name, property := range s.Properties {
		if slices.Contains(s.Required, name) && property.Value.Default != nil {
			t.Errorf("%s.%s: required, and has a default", where, name)
		}
		checkSchema(t, where+"."+name, property)
	}
	if s.Items != nil {
		checkSchema(t, where+".items", s.Items)
	}
	if values := s.AdditionalProperties.Schema; values != nil {
		checkSchema(t, where+".values", values)
	}
	for i, part := range slices.Concat(s.AllOf, s.AnyOf, s.OneOf) {
		checkSchema(t, fmt.Sprintf("%s.%d", where, i), part)
	}
}

// TestContractIsComplete asks of every operation what a client's author must
// be able to rely on.
func TestContractIsComplete(t *testing.T) {
	doc := document(t)
	roles := doc.Components.Schemas["Role"].Value.Enum
	tags := map[string]bool{}
	for _, tag := range doc.Tags {
		tags[tag.Name] = false
	}
	ids := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			t.Run(method+" "+path, func(t *testing.T) {
				if !regexp.MustCompile(`^[a-z][A-Za-z]+$`).MatchString(op.OperationID) || ids[op.OperationID] {
					t.Errorf("operationId %q is missing, odd or taken", op.OperationID)
				}
				ids[op.OperationID] = true
				if op.Summary == "" || len(op.Tags) != 1 {
					t.Error("want a summary and one tag")
				}
				for _, tag := range op.Tags {
					if _, declared := tags[tag]; !declared {
						t.Errorf("tag %q is not declared", tag)
					}
					tags[tag] = true
				}
				checkRoles(t, op, roles)
				checkResponses(t, op, problemsOf(path, item, op))
			})
		}
	}
	for tag, used := range tags {
		if !used {
			t.Errorf("tag %q is not used", tag)
		}
	}
}

// checkRoles: an operation is public, or says who may call it.
func checkRoles(t *testing.T, op *openapi3.Operation, known []any) {
	t.Helper()
	roles, restricted := op.Extensions["x-roles"].([]any)
	if public := isPublic(op); public == restricted {
		t.Error("want either x-roles or an empty security")
	}
	for i, role := range roles {
		if !slices.Contains(known, role) || slices.Contains(roles[:i], role) {
			t.Errorf("x-roles: %v is unknown or named twice", role)
		}
	}
	if restricted && len(roles) == 0 {
		t.Error("x-roles is empty")
	}
}

func isPublic(op *openapi3.Operation) bool { return op.Security != nil && len(*op.Security) == 0 }

// problemsOf derives the statuses that an operation must list from its shape;
// 409, 422 and the 404 of a list belong to its meaning, and are optional here.
func problemsOf(path string, item *openapi3.PathItem, op *openapi3.Operation) map[int]bool {
	want := map[int]bool{409: false, 422: false, 404: false}
	if !strings.HasPrefix(path, "/v1/") {
		want[503] = false
		return want
	}
	parameters := slices.Concat(item.Parameters, op.Parameters)
	for _, p := range parameters {
		want[400] = true
		if p.Value.In == openapi3.ParameterInPath {
			want[404] = true
		}
		if p.Value.Name == "Tus-Resumable" {
			want[412], want[413], want[429] = true, false, true
		}
	}
	if op.RequestBody != nil {
		want[400], want[408], want[413], want[415] = true, true, true, true
	}
	if !isPublic(op) || strings.HasPrefix(path, "/v1/sessions") || path == "/v1/enrolments" {
		want[401], want[403] = true, true
	}
	want[426], want[429], want[503] = true, true, true
	return want
}

func checkResponses(t *testing.T, op *openapi3.Operation, problems map[int]bool) {
	t.Helper()
	succeeds := false
	listed := map[int]bool{}
	for text, ref := range op.Responses.Map() {
		status, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("response %q is not a status", text)
		}
		if ref.Value.Headers["Cache-Control"] == nil {
			t.Errorf("%d says nothing of caching", status)
		}
		if status < 400 {
			succeeds = succeeds || status < 300
			continue
		}
		listed[status] = true
		if _, expected := problems[status]; !expected {
			t.Errorf("%d cannot happen here", status)
		}
		checkProblem(t, status, ref.Value)
	}
	if !succeeds {
		t.Error("it never succeeds")
	}
	for status, must := range problems {
		if must && !listed[status] {
			t.Errorf("%d is not listed", status)
		}
	}
}

func checkProblem(t *testing.T, status int, response *openapi3.Response) {
	t.Helper()
	content := response.Content["application/problem+json"]
	if content == nil || len(response.Content) != 1 || content.Schema.Ref != "#/components/schemas/Problem" || len(content.Examples) == 0 {
		t.Fatalf("%d: want a Problem with examples", status)
	}
	if (status == 429 || status == 503) && response.Headers["Retry-After"] == nil {
		t.Errorf("%d: want Retry-After", status)
	}
	for code, example := range content.Examples {
		problem, _ := example.Value.Value.(map[string]any)
		if problem["code"] != code || problem["type"] != "urn:sothon:problem:"+code || fmt.Sprint(problem["status"]) != strconv.Itoa(status) {
			t.Errorf("%d %s: code, type or status is another: %v", status, code, problem)
		}
		if message, _ := problem["message"].(string); !strings.ContainsAny(message, "ạảấậẻểệịọộờợụủửữựỹăâđêôơư") {
			t.Errorf("%d %s: %q is not Vietnamese", status, code, message)
		}
	}
}

// TestContractIsBounded asks for a limit on everything that a client sends or
// receives.
func TestContractIsBounded(t *testing.T) {
	doc := document(t)
	for name, schema := range doc.Components.Schemas {
		checkBounds(t, name, schema)
	}
	for path, item := range doc.Paths.Map() {
		for _, p := range item.Parameters {
			checkBounds(t, path+" "+p.Value.Name, p.Value.Schema)
		}
		for method, op := range item.Operations() {
			where := method + " " + path + " "
			for _, p := range op.Parameters {
				checkBounds(t, where+p.Value.Name, p.Value.Schema)
			}
			if op.RequestBody != nil {
				for mime, content := range op.RequestBody.Value.Content {
					checkBounds(t, where+mime, content.Schema)
				}
			}
			for status, response := range op.Responses.Map() {
				for mime, content := range response.Value.Content {
					checkBounds(t, where+status+" "+mime, content.Schema)
				}
				for name, header := range response.Value.Headers {
					checkBounds(t, where+status+" "+name, header.Value.Schema)
				}
			}
		}
	}
}

func checkBounds(t *testing.T, where string, ref *openapi3.SchemaRef) {
	t.Helper()
	s := ref.Value
	if ref.Ref != "" && strings.Contains(where, ".") {
		return // it is checked under its own name
	}
	if s.Type.Is("string") && s.MaxLength == nil && len(s.Enum) == 0 && !bounded(s) {
		t.Errorf("%s: no maxLength", where)
	}
	if s.Type.Is("array") && s.MaxItems == nil {
		t.Errorf("%s: no maxItems", where)
	}
	if (s.Type.Is("integer") || s.Type.Is("number")) && (s.Min == nil || s.Max == nil) && len(s.Enum) == 0 {
		t.Errorf("%s: no minimum or maximum", where)
	}
	for name, property := range s.Properties {
		checkBounds(t, where+"."+name, property)
	}
	if s.Items != nil {
		checkBounds(t, where+".items", s.Items)
	}
	if values := s.AdditionalProperties.Schema; values != nil {
		if s.MaxProps == nil {
			t.Errorf("%s: no maxProperties", where)
		}
		checkBounds(t, where+".values", values)
	}
	for i, part := range slices.Concat(s.AllOf, s.AnyOf, s.OneOf) {
		checkBounds(t, fmt.Sprintf("%s.%d", where, i), part)
	}
}

// bounded reports whether a text's format or pattern leaves no room for more.
func bounded(s *openapi3.Schema) bool {
	if s.Format == "uuid" || s.Format == "date" {
		return true
	}
	plain := regexp.MustCompile(`\\.|\[[^]]*\]`).ReplaceAllString(s.Pattern, "c") // escapes and classes stand for one character
	return strings.HasPrefix(plain, "^") && strings.HasSuffix(plain, "$") && !strings.ContainsAny(plain, "*+") && !strings.Contains(plain, ",}")
}

// TestContractAgreesWithTheLedger compares what the contract says of ops with
// what the ledger reads.
func TestContractAgreesWithTheLedger(t *testing.T) {
	doc := document(t)
	schema := func(name string) *openapi3.Schema { return doc.Components.Schemas[name].Value }
	if got := *schema("PushRequest").Properties["ops"].Value.MaxItems; got != ledger.MaxOps {
		t.Errorf("ops: at most %d, the ledger takes %d", got, ledger.MaxOps)
	}
	limits := schema("Limits").Properties
	if limits["maxBytes"].Value.Example != float64(ledger.MaxBatchBytes) || limits["maxOpBytes"].Value.Example != float64(ledger.MaxOpBytes) {
		t.Error("the limits of bytes are not the ledger's")
	}
	sameWords(t, schema("Action"), ledger.ActionEdit, ledger.ActionRemove, ledger.ActionRestore, ledger.ActionResolve, ledger.ActionReview,
		ledger.ActionLink, ledger.ActionUnlink, ledger.ActionErase, ledger.ActionComment, ledger.ActionClose, ledger.ActionReopen)
	sameWords(t, schema("Status"), ledger.Accepted, ledger.Conflict, ledger.Duplicate, ledger.Rejected)
	for _, code := range []string{
		ledger.FaultMissing, ledger.FaultType, ledger.FaultAction, ledger.FaultReserved, ledger.FaultEmpty, ledger.FaultBaseUnknown,
		ledger.FaultTooMany, ledger.FaultTime, ledger.FaultRecordID, ledger.FaultDot, ledger.FaultPeriod,
		form.FaultKindUnknown, form.FaultKindMismatch, form.FaultActionKind, form.FaultRecordUnknown, form.FaultFieldUnknown,
		form.FaultFieldForbidden, form.FaultWriteOnce, form.FaultNotPersonal, form.FaultSmall, form.FaultLarge, form.FaultLong,
		form.FaultControl, form.FaultChoice, form.FaultDate, form.FaultEarly, form.FaultFuture, form.FaultOrder, form.FaultReference,
		form.FaultReferenceUnit, form.FaultUnit, form.FaultPhone, form.FaultNationalID, form.FaultHash, form.FaultRepeated,
		form.FaultOneOf, form.FaultSuspension, form.FaultOpening, form.FaultReversal, form.FaultRole, form.FaultReferenceUnknown,
		form.FaultReferenceKind, form.FaultUnitUnknown, form.FaultAlreadyReversed, form.FaultGiftID, form.FaultPeriodRecord,
		form.FaultLinkSelf, form.FaultLinkCycle, form.FaultLinkKind, form.FaultGiftFixed, form.FaultRemoved, form.FaultRecordFull,
		form.FaultRecordPace,
	} {
		if !strings.Contains(schema("PushResult").Description, "`"+code+"`") {
			t.Errorf("PushResult does not tell of the code %s", code)
		}
	}
}

// TestContractAgreesWithTheOffice compares the words of reports with those of
// the office.
func TestContractAgreesWithTheOffice(t *testing.T) {
	doc := document(t)
	schema := func(name string) *openapi3.Schema { return doc.Components.Schemas[name].Value }
	sameWords(t, schema("ReportState"), archive.Draft, archive.Submitted, archive.Signing, archive.Signed, archive.Delivered, archive.Acknowledged, archive.Withdrawn)
	sameWords(t, schema("ReportFormat"), archive.Formats...)
	sameWords(t, schema("ReportTemplate"), report.Templates...)
	sameWords(t, schema("ReportType"), calendar.FirstHalf, calendar.SecondHalf, calendar.Annual, calendar.TermYears)
	sameWords(t, schema("DeliveryState"), outbox.Queued, outbox.Sending, outbox.Sent, outbox.Acknowledged, outbox.Dead)
	sameWords(t, schema("ChannelKind"), outbox.ByMail, outbox.ByWebhook, outbox.ByFolder)
	sameWords(t, schema("Task"), jobs.TaskCompile, jobs.TaskDispatch, jobs.TaskDeadlines, jobs.TaskVerify, jobs.TaskExpire, jobs.TaskFiles)
	sameWords(t, schema("Run").Properties["outcome"].Value, schedule.Running, schedule.Waiting, schedule.Done, schedule.Failed, schedule.Abandoned)
}

func sameWords[T ~string](t *testing.T, schema *openapi3.Schema, want ...T) {
	t.Helper()
	var got []T
	for _, word := range schema.Enum {
		got = append(got, T(word.(string)))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the contract knows %q, the ledger %q", got, want)
	}
}

// TestExamplesOfOps reads every op of the push examples with the ledger's
// parser, and finds the schema that describes it.
func TestExamplesOfOps(t *testing.T) {
	doc := document(t)
	described := doc.Components.Schemas["Op"].Value
	actions := map[ledger.Action]bool{}
	push := doc.Paths.Find("/v1/units/{unit}/batches").Post.RequestBody.Value.Content["application/json"]
	for name, example := range push.Examples {
		batch, err := ledger.ParseBatch([]byte(canonical(t, example.Value.Value)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, sent := range example.Value.Value.(map[string]any)["ops"].([]any) {
			op := &batch.Ops[i]
			if op.Fault != (ledger.Fault{}) {
				t.Errorf("%s: op %d: %v", name, op.N, op.Fault)
			}
			actions[op.Action] = true
			if err := doc.Components.Schemas["Op"].Value.VisitJSON(sent, openapi3.EnableFormatValidation()); err != nil {
				t.Errorf("%s: op %d is not as its action's schema describes it: %v", name, op.N, err)
			}
		}
	}
	for _, s := range described.OneOf {
		op := ledger.ParseOp(canonical(t, s.Value.Example))
		if op.Fault != (ledger.Fault{}) {
			t.Errorf("%s: %v", s.Ref, op.Fault)
		}
		actions[op.Action] = true
	}
	for _, s := range doc.Components.Schemas["Action"].Value.Enum {
		action := ledger.Action(s.(string))
		// Restore and reopen look as remove and close do.
		if _, ok := described.Discriminator.Mapping[string(action)]; !ok {
			t.Errorf("no schema of %s", action)
		}
		if !actions[action] && action != ledger.ActionRestore && action != ledger.ActionReopen {
			t.Errorf("no example of %s", action)
		}
	}
}

func canonical(t *testing.T, example any) ledger.Value {
	t.Helper()
	text, err := json.Marshal(example)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ledger.Canonical(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
