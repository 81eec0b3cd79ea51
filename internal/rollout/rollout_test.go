package rollout

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pgverdict/pgverdict/internal/migration"
)

const shop = `
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric(10,2) NOT NULL DEFAULT 0, code varchar(20));
CREATE UNIQUE INDEX orders_code ON orders (code);
CREATE TABLE pairs (a uuid, b text, n integer, PRIMARY KEY (a, b));
CREATE TABLE bare (n integer);
CREATE FUNCTION code() RETURNS text LANGUAGE sql AS 'SELECT 1';
`

// When a statement runs, whether running code fails, and whether there is a way back.
func TestDeploy(t *testing.T) {
	for sql, want := range map[string]string{
		"ALTER TABLE orders ADD COLUMN note text":                     "before-code false yes",
		"ALTER TABLE orders ADD COLUMN note text NOT NULL":            "none-safe true yes",
		"ALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT ''": "before-code false yes",
		"ALTER TABLE orders DROP COLUMN total":                        "after-code true data-loss",
		"ALTER TABLE orders DROP COLUMN total, ADD COLUMN sum bigint": "none-safe true data-loss",
		"ALTER TABLE orders ALTER COLUMN code TYPE varchar(40)":       "before-code false yes",
		"ALTER TABLE orders ALTER COLUMN code TYPE varchar(10)":       "none-safe true data-loss",
		"ALTER TABLE orders ALTER COLUMN total TYPE numeric(10,0)":    "none-safe true data-loss",
		"ALTER TABLE orders RENAME COLUMN code TO sku":                "none-safe true yes",
		"ALTER TABLE orders RENAME CONSTRAINT orders_pkey TO pk":      "any false yes",
		"ALTER INDEX orders_code RENAME TO orders_sku":                "any false yes",
		"ALTER TABLE orders ALTER COLUMN code SET NOT NULL":           "after-code false yes",
		"ALTER TABLE orders ALTER COLUMN total DROP NOT NULL":         "before-code false yes",
		"ALTER TABLE orders ALTER COLUMN total DROP DEFAULT":          "after-code true yes",
		"ALTER TABLE customers ALTER COLUMN name SET DEFAULT 'x'":     "before-code false yes",
		"CREATE INDEX ON orders (total)":                              "before-code false yes",
		"CREATE UNIQUE INDEX ON orders (total)":                       "after-code false yes",
		"DROP INDEX orders_code":                                      "after-code false yes",
		"DROP TABLE bare":                                             "after-code true data-loss",
		"TRUNCATE bare":                                               "any false data-loss",
		"DELETE FROM bare":                                            "after-code false data-loss",
		"UPDATE bare SET n = 1":                                       "after-code false data-loss",
		"INSERT INTO bare VALUES (1)":                                 "before-code false yes",
		"DROP FUNCTION code()":                                        "after-code true yes",
		"DROP EXTENSION hstore":                                       "after-code false yes",
		"GRANT SELECT ON orders TO PUBLIC":                            "before-code false yes",
		"REVOKE SELECT ON orders FROM PUBLIC":                         "after-code false yes",
		"VACUUM orders":                                               "any false yes",
		"CREATE TABLE fresh (id bigint PRIMARY KEY)":                  "before-code false yes",
		"ALTER TABLE orders ENABLE ROW LEVEL SECURITY":                "after-code true yes",
	} {
		schema := shop
		if strings.Contains(sql, "EXTENSION") {
			schema += "CREATE EXTENSION hstore;"
		}
		p, list := play(t, schema, sql, 15, false)
		s := list[0]
		got := string(p.Deploy(s)) + " " + map[bool]string{true: "true", false: "false"}[p.BreaksCode(s)] + " " + string(p.Reversible(s))
		if got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}

// A view with the old name in the same transaction lets running code go on; a table
// of the same migration has no running code.
func TestDeployOfSet(t *testing.T) {
	p, list := play(t, shop, "ALTER TABLE pairs RENAME TO couples; CREATE VIEW pairs AS SELECT a, b, n FROM couples;", 15, true)
	if d := p.Deploy(list[0]); d != Before || p.BreaksCode(list[0]) {
		t.Errorf("bridged rename: %s, breaks %v", d, p.BreaksCode(list[0]))
	}
	p, list = play(t, shop, "CREATE TABLE fresh (id bigint, old text); ALTER TABLE fresh DROP COLUMN old; CREATE UNIQUE INDEX ON fresh (id);", 15, false)
	for _, s := range list[1:] {
		if d := p.Deploy(s); d != Before || p.BreaksCode(s) || p.Safe(s) != nil {
			t.Errorf("%s: %s, breaks %v, %d steps", s.Text, d, p.BreaksCode(s), len(p.Safe(s)))
		}
	}
}

// Statements that need no other sequence have none.
func TestNoSafe(t *testing.T) {
	for _, sql := range []string{
		"CREATE INDEX CONCURRENTLY i ON orders (total)", "DROP INDEX CONCURRENTLY orders_code", "ALTER TABLE orders ADD COLUMN note text DEFAULT now()",
		"ALTER TABLE orders ADD CONSTRAINT k CHECK (total > 0) NOT VALID", "ALTER TABLE orders ALTER COLUMN code TYPE text", "UPDATE orders SET code = 'x' WHERE id = 3",
		"VACUUM orders", "CREATE VIEW v AS SELECT 1", "ALTER TABLE orders SET (fillfactor = 90)", "ALTER TABLE nowhere ADD COLUMN x int", "SELECT 1", "SET lock_timeout = '1s'",
	} {
		p, list := play(t, shop, sql, 15, false)
		if steps := p.Safe(list[0]); steps != nil {
			t.Errorf("%s: %d steps, the first: %s", sql, len(steps), steps[0].SQL())
		}
	}
}

// A column that is dropped and added again keeps its values: in one statement, and
// in two.
func TestReadded(t *testing.T) {
	for sql, want := range map[string]string{
		"ALTER TABLE customers DROP COLUMN name, ADD COLUMN name text NOT NULL DEFAULT ''":            "SET name = DEFAULT",
		"ALTER TABLE orders DROP COLUMN code; ALTER TABLE orders ADD COLUMN code varchar(40)":         "ALTER COLUMN code TYPE character varying(40)",
		"ALTER TABLE orders DROP COLUMN code; ALTER TABLE orders ADD COLUMN code varchar(10)":         "CHECK (length(code) <= 10) NOT VALID",
		"ALTER TABLE orders DROP COLUMN total; ALTER TABLE orders ADD COLUMN total bigint":            "total_new = total::bigint",
		"ALTER TABLE customers DROP COLUMN name; ALTER TABLE customers ADD COLUMN name text NOT NULL": "CHECK (name IS NOT NULL) NOT VALID",
	} {
		p, list := play(t, shop, sql, 15, false)
		all := ""
		for _, s := range list {
			for _, step := range p.Steps(s) {
				all += step.SQL() + "\n"
			}
		}
		column := strings.Fields(sql)[5]
		if !strings.Contains(all, want) || strings.Contains(all, "DROP COLUMN "+strings.Trim(column, ",;")+";") {
			t.Errorf("%s:\n%s", sql, all)
		}
	}
}

// Without a schema the steps are made from the statement alone.
func TestNoSchema(t *testing.T) {
	p, list := play(t, "", `CREATE INDEX ON app."Order" (total); ALTER TABLE t ALTER COLUMN a SET NOT NULL; UPDATE t SET b = 1;`, 0, false)
	all := ""
	for _, s := range list {
		for _, step := range p.Safe(s) {
			all += step.SQL() + "\n"
		}
	}
	for _, want := range []string{
		`CREATE INDEX CONCURRENTLY "Order_total_idx" ON app."Order" (total);`, `'app."Order_total_idx"'::regclass`,
		"ADD CONSTRAINT t_a_nn CHECK (a IS NOT NULL) NOT VALID", "CALL backfill_t_rows()", "t.id >= batch_from_1",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in\n%s", want, all)
		}
	}
}

