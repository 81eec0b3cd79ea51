package input

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A document is known by what it holds, not by its name.
func TestSniff(t *testing.T) {
	tests := []struct {
		name, text string
		want       Kind
	}{
		{"a text plan", " Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n", Plan},
		{"psql's frame", "   QUERY PLAN\n------\n Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n(1 row)\n", Plan},
		{"a JSON plan", `[{"Plan": {"Node Type": "Result"}}]`, Plan},
		{"a YAML plan", "- Plan:\n    Node Type: \"Result\"\n", Plan},
		{"a query and its plan", "select 1 from t;\n Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n", Plan},
		{"a log with a plan", "2026-01-01 LOG:  duration: 5 ms  plan:\n\tQuery Text: select 1\n\tResult  (cost=0.00..0.01 rows=1 width=4)\n", Plan},
		{"an export", "schemaname,relname,seq_scan,n_live_tup\npublic,t,1,2\n", Rows},
		{"an export whose queries hold plans", "userid,queryid,query,calls,total_exec_time\n1,2,\"EXPLAIN -> (cost=0.00..1.00 rows=1\",3,4\n", Rows},
		{"semicolons", "schemaname;relname;seq_scan;n_live_tup\npublic;t;1;2\n", Rows},
		{"a table of no view", "day,sales\n1,2\n", Rows},
		{"a dump", "--\n-- PostgreSQL database dump\n--\nSET x = 1;\n", Schema},
		{"a schema by hand", "-- ours\ncreate unlogged table t (a int);\n", Schema},
		{"a dump with a plan behind it", "--\n-- PostgreSQL database dump\n--\ncreate table t (a int);\n Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n", Schema},
		{"a table and a plan", "create table t (a int);\n Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n", Plan},
		{"a plan and a table", " Seq Scan on t (actual time=0.1..0.2 rows=1 loops=1)\n\ncreate table t (a int);\n", Plan},
		{"a plan of CREATE TABLE AS", "explain analyse\ncreate table t as select 1;\n-- Result  (cost=0.00..1.00 rows=1 width=4)\n", Plan},
		{"psql's listing of a table", " Table \"public.t\"\n Column | Type \n---+---\n a | int\n", Schema},
		{"its indexes alone", "Indexes:\n    \"t_pkey\" PRIMARY KEY, btree (a)\n", Schema},
		{"a query", "-- slow\nselect * from t where a = 1;\n", SQL},
		{"a query in brackets", "(select 1) union (select 2)", SQL},
		{"prose", "Select the red button, then wait.\n", SQL}, // its reader says that it is none
		{"other prose", "The database is slow.\n", Unknown},
		{"nothing", " \n", Unknown},
		{"binary", "\x00\x01", Unknown},
		{"a byte order mark", "\ufeffschemaname,relname,seq_scan,n_live_tup\n", Rows},
	}
	for _, test := range tests {
		if got, _, _ := sniff([]byte(test.text)); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// Definitions beside a plan are a document of their own, which may be read
// when the plan was.
func TestBeside(t *testing.T) {
	for text, want := range map[string]string{
		"create index i on t (a);\n Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n":   "plan, schema",
		" Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\nIndexes:\n \"i\" btree (a)\n": "plan, schema",
		"select create_table();\n Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n":     "plan",
		"create table t (a int);\ncreate index i on t (a);\n":                            "schema",
	} {
		var got []string
		for doc, err := range Open([]string{"-"}, strings.NewReader(text)) {
			b, _ := io.ReadAll(doc)
			if err != nil || string(b) != text || doc.Beside != (len(got) > 0) {
				t.Errorf("%v, %q, beside: %v", err, b, doc.Beside)
			}
			got = append(got, doc.Kind.String())
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// A folder is read one level deep, without hidden files.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.sql", "a.sql", ".hidden.sql", "sub/c.sql"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("select 1"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for doc, err := range Open([]string{dir, "-"}, strings.NewReader("select 2")) {
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(doc)
		got = append(got, filepath.Base(doc.Path)+": "+string(b))
	}
	if strings.Join(got, ", ") != "a.sql: select 1, b.sql: select 1, -: select 2" {
		t.Errorf("%q", got)
	}
}

func FuzzSniff(f *testing.F) {
	for _, seed := range []string{"Seq Scan on t  (cost=0.00..1.00", "a,b\n1,2", "\xff\xfea\x00", "\x1f\x8b", "create table t (", "-> Sort"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for doc, err := range Open([]string{"-"}, strings.NewReader(text)) {
			if err == nil {
				_, _ = io.Copy(io.Discard, doc)
			}
		}
	})
}
