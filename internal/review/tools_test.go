package review_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
)

// What export, a report's commands and psql ran is no part of the workload,
// whichever version ran it; what an application sent is, also where it looks
// like that.
func TestStatementsOfTools(t *testing.T) {
	for text, left := range map[string]bool{
		"SET /* pgverdict */ lock_timeout = '2s'":       true,
		"SELECT /* pgverdict */ $1 > $2 AS some_hidden": true,
		"COPY  ( WITH locked AS MATERIALIZED ( SELECT /* pgverdict */ l.relation FROM pg_locks l ) SELECT $1 ) TO STDOUT WITH (FORMAT csv)":    true,
		"PREPARE pgverdict AS SELECT * FROM trams WHERE id = $1":                                                                               true,
		"EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM trams":                                                                                       true,
		"explain select * from trams":                                                                                                          true,
		"COPY  ( SELECT now ( ) AS exported_at, t.* FROM pg_stat_user_tables t ) TO STDOUT WITH (FORMAT csv, HEADER)":                          true,
		"COPY (SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace) TO STDOUT WITH (FORMAT csv, HEADER)": true,
		"SELECT current_setting($1)::int < $2 AS too_old,\n  current_setting($3) AS server_version":                                            true,
		"SET default_transaction_read_only = on":                                                                                               true,
		" /* by hand */ Explain ANALYZE SELECT * FROM trams":                                                                                   true,
		"select $1 as SOME_HIDDEN":      true,
		"\n\tdeallocate pgverdict":      true,
		"set client_encoding to 'UTF8'": true,
		"SELECT c.oid,\n  n.nspname,\n  c.relname\nFROM pg_catalog.pg_class c\n     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\nWHERE c.relname OPERATOR(pg_catalog.~) $1 COLLATE pg_catalog.default": true,

		"SELECT * FROM trams WHERE id = $1":                                         false,
		"SELECT relname, n_dead_tup FROM pg_stat_user_tables":                       false, // a monitor's
		"COPY (SELECT * FROM trams) TO STDOUT":                                      false,
		"SELECT t.id FROM pg_catalog.pg_class c JOIN trams t ON t.line = c.relname": false,
		"SELECT extract(epoch FROM seen) FROM trams":                                false,
		"INSERT INTO explanations (text) VALUES ($1)":                               false,
		"SELECT * FROM trams WHERE note LIKE $1 /* not pgverdict */":                false,
		"CREATE TABLE copied AS SELECT * FROM trams":                                false,
		"UPDATE trams SET lock_timeout = $1, search_path = $2":                      false,
		"SELECT search_path FROM tenants":                                           false,
	} {
		files := map[string]string{"s.csv": "queryid,query,calls,total_exec_time,mean_exec_time,rows\n" +
			fmt.Sprintf("1,\"%s\",3,30,10,3\n", strings.ReplaceAll(text, `"`, `""`)) + "2,SELECT count(*) FROM lines,5,500,100,5\n"}
		got := run(t, write(t, files)).Workload.Statements
		if len(got) != 2-map[bool]int{true: 1}[left] {
			t.Errorf("%s: left out %v, want %v", text, len(got) == 1, left)
		}
		if left && (len(got) == 0 || got[0].Share.Or(0) != 1) {
			t.Errorf("%s: counts in the shares of others", text)
		}
	}
	// A driver's questions to the catalog are the application's when they come all the time.
	files := map[string]string{"s.csv": "queryid,query,calls,total_exec_time,mean_exec_time,rows\n1,SELECT n.oid FROM pg_catalog.pg_namespace n,900000,90000,0.1,3\n"}
	if got := run(t, write(t, files)).Workload.Statements; len(got) != 1 {
		t.Error("a driver's query that runs all the time is left out")
	}
}

// What is left out and took time is counted in a note.
func TestToolsAreCounted(t *testing.T) {
	const head = "queryid,query,calls,total_exec_time,mean_exec_time,rows\n2,SELECT count(*) FROM lines,5,600,120,5\n"
	for row, note := range map[string]bool{"1,EXPLAIN ANALYZE SELECT * FROM lines,4,400,100,5\n": true, "1,EXPLAIN SELECT * FROM lines,4,0.4,0.1,5\n": false} {
		said := strings.Join(run(t, write(t, map[string]string{"s.csv": head + row})).Workload.Notes, "\n")
		if strings.Contains(said, "40% of total execution time") != note {
			t.Errorf("%s: %q", row, said)
		}
	}
}