// A step with several statements is a transaction, and one without a transaction is
// alone: sent as one string they would be in one.
func TestSteps(t *testing.T) {
	for _, c := range sequences {
		p, list := play(t, shared+c.schema, c.sql, 17, false)
		for _, s := range p.Steps(list[0]) {
			if s.Tx == None && (len(s.Statements) > 1 || s.Wait != Unset) {
				t.Errorf("%s: outside of a transaction: %s", c.name, s.SQL())
			}
			if s.Deploy == NoneSafe || s.Deploy == With || s.Deploy == "" {
				t.Errorf("%s: a step belongs to no deploy: %s", c.name, s.SQL())
			}
		}
	}
}

// The person on call: what goes back first, what is lost, what an interrupted run
// leaves.
func TestAnswer(t *testing.T) {
	for _, test := range []struct {
		sql   string
		block bool
		fits  Fit
		acts  string
		loses string
		left  string
		point int // the line of the point of no return
	}{
		{"ALTER TABLE orders ADD COLUMN note text; CREATE INDEX ON orders (total);", true, CodeAlone, "run code data schema", "what was written to orders.note since", "rolled back as a whole", 0},
		{"ALTER TABLE orders DROP COLUMN total;", true, NoWayBack, "run code schema data code", "the values of orders.total come from a backup only", "rolled back", 1},
		{"ALTER TABLE orders RENAME COLUMN code TO sku;", true, SchemaFirst, "run schema code", "", "rolled back", 0},
		{"ALTER TABLE orders ADD COLUMN sku text;\nALTER TABLE orders ALTER COLUMN total DROP DEFAULT;", true, Together, "run code data schema code", "", "rolled back", 0},
		{"CREATE INDEX CONCURRENTLY i ON orders (total);", false, CodeAlone, "run run code schema", "", "INVALID index i", 0},
		{"CREATE INDEX CONCURRENTLY i ON orders (total);\nALTER TABLE orders ADD COLUMN IF NOT EXISTS note text;", false, CodeAlone, "run run code data schema", "", "those of line 1 fail the second time", 0},
		{"UPDATE orders SET total = 0;", false, CodeAlone, "run code data schema", "overwritten", "Nothing is left", 1},
		{"CREATE TABLE fresh (id bigint); CREATE INDEX ON fresh (id);", true, CodeAlone, "code data schema", "written to fresh since", "rolled back", 0},
	} {
		p, list := play(t, shop, test.sql, 15, test.block)
		a := p.Answer(list[0].File)
		var acts []string
		for _, x := range a.Acts {
			acts = append(acts, string(x.Part))
		}
		if a.Fits != test.fits || strings.Join(acts, " ") != test.acts {
			t.Errorf("%s: %s, %s; want %s, %s", test.sql, a.Fits, acts, test.fits, test.acts)
		}
		if !strings.Contains(strings.ToLower(strings.Join(a.Loses, "; ")), test.loses) {
			t.Errorf("%s: loses %q", test.sql, a.Loses)
		}
		left := ""
		for _, l := range a.Left {
			left += l.Text + "\n"
		}
		if !strings.Contains(left, test.left) {
			t.Errorf("%s: left %q, want %q", test.sql, left, test.left)
		}
		if point := a.NoReturn; (point == nil) != (test.point == 0) || point != nil && point.Line != test.point {
			t.Errorf("%s: point of no return %v", test.sql, point)
		}
	}
}

