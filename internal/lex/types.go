package lex

import "strings"

// typeNames maps the names of a type in the grammar and in SQL to the one that
// format_type prints.
var typeNames = map[string]string{
	"int2": "smallint", "int4": "integer", "int8": "bigint", "int": "integer", "float4": "real", "float8": "double precision",
	"float": "double precision", "bool": "boolean", "varchar": "character varying", "char varying": "character varying",
	"bpchar": "character", "char": "character", "decimal": "numeric", "dec": "numeric", "varbit": "bit varying",
	"timestamptz": "timestamp with time zone", "timestamp": "timestamp without time zone",
	"timetz": "time with time zone", "time": "time without time zone",
	"smallserial": "smallint", "serial2": "smallint", "serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint",
}

// TypeName returns a type as format_type prints it: "varchar(20)" is "character
// varying(20)", "timestamptz(3)[]" is "timestamp(3) with time zone[]".
func TypeName(written string) string {
	name, modifier, array := written, "", ""
	if i := strings.IndexByte(name, '['); i >= 0 {
		name, array = name[:i], "[]"
	}
	if i := strings.IndexByte(name, '('); i >= 0 {
		end := strings.IndexByte(name[i:], ')')
		if end < 0 {
			return written
		}
		modifier = name[i : i+end+1]
		name = name[:i] + " " + name[i+end+1:]
	}
	name = strings.Join(strings.Fields(name), " ")
	if bare, ok := strings.CutPrefix(name, "pg_catalog."); ok {
		name = bare
	}
	name = strings.TrimPrefix(name, "public.")
	if !strings.ContainsRune(name, '"') {
		name = strings.ToLower(name)
	}
	if long, ok := typeNames[name]; ok {
		name = long
	}
	if name == "character" && modifier == "" && strings.HasSuffix(strings.ToLower(written), "char") {
		modifier = "(1)"
	}
	modifier = strings.ReplaceAll(modifier, " ", "")
	// The precision of a time is before its zone.
	if head, zone, ok := strings.Cut(name, " with"); ok && modifier != "" {
		return head + modifier + " with" + zone + array
	}
	return name + modifier + array
}

// IsSerial reports whether a type is one of those that create a sequence.
func IsSerial(written string) bool { return strings.Contains(strings.ToLower(written), "serial") }
