package input

import (
	"errors"
	"strings"
	"testing"
)

// What is recognized and cannot be reviewed is named, with what to give instead. A log
// with a plan, and rows, statements and definitions that quote such a text, are read.
func TestUnusable(t *testing.T) {
	for text, want := range map[string]string{
		"<html><head><title>pgBadger :: log</title></head></html>":                                                                                                                                                                       "pgBadger",
		"[('orders', 5, None), ('items', 1, None)]\n":                                                                                                                                                                                    "without the names of their columns",
		"# HELP pg_up up\n# TYPE pg_up gauge\npg_up 1\n":                                                                                                                                                                                 "Prometheus",
		`{"AlignedStartTime": 1, "MetricList": [{"Key": {}, "DataPoints": []}]}`:                                                                                                                                                         "Performance Insights",
		"2026-01-01 00:00:00 UTC [1] LOG:  duration: 14.4 ms  plan:\n\tQuery Text: SELECT 1\n\tSeq Scan on t  (cost=0.00..9.00 rows=1 width=4)\n":                                                                                        "",
		"pid,state,query,wait_event\n1,active,\"INSERT INTO log VALUES ('LOG:  duration: 1.0 ms')\",x\n":                                                                                                                                 "",
		"                 QUERY PLAN\n-----------\n Seq Scan on t  (cost=0.00..9.00 rows=1 width=4)\n   Filter: (m = 'LOG:  duration: 1.0 ms'::text)\n(2 rows)\n":                                                                        "",
		"SELECT * FROM log WHERE line = 'ERROR:  no such table'":                                                                                                                                                                         "",
		"-- the loader says ERROR:  out of range\nCREATE TABLE t (id int);\nCOMMENT ON TABLE t IS 'LOG:  x\nSTATEMENT:  y';":                                                                                                             "",
		"We saw this in the log:\n\n    ERROR:  duplicate key\n\n```sql\nCREATE TABLE t (id bigint PRIMARY KEY);\n```\n":                                                                                                                 "",
		"2023-12-19 03:06:13.586 CET [10384] LOG C-0x7f3bd6c47f40: shop/app@10.0.0.8:38296 closing because: client close request (age=5s)\n":                                                                                             "PgBouncer",
		"2024-01-02 10:00:00.200000 UTC,,,p77,th-812,,,,0,,,seg-1,,,,,\"FATAL\",\"XX001\",\"invalid page in block 9 of relation base/1/2\",,,,,,,0,,\"bufmgr.c\",408,\n":                                                                 "Greenplum",
		"It says:\n\n```\n2024-01-02 10:00:00.100000 UTC,\"gpadmin\",\"shop\",p99,th812,\"[local]\",,2024-01-02 09:00:00 UTC,0,con7,cmd3,seg-1,,dx1,,sx1,\"LOG\",\"00000\",\"statement: SELECT 1\",,,,,,,0,,\"postgres.c\",1622,\n```\n": "Greenplum",
		"pg_stat_activity_max_tx_duration{datname=\"shop\"} 9123\n":                                                                                                                                                                      "Prometheus",
		"We scrape it:\n\n    pg_locks_count{datname=\"shop\",mode=\"rowexclusivelock\"} 3\n":                                                                                                                                            "Prometheus",
		"pg_up{server=\"a:5432\"} 1.0\npg_stat_bgwriter_checkpoints_req_total{server=\"a:5432\"} 1.2e+06\n":                                                                                                                              "Prometheus",
		"Time consuming queries\n\nRank\tTotal duration\tTimes executed\tQuery\n1\t1m3s\t12\nSELECT 1;\n":                                                                                                                                "a list of pgBadger",
		"Rank\tDuration\tQuery\n1\t3s511ms\t\nSELECT 1;\n2\t3s458ms\t\nSELECT 2;\n":                                                                                                                                                      "a list of pgBadger",
		"The slowest took 3s511ms, the next one 2s30ms.\n":                                                                                                                                                                               "a list of pgBadger",
		"On this server checkpoints_req=512 and checkpoints_timed is 3, buffers_backend is 99120.\n":                                                                                                                                     "pg_stat_bgwriter",
		"From the raw pg_stat_bgwriter: maxwritten_clean | 6950\n":                                                                                                                                                                       "pg_stat_bgwriter",
		"Aug 26 10:49:58 db1 systemd[1]: postgresql.service: Failed with result 'oom-kill'.\n":                                                                                                                                           "memory ran out",
		"=== DATABASE_URL\nPlan: Standard 0\nConnections: 12/120\nRows: 900/10000\n":                                                                                                                                                     "heroku pg:info",
		"It says `sample_blks_total`: 33 and `sample_blks_scanned`: 4.\n":                                                                                                                                                                "pg_stat_progress_analyze",
		"scaling factor: 100\nlatency average = 11.013 ms\ntps = 908.0 (without initial connection time)\n":                                                                                                                              "load test",
		"number of transactions actually processed: 1000/1000\nlatency average: 3.1 ms\n":                                                                                                                                                "load test",
		"POSTGRES_TXN_WRAPAROUND CRITICAL: DB \"harbour\" (host:db1) harbour: 1500000000 transactions\n":                                                                                                                                 "check_postgres",
		"We ran it:\n```\nPOSTGRES_AUTOVAC_FREEZE OK: DB \"harbour\" boats=71%;101;105 | time=0.02s\n```\n":                                                                                                                              "check_postgres",
		"> 4 unused indexes. Remove them with a migration for faster writes.\n":                                                                                                                                                          "a list of PgHero",
		"```\nremove_index :boats, name: \"index_boats_on_berth\"\nremove_index :crews, name: \"crews_\n```\n":                                                                                                                           "a list of PgHero",
		"INFO:  analyzing \"public.boats\"\nINFO:  \"boats\": scanned 12 of 12 pages, containing 40 live rows and 7 dead rows; 40 rows in sample, 40 estimated\n":                                                                        "ANALYZE VERBOSE",
		"PID    DATABASE   APP   USER   CLIENT   CPU% MEM%   TIME+    Waiting  state   Query\n4411 harbour   app   sailor   local   0.0 0.1   00:10.1   ClientRead   idle in trans   UPDATE boats SET berth = 3\n4412 harbour   app   sailor   local   0.0 0.1   00:09.1   tuple   active   UPDATE boats SET berth = 4\n":                                                                                                                                                                                                                                                 "pg_activity",
		"It is wrong:\n\n```\nPID    DATABASE                APP             USER           CLIENT   CPU% MEM%   READ/s  WRITE/s     TIME+          Waiting  IOW              state   Query\n4411 harbour                               sailor     127.0.0.1/32    0.0  0.1       0B       0B  01:45.79       ClientRead    N      idle in trans   UPDATE boats SET name = 'a'\n4412 harbour                               sailor     127.0.0.1/32    0.0  0.1       0B       0B  01:45.69    transactionid    N             active   UPDATE boats SET name = 'b'\n```\n": "pg_activity",
		"psql:export.sql:12: ERROR:  relation \"t\" does not exist\nLINE 1: select\n": "a statement failed",
	} {
		for doc, err := range Open([]string{"-"}, strings.NewReader(text)) {
			got := ""
			if doc.Reason != nil {
				got = doc.Reason.Error()
			}
			if err != nil || (want == "") != (got == "") || !strings.Contains(got, want) {
				t.Errorf("%.60q: %q, %v", text, got, err)
			}
		}
	}
	for _, text := range []string{
		"2026-01-01 00:00:00 UTC [1] LOG:  duration: 1454.4 ms  statement: SELECT 1\n",
		"2026-01-01 00:00:00 UTC [1] ERROR:  t exists\n2026-01-01 00:00:00 UTC [1] STATEMENT:  \n\tCREATE TABLE t (\n\tid int);\n",
		"2026-01-01 00:00:00.000 UTC,\"app\",\"shop\",1,\"[local]\",1.1,1,\"SELECT\",2026-01-01 00:00:00 UTC,1/1,0,LOG,00000,\"duration: 1.0 ms\",,,,,,,,,\"\",\"client backend\",,0\n",
		`{"timestamp":"2026-01-01 00:00:00.000 UTC","user":"app","dbname":"shop","pid":1,"error_severity":"LOG","message":"duration: 1.0 ms"}` + "\n",
		"The log of this morning:\n\n2026-01-01 00:00:00 UTC [1] LOG:  checkpoint starting: wal\n",
	} {
		for doc := range Open([]string{"-"}, strings.NewReader(text)) {
			if doc.Kind != Log {
				t.Errorf("%.60q: %v, not a log", text, doc.Kind)
			}
		}
	}
	for doc := range Open([]string{"-"}, strings.NewReader("2026-01-01 00:00:00 [1] ERROR: no such file\n2026-01-01 00:00:01 [1] INFO: done\n")) {
		if doc.Kind == Log {
			t.Error("a log of another program")
		}
	}
	for text, want := range map[string]string{
		"checkpoints_timed,buffers_clean\n1,2\n": "pg_stat_bgwriter",
		"SELECT * FROM pg_stat_slru;\n blks_zeroed | truncates\n-------------+-----------\n 1 | 2\n(1 row)\n":                                                      "pg_stat_slru",
		"pgbouncer=# show pools;\n database | cl_active | sv_login\n----------+---+---\n shop | 3 | 5\n":                                                           "SHOW POOLS of PgBouncer",
		"database,total_xact_count,total_query_count,avg_wait_time\nshop,1,2,3\n":                                                                                  "SHOW STATS of PgBouncer",
		"show clients;\n type | user | state | local_port | request_time | wait_us\n---+---+---+---+---+---\n C | app | active | 6432 | 2026-01-01 00:00:00 | 0\n": "SHOW CLIENTS",
		"| clients | TPS | latency avg (ms) |\n|---|---|---|\n| 10 | 900 | 11.1 |\n":                                                                               "load test",
		"| Id | User | Host | db | Command | Time | State | Info |\n|---|---|---|---|---|---|---|---|\n| 5 | root | a | shop | Query | 0 | init | x |\n":           "MySQL",
		" phase | tuples_done\n-------+------\n x | 1\n(1 row)\n\n what | ever\n------+------\n 1    | 2\n(1 row)\n":                                               "pg_stat_progress_create_index",
		"sending:\n```\n restartpoints_timed | 3\n restartpoints_req | 4\n```\n":                                                                                   "pg_stat_checkpointer",
		" schemaname | tblname | bloat\n------------+-------\n-+-------\n public     | orders \n | 2.5\n":                                                          "bloat report",
	} {
		for doc := range Open([]string{"-"}, strings.NewReader(text)) {
			if doc.Kind != Other || !strings.Contains(doc.Reason.Error(), want) || !strings.HasSuffix(doc.Reason.Error(), "pgverdict export") {
				t.Errorf("%.60q: %v, %v", text, doc.Kind, doc.Reason)
			}
		}
	}
	for _, text := range []string{"[]", "[ ]\n", "null\n", "(0 rows)\n"} {
		for doc := range Open([]string{"-"}, strings.NewReader(text)) {
			if !errors.Is(doc.Reason, ErrNoRows) {
				t.Errorf("%q: %v", text, doc.Reason)
			}
		}
	}
}

// A sentence that begins like a statement is none.
func TestProseIsNoStatement(t *testing.T) {
	for text, want := range map[string]Kind{
		"With `x=false` it accepts the migration and never returns. What it waits for is not visible.\n": Unknown,
		"Update of this morning: the vacuum has finished, but it was slow.\n":                            Unknown,
		"Set the limit higher, and it works.\n\nSELECT 1;\n":                                             Unknown,
		"select * form orders":                              SQL,
		"-- the report of the day, which is slow\nSELECT 1": SQL,
		"SELECT 'it was the one that we have'":              SQL,
		"WITH a AS (SELECT 1) SELECT of.id FROM a, of":      SQL,
	} {
		if got, _, _, _ := sniff([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
