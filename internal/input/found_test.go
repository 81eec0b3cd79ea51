package input

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/lex"
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
				list = append(list, lex.QuoteIdent(x.Schema)+"."+lex.QuoteIdent(x.Name)+figure("live", x.Live)+figure("dead", x.Dead)+figure("seq", x.SeqScan)+figure("heap", x.SizeBytes)+figure("total", x.TotalBytes)+figure("rows", x.Tuples))
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
		if doc.Lost != nil {
			list = append(list, "lost")
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
		// In a line of something else.
		{"a line of a program's log", "2026-11-01 10:00:00 INFO tables [{\"relname\": \"orders\", \"n_live_tup\": 200, \"n_dead_tup\": 90}, {\"relname\": \"bills\", \"n_live_tup\": 7, \"n_dead_tup\": 1}] seen\n", orders},
		{"a line of prose that goes on", "The monitor says [{\"relname\": \"orders\", \"n_live_tup\": 200, \"n_dead_tup\": 90},\n{\"relname\": \"bills\", \"n_live_tup\": 7,\n\"n_dead_tup\": 1}], is it bad?\n", orders},
		{"a line that goes on behind brackets", "[WARN]:-tables [{\"relname\": \"orders\", \"n_live_tup\": 200,\n\"n_dead_tup\": 90}, {\"relname\": \"bills\", \"n_live_tup\": 7, \"n_dead_tup\": 1}]\n", orders},
		{"definitions below", " relname | n_live_tup | n_dead_tup\n---------+------------+---\n orders  | 200 | 90\n bills   | 7 | 1\n\nIndexes:\n    \"orders_pkey\" PRIMARY KEY, btree (id)\n", orders + "; -:7: not read, definitions of indexes, which may be proposals. Give those that exist in a file of their own (pg_dump -s), or export them: pgverdict export"},
		{"a definition below", " relname | n_live_tup | n_dead_tup\n---------+------------+---\n orders  | 200 | 90\n bills   | 7 | 1\n\nCREATE INDEX orders_state ON orders (state);\n", orders + "; -:6: not read, definitions of indexes, which may be proposals. Give those that exist in a file of their own (pg_dump -s), or export them: pgverdict export"},
		{"an object in a line", "worker: orders is {\"relname\": \"orders\", \"n_live_tup\": 200, \"n_dead_tup\": 90}\n", "public.orders live 200 dead 90"},
		{"a literal in a log", "2026-11-01 03:11:09.120 UTC [88] LOG:  statement: INSERT INTO t VALUES ('x [{\"relname\": \"orders\", \"n_live_tup\": 200, \"n_dead_tup\": 90}]')\n", "log"},
		// Messages of the server.
		{"a deadlock as a client shows it", "psycopg2.errors.DeadlockDetected: deadlock detected\nDETAIL:  Process 7 waits for ShareLock on transaction 9; blocked by process 8.\n", "log"},
		{"a deadlock at a prompt", "shop=> update t set a = 1;\nERROR:  deadlock detected\nDETAIL:  Process 7 waits for ShareLock on transaction 9; blocked by process 8.\n", "log"},
		{"a deadlock between statements", "SELECT 1 FROM orders;\nERROR:  deadlock detected\nDETAIL:  Process 7 waits for ShareLock on transaction 9; blocked by process 8.\n", "log; query"},
		{"a deadlock between results", "BEGIN\nUPDATE 1\n pg_sleep \n----------\n \n(1 row)\n\nERROR:  deadlock detected\nDETAIL:  Process 7 waits for ShareLock on transaction 9; blocked by process 8.\nROLLBACK\n", "log; query"},
		{"a deadlock behind rows", "relname | n_live_tup | n_dead_tup\n---------+------------+---\n orders | 200 | 90\n(1 row)\n\nERROR:  deadlock detected\nDETAIL:  Process 7 waits for ShareLock on transaction 9; blocked by process 8.\n", "public.orders live 200 dead 90; log"},
		{"a deadlock behind rows of no use", " checkpoints_timed | buffers_clean\n-------------------+---\n 1 | 2\n(1 row)\n\nERROR:  deadlock detected\nDETAIL:  Process 7 waits for ShareLock on transaction 9; blocked by process 8.\n", "other; log"},
		{"a message in a comment", "/*\nERROR:  deadlock detected\n*/\nSELECT 1 FROM orders;\n", "query"},
		{"a warning at a prompt", "WARNING:  database \"shop\" must be vacuumed within 38210399 transactions\nHINT:  To avoid a database shutdown, execute a database-wide VACUUM in that database.\n", "log"},
		{"a faulty statement", "ERROR:  column \"nib\" does not exist\n", "unknown: a statement failed: ERROR: column \"nib\" does not exist. Correct the statement and run it again, or export the statistics: pgverdict export"},
		{"a refused one", "ERROR:  permission denied for table pens\n", "unknown: a message of the server about permissions: ERROR: permission denied for table pens. Give the server's log around it, or export the statistics: pgverdict export"},
		{"an error of a trigger", "psql:x.sql:3: ERROR:  no ink left\n", "unknown: a message of the server: ERROR: no ink left. Give the server's log around it, or export the statistics: pgverdict export"},
		{"a message in a script", "-- ERROR:  deadlock detected\nCREATE TABLE t (id int);\n", "schema"},
		// As counters.
		{"lines", "table: orders\nn_live_tup: 200\nn_dead_tup: 90\n", "public.orders live 200 dead 90"},
		{"YAML", "orders:\n  n_live_tup: 200\n  n_dead_tup: 90\nbills:\n  n_live_tup: 7\n  n_dead_tup: 1\n", orders},
		{"pairs behind names", "orders: n_live_tup=200, n_dead_tup=90\nbills: n_live_tup=7, n_dead_tup=1\n", orders},
		{"pairs in brackets behind names", "I see this:\n\n- `orders` (n_live_tup: 200, n_dead_tup: 90)\n- `bills` (n_live_tup: 7, n_dead_tup: 1)\n", orders},
		{"pairs, the name among them", "ts=2026-11-29T03:00:00Z relname=orders n_live_tup=200 n_dead_tup=90\nts=2026-11-29T03:00:00Z relname=bills n_live_tup=7 n_dead_tup=1\n", orders},
		{"pairs of texts and times", "pid=12 state=\"idle in transaction\" duration=00:10:00 query=\"SELECT 1\"\npid=13 state=active duration='1 day 01:00:00' query=\"SELECT 2\"\n", "12 idle in transaction SELECT 1 open 600000; 13 active SELECT 2 open 90000000"},
		{"pairs behind statements", "Slow ones:\n1. SELECT * FROM orders WHERE id = $1 -- calls=18,233 mean=41.2ms\n2. SELECT 1 -- calls=9 mean=1ms\n", "2 rows of pg_stat_statements"},
		{"pairs below statements", "1. SELECT * FROM orders WHERE id = $1\n   calls: 18,233 | mean: 41.2 ms\n2. SELECT 1\n   calls: 9 | mean: 1 ms\n", "2 rows of pg_stat_statements"},
		{"pairs below a statement of a line", "query: SELECT 1\ncalls=9, total_exec_time=18\n", "1 rows of pg_stat_statements"},
		{"what changed", "orders seq_scan=+30 n_dead_tup=+12\n", "unknown: line 1: figures of seq_scan in no table. Export the statistics: pgverdict export"},
		{"conditions", "SELECT 1 FROM pg_stat_user_tables WHERE n_live_tup = 200 AND\n n_dead_tup = 90 ;\n", "query"},
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
		{"sessions without a process", "state | query | duration\n-------+-------+---\n idle in transaction | SELECT 1 | 00:10:00\n active | SELECT 1 | 00:00:01\n", "line 3 of - idle in transaction SELECT 1 open 600000; line 4 of - active SELECT 1 open 1000"},
		{"sessions without a process in one line", `[{"state":"idle in transaction","query":"SELECT 1","duration":"00:10:00"},{"state":"active","query":"SELECT 1","duration":"00:00:01"},{"state":"active","query":"SELECT 2","duration":"00:00:02"}]`, "line 1 of - idle in transaction SELECT 1 open 600000; row 2 of - active SELECT 1 open 1000; row 3 of - active SELECT 2 open 2000"},
		{"an array in one line", `[{"relname":"orders","n_live_tup":200,"n_dead_tup":90},{"relname":"bills","n_live_tup":7,"n_dead_tup":1}]`, orders},
		{"an array in a member", "{\"at\": 1,\n\"rows\": [{\"relname\":\"orders\",\"n_live_tup\":200,\"n_dead_tup\":90}, {\"relname\":\"bills\",\"n_live_tup\":7,\"n_dead_tup\":1}]}\n", orders},
		{"jobs in states", "state | query | duration\n-------+-------+---\n done | orders | 00:10:00\n", "stdin:1: expected the columns of pg_stat_activity: no value in column state is one of a session. Export the statistics: pgverdict export"},
		{"an age without a name", "select pid, now() - xact_start, state from pg_stat_activity;\n pid | ?column? | state\n-----+----------+---\n 7 | 02:00:00 | idle in transaction\n", "7 idle in transaction open 7200000"},
		{"an age under another name", "SELECT pid, NOW() - query_start as est, state, query FROM pg_stat_activity;\n pid | est | state | query\n-----+----------+---+---\n 7 | 03:00:00 | active | SELECT 1\n", "7 active SELECT 1 open 10800000"},
		{"an age in seconds", "SELECT pid, extract(epoch from (clock_timestamp() - a.xact_start))::int AS s, state, query FROM pg_stat_activity a;\n pid | s | state | query\n-----+----------+---+---\n 7 | 90 | active | SELECT 1\n", "7 active SELECT 1 open 90000"},
		{"an age beside a star", "select NOW() - query_start as est, * from pg_stat_activity;\n| est | state | pid | query |\n|---|---|---|---|\n| 0 years 0 mons 0 days 0 hours 1 mins 30.5 secs | idle in transaction | 7 | SELECT 1 |\n", "7 idle in transaction SELECT 1 open 90500"},
		{"an age by its function", "SELECT pid, age(clock_timestamp(), query_start), state, query FROM pg_stat_activity;\n pid | age | state | query\n-----+----------+---+---\n 7 | 00:01:00 | active | SELECT 1\n", "7 active SELECT 1 open 60000"},
		{"a record far below", strings.Repeat("We looked at this and that.\n", 80) + "SELECT pg_size_pretty(pg_relation_size('orders'));\n-[ RECORD 1 ]--+------\npg_size_pretty | 24 MB\n", "public.orders heap 25165824"},
		{"a size of one cell", "SELECT pg_total_relation_size('orders');\n pg_total_relation_size \n------------------------\n 4096\n(1 row)\n", "public.orders total 4096"},
		{"a list of sizes beside a table", "| relname | n_live_tup | n_dead_tup |\n|---|---|---|\n| orders | 200 | 90 |\n| bills | 7 | 1 |\n\nThe largest:\n\n1) orders 8133 MB 3189 MB\n2) bills 66 MB 47 MB\n3) carts 5 MB 3 MB\n", orders + "; -:8: not read, sizes in no table"},
		{"prose with sizes", "| relname | n_live_tup | n_dead_tup |\n|---|---|---|\n| orders | 200 | 90 |\n| bills | 7 | 1 |\n\nWe had 12 GB.\nThen all was well.\n", orders},
		{"scans of a command", "RubyPgExtras.seq_scans\n\n| name | count |\n|---|---|\n| orders | 200 |\n", "public.orders seq 200"},
		{"a link in a cell", "| query | calls | mean_ms |\n|---|---|---|\n| [SELECT 1](./x.txt) | 200 | 5 |\n", "1 rows of pg_stat_statements"},
		// Without a header.
		{"sessions between bars", "From another terminal:\n\n```\npid 81 | idle in transaction | ClientRead | SELECT 1\npid 82 | active | Lock/relation | alter table boats add x int\n```\n", "81 idle in transaction SELECT 1; 82 active alter table boats add x int"},
		// In lines that somebody wrote.
		{"sessions that say their columns", "pid 4411 | idle in transaction | xact_age: 03:10:00 | wait_event_type: Client\nquery: UPDATE mails SET a = 1\n", "4411 idle in transaction UPDATE mails SET a = 1 open 11400000"},
		{"sessions in brackets", "pid 51 (idle in transaction for 02:00:00, ClientRead)\n  last query: SELECT 1\npid 52 (active for 00:40:00, Lock:transactionid, blocked by 51)\n", "51 idle in transaction SELECT 1 open 7200000; 52 active 51 open 2400000"},
		{"who waits for whom", "Now:\n\npid 52 blocked by 51 and 53 for 40 min\n", "52 51+53 open 2400000"},
		{"sessions in a list", "- pid 7011: active for 2 h, IO:DataFileRead, user: etl\n  query: SELECT a FROM t\n- pid 7012: idle in transaction for 95 min\n", "7011 active SELECT a FROM t open 7200000; 7012 idle in transaction open 5700000"},
		{"processes in prose", "The service with pid 12 was active on Monday.\n", "unknown: line 1: figures of sessions in no table. Export the statistics: pgverdict export"},
		{"indexes in a list", "- `app.orders::orders_x`: 3 GB, 0 scans.\n- `app.bills::bills_x`: 1 GB, 109 scans, 36,056 tuples read.\n", "app.orders; orders_x scans 0 size 3221225472; app.bills; bills_x scans 109 size 1073741824"},
		{"indexes in brackets", "* idx_orders_note (812 MB, 0 scans)\n* orders_fax_idx — 91 MB, 12 index scans\n", "2 rows of pg_stat_user_indexes"},
		{"what may be tables in a list", "1. orders: 12 GB, 5 scans\n2. bills: 3 GB, 90 scans\n", "unknown: line 1: sizes in no table. Export the statistics: pgverdict export"},
		// JSON among prose.
		{"an array on its own lines", "This morning:\n\n[\n  {\"relname\": \"orders\", \"n_live_tup\": 200, \"n_dead_tup\": 90},\n  {\"relname\": \"bills\", \"n_live_tup\": 7, \"n_dead_tup\": 1}\n]\n\nIs it bad?\n", orders},
		{"an array in one line of its own", "This morning:\n[{\"relname\": \"orders\", \"n_live_tup\": 200, \"n_dead_tup\": 90}]\nIs it bad?\n", "public.orders live 200 dead 90"},
		{"two arrays", "[{\"relname\": \"orders\", \"n_live_tup\": 200, \"n_dead_tup\": 90}]\nand\n[{\"relname\": \"bills\", \"n_live_tup\": 7, \"n_dead_tup\": 1}]\n", orders},
		{"one row of unaligned output", "relname|n_live_tup|n_dead_tup\norders|200|90\n", "public.orders live 200 dead 90"},
		{"a blank line below the header", " relname | n_live_tup | n_dead_tup\n\n---------+---+---\n orders | 200 | 90\n bills | 7 | 1\n(2 rows)\n", orders},
		// Definitions that ran.
		{"a definition at a prompt", "shop=# create table orders (id int)\nshop-#   with (autovacuum_enabled = off);\nCREATE TABLE\nshop=# select relname, n_live_tup, n_dead_tup from pg_stat_user_tables;\n relname | n_live_tup | n_dead_tup\n---------+---+---\n orders | 200 | 90\n(1 row)\n", "public.orders live 200 dead 90; schema"},
		{"a definition that failed", "shop=# alter table orders set (autovacuum_enabled = off);\nERROR:  must be owner of table orders\nshop=# select relname, n_live_tup, n_dead_tup from pg_stat_user_tables;\n relname | n_live_tup | n_dead_tup\n---------+---+---\n orders | 200 | 90\n(1 row)\n", "public.orders live 200 dead 90"},
		{"a definition that is proposed", "relname | n_live_tup | n_dead_tup\n---------+---+---\n orders | 200 | 90\n(1 row)\n\nALTER TABLE orders SET (autovacuum_enabled = on);\n", "public.orders live 200 dead 90"},
		// What is beside a result and in none of these.
		{"a short list of sizes", "relname | n_live_tup | n_dead_tup\n---------+---+---\n orders | 200 | 90\n(1 row)\n\n1) crm.mails\t55 GB\t51 GB\n2) crm.boxes\t912 MB\t400 MB\n", "public.orders live 200 dead 90; -:6: not read, sizes in no table"},
		{"beside a table of psql", "shop=# \\d boats\n       Table \"public.boats\"\n Column |  Type   | Collation | Nullable | Default\n--------+---------+-----------+----------+---------\n id     | integer |           | not null |\nIndexes:\n    \"boats_pkey\" PRIMARY KEY, btree (id)\n\nshop=# select 1;\n a | b\n---+---\n 1 | 2\n(1 row)\n", "schema; -:10: not read, it is no known view: a, b"},
		{"the same twice", "relname | n_live_tup | n_dead_tup\n---------+---+---\n orders | 200 | 90\n(1 row)\n\n a | b\n---+---\n 1 | 2\n(1 row)\n\n a | b\n---+---\n 3 | 4\n(1 row)\n", "public.orders live 200 dead 90; -:6 (and line 11): not read, it is no known view: a, b"},
		{"prose", "# Report of 2026-11-01, v15.4\n\nWe have 12 servers. The table is 3 GB, 45% are dead (`n_dead_tup = 0` on the replica).\n\n relname | n_live_tup | n_dead_tup\n---------+---+---\n orders | 200 | 90\n(1 row)\n\nIt took 35 ms at 10:15.\n", "public.orders live 200 dead 90"},
		{"sessions between tabs", "4411\tapp\tactive\tLock\ttransactionid\t00:02:10\tUPDATE boats SET a = 1\n4412\tapp\tidle in transaction\tClient\tClientRead\t1 day 01:00:00\tSELECT 1\n", "4411 active UPDATE boats SET a = 1 open 130000; 4412 idle in transaction SELECT 1 open 90000000; -:1: not read, cells of these rows of pg_stat_activity that only their header tells. Paste it as well"},
		{"sessions between commas", "4411,active,Lock,transactionid,2 min,\"UPDATE boats SET a = 1, b = 2\"\n4412,idle in transaction,Client,ClientRead,5 s,SELECT 1\n", "4411 active UPDATE boats SET a = 1, b = 2 open 120000; 4412 idle in transaction SELECT 1 open 5000"},
		{"sessions between blanks", "  4411  active               Lock    tuple       00:02:10  UPDATE boats SET a = 1\n  4412  idle in transaction  Client  ClientRead  00:12:10  SELECT 1\n", "4411 active UPDATE boats SET a = 1 open 130000; 4412 idle in transaction SELECT 1 open 730000"},
		{"sessions in Markdown", "| 4411 | active | Lock:tuple | 00:02:10 |\n|---|---|---|---|\n| 4412 | idle in transaction | Client:ClientRead | 00:12:10 |\n", "4411 active open 130000; 4412 idle in transaction open 730000"},
		{"sessions, some left out", "Then:\n\n 55165 | web | Rails 7.1 | idle in transaction | ClientRead\n …      (ten of them)\n  2219 | web | Rails 7.1 | idle | LISTEN \"jobs\"\n", "55165 idle in transaction; 2219 idle LISTEN \"jobs\"; lost; -:3: not read, cells of these rows of pg_stat_activity that only their header tells. Paste it as well"},
		{"a pid or a count", " 20 | idle in transaction | ClientRead\n 10 | active | Lock\n", "unknown: line 1: rows of pg_stat_activity without a header. Paste it as well, or export the statistics: pgverdict export"},
		{"two numbers", "16384,4411,app,idle in transaction,SELECT 1\n", "unknown: line 1: rows of pg_stat_activity without a header. Paste it as well, or export the statistics: pgverdict export"},
		{"two lengths of time", " 4411 | active | 00:00:01 | 01:00:00 | SELECT 1\n 4412 | active | 00:00:02 | 00:00:02 | SELECT 2\n", "4411 active SELECT 1; 4412 active SELECT 2; -:1: not read, cells of these rows of pg_stat_activity that only their header tells. Paste it as well"},
		{"numbers of sessions", "idle in transaction | Client | ClientRead | 10 sessions\n", "unknown: <nil>"},
		{"other rows that are active", " 4411 | bob | active | 2026-01-01\n 4412 | ann | idle | 2026-01-01\n", "unknown: it looks like a table whose header cannot be read. Export the statistics: pgverdict export"},
		{"states that are explained", "| State | Meaning | Action |\n|---|---|---|\n| idle in transaction | SELECT was run | end it |\n", "stdin:1: expected the columns of pg_stat_activity: pid, the session's process, is missing. Select it as well, or run: pgverdict export"},
		{"sizes of tables", "Our tables:\n\n public | bills | table | app | permanent | heap | 8 MB |\n public | ships | table | app | unlogged | heap | 16 kB | all\n public | v | view | app | permanent | | 0 bytes |\n", "public.bills heap 8388608; public.ships heap 16384"},
		{"sizes of tables between tabs", "app\tbills\ttable\tme\t8 MB\napp\tships\ttable\tme\t16 kB\n", "app.bills heap 8388608; app.ships heap 16384"},
		{"sizes of indexes", "| public | bills_pkey | index | app | bills | 8 MB | |\n| public | bills_ix | index | app | bills | 16 kB | |\n", "public.bills; bills_pkey size 8388608; bills_ix size 16384"},
		{"a header above a rule of other lines", " Schéma ║ Nom ║ Type ║ Propriétaire ║ Taille\n════════╬═════╬═══════╬══════╬════════\n public ║ log ║ table ║ app ║ 40 kB\n", "public.log heap 40960"},
		{"processes", "$ ps aux | grep postgres\npostgres   812  0.0  0.1 213456 21000 ?  Ss  10:00  0:01 postgres: checkpointer\npostgres  4012  0.0  0.1 213456 21000 ?  Ss  10:00  0:01 postgres: 15/main: app shop 10.0.0.1(41858) INSERT waiting\npostgres  4013  0.0  0.1 213456 21000 ?  Ss  10:00  0:01  \\_ postgres: app shop ::1(41858) idle in transaction (aborted)\n", "4012 active; 4013 idle in transaction (aborted)"},
		{"processes by pid", " 4012 ?  Ss  0:01 postgres: app shop [local] CREATE INDEX waiting\n 4013 ?  Ss  0:01 postgres: app shop [local] idle\n", "4012 active; 4013 idle"},
		{"titles of processes", "postgres: app shop 10.0.0.1(41858) UPDATE waiting\n\npostgres: walsender repl 10.0.0.5(4444) streaming 0/3000148\npostgres: app shop [local] idle in transaction\n", "line 1 of - active; line 4 of - idle in transaction"},
		{"processes by user id", "  999  4012 ?  Ss  0:01 postgres: app shop [local] idle\n", "line 1 of - idle"},
		// The text that names the table of figures.
		{"a sentence above", "`orders` has too many sequential scans (as `bills` had):\n\n| Metric | Value |\n|---|---|\n| n_live_tup | 200 |\n| n_dead_tup | **90** (45%) |\n", "public.orders live 200 dead 90"},
		{"a sentence above a heading", "The table `orders` is slow.\n\n### Evidence of today\n\n| Metric | Value |\n|---|---|\n| n_live_tup | 200 |\n| n_dead_tup | 90 |\n", "public.orders live 200 dead 90"},
		{"a cell of the header", "### orders\n\n| Statistic | public.orders |\n|---|---|\n| n_live_tup | 200 |\n| n_dead_tup | 90 |\n", "public.orders live 200 dead 90"},
		{"items below a title", "Table `public.orders`:\n\n- n_live_tup: 200\n- n_dead_tup: 90\n", "public.orders live 200 dead 90"},
		{"items below a heading", "## The relation orders\n\n* `n_live_tup`: 200\n* `n_dead_tup`: 90\n", "public.orders live 200 dead 90"},
		{"pairs in quotes", "- `orders`: `n_live_tup=200`, `n_dead_tup=90`\n- stats for `bills` of today: `n_live_tup=7`, `n_dead_tup=1`\n", orders},
		{"pairs behind a verb", "relation orders has n_live_tup=200 n_dead_tup=90\n", "public.orders live 200 dead 90"},
		{"two tables above", "Both `orders` and `bills` are scanned:\n\n| Metric | Value |\n|---|---|\n| n_live_tup | 200 |\n| n_dead_tup | 90 |\n", "other"},
		{"what is no table above", "The `billing` service is slow since Monday.\n\n| Metric | Value |\n|---|---|\n| n_live_tup | 200 |\n| n_dead_tup | 90 |\n", "other"},
		{"a name above another result", "The table `orders`:\n\n| Metric | Value |\n|---|---|\n| n_live_tup | 200 |\n| n_dead_tup | 90 |\n\n| Metric | Value |\n|---|---|\n| n_live_tup | 7 |\n| n_dead_tup | 1 |\n", "public.orders live 200 dead 90; -:8: not read, relname, the table's name, is missing. Select it as well, or run: pgverdict export"},
		// As pages are copied.
		{"statements below their figures", "Total Time | Average Time | Calls\n-- | -- | --\n12 min 31% | 240 ms | 3,129 app\nSELECT * FROM pens WHERE ink = $1\n3 min 8% | 24 ms | 7,500 app\nSELECT *\nFROM inks WHERE id = $1\n\nThat is all.\n", "2 rows of pg_stat_statements"},
		{"statements below figures between tabs", "Total Time\tAverage Time\tCalls\n12 min 31%\t240 ms\t3,129 app\nSELECT * FROM pens WHERE ink = $1\n3 min 8%\t24 ms\t7,500 app\nUPDATE inks SET id = $1\n", "2 rows of pg_stat_statements"},
		{"one statement of several", "| Total Time | Average Time | Calls |\n|---|---|---|\n| 12 min 31% | 240 ms | 3,129 app |\nSELECT * FROM pens WHERE ink = $1\n", "other"},
		{"indexes that others cover", "On pens\npens_ink_idx (ink)\nis covered by\npens_ink_nib_idx (ink, nib)\n\nOn caps\ncaps_a (a)\nis covered by\ncaps_a_b (a, b)\n", "public.pens; pens_ink_idx; pens_ink_nib_idx; public.caps; caps_a; caps_a_b"},
		{"indexes that others cover, in a page", "<td>On PENS <pre>PENS_INK (INK)</pre> is covered by <pre>PENS_INK_NIB (INK, NIB)</pre></td>\n", `public."PENS"; PENS_INK; PENS_INK_NIB`},
		{"indexes that others cover, in a table", "| Table | Index | Covered by |\n|---|---|---|\n| pens | pens_ink_idx (ink) | `pens_ink_nib_idx (ink, nib)` |\n", "public.pens; pens_ink_idx; pens_ink_nib_idx"},
		{"an index that may be unique", "On pens\npens_x (ink)\nis covered by\npens_y (ink, nib, a)\nOn t\nt_a (a)\nis covered by\nt_b (a)\n", "public.pens; pens_x; pens_y; -:1: not read, 1 of 2 pairs of indexes, of which one may be unique. Export their definitions: pgverdict export"},
		{"indexes with the same columns", "On t / t_a (a) / is covered by / t_b (a)\n", "other"},
		// Rows that are not there.
		{"rows left out", " relname | n_live_tup | n_dead_tup\n---------+------------+---\n orders | 200 | 90\n ...\n", "stdin:4: expected all rows: rows were left out here. Paste them all, or run: pgverdict export; public.orders live 200 dead 90"},
		{"no results", "+---------------+\n| What waits for what |\n+-------------+--------------+---------------+\n| blocked_pid | blocking_pid | blocked_query |\n+-------------+--------------+---------------+\n| No results  |              |               |\n+-------------+--------------+---------------+\n", "0 rows of pg_stat_activity"},
		{"a row beside the rule", " relname | n_live_tup | n_dead_tup\n---------+------------+----------- orders  |        200 |       90\n", "public.orders live 200 dead 90"},
		{"indented records", "   shop=# \\x\n   -[ RECORD 1 ]---\n   relname    | orders\n   n_live_tup | 200\n   -[ RECORD 2 ]---\n   relname    | bills\n   n_live_tup | 7\n   ...\n", "public.orders live 200; public.bills live 7"},
		// Columns that the query names.
		{"functions", "select relname, round(n_dead_tup::numeric, 0), pg_size_pretty(pg_total_relation_size(relid)), pg_size_pretty(pg_relation_size(relid)) from pg_stat_user_tables;\n relname | round | pg_size_pretty | pg_size_pretty\n---------+-------+----------------+---\n orders | 90 | 2 MB | 1 MB\n", "public.orders dead 90 heap 1048576 total 2097152"},
		{"a size of an index", "SELECT indexrelname, relname, idx_scan, pg_size_pretty(pg_relation_size(indexrelid)) FROM pg_stat_user_indexes;\n indexrelname | relname | idx_scan | pg_size_pretty\n---+---+---+---\n orders_a | orders | 3 | 1 MB\n", "public.orders; orders_a scans 3 size 1048576"},
		{"other words", "SELECT relname, n_live_tup, n_dead_tup AS leichen, pg_size_pretty(pg_total_relation_size(relid)) AS umfang FROM pg_stat_user_tables;\n relname | n_live_tup | leichen | umfang\n---+---+---+---\n orders | 200 | 90 | 1 MB\n", "public.orders live 200 dead 90 total 1048576"},
		{"of another unit", "SELECT relname, n_live_tup, n_dead_tup / 1000 AS leichen FROM pg_stat_user_tables;\n relname | n_live_tup | leichen\n---+---+---\n orders | 200 | 90\n", "stdin: columns of pg_stat_user_tables that no rule reads: leichen; public.orders live 200"},
		{"of another query", "SELECT relname, round(n_dead_tup), n_live_tup FROM pg_stat_user_tables;\n relname | n_live_tup | round\n---+---+---\n orders | 200 | 90\n", "stdin: columns of pg_stat_user_tables that no rule reads: round; public.orders live 200"},
		{"a schema", "SELECT relname, n_live_tup, n_dead_tup FROM pg_stat_user_tables WHERE schemaname = 'app';\n relname | n_live_tup | n_dead_tup\n---+---+---\n orders | 200 | 90\n", "app.orders live 200 dead 90"},
		{"a schema before a name", "SELECT relid::regclass AS table_name, n_live_tup, n_dead_tup FROM pg_stat_user_tables WHERE schemaname = 'app';\n table_name | n_live_tup | n_dead_tup\n---+---+---\n app.orders | 200 | 90\n", "app.orders live 200 dead 90"},
		{"either schema", "SELECT relname, n_live_tup, n_dead_tup FROM pg_stat_user_tables WHERE schemaname = 'app' OR schemaname = 'old';\n relname | n_live_tup | n_dead_tup\n---+---+---\n orders | 200 | 90\n", "public.orders live 200 dead 90"},
		{"what SHOW prints", "shop=# show work_mem;\n work_mem\n----------\n 64MB\n(1 row)\n", "1 rows of pg_settings"},
		// Rows that cannot be read, of a result whose name the query has.
		{"a row of two", "SELECT n_live_tup, n_dead_tup, n_tup_upd FROM pg_stat_user_tables WHERE relname = 'orders';\n n_live_tup | n_dead_tup | n_tup_upd\n------------+------------+-----------\n 1 | 2\n 200 | 90 | 7\n", "public.orders live 200 dead 90; lost"},
		{"no row", "SELECT n_live_tup, n_dead_tup, n_tup_upd FROM pg_stat_user_tables WHERE relname = 'orders';\n n_live_tup | n_dead_tup | n_tup_upd\n---+---+---\nEvery UPDATE counts.\n", "0 rows of pg_stat_user_tables"},
		{"fewer than counted", "SELECT n_live_tup, n_dead_tup FROM pg_stat_user_tables WHERE relname = 'orders';\n n_live_tup | n_dead_tup\n---+---\n(1 row)\n", "0 rows of pg_stat_user_tables; lost"},
		// Several columns in one.
		{"two and two", "| Table | live / dead |\n|---|---|\n| orders | 200 / 90 |\n| bills | 7 / 1 |\n", orders},
		{"a shared word", "relname,live/dead rows\norders,200/90\nbills,7/1\n", orders},
		{"a rate", "| query | calls | total_ms | calls/s |\n|---|---|---|---|\n| SELECT a/b | 3 | 9 | 1.5 |\n", "stdin: columns of pg_stat_statements that no rule reads: calls/s; 1 rows of pg_stat_statements"},
		{"one that has one", "| Table | live / dead |\n|---|---|\n| orders | 200 / 90 |\n| bills | 7 |\n", "stdin:4: expected as many values as column live / dead has names: it has others; public.orders live 200 dead 90"},
		// What stands before the lines, and around names and numbers.
		{"breaks of a page in records", "<pre>shop=# SELECT * FROM pg_stat_user_tables;<br />-[ RECORD 1 ]---<br />relname | orders<br />n_live_tup | 200<br />n_dead_tup | 90<br />-[ RECORD 2 ]---<br />relname | bills<br />n_live_tup | 7<br />n_dead_tup | 1</pre>\n<p>Many | few<br>dead rows.</p>\n", orders},
		{"breaks of a page in a table", "<p>Today:</p>\n<pre><code> relname | n_live_tup | n_dead_tup<br>---------+------------+---<br> orders | 200 | 90<br> bills | 7 | 1<br>(2 rows)</code></pre>\n<p>And so on.</p>\n", orders},
		{"breaks in capitals", "<DIV class=\"out\">shop=&gt; \\x<BR>-[ RECORD 1 ]---<BR>relname&nbsp;| orders<BR>n_live_tup | 200<BR>n_dead_tup | 90<BR>-[ RECORD 2 ]---<BR>relname | bills<BR>n_live_tup | 7<BR>n_dead_tup | 1</DIV>\n", orders},
		{"records in a page", "<pre>-[ RECORD 1 ]---\nrelname | orders\nn_live_tup | 200\nn_dead_tup | 90\n-[ RECORD 2 ]---\nrelname | bills\nn_live_tup | 7\nn_dead_tup | 1\n</pre>\n", orders},
		{"remarks behind values", "relname    | orders   // the table\nschemaname | public   // the schema\nn_live_tup | 200      // rows\nn_dead_tup | 90       // 死\n", "public.orders live 200 dead 90"},
		{"remarks of SQL", "-[ RECORD 1 ]---\nrelname    | orders  -- the table\nn_live_tup | 200  -- rows\nn_dead_tup | 90  -- dead\n-[ RECORD 2 ]---\nrelname    | bills  -- another\nn_live_tup | 7  -- rows\nn_dead_tup | 1  -- dead\n", orders},
		{"remarks in a fence", "Look:\n\n```\npid   | 7    # the session\nstate | idle in transaction    # bad\nquery | SELECT 1  # 2    # its last\n```\n", "7 idle in transaction SELECT 1  # 2"},
		{"a mark in one value", "pid   | 7\nstate | active\nquery | SELECT 1  -- all\n", "7 active SELECT 1  -- all"},
		{"a patch", "+ relname | n_live_tup | n_dead_tup\n+---------+------------+---\n+ orders  | 200 | 90\n+ bills   | 7 | 1\n+(2 rows)\n", orders},
		{"a word of a tool", "# DOC relname | n_live_tup | n_dead_tup\n# DOC --------+------------+---\n# DOC orders  | 200 | 90\n# DOC bills   | 7 | 1\n", orders},
		{"signs", "| Table | Live | Dead |\n|---|---|---|\n| ★ orders | ★ 200 | ⚠️ 90 |\n| `bills` (old) | 7 | 1 |\n| **Total (both)** | 207 | 91 |\n", orders},
		{"about", "| Table | Live | Dead |\n|---|---|---|\n| orders | ~200 | ≈ 90 |\n| bills | 7 | 1 |\n", "stdin:3: expected exact numbers instead of rounded ones in column live; " + orders},
		// Sessions.
		{"many behind one", "blocker_pid,blocker_query,victim_pids\n9,LOCK t,\"[7, 8]\"\n", "7 9; 8 9; 9 LOCK t"},
		{"one in an array", "blocked_pid | blocking_pid | blocked_statement | current_statement_in_blocking_process\n---+---+---+---\n 7 | {9} | UPDATE t | LOCK t\n", "7 9 UPDATE t; 9 LOCK t"},
		{"waiter and holder", `[{"waiter_pid": 7, "waiter_query": "UPDATE t", "holder_pid": 9, "holder_query": "LOCK t"}]`, "7 9 UPDATE t; 9 LOCK t"},
		{"the holder in a list of one", " waiting_pid | blocking_pids | waiting_query | holder_state | holder_xact_s\n---+---+---+---+---\n 7 | {9} | UPDATE t | idle in transaction | 3.0\n", "7 9 UPDATE t; 9 idle in transaction open 3000"},
		{"states cut short", "pid,state,query\n7,idle in tx,UPDATE t\n8,idle_in_transaction (aborted),SELECT 1\n9,idle,SELECT 2\n", "7 idle in transaction UPDATE t; 8 idle in transaction (aborted) SELECT 1; 9 idle SELECT 2"},
		{"several holders", " waiting_pid | blocking_pids | waiting_query | blocker_state\n---+---+---+---\n 7 | {8,9} | UPDATE t | active\n", "7 8+9 UPDATE t"},
		{"states that a query names by side", "SELECT w.pid AS waiting_pid, pg_blocking_pids(w.pid) AS blocking_pids, h.state AS holder_state FROM pg_stat_activity w, pg_stat_activity h;\n waiting_pid | blocking_pids | holder_state\n---+---+---\n 7 | {9} | idle in transaction\n(1 row)\n", "7 9; 9 idle in transaction"},
		{"holders of locks", " procpid | relname | granted | query_snippet | age\n---+---+---+---+---\n 7 | | t | LOCK t | 00:00:02\n", "7 LOCK t open 2000"},
		// Not read, and said.
		{"other columns", "relname,n_live_tup,n_dead_tup,oddity\norders,200,90,4\nbills,7,1,5\n", "stdin: columns of pg_stat_user_tables that no rule reads: oddity; " + orders},
		{"a size, and not of what", "relname,n_live_tup,n_dead_tup,size\norders,200,90,1 MB\nbills,7,1,8 kB\n", "stdin: columns of pg_stat_user_tables that no rule reads: size. The size of a table can be with or without its indexes: name it table_size or total_size; " + orders},
		{"pairs of indexes", "| index_1 | index_2 | table_name | index_size |\n|---|---|---|---|\n| a | b | orders | 8 kB |\n", "other"},
		{"an index within another", "| shorter_index | longer_index | table_name |\n|---|---|---|\n| a | b | orders |\n", "other"},
		{"shares and words", "relname,n_live_tup,n_dead_tup,dead_pct,note\norders,200,90,45,bad\nbills,7,1,14,good\n", orders},
		{"a size of either", "| Tabla | Tamaño |\n|---|---|\n| orders | 1 MB |\n", "unknown: line 1: the size of a table can be with or without its indexes. Name the column table_size or total_size. Export the statistics: pgverdict export"},
		{"in Spanish", "| Tabla | Tamaño total | Filas estimadas |\n|---|---|---|\n| orders | 1 MB | 200 |\n", "public.orders total 1048576 rows 200"},
		{"the other ones", "relname,n_live_tup,n_dead_tup\norders,200,90\nthe other 14,9,9\n", "stdin:3: expected the name of one table, without which the row is not read, in column relname; public.orders live 200 dead 90"},
		{"the other tables", "| Table | Live | Dead |\n|---|---|---|\n| orders | 200 | 90 |\n| every other public table | 0 | 0 |\n", "stdin:4: expected the name of one table, without which the row is not read, in column relname; public.orders live 200 dead 90"},
		{"names cut off", "relname,n_live_tup\nord…,7\n", "stdin:1: expected whole names of tables and indexes: the display cut all of them off. Widen it, or run: pgverdict export"},
		{"no header", "| a | 1 | 2 |\n| b | 3 | 4 |\n\n| relname | n_live_tup | n_dead_tup |\n|---|---|---|\n| orders | 200 | 90 |\n| bills | 7 | 1 |\n", orders + "; -:1: not read, rows of a table without its header. Paste it as well, or export the statistics: pgverdict export"},
		{"a footer without a header", " a | 1 | 2\n(1 row)\n\n relname | n_live_tup | n_dead_tup\n---+---+---\n orders | 200 | 90\n bills | 7 | 1\n", orders + "; -:1: not read, rows of a table without its header. Paste it as well, or export the statistics: pgverdict export"},
		{"a size before another report", " total_size | table_size\n------------+---\n 45 MB | 28 MB\n\n tree_level | leaf_pages\n---+---\n 29 | 1\n(1 row)\n", "other; -:1: not read, relname, the table's name, is missing. Select it as well, or run: pgverdict export"},
		{"figures before another report", " n_live_tup | n_dead_tup\n---+---\n 200 | 90\n\n checkpoints_timed | buffers_clean\n---+---\n 1 | 2\n", "other; -:1: not read, relname, the table's name, is missing. Select it as well, or run: pgverdict export"},
		{"figures around another report", " n_live_tup | n_dead_tup\n---+---\n 200 | 90\n\n leaf_pages | tree_level\n---+---\n 1 | 2\n\n n_live_tup | n_dead_tup\n---+---\n 200 | 0\n", "other; -:1 (and line 9): not read, relname, the table's name, is missing. Select it as well, or run: pgverdict export"},
		{"two tables in a line", "blocked_pid | blocking_pid | q-------------+--------------+---           7 |            9 | a(1 row) select 1; pid | state-----+---   8 | idle(1 row)\n", "7 9; 9; 8 idle"},
		{"MySQL", "+------------+-----------+------------+\n| table_name | row_count | total_size |\n+------------+-----------+------------+\n| orders     |       200 | 1 MB       |\n+------------+-----------+------------+\n1 row in set (0.00 sec)\n", "other"},
		{"MySQL's prompt", "mysql> SELECT 1;\n+---+\n| 1 |\n+---+\n| 1 |\n+---+\n", "unknown: this is a session of MySQL or MariaDB. For PostgreSQL, run: pgverdict export"},
		{"a size for a name", " relation | table | n_live_tup\n---+---+---\n orders | 1 MB | 200\n", "public.orders live 200 heap 1048576"},
		{"indexes among tables", "name,type,total_size,table_size\norders,Table,2 MB,1 MB\norders_a,Index,1 MB,-\nv,View,0 bytes,0 bytes\n", "public.orders heap 1048576 total 2097152"},
		{"a log beside", "2026-01-02 03:04:05.678 UTC [9] LOG:  checkpoint starting: time\n\n relname | n_live_tup | n_dead_tup\n---+---+---\n orders | 200 | 90\n bills | 7 | 1\n", orders + "; log"},
		{"far below in a fence", " Seq Scan on users  (cost=0.00..247873.94 rows=10020294 width=129)\n" + strings.Repeat("\n", 60) + "```sql\nSELECT relpages, reltuples FROM pg_class WHERE relname = 'users';\n\n relpages | reltuples\n----------+-----------\n   147671 |  10020300\n```\n", "plan; public.users rows 10020300"},
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

// Results that no header of a view tells, by the names in them, by their cells and by the query
// on a command line; and a refusal that names each part.
func TestFoundByCells(t *testing.T) {
	const shell = "$ psql -d shop -At -c \"select relname, n_live_tup, n_dead_tup from pg_stat_user_tables\" db1\n"
	for _, test := range []struct{ name, text, want string }{
		{"psql -At", shell + "orders|200|90\nbills|7|1\n$ exit\n", "public.orders live 200 dead 90; public.bills live 7 dead 1"},
		{"psql -At, by tabs", strings.Replace(shell, "-At", "-tA -F $'\\t'", 1) + "orders\t200\t90\n", "public.orders live 200 dead 90"},
		{"psql --csv", strings.Replace(shell, "-At", "--csv", 1) + "relname,n_live_tup,n_dead_tup\norders,200,90\n", "public.orders live 200 dead 90"},
		{"psql -At of no view", "$ psql -Atc 'select jobname, runs from jobs'\nnightly|3\n", "other"},
		{"CSV in prose", "This is what it says:\n\nrelname,n_live_tup,n_dead_tup\norders,200,90\nbills,7,1\n\nWhat now?\n", "public.orders live 200 dead 90; public.bills live 7 dead 1"},
		{"CSV with quotes in prose", "Look:\n\nqueryid,calls,total_exec_time,query\n1,5,70,\"SELECT a,\nb FROM t\"\n2,5,60,SELECT 1\n\nThe end.\n", "2 rows of pg_stat_statements"},
		{"several exports in one file", "relname,n_live_tup,n_dead_tup\norders,200,90\n\nindexrelname,relname,idx_scan\norders_a,orders,3\n", "public.orders live 200 dead 90; public.orders; orders_a scans 3"},
		{"dashes for blanks", " -relname--|-n_live_tup-|n_dead_tup \n orders----|------200---|--- 90--- \n bills-----|--------7---|------ \n", "public.orders live 200 dead 90; public.bills live 7"},
		{"settings under any heading", "| Parameter | Heute | Vorschlag |\n|---|---|---|\n| `work_mem` | 4MB | 64MB |\n| `max_wal_size` | 1GB | 8GB |\n", "stdin: columns of pg_settings that no rule reads: vorschlag; 2 rows of pg_settings"},
		{"settings without a frame", "name         | now  | target\nwork_mem     | 4MB  | 64MB\nmax_wal_size | 1GB  | 8GB\n", "stdin: columns of pg_settings that no rule reads: target; 2 rows of pg_settings"},
		{"settings with the proposal first", "| Parameter | Recommended | Now |\n|---|---|---|\n| work_mem | 64MB | 4MB |\n| max_wal_size | 8GB | 1GB |\n", "stdin:1: expected the columns of a statistics view (pg_stat_statements, pg_stat_user_tables, ...): it is no known view: parameter, recommended, now. Export the statistics: pgverdict export"},
		{"settings of an application", "| setting | value |\n|---|---|\n| retries | 5 |\n| colour | red |\n", "stdin:1: expected the columns of a statistics view (pg_stat_statements, pg_stat_user_tables, ...): it is no known view: setting, value. Export the statistics: pgverdict export"},
		{"statements under any heading", "| what | calls | mean_ms |\n|---|---|---|\n| SELECT a FROM t | 5 | 70 |\n| UPDATE t SET a = 1 | 6 | 1 |\n", "2 rows of pg_stat_statements"},
		{"statements by the name of their view", "From pg_stat_statements:\n\n| kind | calls | mean_ms |\n|---|---|---|\n| the nightly report | 5 | 70 |\n", "1 rows of pg_stat_statements"},
		{"figures of statements alone", "From pg_stat_statements:\n\n| calls | mean_ms |\n|---|---|\n| 5 | 70 |\n", "1 rows of pg_stat_statements"},
		{"figures of requests", "| endpoint | calls | mean_ms |\n|---|---|---|\n| /cart | 5 | 70 |\n", "stdin:1: expected the columns of a statistics view (pg_stat_statements, pg_stat_user_tables, ...): query, the statement's text, is missing. Select it as well, or run: pgverdict export"},
		{"the size of an index by its query", "SELECT * FROM pg_table_size('orders_a_idx');\n pg_table_size\n---------------\n 4096\n(1 row)\n\n indexrelname | idx_scan\n--------------+---\n orders_a_idx | 0\n(1 row)\n", "1 rows of pg_relation_size; 1 rows of pg_stat_user_indexes"},
		{"several parts", "Disks:\n\n mount | used\n-------+---\n /data | 81\n\nreplay:\n\nsent_bytes_behind : 0\nreplay_bytes_behind : 33\nreplay_lag_ms : 2\n",
			"unknown: line 3: it is no known view: mount, used. Export the statistics: pgverdict export; -:9: not read, figures with names of no known view: sent_bytes_behind, replay_bytes_behind, replay_lag_ms. Give the rows of the view, or export the statistics: pgverdict export"},
		{"CSV without its header", "a_pkey,27654,202,1654784\nb_pkey,19370,327,2678784\nc_pkey,19370,55,450560\n", "unknown: line 1: rows of a table without its header. Paste it as well, or export the statistics: pgverdict export"},
		{"JSON of a program", "Started.\n{\"level\":\"info\",\"msg\":\"a\"} x\n{\"level\":\"info\",\"msg\":\"b\"} x\n", "unknown: line 2: lines of JSON that a program logs, with none of a view's columns. Give the rows alone, as the server returns them, or run: pgverdict export"},
		{"metrics of Heroku", "2026-02-13T21:20:25+00:00 host app heroku-postgres - source=DATABASE sample#db_size=4347350804bytes sample#tables=43\n",
			"unknown: line 1: metrics of Heroku Postgres (sample#name=value), which no rule reads. Give the rows of heroku pg:outliers, pg:locks or pg:bloat, or run: pgverdict export"},
		{"waiters by blocker", " blocked_by | count\n------------+-------\n {8310}     |    15\n", "other"},
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
		"figures": func(n int) string {
			return "Total Time\tAverage Time\tCalls\n" + strings.Repeat("1 min 3%\t24 ms\t75 app\nSELECT 1\n", n)
		},
		"sessions": func(n int) string {
			return strings.Repeat("4411 | active | ClientRead | SELECT 1\n\nprose | of | any\n", n)
		},
		"processes": func(n int) string {
			return strings.Repeat("4411 postgres: app shop [local] idle\nprose\n\n", n)
		},
		"commands": func(n int) string {
			return strings.Repeat("$ psql -Atc 'select relname, n_live_tup from t'\norders|2\n\n", n)
		},
		"exports":  func(n int) string { return strings.Repeat("relname,n_live_tup,n_dead_tup\norders,2,\"1\"\n\n", n) },
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
