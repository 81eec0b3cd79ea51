package migration

import (
	"strings"
	"testing"
)

// Templates become names or blanks of the same length; what stands in strings and
// comments stays.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1":                          "SELECT 1",
		"ALTER TABLE ${schema}.orders":      "ALTER TABLE           orders",
		`ALTER TABLE "${schema}".orders`:    `ALTER TABLE             orders`,
		"CREATE TABLE ${prefix}orders":      "CREATE TABLE prefix___orders",
		"CREATE TABLE t_{{ name }} (a":      "CREATE TABLE t_name       (a",
		"{% if x == 'a' %}SELECT":           "                 SELECT",
		"{# don't #} SELECT '${x}'":         "            SELECT '${x}'",
		"SELECT '{{1,2},{3,4}}'::int[]":     "SELECT '{{1,2},{3,4}}'::int[]",
		"SELECT a <% b, <%= value %>":       "SELECT a <% b, value       ",
		"SELECT ${a":                        "SELECT ${a",
		"$$ ${kept} $$ -- ${kept}\n${lost}": "$$ ${kept} $$ -- ${kept}\nlost   ",
	} {
		if got, found := plain(text); got != want || found != (text != want) {
			t.Errorf("%q\n%q\nwant %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"SELECT :'a', :\"b\", :c, d::int, e[1:2], f[g:h]": "SELECT  'a',  \"b\",  c, d::int, e[1:2], f[g:h]",
		"SELECT 1": "SELECT 1",
	} {
		if got := withoutVariables(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestFirstRow(t *testing.T) {
	for text, want := range map[string]string{
		"INSERT INTO t (a, b) VALUES (1, (2)), (3, 4) ON CONFLICT DO NOTHING": "INSERT INTO t (a, b) VALUES (1, (2))",
		"INSERT INTO t SELECT 1":          "INSERT INTO t SELECT 1",
		"SELECT * FROM (VALUES (1)) AS v": "SELECT * FROM (VALUES (1)) AS v",
	} {
		if got := firstRow(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The order of versions is that of their numbers.
func TestNatural(t *testing.T) {
	list := []string{"", "1", "1.9", "1.10", "2", "02_b", "10", "20260101000000", "a"}
	for i, a := range list {
		for j, b := range list {
			if got := natural(a, b); got != 0 && (got < 0) != (i < j) || got == 0 && i != j {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
}

// Whatever the bytes, a part is read without a panic, and each statement has lines of
// the text.
func FuzzRead(f *testing.F) {
	names := []string{"1_a.up.sql", "db/migration/V1__a.sql", "prisma/migrations/20260101000000_a/migration.sql", "migrations/2026-01-02-120000_a/up.sql", "drizzle/0000_a.sql", "supabase/migrations/20260101000000_a.sql", "a.rb", "a.py", "a.ts", "a.xml", "a.json", "schema.prisma", "migrate.log"}
	for _, seed := range []string{
		"-- +goose Up\nSELECT 1;\n-- +goose StatementBegin\nDO $$ BEGIN LOOP UPDATE t SET a = 1; END LOOP; END $$;\n-- +goose Down\n",
		"--liquibase formatted sql\n--changeset a:1\nSELECT 1;\n--rollback SELECT 2;\n", "query: SELECT 1\nquery: ", "(0.1ms)  BEGIN\n (0.2ms)  COMMIT",
		"${a}.b {% x %} {{", "DO $$ BEGIN FOR r IN SELECT 1 LOOP EXECUTE 'x'; END LOOP", "INSERT INTO t VALUES (", ":'a' \\watch", "---- create above / drop below ----",
	} {
		for i := range names {
			f.Add(seed, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, text string, name uint8) {
		path := names[int(name)%len(names)]
		IsLog(text)
		ModelOf(path, []byte(text))
		set := Read([]*Source{{Path: path, Text: text}}, Options{})
		last := strings.Count(text, "\n") + 1
		for _, file := range set.Files {
			for _, s := range file.Statements {
				if s.Line < 1 || s.EndLine < s.Line || s.EndLine > last {
					t.Fatalf("lines %d to %d of %d: %q", s.Line, s.EndLine, last, s.Text)
				}
			}
		}
	})
}
