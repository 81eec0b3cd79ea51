package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// JSON lines: the report as flat records, to be loaded into an engine beside
// those of other databases. The long lists of the report are kinds of records;
// what belongs to one record alone, such as evidence, is a list in it. Names
// within each other are joined by an underscore; a key holds values of one type
// whatever the record. New fields of the report join by themselves.
//
// Kinds are few and records have much in common on purpose: DuckDB takes a file
// for a table as it is only where its lines hold a tenth of all keys on average.

// recordNames is what an entry of each list is called that is a record.
var recordNames = map[string]string{
	"inputs": "input", "plans": "plan", "nodes": "node", "queries": "query", "statements": "statement", "tables": "table",
	"indexes": "index", "changes": "change", "configured": "configured", "findings": "finding",
	"recommendations": "recommendation", "refused": "refused", "missing": "missing",
}

// referredTo are the records that others point to, by a key of their own name:
// their number from 0, or what stands under the field named here.
var referredTo = map[string]string{"input": "", "plan": "", "finding": "", "node": "id", "recommendation": "id"}

// renamed are keys that would hold another type than elsewhere.
var renamed = map[string]string{"missing.input": "wanted", "node.cost": "plan_cost"}

func writeJSONLines(w io.Writer, r *Report, o Options) error {
	l := &lines{w: w}
	var database, at any
	if r.Workload != nil {
		database, at = r.Workload.Database, r.Workload.ExportedAt
	}
	l.common = []pair{{"report", o.Of}, {"database", database}, {"exported_at", at}}
	l.record("report", nil, reflect.ValueOf(*r))
	return l.err
}

type pair struct {
	key   string
	value any
}

// object is a record as it is written, its keys in order.
type object []pair

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	sep := "{"
	for _, p := range o {
		value, err := marshal(p.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s%q:%s", sep, p.key, value)
		sep = ","
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

type lines struct {
	w      io.Writer
	common []pair // of every record
	err    error
}

// record writes a struct as a line, and the entries of its lists as lines after
// it. own is what points to it, and to what it belongs.
func (l *lines) record(kind string, own []pair, v reflect.Value) {
	pairs := append(object{{"record", kind}}, l.common...)
	pairs = append(pairs, own...)
	var lists []pair
	flatten(kind, "", v, false, &pairs, &lists)
	l.line(pairs)
	for _, list := range lists {
		entries := list.value.(reflect.Value)
		name := recordNames[list.key]
		for i := range entries.Len() {
			entry := entries.Index(i)
			below := slices.Clone(own)
			if field, ok := referredTo[name]; ok {
				below = append(below, pair{name, number(i, field, entry)})
			}
			l.record(name, below, entry)
		}
	}
}

// number is how other records call an entry.
func number(i int, field string, entry reflect.Value) any {
	for k := range entry.NumField() {
		if field != "" && jsonName(entry.Type().Field(k)) == field {
			return entry.Field(k).Interface()
		}
	}
	return i
}

// flatten puts a struct's fields into pairs, and aside its lists of records. Of
// one that is absent the keys are there, and null.
func flatten(kind, prefix string, v reflect.Value, absent bool, pairs *object, lists *[]pair) {
	for i := range v.NumField() {
		name, field := jsonName(v.Type().Field(i)), v.Field(i)
		if name == "-" {
			continue
		}
		key := prefix + name
		if to, ok := renamed[kind+"."+key]; ok {
			key = to
		}
		put := func(key string, value any) {
			if absent {
				value = nil
			}
			*pairs = append(*pairs, pair{key, value})
		}
		switch t := field.Type(); {
		case key == referredTo[kind]: // it is there under the record's own name
		case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
			if recordNames[name] == "" {
				put(key, flatList(name, field))
			} else if !absent {
				*lists = append(*lists, pair{name, field})
			}
		case t.Kind() == reflect.Map:
			keys := field.MapKeys()
			slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
			for _, k := range keys {
				put(key+"_"+k.String(), field.MapIndex(k).Interface())
			}
		case t.Kind() == reflect.Pointer && isNested(t.Elem()) && field.IsNil():
			flatten(kind, key+"_", reflect.Zero(t.Elem()), true, pairs, lists)
		case t.Kind() == reflect.Pointer && isNested(t.Elem()):
			flatten(kind, key+"_", field.Elem(), absent, pairs, lists)
		case isNested(t):
			flatten(kind, key+"_", field, absent, pairs, lists)
		case t.Kind() == reflect.Interface: // a figure or a text, each under its key
			text, isText := field.Interface().(string)
			if isText {
				put(key, nil)
				put("text", text)
			} else {
				put(key, field.Interface())
				put("text", nil)
			}
		default:
			put(key, field.Interface())
		}
	}
}

// flatList is a list that stays within its record.
func flatList(name string, list reflect.Value) []object {
	out := make([]object, list.Len())
	for i := range out {
		flatten(name, "", list.Index(i), false, &out[i], new([]pair))
	}
	return out
}

// isNested reports whether a type's fields stand for themselves: not one that
// writes itself as a single value.
func isNested(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !t.Implements(reflect.TypeFor[json.Marshaler]())
}

// jsonName is a field's name in JSON; "-" if it is not written.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func (l *lines) line(o object) {
	if l.err != nil {
		return
	}
	b, err := o.MarshalJSON()
	if err == nil {
		_, err = l.w.Write(append(b, '\n'))
	}
	l.err = err
}
