package plan

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// entryLines is an entry of auto_explain as the server writes it.
var entryLines = []string{
	"2026-06-27 00:00:07.369 UTC [40] shop@app LOG:  duration: 48.300 ms  plan:",
	"\tQuery Text: SELECT *",
	"\t  FROM parcel p JOIN depot d ON d.id = p.depot_id",
	"\tHash Join  (cost=13.50..980.22 rows=4100 width=44) (actual time=1.310..48.201 rows=4020 loops=1)",
	"\t  Hash Cond: (p.depot_id = d.id)",
	"\t  ->  Seq Scan on parcel p  (cost=0.00..900.00 rows=4100 width=40) (actual time=0.020..40.002 rows=4020 loops=1)",
	"\t        Filter: (state = 'late'::text)",
	"\t        Rows Removed by Filter: 61000",
	"\t  ->  Hash  (cost=9.00..9.00 rows=360 width=8) (actual time=0.510..0.512 rows=360 loops=1)",
	"\t        ->  Seq Scan on depot d  (cost=0.00..9.00 rows=360 width=8) (actual time=0.006..0.204 rows=360 loops=1)",
	"2026-06-27 00:00:09.100 UTC [40] shop@app LOG:  duration: 12.000 ms  statement: SELECT 1",
}

var commentOut = regexp.MustCompile(`/\*.*?\*/`)

// An entry is read whole, whatever carried the log and put before its lines, twice in
// a row as well.
func TestShippedLogs(t *testing.T) {
	each := func(form string) func([]string) string {
		return func(lines []string) string {
			var b strings.Builder
			for i, l := range lines {
				fmt.Fprintf(&b, strings.ReplaceAll(form, "%n", strconv.Itoa(i+1))+"\n", l)
			}
			return b.String()
		}
	}
	spaces := func(form string) func([]string) string {
		return func(lines []string) string { return strings.ReplaceAll(each(form)(lines), "\t", "        ") }
	}
	record := func(form string) func([]string) string {
		return func(lines []string) string {
			text := strconv.Quote(strings.Join(lines[:len(lines)-1], "\n"))
			return fmt.Sprintf(form, text) + "\n" + fmt.Sprintf(form, strconv.Quote(lines[len(lines)-1])) + "\n"
		}
	}
	for name, dress := range map[string]func([]string) string{
		"as written":              each("%s"),
		"docker compose":          each("db-1  | %s"),
		"docker compose, old":     each("shop_postgres_1    | %s"),
		"docker logs -t":          each("2026-06-27T00:00:07.369123456Z %s"),
		"kubectl logs --prefix":   each("[pod/db-0/postgres] %s"),
		"kubectl with times":      each("2026-06-27T02:00:07.369123456+02:00 %s"),
		"CRI":                     each("2026-06-27T00:00:07.369123456Z stderr F %s"),
		"journalctl":              each("Jun 27 00:00:07 dbhost postgres[40]: %s"),
		"journalctl, spaces":      spaces("Jun 27 00:00:07 dbhost postgres[40]: %s"),
		"journalctl -o short-iso": each("2026-06-27T00:00:07+0000 dbhost postgres[40]: %s"),
		"syslog, numbered":        each("Jun  7 00:00:07 dbhost postgres[40]: [7-%n] %s"),
		"syslog, tabs as #011": func(l []string) string {
			return strings.ReplaceAll(each("Jun 27 00:00:07 dbhost postgres[40]: [7-%n] %s")(l), "\t", "#011")
		},
		"syslog, ISO times": each("2026-06-27T00:00:07.369123+00:00 dbhost postgres[40]: [7-%n] %s"),
		"syslog, priority":  each("<134>Jun 27 00:00:07 dbhost postgres[40]: [7-%n] %s"),
		"logplex":           each("2026-06-27T00:00:07+00:00 app[postgres.40]: [SHOP] %s"),
		"logplex, numbered": each("2026-06-27T00:00:07+00:00 app[postgres.40]: [DATABASE] [7-%n] %s"),
		"Docker's json-file": func(l []string) string {
			return jsonLines(l, `{"log":%s,"stream":"stderr","time":"2026-06-27T00:00:07.369Z"}`)
		},
		"CRI, split": func(l []string) string {
			return splitLines(l, func(s string, end bool) string {
				return "2026-06-27T00:00:07.369123456Z stderr " + map[bool]string{true: "F ", false: "P "}[end] + s + "\n"
			}, 40)
		},
		"Docker, split": func(l []string) string {
			long := strings.Repeat("x", dockerBuffer)
			l = append([]string(nil), l...)
			l[1] = strings.Replace(l[1], "SELECT *", "SELECT * /* "+long+" */", 1)
			return splitLines(l, func(s string, end bool) string {
				return `{"log":` + strconv.Quote(s+map[bool]string{true: "\n"}[end]) + `,"stream":"stderr"}` + "\n"
			}, dockerBuffer)
		},
		"GCP":             record(`{"insertId": "a", "textPayload": %s, "severity": "INFO"}`),
		"Azure":           record(`{"category":"PostgreSQLLogs","properties":{"message":%s,"errorLevel":"LOG"}}`),
		"CloudWatch":      record(`{"timestamp":1782518407369,"message":%s}`),
		"two in one line": func(l []string) string { return strings.ReplaceAll(record(`{"textPayload": %s},`)(l), "\n", " ") },
		"the message alone": func(l []string) string {
			return strings.Replace(strings.Join(l[:len(l)-1], "\n"), "2026-06-27 00:00:07.369 UTC [40] shop@app LOG:  ", "", 1)
		},
		"a query broken at a margin": func(l []string) string { return strings.Replace(strings.Join(l, "\n"), "\n\t  FROM", "\nFROM", 1) },
		"CRLF":                       func(l []string) string { return strings.Join(l, "\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			text := dress(entryLines)
			plans, err := Parse([]byte(text + "\n" + text))
			if err != nil || len(plans) != 2 {
				t.Fatalf("%d plans, %v\n%s", len(plans), err, text)
			}
			for _, p := range plans {
				if p.Len() != 4 || p.ExecutionMs.Or(0) != 48.3 || len(p.Warnings) > 0 || strings.Join(strings.Fields(commentOut.ReplaceAllString(p.Query.Raw(), "")), " ") != "SELECT * FROM parcel p JOIN depot d ON d.id = p.depot_id" {
					t.Errorf("%d nodes, %v ms, %q, %v\n%s", p.Len(), p.ExecutionMs, p.Query.Raw(), p.Warnings, text)
				}
				if scan := p.Root.Children[0]; scan.Relation != "parcel" || len(p.Root.Children) != 2 {
					t.Errorf("%+v", scan)
				}
			}
		})
	}
}

// splitLines writes lines in parts of a length.
func splitLines(lines []string, one func(s string, end bool) string, length int) string {
	var b strings.Builder
	for _, l := range lines {
		for len(l) > length {
			b.WriteString(one(l[:length], false))
			l = l[length:]
		}
		b.WriteString(one(l, true))
	}
	return b.String()
}

// jsonLines writes each line as a record.
func jsonLines(lines []string, form string) string {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, form+"\n", strconv.Quote(l+"\n"))
	}
	return b.String()
}
