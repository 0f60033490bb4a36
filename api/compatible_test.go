package api_test

import (
	"flag"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

var update = flag.Bool("update", false, "write what the contract promises now into testdata")

// TestContractKeepsItsPromises compares the contract with what it was when
// clients were last released: nothing that they read may be gone, and nothing
// that they do not send may be required. What was added since is allowed.
// After a release, run it with -update.
func TestContractKeepsItsPromises(t *testing.T) {
	file := filepath.Join("testdata", "contract.txt")
	now := promisesOf(document(t))
	if *update {
		text := strings.Join(slices.Sorted(maps.Keys(now.lines)), "\n") + "\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before := map[string]bool{}
	known := map[string]bool{} // places that had a type
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		before[line] = true
		place, _, _ := strings.Cut(line, ": ")
		known[place] = true
	}
	if len(before) < 1000 {
		t.Fatalf("%s has only %d lines", file, len(before))
	}
	for _, line := range now.broken(before, known) {
		t.Error(line)
	}
}

// TestBrokenPromises: the comparison finds each way of breaking a client, and
// allows additions.
func TestBrokenPromises(t *testing.T) {
	load := func(text string) *promises {
		doc, err := openapi3.NewLoader().LoadFromData([]byte(`{"openapi":"3.0.3","info":{"title":"x","version":"1"},` + text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		return promisesOf(doc)
	}
	const contract = `"paths":{"/a":{"post":{"parameters":[{"name":"q","in":"query","schema":{"type":"string"}}],
		"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/In"}}}},
		"responses":{"200":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Out"}}}}}}}},
		"components":{"schemas":{"In":{"type":"object","properties":{"x":{"type":"string","enum":["a","b"]}}},
		"Out":{"type":"object","required":["y"],"properties":{"y":{"type":"array","items":{"type":"integer"}}}}}}`
	before := load(contract).lines
	known := map[string]bool{}
	for line := range before {
		place, _, _ := strings.Cut(line, ": ")
		known[place] = true
	}
	for _, c := range []struct{ from, to, want string }{
		{`"/a"`, `"/b"`, "gone: POST /a"},
		{`"name":"q"`, `"name":"p"`, "gone: POST /a ?q: string"},
		{`"in":"query",`, `"in":"query","required":true,`, "required by now: POST /a ?q"},
		{`"200"`, `"201"`, "gone: POST /a > 200: Out"},
		{`"type":"integer"`, `"type":"string"`, "gone: schema Out.y[]: integer"},
		{`"a","b"`, `"a"`, "gone: schema In.x = b"},
		{`"required":["y"],`, ``, "optional by now: schema Out.y"},
		{`"object","properties":{"x"`, `"object","required":["x"],"properties":{"x"`, "required by now: schema In.x"},
		{`"a","b"`, `"a","b","c"`, ""},
		{`"properties":{"x"`, `"properties":{"z":{"type":"object","required":["n"],"properties":{"n":{"type":"string"}}},"x"`, ""},
		{`"required":["y"],"properties":{`, `"required":["y","z"],"properties":{"z":{"type":"string"},`, ""},
	} {
		broken := load(strings.Replace(contract, c.from, c.to, 1)).broken(before, known)
		if c.want == "" && len(broken) > 0 || c.want != "" && !slices.Contains(broken, c.want) {
			t.Errorf("%s became %s: %q, want %q", c.from, c.to, broken, c.want)
		}
	}
}

// promises is a contract as lines that say one thing each.
type promises struct {
	lines          map[string]bool
	sent, received map[string]bool // component schemas, by who writes them: clients or the server
}

const required = ": required"

func promisesOf(doc *openapi3.T) *promises {
	p := &promises{lines: map[string]bool{}, sent: map[string]bool{}, received: map[string]bool{}}
	for route, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			p.operation(method+" "+route, op, item.Parameters)
		}
	}
	return p
}

func (p *promises) operation(name string, op *openapi3.Operation, shared openapi3.Parameters) {
	p.lines[name] = true
	for _, list := range []openapi3.Parameters{shared, op.Parameters} {
		for _, ref := range list {
			place := name + " ?" + ref.Value.Name
			p.schema(place, ref.Value.Schema, p.sent)
			if ref.Value.Required {
				p.lines[place+required] = true
			}
		}
	}
	if op.RequestBody != nil {
		for _, media := range op.RequestBody.Value.Content {
			p.schema(name+" <", media.Schema, p.sent)
		}
	}
	for status, response := range op.Responses.Map() {
		if status >= "4" { // refusals are problems, of which clients know the codes
			continue
		}
		p.lines[name+" > "+status] = true
		for _, media := range response.Value.Content {
			p.schema(name+" > "+status, media.Schema, p.received)
		}
	}
}

// schema adds what a schema says of a place, and once what the component says
// that it refers to. seen holds the components that are sent, or received.
func (p *promises) schema(place string, ref *openapi3.SchemaRef, seen map[string]bool) {
	if ref == nil {
		return
	}
	if ref.Ref != "" {
		name := path.Base(ref.Ref)
		p.lines[place+": "+name] = true
		if !seen[name] {
			seen[name] = true
			p.schema("schema "+name, &openapi3.SchemaRef{Value: ref.Value}, seen)
		}
		return
	}
	s := ref.Value
	if s.Type != nil {
		p.lines[place+": "+strings.Join(s.Type.Slice(), "|")] = true
	}
	for _, value := range s.Enum {
		if text, ok := value.(string); ok {
			p.lines[place+" = "+text] = true
		}
	}
	for name, property := range s.Properties {
		p.schema(place+"."+name, property, seen)
	}
	for _, name := range s.Required {
		p.lines[place+"."+name+required] = true
	}
	p.schema(place+"[]", s.Items, seen)
	p.schema(place+"{}", s.AdditionalProperties.Schema, seen)
	for _, list := range []openapi3.SchemaRefs{s.AllOf, s.AnyOf, s.OneOf} {
		for _, part := range list {
			p.schema(place, part, seen)
		}
	}
}

// broken lists what a client that was written for the lines before would trip
// over. known are the places that had a type then.
func (p *promises) broken(before, known map[string]bool) []string {
	var list []string
	for line := range before {
		place, isRequired := strings.CutSuffix(line, required)
		switch {
		case p.lines[line]:
		case !isRequired:
			list = append(list, "gone: "+line)
		case p.inAnswers(place):
			list = append(list, "optional by now: "+place)
		}
	}
	for line := range p.lines {
		place, isRequired := strings.CutSuffix(line, required)
		if !isRequired || before[line] || !p.inRequests(place) {
			continue
		}
		// A member of something that there was, or a parameter of an operation.
		if i := strings.LastIndexByte(place, '.'); strings.Contains(place, " ?") && before[place[:strings.Index(place, " ?")]] || i > 0 && known[place[:i]] {
			list = append(list, "required by now: "+place)
		}
	}
	slices.Sort(list)
	return list
}

// inRequests reports whether a place is in what clients send.
func (p *promises) inRequests(place string) bool {
	if name, ok := component(place); ok {
		return p.sent[name]
	}
	return !strings.Contains(place, " > ")
}

// inAnswers reports whether a place is in what clients receive.
func (p *promises) inAnswers(place string) bool {
	if name, ok := component(place); ok {
		return p.received[name]
	}
	return strings.Contains(place, " > ")
}

// component is the schema that a place is in, unless that stands in an operation.
func component(place string) (name string, ok bool) {
	name, ok = strings.CutPrefix(place, "schema ")
	if end := strings.IndexAny(name, ".[{"); end > 0 {
		name = name[:end]
	}
	return name, ok
}