// A rollback runs in the reverse order of the commands.
func TestBackOrder(t *testing.T) {
	p, list := play(t, shop, "ALTER TABLE orders ADD COLUMN a int, ADD COLUMN b int", 15, false)
	back := p.Back(list[0])
	if len(back) != 2 || !strings.Contains(back[0].SQL(), "DROP COLUMN b") || !back[0].LosesData {
		t.Errorf("%+v", back)
	}
}

// The drafts are in the tool's form; what is there is not touched.
func TestEmit(t *testing.T) {
	const sql = "ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id);\nALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();"
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		tool  string
		there map[string]string
		want  []string // files
		holds []string // texts in all of them
	}{
		"goose": {"goose", map[string]string{"00007_users.sql": "-- +goose Up\nSELECT 1;"}, []string{"00008_create_index_orders_customer_id_idx.sql", "00009_alter_orders_add_orders_customer_fkey.sql", "ROLLOUT.md", "backfill_orders_token.psql"},
			[]string{"-- +goose NO TRANSACTION\n-- +goose Up\n", "SET lock_timeout = 0;\nSET statement_timeout = 0;\nCREATE INDEX CONCURRENTLY", "SET LOCAL lock_timeout = '2s';\nALTER TABLE orders ADD CONSTRAINT", "-- +goose Down\nSET LOCAL lock_timeout = '2s';\nALTER TABLE orders DROP CONSTRAINT orders_customer_fkey;"}},
		"golang-migrate": {"golang-migrate", map[string]string{"000041_users.up.sql": "", "000041_users.down.sql": ""}, []string{"000042_create_index_orders_customer_id_idx.up.sql", "000042_create_index_orders_customer_id_idx.down.sql", "000044_alter_orders_validate_orders_customer_fkey.up.sql"},
			[]string{"sends a file outside of a transaction as one string"}},
		"dbmate":      {"dbmate", map[string]string{"20250101000000_users.sql": "-- migrate:up\nSELECT 1;\n"}, []string{"20260102120000_create_index_orders_customer_id_idx.sql"}, []string{"-- migrate:up transaction:false\n-- From 001.sql:1\n"}},
		"sqlx":        {"sqlx", map[string]string{"0001_users.sql": ""}, []string{"0002_create_index_orders_customer_id_idx.up.sql"}, []string{"-- no-transaction\n"}},
		"Prisma":      {"prisma", map[string]string{"20250101000000_users/migration.sql": "", "migration_lock.toml": ""}, []string{"20260102120000_create_index_orders_customer_id_idx/migration.sql"}, nil},
		"diesel":      {"diesel", map[string]string{"2025-01-01-000000_users/up.sql": ""}, []string{"2026-01-02-120000_create_index_orders_customer_id_idx/metadata.toml"}, nil},
		"Supabase":    {"Supabase", map[string]string{"20250101000000_users.sql": ""}, []string{"by_hand_create_index_orders_customer_id_idx.psql", "20260102120000_alter_orders_add_orders_customer_fkey.sql"}, []string{"Run the by_hand files"}},
		"tern":        {"tern", map[string]string{"001_users.sql": "SELECT 1;\n---- create above / drop below ----\n"}, []string{"002_create_index_orders_customer_id_idx.sql"}, []string{"---- tern: disable-tx ----\n"}},
		"sql-migrate": {"sql-migrate", map[string]string{"1_users.sql": "-- +migrate Up\nSELECT 1;"}, []string{"2_create_index_orders_customer_id_idx.sql"}, []string{"-- +migrate Up notransaction\n"}},
		"Flyway":      {"flyway", map[string]string{"V1__users.sql": "SELECT 1;"}, []string{"V2__create_index_orders_customer_id_idx.sql", "V2__create_index_orders_customer_id_idx.sql.conf"}, nil},
		"Liquibase":   {"liquibase", map[string]string{"001_users.sql": "--liquibase formatted sql\n--changeset a:1\nSELECT 1;"}, []string{"002_create_index_orders_customer_id_idx.sql"}, []string{"runInTransaction:false"}},
		"nothing":     {"", nil, []string{"ROLLOUT.md", "backfill_orders_token.procedure.psql"}, []string{"BEGIN", "55P03"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range test.there {
				path := filepath.Join(dir, file)
				_ = os.MkdirAll(filepath.Dir(path), 0o777)
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			p, list := play(t, shop, sql, 15, true)
			f := list[0].File
			f.Tool = &migration.Tool{Name: test.tool}
			for file := range test.there {
				f.Version = max(f.Version, strings.SplitN(file, "_", 2)[0])
			}
			for range 2 { // the second run adds, and changes nothing
				before := readAll(t, dir)
				d, err := p.Emit(dir, []*migration.File{f}, "rules: {}\n", noon)
				if err != nil {
					t.Fatal(err)
				}
				if len(d.Paths) == 0 || d.Files != 1 {
					t.Fatalf("%+v", d)
				}
				for path, text := range before {
					if got := readAll(t, dir)[path]; got != text {
						t.Errorf("%s was changed", path)
					}
				}
			}
			files := readAll(t, dir)
			drafted(t, test.tool, dir, test.there)
			all := ""
			for path, text := range files {
				if _, old := test.there[path]; !old {
					all += text
				}
			}
			for _, want := range append(test.want, ".pgverdict.yaml") {
				if _, ok := files[want]; !ok {
					t.Errorf("no %s among %s", want, names(files))
				}
			}
			for _, want := range test.holds {
				if !strings.Contains(all, want) {
					t.Errorf("no %q in\n%s", want, all)
				}
			}
		})
	}
}

