package migration

import (
	"strings"
	"testing"
)

const leftDump = `-- PostgreSQL database dump
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
CREATE TABLE public.people (id bigint NOT NULL, name character varying(20) DEFAULT 'x'::character varying, age integer, mood public.mood,
    CONSTRAINT people_age CHECK ((age = ANY (ARRAY[1, 2]))), CONSTRAINT people_name CHECK (((name)::text ~~ 'a%'::text)));
ALTER TABLE ONLY public.people ADD CONSTRAINT people_pkey PRIMARY KEY (id);
CREATE INDEX people_name_idx ON public.people USING btree (lower((name)::text)) WHERE (age > 1);
CREATE TABLE public.orders (id bigint NOT NULL, person bigint);
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_person FOREIGN KEY (person) REFERENCES public.people(id) ON DELETE CASCADE;
`

// What is left after a migration was applied and taken back. How an expression is
// written does not count.
func TestLeft(t *testing.T) {
	for _, test := range []struct{ name, up, down, want string }{
		{"a column", "ALTER TABLE people ADD COLUMN note text;", "ALTER TABLE people DROP COLUMN note;", ""},
		{"a column stays", "ALTER TABLE people ADD COLUMN note text;", "SELECT 1;", "column note of people remains"},
		{"a column is lost", "ALTER TABLE people DROP COLUMN age;", "ALTER TABLE people ADD COLUMN age bigint;",
			"column age of people is bigint, not integer; constraint people_age of people is missing; index people_name_idx is missing"},
		{"an index comes back in other words", "DROP INDEX people_name_idx;", "CREATE INDEX people_name_idx ON people (lower(name)) WHERE age > 1;", ""},
		{"an index comes back as another one", "DROP INDEX people_name_idx;", "CREATE INDEX people_name_idx ON people (name);",
			"index people_name_idx is on (name), not on (lower((name)::text)) WHERE (age > 1)"},
		{"a CHECK in other words", "ALTER TABLE people DROP CONSTRAINT people_age, DROP CONSTRAINT people_name;",
			"ALTER TABLE people ADD CONSTRAINT people_age CHECK (age IN (1, 2)), ADD CONSTRAINT people_name CHECK (name LIKE 'a%');", ""},
		{"a CHECK that is tighter", "ALTER TABLE people DROP CONSTRAINT people_age;", "ALTER TABLE people ADD CONSTRAINT people_age CHECK (age = 1);",
			"constraint people_age of people is age = 1, not (age = ANY (ARRAY[1, 2]))"},
		{"a foreign key without its action", "ALTER TABLE orders DROP CONSTRAINT orders_person;", "ALTER TABLE orders ADD CONSTRAINT orders_person FOREIGN KEY (person) REFERENCES people;",
			"constraint orders_person of orders is person -> people, not person -> people ON DELETE CASCADE"},
		{"NOT NULL and a default", "ALTER TABLE people ALTER age SET NOT NULL, ALTER name DROP DEFAULT;", "SELECT 1;",
			"the default of name of people is missing; column age of people is NOT NULL"},
		{"a default in other words", "ALTER TABLE people ALTER name DROP DEFAULT;", "ALTER TABLE people ALTER name SET DEFAULT 'x';", ""},
		{"a table with its index", "CREATE TABLE t (a serial PRIMARY KEY); CREATE INDEX ON t (a);", "DROP TABLE t;", ""},
		{"a table that stays", "CREATE TABLE t (a serial PRIMARY KEY); CREATE INDEX ON t (a);", "SELECT 1;", "table t remains"},
		{"a table that is lost", "DROP TABLE orders;", "SELECT 1;", "table orders is missing"},
		{"a table that comes back", "DROP TABLE orders;", "CREATE TABLE orders (id bigint NOT NULL, person bigint);", "constraint orders_person of orders is missing"},
		{"a temporary table", "CREATE TEMP TABLE t AS SELECT 1 AS a; CREATE INDEX ON t (a);", "SELECT 1;", ""},
		{"a new name", "ALTER TABLE orders RENAME TO sales;", "SELECT 1;", "table orders is now called sales"},
		{"a value of an enum", "ALTER TYPE mood ADD VALUE 'happy';", "SELECT 1;", "the value happy of type mood remains"},
		{"row security", "ALTER TABLE people ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON people USING (true);", "DROP POLICY p ON people;", "row security of people is on"},
		{"a view and a function", "CREATE VIEW v AS SELECT 1 AS a; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", "DROP FUNCTION f();", "view v remains"},
	} {
		files := []*Source{
			{Input: 0, Path: "schema.sql", Text: leftDump},
			{Input: 1, Path: "1_a.sql", Text: "-- +goose Up\n" + test.up + "\n-- +goose Down\n" + test.down + "\n"},
		}
		set := Read(files, Options{})
		if got := strings.Join(set.Files[0].Left, "; "); got != test.want {
			t.Errorf("%s: %s\nwant %s", test.name, got, test.want)
		}
	}
	// Without a dump, what a statement does not tell was there before.
	set := Read([]*Source{{Path: "1_a.sql", Text: "-- +goose Up\nALTER TABLE t ADD COLUMN a int; ALTER TABLE t ALTER b SET NOT NULL; CREATE INDEX i ON t (c);\n-- +goose Down\nDROP INDEX i;\n"}}, Options{})
	if got := strings.Join(set.Files[0].Left, "; "); got != "column a of t remains" {
		t.Errorf("without a dump: %s", got)
	}
}
