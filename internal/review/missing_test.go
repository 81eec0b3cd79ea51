package review_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pgverdict/pgverdict/internal/report"
)

// What is asked for stands in the order in which it changes the advice, and
// only what would change it.
func TestMissingInOrder(t *testing.T) {
	statements := "queryid,query,calls,total_exec_time,mean_exec_time,max_exec_time,rows\n" +
		`11,"SELECT * FROM parcels WHERE depot_id = $1 AND label = $2",1000,900000,900,1900,1000` + "\n"
	quick := ` Index Scan using parcels_pkey on parcels  (cost=0.42..8.44 rows=1 width=40) (actual time=0.020..0.021 rows=1 loops=1)
   Index Cond: (id = 7)
   Buffers: shared hit=4
 Execution Time: 0.040 ms
`
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a plan alone": {map[string]string{"p.txt": slowLabel}, "index definitions, pg_stat_statements, pg_stat_user_tables, pg_stats"},
		"a plan without BUFFERS": {map[string]string{"p.txt": strings.Replace(slowLabel, "   Buffers: shared hit=100 read=9000\n", "", 1)},
			"index definitions, buffers, pg_stat_statements, pg_stat_user_tables, pg_stats"},
		"a plan in which nothing is wrong": {map[string]string{"p.txt": quick}, "pg_stat_statements"},
		"a plan and settings": {map[string]string{"p.txt": quick, "s.csv": "name,setting\ntrack_io_timing,off\nwork_mem,4096\ncompute_query_id,auto\nshared_buffers,16384\n"},
			"pg_stat_statements, pg_stat_user_tables, pg_stats, pg_stat_database, pg_index, pg_stat_user_indexes, pg_class, pg_statio_user_tables, pg_statio_user_indexes, pg_stat_activity, pg_sequences, pg_replication_slots, track_io_timing"},
		"statements whose constants decide": {map[string]string{"s.csv": "queryid,query,calls,total_exec_time,mean_exec_time,max_exec_time,rows\n" +
			`1,"SELECT id FROM parcels WHERE meta ->> $1 = $2",10,900,90,100,10` + "\n" + `2,"SELECT id FROM parcels WHERE label ILIKE $1",10,800,80,100,10` + "\n"},
			"plans, constants, pg_stat_user_tables, pg_stats, pg_stat_database, pg_index, pg_stat_user_indexes, pg_class, pg_statio_user_tables, pg_statio_user_indexes, pg_settings, pg_stat_activity, pg_sequences, pg_replication_slots, pg_stat_statements_info"},
		"statements and a run that was not slow": {map[string]string{"p.txt": "SELECT * FROM parcels WHERE depot_id = 7 AND label = 'x';\n" + quick, "s.csv": statements},
			"slow execution, pg_stat_user_tables, pg_stats, pg_stat_database, pg_index, pg_stat_user_indexes, pg_class, pg_statio_user_tables, pg_statio_user_indexes, pg_settings, pg_stat_activity, pg_sequences, pg_replication_slots, pg_stat_statements_info"},
	} {
		var got []string
		for _, m := range run(t, write(t, c.files)).Missing {
			got = append(got, m.Input)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// A line to paste into a shell runs one query, whatever the names in it are.
func TestAskedLineIsSafe(t *testing.T) {
	for _, name := range []string{"nights_fkey", "it's", "a$(id)", "`id`", `x" \ y`, "$$; id; '"} {
		text := ` Delete on bookings  (cost=0.42..8.44 rows=0 width=0) (actual time=0.100..0.110 rows=0 loops=1)
   ->  Index Scan using bookings_pkey on bookings  (cost=0.42..8.44 rows=5 width=6) (actual time=0.020..0.021 rows=5 loops=1)
         Index Cond: (id <= 5)
 Trigger for constraint ` + name + `: time=440.100 calls=5
 Execution Time: 444.400 ms
`
		var asked []report.Missing
		for _, m := range run(t, write(t, map[string]string{"p.txt": text})).Missing {
			if m.Input == "pg_constraint" {
				asked = append(asked, m)
			}
		}
		if len(asked) != 1 {
			t.Fatalf("%s: asked %v", name, asked)
		}
		shell := exec.Command("sh", "-c", "psql() { printf '%s\\n' \"$#\" \"$3\"; }; "+asked[0].Export)
		out, err := shell.CombinedOutput()
		lines := strings.SplitN(string(out), "\n", 2)
		if err != nil || lines[0] != "3" || !strings.HasSuffix(strings.TrimSpace(lines[1]), "WHERE conname = "+constant(name)) {
			t.Errorf("%s: %s\nthe shell hands on %s, %v", name, asked[0].Export, out, err)
		}
	}
}

// constant is a name as SQL takes it.
func constant(name string) string {
	if strings.Contains(name, "$") {
		return "'" + strings.ReplaceAll(name, "'", "''") + "'"
	}
	return "$$" + name + "$$"
}

// Of a Citus query the plan shows one task of many, unless it is told to show all.
func TestTasksNotShown(t *testing.T) {
	const text = ` Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=100000 width=8) (actual time=210.423..210.443 rows=32 loops=1)
   Task Count: 32
   Tasks Shown: One of 32
   ->  Task
         Node: host=10.0.0.12 port=5432 dbname=app
         ->  Seq Scan on events_102044 events  (cost=0.00..31032.00 rows=4960 width=0) (actual time=0.031..188.420 rows=1 loops=1)
               Filter: (tenant_id = 17)
               Rows Removed by Filter: 45688
             Planning Time: 0.310 ms
             Execution Time: 190.226 ms
 Planning Time: 1.420 ms
 Execution Time: 212.700 ms
`
	for text, want := range map[string]bool{text: true, strings.Replace(text, "One of 32", "All", 1): false} {
		dir := write(t, map[string]string{"plan.txt": text})
		r := run(t, filepath.Join(dir, "plan.txt"))
		asked := slices.ContainsFunc(r.Missing, func(m report.Missing) bool { return m.Input == "tasks" && strings.Contains(m.Why, "1 of 32 tasks") })
		if asked != want {
			t.Errorf("asked for the other tasks: %v, want %v", asked, want)
		}
	}
}
