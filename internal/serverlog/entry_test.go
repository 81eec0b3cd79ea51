package serverlog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func read(text string) []Entry {
	var list []Entry
	r := NewReader(func(e *Entry) { list = append(list, *e) })
	for piece := range strings.SplitAfterSeq(text, "o") { // a piece ends anywhere
		_, _ = r.Write([]byte(piece))
	}
	r.Close()
	return list
}

// messages are what the server writes to stderr with log_line_prefix '%m [%p] db=%d '.
var messages = []string{
	"2026-06-27 00:00:07.369 UTC [40] db=shop LOG:  duration: 48.300 ms  statement: SELECT *",
	"\t  FROM parcel p",
	"\t WHERE \"note\" = 'ERROR:  late'",
	"2026-06-27 00:00:08.100 UTC [41] db=shop LOG:  duration: 12.000 ms  execute <unnamed>: SELECT $1",
	"2026-06-27 00:00:08.100 UTC [41] db=shop DETAIL:  parameters: $1 = 'x'",
	"2026-06-27 00:00:09.000 UTC [40] db=shop ERROR:  canceling statement due to statement timeout",
	"2026-06-27 00:00:09.000 UTC [40] db=shop STATEMENT:  SELECT *",
	"\t  FROM parcel",
}

// cells puts the messages into the second column of CSV.
func cells(lines []string) string {
	text := strings.ReplaceAll(strings.Join(lines, "\n"), `"`, `""`)
	return "2026-06-27T00:00:07Z,\"" + strings.ReplaceAll(text, "\n2026", "\",stderr\n2026-06-27T00:00:07Z,\"2026") + "\",stderr\n"
}

// Of a plan, the lines are read elsewhere. What follows them is not.
func TestPlan(t *testing.T) {
	const head = "2026-06-27 00:00:08.100 UTC [41] "
	got := read(head + "LOG:  duration: 12.000 ms  plan:\n\tQuery Text: SELECT 1\n\tResult  (cost=0.00..0.01 rows=1 width=4)\n" +
		head + "CONTEXT:  SQL function\n\t\"f\"\n" + head + "LOG:  duration: 13.000 ms  statement: SELECT\n\t1\n")
	if len(got) != 2 || got[0].Text != "duration: 12.000 ms  plan:" || got[0].Context != "SQL function\n\"f\"" || got[1].Text != "duration: 13.000 ms  statement: SELECT\n1" {
		t.Errorf("%+v", got)
	}
}

