package input

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/workload"
)

// heldBy returns what the documents of a text hold: each table with its figures, each
// session, each slot, and the lines of what is not read.
func heldBy(t *testing.T, text string) string {
	t.Helper()
	var list []string
	figure := func(name string, f workload.Float) string {
		if v, ok := f.Get(); ok {
			return fmt.Sprintf(" %s %.0f", name, v)
		}
		return ""
	}
	for doc, err := range Open([]string{"-"}, strings.NewReader(text)) {
		if err != nil {
			t.Fatal(err)
		}
		switch doc.Kind {
		case Rows:
			s := new(workload.Snapshot)
			read, err := s.Read("-", doc.Reader)
			if err != nil {
				list = append(list, err.Error())
				continue
			}
			for _, w := range read.Warnings {
				list = append(list, w.Error())
			}
			for _, x := range s.Tables {
				list = append(list, x.QName()+figure("live", x.Live)+figure("dead", x.Dead)+figure("seq", x.SeqScan)+figure("heap", x.SizeBytes)+figure("total", x.TotalBytes)+figure("rows", x.Tuples))
				for _, ix := range x.Indexes {
					list = append(list, ix.Name+figure("scans", ix.Scans)+figure("size", ix.SizeBytes))
				}
			}
			for _, x := range s.Sessions {
				list = append(list, strings.Join(slices.DeleteFunc([]string{x.PID, x.State, strings.Join(x.BlockedBy, "+"), x.Query.Raw()}, func(s string) bool { return s == "" }), " ")+figure("open", x.OpenMs))
			}
			if len(s.Tables)+len(s.Sessions) == 0 {
				list = append(list, fmt.Sprintf("%d rows of %s", read.Rows, read.View))
			}
		case Unknown:
			list = append(list, fmt.Sprint("unknown: ", doc.Reason))
		default:
			_, _ = io.Copy(io.Discard, doc.Reader)
			list = append(list, doc.Kind.String())
		}
		list = append(list, doc.Left...)
	}
	return strings.Join(list, "; ")
}

