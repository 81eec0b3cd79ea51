package review_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

// boats is an export of a statement, and of the server's version.
func boats(version, statement string) map[string]string {
	files := map[string]string{"s.csv": "queryid,query,calls,total_exec_time,mean_exec_time,rows\n" + fmt.Sprintf("8,%q,10,90000,9000,10\n", statement)}
	if version != "" {
		files["v.csv"] = "name,setting,unit,source\nserver_version," + version + ",,default\n"
	}
	return files
}

func entry(t *testing.T, r *report.Report, input string) report.Missing {
	t.Helper()
	i := slices.IndexFunc(r.Missing, func(m report.Missing) bool { return m.Input == input })
	if i < 0 {
		t.Fatalf("%s is not asked for: %+v", input, r.Missing)
	}
	return r.Missing[i]
}

// The plan of a statement is asked for by what runs as it stands on the server
// at hand, and without running the statement where its parameters are unknown.
func TestExplainCommand(t *testing.T) {
	const byHand = "SET plan_cache_mode = force_generic_plan;\nPREPARE pgverdict AS %s;\nEXPLAIN EXECUTE pgverdict(%s);\nDEALLOCATE pgverdict;"
	for _, test := range []struct{ version, statement, want string }{
		{"17.4", "SELECT * FROM boats WHERE berth = $1 LIMIT $2", "EXPLAIN (GENERIC_PLAN) SELECT * FROM boats WHERE berth = $1 LIMIT $2;"},
		{"14.9", "SELECT * FROM boats WHERE berth = $1 LIMIT $2", fmt.Sprintf(byHand, "SELECT * FROM boats WHERE berth = $1 LIMIT $2", "NULL, NULL")},
		{"", "UPDATE boats SET berth = $2 WHERE id = $1", fmt.Sprintf(byHand, "UPDATE boats SET berth = $2 WHERE id = $1", "NULL, NULL")},
		{"17.4", "SELECT count(*) FROM boats", "EXPLAIN (ANALYZE, BUFFERS) SELECT count(*) FROM boats;"},
		{"17.4", "SELECT count(*) FROM boats -- all of them", "EXPLAIN (ANALYZE, BUFFERS) SELECT count(*) FROM boats;"},
		{"18.0", "/* app=harbour */ SELECT * FROM boats WHERE id IN ($1 /*, ... */)", "EXPLAIN (GENERIC_PLAN) SELECT * FROM boats WHERE id IN ($1 );"},
		{"17.4", "DELETE FROM boats", "EXPLAIN DELETE FROM boats;"}, // never run
		{"", "UPDATE boats SET berth = berth", "EXPLAIN UPDATE boats SET berth = berth;"},
		{"17.4", "MERGE INTO boats b USING fleet f ON b.id = f.id WHEN MATCHED THEN DELETE", "EXPLAIN MERGE INTO boats b USING fleet f ON b.id = f.id WHEN MATCHED THEN DELETE;"},
		{"17.4", "SELECT * FROM boats FOR UPDATE", "EXPLAIN SELECT * FROM boats FOR UPDATE;"},
		{"17.4", "SELECT $1 AS one FROM boats WH", ""}, // WH is no alias
		{"17.4", "SELECT name FROM boats  ORD", ""},
		{"17.4", "SELECT b.name FROM boats b, crews LIM", ""},
		{"17.4", "SELECT b.name FROM boats b", "EXPLAIN (ANALYZE, BUFFERS) SELECT b.name FROM boats b;"},
		{"17.4", "WITH gone AS (DELETE FROM boats RETURNING id) SELECT count(*) FROM gone", "EXPLAIN WITH gone AS (DELETE FROM boats RETURNING id) SELECT count(*) FROM gone;"},
		{"17.4", "SELECT * FROM boats WHERE seen > now() - interval $1", ""},
		{"17.4", "SELECT * FROM boats WHERE extract($1 FROM seen) = $2", ""},
		{"17.4", "SELECT * FROM boats WHERE berth = 7", ""}, // its literal is hidden
	} {
		got := entry(t, run(t, write(t, boats(test.version, test.statement))), "plans")
		if got.Export != test.want || got.Export != strings.Join(got.Commands, "\n") || got.Export == "" && got.How == "" {
			t.Errorf("%s, %s:\n%s\n%q\nwant\n%s", test.version, test.statement, got.Export, got.How, test.want)
		}
	}
	shown, errs := review.Run(input.Open([]string{write(t, boats("17.4", "SELECT * FROM boats WHERE berth = 7"))}, nil), review.Options{ShowLiterals: true})
	if got := entry(t, shown, "plans").Export; len(errs) > 0 || got != "EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM boats WHERE berth = 7;" {
		t.Errorf("with literals: %s, %v", got, errs)
	}
}