// An entry is whole, whatever carried the log and put before its lines.
func TestCarried(t *testing.T) {
	each := func(form string) string {
		var b strings.Builder
		for i, l := range messages {
			fmt.Fprintf(&b, strings.ReplaceAll(form, "%n", strconv.Itoa(i+1))+"\n", l)
		}
		return b.String()
	}
	// Carriers that know the process put it before each line.
	byProcess := func(form string) string {
		var b strings.Builder
		pid := ""
		for i, l := range messages {
			if _, rest, ok := strings.Cut(l, " UTC ["); ok {
				pid, _, _ = strings.Cut(rest, "]")
			}
			fmt.Fprintf(&b, strings.NewReplacer("%n", strconv.Itoa(i+1), "%p", pid).Replace(form)+"\n", l)
		}
		return b.String()
	}
	records := func(key string, more map[string]any, indent string) string {
		var b strings.Builder
		text := ""
		flush := func() {
			if text == "" {
				return
			}
			record := map[string]any{key: text}
			for k, v := range more {
				record[k] = v
			}
			line, _ := json.MarshalIndent(record, "", indent)
			if indent == "" {
				line = []byte(strings.ReplaceAll(string(line), "\n", ""))
			}
			b.Write(append(line, '\n'))
		}
		for _, l := range messages {
			if strings.HasPrefix(l, "\t") {
				text += "\n" + l
				continue
			}
			flush()
			text = l
		}
		flush()
		return b.String()
	}
	perLine := func(form string) string {
		var b strings.Builder
		for _, l := range messages {
			fmt.Fprintf(&b, form+"\n", strconv.Quote(l+"\n"))
		}
		return b.String()
	}
	want := read(each("%s"))
	if len(want) != 3 || want[0].Text != "duration: 48.300 ms  statement: SELECT *\n  FROM parcel p\n WHERE \"note\" = 'ERROR:  late'" ||
		want[1].Detail != "parameters: $1 = 'x'" || want[1].Session != "41" || want[2].Query != "SELECT *\n  FROM parcel" || want[0].Database != "shop" || want[2].Severity != "ERROR" ||
		want[0].Time.Format("15:04:05.000") != "00:00:07.369" {
		t.Fatalf("%+v", want)
	}
	for name, text := range map[string]string{
		"docker compose":           each("db-1  | %s"),
		"kubectl logs --prefix":    each("[pod/db-0/postgres] %s"),
		"CRI":                      each("2026-06-27T00:00:07.369123456Z stderr F %s"),
		"kubectl with times":       each("2026-06-27T02:00:07.369123456+02:00 %s"),
		"journalctl":               byProcess("Jun 27 00:00:07 dbhost postgres[%p]: %s"),
		"syslog, numbered":         byProcess("Jun 27 00:00:07 dbhost postgres[%p]: [7-%n] %s"),
		"syslog, #011":             strings.ReplaceAll(byProcess("Jun 27 00:00:07 dbhost postgres[%p]: [7-%n] %s"), "\t", "#011"),
		"syslog with ISO times":    byProcess("2026-06-27T00:00:07+00:00 dbhost postgres[%p]: %s"),
		"carriage returns":         strings.ReplaceAll(each("%s"), "\n", "\r\n"),
		"byte order mark":          "\ufeff" + each("%s"),
		"Docker's records":         perLine(`{"log":%s,"stream":"stderr","time":"2026-06-27T00:00:07.4Z"}`),
		"Google Cloud":             records("textPayload", map[string]any{"insertId": "a", "severity": "INFO", "resource": map[string]any{"type": "cloudsql_database"}}, ""),
		"Google Cloud, indented":   records("textPayload", map[string]any{"insertId": "a"}, "  "),
		"CloudWatch":               "[" + strings.TrimSuffix(strings.ReplaceAll(records("message", map[string]any{"timestamp": 1}, ""), "\n", ","), ",") + "]\n",
		"CloudWatch, aws logs":     `{"events":[` + strings.TrimSuffix(strings.ReplaceAll(records("message", nil, ""), "\n", ","), ",") + "]}\n",
		"Azure":                    strings.ReplaceAll(strings.ReplaceAll(records("message", nil, ""), "{", `{"category":"PostgreSQLLogs","properties":{"errorLevel":"LOG",`), "}", "}}"),
		"quoted in a mail":         "> " + strings.TrimSuffix(strings.ReplaceAll(each("%s"), "\n", "\n> "), "> "),
		"in a fence":               "```\n" + each("%s") + "```\n\nWhat is wrong?\n",
		"a table of records":       "timestamp,message,stream\n" + cells(messages),
		"in prose":                 "This is the log:\n\n" + each("%s"),
		"one blank for two blanks": strings.NewReplacer("LOG:  ", "LOG: ", "DETAIL:  ", "DETAIL: ", "STATEMENT:  ", "STATEMENT: ", "ERROR:  canc", "ERROR: canc").Replace(each("%s")),
	} {
		got := read(text)
		for i := range got {
			got[i].Line, got[i].Exact = 0, true
		}
		for i := range want {
			want[i].Line = 0
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s\n%s", name, diff, text)
		}
	}
}

