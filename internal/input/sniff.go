package input

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/mark"
	"github.com/pgverdict/pgverdict/internal/rows"
	"github.com/pgverdict/pgverdict/internal/schema"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// sniffers are tried in order, the most specific first: a query can mention
// plans.
var sniffers = []struct {
	kind   Kind
	format string
	is     func(head []byte) bool
}{
	{Schema, "sql", schema.IsDump},
	{Plan, "", plan.Sniff}, // its reader detects the format; definitions in the same file are another document
	{Schema, "sql", schema.Sniff},
	{Plan, "", isOtherPlan},
	{Other, "", isOther},
	{SQL, "sql", isSQL},
	{Schema, "sql", schema.HasPasted}, // among prose, or as a console echoed them
	{Rows, "csv", isTable},            // of no known view: its reader reports what is missing
}

// sniff returns the kind of a document from its first bytes, or the reason why
// it is unknown, if it is anything that is known, and the position where something begins
// that pgverdict wrote, or -1.
func sniff(head []byte) (kind Kind, format string, own int, reason error) {
	text := bytes.TrimPrefix(head, []byte("\ufeff"))
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return Unknown, "", -1, ErrEmpty
	case packedAs(text) != "":
		return Unknown, "", -1, errors.New("this is " + packedAs(text))
	case isBinary(text):
		return Unknown, "", -1, diag.Is("binary")
	case bareExplain.Match(text):
		return Unknown, "", -1, errors.New("this is EXPLAIN without a statement. Run: psql -X -o plan.txt -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...'")
	case workload.Sniff(code(text)): // its rows can quote anything
		return Rows, "csv", -1, nil
	case noRows.Match(text):
		return Unknown, "", -1, ErrNoRows
	}
	message, failed := rows.Failed(text)
	script := isSQL(text) && !isProse(text)
	says := schema.IsDump(text) || script || plan.Sniff(text) // a comment or a literal can say anything
	quotes := failed || says
	for _, u := range unusable {
		if (u.reformatted || !quotes) && !bytes.Contains(text, []byte("->")) && mark.Match(text, u.by, u.marks...) {
			return Unknown, "", -1, errors.New("this is " + u.what)
		}
	}
	if !quotes && wrappedTable.Match(text) {
		return Unknown, "", -1, errors.New("the lines of a table were wrapped and cannot be put together. Paste them unwrapped, or export the statistics: pgverdict export")
	}
	if (!says || script && len(rows.Fenced(text)) > 0 && !plan.Sniff(text)) && workload.SniffLog(text) { // a script has no fences
		return Log, "", -1, nil
	}
	own = ownStart(text)
	var fault error
	if own >= 0 {
		fault = exportFault(text[own:])
		own += len(head) - len(text)
		text = bytes.TrimPrefix(head[:own], []byte("\ufeff"))
	}
	figures := sync.OnceValue(func() bool { return signOf(text) != "" || withoutHeader(text) != "" })
	for _, s := range sniffers {
		if !s.is(text) || s.kind == Rows && figures() || s.kind == SQL && !script || s.kind == SQL && ofServer.Match(text) && rows.Framed(code(text)) != nil {
			continue
		}
		if s.kind == Other {
			reason = errors.New(workload.Recognize(rows.Columns(code(text))))
		}
		return s.kind, s.format, own, reason
	}
	if own >= 0 {
		return Own, "", own, fault
	}
	if failed {
		about, faulty := workload.AboutError(message)
		what := "a statement failed: " + message + ". Correct the statement and run it again"
		if !faulty {
			what = "a message of the server: " + message + ". Give the server's log around it"
			if about != "" {
				what = "a message of the server about " + about + strings.TrimPrefix(what, "a message of the server")
			}
		}
		return Unknown, "", -1, errors.New(what + ", or export the statistics: pgverdict export")
	}
	return Unknown, "", -1, nil
}

// tableLines matches two lines with bars between columns.
var tableLines = regexp.MustCompile(`(?m)^[^|\n]*\|[^|\n]*\|.*\n(?:[-+| :>]*\n)?[^|\n]*\|[^|\n]*\|`)

// wrappedTable matches a header and a rule that both go over several lines.
var wrappedTable = regexp.MustCompile(`(?m)^.*\|.*\n.*\|.*\n-[-+]*\n[-+]+\n`)

