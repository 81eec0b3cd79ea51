package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// readSchema is the schema as it is published: a reader of reports has to live
// with fields that it does not know.
func readSchema(t *testing.T) map[string]any {
	t.Helper()
	b, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

// strict refuses fields that the schema does not know.
func strict(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"].(map[string]any); ok {
			v["additionalProperties"] = false
		}
		for _, below := range v {
			strict(below)
		}
	case []any:
		for _, below := range v {
			strict(below)
		}
	}
}

// Every golden report is what the schema says, and holds nothing that it does
// not say.
func TestSchemaHolds(t *testing.T) {
	schema := readSchema(t)
	strict(schema)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := filepath.Glob("../../testdata/golden/*.json")
	if err != nil || len(golden) == 0 {
		t.Fatal("no golden reports", err)
	}
	for _, path := range golden {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		report, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(report); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		report.(map[string]any)["summary"].(map[string]any)["surprise"] = 1
		if compiled.Validate(report) == nil {
			t.Errorf("%s: a field that nobody knows passes", path)
		}
	}
}

// The schema has the fields that the types have, no more and no fewer, and all
// of them are always there.
func TestSchemaKnowsTheTypes(t *testing.T) {
	schema := readSchema(t)
	defs := schema["$defs"].(map[string]any)
	types := map[string]reflect.Type{}
	structsOf(reflect.TypeFor[Report](), types)
	for name, typ := range types {
		def, ok := defs[name].(map[string]any)
		if name == "Report" {
			def, ok = schema, true
		}
		if !ok {
			t.Errorf("the schema has no %s", name)
			continue
		}
		var fields []string
		properties := def["properties"].(map[string]any)
		for i := range typ.NumField() {
			f := typ.Field(i)
			if jsonName(f) == "-" {
				continue
			}
			fields = append(fields, jsonName(f))
			if strings.Contains(f.Tag.Get("json"), "omitempty") {
				t.Errorf("%s.%s may be left out", name, f.Name)
			}
		}
		slices.Sort(fields)
		if diff := cmp.Diff(fields, slices.Sorted(maps.Keys(properties))); diff != "" {
			t.Errorf("%s: fields of the type (-) and of the schema (+) differ:\n%s", name, diff)
		}
		var required []string
		for _, r := range def["required"].([]any) {
			required = append(required, r.(string))
		}
		slices.Sort(required)
		if diff := cmp.Diff(fields, required); diff != "" {
			t.Errorf("%s: fields of the type (-) and those required (+) differ:\n%s", name, diff)
		}
	}
	for name := range defs {
		if types[name] == nil {
			t.Errorf("the schema has a %s that no report has", name)
		}
	}
}

// structsOf are the structs that a type is made of, by name.
func structsOf(t reflect.Type, into map[string]reflect.Type) {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer:
		structsOf(t.Elem(), into)
	case reflect.Struct:
		if !isNested(t) || into[t.Name()] != nil {
			return
		}
		into[t.Name()] = t
		for i := range t.NumField() {
			if jsonName(t.Field(i)) != "-" {
				structsOf(t.Field(i).Type, into)
			}
		}
	}
}