// Lines of several processes mix if syslog carries them.
func TestMixed(t *testing.T) {
	got := read("Jun 27 00:00:07 h postgres[40]: [7-1] LOG:  duration: 48.300 ms  statement: SELECT *\n" +
		"Jun 27 00:00:07 h postgres[41]: [3-1] LOG:  duration: 3.0 ms  statement: SELECT 1,\n" +
		"Jun 27 00:00:07 h postgres[40]: [7-2] #011FROM parcel\n" +
		"Jun 27 00:00:07 h postgres[41]: [3-2] #0112\n" +
		"Jun 27 00:00:07 h postgres[40]: [7-3] DETAIL:  parameters: none\n")
	if len(got) != 2 || got[0].Text != "duration: 48.300 ms  statement: SELECT *\nFROM parcel" || got[0].Detail != "parameters: none" || got[1].Text != "duration: 3.0 ms  statement: SELECT 1,\n2" {
		t.Errorf("%+v", got)
	}
}

// Each form of log_line_prefix gives the session, and the database if it is in it.
func TestPrefixes(t *testing.T) {
	for prefix, want := range map[string]Entry{
		"2026-11-01 20:17:33 UTC:10.0.0.4(51401):app@post:[20768]:":                                        {Session: "20768", Database: "post"}, // RDS
		"2026-11-01 20:17:33 UTC::@:[20768]:":                                                              {Session: "20768"},
		"2026-11-01 20:17:33 UTC-6543abcd.5120-":                                                           {Session: "6543abcd.5120"}, // Azure
		"2026-11-01 20:17:33.123 UTC [20768]: [1-1] db=post,user=app ":                                     {Session: "20768", Database: "post"},
		"2026-11-01 20:17:33.123 CET [20768] app@post ":                                                    {Session: "20768", Database: "post"},
		"2026-11-01 20:17:33 +02 [20768]: [3-1] user=[unknown],db=[unknown],app=[unknown],client=[local] ": {Session: "20768"},
		"2026-11-01 20:17:33.123 UTC [20768] ddl":                                                          {Session: "20768"}, // it ends in a name: %a, %d
		"2026-11-01 20:17:33.123 UTC [20768] reader-5":                                                     {Session: "20768"},
		"2026-11-01 20:17:33.123 UTC [20768] APP":                                                          {Session: "20768"},
		"2026-11-01 20:17:33.123 UTC [20768] app@post":                                                     {Session: "20768", Database: "post"},
		"db-1  | 2026-11-01 20:17:33.123 UTC [20768] psql":                                                 {Session: "20768"},
		"2026-11-01 20:17:33.123 UTC [20768] DBeaver - Main":                                               {Session: "20768"},
		"2026-11-01 20:17:33.123 UTC 20768 app post ":                                                      {Session: "20768"},
		"deploy\tStop containers\t2026-11-01T20:31:02.8542109Z  2026-11-01 20:17:33.805 UTC [20768] ":      {Session: "20768"}, // a job of CI
		"db-1  2026-11-01 20:31:02 2026-11-01 20:17:33.805 UTC ":                                           {Session: ""},
		"2026-11-01T20:31:02Z [db/postgres-0] 2026-11-01 20:17:33 UTC 20768 ":                              {Session: "20768"},
		"2026-11-01 20:17:33.123 UTC [20768] app@post 2026-11-01 19:02:11 UTC ":                            {Session: "20768", Database: "post"}, // %s
		"1793564253.123 [20768] ":                                                                          {Session: "20768"},
		`user="app" database="post" pid="20768" `:                                                          {Session: "20768", Database: "post"},
		"2026-11-01 20:17:33.123 UTC [20768] [queryid=-812] app@post ":                                     {Session: "20768", Database: "post", QueryID: "-812"},
	} {
		got := read(prefix + "LOG:  checkpoint starting: time\n")
		if len(got) != 1 || got[0].Session != want.Session || got[0].Database != want.Database || got[0].QueryID != want.QueryID || got[0].Text != "checkpoint starting: time" {
			t.Errorf("%q: %+v", prefix, got)
			continue
		}
		if strings.HasPrefix(prefix, "user") != got[0].Time.IsZero() || !got[0].Time.IsZero() && got[0].Time.Format("15:04:05") != "20:17:33" {
			t.Errorf("%q: %v", prefix, got[0].Time)
		}
	}
}

