package review_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
)

const ordersDump = `--
-- PostgreSQL database dump
--
-- Dumped from database version 15.4
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.orders (id bigint NOT NULL, note text);
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
`

// migrate reviews the files of a folder and returns the report, its errors, and the
// migrations and statements in short.
func migrate(t *testing.T, m review.Migration, files map[string]string) (*report.Report, []error, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range m.Applied {
		delete(m.Applied, name)
		m.Applied[input.Absolute(filepath.Join(dir, name))] = text
	}
	r, errs := review.Run(input.OpenWhole([]string{dir}, nil), review.Options{Migration: &m})
	var b strings.Builder
	for _, f := range r.Migrations {
		fmt.Fprintf(&b, "%s %s %s\n", strings.TrimPrefix(filepath.ToSlash(f.Path), filepath.ToSlash(dir)+"/"), f.Tool, f.Transaction)
	}
	for _, s := range r.Statements {
		var locks []string
		for _, l := range s.Locks {
			of := l.Relation + " " + l.Mode
			if l.New {
				of += " new"
			}
			locks = append(locks, of)
		}
		fmt.Fprintf(&b, "%d: %s [%s] block %v", s.Line, s.Kind, strings.Join(locks, ", "), s.InBlock)
		if !s.Supported {
			b.WriteString(" refused: " + s.Refused)
		}
		b.WriteString("\n")
	}
	return r, errs, b.String()
}

// A folder with a dump, exports and migrations is one report; what is in it besides
// says nothing.
func TestMigration(t *testing.T) {
	r, errs, got := migrate(t, review.Migration{}, map[string]string{
		"schema.sql":                     ordersDump,
		"pg_class.csv":                   "schemaname,relname,relkind,relpages,reltuples\npublic,orders,r,1000,50000\n",
		"migrations/1_note.up.sql":       "ALTER TABLE orders ADD COLUMN paid boolean;\nCREATE TABLE bills (id int);\nCREATE INDEX ON bills (id);\n",
		"migrations/1_note.down.sql":     "",
		"migrations/2_bills.up.sql":      "CREATE INDEX bills_idx ON bills (id);",
		"README.md":                      "Create a migration with make new.",
		"app/main.py":                    "print('hello')",
		"fixtures/people.csv":            "name,age\nann,7\n",
		"vendor/lib/1.sql":               "DROP TABLE orders;",
		"prisma/schema.prisma":           "model User {\n  id Int @id\n}\n",
		"app/migrations/0001_initial.py": "class Migration(migrations.Migration):\n",
	})
	const want = `migrations/1_note.up.sql golang-migrate tool
migrations/2_bills.up.sql golang-migrate none
1: alter-table/add-column [public.orders ACCESS EXCLUSIVE] block true
2: create-table [] block true
3: create-index [public.bills SHARE new] block true
1: create-index [public.bills SHARE] block false
`
	if diff := cmp.Diff(want, got); diff != "" || len(errs) > 0 {
		t.Error(diff, errs)
	}
	var asked []string
	for _, m := range r.Missing {
		asked = append(asked, m.Input)
	}
	if strings.Join(asked, ", ") != "SQL of Django migrations, SQL of Prisma schema, pg_stat_activity, pg_stat_replication" {
		t.Errorf("asked for %v", asked)
	}
}

// Files that were applied before are the schema, not the review.
func TestMigrationSince(t *testing.T) {
	applied := map[string]string{"db/V1__a.sql": "CREATE TABLE t (a int);", "db/V2__b.sql": "ALTER TABLE t ADD COLUMN b int;"}
	_, errs, got := migrate(t, review.Migration{Options: migration.Options{Since: true}, Applied: applied}, map[string]string{
		"db/V1__a.sql": "CREATE TABLE t (a int);",
		"db/V2__b.sql": "ALTER TABLE t ADD COLUMN b bigint;",
		"db/V3__c.sql": "ALTER TABLE t ADD COLUMN a int;",
	})
	const want = `db/V2__b.sql flyway tool
db/V3__c.sql flyway tool
1: alter-table/add-column [public.t ACCESS EXCLUSIVE] block true
1: alter-table/add-column [public.t ACCESS EXCLUSIVE] block true refused: column t.a already exists
`
	if diff := cmp.Diff(want, got); diff != "" || len(errs) > 0 {
		t.Error(diff, errs)
	}
}

