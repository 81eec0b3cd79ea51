package workload

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Definitions as pg_get_indexdef prints them on 13 to 18, and as people
// write them.
func TestParseIndexDef(t *testing.T) {
	plainKey := func(name string) IndexKey { return IndexKey{Column: name} }
	tests := []struct {
		text string
		want NamedIndex
		expr []string // the keys' expressions, where there are any
		pred string
	}{
		{text: "CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (id)",
			want: NamedIndex{Schema: "public", Table: "orders", Name: "orders_pkey", IndexDef: IndexDef{Method: "btree", Unique: true, Keys: []IndexKey{plainKey("id")}}}},
		{text: `CREATE INDEX "Odd" ON app."My Table" USING btree ("A", b DESC, c NULLS FIRST, d DESC NULLS LAST)`,
			want: NamedIndex{Schema: "app", Table: "My Table", Name: "Odd", IndexDef: IndexDef{Method: "btree", Keys: []IndexKey{
				plainKey("A"), {Column: "b", Desc: true, NullsFirst: true}, {Column: "c", NullsFirst: true}, {Column: "d", Desc: true}}}}},
		{text: "CREATE INDEX i ON t (a) INCLUDE (b, c) WITH (fillfactor='70') WHERE ((status = 'open'::text) AND (x IS NULL))",
			want: NamedIndex{Table: "t", Name: "i", IndexDef: IndexDef{Method: "btree", Keys: []IndexKey{plainKey("a")}, Include: []string{"b", "c"}, With: "fillfactor='70'"}},
			pred: "(status = 'open'::text) AND (x IS NULL)"},
		{text: "CREATE INDEX i ON ONLY public.t USING gin (payload jsonb_path_ops, tags)",
			want: NamedIndex{Schema: "public", Table: "t", Name: "i", IndexDef: IndexDef{Method: "gin", Keys: []IndexKey{{Column: "payload", OpClass: "jsonb_path_ops"}, plainKey("tags")}}}},
		{text: "CREATE INDEX i ON public.t USING btree (lower(email), ((a + b)), name COLLATE \"C\" text_pattern_ops DESC)",
			want: NamedIndex{Schema: "public", Table: "t", Name: "i", IndexDef: IndexDef{Method: "btree", Keys: []IndexKey{
				{}, {}, {Column: "name", Collation: "C", OpClass: "text_pattern_ops", Desc: true, NullsFirst: true}}}},
			expr: []string{"lower(email)", "((a + b))", ""}},
		{text: "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a) NULLS NOT DISTINCT;",
			want: NamedIndex{Table: "t", Name: "i", IndexDef: IndexDef{Method: "btree", Unique: true, NullsNotDistinct: true, Keys: []IndexKey{plainKey("a")}}}},
		{text: "create index on t using gist (during gist_trgm_ops (siglen='32')) tablespace fast",
			want: NamedIndex{Table: "t", IndexDef: IndexDef{Method: "gist", Keys: []IndexKey{{Column: "during", OpClass: "gist_trgm_ops (siglen='32')"}}}}},
	}
	ignore := cmp.Options{cmpopts.IgnoreFields(IndexKey{}, "Expr"), cmpopts.IgnoreFields(IndexDef{}, "Where")}
	for _, test := range tests {
		got, err := ParseIndexDef(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if diff := cmp.Diff(test.want, got, ignore); diff != "" {
			t.Errorf("%s:\n%s", test.text, diff)
		}
		for i, want := range test.expr {
			if e := got.Keys[i].Expr.Raw(); e != want {
				t.Errorf("%s: key %d is %q", test.text, i, e)
			}
		}
		if got.Where.Raw() != test.pred {
			t.Errorf("%s: predicate %q", test.text, got.Where.Raw())
		}
	}
	for _, text := range []string{"", "CREATE TABLE t (a int)", "CREATE INDEX i ON", "CREATE INDEX i ON t", "CREATE INDEX i ON t ()", "CREATE INDEX i ON t (a b c)", "CREATE INDEX i ON t (a"} {
		if _, err := ParseIndexDef(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestParseConstraintDef(t *testing.T) {
	tests := []struct {
		text string
		want Constraint
	}{
		{"PRIMARY KEY (id)", Constraint{Type: "p", Columns: []string{"id"}}},
		{`UNIQUE NULLS NOT DISTINCT (a, "B") INCLUDE (c)`, Constraint{Type: "u", Columns: []string{"a", "B"}}},
		{"FOREIGN KEY (a, b) REFERENCES app.t(x, y) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL (a) DEFERRABLE INITIALLY DEFERRED NOT VALID",
			Constraint{Type: "f", Columns: []string{"a", "b"}, RefSchema: "app", RefTable: "t", RefCols: []string{"x", "y"}, OnDelete: "SET NULL", OnUpdate: "CASCADE"}},
		{"FOREIGN KEY (a) REFERENCES t", Constraint{Type: "f", Columns: []string{"a"}, RefTable: "t", OnDelete: "NO ACTION", OnUpdate: "NO ACTION"}},
		{"CHECK ((amount > (0)::numeric))", Constraint{Type: "c"}},
		{"EXCLUDE USING gist (room WITH =, during WITH &&)", Constraint{Type: "x"}},
		{"NOT NULL name", Constraint{Type: "n", Columns: []string{"name"}}},
	}
	for _, test := range tests {
		got, err := ParseConstraintDef(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if got.Def.Raw() != test.text {
			t.Errorf("%s: kept as %s", test.text, got.Def.Raw())
		}
		if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(Constraint{}, "Def", "Valid")); diff != "" {
			t.Errorf("%s:\n%s", test.text, diff)
		}
	}
	if c, _ := ParseConstraintDef("FOREIGN KEY (a) REFERENCES t(b) NOT VALID"); c.Valid.Or(true) {
		t.Error("NOT VALID is valid")
	}
	for _, text := range []string{"", "PRIMARY KEY", "FOREIGN KEY (a)", "FOREIGN KEY (a) REFERENCES"} {
		if _, err := ParseConstraintDef(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
