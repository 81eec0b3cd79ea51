package cli

import (
	"encoding/json"
	"fmt"
	"os"
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