// isOtherPlan reports whether a text is a plan of another system, alone or below EXPLAIN, and
// no other statement.
func isOtherPlan(head []byte) bool {
	return plan.SniffOther(head) && (!isSQL(head) || explains.Match(head))
}

var explains = regexp.MustCompile(`(?i)^\s*explain\b`)

// isOther reports whether a text is rows that are known and that no rule uses.
func isOther(head []byte) bool { return workload.Recognize(rows.Columns(code(head))) != "" }

// ErrEmpty is the reason why an empty document holds nothing.
var ErrEmpty error = diag.Is("empty")

// bareExplain matches EXPLAIN with its options and nothing to explain.
var bareExplain = regexp.MustCompile(`(?i)^\s*explain(?:\s*\([^()]*\)|(?:\s+(?:analy[sz]e|verbose|buffers))*)\s*;?\s*$`)

// ErrNoRows is the reason why a document holds nothing: it is the result of a query that
// returned no row.
var ErrNoRows = errors.New("an empty result: the query returned no row")

var noRows = regexp.MustCompile(`^\s*(?:\[\s*\]|null|\(0 [^ )]+\))\s*$`)

// unusable are documents that are recognised and cannot be reviewed, each with what to
// give instead.
var unusable = []struct {
	by          *regexp.Regexp
	marks       []string
	reformatted bool // it looks like a plan and is none
	what        string
}{
	{regexp.MustCompile(`(?m)^\W*exclusive\s+inclusive\s+rows x\s+rows\s+loops\s+node|\(cost=\d{1,3}(,\d{3})+\.\d|\.\.\d{1,3}(,\d{3})+\.\d+ rows=\d`), []string{"exclusive", "(cost=", " rows="}, true,
		"the text of a page of explain.depesz.com, which has lost the tree and reformats the numbers. Paste the plan itself: the tab \"source\" of that page"},
	{regexp.MustCompile(`(?i)<title>[^<]*pgbadger|<meta[^>]*pgbadger`), []string{"<"}, false, "a report of pgBadger, which has no plans and no counters. Give the log that it was made of, if auto_explain wrote plans into it, or run: pgverdict export"},
	{regexp.MustCompile(`^\s*\[\((?:'|"|-?\d|None)`), []string{"[("}, false, "a list of rows without the names of their columns. Print them as well (dict rows, or cursor.description), or run: pgverdict export"},
	{regexp.MustCompile(`(?m)^# (?:HELP|TYPE) \w+ `), []string{"# "}, false, "a page of metrics for Prometheus, which has no statements and no definitions. Run: pgverdict export"},
	{regexp.MustCompile(`"(?:AlignedStartTime|MetricList|PerformanceInsights)"`), []string{"AlignedStartTime", "MetricList", "PerformanceInsights"}, false, "data of Performance Insights, which has loads and no plans. Run: pgverdict export"},
	{regexp.MustCompile(`(?m)^(?:mysql|MariaDB \[[^\]\n]*\])> `), []string{"mysql", "MariaDB"}, false, "a session of MySQL or MariaDB. For PostgreSQL, run: pgverdict export"},
	{regexp.MustCompile(`(?m)^[ \t>]*"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^,\n]*,[^,\n]*,[^,\n]*,"?p\d+"?,"?th-?\d+"?,`), []string{",th", `,"th`}, false,
		"a server log of Greenplum or one of its forks, whose columns are not those of PostgreSQL, and nothing in it was judged. Its column 17 has the severity (PANIC, FATAL, ERROR), column 19 the message: read those first"},
	{regexp.MustCompile(`(?m)^\S+ \S+ (?:\S+ )?\[?\d+\]? LOG (?:[CS]-0x[0-9a-f]+: |process up: pgbouncer|stats: )`), []string{"LOG"}, false, "a log of PgBouncer, which has no statements. Give the log of the server, or run: pgverdict export"},
}

