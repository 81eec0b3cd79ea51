package plan

import "strings"

// propertyKind is how to read a property's value in text and XML, where
// everything is a string.
type propertyKind int

const (
	figureOrText   propertyKind = iota // a number if it looks like one
	figure                             // a number
	expression                         // an expression, even if it looks like a number
	expressionList                     // a list of expressions
	flag                               // true or nothing
)

// propertyKinds are the properties whose kind must not be guessed, and the
// counters by which a line without indentation is recognized, by JSON name.
var propertyKinds = map[string]propertyKind{
	"Filter": expression, "Index Cond": expression, "Recheck Cond": expression, "TID Cond": expression,
	"Join Filter": expression, "Hash Cond": expression, "Merge Cond": expression, "One-Time Filter": expression,
	"Conflict Filter": expression, "Run Condition": expression, "Order By": expression, "Cache Key": expression,
	"Function Call": expression, "Table Function Call": expression, "Remote SQL": expression, "Relations": expression,
	"Repeatable Seed": expression, "Sampling Method": expression, "Window": expression, "Foreign File": expression,
	"Subplan Name": expression, "Query Text": expression, "Query Parameters": expression,

	"Output": expressionList, "Sort Key": expressionList, "Presorted Key": expressionList, "Group Key": expressionList,
	"Params Evaluated": expressionList, "Conflict Arbiter Indexes": expressionList, "Sampling Parameters": expressionList,
	"Sort Methods Used": expressionList,

	"Rows Removed by Filter": figure, "Rows Removed by Join Filter": figure, "Rows Removed by Index Recheck": figure,
	"Rows Removed by Conflict Filter": figure, "Heap Fetches": figure, "Index Searches": figure,
	"Workers Planned": figure, "Workers Launched": figure, "Subplans Removed": figure,
	"Conflict Resolution": figureOrText, "Cache Mode": figureOrText, "Tuples Inserted": figure, "Conflicting Tuples": figure,

	"Disabled": flag, "Inner Unique": flag, "Single Copy": flag, "Async Capable": flag, "Parallel Aware": flag,
}

// measures are the figures in which a node or a worker measures its memory and its disk.
var measures = map[string]bool{
	"Sort Space Used": true, "Peak Sort Space Used": true, "Average Sort Space Used": true,
	"Memory Usage": true, "Peak Memory Usage": true, "Disk Usage": true, "Batches": true, "HashAgg Batches": true,
	"Hash Buckets": true, "Original Hash Buckets": true, "Hash Batches": true, "Original Hash Batches": true,
	"Exact Heap Blocks": true, "Lossy Heap Blocks": true, "Planned Partitions": true,
}

// plainNames are the properties that contain only names or the server's own
// words. They are not redacted.
var plainNames = map[string]bool{
	"Conflict Arbiter Indexes": true, "Sort Method": true, "Sort Space Type": true, "Sort Methods Used": true,
	"Storage": true, "Cache Mode": true, "Conflict Resolution": true, "Sampling Method": true, "Command": true,
	"Partial Mode": true, "Custom Plan Provider": true, "Format": true, "Tuplestore Name": true,
	"Relation Name": true, "Schema": true, "Alias": true, "Async Capable": true,
}

// typed converts a string to the value of the named property.
func typed(name, s string) Value { return typedAs(propertyKinds[name], name, s) }

func typedAs(kind propertyKind, name, s string) Value {
	switch kind {
	case expression:
		return textValue(name, s)
	case expressionList:
		var v Value
		for _, e := range splitList(s) {
			v.own().list = append(v.own().list, textValue(name, e))
		}
		return v
	case flag:
		return plain(s)
	}
	if f, ok := parseNumber(s); ok {
		return number(f)
	}
	return textValue(name, s)
}

func textValue(name, s string) Value {
	if plainNames[name] {
		return plain(s)
	}
	return condition(s)
}

// bufferNames are the figures of BUFFERS by their name in JSON, and by kind and
// action in text, in the order of Buffers.
var bufferNames = [...]struct {
	name, kind, what string
}{
	{"Shared Hit Blocks", "shared", "hit"},
	{"Shared Read Blocks", "shared", "read"},
	{"Shared Dirtied Blocks", "shared", "dirtied"},
	{"Shared Written Blocks", "shared", "written"},
	{"Local Hit Blocks", "local", "hit"},
	{"Local Read Blocks", "local", "read"},
	{"Local Dirtied Blocks", "local", "dirtied"},
	{"Local Written Blocks", "local", "written"},
	{"Temp Read Blocks", "temp", "read"},
	{"Temp Written Blocks", "temp", "written"},
}

// all returns the figures in the order of bufferNames.
func (b *Buffers) all() [len(bufferNames)]*Float {
	return [...]*Float{&b.SharedHit, &b.SharedRead, &b.SharedDirtied, &b.SharedWritten,
		&b.LocalHit, &b.LocalRead, &b.LocalDirtied, &b.LocalWritten, &b.TempRead, &b.TempWritten}
}

// field returns the figure with that JSON name, or nil.
func (b *Buffers) field(name string) *Float {
	if !strings.HasSuffix(name, " Blocks") {
		return nil
	}
	for i := range bufferNames {
		if bufferNames[i].name == name {
			return b.all()[i]
		}
	}
	return nil
}