// Results are read where people have them: in comments below their queries, in the literals
// of a program, without a rule, with a name for each object, or as counters in lines.
func TestWhereResultsAre(t *testing.T) {
	const orders = "public.orders live 200 dead 90; public.bills live 7 dead 1"
	for _, test := range []struct{ name, text, want string }{
		// In comments.
		{"below its query", "SELECT relname, n_live_tup, n_dead_tup FROM pg_stat_user_tables;\n-- relname | n_live_tup | n_dead_tup\n-- ---------+------------+---\n-- orders | 200 | 90\n-- bills | 7 | 1\n", orders},
		{"without a rule", "SELECT relname, n_live_tup FROM pg_stat_user_tables;\n--  relname | n_live_tup | n_dead_tup\n--  orders  |        200 | 90   ← why?\n--  bills   |          7 |  1\n\nSELECT 1;\n", orders},
		{"in a block", "select relname from pg_stat_user_tables;\n/* SAMPLE\n relname | n_live_tup | n_dead_tup\n---------+------------+---\n orders  | 200 | 90\n bills   | 7 | 1\n(2 rows)\n*/\n", orders},
		{"of a program", "    # relname | n_live_tup | n_dead_tup\n    # orders | 200 | 90\n    # bills | 7 | 1\n\n", orders},
		{"of a script that does more", "CREATE TABLE t (id int);\n-- relname | n_live_tup | n_dead_tup\n-- orders | 200 | 90\n", "schema; -:2: not read, a result in a comment of a script. Paste it alone, or export the statistics: pgverdict export"},
		// In literals.
		{"one literal", "const sample = 'relname | n_live_tup | n_dead_tup\\n---------+------------+---\\n orders | 200 | 90\\n bills | 7 | 1\\n(2 rows)\\n';\n", orders},
		{"one a line", "return (\n    \" relname | n_live_tup | n_dead_tup\\n\"\n    \"---------+------------+----------\\n\"\n    \" orders  |        200 |       90\\n\"\n    \" bills   |          7 |        1\\n\"\n)\n", orders},
		{"printed lines", "print(\"relname | n_live_tup | n_dead_tup\")\nprint(\"orders | 200 | 90\")\nprint(\"bills | 7 | 1\")\n", orders},
		{"CSV", "x = \"relname,n_live_tup,n_dead_tup\\norders,200,90\\nbills,7,1\\n\" // it's old\n", orders},
		{"two results", "a: 'relname | n_live_tup | n_dead_tup\\n---------+---+---\\norders | 200 | 90\\n',\nb: \"relname | n_live_tup | n_dead_tup\\n---------+---+---\\nbills | 7 | 1\\n\",\n", orders},
		// Without a frame.
		{"bars", "I see:\nrelname | n_live_tup | n_dead_tup\norders | 200 | 90\nbills | 7 | 1\nWhat now?\n", orders},
		{"blanks", "relname     n_live_tup  n_dead_tup\norders             200          90\nbills                7           1\n", orders},
		{"blanks, among prose", "The statistics:\n\nrelname n_live_tup n_dead_tup\norders 200 90\nbills 7 1\n\nIs it bad?\n", orders},
		{"a name without blanks beside it", "select * from pg_stat_activity;\npid |state| query\n12 | active | SELECT 1\n", "12 active SELECT 1"},
		{"a text that goes on", "blocked_pid | blocked_query | blocking_pid\n 1 | UPDATE t    | 2\n   | SET a = 1   |\n", "1 2 UPDATE t\nSET a = 1; 2"},
		// By the names of objects.
		{"objects", `{"orders": {"n_live_tup": 200, "n_dead_tup": 90}, "bills": {"n_live_tup": 7, "n_dead_tup": 1}}`, orders},
		{"objects in others", `{"at": "x", "db": {"tables": {"orders": {"n_live_tup": 200, "n_dead_tup": 90}}}}`, "public.orders live 200 dead 90"},
		{"members without braces", `"tables": {"orders": {"n_live_tup": 200, "n_dead_tup": 90}, "bills": {"n_live_tup": 7, "n_dead_tup": 1}},`, orders},
		{"times, not tables", `{"before": {"n_live_tup": 200, "n_dead_tup": 90}, "after": {"n_live_tup": 7, "n_dead_tup": 1}}`, "other"},
		{"an object in several", `{"rows": {"orders": {"after": 7, "before": 7}}, "engine": {"orders": {"n_live_tup": 200, "n_dead_tup": 90}}}`, "public.orders live 200 dead 90"},
		{"in a fence", "```json\n{\"rows\": {\"orders\": {\"after\": 7, \"before\": 7}}, \"engine\": {\"orders\": {\"n_live_tup\": 200, \"n_dead_tup\": 90}}}\n```\n", "public.orders live 200 dead 90"},
		{"an object in one", `{"rows": {"bills": {"after": 7, "before": 7}}, "engine": {"shop": {"n_live_tup": 200, "n_dead_tup": 90}}}`, "other"},
		// As counters.
		{"lines", "table: orders\nn_live_tup: 200\nn_dead_tup: 90\n", "public.orders live 200 dead 90"},
		{"YAML", "orders:\n  n_live_tup: 200\n  n_dead_tup: 90\nbills:\n  n_live_tup: 7\n  n_dead_tup: 1\n", orders},
		{"a list", "- relname: orders\n  n_live_tup: 200\n  n_dead_tup: 90\n- relname: bills\n  n_live_tup: 7\n  n_dead_tup: 1\n", orders},
		{"beside a plan", " Seq Scan on orders  (cost=0.00..9.00 rows=1 width=4)\n\norders:\n  n_live_tup: 200\n  n_dead_tup: 90\n", "plan; public.orders live 200 dead 90"},
		{"beside a plan, without a name", " Seq Scan on orders  (cost=0.00..9.00 rows=1 width=4)\n\nn_live_tup: 200\nn_dead_tup: 90\n", "plan; -:3: not read, relname, the table's name, is missing. Select it as well, or run: pgverdict export"},
		{"names beside values", "| field | value |\n|---|---|\n| relname | orders |\n| n_live_tup | 200 |\n| n_dead_tup (stale) | 90 |\n", "public.orders live 200 dead 90"},
		// With the name above.
		{"a title", "## Table `orders`\n\n| n_live_tup | n_dead_tup |\n|---|---|\n| 200 | 90 |\n", "public.orders live 200 dead 90"},
		{"a table that is measured", "SELECT tuple_count AS live_tuples, dead_tuple_count AS dead_tuples FROM pgstattuple('orders');\n\n live_tuples | dead_tuples\n-------------+------------\n 200 | 90\n(1 row)\n", "public.orders live 200 dead 90"},
		{"of a size", "SELECT n_live_tup, n_dead_tup, pg_relation_size('orders') FROM pg_stat_user_tables;\n n_live_tup | n_dead_tup\n------------+-----------\n 200 | 90\n(1 row)\n", "public.orders live 200 dead 90"},
		{"an index that is measured", "SELECT tuple_count AS live_tuples, dead_tuple_count AS dead_tuples FROM pgstattuple('orders_pkey');\n\n live_tuples | dead_tuples\n-------------+------------\n 200 | 90\n(1 row)\n", "query; -:3: not read, relname, the table's name, is missing. Select it as well, or run: pgverdict export"},
		{"bars that moved", "-[ RECORD 1 ]---\nrelname | orders\nn_live_tup | 200\nn_dead_tup         |    90\nlast_vacuum      |\n-[ RECORD 2 ]---\nrelname   | bills\nn_live_tup | 7\nn_dead_tup | 1\n", orders},
		{"a name that the plan has", "Seq Scan on orders  (cost=0.00..9.00 rows=1 width=4)\n\n**orders**\n\n| n_live_tup | n_dead_tup |\n|---|---|\n| 200 | 90 |\n", "plan; public.orders live 200 dead 90"},
		{"a word", "Results\n\n| n_live_tup | n_dead_tup |\n|---|---|\n| 200 | 90 |\n", "stdin:1: expected the columns of pg_stat_user_tables: relname, the table's name, is missing. Select it as well, or run: pgverdict export"},
		{"two results of one query", "select n_live_tup, n_dead_tup from pg_stat_user_tables where schemaname = 'app' and relname = 'orders';\n n_live_tup | n_dead_tup\n------------+---\n 200 | 90\n\nafter VACUUM:\n n_live_tup | n_dead_tup\n------------+---\n 200 | 0\n", "app.orders live 200 dead 90; app.orders live 200 dead 0"},
		{"indexes of one table", "SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE relname = 'orders';\n indexrelname | idx_scan\n--------------+---\n orders_pkey | 8\n", "public.orders; orders_pkey scans 8"},
		{"locks of one process", "SELECT locktype, mode, granted FROM pg_locks WHERE pid = 77;\n locktype | mode | granted\n----------+------+---\n relation | AccessShareLock | t\n", "1 rows of pg_locks"},
		// Rows that are not there.
		{"rows left out", " relname | n_live_tup | n_dead_tup\n---------+------------+---\n orders | 200 | 90\n ...\n", "stdin:4: expected all rows: rows were left out here. Paste them all, or run: pgverdict export; public.orders live 200 dead 90"},
		{"no results", "+---------------+\n| What waits for what |\n+-------------+--------------+---------------+\n| blocked_pid | blocking_pid | blocked_query |\n+-------------+--------------+---------------+\n| No results  |              |               |\n+-------------+--------------+---------------+\n", "0 rows of pg_stat_activity"},
		{"a row beside the rule", " relname | n_live_tup | n_dead_tup\n---------+------------+----------- orders  |        200 |       90\n", "public.orders live 200 dead 90"},
		{"indented records", "   shop=# \\x\n   -[ RECORD 1 ]---\n   relname    | orders\n   n_live_tup | 200\n   -[ RECORD 2 ]---\n   relname    | bills\n   n_live_tup | 7\n   ...\n", "public.orders live 200; public.bills live 7"},
		// Refused, with what to do.
		{"nothing", "\n", "unknown: the input is empty"},
		{"no statement", "EXPLAIN (ANALYZE, BUFFERS)\n", "unknown: this is EXPLAIN without a statement. Run: psql -X -o plan.txt -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...'"},
		{"a failed one", "ERROR:  relation \"pg_stat_statements\" does not exist\n", "unknown: a statement failed: ERROR: relation \"pg_stat_statements\" does not exist. Correct the statement and run it again, or export the statistics: pgverdict export"},
	} {
		if got := heldBy(t, test.text); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
}

// What a text holds is found in time that grows with its size and no faster.
func TestFoundOnce(t *testing.T) {
	const few, times = 250, 4
	for name, text := range map[string]func(n int) string{
		"open quotes": func(n int) string { return strings.Repeat(`\"`, 40*n) },
		"results":     func(n int) string { return strings.Repeat("relname | n_live_tup\n orders | 2\n\n", n) },
		"nameless results": func(n int) string {
			return "select 1;\n" + strings.Repeat("n_dead_tup | n_live_tup\n 3 | 2\n\n", n)
		},
		"objects": func(n int) string {
			return "{" + strings.Repeat(`"a": {"b": {"n_live_tup": 2, "n_dead_tup": 1}}, `, n) + `"z": 1}`
		},
		"counters": func(n int) string { return strings.Repeat("x:\n  n_live_tup: 2\n  n_dead_tup: 1\n\n", n) },
		"comments": func(n int) string { return strings.Repeat("-- relname | n_live_tup\n-- orders | 2\n\n", n) },
	} {
		one, many := allocated(text(few)), allocated(text(times*few))
		if many > 2*times*one {
			t.Errorf("%s: %d times the text allocates %.0f times as much", name, times, many/one)
		}
	}
}

func allocated(text string) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = session("x", []byte(text))
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}
