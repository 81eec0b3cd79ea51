package rows

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
	"testing"
)

// FuzzValues prints rows in the formats that say where a value begins and ends: they are
// read as they were, or the reader says that it lost something.
func FuzzValues(f *testing.F) {
	for _, seed := range [][2]string{{"1", "SELECT 'x'"}, {"", "a,b"}, {"\n", "\""}, {"NULL", "\\N"}, {"| x |", "---"}, {"(1 row)", "```"}, {"-- a", "<td>"}, {"{1,2}", "[RECORD 1]"}, {" 1", "\t"}, {"=1", "null"}, {"a;b", "'"}} {
		f.Add(seed[0], seed[1], uint8(0))
	}
	quoted := func(comma rune) func(rows [][]string) string {
		return func(rows [][]string) string {
			var b strings.Builder
			w := csv.NewWriter(&b)
			w.Comma = comma
			_ = w.WriteAll(rows)
			return b.String()
		}
	}
	objects := func(rows [][]string, end string) string {
		var list []string
		for _, row := range rows[1:] {
			var fields []string
			for i, v := range row {
				b, _ := json.Marshal(v)
				fields = append(fields, fmt.Sprintf("%q: %s", rows[0][i], b))
			}
			list = append(list, "{"+strings.Join(fields, ", ")+"}")
		}
		return strings.Join(list, end)
	}
	formats := []func(rows [][]string) string{
		quoted(','), quoted(';'), quoted('\t'),
		func(rows [][]string) string { return "[" + objects(rows, ",\n ") + "]\n" },
		func(rows [][]string) string { return objects(rows, "\n") + "\n" },
		func(rows [][]string) string { // psql -H
			var b strings.Builder
			b.WriteString("<table border=\"1\">\n")
			for i, row := range rows {
				b.WriteString("  <tr>\n")
				for _, v := range row {
					tag := "td"
					if i == 0 {
						tag = "th"
					}
					fmt.Fprintf(&b, "    <%s>%s</%s>\n", tag, strings.ReplaceAll(html.EscapeString(v), "\n", "<br />\n"), tag)
				}
				b.WriteString("  </tr>\n")
			}
			return b.String() + "</table>\n"
		},
	}
	f.Fuzz(func(t *testing.T, a, b string, format uint8) {
		clean := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == '\ufffd' || r == '\ufeff' {
					return '.'
				}
				return r
			}, strings.ToValidUTF8(s, "."))
		}
		rows := [][]string{{"pid", "query", "calls"}, {"1", clean(a), "5"}, {"2", clean(b), "6"}}
		text := formats[int(format)%len(formats)](rows)
		r, err := Open("f", strings.NewReader(text))
		if err != nil {
			return // said
		}
		var got []string
		said := false
		for range len(text) + 2 {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				said = true
				continue
			}
			v, _ := row.Get("query")
			calls, _ := row.Get("calls")
			got = append(got, strings.TrimSpace(v)+"|"+calls)
		}
		if lost, _ := r.Lost(); said || lost > 0 {
			return
		}
		for i, row := range rows[1:] {
			want := strings.TrimSpace(row[1]) + "|" + row[2]
			if i >= len(got) || got[i] != want && !absent(row[1]) {
				t.Fatalf("%q is read as %q from\n%s", want, got, text)
			}
		}
		if len(got) != 2 {
			t.Fatalf("%q of\n%s", got, text)
		}
	})
}

// absent reports whether a value is one that formats print for NULL.
func absent(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || strings.EqualFold(s, "null") || s == `\N`
}
