package emit

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pgverdict/pgverdict/internal/report"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func sample() *report.Report {
	return &report.Report{Recommendations: []report.Recommendation{
		{ID: "R1", Action: "create_index", Title: "index on orders (customer_id, placed_at)", Runnable: true, Statement: "CREATE INDEX CONCURRENTLY i ON orders (customer_id, placed_at);", Rollback: "DROP INDEX CONCURRENTLY i;", Gain: "much"},
		{ID: "R2", Action: "drop_index", Title: "drop public.old_idx", Runnable: true, Statement: "DROP INDEX CONCURRENTLY public.old_idx;", Rollback: "CREATE INDEX CONCURRENTLY old_idx ON t (a);"},
		{ID: "R3", Action: "set_work_mem", Title: "work_mem 96MB", Runnable: true, Statement: "SET LOCAL work_mem = '96MB';"},
	}}
}

// The files are those of the tool that is seen.
func TestTools(t *testing.T) {
	for name, test := range map[string]struct {
		there map[string]string
		want  []string
		holds string
	}{
		"nothing": {nil, []string{"20260102120000_create_index_orders_customer_id_placed_at.rollback.psql", "20260102120000_create_index_orders_customer_id_placed_at.sql",
			"20260102120001_drop_public_old_idx.rollback.psql", "20260102120001_drop_public_old_idx.sql", "ticket.md"}, "-- Saves: much\n"},
		"golang-migrate": {map[string]string{"000041_users.up.sql": "", "000041_users.down.sql": ""}, []string{"000042_create_index_orders_customer_id_placed_at.down.sql",
			"000042_create_index_orders_customer_id_placed_at.up.sql", "000043_drop_public_old_idx.down.sql", "000043_drop_public_old_idx.up.sql", "ticket.md"}, "CONCURRENTLY"},
		"goose": {map[string]string{"00007_users.sql": "-- +goose Up\nSELECT 1;"}, []string{"00008_create_index_orders_customer_id_placed_at.sql", "00009_drop_public_old_idx.sql", "ticket.md"}, "-- +goose NO TRANSACTION"},
		"Flyway": {map[string]string{"V9__users.sql": ""}, []string{"U10__create_index_orders_customer_id_placed_at.sql", "U10__create_index_orders_customer_id_placed_at.sql.conf", "U11__drop_public_old_idx.sql", "U11__drop_public_old_idx.sql.conf", "V10__create_index_orders_customer_id_placed_at.sql",
			"V10__create_index_orders_customer_id_placed_at.sql.conf", "V11__drop_public_old_idx.sql", "V11__drop_public_old_idx.sql.conf", "ticket.md"}, "executeInTransaction=false"},
		"Rails": {map[string]string{"20250101000000_users.rb": "class Users < ActiveRecord::Migration[7.1]\nend\n"}, []string{"20260102120000_create_index_orders_customer_id_placed_at.rb",
			"20260102120001_drop_public_old_idx.rb", "ticket.md"}, "# Saves: much\nclass CreateIndexOrdersCustomerIdPlacedAt < ActiveRecord::Migration[7.1]\n  disable_ddl_transaction!\n"},
		"Django": {map[string]string{"0041_users.py": "class Migration(migrations.Migration):\n    pass\n", "__init__.py": ""}, []string{"0042_create_index_orders_customer_id_placed_at.py",
			"0043_drop_public_old_idx.py", "ticket.md"}, `dependencies = [("app", "0042_create_index_orders_customer_id_placed_at")]`},
		"Alembic": {map[string]string{"a1_users.py": "revision = 'a1'\ndown_revision = 'b2'\n", "b2_first.py": "revision: str = 'b2'\ndown_revision: Union[str, None] = None\n"},
			[]string{"0639d5cc0077_create_index_orders_customer_id_placed_at.py", "588f9a3112b1_drop_public_old_idx.py", "ticket.md"}, "down_revision = \"a1\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a[1]") // what a pattern would not find
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			for file, text := range test.there {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			paths, _, err := Write(dir, sample(), noon)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			all := ""
			for _, p := range paths {
				got = append(got, filepath.Base(p))
				b, err := os.ReadFile(p)
				if err != nil {
					t.Fatal(err)
				}
				all += string(b)
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("wrote %q, want %q", got, test.want)
			}
			if !strings.Contains(all, test.holds) {
				t.Errorf("%q is not in\n%s", test.holds, all)
			}
		})
	}
}

