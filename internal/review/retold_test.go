package review_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestRetold: several results of pg_stat_statements in one text are one run seen several times,
// and each statement is listed once.
func TestRetold(t *testing.T) {
	const timed = `   queryid | calls | total_exec_time | query
-----------+-------+-----------------+------------------------------------
        11 |    30 |            6000 | SELECT * FROM boats WHERE berth = $1
        12 |    10 |            3000 | SELECT * FROM boats WHERE berth = $1
        13 |     5 |            1000 | SELECT name FROM crews
(3 rows)

`
	const grouped = ` query | calls | total_exec_time
-------+-------+----------------
 SELECT * FROM boats WHERE berth = $1 | 40 | 9000
 SELECT name FROM crews | 5 | 1000
(2 rows)

`
	const ids = ` queryid | calls | shared_blks_hit
---------+-------+----------------
      11 |    30 | 600
      13 |     5 | 70
      77 |     2 | 9
(3 rows)

`
	byCalls := strings.Replace(timed, "11 |    30 |            6000", "11 |    30 |            6000.0", 1)
	after := ` queryid | calls | total_exec_time | query
---------+-------+-----------------+-----
      13 |    25 |            9000 | SELECT name FROM crews
(1 row)

`
	for name, test := range map[string]struct{ text, want, note string }{
		"once":                       {timed, "6000/30 3000/10 1000/5 ", ""},
		"twice":                      {timed + byCalls, "6000/30 3000/10 1000/5 ", ""},
		"summed by text":             {timed + grouped, "9000/40 1000/5 ", ""},
		"summed by text first":       {grouped + timed, "6000/30 3000/10 1000/5 ", ""},
		"without texts and times":    {timed + ids, "6000/30 3000/10 1000/5 ", "neither texts nor times, and another one has: 1 statement of"},
		"the nameless result first":  {ids + timed, "6000/30 3000/10 1000/5 ", "neither texts nor times, and another one has: 1 statement of"},
		"of another moment":          {timed + after, "9000/25 ", "several times with different figures and no time: judged is the last one"},
		"nameless, and nothing else": {ids, "0/30 0/5 0/2 ", ""},
	} {
		r := run(t, write(t, map[string]string{"note.txt": test.text}))
		got := ""
		for _, st := range r.Workload.Statements {
			got += fmt.Sprintf("%.0f/%.0f ", st.TotalMs.Or(0), st.Calls.Or(0))
		}
		warnings := strings.Join(append(r.Workload.Notes, r.Warnings...), "\n")
		if got != test.want || !strings.Contains(warnings, test.note) || test.note == "" && (strings.Contains(warnings, "several") || strings.Contains(warnings, "left out")) {
			t.Errorf("%s: %s\nwant %s\n%s", name, got, test.want, warnings)
		}
	}
}
