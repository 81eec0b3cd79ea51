package input

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
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
		{"a query with words of another system's plan", "SELECT select_type, possible_keys FROM e;", SQL},
		{"a table with such words", "CREATE TABLE e (select_type text, possible_keys text);", Schema},
		{"a plan of Spark below its query", "explain select 1;\n\n== Physical Plan ==\n*(1) Project\n", Plan},
		{"a query in brackets", "(select 1) union (select 2)", SQL},
		{"prose", "Select the red button, then wait.\n", SQL}, // its reader says that it is none
		{"other prose", "The database is slow.\n", Unknown},
		{"a page that shows a plan", "explain.depesz.com\n\n# exclusive inclusive rows x rows loops node\n1. 6.8 30.1 1.0 1 1\n\nSeq Scan on t (cost=0.00..1.00 rows=1 width=4)\n", Unknown},
		{"a part of such a page", "Sort (cost=993,717.40..993,727.57 rows=4,065 width=876)\n", Unknown},
		{"its last part", "Seq Scan on t (cost=0.00..1,727.57 rows=4,065 width=876) (actual time=0.0..1.1 rows=1 loops=1)\n", Unknown},
		{"nothing", " \n", Unknown},
		{"binary", "\x00\x01", Unknown},
		{"a byte order mark", "\ufeffschemaname,relname,seq_scan,n_live_tup\n", Rows},
	}
	for _, test := range tests {
		if got, _, _, _ := sniff([]byte(test.text)); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// The comments of a dump are no frame of a result.
func TestDump(t *testing.T) {
	const dump = "--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE t (a int);\n"
	for doc, err := range Open([]string{"-"}, strings.NewReader(dump)) {
		if err != nil || doc.Kind != Schema || len(doc.Left) > 0 {
			t.Errorf("%v %v %v", doc.Kind, doc.Left, err)
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

// A folder is read with its sub-folders to depth 3, without hidden files; what
// is left out is said.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	for _, name := range []string{"in/b.sql", "in/a.sql", "in/.hidden.sql", "in/.git/x.sql", "in/1/c.sql", "in/1/2/3/d.sql", "in/1/2/3/4/deep.sql", "out/e.sql"} {
		write(name, "select 1")
	}
	link("..", "in/1/loop")
	link("../a.sql", "in/1/same.sql")
	link(filepath.Join(dir, "out"), "in/1/linked")
	link("../../out/e.sql", "in/1/linked-file.sql")
	link(".hidden.sql", "in/kept.sql")
	link("nowhere", "in/1/gone")
	var got []string
	for doc, err := range Open([]string{filepath.Join(dir, "in"), "-"}, strings.NewReader("select 2")) {
		if doc.Found != (doc.Path != "-") {
			t.Errorf("%s: found in a folder: %v", doc.Path, doc.Found)
		}
		if err != nil {
			var s *Skipped
			if !errors.As(err, &s) {
				t.Errorf("%s: %v", doc.Path, err)
			}
			got = append(got, "("+filepath.Base(doc.Path)+")")
			continue
		}
		b, _ := io.ReadAll(doc)
		got = append(got, filepath.Base(doc.Path)+": "+string(b))
	}
	want := "(4), d.sql: select 1, c.sql: select 1, (gone), (linked), (linked-file.sql), (loop), (same.sql), a.sql: select 1, b.sql: select 1, (kept.sql), -: select 2"
	if strings.Join(got, ", ") != want {
		t.Errorf("%q\nwant %q", strings.Join(got, ", "), want)
	}
}

// A whole folder is read at any depth, without the code of others.
func TestWholeFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/b/c/d/e/f.sql", "node_modules/x.sql", "a/vendor/y.sql", ".git/z.sql"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("select 1"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for doc, err := range OpenWhole([]string{dir}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, filepath.Base(doc.Path))
	}
	if strings.Join(got, " ") != "f.sql" {
		t.Errorf("read: %v", got)
	}
}

