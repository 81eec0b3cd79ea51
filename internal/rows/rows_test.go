package rows

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// all reads a relation as lines of "line: value, value", errors among them.
func all(t *testing.T, text string) []string {
	t.Helper()
	lines, _ := allLost(t, strings.NewReader(text))
	return lines
}

// allLost is all, with how many records were lost.
func allLost(t *testing.T, in io.Reader) ([]string, int) {
	t.Helper()
	r, err := Open("f", in)
	if err != nil {
		return []string{err.Error()}, 0
	}
	lines := []string{strings.Join(r.Columns(), ",")}
	for range 1000 {
		row, err := r.Next()
		var bad *diag.SyntaxError
		switch {
		case errors.Is(err, io.EOF):
			lost, _ := r.Lost()
			return lines, lost
		case errors.As(err, &bad):
			lines = append(lines, err.Error())
		case err != nil:
			t.Fatal(err)
		default:
			var values []string
			for _, c := range r.Columns() {
				v, ok := row.Get(c)
				if !ok {
					v = "NULL"
				}
				values = append(values, v)
			}
			lines = append(lines, fmt.Sprintf("%d: %s", row.Line, strings.Join(values, "|")))
		}
	}
	t.Fatal("no end")
	return nil, 0
}

func TestCSV(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"quotes, commas, newlines", "A, b \n\"x, \"\"y\"\"\",\"1\n2\"\n3,\n", []string{"a,b", "2: x, \"y\"|1\n2", "4: 3|NULL"}},
		{"semicolons", "a;b\n1,5;2\n", []string{"a,b", "2: 1,5|2"}},
		{"tabs and nulls", "a\tb\n\\N\tNULL\n", []string{"a,b", "2: NULL|NULL"}},
		{"Windows", "\ufeffa,b\r\n1,2\r\n", []string{"a,b", "2: 1|2"}},
		{"a short record", "a,b\n1\n2,3\n", []string{"a,b", `f:2: expected 2 fields, got "1"`, "3: 2|3"}},
		{"a stray quote", "a,b\n1,x\"y\n2,3\n", []string{"a,b", `f:2: expected a record of 2 fields: bare " in non-quoted-field`, "3: 2|3"}},
		{"bytes that are no UTF-8", "a,b\n\xff,2\n", []string{"a,b", "2: \ufffd|2"}},
		{"empty", "", []string{"f is empty: expected a header line with column names"}},
		{"one word", "hello\n", []string{"f:1: expected a header line with column names"}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, all(t, test.text)); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
	}
}

func TestJSON(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{`{"data":{"rows":[{"a":1},{"a":2}]},"n":3}`, []string{"a", "1: 1", "1: 2"}},
		{`[[{"a":1,"b":null}]]`, []string{"a,b", "1: 1|NULL"}},
		{`{"SELECT ...":[{"A":"x","b":[1,2.50,null]},{"b":{"c":[{"d":1}]},"a":"y"}]}`, []string{"a,b", "1: x|{1,2.50,NULL}", "1: y|{\"c\":[{\"d\":1}]}"}},
		{"{\"a\":1}\n\n{\"a\":true}\n", []string{"a", "1: 1", "3: true"}},
		{`{"fields":[{"name":"a"}],"rows":[]}`, []string{"name", "1: a"}},
		{`{"rows":[{"a":1}],"fields":[{"name":"a"}]}`, []string{"a", "1: 1"}},
		{`{"table":"t","stats":{"seq_scan":"3","n":{"x":1}},"size":{"total":"1 kB","table":"no"}}`, []string{"table,stats,size,n,seq_scan,total", `1: t|{"n":{"x":1},"seq_scan":"3"}|{"table":"no","total":"1 kB"}|{"x":1}|3|1 kB`}},
		{`[{"a":1,"b":{"c":2}},{"a":3,"b":{"c":4}}]`, []string{"a,b,c", `1: 1|{"c":2}|2`, `1: 3|{"c":4}|4`}},
		{`{"a":{"b":1}}`, []string{"a", `1: {"b":1}`}},
		{"[{\"a\":1},\n{\"a\":2", []string{"a", "1: 1", "f:2: expected the rest of the JSON before the end of the input"}},
		{"[{\"a\":1},\n{\"a\" 2}]", []string{"a", "1: 1", "f:2: expected JSON"}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, all(t, test.text)); diff != "" {
			t.Errorf("%s:\n%s", test.text, diff)
		}
	}
}