// The same entry as csvlog, jsonlog, and as CloudNativePG writes it.
func TestFields(t *testing.T) {
	want := Entry{Session: "6543abcd.5120", Database: "post", Severity: "LOG", Text: "duration: 1.5 ms  statement: SELECT \"a\",\n 'b'", Detail: "d", QueryID: "8123456789012345678"}
	for format, text := range map[string]string{
		"csvlog": `2026-11-01 20:17:33.123 UTC,"app","post",20768,"10.0.0.4:51401",6543abcd.5120,1,"SELECT",2026-11-01 20:10:00 UTC,3/45,0,LOG,00000,"duration: 1.5 ms  statement: SELECT ""a"",
 'b'","d",,,,,,,,"psql","client backend",,8123456789012345678`,
		"jsonlog": `{"timestamp":"2026-11-01 20:17:33.123 UTC","user":"app","dbname":"post","pid":20768,"session_id":"6543abcd.5120","error_severity":"LOG","message":"duration: 1.5 ms  statement: SELECT \"a\",\n 'b'","detail":"d","query_id":8123456789012345678}
{"level":"info","logger":"postgres","msg":"record","record":{"log_time":"2026-11-01 20:17:33.123 UTC","database_name":"post","process_id":"20768","session_id":"6543abcd.5120","error_severity":"LOG","message":"duration: 1.5 ms  statement: SELECT \"a\",\n 'b'","detail":"d","query_id":"8123456789012345678"}}`,
		"csvlog with a header": `session_id,log_time,database_name,error_severity,"message",detail,query_id
6543abcd.5120,2026-11-01 20:17:33.123 UTC,post,LOG,"duration: 1.5 ms  statement: SELECT ""a"",
 'b'",d,8123456789012345678
(1 row)`,
	} {
		got := read(text + "\n" + text + "\n")
		if len(got) < 2 {
			t.Errorf("%s: %+v", format, got)
		}
		format, _, _ := strings.Cut(format, " ")
		for _, e := range got {
			if e.Time.Format("20060102 150405.000") != "20261101 201733.123" || e.Format != format {
				t.Errorf("%s: %v, %s", format, e.Time, e.Format)
			}
			e.Time, e.Line, e.Format, e.Exact = want.Time, 0, "", false
			if diff := cmp.Diff(want, e); diff != "" {
				t.Errorf("%s: %s", format, diff)
			}
		}
	}
}