// drafted reads the drafts as their tool runs them: the server takes each statement.
func drafted(t *testing.T, tool, dir string, there map[string]string) {
	t.Helper()
	if tool == "sqlx" || tool == "Supabase" || tool == "" { // told by what lies beside the folder
		return
	}
	sources := []*migration.Source{{Path: "schema.sql", Text: "--\n-- PostgreSQL database dump\n--\n" + shop}}
	files := readAll(t, dir)
	for _, name := range names(files) {
		ext := filepath.Ext(name)
		if _, old := there[name]; !old && (ext == ".sql" || ext == ".conf" || ext == ".toml") {
			sources = append(sources, &migration.Source{Input: len(sources), Path: filepath.Join(dir, name), Text: files[name]})
		}
	}
	set := migration.Read(sources, migration.Options{})
	if len(set.Files) == 0 {
		t.Errorf("no migration of %s read from %s", tool, names(files))
	}
	done := map[string]bool{} // Emit ran twice
	for _, f := range set.Files {
		if !strings.EqualFold(f.Tool.Name, tool) {
			t.Errorf("%s is taken for a file of %s", f.Path, f.Tool.Name)
		}
		for _, s := range f.Statements {
			if done[s.Text] || s.Err != nil {
				continue
			}
			done[s.Text] = true
			if s.Effect.Refused != "" || s.Effect.NoBlock && s.Tx != nil {
				t.Errorf("%s: %s: %s", f.Path, s.Text, s.Effect.Refused)
			}
		}
	}
}

func readAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func names(files map[string]string) []string {
	var list []string
	for name := range files {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func TestColumnClauses(t *testing.T) {
	name, typ, clauses := columnClauses(read(`"Kind" character varying(20) COLLATE "C" CONSTRAINT k CHECK ("Kind" <> 'a' AND (1 IS NOT NULL)) NOT NULL DEFAULT CASE WHEN true THEN 'x' END REFERENCES kinds (kind) ON DELETE SET NULL NOT DEFERRABLE UNIQUE NULLS NOT DISTINCT`))
	var got []string
	for _, c := range clauses {
		got = append(got, c.kind+"/"+c.name+"/"+c.text)
	}
	want := []string{`collate//COLLATE "C"`, `check/k/CHECK ("Kind" <> 'a' AND (1 IS NOT NULL))`, "not null//NOT NULL", "default//DEFAULT CASE WHEN true THEN 'x' END",
		"references//REFERENCES kinds (kind) ON DELETE SET NULL NOT DEFERRABLE", "unique//UNIQUE NULLS NOT DISTINCT"}
	if name != `"Kind"` || typ != "character varying(20)" || !slices.Equal(got, want) {
		t.Errorf("%s %s\n%s", name, typ, strings.Join(got, "\n"))
	}
}

func TestWithinBound(t *testing.T) {
	p, _ := play(t, "CREATE TABLE r (a int, b int) PARTITION BY RANGE (a, b); CREATE TABLE l (k text) PARTITION BY LIST (k); CREATE TABLE h (k text) PARTITION BY HASH (k);", "SELECT 1", 15, false)
	for _, test := range []struct{ table, bound, want string }{
		{"r", "FOR VALUES FROM (1, 2) TO (3, 4)", "a IS NOT NULL AND b IS NOT NULL AND (a > 1 OR a = 1 AND b >= 2) AND (a < 3 OR a = 3 AND b < 4)"},
		{"r", "FOR VALUES FROM (MINVALUE, MINVALUE) TO (3, MINVALUE)", "a IS NOT NULL AND b IS NOT NULL AND a < 3"},
		{"r", "FOR VALUES FROM (1, MINVALUE) TO (3, MAXVALUE)", "a IS NOT NULL AND b IS NOT NULL AND a >= 1 AND a <= 3"},
		{"l", "FOR VALUES IN ('a', 'b')", "k IS NOT NULL AND k IN ('a', 'b')"},
		{"l", "FOR VALUES IN ('a', NULL)", "k IS NULL OR k IN ('a')"},
		{"h", "FOR VALUES WITH (modulus 4, remainder 1)", ""},
	} {
		for _, r := range p.Catalog.All() {
			if r.Name.Name == test.table {
				if got := withinBound(r, test.bound); got != test.want {
					t.Errorf("%s %s: %s", test.table, test.bound, got)
				}
			}
		}
	}
}

func TestLossless(t *testing.T) {
	for sql, want := range map[string]Reversible{
		"numeric(12,2)": Yes, "numeric(12,4)": Yes, "numeric(10,4)": DataLoss, "numeric": Yes, "bigint": DataLoss, "text": Yes,
	} {
		p, list := play(t, shop, "ALTER TABLE orders ALTER COLUMN total TYPE "+sql, 15, false)
		if got := p.Reversible(list[0]); got != want {
			t.Errorf("numeric(10,2) to %s: %s", sql, got)
		}
	}
}

// Names of columns that are also words of SQL.
func TestReplaced(t *testing.T) {
	for expr, want := range map[string]string{
		"at AT TIME ZONE 'UTC'":                     "NEW.at AT TIME ZONE 'UTC'",
		"timezone('UTC', at) at time zone zone":     "timezone('UTC', NEW.at) at time zone NEW.zone",
		"date::date + date '2026-01-01' - \"date\"": "NEW.date::date + date '2026-01-01' - NEW.date",
		"e.at || lower(zone) || 'at'":               "e.at || lower(NEW.zone) || 'at'",
	} {
		got := replaced(expr, func(n string) (string, bool) {
			return "NEW." + n, slices.Contains([]string{"at", "date", "zone", "time"}, n)
		})
		if got != want {
			t.Errorf("%s: %s, want %s", expr, got, want)
		}
	}
}

// A type change that keeps the rows reads none for a CHECK on the column either.
func TestRetypedUnderCheck(t *testing.T) {
	p, list := play(t, "CREATE TABLE e (id bigint PRIMARY KEY, at timestamp, CONSTRAINT e_at CHECK (at > '2000-01-01')); CREATE INDEX e_at_idx ON e (at);",
		"ALTER TABLE e ALTER COLUMN at TYPE timestamptz USING at AT TIME ZONE 'UTC'", 15, false)
	var got []string
	for _, s := range p.Steps(list[0]) {
		if !s.Setting && !s.Check {
			got = append(got, s.Statements...)
		}
	}
	want := []string{"DROP INDEX CONCURRENTLY e_at_idx", "SET LOCAL timezone = 'UTC'", "ALTER TABLE e DROP CONSTRAINT e_at", "ALTER TABLE e ALTER COLUMN at TYPE timestamptz",
		"ALTER TABLE e ADD CONSTRAINT e_at CHECK (at > '2000-01-01') NOT VALID", "CREATE INDEX CONCURRENTLY e_at_idx ON e (at)", "ALTER TABLE e VALIDATE CONSTRAINT e_at"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}