func FuzzRows(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a;b\n\"1\";2", "a\tb\n\\N\t\n", "\"a\n", "a,a\n1,2", `[{"a":[1,null]},{"b":{}}]`, " a | b \n---+---\n 1 | 2+\n   | 3\n(1 row)\n", "-[ RECORD 1 ]\na | 1\n", "a|b\n1|2\n",
		"[{'a': None, 'b': datetime.datetime(2026, 1, 2)}]", "[RealDictRow([('a', 1)])]", "[<Record a=1 b='x'>]", "{\"a\"=>nil, :b=>1}", "[\n [0] {\n a: 'x' +\n 'y'}]",
		"<data><row><a>1</a></row></data>", "||a||b||\n|1|2|\n", "   a  b\n0  1  2\n", "[map[a:1 b:2] map[a:3 b:4]]", `{"cols":["a","b"],"rows":[[1,2]]}`, `{"a":[1],"b":[2]}`, "```a|b\n1|2```", "-- a | b\n-- --+--\n-- 1 | 2\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Open("f", strings.NewReader(text))
		if err != nil {
			return
		}
		for range len(text) + 2 {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil {
				for _, c := range r.Columns() {
					row.Get(c)
				}
			}
		}
		t.Error("more rows than bytes")
	})
}

func BenchmarkCSV(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		text := "a,b,c,d\n" + strings.Repeat("1,some text,\"quoted, text\",4\n", n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r, _ := Open("b", strings.NewReader(text))
				for {
					if _, err := r.Next(); err != nil {
						break
					}
				}
			}
		})
	}
}

// Rows that psql counted and that are not there were lost on the way; what
// stands behind its last line is no row.
func TestFooter(t *testing.T) {
	head := " id | name \n----+------\n  1 | a\n  2 | b\n"
	for _, test := range []struct {
		text   string
		rows   int
		warned bool
	}{
		{head + "(2 rows)\n\n", 2, false},
		{head + "(2 Zeilen)\nshop=# \n", 2, false},
		{head, 2, false},
		{head + "(5 rows)\nshop=# \\q\n", 2, true},
		{"id|name\n1|a\n2|b\n(2 rows)\n", 2, false},
		{"id|name\n1|a\n2|b\n(3 rows)\n", 2, true},
	} {
		r, err := Open("t", strings.NewReader(test.text))
		if err != nil {
			t.Fatal(err)
		}
		got, warned := 0, false
		for {
			_, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				warned = true
				continue
			}
			got++
		}
		if got != test.rows || warned != test.warned {
			t.Errorf("%q: %d rows, warned %t", test.text, got, warned)
		}
	}
}