// No plan is asked for of what has none, or takes no time.
func TestNoPlanIsAskedFor(t *testing.T) {
	const other = "9,SELECT name FROM crews WHERE id = $1,50000,9,0.0002,50000\n"
	for _, statement := range []string{"ALTER TABLE boats ADD COLUMN length int", "VACUUM boats", "COPY boats FROM STDIN", "SELECT pg_sleep($1)"} {
		files := boats("16.1", statement)
		files["s.csv"] += other
		for _, m := range run(t, write(t, files)).Missing {
			if m.Input == "plans" {
				t.Errorf("%s: %s", statement, m.Why)
			}
		}
	}
}

// A role is named in a GRANT only where the export says who it is.
func TestGrantNamesTheRole(t *testing.T) {
	for by, want := range map[string]string{"": "", "reader": "GRANT pg_monitor TO reader;", "Night Shift": `GRANT pg_monitor TO "Night Shift";`} {
		files := boats("16.1", "<insufficient privilege>")
		files["d.csv"] = "exported_at,exported_by,datname,xact_commit,stats_reset\n2026-01-13 12:00:00+00," + by + ",port,9,2026-01-01 00:00:00+00\n"
		if got := entry(t, run(t, write(t, files)), "statement texts"); got.Export != want || want == "" && !strings.Contains(got.Why, "GRANT pg_monitor") {
			t.Errorf("%q: %q, %s", by, got.Export, got.Why)
		}
	}
}

// gap is what somebody would have to fill in.
var gap = regexp.MustCompile(`\.\.\.|…|<[a-z]+>`)

// Every command of every case of a rule runs as it stands: in a shell with
// psql, pg_dump and pgverdict, or as statements of SQL.
func TestCommandsRun(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"psql", "pg_dump", "pgverdict"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\nfor a; do case $a in or|and|with|of) exit 3;; esac; done\necho '-- ok'\n"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{"../../testdata/demo", "../../testdata/pairs/index-added.txt"}
	for _, name := range testcase.Glob(t, "../../testdata/rules/*/*") {
		paths = append(paths, testcase.Unpack(t, name))
	}
	done := map[string]bool{}
	for _, path := range paths {
		r, _ := review.Run(input.Open([]string{path}, nil), review.Options{})
		for _, m := range r.Missing {
			if m.Export != strings.Join(m.Commands, "\n") || len(m.Commands) == 0 && m.How == "" {
				t.Errorf("%s: %+v", path, m)
			}
			for _, c := range m.Commands {
				if done[c] {
					continue
				}
				done[c] = true
				if gap.MatchString(c) || c == "" {
					t.Errorf("%s: something to fill in: %s", path, c)
				}
				if word, _, _ := strings.Cut(c, " "); word == "psql" || word == "pg_dump" || word == "pgverdict" {
					sh := exec.Command("sh", "-c", c)
					sh.Dir, sh.Env = t.TempDir(), []string{"PATH=" + dir + ":/usr/bin:/bin"}
					if out, err := sh.CombinedOutput(); err != nil || strings.Contains(string(out), "not found") {
						t.Errorf("%s: %v: %s\n%s", path, err, c, out)
					}
					continue
				}
				for _, s := range lex.Split(c) {
					if _, err := sql.Parse(s.Text); err != nil {
						t.Errorf("%s: %v: %s", path, err, s.Text)
					}
				}
			}
		}
	}
	if len(done) < 10 {
		t.Errorf("only %d commands were tried", len(done))
	}
}