// What pgverdict wrote is known by its beginning, quoted, fenced or gzipped as
// well; a plan above it is read, and nothing of the report.
func TestOwn(t *testing.T) {
	const plan = " Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n"
	for text, want := range map[string]string{
		"-- Exports the statistics views of one database as CSV files into the current folder, for: pgverdict review .\n\\set QUIET on\n": "own",
		"-- pgverdict export: writes CSV files\r\nSELECT 1;\r\n":                                                                          "own",
		"## pgverdict: a query on t, 3 s\n\n```sql\nCREATE INDEX i ON t (a);\n```\n":                                                      "own",
		"Hello,\nthis is what it says:\n\n> ## pgverdict: a query on t, 3 s\n> " + plan:                                                   "own",
		"\ufeffVERDICT  95% of the query's 1.45 s\r\n" + plan:                                                                             "own",
		"\x1b[1mVERDICT\x1b[0m  95% of the query's 1.45 s\n":                                                                              "own",
		"```\nVERDICT  Nothing known\n```\n":                                                                                              "own",
		"{\n  \"schema_version\": 1,\n  \"tool\": {\n    \"name\": \"pgverdict\",":                                                        "own",
		`{"findings":[],"plans":[],"tool":{"name":"pgverdict","version":"0.2"}}`:                                                          "own",
		`{"record":"report","report":"incident","database":null}` + "\n" + `{"record":"plan"}`:                                            "own",
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>pgverdict: a query</title>":                            "own",
		plan + "\n## pgverdict: a query on t\n\n" + plan:                                                                                  "plan: " + plan + "\n",
		"select 1 from t -- ours\n;\nVERDICT  slow\n":                                                                                     "query: select 1 from t -- ours\n;\n",
		"query,calls,total_exec_time\n\"select 1\n## pgverdict: no\n\",1,2\n":                                                             "rows: query,calls,total_exec_time\n\"select 1\n## pgverdict: no\n\",1,2\n",
		"-- pgverdict found this one\nselect 1":                                                                                           "query: -- pgverdict found this one\nselect 1",
		"[\n  {\n    \"description\": \"says \\\"x\\\"\",\n    \"check_name\": \"seq-scan\",":                                             "own",
		"Export complete. Next: pgverdict review .\n":                                                                                     "own",
		"Written. Now: pgverdict review .\n":                                                                                              "own",
		"VERDICT: guilty\n":                                                                                                               "unknown: VERDICT: guilty\n",
	} {
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		for _, r := range []io.Reader{strings.NewReader(text), &zipped} {
			for doc, err := range Open([]string{"-"}, r) {
				if err != nil {
					t.Fatal(err)
				}
				b, _ := io.ReadAll(doc)
				got := doc.Kind.String()
				if doc.Kind != Own {
					got += ": " + string(b)
				}
				if got != want {
					t.Errorf("%q: %q, want %q", text, got, want)
				}
			}
		}
	}
}

func FuzzSniff(f *testing.F) {
	for _, seed := range []string{"Seq Scan on t  (cost=0.00..1.00", "a,b\n1,2", "\xff\xfea\x00", "\x1f\x8b", "create table t (", "-> Sort", `{"a": [{"x": 1, "y": 2}, {"x": 3}], "b": [{"x": 4, "y": 5}]}`} {
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

// Text in UTF-16 is read as any other; where it ends early for an error below,
// the error is told.
func TestUTF16(t *testing.T) {
	text := "schemaname,relname,seq_scan,n_live_tup\n" + strings.Repeat("öffentlich,täglich,1,2 \U0001f418\n", 5000)
	var wide bytes.Buffer
	for _, u := range append([]uint16{0xFEFF}, utf16.Encode([]rune(text))...) {
		wide.Write([]byte{byte(u), byte(u >> 8)})
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write(wide.Bytes())
	_ = z.Close()
	cut := zipped.Bytes()[:zipped.Len()/2]
	for name, b := range map[string][]byte{"plain": wide.Bytes(), "gzip": zipped.Bytes(), "cut gzip": cut, "cut in a character": wide.Bytes()[:101]} {
		r, err := unpack(bytes.NewReader(b), 0)
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := io.ReadAll(r)
		whole := !strings.HasPrefix(name, "cut")
		if !strings.HasPrefix(text, string(got)) || whole != (len(got) == len(text)) || whole != (err == nil) {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(text), err)
		}
	}
}
