package report

import (
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// JSON lines: the report as flat records, to be loaded into a database together
// with those of other databases. Each entry of a long list is a record. Shorter
// lists, such as evidence, are lists in their record. Nested names are joined by
// an underscore. A key has one type in all records. New fields of the report are
// included automatically.
//
// There are few kinds of records, with many common keys: DuckDB reads a file as
// one table only if its lines have a tenth of all keys on average.

// recordNames has the record kind for each list whose entries are records.
var recordNames = map[string]string{
	"inputs": "input", "plans": "plan", "nodes": "node", "queries": "query", "statements": "statement", "tables": "table",
	"indexes": "index", "changes": "change", "configured": "configured", "findings": "finding",
	"recommendations": "recommendation", "refused": "refused", "missing": "missing", "migrations": "migration", "recon": "recon", "report.statements": "ddl",
}

// recordName returns the record kind of a list of a record; empty if the list stays
// in it.
func recordName(kind, list string) string {
	if name := recordNames[kind+"."+list]; name != "" {
		return name
	}
	return recordNames[list]
}

// referredTo has the records that other records refer to by a key of the same
// name: by their number from 0, or by the field named here.
var referredTo = map[string]string{"input": "", "plan": "", "finding": "", "migration": "", "node": "id", "recommendation": "id"}

// renamed has the keys whose type differs from the same key elsewhere.
var renamed = map[string]string{"missing.input": "wanted", "node.cost": "plan_cost", "migration.rollback": "rollback_notes", "ddl.rollback": "rollback_steps"}

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

// object is a record with its keys in order.
type object []pair

func (o object) MarshalJSON() ([]byte, error) {
	var t jsonText
	err := o.addTo(&t)
	return t.Bytes(), err
}

func (o object) addTo(t *jsonText) error {
	sep := byte('{')
	for _, p := range o {
		t.WriteByte(sep)
		t.Write(strconv.AppendQuote(t.AvailableBuffer(), p.key))
		t.WriteByte(':')
		if err := t.encode(p.value); err != nil {
			return err
		}
		sep = ','
	}
	return t.WriteByte('}')
}

type lines struct {
	w      io.Writer
	common []pair // of every record
	text   jsonText
	err    error
}

// record writes a struct as a line, and the entries of its lists as lines after
// it. own has the keys that identify the record and those that contain it.
func (l *lines) record(kind string, own []pair, v reflect.Value) {
	pairs := append(object{{"record", kind}}, l.common...)
	pairs = append(pairs, own...)
	var lists []pair
	flatten(kind, "", v, false, &pairs, &lists)
	l.line(pairs)
	for _, list := range lists {
		entries := list.value.(reflect.Value)
		name := recordName(kind, list.key)
		for i := range entries.Len() {
			entry := toWrite(entries.Index(i))
			below := slices.Clone(own)
			if field, ok := referredTo[name]; ok {
				below = append(below, pair{name, number(i, field, entry)})
			}
			l.record(name, below, entry)
		}
	}
}

// number returns the value by which other records refer to an entry.
func number(i int, field string, entry reflect.Value) any {
	for k := range entry.NumField() {
		if field != "" && jsonName(entry.Type().Field(k)) == field {
			return entry.Field(k).Interface()
		}
	}
	return i
}

// flatten adds the fields of a struct to pairs, and its lists of records to lists.
// The keys of an absent struct are null.
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
		case key == referredTo[kind]: // already there, under the name of the record
		case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
			if recordName(kind, name) == "" {
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
		case t.Kind() == reflect.Interface: // a figure or a text, with different keys
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

// flatList returns a list that stays in its record.
func flatList(name string, list reflect.Value) []object {
	out := make([]object, list.Len())
	for i := range out {
		flatten(name, "", toWrite(list.Index(i)), false, &out[i], new([]pair))
	}
	return out
}

// isNested reports whether a type is written field by field, not as one value.
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
	l.text.Reset()
	if l.err = o.addTo(&l.text); l.err == nil {
		l.text.WriteByte('\n')
		_, l.err = l.text.WriteTo(l.w)
	}
}