// What ends a relation early is reported in each format, and counted as lost; what
// merely stands behind it is not.
func TestLost(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
		lost       int
	}{
		{"a statement that fails among its rows", "a,b,c\n1,2,3\nERROR:  canceling statement due to statement timeout\n",
			[]string{"a,b,c", "2: 1|2|3", "f:3: expected a row: the statement failed: ERROR: canceling statement due to statement timeout"}, 1},
		{"with psql's prefix, in German, and its details", "a;b;c\n1;2;3\npsql:ex.sql:7: FEHLER:  keine Berechtigung für Tabelle x\nHINT:  nothing\n",
			[]string{"a,b,c", "2: 1|2|3", "f:3: expected a row: the statement failed: FEHLER: keine Berechtigung für Tabelle x"}, 1},
		{"what it quotes of the data is hidden", "a|b|c\n1|2|3\nERROR:  invalid input syntax for type integer: \"x\" at '4711'\n",
			[]string{"a,b,c", "2: 1|2|3", "f:3: expected a row: the statement failed: ERROR: invalid input syntax for type integer: \"x\" at '?'"}, 1},
		{"a connection that is gone", " a | b | c\n---+---+---\n 1 | 2 | 3\nserver closed the connection unexpectedly\n",
			[]string{"a,b,c", "3: 1|2|3", "f:4: expected a row: the statement failed: server closed the connection unexpectedly"}, 1},
		{"expanded", "-[ RECORD 1 ]\na | 1\nb | 2\nFATAL:  terminating connection due to administrator command\n",
			[]string{"a,b", "2: 1|2", "f:4: expected a row: the statement failed: FATAL: terminating connection due to administrator command"}, 1},
		{"a last record that is cut", "a,b,c\n1,2,3\n4", []string{"a,b,c", "2: 1|2|3", `f:3: expected 3 fields, got "1"`}, 1},
		{"a last record in an open quote", "a,b,c\n1,2,3\n4,\"5", []string{"a,b,c", "2: 1|2|3", `f:3: expected a record of 3 fields: extraneous or missing " in quoted-field`}, 1},
		{"an expanded value that psql broke", "-[ RECORD 1 ]------\na | 1\nb | length = 1.\n  |.2 AND w = 1.1.\n  |. AND x = 2     +\n  | AND y = 3.\n",
			[]string{"a,b", "2: 1|length = 12 AND w = 1.1 AND x = 2\nAND y = 3."}, 0},
		{"a framed one", "+-[ RECORD 1 ]-----+\n| a | 1            |\n| b | length .|\n|   |.= 12 +|\n|   | x       |\n+---+--------------+\n",
			[]string{"a,b", "2: 1|length = 12\nx"}, 0},
		{"with lines of Unicode", "─[ RECORD 1 ]──\na │ 1\nb │ length = 1…\n  │…2\n", []string{"a,b", "2: 1|length = 12"}, 0},
		{"an expanded record that is cut", "-[ RECORD 1 ]\na | 1\nb | 2\n-[ RECORD 2 ]\na | 3", []string{"a,b", "2: 1|2", `f:5: expected 2 fields, got "1"`}, 1},
		{"rows that psql counted", "a|b\n1|2\n(3 rows)\n", []string{"a,b", "2: 1|2", `f:3: expected the 3 rows that psql counted, got "1"`}, 1},
		{"JSON that ends in a row", `[{"a":1,"b":2},{"a":3,`, []string{"a,b", "1: 1|2", "f:1: expected the rest of the JSON before the end of the input"}, 1},
		{"an empty first cell in a row that its columns do not fit", " a | b | c\n---+---+---\n   | 2 | 10000\n | 50000 | 6\n x | 70000 | \n", []string{"a,b,c", "3: NULL|2|10000", "4: NULL|50000|6", "5: x|70000|NULL"}, 0},
		{"a row that its frame does not fit", " a | b | c\n---+---+---\n 1000 | 2 | x | 3\n 4 | 5 | 6\n", []string{"a,b,c", `f:3: expected 3 fields, got "1"`, "4: 4|5|6"}, 1},
		{"cells that are wider than their columns", " a | b | c\n---+---+---\n 1000 | 2 | 3\n 4 | 5 | 6\n", []string{"a,b,c", "3: 1000|2|3", "4: 4|5|6"}, 0},
		{"a frame of other widths", "+---+--+----+\n| a | b | c |\n|---+--+----|\n| 1 | 2 | 3 |\n+---+--+----+\n", []string{"a,b,c", "4: 1|2|3"}, 0},
		{"a title above the frame", " My title\n+---+---+---+\n| a | b | c |\n+---+---+---+\n| 1 | 2 | 3 |\n+---+---+---+\n", []string{"a,b,c", "5: 1|2|3"}, 0},
		{"a table without its rule", " a | b | c\n 1 | 2 | 3\n(1 row)\n", []string{"a,b,c", "2: 1|2|3"}, 0},
		{"a mail", "> a,b,c\n> 1,2,3\n", []string{"a,b,c", "2: 1|2|3"}, 0},
		{"a fence in prose", "Look:\n\n```csv\na,b,c\n1,2,3\n```\nThanks, all\n", []string{"a,b,c", "5: 1|2|3"}, 0},
		{"a copy that begins within a fence", "SELECT a, b;\n```\n```\n a | b | c\n---+---+---\n 1 | 2 | 3\n```\n", []string{"a,b,c", "6: 1|2|3"}, 0},
		{"a comment", "-- The result:\n--\n--  a | b | c\n-- ---+---+---\n--  1 | 2 | 3\n-- (1 row)\nSELECT 1;\n", []string{"a,b,c", "5: 1|2|3"}, 0},
		{"a rule without columns", "a | b | c\n─────────\n1 | 2 | 3\n", []string{"a,b,c", "3: 1|2|3"}, 0},
		{"a rule with a column too few", "a | b | c\n---+---\n1 | 2 | 3\n", []string{"a,b,c", "3: 1|2|3"}, 0},
		{"a fence in the lines of the table", "Look:\n``` a | b | c\n---+---+---\n 1 | 2 | 3\n(1 row)```\n", []string{"a,b,c", "4: 1|2|3"}, 0},
		{"for Excel", "sep=;\na;b;c\n1;2;3\n", []string{"a,b,c", "3: 1|2|3"}, 0},
		{"cells copied from a sheet", "a\tb\tc\n1\tselect \"x\" from t\t3\n", []string{"a,b,c", "2: 1|select \"x\" from t|3"}, 0},
		{"names of NULL", "a,b,c,d,e\n<null>,[NULL],NaN,None,null\n", []string{"a,b,c,d,e", "2: NULL|NULL|NULL|NULL|NULL"}, 0},
		{"XML", "<?xml version=\"1.0\"?>\n<data>\n  <row>\n    <a>1</a>\n    <b>x &lt; y</b>\n    <c/>\n  </row>\n  <row>\n    <a>2</a>\n  </row>\n</data>\n", []string{"a,b,c", "4: 1|x < y|NULL", "9: 2|NULL|NULL"}, 0},
		{"HTML with a title", "<table><tr><th colspan=3>Title</th></tr>\n<tr><th>a</th><th>b</th><th>c</th></tr>\n<tr><td>1</td><td>2</td><td>3</td></tr></table>", []string{"a,b,c", "3: 1|2|3"}, 0},
		{"Python's dicts", "rows = [{'a': 1, 'b': None, 'c': \"it's\"},\n {'a': Decimal('2.5'), 'b': datetime.datetime(2026, 1, 31, 3, 12, 9, 5, tzinfo=datetime.timezone.utc), 'c': 'x\\ny'}]\nPrompt>", []string{"a,b,c", "1: 1|NULL|it's", "2: 2.5|2026-01-31 03:12:09.000005+00|x\ny"}, 0},
		{"Python's rows", "[RealDictRow([('a', 1), ('b', True), ('c', 'x')]), RealDictRow([('a', 2), ('b', None), ('c', (3))])]", []string{"a,b,c", "1: 1|true|x", "1: 2|NULL|{3}"}, 0},
		{"records", "[<Record a=1 b='x' c=None>, <Record a=2 b='y' c=1.5>]", []string{"a,b,c", "1: 1|x|NULL", "1: 2|y|1.5"}, 0},
		{"Ruby's hashes", "irb> rows\n=> [{\"a\"=>1, \"b\"=>nil, \"c\"=>2026-01-31 03:12:09.5 UTC},\n {:a=>2, :b=>\"x\\\"y\", :c=>3}]\n", []string{"a,b,c", "2: 1|NULL|2026-01-31 03:12:09.5+00", "3: 2|x\"y|3"}, 0},
		{"awesome_print", "[\n    [0] {\n        \"a\" => 1,\n        \"b\" => \"x\",\n        \"c\" => nil\n    }\n]\n", []string{"a,b,c", "2: 1|x|NULL"}, 0},
		{"JavaScript's objects", "[\n  {\n    a: '1',\n    b: 'x\\n' +\n      'y',\n    c: null\n  }\n]\n", []string{"a,b,c", "2: 1|x\ny|NULL"}, 0},
		{"an object that is cut", "[{'a': 1, 'b': 2, 'c': 3}, {'a': 4, 'b': 'x", []string{"a,b,c", "1: 1|2|3", "f:1: expected the rest of the JSON before the end of the input"}, 1},
		{"an INSERT that is cut", "INSERT INTO t (a, b, c) VALUES (1, 2, 3);\nINSERT INTO t (a, b, c) VALUES (4, 'x\ny", []string{"a,b,c", "1: 1|2|3", "f:2: expected INSERT INTO ... (columns) VALUES (...)"}, 1},
		{"Jira", "h2. Title\n||a||b||c||\n|1|x\\|y| |\n\nand so on\n", []string{"a,b,c", "3: 1|x|y|NULL"}, 0},
		{"a data frame", "    a      b                c\n0   1   None  select * from t\n10  2  3.000              NaN\n\n[2 rows x 3 columns]\n", []string{"a,b,c", "2: 1|NULL|select * from t", "3: 2|3.000|NULL"}, 0},
		{"a data frame in two blocks", "   a  b  \\\n0  1  2   \n1  4  5   \n\n   c  \n0  3  \n1  6  \n", []string{"a,b,c", "2: 1|2|3", "3: 4|5|6"}, 0},
		{"a data frame without some columns", "   a  ...  c\n0  1  ...  3\n.. .  ...  .\n9  4  ...  6\n", []string{"a,...,c", "f:2: expected all columns: pandas left out columns: print with to_string() or to_csv()", "2: 1|NULL|3", "f:3: expected all rows: pandas left out rows: print with to_string() or to_csv()", "4: 4|NULL|6"}, 2},
		{"console.table", "┌─────────┬─────┬─────┐\n│ (index) │  a  │  b  │\n├─────────┼─────┼─────┤\n│    0    │ 'x' │  5  │\n└─────────┴─────┴─────┘\n", []string{"(index),a,b", "4: 0|x|5"}, 0},
		{"Go's maps", "[map[a:1 b:select c::int from t c:<nil>] map[a:2 b:x c:y z]]\n", []string{"a,b,c", "1: 1|select c::int from t|NULL", "1: 2|x|y z"}, 0},
		{"Go's structs", "[{A:1 B: C:3} {A:2 B:x y C:4}]\n", []string{"a,b,c", "1: 1|NULL|3", "1: 2|x y|4"}, 0},
		{"columns and rows", `{"status": "ok", "data": {"cols": [{"name": "a"}, {"name": "b"}], "rows": [[1, "x"], [null, "y"]]}}`, []string{"a,b", "1: 1|x", "1: NULL|y"}, 0},
		{"rows below their names", `[["a", "b"], [1, "x"], [2, null]]`, []string{"a,b", "1: 1|x", "1: 2|NULL"}, 0},
		{"columns with their values", `{"a": [1, 2], "b": ["x", null]}`, []string{"a,b", "1: 1|x", "1: 2|NULL"}, 0},
		{"columns by the number of the row", `{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": null}}`, []string{"a,b", "1: 1|x", "1: 2|NULL"}, 0},
		{"marks of Markdown", "| a | `b` | c\\_d |\n|---|---|---|\n| `1` | **2** | x\\_y<br/>z |\n", []string{"a,b,c_d", "3: 1|2|x_y\nz"}, 0},
		{"a cell that ends in points", " a | b  | c\n---+----+-----\n 1 | 2  | x ...\n 3 | 4  | y ...\n", []string{"a,b,c", "3: 1|2|x ...", "4: 3|4|y ..."}, 0},
		{"a box with round corners", "  .-------------.\n  | a | b  | c  |\n  |---|----|----|\n  | 1 | 2  | 3  |\n  '-------------'\n", []string{"a,b,c", "4: 1|2|3"}, 0},
		{"INSERT", "INSERT INTO s.t (a, b, c) VALUES (1, 'x, (y) it''s', NULL), (4, '', -5);\nINSERT INTO s.t (a, b, c) VALUES (7,\n 8, 9);\n", []string{"a,b,c", "1: 1|x, (y) it's|NULL", "1: 4|NULL|-5", "2: 7|8|9"}, 0},
		{"titles and qualified names", "S.A,Total Exec Time,\"c\"\n1,2,3\n", []string{"a,total_exec_time,c", "2: 1|2|3"}, 0},
		{"rows below other keys", `{"at": 1, "payload": {"rows": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}}`, []string{"a,b", "1: 1|2", "1: 3|4"}, 0},
		{"a record with a field too few", "a,b,c\n1,2\n3,4,5\n", []string{"a,b,c", `f:2: expected 3 fields, got "2"`, "3: 3|4|5"}, 1},
		{"psql's time and a prompt", "a,b,c\n1,2,3\nTime: 4.2 ms\nshop=# \\q\n", []string{"a,b,c", "2: 1|2|3", `f:3: expected 3 fields, got "1": the line is not a row`, `f:4: expected 3 fields, got "1": the line is not a row`}, 0},
		{"rules between rows", "  n | a    | b\n ---+------+---\n  1 | x    | 5\n ---+------+---\n  2 | y    | 6\n 10 | z    | 7\n", []string{"n,a,b", "3: 1|x|5", "5: 2|y|6", "6: 10|z|7"}, 0},
		{"rules between rows of Markdown", "| a | b |\n|---|---|\n| x | 5 |\n|---|---|\n| y | 6 |\n", []string{"a,b", "3: x|5", "5: y|6"}, 0},
		{"a rule behind the rows", " a | b\n---+---\n 1 | 2\n---+---\n", []string{"a,b", "3: 1|2"}, 0},
		{"two columns of one name", "| Table | Rows | Table |\n|---|---|---|\n| orders | 5 | 16 kB |\n", []string{"table,rows,table_again", "3: orders|5|16 kB"}, 0},
		{"the time of the values", "| calls (24h) | idx_scan (2.2 h) | rows (last 7 days) | mean (ms) | n (est.) |\n|---|---|---|---|---|\n| 1 | 2 | 3 | 4 | 5 |\n", []string{"calls,idx_scan,rows,mean_ms,n_(est.)", "3: 1|2|3|4|5"}, 0},
		{"a row for the rest", "| # | query | calls |\n|---|---|---|\n| 1 | SELECT 1 | 5 |\n| 2 | … (the tail) | — |\n", []string{"#,query,calls", "3: 1|SELECT 1|5", "f:4: expected all rows: rows were left out here. Paste them all, or run: pgverdict export"}, 1},
		{"a row for the rest in CSV", "query,calls\nSELECT 1,5\n... 12 more,\n", []string{"query,calls", "2: SELECT 1|5", "f:3: expected all rows: rows were left out here. Paste them all, or run: pgverdict export"}, 1},
		{"a query that begins with points", "query,calls\n...rest of it,5\n", []string{"query,calls", "2: ...rest of it|5"}, 0},
		{"two files behind one another", "a,b,c\n1,2,3\na,b,c\n4,5,6\n", []string{"a,b,c", "2: 1|2|3", "f:3: expected a row: the header is repeated", "4: 4|5|6"}, 0},
		{"a text that speaks of errors", "a,b,c\n1,2,ERROR:  x\n\"ERROR:  y\",2,3\n", []string{"a,b,c", "2: 1|2|ERROR:  x", "3: ERROR:  y|2|3"}, 0},
	}
	for _, test := range tests {
		got, lost := allLost(t, strings.NewReader(test.text))
		if diff := cmp.Diff(test.want, got); diff != "" || lost != test.lost {
			t.Errorf("%s: %d lost, want %d\n%s", test.name, lost, test.lost, diff)
		}
	}
	got, lost := allLost(t, io.MultiReader(strings.NewReader("a|b\n1|2\n"), iotest.ErrReader(errors.New("the disk is gone"))))
	if diff := cmp.Diff([]string{"a,b", "2: 1|2", "f: expected the rest of the rows: the disk is gone"}, got); diff != "" || lost != 1 {
		t.Errorf("an input that fails: %d lost\n%s", lost, diff)
	}
}

