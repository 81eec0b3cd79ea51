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
		"<html><head><title>pgBadger :: log</title></head></html>":                                                                                                "pgBadger",
		"[('orders', 5, None), ('items', 1, None)]\n":                                                                                                             "without the names of their columns",
		"# HELP pg_up up\n# TYPE pg_up gauge\npg_up 1\n":                                                                                                          "Prometheus",
		`{"AlignedStartTime": 1, "MetricList": [{"Key": {}, "DataPoints": []}]}`:                                                                                  "Performance Insights",
		"2026-01-01 00:00:00 UTC [1] LOG:  duration: 14.4 ms  plan:\n\tQuery Text: SELECT 1\n\tSeq Scan on t  (cost=0.00..9.00 rows=1 width=4)\n":                 "",
		"pid,state,query,wait_event\n1,active,\"INSERT INTO log VALUES ('LOG:  duration: 1.0 ms')\",x\n":                                                          "",
		"                 QUERY PLAN\n-----------\n Seq Scan on t  (cost=0.00..9.00 rows=1 width=4)\n   Filter: (m = 'LOG:  duration: 1.0 ms'::text)\n(2 rows)\n": "",
		"SELECT * FROM log WHERE line = 'ERROR:  no such table'":                                                                                                  "",
		"-- the loader says ERROR:  out of range\nCREATE TABLE t (id int);\nCOMMENT ON TABLE t IS 'LOG:  x\nSTATEMENT:  y';":                                      "",
		"We saw this in the log:\n\n    ERROR:  duplicate key\n\n```sql\nCREATE TABLE t (id bigint PRIMARY KEY);\n```\n":                                          "",
		"2023-12-19 03:06:13.586 CET [10384] LOG C-0x7f3bd6c47f40: shop/app@10.0.0.8:38296 closing because: client close request (age=5s)\n":                      "PgBouncer",
		"psql:export.sql:12: ERROR:  relation \"t\" does not exist\nLINE 1: select\n":                                                                             "a statement failed",
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
		"checkpoints_timed,buffers_clean\n1,2\n":                                                                     "pg_stat_bgwriter",
		"SELECT * FROM pg_stat_wal;\n wal_records | wal_fpi\n-------------+---------\n 1 | 2\n(1 row)\n":             "pg_stat_wal",
		" phase | tuples_done\n-------+------\n x | 1\n(1 row)\n\n what | ever\n------+------\n 1    | 2\n(1 row)\n": "pg_stat_progress_create_index",
		"sending:\n```\n num_timed | 3\n num_requested | 4\n```\n":                                                   "pg_stat_checkpointer",
		" schemaname | tblname | bloat\n------------+-------\n-+-------\n public     | orders \n | 2.5\n":            "bloat report",
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
