package rows

import (
	"strings"
	"testing"
)

// wrapAt breaks lines as a terminal does. A copy can lose the blanks at their ends.
func wrapAt(text string, width int, trim bool) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		for first := true; first || line != ""; first = false {
			piece := line[:min(width, len(line))]
			line = line[len(piece):]
			if trim {
				piece = strings.TrimRight(piece, " ")
			}
			out.WriteString(piece + "\n")
		}
	}
	return out.String()
}

// A table whose lines a terminal broke is the table, at any width, with blanks at the
// ends of its pieces or without, and with prose and another table around it.
func TestUnwrap(t *testing.T) {
	const table = " relname | idx_scan |            query             \n" +
		"---------+----------+------------------------------\n" +
		" orders  |        7 | SELECT a FROM orders WHERE b\n" +
		" items   |          | \n" +
		" parcels |      123 | SELECT 1\n" +
		"(3 rows)\n"
	want := rowsOf(t, table)
	const before, after = "shop=# SELECT 1;\n\n", "\nTime: 3 ms\n"
	for width := 21; width < 51; width++ {
		for _, trim := range []bool{false, true} {
			text := before + wrapAt(table, width, trim) + after
			got := Unwrap([]byte(text))
			if got == nil {
				t.Errorf("width %d, blanks lost %v: not joined\n%s", width, trim, text)
				continue
			}
			if got := rowsOf(t, strings.TrimSuffix(strings.TrimPrefix(string(got), before), after)); got != want {
				t.Errorf("width %d, blanks lost %v:\n%s\nwant %s", width, trim, got, want)
			}
		}
	}
	for name, text := range map[string]string{
		"a whole table":    table,
		"a framed table":   "+------+------+\n+------+------+\n| a    | b    |\n+------+------+\n| 1    | 2    |\n",
		"lines of dashes":  "a | b\n-----+-----\n-----+-----\n",
		"a plan":           " QUERY PLAN\n-----------\n-----------\n Seq Scan on t\n",
		"other bars above": "a b c d e | f\n---+------\n---\n 1 | 2\n",
	} {
		if got := Unwrap([]byte(text)); got != nil {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

func rowsOf(t *testing.T, text string) string {
	t.Helper()
	r, err := Open("x", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	out := strings.Join(r.Columns(), ",")
	for {
		row, err := r.Next()
		if err != nil {
			return out + " " + err.Error()
		}
		for _, c := range r.Columns() {
			v, _ := row.Get(c)
			out += "|" + v
		}
	}
}

// A table without a rule is found below prose, and in a comment.
func TestBareTable(t *testing.T) {
	const table = "relname | idx_scan | size\norders  | 7        | 8 kB\nitems   |  | 16 kB\n"
	want := rowsOf(t, table)
	for name, text := range map[string]string{
		"prose":                                       "Sizes of today:\n\n" + table,
		"a prompt":                                    "shop=# SELECT a FROM t;\n" + table,
		"a comment":                                   "-- Output:\n-- relname | idx_scan | size\n-- orders  | 7        | 8 kB\n-- items   |  | 16 kB\n",
		"a comment with a rule":                       "# Output:\n#  relname | idx_scan | size\n# ---------+----------+-------\n#  orders  | 7        | 8 kB\n#  items   |          | 16 kB\n",
		"a block with marks":                          "/* ****\n**\n**  relname | idx_scan | size\n** ---------+----------+-------\n**  orders  | 7        | 8 kB\n**  items   |          | 16 kB\n",
		"cells without their widths":                  " relname | idx_scan | size\n---------+----------+-------\n orders | 7 | 8 kB\n items | | 16 kB\n",
		"a fence in a comment":                        "  // today:\n  // ```\n  // relname | idx_scan | size\n  // orders  | 7        | 8 kB\n  // items   |  | 16 kB\n  // ```\n  // and so on\n",
		"a fence in comment lines":                    "# ```text\n# relname | idx_scan | size\n# --- | --- | ---\n# orders  | 7        | 8 kB\n# items   |  | 16 kB\n# ```\n",
		"a header with a last bar":                    " relname | idx_scan | size |\n---------+-------------\n orders  | 7 | 8 kB\n items   | | 16 kB\n",
		"all lines with a last bar":                   " relname | idx_scan | size |\n---------+-------------\n orders  | 7 | 8 kB |\n items   | | 16 kB |\n",
		"a header that can be sorted by and entities": "| &nbsp;relname ▲ | idx_scan | ▼ size |\n|---|---|---|\n| orders | 7 | 8&nbsp;kB |\n| items | | 16&#160;kB |\n",
		"texts of a program":                          "rows = [\n  ' relname | idx_scan | size',\n  '---------+----------+-------',\n  ' orders  |        7 | 8 kB',\n  ' items   |          | 16 kB',\n  '(2 rows)',\n]\n",
		"a block of a page":                           "<p>Sizes:</p>\n<div class=\"out\"> relname | idx_scan | size\n---------+----------+-------\n orders  |        7 | 8 kB\n items   |          | 16 kB\n</div>\n",
		"a page's marks in it":                        "<pre><code> <b>relname</b> | idx_scan | size\n---------+----------+-------\n orders  |        7 | 8&nbsp;kB\n <em>items</em>   |          | 16 kB</code></pre>\n",
		"code in the cells":                           "Sizes\n\n relname | idx_scan | size\n ---|---|---\n ```orders``` | 7 | ```8 kB```\n ```items``` | | ```16 kB```\n",
		"a framed last line":                          "| relname | idx_scan | size\n|---------+----------+-------\n| orders | 7 | 8 kB\n| items | | 16 kB\n|(2 rows)\n",
		"a last line in a cell":                       "| relname | idx_scan | size |\n|---|---|---|\n| orders | 7 | 8 kB |\n| items | | 16 kB |\n| *(2 rows)* | | |\n",
		"the comment alone":                           "-- relname | idx_scan | size\n-- orders  | 7        | 8 kB\n-- items   |  | 16 kB\n",
	} {
		if got := rowsOf(t, text); got != want {
			t.Errorf("%s:\n%s\nwant %s", name, got, want)
		}
	}
}

// A table that a page put on one line is the table: with psql's count or without, with
// wide characters, and with bars in a cell.
func TestParted(t *testing.T) {
	for _, table := range []string{
		" relname | idx_scan | query\n---------+----------+--------------\n orders  |        7 | SELECT a\n items   |          | SELECT a | b\n(2 rows)\n",
		" pid |  query\n-----+----------\n   7 | SELECT 1\n   8 | \n",
		"  datname  | numbackends\n-----------+-------------\n магазин   |          41\n(1 row)\n",
	} {
		want := rowsOf(t, table)
		got := Unwrap([]byte("shop=# \n" + strings.ReplaceAll(table, "\n", "") + "\n"))
		if got := rowsOf(t, strings.TrimPrefix(string(got), "shop=# \n")); got != want {
			t.Errorf("%s:\n%s\nwant %s", table, got, want)
		}
	}
	// Of several tables, each with its query or without.
	for name, text := range map[string]string{
		"two":            " pid | state-----+--------   7 | idle   8 | active(2 rows) n | m---+---- 1 | 2(1 row)",
		"their queries":  "select pid, state from a; pid | state-----+--------   7 | idle   8 | active(2 rows)select n, m from b || c; n | m---+---- 1 | 2(1 row)",
		"an empty value": " pid | state-----+--------   7 | idle   8 | active(2 rows) select 1; n | m---+---- 1 | 1 | 2(2 rows)",
		"wide letters":   " pid | state-----+--------   7 | простаивает   8 | active(2 строки) n | m---+---- 1 | 2(1 строка)",
	} {
		got := Sections(Unwrap([]byte(text + "\n")))
		if len(got) != 2 {
			t.Errorf("%s: %d tables\n%s", name, len(got), Unwrap([]byte(text+"\n")))
			continue
		}
		for i, want := range []string{"pid,state|7|", "n,m|1|"} {
			if got := rowsOf(t, string(Unwrap([]byte(text + "\n"))[got[i].From:got[i].To])); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s, want %s...", name, got, want)
			}
		}
	}
	for _, text := range []string{"a | b ---+--- and more | of it\n", "---+---\n 1 | 2\n", " a | b\n---+---\n 1 | 2\n"} {
		if got := Unwrap([]byte(text)); got != nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// What a pager cut of the last column is unknown, and said. A column that is whole is kept,
// also below a rule that somebody drew.
func TestCutByPager(t *testing.T) {
	const table = "  relname  |      calls      \n-----------+-----------------\n orders    |        12345678\n"
	for text, want := range map[string]string{
		"":  "relname,calls|orders|12345678 EOF",
		"2": "relname,calls|orders| EOF",
		"5": "relname,calls|orders| EOF",
		">": "relname,calls|orders| EOF",
	} {
		cut := table
		if text != "" {
			cut = ""
			n, mark := 27, ">"
			if text != ">" {
				n, mark = 29-int(text[0]-'0'), ""
			}
			for line := range strings.Lines(table) {
				cut += line[:min(n, len(line)-1)] + mark + "\n"
			}
		}
		if got := rowsOf(t, cut); got != want {
			t.Errorf("%s\n%s\nwant %s", cut, got, want)
		}
		if _, lost := allLost(t, strings.NewReader(cut)); (lost > 0) != (text != "") {
			t.Errorf("%s\n%d rows are lost", cut, lost)
		}
	}
	if got := rowsOf(t, "name | calls\n-----+------\na    | 12345\n"); got != "name,calls|a|12345 EOF" {
		t.Errorf("drawn by hand: %s", got)
	}
}

// Columns and their values, one pair a line, with and without aligned bars.
func TestPairs(t *testing.T) {
	for text, want := range map[string]string{
		"pid              | 7\nusename          | app\nclient_hostname  |\nstate            | idle\n": "pid,usename,client_hostname,state|7|app||idle EOF",
		"pid|7\nusename|app\n": "pid,usename|7|app EOF",
		"\n checkpoints_timed | 0\n checkpoints_req   | 5\n ?column?          | 9\n": "checkpoints_timed,checkpoints_req,?column?|0|5|9 EOF",
		"relname | n_dead_tup\norders  | 5\n":                                        "relname,n_dead_tup|orders|5 EOF",
	} {
		got := strings.ReplaceAll(rowsOf(t, text), ", ", ",")
		if strings.ReplaceAll(got, " |", "|") != want {
			t.Errorf("%q:\n%s\nwant %s", text, got, want)
		}
	}
}
