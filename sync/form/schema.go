package form

import "strings"

// Schemas returns the OpenAPI 3.0 schemas of what an edit of each kind sets,
// keyed "HouseholdFields" and so on: components.schemas of openapi.yaml. An
// edit names only the fields it changes, so none is required there; a field
// that a record can be without is nullable, and null clears it. The values
// are those of encoding/json, with int64 for numbers.
func Schemas() map[string]any {
	all := map[string]any{}
	for _, f := range forms {
		name := string(f.Kind)
		all[strings.ToUpper(name[:1])+name[1:]+"Fields"] = f.schema()
	}
	return all
}

// schema returns the OpenAPI 3.0 schema of what an edit of the kind sets.
func (f *Form) schema() map[string]any {
	s := objectSchema(f.Fields)
	s["description"] = f.Label
	return s
}

func objectSchema(fields []Field) map[string]any {
	properties := map[string]any{}
	for i := range fields {
		properties[fields[i].Name] = fields[i].schema()
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
}

// Patterns of numbers as a client may write them; [Tidy] says how they are
// stored.
const (
	writtenPhone      = `^\+?[0-9 ().-]{7,24}$`
	writtenNationalID = `^[0-9 .-]{9,20}$`
)

// schema returns the OpenAPI 3.0 schema of the field's value.
func (f *Field) schema() map[string]any {
	s := f.typeSchema()
	s["description"] = f.Label
	if f.Required {
		return s
	}
	switch f.Type {
	case TypeReference:
		// nullable tells only beside a type, so it stands in the first branch.
		if branches, ok := s["oneOf"].([]any); ok {
			branches[0].(map[string]any)["nullable"] = true
		} else {
			s["nullable"] = true
		}
	case TypeChoice:
		s["nullable"] = true
		s["enum"] = append(s["enum"].([]any), nil)
	default:
		s["nullable"] = true
	}
	return s
}

func (f *Field) typeSchema() map[string]any {
	switch f.Type {
	case TypeInteger, TypeMoney:
		return map[string]any{"type": "integer", "format": "int64", "minimum": f.Min, "maximum": f.Max}
	case TypeBoolean:
		return map[string]any{"type": "boolean"}
	case TypeDate:
		return map[string]any{"type": "string", "format": "date"}
	case TypeChoice:
		values := make([]any, 0, len(f.Options)+1)
		for _, o := range f.Options {
			values = append(values, o.Value)
		}
		return map[string]any{"type": "string", "enum": values}
	case TypeChoices:
		values := make([]any, 0, len(f.Options))
		for _, o := range f.Options {
			values = append(values, o.Value)
		}
		return map[string]any{
			"type": "array", "maxItems": int64(len(f.Options)), "uniqueItems": true,
			"items": map[string]any{"type": "string", "enum": values},
		}
	case TypeReference:
		return referenceSchema(f.Local)
	case TypePhone:
		return map[string]any{"type": "string", "pattern": writtenPhone}
	case TypeNationalID:
		return map[string]any{"type": "string", "pattern": writtenNationalID}
	case TypeUnit:
		return map[string]any{"type": "string", "pattern": patternUnit}
	case TypeHashes:
		return map[string]any{
			"type": "array", "maxItems": int64(f.MaxItems), "uniqueItems": true,
			"items": map[string]any{"type": "string", "pattern": patternHash},
		}
	case TypeList:
		items := objectSchema(f.Items)
		var required []any
		for i := range f.Items {
			if f.Items[i].Required {
				required = append(required, f.Items[i].Name)
			}
		}
		if required != nil {
			items["required"] = required
		}
		return map[string]any{"type": "array", "maxItems": int64(f.MaxItems), "items": items}
	default: // text
		return map[string]any{"type": "string", "maxLength": int64(f.MaxLength)}
	}
}

// referenceSchema is the JSON of a ledger.Ref.
func referenceSchema(local bool) map[string]any {
	id := func() map[string]any { return map[string]any{"type": "string", "format": "uuid"} }
	if local {
		return id()
	}
	return map[string]any{"oneOf": []any{id(), map[string]any{
		"type": "object", "additionalProperties": false, "required": []any{"record", "unit"},
		"properties": map[string]any{
			"record": id(),
			"unit":   map[string]any{"type": "string", "pattern": patternUnit},
		},
	}}}
}