// What is not among the inputs was applied before as well: a file beside the one that
// is named, and one that was deleted since. A dump that changed is that of before.
func TestMigrationBeforeTheInputs(t *testing.T) {
	applied := map[string]string{"db/1_a.up.sql": "CREATE TABLE t (a int);", "db/0_gone.up.sql": "CREATE TABLE gone (a int);"}
	files := map[string]string{"db/2_b.up.sql": "ALTER TABLE t ADD COLUMN a int; DROP TABLE gone;"}
	r, errs, _ := migrate(t, review.Migration{Options: migration.Options{Since: true}, Applied: applied}, files)
	if len(errs) > 0 || len(r.Statements) != 2 || !strings.Contains(r.Statements[0].Refused, "already exists") || r.Statements[1].Locks[0].Basis != "schema" {
		t.Errorf("%v %+v", errs, r.Statements)
	}
	applied = map[string]string{"schema.sql": ordersDump}
	files = map[string]string{"schema.sql": strings.Replace(ordersDump, "note text", "note text, paid boolean", 1), "1_a.sql": "-- +goose Up\nALTER TABLE orders ADD COLUMN paid boolean;"}
	r, errs, _ = migrate(t, review.Migration{Options: migration.Options{Since: true}, Applied: applied}, files)
	if len(errs) > 0 || len(r.Statements) != 1 || !r.Statements[0].Supported {
		t.Errorf("%v %+v", errs, r.Statements)
	}
}

// A strong lock on a table that the user calls hot, or that is written all the time, is
// a level more severe than on one of the same size.
func TestMigrationHotTable(t *testing.T) {
	files := map[string]string{
		"1_note.sql":              "SET lock_timeout = '2s'; CREATE INDEX orders_note_idx ON orders (note);",
		"schema.sql":              ordersDump,
		"pg_class.csv":            "schemaname,relname,relkind,relpages,reltuples\npublic,orders,r,1000,50000\n",
		"pg_stat_user_tables.csv": "schemaname,relname,seq_scan,n_tup_ins,n_tup_upd,n_tup_del\npublic,orders,1,30000000,0,0\n",
		"pg_stat_database.csv":    "datname,xact_commit,stats_reset,exported_at\nshop,9,2026-01-01 00:00:00+00,2026-01-11 00:00:00+00\n",
	}
	severity := func(hot ...string) string {
		r, errs, _ := migrate(t, review.Migration{Options: migration.Options{HotTables: hot}}, files)
		for _, f := range r.Findings {
			if f.Rule == "index-not-concurrent" {
				return f.Severity.String()
			}
		}
		t.Fatal(errs, r.Findings)
		return ""
	}
	if got := severity(); got != "critical" {
		t.Errorf("3 M writes per day: %s", got)
	}
	files["pg_stat_user_tables.csv"] = strings.Replace(files["pg_stat_user_tables.csv"], "30000000", "3000000", 1)
	if calm, hot, other := severity(), severity("orders"), severity("bills"); calm != "high" || hot != "critical" || other != calm {
		t.Errorf("300,000 writes per day: %s; called hot: %s; another table is: %s", calm, hot, other)
	}
}

// Without any SQL, the error says how to get it.
func TestMigrationWithoutSQL(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"Prisma schema, which is not SQL. Print the SQL with: npx prisma migrate diff": {"schema.prisma": "model User {\n}\n"},
		"expected the SQL of a migration, a schema dump":                               {"notes.txt": "nothing here"},
		"a.sql is binary: expected SQL":                                                {"a.sql": "\x00\x01\x02"},
	} {
		if _, errs, _ := migrate(t, review.Migration{}, files); len(errs) == 0 || !strings.Contains(fmt.Sprint(errs), want) {
			t.Errorf("%v\nwant %s", errs, want)
		}
	}
}
