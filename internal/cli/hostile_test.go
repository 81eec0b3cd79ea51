package cli

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/report/outside"
)

// attacks are texts that something which shows a report would obey.
const attacks = "\x1b[2J\x1b]0;title\x07\u009b31m\r\u202ekcab\u2066\u200b <script>alert(1)</script> <img src=x onerror=alert(1)> </code></pre></details> [link](http://evil.example) ![i](http://evil.example/i) @someone " +
	"{code} {html} [l|http://evil.example] !http://evil.example/i.png! =cmd|'/C calc'!A1 %0A::error::x ##vso[task.setvariable variable=x]y\n::error file=x::pwned\n::add-mask::a\n# Heading\n```\n| x | y |\n--> ]]> */ -- \" ' ; $("

// hostile writes an input of each kind with attacks wherever a user or an application
// chooses a text, under hostile names, and returns the folder.
func hostile(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "in\n::error::folder\x1b[2J <img src=x onerror=alert(1)>")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Skip(err)
	}
	quoted, err := json.Marshal(attacks)
	if err != nil {
		t.Fatal(err)
	}
	name := `"` + strings.ReplaceAll(attacks, `"`, `""`) + `"`
	rows := func(records ...[]string) string {
		var b strings.Builder
		if err := csv.NewWriter(&b).WriteAll(records); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	oneLine := strings.ReplaceAll(attacks, "\n", " ")
	for file, text := range map[string]string{
		"plan\n::error::x.json": `[{"Query Text": ` + string(quoted) + `, "Plan": {"Node Type": "Seq Scan", "Relation Name": ` + string(quoted) + `, "Schema": "public", "Alias": ` + string(quoted) + `, "Startup Cost": 0, "Total Cost": 99999,
"Plan Rows": 1, "Plan Width": 4, "Actual Startup Time": 1, "Actual Total Time": 9999, "Actual Rows": 1, "Actual Loops": 1, "Rows Removed by Filter": 9000000, "Filter": "(a = 1)", "Output": [` + string(quoted) + `]}, "Execution Time": 9999}]`,
		"text.txt": " Seq Scan on " + strings.ReplaceAll(name, "\n", " ") + "  (cost=0.00..99999.00 rows=1 width=4) (actual time=1.0..9999.0 rows=1 loops=1)\n   Filter: (a = 1)\n   Rows Removed by Filter: 9000000\n Execution Time: 9999 ms\n",
		"=cmd|' x'!A0.csv": rows([]string{"queryid", "query", "calls", "total_exec_time", "rows", "shared_blks_hit", "shared_blks_read"},
			[]string{"1", "/* " + strings.ReplaceAll(attacks, "*/", "") + " */ SELECT * FROM " + name + " WHERE a = $1 -- " + attacks, "100", "999999", "100", "100", "999999"}, []string{"2", attacks, "1", "99999", "1", "1", "1"}),
		"tables.csv":              rows([]string{"schemaname", "relname", "seq_scan", "seq_tup_read", "idx_scan", "n_tup_ins", "n_tup_upd", "n_tup_del", "n_live_tup", "n_dead_tup"}, []string{"public", attacks, "9999", "99999999", "0", "5", "5", "5", "1000000", "900000"}),
		"activity.csv":            rows([]string{"pid", "datname", "usename", "application_name", "state", "wait_event_type", "xact_start", "query_start", "state_change", "query", "now"}, []string{"1", attacks, attacks, attacks, "idle in transaction", "Client", "2026-01-01 00:00:00+00", "2026-01-01 00:00:00+00", "2026-01-01 00:00:00+00", attacks, "2026-01-01 09:00:00+00"}),
		"log\u202e.log":           strings.Repeat("2026-01-01 10:00:00.000 UTC [12] app="+oneLine+" LOG:  duration: 1234.5 ms  statement: SELECT "+oneLine+" FROM t\n2026-01-01 10:00:01.000 UTC [12] ERROR:  deadlock detected "+oneLine+"\n", 5),
		"[a](evil.example).sql":   "CREATE TABLE " + name + " (" + name + " money, b json, id integer);\nCOMMENT ON TABLE " + name + " IS 'x';\nCREATE INDEX " + strings.ReplaceAll(name, "<", "<i") + " ON " + name + " (b);\n",
		"2_<script>alert(1).sql":  "ALTER TABLE " + name + " ALTER COLUMN id TYPE bigint; -- " + oneLine + "\nDROP TABLE " + name + ";\n",
		"what\r\n::warning::x.md": oneLine,
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o666); err != nil {
			t.Skip(err)
		}
	}
	return dir
}

var (
	obeyed     = regexp.MustCompile(`(?im)^\s*::(?:error|warning|notice|add-mask)\b.*(?:pwned|folder|::x|::a\b)|##vso\[`)
	ownCommand = regexp.MustCompile(`^::(?:notice|error|warning) (?:file=[^:,]*,(?:line=\d+,)?)?title=[^:,]*::[^\r\n]*\n$`)
)

// Whatever names, statements, comments, messages and files are called, no command in no
// format writes what a terminal, a browser, a ticket, a spreadsheet or a CI job obeys.
func TestHostileInputs(t *testing.T) {
	dir := hostile(t)
	for _, command := range []string{"review", "plan", "workload", "indexes", "migration", "schema", "compare"} {
		args := []string{command, dir}
		if command == "compare" {
			args = append(args, dir)
		}
		for _, format := range report.FormatNames() {
			got := run("", append(args, "--format", format)...)
			for where, text := range map[string]string{"output": got.out, "standard error": got.err} {
				what := command + " as " + format + ", " + where
				for i, c := range text {
					if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == 0x200b) {
						t.Errorf("%s: %U at %q", what, c, text[max(0, i-60):i])
						break
					}
				}
				if bad := obeyed.FindString(text); bad != "" && format != "json" && format != "jsonl" && format != "sarif" && !(format == "github" && where == "output") {
					t.Errorf("%s: a command for a CI job: %q", what, bad)
				}
			}
			text := got.out
			switch format {
			case "html":
				for _, bad := range []string{"<script>alert", "<img src=x", `href="http://evil`} {
					if strings.Contains(text, bad) {
						t.Errorf("%s: %s in the page", command, bad)
					}
				}
			case "markdown":
				prose, _ := outside.Markdown(text)
				for _, bad := range []string{"<script>alert", "<img src=x", "](http://evil", " @someone", "\n# Heading"} {
					if strings.Contains(prose, bad) {
						t.Errorf("%s: %s in Markdown", command, bad)
					}
				}
			case "jira":
				text = outside.Jira(text)
				for _, bad := range []string{" {html}", "[l|http", "!http://evil"} {
					if strings.Contains(text, bad) {
						t.Errorf("%s: %s in Jira's markup: %q", command, bad, text[max(0, strings.Index(text, bad)-80):strings.Index(text, bad)])
					}
				}
			case "json", "sarif":
				if !json.Valid([]byte(text)) {
					t.Errorf("%s as %s: not valid", command, format)
				}
			case "jsonl":
				for line := range strings.Lines(text) {
					if !json.Valid([]byte(line)) {
						t.Errorf("%s as jsonl: not valid: %.100s", command, line)
					}
				}
			case "github":
				for line := range strings.Lines(text) {
					if !ownCommand.MatchString(line) {
						t.Errorf("%s: no annotation of this report: %q", command, line)
					}
				}
			}
		}
	}
}