// Statistics that were never reset have no age, and no export would tell it:
// what is known beside is said.
func TestNeverReset(t *testing.T) {
	const d = "exported_at,postmaster_start_time,datname,xact_commit,stats_reset\n2026-03-20 12:00:00+00,2026-03-08 12:00:00+00,metro,9,%s\n"
	const info = "exported_at,dealloc,stats_reset\n2026-03-20 12:00:00+00,0,2026-03-15 12:00:00+00\n"
	files := map[string]string{"s.csv": statements("2026-03-20 12:00:00+00", "", 500), "t.csv": tables("2026-03-20 12:00:00+00", 5), "d.csv": fmt.Sprintf(d, ""), "i.csv": info}
	r := run(t, write(t, files))
	said := strings.Join(r.Workload.Notes, "\n")
	if !strings.Contains(said, "never reset") || !strings.Contains(said, "12 days") || !strings.Contains(said, "5 days") {
		t.Errorf("%q", said)
	}
	if got := r.Workload.Statements[0].CallsPerDay; got.Or(0) != 100 || r.Workload.WindowDays.Known() {
		t.Errorf("%v calls a day, a window of %v days", got, r.Workload.WindowDays)
	}
	if asked := slices.ContainsFunc(r.Missing, func(m report.Missing) bool { return m.Input == "pg_stat_database" }); asked {
		t.Error("what was just exported is asked for")
	}
	files["d.csv"] = "exported_at,datname,xact_commit\n2026-03-20 12:00:00+00,metro,9\n" // the column is not there
	if r := run(t, write(t, files)); !slices.ContainsFunc(r.Missing, func(m report.Missing) bool { return m.Input == "pg_stat_database" }) {
		t.Error("the reset is not asked for")
	}
}

// Where the script ran and found no statements, running it again gets none.
func TestStatementsOfNoExtension(t *testing.T) {
	for libraries, want := range map[string]string{"auto_explain, pg_stat_statements": "CREATE EXTENSION pg_stat_statements;", "": ""} {
		files := map[string]string{
			"d.csv": "exported_at,exported_by,datname,xact_commit,stats_reset\n2026-03-20 12:00:00+00,reader,metro,9,2026-03-01 12:00:00+00\n",
			"t.csv": tables("2026-03-20 12:00:00+00", 5),
			"v.csv": "name,setting,unit,source\nserver_version,16.4,,default\nshared_preload_libraries,\"" + libraries + "\",,default\n",
		}
		if got := entry(t, run(t, write(t, files)), "pg_stat_statements"); got.Export != want || !strings.Contains(got.How, "found no pg_stat_statements") {
			t.Errorf("%q: %q, %s", libraries, got.Export, got.How)
		}
	}
}

// Sub-folders with exports of one database are two snapshots, also if the two
// were written at the same time file by file; of several databases one is
// reviewed, and the others are named.
func TestExportsInSubFolders(t *testing.T) {
	at := func(minute, second int) string { return fmt.Sprintf("2026-03-20 12:%02d:%02d+00", minute, second) }
	of := func(name, at string) string {
		return "exported_at,datname,xact_commit,stats_reset\n" + at + "," + name + ",9,2026-03-01 12:00:00+00\n"
	}
	r := run(t, write(t, map[string]string{
		"early/d.csv": of("metro", at(0, 0)), "early/s.csv": statements(at(0, 1), "", 100), "early/t.csv": tables(at(0, 2), 5),
		"late/d.csv": of("metro", at(30, 0)), "late/s.csv": statements(at(30, 1), "", 160), "late/t.csv": tables(at(30, 2), 65),
	}))
	if w := r.Workload; w.WindowBasis == nil || *w.WindowBasis != "two snapshots" {
		t.Errorf("one database: %v", w.WindowBasis)
	}
	dir := write(t, map[string]string{
		"metro/d.csv": of("metro", at(0, 0)), "metro/s.csv": statements(at(0, 2), "", 100), "metro/t.csv": tables(at(0, 4), 5),
		"ferry/d.csv": of("ferry", at(0, 1)), "ferry/s.csv": statements(at(0, 3), "", 7), "ferry/t.csv": tables(at(0, 5), 65),
	})
	r, errs := review.Run(input.Open([]string{dir}, nil), review.Options{})
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "/metro: skipped: exports of database metro") {
		t.Errorf("two databases: %v", errs)
	}
	if w := r.Workload; *w.Database != "ferry" || w.WindowBasis != nil && *w.WindowBasis == "two snapshots" || w.Statements[0].Calls.Or(0) != 7 || w.Tables[0].Inserted.Or(0) != 65 {
		t.Errorf("two databases: %s, %v, %v", *w.Database, w.Statements, w.Tables)
	}
}