// What exists is left as it is.
func TestNothingIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ticket.md"), []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Write(dir, sample(), noon); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "ticket.md")); string(b) != "mine" {
		t.Errorf("ticket.md is now %q", b)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("migrations were written without their ticket: %v", entries)
	}
}

// Of runs at once, one writes.
func TestRunsAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wrote atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, _, err := Write(dir, sample(), noon); err == nil {
				wrote.Add(1)
			}
		})
	}
	all.Wait()
	if entries, _ := os.ReadDir(dir); wrote.Load() != 1 || len(entries) != 5 {
		t.Errorf("%d runs wrote %v", wrote.Load(), entries)
	}
}

// Rails refuses two migrations of one name: those of the folder, and those whose names are
// cut or have no letters that a file's name may have.
func TestNamesOfRails(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "20250101000000_create_index_a.rb"), []byte("class CreateIndexA < ActiveRecord::Migration[7.1]\nend\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	create := report.Recommendation{ID: "R1", Action: "create_index", Title: "index on заказы (a)", Runnable: true, Statement: "CREATE INDEX CONCURRENTLY i ON заказы (a);", Rollback: "DROP INDEX CONCURRENTLY i;"}
	paths, _, err := Write(dir, &report.Report{Recommendations: []report.Recommendation{create, create}}, noon)
	if err != nil || len(paths) != 3 {
		t.Fatal(paths, err)
	}
	for i, class := range []string{"CreateIndexA2", "CreateIndexA3"} {
		if b, _ := os.ReadFile(paths[i+1]); !strings.Contains(string(b), "class "+class+" <") {
			t.Errorf("%s: expected the class %s in\n%s", paths[i+1], class, b)
		}
	}
}

