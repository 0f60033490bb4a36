// Generate keeps what is made from the forms and from openapi.yaml up to date:
// the schemas of the kinds in openapi.yaml, between the lines BEGIN forms and
// END forms, and the compressed openapi.yaml that the server embeds. It is run by
// go generate in package contract.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"

	"github.com/sothon/sothon/sync/form"
)

const (
	begin = "    # BEGIN forms (generated)\n"
	end   = "    # END forms\n"
)

func main() {
	log.SetFlags(0)
	if err := run("../../openapi.yaml", "openapi.yaml.gz"); err != nil {
		log.Fatal(err)
	}
}

func run(source, compressed string) error {
	old, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	next, err := fill(old)
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	if !bytes.Equal(old, next) {
		if err := os.WriteFile(source, next, 0o644); err != nil { //nolint:gosec // A public document.
			return err
		}
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(next); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(compressed, packed.Bytes(), 0o644) //nolint:gosec // A public document.
}

// fill replaces the generated block. JSON is YAML: each schema is one line.
func fill(document []byte) ([]byte, error) {
	head, rest, ok1 := bytes.Cut(document, []byte(begin))
	_, tail, ok2 := bytes.Cut(rest, []byte(end))
	if !ok1 || !ok2 {
		return nil, fmt.Errorf("no block of forms to fill")
	}
	out := bytes.NewBuffer(slices.Clip(head))
	out.WriteString(begin)
	schemas := form.Schemas()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if err := write(out, name, schemas[name]); err != nil {
			return nil, err
		}
	}
	out.WriteString(end)
	out.Write(tail)
	return out.Bytes(), nil
}

// write gives each property of a schema one line. JSON is YAML.
func write(out *bytes.Buffer, name string, schema any) error {
	plain, err := json.Marshal(schema)
	if err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(plain, &members); err != nil {
		return err
	}
	var properties map[string]json.RawMessage
	if err := json.Unmarshal(members["properties"], &properties); err != nil {
		return err
	}
	delete(members, "properties")
	fmt.Fprintf(out, "    %s:\n", name)
	for _, key := range slices.Sorted(maps.Keys(members)) {
		fmt.Fprintf(out, "      %s: %s\n", key, readable(members[key]))
	}
	out.WriteString("      properties:\n")
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		fmt.Fprintf(out, "        %s: %s\n", key, readable(properties[key]))
	}
	return nil
}

// readable undoes the escapes that Go makes for HTML.
func readable(v json.RawMessage) []byte {
	var x any
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	if d.Decode(&x) != nil || e.Encode(x) != nil {
		return v
	}
	return bytes.TrimSpace(out.Bytes())
}