// signs are of texts that hold nothing to review, unless something else is found in them.
var signs = []struct {
	by    *regexp.Regexp
	marks []string
	what  string
}{
	{regexp.MustCompile(`(?m)^[ \t>]*[a-zA-Z_:][\w:]*\{[a-zA-Z_]\w*="[^\n]*\}\s+(?:[-+]?\d[\d.eE+-]*|NaN|[-+]Inf)\b`), []string{"{"},
		"metrics of Prometheus, which have no statements and no definitions. Run: pgverdict export"},
	{regexp.MustCompile(`\bsample#[\w.-]+=[\d.]`), []string{"sample#"},
		"metrics of Heroku Postgres (sample#name=value), which no rule reads. Give the rows of heroku pg:outliers, pg:locks or pg:bloat, or run: pgverdict export"},
	{regexp.MustCompile(`(?m)^[ \t>]*=== [^\n]*\b(?:DATABASE_URL|HEROKU_POSTGRESQL_\w+)\b[^\n]*\n[ \t>]*Plan: `), []string{"=== "},
		"the output of heroku pg:info, which no rule reads: compare its rows and connections with the limits of the plan. Give the rows of heroku pg:outliers, pg:locks or pg:bloat, or run: pgverdict export"},
	{regexp.MustCompile(`(?im)^\W*(?:time consuming queries|slowest individual queries|normalized slowest queries|most frequent queries|queries generating the most)\b|^\W*rank\W+(?:(?:total|min|max) )?(?:duration|times executed)\b|\b\d+s\d{1,3}ms\b`), []string{"ueries", "ank", "ms"},
		"a list of pgBadger, which no rule reads. Give the log that it was made of, or run: pgverdict export"},
	{regexp.MustCompile(`(?m)^[ \t>]*(?:tps = \d|latency average(?: = |: )\d|number of transactions actually processed: )`), []string{"tps", "latency average", "transactions"},
		"the result of a load test (pgbench), which shows no statement of the server. While the test runs, export the statistics: pgverdict export"},
	{regexp.MustCompile(`\bPOSTGRES_[A-Z_]+ (?:OK|WARNING|CRITICAL|UNKNOWN): `), []string{"POSTGRES_"},
		"a line of check_postgres, which no rule reads. A percentage of autovac_freeze is of autovacuum_freeze_max_age, not of the limit of the wraparound. Export the statistics: pgverdict export"},
	{regexp.MustCompile(`(?m)^[ \t>]*remove_index :\w+, (?:name|column): ?["':]|(?i:\b\d+ (?:unused|duplicate) index(?:es)?\b[^\n]*\bremove them\b)`), []string{"remove_index", "emove them"},
		"a list of PgHero or a migration of Rails that removes indexes, without their scans and definitions. Do not drop them by that list alone: export the statistics: pgverdict export"},
	{regexp.MustCompile(`"[^"\n]+": scanned \d+ of \d+ pages, containing \d+ live rows and \d+ dead rows`), []string{": scanned "},
		"the output of ANALYZE VERBOSE, which counts the rows of a sample and which no rule reads. Export the statistics: pgverdict export"},
	{regexp.MustCompile(`Failed with result 'oom-kill'|killed by the OOM killer|Out of memory: Kill(?:ed)? process \d+|Memory cgroup out of memory`), []string{"oom-kill", "OOM killer", "ut of memory: Kill", "Memory cgroup out"},
		"lines of the kernel or of systemd: a process was killed because memory ran out, after which PostgreSQL ends all sessions or is down. See whether the server runs, then give its own log of that time, and look for what used the memory (journalctl -k)"},
	{regexp.MustCompile(`(?m)^[ \t>]*PID +DATABASE +APP +USER +CLIENT\b`), []string{"DATABASE"},
		"the screen of pg_activity, which cuts its rows and which no rule reads. Export the sessions and their locks: pgverdict export"},
}

// listOf returns the first of the signs that a text has; empty if there is none.
func listOf(text []byte) string {
	for _, s := range signs {
		if mark.Match(text, s.by, s.marks...) {
			return s.what
		}
	}
	return ""
}

// figureOf matches a column and its value in a sentence.
var figureOf = regexp.MustCompile(`\b([a-z]+(?:_[a-z]+)+)["'*\x60]*(?:\s*[|:=]\s*|\s+(?:(?:is|was|at|of)\s+)*)["'*\x60~]*\d`)

// viewName matches the name of a view of statistics.
var viewName = regexp.MustCompile(`\bpg_stat_\w+`)