// A name with a line break cannot end what carries it: a change of it has no file, and a
// literal in the statements of a migration stays in its string.
func TestNothingBreaksOut(t *testing.T) {
	dir := t.TempDir()
	paths, _, err := Write(dir, &report.Report{Recommendations: []report.Recommendation{
		{ID: "R1", Action: "create_index", Title: "index", Runnable: true, Statement: "CREATE INDEX CONCURRENTLY i ON t (\"a\n-- +goose Down\nDROP TABLE t;\n\");", Rollback: "DROP INDEX CONCURRENTLY i;"},
	}}, noon)
	if err != nil || len(paths) != 1 {
		t.Errorf("wrote %q, %v", paths, err)
	}
	shown := &report.Report{Recommendations: []report.Recommendation{
		{ID: "R1", Action: "create_index", Title: "index", Runnable: true, Statement: "CREATE INDEX CONCURRENTLY i ON t (a) WHERE b = 'x\n-- +goose Down\nDROP TABLE t;\n';", Rollback: "DROP INDEX CONCURRENTLY i;"},
	}}
	if paths, left, err := Write(t.TempDir(), shown, noon); err != nil || len(paths) != 1 || len(left) != 1 {
		t.Errorf("wrote %q, left %q, %v", paths, left, err)
	}
	for name, text := range rails(place{}, "x", migration{up: "UPDATE t SET a = 'x\n    SQL\n    exit\n'"}) {
		if strings.Count(text, "\n    SQL\n") != 0 && !strings.Contains(text, "<<~'SQL_'") {
			t.Errorf("%s: %s", name, text)
		}
	}
	for name, text := range alembic(place{dir: dir}, "x", migration{up: "UPDATE t SET a = 'x\"\"\")\nexit()\n'"}) {
		if strings.Contains(text, "\nexit()") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// What cannot be run as printed, cannot be undone, or drops what an open question is
// about, has no file in the manner of any tool.
func TestTicketOnly(t *testing.T) {
	for name, there := range map[string][2]string{
		"plain SQL": {}, "goose": {"00007_users.sql", "-- +goose Up\nSELECT 1;"}, "Flyway": {"V9__users.sql", ""},
		"Rails": {"20250101000000_users.rb", "class Users < ActiveRecord::Migration[7.1]\nend\n"}, "Django": {"0041_users.py", "class Migration(migrations.Migration):\n    pass\n"},
	} {
		dir := t.TempDir()
		if there[0] != "" {
			if err := os.WriteFile(filepath.Join(dir, there[0]), []byte(there[1]), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		paths, left, err := Write(dir, &report.Report{Findings: []report.Finding{{Section: "B"}}, Recommendations: []report.Recommendation{
			{ID: "R1", Action: "drop_index", Title: "drop public.old_idx", Runnable: true, Statement: "DROP INDEX CONCURRENTLY public.old_idx;", Rollback: " \n"},
			{ID: "R2", Action: "create_index", Title: "index on users (name)", NotRunnable: "a literal is hidden", Statement: "CREATE INDEX CONCURRENTLY i ON users (name) WHERE name <> <hidden>;", Rollback: "DROP INDEX CONCURRENTLY i;"},
			{ID: "R3", Action: "drop_index", Title: "drop public.idle_idx", Runnable: true, Statement: "DROP INDEX CONCURRENTLY public.idle_idx;", Rollback: "CREATE INDEX idle_idx ON t (a);", Findings: []int{0}},
			{ID: "R4", Action: "set_work_mem", Title: "work_mem 96MB", Runnable: true, Statement: "SET LOCAL work_mem = '96MB';"},
		}}, noon)
		if err != nil || len(paths) != 1 || filepath.Base(paths[0]) != "ticket.md" {
			t.Errorf("%s: wrote %q, %v", name, paths, err)
		}
		if want := []string{"R1: its rollback is unknown", "R2: a literal is hidden", "R3: its finding has an open question"}; !slices.Equal(left, want) {
			t.Errorf("%s: left out %q, want %q", name, left, want)
		}
	}
}

// Each step of a change has its own migration, for a tool may send the statements of a
// file together. They are undone from the last.
func TestSteps(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "7_users.up.sql"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	build := "CREATE INDEX CONCURRENTLY notes_body_idx ON notes USING gin (body gin_trgm_ops);"
	paths, _, err := Write(dir, &report.Report{Recommendations: []report.Recommendation{{
		ID: "R1", Action: "create_index", Title: "index on notes (body)", Runnable: true, Statement: "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n" + build,
		Rollback: "DROP INDEX CONCURRENTLY notes_body_idx;\nDROP EXTENSION pg_trgm;",
		Steps:    []report.SafeStep{{Step: 1, SQL: "CREATE EXTENSION IF NOT EXISTS pg_trgm;", Transaction: "any", Why: "needs the CREATE privilege"}, {Step: 2, SQL: build, Transaction: "none"}},
	}}}, noon)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"8_create_extension_if_not_exists_pg_trgm.up.sql":   "CREATE EXTENSION IF NOT EXISTS pg_trgm;",
		"8_create_extension_if_not_exists_pg_trgm.down.sql": "DROP EXTENSION pg_trgm;",
		"9_create_index_notes_body.up.sql":                  build,
		"9_create_index_notes_body.down.sql":                "DROP INDEX CONCURRENTLY notes_body_idx;",
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Errorf("%v, of %q", err, paths)
		}
		if got := string(text); strings.Count(string(text), ";") != 1 || !strings.Contains(string(text), want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
