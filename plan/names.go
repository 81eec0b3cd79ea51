package plan

import "strings"

// kind is how a property's value is to be read where the format does not say:
// in text and in XML everything is a string.
type kind int

const (
	figureOrText kind = iota // a number if it looks like one
	someText                 // an expression, even if it looks like a number
	someList                 // a list of expressions
	aFlag                    // true or nothing
)

// kinds holds the properties that must not be guessed at, by their name in
// JSON, and the counters that a line without its indentation is known by.
var kinds = map[string]kind{
	"Filter": someText, "Index Cond": someText, "Recheck Cond": someText, "TID Cond": someText,
	"Join Filter": someText, "Hash Cond": someText, "Merge Cond": someText, "One-Time Filter": someText,
	"Conflict Filter": someText, "Run Condition": someText, "Order By": someText, "Cache Key": someText,
	"Function Call": someText, "Table Function Call": someText, "Remote SQL": someText, "Relations": someText,
	"Repeatable Seed": someText, "Sampling Method": someText, "Window": someText, "Foreign File": someText,
	"Subplan Name": someText, "Query Text": someText, "Query Parameters": someText,

	"Output": someList, "Sort Key": someList, "Presorted Key": someList, "Group Key": someList,
	"Params Evaluated": someList, "Conflict Arbiter Indexes": someList, "Sampling Parameters": someList,
	"Sort Methods Used": someList,

	"Rows Removed by Filter": figureOrText, "Rows Removed by Join Filter": figureOrText, "Rows Removed by Index Recheck": figureOrText,
	"Rows Removed by Conflict Filter": figureOrText, "Heap Fetches": figureOrText, "Index Searches": figureOrText,
	"Workers Planned": figureOrText, "Workers Launched": figureOrText, "Subplans Removed": figureOrText,
	"Tuples Inserted": figureOrText, "Conflicting Tuples": figureOrText,

	"Disabled": aFlag, "Inner Unique": aFlag, "Single Copy": aFlag, "Async Capable": aFlag, "Parallel Aware": aFlag,
}

// plainNames are the properties that hold names or the server's own words:
// nothing of them is hidden.
var plainNames = map[string]bool{
	"Conflict Arbiter Indexes": true, "Sort Method": true, "Sort Space Type": true, "Sort Methods Used": true,
	"Storage": true, "Cache Mode": true, "Conflict Resolution": true, "Sampling Method": true, "Command": true,
	"Partial Mode": true, "Custom Plan Provider": true, "Format": true, "Tuplestore Name": true,
	"Relation Name": true, "Schema": true, "Alias": true, "Async Capable": true,
}

// typed reads a value that came as a string.
func typed(name, s string) Value {
	switch kinds[name] {
	case someText:
		return textValue(name, s)
	case someList:
		var v Value
		for _, e := range splitList(s) {
			v.List = append(v.List, textValue(name, e))
		}
		return v
	case aFlag:
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

// bufferNames are the ten figures of BUFFERS under their names in JSON, and
// by kind and what happened in text.
var bufferNames = [...]struct {
	name, kind, what string
	field            func(*Buffers) *Float
}{
	{"Shared Hit Blocks", "shared", "hit", func(b *Buffers) *Float { return &b.SharedHit }},
	{"Shared Read Blocks", "shared", "read", func(b *Buffers) *Float { return &b.SharedRead }},
	{"Shared Dirtied Blocks", "shared", "dirtied", func(b *Buffers) *Float { return &b.SharedDirtied }},
	{"Shared Written Blocks", "shared", "written", func(b *Buffers) *Float { return &b.SharedWritten }},
	{"Local Hit Blocks", "local", "hit", func(b *Buffers) *Float { return &b.LocalHit }},
	{"Local Read Blocks", "local", "read", func(b *Buffers) *Float { return &b.LocalRead }},
	{"Local Dirtied Blocks", "local", "dirtied", func(b *Buffers) *Float { return &b.LocalDirtied }},
	{"Local Written Blocks", "local", "written", func(b *Buffers) *Float { return &b.LocalWritten }},
	{"Temp Read Blocks", "temp", "read", func(b *Buffers) *Float { return &b.TempRead }},
	{"Temp Written Blocks", "temp", "written", func(b *Buffers) *Float { return &b.TempWritten }},
}

// each calls f for the ten figures.
func (b *Buffers) each(f func(i int, v *Float)) {
	for i := range bufferNames {
		f(i, bufferNames[i].field(b))
	}
}

// bufferField finds the figure of a name in JSON; nil if it is none of them.
func (b *Buffers) field(name string) *Float {
	if !strings.HasSuffix(name, " Blocks") {
		return nil
	}
	for i := range bufferNames {
		if bufferNames[i].name == name {
			return bufferNames[i].field(b)
		}
	}
	return nil
}
