package lex

import "testing"

func TestTypeName(t *testing.T) {
	for written, want := range map[string]string{
		"int": "integer", "INT8": "bigint", "varchar(20)": "character varying(20)", "decimal(10, 2)": "numeric(10,2)",
		"timestamptz(3)": "timestamp(3) with time zone", "timestamp": "timestamp without time zone", "text[]": "text[]", "int[3]": "integer[]",
		"pg_catalog.int4": "integer", "public.citext": "citext", "char": "character(1)", "character(5)": "character(5)",
		"timestamp(3) with time zone": "timestamp(3) with time zone", "double precision": "double precision", `app."My Type"`: `app."My Type"`,
		"bigserial": "bigint", "character varying": "character varying",
	} {
		if got := TypeName(written); got != want {
			t.Errorf("%s: %q, want %q", written, got, want)
		}
	}
}