// A record of csvlog that was cut off does not swallow the next ones, and no line or text is kept
// beyond its bound.
// Messages that are noted as code, or as items of a list, end with their line or item.
func TestNoted(t *testing.T) {
	const noted = "2026-11-01 10:00:00 UTC [7] LOG:  duration: 5.5 ms  statement: SELECT 1"
	for name, text := range map[string]string{
		"code":               "`" + noted + "`\nThat is all.\n",
		"code in a list":     "* slow:\n  * `" + noted + "`\n* autovacuum: 12\n",
		"code in a mail":     "> - `" + noted + "`.\n> - done\n",
		"an item":            "- " + noted + "\n- the others are fast\n",
		"an item of its own": "1. " + noted + "\n2. nothing else\n",
	} {
		var got []string
		r := NewReader(func(e *Entry) { got = append(got, e.Text) })
		_, _ = r.Write([]byte(text))
		r.Close()
		if len(got) != 1 || got[0] != "duration: 5.5 ms  statement: SELECT 1" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// What is no part of an entry: prose behind a blank line, a message that a mail quotes once more,
// and the SQLSTATE in front of a message.
func TestTextOfMessages(t *testing.T) {
	const complete = "LOG:  checkpoint complete: wrote 5 buffers (0.1%); 0 transaction\nlog file(s) added\n"
	for text, want := range map[string]string{
		"LOG:  duration: 5 ms  statement: SELECT 1\n\nThe problem went away.\n":                             "duration: 5 ms  statement: SELECT 1",
		"LOG:  duration: 5 ms  statement: SELECT\n\t\n\t1\n":                                                "duration: 5 ms  statement: SELECT\n\n1",
		"LOG:  duration: 5 ms  statement: SELECT\n\n  1\n":                                                  "duration: 5 ms  statement: SELECT\n\n  1",
		complete + "\n> " + strings.ReplaceAll(strings.TrimSpace(complete), "\n", "\n> ") + "\n> Indeed.\n": "checkpoint complete: wrote 5 buffers (0.1%); 0 transaction\nlog file(s) added",
		"> " + complete: "checkpoint complete: wrote 5 buffers (0.1%); 0 transaction\nlog file(s) added",
		"2026-11-01 20:17:33 UTC [7] LOG:  00000: checkpoint starting: wal\n2026-11-01 20:17:33 UTC [7] LOCATION:  LogCheckpointStart, xlog.c:1\n": "checkpoint starting: wal",
	} {
		var got []string
		for _, e := range read(text) {
			got = append(got, strings.TrimSpace(e.Text))
		}
		if strings.Join(got, " | ") != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestBounds(t *testing.T) {
	head := `2026-11-01 20:17:33.123 UTC,"app","post",20768,"10.0.0.4:51401",6543abcd.5120,1,"SELECT",2026-11-01 20:10:00 UTC,3/45,0,LOG,00000,"duration: 1.5 ms  statement: SELECT `
	if got := read(head + "\n" + head + `1",,,,,,,,,"psql"` + "\n"); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	long := "2026-11-01 20:17:33 UTC [1] LOG:  duration: 1.5 ms  statement: SELECT " + strings.Repeat("x", 2*maxField) + "\n"
	for _, text := range []string{long, strings.ReplaceAll(long, "xxxxxxxx", "xxxxxxx\n\t")} {
		if got := read(text); len(got) != 1 || !got[0].Cut || len(got[0].Text) != maxField {
			t.Errorf("%d entries of %.80q", len(got), text)
		}
	}
	var many strings.Builder
	for i := range 10 * maxOpen {
		fmt.Fprintf(&many, "2026-11-01 20:17:33 UTC [%d] LOG:  duration: 1.5 ms  statement: SELECT 1\n", i)
	}
	if got := read(many.String()); len(got) != 10*maxOpen {
		t.Errorf("%d entries", len(got))
	}
}

// A line that holds nothing but what a carrier puts there is blank, although an editor cut its
// last blank.
func TestBlankCarried(t *testing.T) {
	for _, before := range []string{"db-1  | ", "shop-postgres-1 | ", "[pod/db-0/postgres] ", "2026-06-27T00:00:07.369123456Z stderr F ", "2026-06-27T02:00:07.369+02:00 "} {
		lines := slices.Insert(slices.Clone(messages), 2, "")
		got := read(before + strings.Join(append(lines, ""), "\n"+before))
		for _, text := range []string{strings.TrimRight(before, " ") + "\n" + before + strings.Join(lines, "\n"+before)} {
			text = strings.ReplaceAll(text, "\n"+before+"\n", "\n"+strings.TrimRight(before, " ")+"\n") + "\n" + strings.TrimRight(before, " ")
			if cut := read(text); len(got) != 3 || len(cut) != 3 || got[0].Text != cut[0].Text || strings.TrimSpace(got[2].Query) != strings.TrimSpace(cut[2].Query) {
				t.Errorf("%q: %+v\n%s", before, cut, text)
			}
		}
	}
}

// A client shows a message with and without its severity, and calls its parts in its own way.
func TestClients(t *testing.T) {
	const blocked = "Process 7 waits for ShareLock on transaction 9; blocked by process 8."
	for name, text := range map[string]string{
		"psql":             "ERROR:  deadlock detected\nDETAIL:  " + blocked + "\nProcess 8 waits for ShareLock on transaction 3; blocked by process 7.\nHINT:  See server log for query details.\nCONTEXT:  while updating tuple (0,1) in relation \"pens\"\n\nWhat now?\n",
		"a script of psql": "psql:fill.sql:12: ERROR:  deadlock detected\nDETAIL:  " + blocked + "\n",
		"psycopg":          "Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\npsycopg2.errors.DeadlockDetected: deadlock detected\nDETAIL:  " + blocked + "\nHINT:  See server log for query details.\n",
		"SQLAlchemy":       "sqlalchemy.exc.OperationalError: (psycopg2.errors.DeadlockDetected) deadlock detected\nDETAIL:  " + blocked + "\n\n[SQL: UPDATE pens SET ink = 1]\n",
		"JDBC":             "Caused by: org.postgresql.util.PSQLException: ERROR: deadlock detected\n  Detail: " + blocked + "\n  Hint: See server log for query details.\n  Where: while updating tuple (0,1) in relation \"pens\"\n\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2553)\n",
		"Ruby":             "ActiveRecord::Deadlocked (PG::TRDeadlockDetected: ERROR:  deadlock detected\nDETAIL:  " + blocked + "\n",
		"PHP":              "SQLSTATE[40P01]: Deadlock detected: 7 ERROR:  deadlock detected\nDETAIL:  " + blocked + "\n",
		"pgx":              "2026/11/01 20:17:33 fill pens: ERROR: deadlock detected (SQLSTATE 40P01)\n",
		"node":             "error: deadlock detected\n    at Parser.parseErrorMessage (parser.js:369:69) {\n  length: 341,\n  severity: 'ERROR',\n  code: '40P01',\n  detail: '" + blocked + "\\n' +\n    'Process 8 waits for ShareLock on transaction 3; blocked by process 7.',\n  hint: 'See server log for query details.',\n",
		"Npgsql":           "Npgsql.PostgresException (0x80004005): 40P01: deadlock detected\n\nDETAIL: " + blocked + "\n",
		"Postgrex":         "** (Postgrex.Error) ERROR 40P01 (deadlock_detected) deadlock detected\n",
		"Prisma":           "ConnectorError(PostgresError { code: \"40P01\", message: \"deadlock detected\", severity: \"ERROR\" })\n",
		"a code alone":     "o.h.engine.jdbc.spi.SqlExceptionHelper : SQL Error: 0, SQLState: 40P01\n",
		"a log of a job":   "2026-11-01 20:17:33,120 ERROR worker: psycopg.errors.DeadlockDetected: deadlock detected\nDETAIL:  " + blocked + "\n",
	} {
		got := read(text)
		if len(got) != 1 || got[0].Text != "deadlock detected" && !strings.HasPrefix(got[0].Text, "deadlock detected\n") || got[0].Severity != "ERROR" || got[0].Placed() || !strings.HasPrefix(got[0].Detail, blocked) && strings.Contains(text, blocked) ||
			strings.Contains(got[0].Context, "What") || !Sniff([]byte(text)) {
			t.Errorf("%s: %+v", name, got)
		}
		if psql := strings.Contains(name, "psql"); psql == got[0].ByDriver {
			t.Errorf("%s: by a driver: %v", name, got[0].ByDriver)
		}
	}
	for text, want := range map[string]string{
		"pq: sorry, too many clients already\n": "FATAL sorry, too many clients already",
		"psycopg2.OperationalError: connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  sorry, too many clients already\n\n":  "FATAL sorry, too many clients already",
		"failed to connect: server error (FATAL: remaining connection slots are reserved for roles with SUPERUSER (SQLSTATE 53300))\n":         "FATAL remaining connection slots are reserved for roles with SUPERUSER",
		"asyncpg.exceptions.QueryCanceledError: canceling statement due to statement timeout\n":                                                "ERROR canceling statement due to statement timeout",
		"Query failed: org.postgresql.util.PSQLException: ERROR: canceling statement due to lock timeout\n":                                    "ERROR canceling statement due to lock timeout",
		"shop=> insert into pens values (1);\nERROR:  database is not accepting commands to avoid wraparound data loss in database \"shop\"\n": "ERROR database is not accepting commands to avoid wraparound data loss in database \"shop\"",
		"error: could not extend file \"base/5/1259\": No space left on device\n":                                                              "ERROR could not extend file \"base/5/1259\": No space left on device",
	} {
		got := read(text)
		if len(got) != 1 || got[0].Severity+" "+strings.TrimSpace(got[0].Text) != want || !Sniff([]byte(text)) {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// A record is whole although a width or a mail broke its lines, or a line of prose holds it.
func TestBroken(t *testing.T) {
	const csv = `2026-11-01 20:17:33.123 UTC,"app","post",20768,"10.0.0.4:51401",6543abcd.5120,1,"SELECT",2026-11-01 20:10:00 UTC,3/45,0,LOG,00000,"duration: 1.5 ms  statement: SELECT ""ink"" FROM pens WHERE nib = 5",,,,,,,,,"psql","client backend",,0`
	const record = `{"timestamp":"2026-11-01 20:17:33.123 UTC","user":"app","dbname":"post","pid":20768,"session_id":"6543abcd.5120","error_severity":"LOG","message":"duration: 1.5 ms  statement: SELECT \"ink\" FROM pens WHERE nib = 5"}`
	atBlanks := func(s string, width int) string {
		var b strings.Builder
		n := 0
		for i, word := range strings.Split(s, " ") {
			if n += 1 + len(word); i > 0 && n > width {
				b.WriteByte('\n')
				n = len(word)
			} else if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(word)
		}
		return b.String() + "\n"
	}
	atWidth := func(s string, width int) string {
		var b strings.Builder
		for len(s) > width {
			b.WriteString(s[:width] + "\n")
			s = s[width:]
		}
		return b.String() + s + "\n"
	}
	for name, text := range map[string]string{
		"csvlog, a mail":               atBlanks(csv, 70),
		"csvlog, a narrow mail":        atBlanks(csv, 72) + "\nIs it slow?\n",
		"csvlog, a terminal":           atWidth(csv, 80),
		"csvlog, a wide terminal":      atWidth(csv, 100),
		"csvlog, two records":          atBlanks(csv, 70) + atBlanks(csv, 70),
		"csvlog, in a fence":           "I see:\n\n```\n" + atWidth(csv, 91) + "```\nIs it slow?\n",
		"csvlog, cut behind the text":  csv[:strings.Index(csv, ",,,")] + "\n",
		"csvlog, cut, then another":    csv[:strings.Index(csv, ",,,")] + "\n" + csv + "\n",
		"jsonlog, a mail":              atBlanks(record, 70),
		"jsonlog, a terminal":          atWidth(record, 80),
		"jsonlog, a wide terminal":     atWidth(record, 150) + record + "\n",
		"jsonlog, in prose":            "The log says " + record + " and nothing else.\n",
		"jsonlog, in prose and broken": "The log says " + atWidth(record, 80),
		"jsonlog, docker compose":      "db-1  | " + record + "\n" + "db-1  | " + record + "\n",
		"jsonlog, after a broken one":  "{\"a\": [\n" + record + "\n",
	} {
		got := read(text)
		if n := strings.Count(text, "20:17:33.123"); len(got) != n || n == 0 {
			t.Errorf("%s: %d entries\n%s", name, len(got), text)
		}
		for _, e := range got {
			if e.Text != `duration: 1.5 ms  statement: SELECT "ink" FROM pens WHERE nib = 5` || e.Severity != "LOG" || e.Session != "6543abcd.5120" || e.Time.Format("15:04:05.000") != "20:17:33.123" {
				t.Errorf("%s: %+v\n%s", name, e, text)
			}
		}
	}
	if got := read("{\"a\": [\n" + strings.Join(messages, "\n") + "\n"); len(got) != 3 {
		t.Errorf("behind a record without an end: %+v", got)
	}
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		strings.Join(messages, "\n"), "Jun 27 00:00:07 h postgres[40]: [7-2] #011FROM parcel\n", `{"log":"LOG:  x\n"}`, `[{"message":"ERROR:  x"},{"error_severity":"LOG","message":1}]`,
		"2026-11-01 20:17:33.123 UTC,\"app\",\"post\",20768,\"a\",6543abcd.5120,1,\"SELECT\",,,,LOG,,\"duration: 1.5 ms\n\",\n", "  \"a\": \"LOG:  b\",\n",
		"x.PSQLException: ERROR: deadlock detected\n  Detail: a\n\nb\n", "pq: deadlock detected\n code: '40P01'\n", "{\"timestamp\":\"a\n b\",\"error_severity\":\"LOG\",\n\"message\":\"c\"}\n",
		"2026-11-01 20:17:33.123 UTC,,,7,,1.1,1,,2026-11-01\n20:17:33 UTC,,0,LOG,00000,\"checkpoint\nstarting: wal\",,\n",
	} {
		f.Add(seed, 7)
	}
	f.Fuzz(func(t *testing.T, text string, size int) {
		whole := read(text)
		var pieces []Entry
		r := NewReader(func(e *Entry) { pieces = append(pieces, *e) })
		for b := []byte(text); len(b) > 0; {
			n := min(len(b), max(size, 1))
			_, _ = r.Write(b[:n])
			b = b[n:]
		}
		r.Close()
		if diff := cmp.Diff(whole, pieces); diff != "" {
			t.Error(diff)
		}
		Sniff([]byte(text))
	})
}

// Messages that no other program writes make a log, also with one blank and without a time.
func TestSniffAlone(t *testing.T) {
	for text, want := range map[string]bool{
		"LOG: temporary file: path \"base/pgsql_tmp/pgsql_tmp7.1\", size 8192\n":             true,
		"LOG: automatic vacuum of table \"shop.public.t\": index scans: 0\n":                 true,
		"LOG: process 7 still waiting for ShareLock on transaction 9 after 1000.1 ms\n":      true,
		"LOG: temporary files are deleted\n":                                                 false,
		"INFO: temporary file: path \"base/pgsql_tmp/pgsql_tmp7.1\", size 8192\n":            false,
		"ERROR: deadlock detected\nDETAIL: Process 7 waits for ShareLock on transaction 9\n": true,
		"WARNING:  database \"shop\" must be vacuumed within 9100200 transactions\n":         true,
		"checkpoints are occurring too frequently (13 seconds apart)\n":                      true,
		"process 7 acquired ShareLock on transaction 9 after 4868.3 ms\t\n":                  true,
		"select 1;\tprocess 7 still waiting for ShareLock on transaction 9 after 217.7 ms\n": true,
		"deadlock detected\tProcess 7 waits for ShareLock on transaction 9\n":                true,
		"the process 7 acquired ShareLock on transaction 9 after 4868.3 ms\n":                false,
		"checkpoint complete and checkpoint starting are messages\n":                         false,
		"I get pq: deadlock detected\n":                                                      true,
		"ERROR: relation \"t\" does not exist\n":                                             false,
		"pg_dump: error: could not write to output file: No space left on device\n":          false,
		"the error is not deadlock detected but a timeout\n":                                 false,
		"A deadlock: what does deadlock detected mean?\n":                                    false,
	} {
		if got := Sniff([]byte(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
