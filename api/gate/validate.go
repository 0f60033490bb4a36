package gate

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/api/problem"
)

// operation is one operation of the contract.
type operation struct {
	id    string
	route *routers.Route
}

// validator checks requests against the contract: parameters, and bodies other
// than a batch's, which the ledger reads more strictly than a schema can say.
type validator struct {
	operations map[string]*operation // by method and Echo's pattern of the path
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

// checkDay checks a day of a request against the calendar: a pattern lets
// 2026-13-45 through.
func checkDay(day string) error {
	_, err := time.Parse(time.DateOnly, day)
	return err
}

// loadValidator reads the contract, once for all servers of the process: it
// takes long, and nothing changes it afterwards.
var loadValidator = sync.OnceValues(newValidator)

func newValidator() (*validator, error) {
	openapi3.DefineStringFormatValidator("date", openapi3.NewCallbackValidator(checkDay))
	spec, err := openapi3.NewLoader().LoadFromData(contract.YAML())
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	v := &validator{operations: map[string]*operation{}}
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			op.Security = openapi3.NewSecurityRequirements() // who calls was found out before; to ask again would read the body again
			v.operations[method+" "+pathParameter.ReplaceAllString(path, ":$1")] = &operation{
				id:    op.OperationID,
				route: &routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: op},
			}
		}
	}
	return v, nil
}

// find returns the operation that a request was routed to, or nil.
func (v *validator) find(c echo.Context) *operation {
	return v.operations[c.Request().Method+" "+c.Path()]
}

func (o *operation) check(c echo.Context) error {
	params := make(map[string]string, len(c.ParamNames()))
	for i, name := range c.ParamNames() {
		params[name] = c.ParamValues()[i]
	}
	err := openapi3filter.ValidateRequest(c.Request().Context(), &openapi3filter.RequestValidationInput{
		Request: c.Request(), PathParams: params, Route: o.route,
		Options: &openapi3filter.Options{
			ExcludeRequestBody:  o.id == "pushBatch" || o.id == "patchFile" || o.id == "attachScan" || o.id == "importCarry",
			SkipSettingDefaults: true,
		},
	})
	var request *openapi3filter.RequestError
	if err == nil || !errors.As(err, &request) {
		return err
	}
	if p := request.Parameter; p != nil {
		var schema *openapi3.SchemaError
		if errors.As(err, &schema) && schema.SchemaField == "format" && o.route.Operation.Responses.Value("422") != nil {
			return problem.Invalid(p.Name, describe(schema)) // it has the form, and is no day
		}
		if p.In == openapi3.ParameterInPath {
			return problem.ErrNotFound // an id that cannot be is one that does not exist
		}
		return problem.Fail("malformed", err, func(out *contract.Problem) {
			out.Field, out.Detail = p.Name, "the parameter "+p.Name+" is not as the contract has it"
		})
	}
	var schema *openapi3.SchemaError
	if errors.As(err, &schema) {
		if schema.SchemaField == "additionalProperties" || schema.SchemaField == "type" && len(schema.JSONPointer()) == 0 {
			return problem.Malformed("the body is not as the contract has it: "+schema.SchemaField, err)
		}
		return problem.Invalid(strings.Join(schema.JSONPointer(), "."), describe(schema))
	}
	return problem.Malformed("the body is not as the contract has it", err)
}

// describe tells in Vietnamese what a member may be.
func describe(e *openapi3.SchemaError) string {
	s := e.Schema
	switch e.SchemaField {
	case "required":
		return "Còn thiếu một mục bắt buộc."
	case "minLength":
		return fmt.Sprintf("Cần ít nhất %d ký tự.", s.MinLength)
	case "maxLength":
		return fmt.Sprintf("Chỉ được dài tối đa %d ký tự.", *s.MaxLength)
	case "maxItems":
		return fmt.Sprintf("Chỉ được có tối đa %d mục.", *s.MaxItems)
	case "minItems":
		return fmt.Sprintf("Cần ít nhất %d mục.", s.MinItems)
	case "enum":
		return "Giá trị không có trong danh sách cho phép."
	case "pattern", "format":
		return "Giá trị không đúng dạng quy định."
	case "type":
		return "Giá trị không đúng kiểu dữ liệu."
	}
	return "" // the words of the code
}
