package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/report"
)

const slowPlan = ` Seq Scan on flights  (cost=0.00..431000.00 rows=12 width=90) (actual time=3.100..2210.400 rows=9 loops=1)
   Filter: (carrier_id = 41)
   Rows Removed by Filter: 9000000
 Execution Time: 2210.600 ms
`

// fill writes files into a new folder.
func fill(t *testing.T, files map[string]string) string {
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
	return dir
}

// What any command writes, in any format, may lie in the folder that is
// reviewed next: it is passed over without a word.
func TestOwnFilesInTheFolder(t *testing.T) {
	for _, command := range []string{"review", "plan", "indexes"} {
		dir := fill(t, map[string]string{"plan.txt": slowPlan, "schema.sql": "CREATE TABLE flights (id bigint, carrier_id bigint);\n"})
		first := run("", command, dir)
		for _, format := range report.FormatNames() {
			for _, more := range [][]string{nil, {"--detail", "full"}, {"--color", "always"}} {
				name := filepath.Join(dir, "b-"+format+strings.Join(more, ""))
				if got := run("", append([]string{command, dir, "--format", format, "-o", name}, more...)...); got.status != 0 || got.err != "" {
					t.Fatalf("%s %s: status %d, %s", command, name, got.status, got.err)
				}
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "a.sql"), []byte(run("", "export").out), 0o666); err != nil {
			t.Fatal(err)
		}
		if again := run("", command, dir); again != first {
			t.Errorf("%s: status %d, %s%s", command, again.status, again.err, again.out)
		}
		got := reviewJSON(t, dir)
		if len(got.Plans) != 1 || len(got.Warnings) > 0 {
			t.Errorf("%d plans, %q", len(got.Plans), got.Warnings)
		}
		for _, in := range got.Inputs {
			if own := filepath.Base(in.Path) != "plan.txt" && filepath.Base(in.Path) != "schema.sql"; own != (in.Kind == "own") || len(in.Warnings) > 0 {
				t.Errorf("%s: %s, %q", in.Path, in.Kind, in.Warnings)
			}
		}
	}
}

// An unknown file in a folder is a note as long as something was read there.
func TestUnknownFilesInAFolder(t *testing.T) {
	files := map[string]string{"plan.txt": slowPlan, "blob": "\x00\x01\x02", "empty.csv": "", "todo.txt": "Select somebody who calls the carrier.\n", "sales.csv": "day,sales\nMonday,3\n"}
	dir := fill(t, files)
	got := run("", "review", dir)
	if got.status != 0 || got.err != "" {
		t.Errorf("status %d, %s", got.status, got.err)
	}
	for name := range files {
		if named := strings.Contains(strings.Join(reviewJSON(t, dir).Warnings, "\n"), name); named != (name != "plan.txt") {
			t.Errorf("%s among the notes: %v", name, named)
		}
	}
	if got := run("", "review", filepath.Join(dir, "plan.txt"), filepath.Join(dir, "todo.txt")); got.status != 2 || !strings.Contains(got.err, "todo.txt") {
		t.Errorf("a file that was named: status %d, %s", got.status, got.err)
	}
	for i := range 20 {
		if err := os.WriteFile(filepath.Join(dir, strings.Repeat("z", i+1)), []byte("hello\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if lines := reviewJSON(t, dir).Warnings; len(lines) != 6 || !strings.Contains(lines[5], "19 more") {
		t.Errorf("%q", lines)
	}
}

// Where there is nothing to review, that is said in plain words, and the
// status is 2.
func TestNothingToReview(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"the folder has no files": nil,
		"todo.txt":                {"todo.txt": "Call the carrier.\n", "sub/x": "\x00"},
		"written by":              {"export.sql": run("", "export").out},
	} {
		got := run("", "review", fill(t, files))
		if got.status != 2 || !strings.Contains(got.err, name) || strings.Contains(got.out, "No problem") {
			t.Errorf("%s: status %d, %s%s", name, got.status, got.err, got.out)
		}
	}
}

// A file whose statement failed, and an export that was cut off, are named;
// the script that can write such lines is neither.
func TestExportThatFailed(t *testing.T) {
	const tables = "schemaname,relname,seq_scan,seq_tup_read,idx_scan,n_tup_ins,n_tup_upd,n_tup_del,n_live_tup,n_dead_tup\npublic,berths,4,800,9000,50,0,0,200,0\n"
	for name, test := range map[string]struct {
		files  map[string]string
		status int
		says   string
	}{
		"whole":           {map[string]string{"pgverdict_export.txt": "-- pgverdict export: finished\n", "export.sql": run("", "export").out}, 0, ""},
		"a file":          {map[string]string{"pg_index.csv": "-- pgverdict export failed: pg_index: canceling statement due to lock timeout\r\n"}, 2, "pg_index failed (canceling statement due to lock timeout)"},
		"connection lost": {map[string]string{"pgverdict_export.txt": "-- pgverdict export: not finished\n"}, 2, "cut off"},
	} {
		test.files["tables.csv"] = tables
		got := run("", "review", fill(t, test.files))
		if got.status != test.status || !strings.Contains(got.err, test.says) || (got.err == "") != (test.says == "") {
			t.Errorf("%s: status %d, %s", name, got.status, got.err)
		}
		if !strings.Contains(run("", "workload", fill(t, test.files)).out, "berths") {
			t.Errorf("%s: what was read is not reported", name)
		}
	}
}

// A report that the shell sends into the folder is no input of its own run.
func TestRedirectedIntoTheFolder(t *testing.T) {
	dir := fill(t, map[string]string{"plan.txt": slowPlan, "report.json": ""})
	f, err := os.Create(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e := env{in: strings.NewReader(""), out: f, err: f}
	if status := e.run([]string{"review", dir, "--format", "json"}); status != 0 {
		t.Errorf("status %d", status)
	}
	b, err := os.ReadFile(f.Name())
	if err != nil || strings.Contains(string(b), `/report.json"`) {
		t.Errorf("%v: the report is among its inputs: %s", err, b)
	}
}

// Plans and exports that lie in sub-folders are read.
func TestSubFolders(t *testing.T) {
	dir := fill(t, map[string]string{"schema.sql": "CREATE TABLE flights (id bigint PRIMARY KEY, carrier_id bigint);\n", "2026/friday/night/plan.txt": slowPlan, "1/2/3/4/plan.txt": slowPlan})
	got := reviewJSON(t, dir)
	if len(got.Plans) != 1 || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], filepath.Join("1", "2", "3", "4")) {
		t.Errorf("%d plans, %q", len(got.Plans), got.Warnings)
	}
}

// decoded is what these tests read of a JSON report.
type decoded struct {
	Inputs []struct {
		Path, Kind string
		Warnings   []string
	}
	Plans    []any
	Warnings []string
}

func reviewJSON(t *testing.T, paths ...string) (r decoded) {
	t.Helper()
	got := run("", append([]string{"review", "--format", "json"}, paths...)...)
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		t.Fatalf("%v: %s", err, got.err)
	}
	return r
}
