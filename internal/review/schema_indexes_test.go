package review

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/report"
)

// A foreign key and a query beside the schema that one index serves call for one
// index. The change says what it costs on every write, as in a review.
func TestSchemaIndexes(t *testing.T) {
	r := reviewSchema(t, map[string]string{
		"schema.sql": `CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON DELETE RESTRICT, placed_at timestamptz NOT NULL);
CREATE INDEX orders_placed ON orders (placed_at);
CREATE INDEX orders_placed_again ON orders (placed_at);`,
		"queries.sql":  "SELECT * FROM orders WHERE customer_id = $1 ORDER BY placed_at DESC LIMIT 10;",
		"pg_class.csv": "schemaname,relname,relkind,relpages,reltuples\npublic,orders,r,20000,2000000\npublic,orders_placed_again,i,5000,2000000\n",
		"pg_stats.csv": "schemaname,tablename,attname,null_frac,avg_width,n_distinct,correlation\npublic,orders,customer_id,0,8,90000,0.1\npublic,orders,placed_at,0,8,-1,1\npublic,orders,id,0,8,-1,1\n",
	})
	create, drop := find(r, "create_index"), find(r, "drop_index")
	if len(create) != 1 || len(drop) != 1 {
		t.Fatalf("%d indexes to create and %d to drop: %+v", len(create), len(drop), create)
	}
	if c := create[0]; c.Index == nil || !c.SizeBytes.Known() || !c.WriteCost.WALBytesPerInsert.Known() || len(c.Findings) != 2 || len(c.Serves) != 1 {
		t.Errorf("create: %+v", c)
	}
	if d := drop[0]; d.Index == nil || d.SizeBytes.Or(0) != 5000*8192 || d.Lock.Mode == "" || d.Rollback == "" {
		t.Errorf("drop: %+v", d)
	}
}

// Without statistics, the wider index that the query asks for serves the key as well.
func TestWiderIndexServesKey(t *testing.T) {
	r := reviewSchema(t, map[string]string{
		"schema.sql": `CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON DELETE RESTRICT, placed_at timestamptz NOT NULL);`,
		"queries.sql": "SELECT * FROM orders WHERE customer_id = $1 ORDER BY placed_at DESC LIMIT 10;",
	})
	if r.Workload != nil {
		t.Error("a workload is shown, but no export was given")
	}
	create := find(r, "create_index")
	if len(create) != 1 || len(create[0].Index.Keys) != 2 || len(create[0].Findings) != 2 || create[0].ID != "R1" {
		t.Errorf("%+v", create)
	}
}

// An index that is dropped is not renamed, and one that stays is.
func TestDroppedIsNotRenamed(t *testing.T) {
	r := reviewSchema(t, map[string]string{"schema.sql": `CREATE TABLE users (id bigint PRIMARY KEY, email text, city text, a int, b int, c int);
CREATE INDEX users_city_idx ON users (city); CREATE INDEX users_b_idx ON users (b); CREATE INDEX users_c_idx ON users (c);
CREATE INDEX users_a_b_idx ON users (a, b); CREATE INDEX users_email_idx ON users (email);
CREATE INDEX odd ON users (a); CREATE INDEX odder ON users (email, city);`})
	statements := ""
	for _, rec := range r.Recommendations {
		statements += rec.Statement + "\n"
	}
	for _, want := range []string{"DROP INDEX CONCURRENTLY odd;", "ALTER INDEX odder RENAME TO users_email_city_idx;"} {
		if !strings.Contains(statements, want) {
			t.Errorf("no %s in\n%s", want, statements)
		}
	}
	if strings.Contains(statements, "ALTER INDEX odd RENAME") {
		t.Errorf("a dropped index is renamed:\n%s", statements)
	}
}

func reviewSchema(t *testing.T, files map[string]string) *report.Report {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r, errs := Run(input.OpenWhole([]string{dir}, nil), Options{Migration: &Migration{Options: migration.Options{WholeSchema: true}, Repository: dir}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return r
}

func find(r *report.Report, action string) []report.Recommendation {
	var list []report.Recommendation
	for _, c := range r.Recommendations {
		if c.Action == action {
			list = append(list, c)
		}
	}
	return list
}
