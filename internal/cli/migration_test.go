package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/report"
)

// The schema before comes from a folder of older migrations; what the flags say
// counts for every file.
func TestMigrationFlags(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"old/1_a.up.sql": "CREATE TABLE t (a int PRIMARY KEY);\nCREATE TABLE p (a int REFERENCES t);",
		"new/2_b.up.sql": "DROP TABLE t;",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got := run("", "migration", filepath.Join(dir, "new"), "--base", filepath.Join(dir, "old"), "--lock-timeout", "2s", "--statement-timeout", "1min", "--pg-version", "17", "--format", "json")
	var r struct {
		Migrations []report.Migration
		Statements []report.DDL
	}
	if err := json.Unmarshal([]byte(got.out), &r); err != nil || len(r.Migrations) != 1 || len(r.Statements) != 1 {
		t.Fatalf("%v: %s%s", err, got.out, got.err)
	}
	if m := r.Migrations[0]; m.Timeouts.Lock.Or(0) != 2000 || m.Timeouts.Statement.Or(0) != 60_000 || m.PGVersion.Or(0) != 17 {
		t.Errorf("%+v", m)
	}
	if s := r.Statements[0]; s.Supported || !strings.Contains(s.Refused, "p") {
		t.Errorf("the foreign key of the older migration is not known: %+v", s)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--lock-timeout", "soon"}, "--lock-timeout soon: expected a time such as 2s or 500ms"},
		{[]string{"--engine", "oracle"}, "expected one of postgresql, mysql, sqlite"},
		{[]string{"--since", "a", "--base", "b"}, "expected one of them"},
		{[]string{"--since", "HEAD"}, "not a git repository"},
		{[]string{"--base", t.TempDir()}, "expected a folder with migrations"},
	} {
		if got := run("", append([]string{"migration", filepath.Join(dir, "new")}, test.args...)...); got.status != exitInput || !strings.Contains(got.err, test.want) {
			t.Errorf("%v: %d %s", test.args, got.status, got.err)
		}
	}
	if got := run("SELECT 1;", "migration", "--since", "HEAD"); got.status != exitInput || !strings.Contains(got.err, "not standard input") {
		t.Error(got.err)
	}
}

// The configuration that --emit drafts fails what the migrations before keep: the run
// ends with status 1 although no finding is severe.
func TestKeptRules(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Mkdir("db", 0o777); err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 6; i++ {
		text := fmt.Sprintf("-- +goose Up\nSET lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN c%d int;\n-- +goose Down\nALTER TABLE orders DROP COLUMN c%d;\n", i, i)
		if i == 6 {
			text = "-- +goose Up\nALTER TABLE orders ADD COLUMN c6 int NOT NULL DEFAULT random();\n"
		}
		if err := os.WriteFile(fmt.Sprintf("db/%d_c.sql", i), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(".git", 0o777); err != nil { // the root of the repository
		t.Fatal(err)
	}
	got := run("", "migration", "db/6_c.sql", "--emit", "draft")
	config, err := os.ReadFile("draft/.pgverdict.yaml")
	if err != nil || got.status != exitDone || !strings.Contains(string(config), "convention-timeouts:\n    fail: true\n    reason: 5 of 5 ") {
		t.Fatalf("%v %d %s\n%s", err, got.status, got.err, config)
	}
	if got := run("", "migration", "db/6_c.sql", "--config", "draft/.pgverdict.yaml"); got.status != exitFailOn {
		t.Errorf("%d %s\n%s", got.status, got.err, got.out)
	}
	if got := run("", "migration", "db/5_c.sql", "--config", "draft/.pgverdict.yaml"); got.status != exitDone {
		t.Errorf("%d %s\n%s", got.status, got.err, got.out)
	}
}

// A commit without a migration is nothing to review, and no error. A folder without one is.
func TestNothingChanged(t *testing.T) {
	t.Chdir(t.TempDir())
	for path, text := range map[string]string{"db/1_t.sql": "CREATE TABLE t (a int);\n", "docs/notes.md": "Notes.\n"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "all"}} {
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Skipf("%v %s", err, out)
		}
	}
	got := run("", "migration", "db", "--since", "HEAD", "--format", "markdown", "--fail-on", "low")
	if got.status != exitDone || got.err != "" || !strings.Contains(got.out, "Nothing to review") || !strings.Contains(got.out, "no migration was added or changed") {
		t.Errorf("status %d, %s\n%s", got.status, got.err, got.out)
	}
	if got := run("", "migration", "docs", "--since", "HEAD"); got.status != exitInput || !strings.Contains(got.err, "expected the SQL of a migration") {
		t.Errorf("status %d, %s\n%s", got.status, got.err, got.out)
	}
}
