package input

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/rows"
)

// The results of a session are documents of their own, whose lines keep their numbers.
// What is in none of them is left, with a line for what is no known view.
func TestSession(t *testing.T) {
	const text = `shop=# \x
Expanded display is on.
shop=# select * from pg_stat_user_tables;
-[ RECORD 1 ]---
relname    | orders
seq_scan   | 4
n_live_tup | 100
-[ RECORD 2 ]---
relname    | bills
seq_scan   | 5
n_live_tup | 200

shop=# select indexrelname, relname, idx_scan from pg_stat_user_indexes;
 indexrelname | relname | idx_scan
--------------+---------+----------
 orders_pkey  | orders  |        9
(1 row)

 what | ever
------+------
 1    | 2
(1 row)

                   QUERY PLAN
--------------------------------------------------
 Seq Scan on orders  (cost=0.00..9.00 rows=1 width=75)
(1 row)
`
	var got []string
	for doc, err := range Open([]string{"-"}, strings.NewReader(text)) {
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(doc)
		if err != nil {
			t.Fatal(err)
		}
		body := strings.TrimLeft(string(b), "\n")
		line := 1 + len(b) - len(body)
		if doc.Kind == Plan {
			body, line = "", 0
			if n := strings.Count(string(b[:strings.Index(string(b), "QUERY PLAN")]), "\n"); n != 23 {
				t.Errorf("the plan is on line %d", n+1)
			}
		}
		first, _, _ := strings.Cut(body, "\n")
		got = append(got, doc.Kind.String()+" "+first+" "+string(rune('0'+line%10))+strings.Join(doc.Left, ";"))
	}
	const want = "plan  0|rows -[ RECORD 1 ]--- 4|rows  indexrelname | relname | idx_scan 4-:19: not read, it is no known view: what, ever"
	if strings.Join(got, "|") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, "|"), want)
	}
	docs, _ := session("x", []byte("SELECT funcname, calls, self_time FROM f;\n\n funcname | calls | self_time\n----------+-------+---\n a | 1 | 2\n"))
	if len(docs) != 1 || docs[0].Kind != SQL || len(docs[0].Left) != 1 || !strings.Contains(docs[0].Left[0], "x:3: not read, this is pg_stat_user_functions, the counters of functions") {
		t.Errorf("a query and its result: %+v", docs)
	}
	for name, one := range map[string]string{
		"one result":     " relname | seq_scan | n_live_tup\n---------+----------+---\n a | 1 | 2\n(1 row)\n",
		"a plan":         "QUERY PLAN\n----------\n Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n",
		"no known view":  " a | b\n---+---\n 1 | 2\n",
		"a Markdown one": "| relname | seq_scan | n_live_tup |\n|---|---|---|\n| a | 1 | 2 |\n",
	} {
		if docs, _ := session("x", []byte(one)); docs != nil {
			t.Errorf("%s is %d documents", name, len(docs))
		}
	}
}

// What looks like a table in a script's comments, or between them, is no result: the
// statements around it are read.
func TestScriptsAreNoSessions(t *testing.T) {
	const table = " relname | seq_scan | n_live_tup\n---------+----------+---\n ä       |        1 |  2\n(1 row)\n"
	const alter = "ALTER TABLE a ALTER COLUMN b TYPE bigint;\n"
	for name, text := range map[string]string{
		"a heading":          "BEGIN;\nSET LOCAL lock_timeout = '2s';\n--\n-- Alter a\n--\n" + alter,
		"lines of dashes":    "SET LOCAL lock_timeout = '2s';\n------------\n-- widen\n------------\n" + alter,
		"within a statement": "SELECT a\nFROM t\n------\nWHERE b = 1;\n" + alter,
		"a block":            "/* before:\n" + table + "*/\n" + alter,
		"a block after it":   alter + "/*\n" + table + "\n*/\n" + alter,
		"comment lines":      "-- before:\n-- " + strings.ReplaceAll(strings.TrimSpace(table), "\n", "\n-- ") + "\n" + alter,
	} {
		if docs, _ := session("x.sql", []byte(text)); docs != nil {
			t.Errorf("%s: %d documents", name, len(docs))
		}
		if kind, _, _, why := sniff([]byte(text)); kind != SQL && kind != Schema || why != nil {
			t.Errorf("%s: %v, %v", name, kind, why)
		}
	}
}