// signOf returns what a text is by its strongest sign, with what to give instead; empty if it
// has none.
func signOf(text []byte) string {
	if list := listOf(text); list != "" {
		return list
	}
	columns := viewName.FindAllString(string(text), -1)
	for _, m := range figureOf.FindAllSubmatch(text, -1) {
		columns = append(columns, string(m[1]))
	}
	if other := workload.OtherView(columns); other != "" && !isTable(text) {
		return other
	}
	return ""
}

// isTable reports whether the first line looks like a header with column names.
func isTable(head []byte) bool {
	columns := rows.Columns(head)
	for _, c := range columns {
		if c == "" || c[0] <= '9' || strings.Trim(c, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return false // a value, and so a row
		}
	}
	return len(columns) > 1
}

// packed are formats that hold a text which another program gets out of them.
var packed = []struct {
	magic string
	at    int
	what  string
}{
	{"PK\x03\x04", 0, "a zip archive: unzip it first"},
	{"7z\xbc\xaf\x27\x1c", 0, "a 7z archive: unpack it first"},
	{"ustar", 257, "a tar archive: unpack it first"},
	{"\xfd7zXZ\x00", 0, "packed with xz: unpack it first (xz -d)"},
	{"BZh", 0, "packed with bzip2: unpack it first (bzip2 -d)"},
	{"\x28\xb5\x2f\xfd", 0, "packed with zstd: unpack it first (zstd -d)"},
	{"PGDMP", 0, "a dump in pg_dump's custom format. Print its schema with: pg_restore -s -f schema.sql FILE"},
}

// packedAs returns what a text is packed as; empty if it is not.
func packedAs(text []byte) string {
	for _, p := range packed {
		if len(text) > p.at && bytes.HasPrefix(text[p.at:], []byte(p.magic)) && isBinary(text) {
			return p.what
		}
	}
	return ""
}

// isBinary reports whether the bytes are not text: they hold a NUL or many
// control characters.
func isBinary(b []byte) bool {
	if bytes.IndexByte(b, 0) >= 0 {
		return true
	}
	control := 0
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b {
			control++
		}
	}
	return control > len(b)/20
}

// proseWords are words that a sentence has, and no statement outside of its literals and
// comments.
var proseWords = map[string]bool{"the": true, "it": true, "that": true, "this": true, "these": true, "was": true, "were": true, "are": true, "we": true, "you": true, "our": true, "my": true, "which": true, "has": true, "have": true,
	"its": true, "but": true, "because": true, "there": true, "of": true, "should": true, "would": true, "never": true}

var (
	wordsOf = regexp.MustCompile(`[\pL_]+(?:'[\pL]+)?`)
	noWords = regexp.MustCompile(`--[^\n]*|(?s:/\*.*?\*/)|'[^'\n]*'|"[^"\n]*"|\b\w+\.\w+|\x60[^\x60\n]*\x60`)
)

// isProse reports whether the first paragraph of a text that begins like a statement is a
// sentence: With this setting it is slow. The beginning of a long one tells.
func isProse(text []byte) bool {
	const fewest, oneOf, most = 2, 8, 8 << 10
	text = bytes.TrimSpace(text)
	text = noWords.ReplaceAll(text[:min(len(text), most)], []byte(" "))
	if end := bytes.Index(text, []byte("\n\n")); end >= 0 {
		text = text[:end]
	}
	words, prose := wordsOf.FindAll(text, -1), map[string]bool{}
	n := 0
	for i, w := range words {
		if word := strings.ToLower(string(w)); proseWords[word] && i > 0 {
			prose[word] = true
			n++
		}
	}
	return len(prose) >= fewest && n*oneOf >= len(words)
}

// isSQL reports whether the first word begins a statement.
func isSQL(head []byte) bool {
	for t := range lex.Tokens(string(head)) {
		switch t.Kind {
		case lex.Comment:
		case lex.Word:
			return statementWords[strings.ToLower(t.Text)]
		case lex.Backslash:
			return false
		default:
			if t.Text != "(" {
				return false
			}
		}
	}
	return false
}

var statementWords = map[string]bool{
	"select": true, "with": true, "insert": true, "update": true, "delete": true, "merge": true, "values": true, "table": true,
	"explain": true, "prepare": true, "declare": true, "begin": true, "start": true, "set": true,
	"create": true, "alter": true, "drop": true, "truncate": true, "comment": true, "do": true, "reindex": true, "vacuum": true, "analyze": true, "cluster": true, "refresh": true, "lock": true, "grant": true, "revoke": true,
}
