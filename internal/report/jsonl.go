package report

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// JSON lines: the report as flat records, to be loaded into an engine beside
// those of other databases. A list of the report is a kind of record; names
// within each other are joined by an underscore; a key holds values of one type
// whatever the record. New fields of the report join by themselves.

// recordNames is what an entry of each list is called.
var recordNames = map[string]string{
	"inputs": "input", "facts": "fact", "plans": "plan", "nodes": "node", "conditions": "condition", "queries": "query",
	"statements": "statement", "tables": "table", "indexes": "index", "changes": "change", "configured": "configured",
	"findings": "finding", "evidence": "evidence", "recommendations": "recommendation", "serves": "serves",
	"refused": "refused", "missing": "missing",
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

type lines struct {
	w      io.Writer
	common []pair // of every record
	err    error
}

// record writes a struct as a line, and the entries of its lists as lines after
// it. own is what points to it, and to what it belongs.
func (l *lines) record(kind string, own []pair, v reflect.Value) {
	pairs := append([]pair{{"record", kind}}, l.common...)
	pairs = append(pairs, own...)
	var lists []pair
	l.flatten(kind, "", v, false, &pairs, &lists)
	l.line(pairs)
	for _, list := range lists {
		entries := list.value.(reflect.Value)
		name, ok := recordNames[list.key]
		if !ok {
			l.err = fmt.Errorf("the records of %s have no name", list.key)
			return
		}
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

// flatten puts a struct's fields into pairs, and aside its lists of structs. Of
// one that is absent the keys are there, and null.
func (l *lines) flatten(kind, prefix string, v reflect.Value, absent bool, pairs, lists *[]pair) {
	for i := range v.NumField() {
		name, field := jsonName(v.Type().Field(i)), v.Field(i)
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
			if !absent {
				*lists = append(*lists, pair{name, field})
			}
		case t.Kind() == reflect.Map:
			keys := field.MapKeys()
			slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
			for _, k := range keys {
				put(key+"_"+k.String(), field.MapIndex(k).Interface())
			}
		case t.Kind() == reflect.Pointer && isNested(t.Elem()) && field.IsNil():
			l.flatten(kind, key+"_", reflect.Zero(t.Elem()), true, pairs, lists)
		case t.Kind() == reflect.Pointer && isNested(t.Elem()):
			l.flatten(kind, key+"_", field.Elem(), absent, pairs, lists)
		case isNested(t):
			l.flatten(kind, key+"_", field, absent, pairs, lists)
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

// isNested reports whether a type's fields stand for themselves: not one that
// writes itself as a single value.
func isNested(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !t.Implements(reflect.TypeFor[json.Marshaler]())
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func (l *lines) line(pairs []pair) {
	if l.err != nil {
		return
	}
	var b strings.Builder
	for i, p := range pairs {
		value, err := marshal(p.value)
		if err != nil {
			l.err = err
			return
		}
		sep := ","
		if i == 0 {
			sep = "{"
		}
		fmt.Fprintf(&b, "%s%q:%s", sep, p.key, value)
	}
	_, l.err = io.WriteString(l.w, b.String()+"}\n")
}