// A row that is damaged costs no row behind it, unless its values may go on in
// the next line.
func TestUnalignedRowsAfterDamage(t *testing.T) {
	got := all(t, "id|query|calls|rows\n1|select\n2|select 2|5|6\n3|select\n  3|7|8\n")
	want := []string{"id,query,calls,rows", `f:2: expected 4 fields, got "2"`, "3: 2|select 2|5|6", "4: 3|select\n  3|7|8"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestWiki reads a table as MediaWiki writes it.
func TestWiki(t *testing.T) {
	got := strings.Join(all(t, "{| class=\"wikitable\"\n|+ dead rows\n|-\n! relname !! style=\"text-align:right\" | n_dead_tup\n|-\n| parcels || style=\"text-align:right\" | 900\n|-\n| depots || 7\n|}\nand so on\n"), "\n")
	if want := "relname,n_dead_tup\n6: parcels|900\n8: depots|7"; got != want {
		t.Errorf("got %s", got)
	}
}

// TestRowsNotJoined: what looks like the rest of a row, a rule or a quote and is none.
func TestRowsNotJoined(t *testing.T) {
	frame := "+----------+------------+---------+\n"
	for name, c := range map[string]struct{ text, want string }{
		"a NULL in the first column": {
			frame + "| relation | mode       | granted |\n" + frame + "| parcels  | AccessLock | t       |\n|          | OtherLock  | t       |\n" + frame,
			"relation,mode,granted\n4: parcels|AccessLock|t\n5: NULL|OtherLock|t",
		},
		"the same without a rule": {
			" relation | mode | granted\n parcels | AccessLock | t\n  | OtherLock | t\n",
			"relation,mode,granted\n2: parcels|AccessLock|t\n3: NULL|OtherLock|t",
		},
		"tabs, empty fields, a quoted newline": {
			"queryid\tquery\tcalls\n1\t\t7\n2\t\"SELECT \"\"a\"\"\nFROM t\"\t8\n",
			"queryid,query,calls\n2: 1|NULL|7\n3: 2|SELECT \"a\"\nFROM t|8",
		},
		"semicolons, a newline without quotes": {
			"queryid;query;calls\n1;SELECT a\nFROM t;7\n2;SELECT b;8\n",
			"queryid,query,calls\n2: 1|SELECT a\nFROM t|7\n4: 2|SELECT b|8",
		},
		"a short record": {
			"relname;n_live_tup;n_dead_tup\nparcels;1\ndepots;2;3\n",
			"relname,n_live_tup,n_dead_tup\nf:2: expected 3 fields, got \"2\"\n3: depots|2|3",
		},
		"an underlined title": {
			"Dead rows\n=========\n relname | n_dead_tup \n---------+------------\n parcels |        900\n",
			"relname,n_dead_tup\n5: parcels|900",
		},
	} {
		if got := strings.Join(all(t, c.text), "\n"); got != c.want {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}