// A result without the names of its tables has the one that its query asks for.
func TestNamedByQuery(t *testing.T) {
	const result = " n_live_tup | n_dead_tup\n------------+------------\n          7 |          9\n(1 row)\n"
	const record = "-[ RECORD 1 ]-+--\nn_live_tup     | 7\nn_dead_tup     | 9\n"
	for text, want := range map[string]string{
		"SELECT n_live_tup, n_dead_tup FROM pg_stat_user_tables WHERE relname = 'orders';\n\n" + result:                                                                                                                  "relname,n_live_tup,n_dead_tup orders,7,9",
		"shop=# select n_live_tup, n_dead_tup from pg_stat_all_tables\nshop-# where schemaname='app' and relname='Bills';\n" + record:                                                                                    `relname,n_live_tup,n_dead_tup "app.""Bills""",7,9`,
		"```sql\nselect n_live_tup from pg_stat_user_tables where relid = 'app.orders'::regclass\n```\n```\n" + result + "```\n":                                                                                         "relname,n_live_tup,n_dead_tup app.orders,7,9",
		"SELECT attname, n_distinct FROM pg_stats WHERE tablename = 'orders';\n attname | n_distinct\n---------+---\n id | -1\n x | 2\n":                                                                                 "relname,attname,n_distinct orders,id,-1 orders,x,2",
		"SELECT pid, mode, granted, query FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE relation='lq'::regclass;\n pid | mode | granted | query\n---+---+---+---\n 7 | ShareLock | f | LOCK lq\n":                "relation,pid,mode,granted,query lq,7,ShareLock,f,LOCK lq",
		"SELECT pid, mode, granted FROM pg_locks WHERE relation='lq'::regclass OR locktype = 'tuple';\n pid | mode | granted\n---+---+---\n 7 | ShareLock | f\n":                                                         "",
		"SELECT l.pid, l.mode, l.granted, l.relation::regclass AS bang, a.query FROM pg_locks l, pg_stat_activity a;\n pid | mode | granted | bang\n---+---+---+---\n 7 | ShareLock | f | lq\n(1 row)\n":                 "pid,mode,granted,relation 7,ShareLock,f,lq",
		"More in TOAST'd space.\n\nSELECT pg_size_pretty(pg_total_relation_size('orders'));\n pg_size_pretty\n----------------\n 87 MB\n(1 row)\n":                                                                       "relname,total_size orders,87 MB",
		"SELECT relname\n,pg_total_relation_size(reltoastrelid) AS toast_size\n,pg_total_relation_size(oid) AS whole_thing FROM pg_class;\n relname | toast_size | whole_thing\n---+---+---\n orders | 7 | 9\n(1 row)\n": "relname,toast_size,total_size orders,7,9",
		"SELECT pg_size_pretty(pg_total_relation_size('orders'));\n pg_size_pretty\n----------------\n 87 MB\n(1 row)\n":                                                                                                 "relname,total_size orders,87 MB",
		"shop=# select pg_size_pretty(pg_relation_size('app.orders')) as x;\n   x\n-------\n 87 MB\n(1 row)\n":                                                                                                           "relname,table_size app.orders,87 MB",
		"select pg_size_pretty(pg_current_wal_lsn() - '0/1');\n pg_size_pretty\n----------------\n 87 MB\n(1 row)\n":                                                                                                     "",
		"**Indexes on `orders`** (60 MB in total):\n\n| index | idx_scan |\n|---|---|\n| orders_pkey | 7 |\n":                                                                                                            "relname,index,idx_scan orders,orders_pkey,7",
		"Indices of \"app.orders\":\n\n index | idx_scan\n---+---\n orders_pkey | 7\n":                                                                                                                                   "relname,index,idx_scan app.orders,orders_pkey,7",
		"select count(*) from bills;\n\nIndexes on bills\n index | idx_scan\n---+---\n bills_pkey | 7\n":                                                                                                                 "",
		"Indexes on disk:\n index | idx_scan\n---+---\n bills_pkey | 7\n":                                                                                                                                                "",
		"SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'orders' OR relname = 'bills';\n" + result:                                                                                                           "",
		"SELECT n_live_tup FROM pg_stat_user_tables WHERE relname <> 'orders';\n" + result:                                                                                                                               "",
		"SELECT 1 WHERE relname = 'orders';\nSELECT n_live_tup FROM pg_stat_user_tables WHERE schemaname = 'app';\n" + result:                                                                                            "",
		"{ label: 'HOT', lines: [\n  \"relname | n_live_tup | n_dead_tup\",\n  \"orders | 7 | 9  <- late\"\n]},\n":                                                                                                       "relname | n_live_tup | n_dead_tup orders | 7 | 9",
	} {
		docs, _ := session("x", []byte(text))
		got := ""
		if len(docs) == 1 {
			b, _ := io.ReadAll(docs[0])
			got = strings.Join(strings.Fields(string(b)), " ")
		}
		if got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// A table's definition beside a result is read as well, and a result that is not read is
// said of SQL, too.
func TestSessionWithDefinition(t *testing.T) {
	const described = "\nshop=# \\d orders\n       Table \"public.orders\"\n Column |  Type  | Nullable\n--------+--------+----------\n id     | bigint | not null\nIndexes:\n    \"orders_pkey\" PRIMARY KEY, btree (id)\n"
	docs, _ := session("x", []byte(" relname | seq_scan | n_live_tup\n---------+----------+---\n orders | 1 | 2\n(1 row)\n"+described))
	if len(docs) != 2 || docs[0].Kind != Rows || docs[1].Kind != Schema || !docs[1].Beside || len(docs[0].Left) > 0 {
		t.Errorf("%+v", docs)
	}
	for _, text := range []string{
		"SELECT mode, relname FROM pg_locks;\n-[ RECORD 1 ]\nmode    | ShareLock\nrelname | t\n\nALTER TABLE t ADD COLUMN a int;\n",
		"SELECT wait_event, state FROM pg_stat_activity;\n wait_event | state\n------------+------\n relation | active\n\nALTER TABLE t ADD COLUMN a int;\n",
	} {
		for doc := range Open([]string{"-"}, strings.NewReader(text)) {
			if doc.Kind != SQL && doc.Kind != Schema || len(doc.Left) != 1 || !strings.Contains(doc.Left[0], ":2: not read, ") {
				t.Errorf("%s: %v, %q", text, doc.Kind, doc.Left)
			}
		}
	}
}

// What a program gathered of several views in one JSON object is a document each; one view
// beside other lists, and a report of pgverdict, are none.
func TestArraysOfSeveralViews(t *testing.T) {
	const statements, tables = `[{"query":"SELECT 1","calls":2,"total_ms":3.5}]`, `[{"relname":"orders","seq_scan":1,"n_live_tup":2}]`
	for text, want := range map[string]string{
		`{"statements":` + statements + `,"tables":` + tables + `}`:                                       "2 []",
		`{"taken":"today","db":{"a":` + statements + `,"b":{"c":` + tables + `}},"hosts":[{"name":"x"}]}`: "2 [x:1: not read, it is no known view: name]",
		`{"rows":` + tables + `,"fields":[{"name":"relname","type":1}]}`:                                  "0 []",
		`{"fields":[{"name":"relname","type":1}],"rows":` + tables + `}`:                                  "1 [x:1: not read, it is no known view: name, type]",
		`{"rows":` + tables + `}`: "0 []",
		`{"schema_version":1,"tool":{"name":"pgverdict"},"findings":[{"a":1}],"workload":{"tables":` + tables + `}}`: "0 []",
		`{"a":[{"b":1}],"c":[{"d":1}]}`: "0 []",
		`{"a":[],"b":[{"c":`:            "0 []",
	} {
		docs, rest := session("x", []byte(text))
		left := rest.lines(rest.familiar())
		for _, doc := range docs {
			left = append(left, doc.Left...)
		}
		if got := strings.ReplaceAll(fmt.Sprint(len(docs), " ", left), "\n", ""); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// The tables of pg:diagnose are below their verdicts, and not separated.
func TestTablesWithoutLinesBetween(t *testing.T) {
	const text = "RED:   Bloat\nType   Object        Bloat  Waste\n─────  ────────────  ─────  ───────\ntable  public.users  20     2000 MB\nRED:   Hit Rate\nName          Ratio\n────────────  ─────\npublic.users  0.85\n" +
		"YELLOW: Indexes\nReason              Index              Index Size  Table Size\n──────────────────  ─────────────────  ──────────  ──────────\nNever Used Indexes  public.users::idx  16 MB       2000 MB\nGREEN: Load\n"
	docs, _ := session("x", []byte(text))
	if len(docs) != 1 || len(docs[0].Left) != 2 || !strings.Contains(docs[0].Left[0], "x:2: not read, this is a bloat report") || !strings.Contains(docs[0].Left[1], "x:6: not read, this is a report of cache hit rates") {
		t.Errorf("%+v", docs)
	}
	if docs, _ := session("x", []byte(" relname | seq_scan | n_live_tup\n---------+---+---\n a | 1 | 2\n relname | idx_scan | indexrelname\n---------+---+---\n a | 1 | b\n")); len(docs) != 2 {
		t.Errorf("%d documents of two tables", len(docs))
	}
	for _, s := range [...]string{" a | b\n---+---\n 1 | 2\n---+---\n c | d\n---+---\n 3 | 4\n", "-----\n-- a\n-----\n-- b\n-----\n", "a b\n- -\n- -\nc d\n- -\n"} {
		at := 0
		for _, part := range rows.Sections([]byte(s)) {
			if part.From < at || part.To <= part.From {
				t.Errorf("%q: %v", s, part)
			}
			at = part.To
		}
	}
	if docs, _ := session("x", []byte("+---------+----------+------------+\n| relname | seq_scan | n_live_tup |\n+---------+----------+------------+\n| a       |        1 |          2 |\n+---------+----------+------------+\n| b       |        1 |          2 |\n+---------+----------+------------+\n")); docs != nil {
		t.Errorf("%d documents of a grid", len(docs))
	}
}

// JSON or a table without a rule in code fences is a result, beside others.
// A block of code whose figures are in no table is named beside what was read.
func TestFiguresInNoTable(t *testing.T) {
	const table = "| relname | n_live_tup | n_dead_tup |\n|---|---|---|\n| orders | 7 | 9 |\n\n"
	for block, want := range map[string]string{
		"orders  seq_scan=+30   seq_tup_read=+10,162\n        n_dead_tup=+12\n":                                      "x:6: not read, figures of seq_scan in no table",
		"shared_buffers = 128 MB (16384 * 8kB)\nwork_mem = 4 MB\n":                                                   "x:6: not read, settings as postgresql.conf has them, which may be proposals: shared_buffers, work_mem",
		"shared_buffers: 4GB\nmax_connections: 100\nwork_mem: 4MB\njit: off\n":                                       "x:6: not read, settings as postgresql.conf has them, which may be proposals: shared_buffers, max_connections, work_mem and 1 more",
		"ALTER SYSTEM SET work_mem = '4MB';\nALTER SYSTEM SET jit = off;\n":                                          "",
		"ERROR: deadlock detected\nDETAIL:  Process 7 waits for ShareLock on transaction 9; blocked by process 8.\n": "",
		"ERROR: deadlock detected\nCONTEXT: SQL function\n":                                                          "",
		"n_dead_tup: 12\n": "x:6: not read, figures of n_dead_tup in no table",
		"- total - active - idle in transaction - idle -\n    188        1           0    180\n": "x:6: not read, figures of sessions in no table",
		"SELECT n_dead_tup 12\n":                               "",
		"if n_dead_tup > 1000 { vacuum() }\n":                  "",
		"tps = 821.2, latency 9.7 ms\n":                        "x:6: not read, the result of a load test (pgbench), which shows no statement of the server. While the test runs, export the statistics: pgverdict export",
		"autovacuum_vacuum_scale_factor = 0.05\n":              "",
		"CPU 97%, load 12.5\n":                                 "",
		"the session is idle in transaction for 188 seconds\n": "",
	} {
		docs, _ := session("x", []byte(table+"```\n"+block+"```\n"))
		got := ""
		if len(docs) > 0 {
			got = strings.Join(docs[len(docs)-1].Left, "; ")
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", block, got, want)
		}
	}
}

// What people write behind a line of a table is no part of it. A table without a rule that is
// no known view is named if it is in a block of code.
func TestRemarksBehindLines(t *testing.T) {
	for text, want := range map[string]string{
		"```\n relname | n_live_tup | n_dead_tup   ← the busiest one\n orders | 7 | 9   ← late\n```\n":            "relname | n_live_tup | n_dead_tup orders | 7 | 9",
		"```\n relname | n_live_tup | n_dead_tup  <-- old names\n orders | 7 | 9  <- late\n```\n":                 "relname | n_live_tup | n_dead_tup orders | 7 | 9",
		"```\n query | calls | total_ms\n SELECT a <-> b FROM t | 7 | 9\n```\n```\n a | b | c\n 1 | 2 | 3\n```\n": "query | calls | total_ms SELECT a <-> b FROM t | 7 | 9 x:6: not read, it is no known view: a, b, c",
		"```\n relname | n_live_tup | n_dead_tup\n orders | 7 | 9\n```\n```\n a | b | c\n 1 | 2 | 3\n```\n":       "relname | n_live_tup | n_dead_tup orders | 7 | 9 x:6: not read, it is no known view: a, b, c",
	} {
		docs, _ := session("x", []byte(text))
		got := ""
		if len(docs) == 1 {
			b, _ := io.ReadAll(docs[0])
			got = strings.Join(strings.Fields(string(b)+" "+strings.Join(docs[0].Left, " ")), " ")
		}
		if got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// A text that begins with a statement and has a log in a block of code is no script.
func TestLogBesideStatements(t *testing.T) {
	const entry = "2026-11-01 20:17:03 UTC [7] LOG:  process 7 still waiting for ShareLock on transaction 742 after 1000.1 ms\n"
	for text, want := range map[string]Kind{
		"BEGIN;\nUPDATE parcels SET a = 1;\n```\nand so on\n```\n" + entry + "```\n": Log,
		"UPDATE parcels SET a = 1;\n\n``` text\n" + entry + "```\n":                  Log,
		"SELECT 1;\n-- " + entry:          SQL,
		"SELECT 1; /*\n" + entry + "*/\n": SQL,
	} {
		if kind, _, _, why := sniff([]byte(text)); kind != want {
			t.Errorf("%s: %v, %v", text, kind, why)
		}
	}
}

func TestFenced(t *testing.T) {
	const tables, sizes = "```json\n[{\"relname\": \"orders\", \"seq_scan\": 1, \"n_live_tup\": 2}]\n```\n", "  ```\n  [{\"relname\": \"bills\",\n    \"total_size\": \"2 GB\"}]\n  ```\n"
	for text, want := range map[string]int{
		"Scans:\n" + tables + "\nSizes:\n" + sizes:                                 2,
		tables + "\n indexrelname | relname | idx_scan\n---+---+---\n a | b | 1\n": 2,
		tables: 0,
		tables + "```json\n{\"status\": 200}\n```\n": 0,
		"before:\n  ```\n  BAD: 50% dead\n  relname | n_live_tup | n_dead_tup\n  deals   |  50000 | 25000\n  ```\nafter:\n```\nrelname | n_live_tup | n_dead_tup\ndeals   |      50000 |        120\n```\n": 2,
	} {
		if docs, _ := session("x", []byte(text)); len(docs) != want {
			t.Errorf("%s: %d documents, want %d", text, len(docs), want)
		}
	}
}
