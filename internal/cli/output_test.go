package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

func demoJSON(t *testing.T) string {
	t.Helper()
	got := run("", "review", testdata+"/demo", "--format", "json")
	if got.status != exitDone {
		t.Fatal(got.err)
	}
	return got.out
}

// What was read is not replaced by the report, named or found in a folder, by any path. An
// old report is.
func TestOutputOverInput(t *testing.T) {
	dir := t.TempDir()
	file, link, old := filepath.Join(dir, "plan.txt"), filepath.Join(t.TempDir(), "link.txt"), filepath.Join(dir, "report.txt")
	if err := errors.Join(os.WriteFile(file, []byte(plan), 0o666), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"review", file, "-o", file}, {"plan", dir, "-o", file}, {"review", file, "-o", link}, {"compare", file, file, "-o", dir + "/./plan.txt"}} {
		got := run("", args...)
		if b, _ := os.ReadFile(file); string(b) != plan || got.status != exitInput || !strings.Contains(got.err, "another file") {
			t.Errorf("%q: status %d, %s: the plan is now\n%s", args, got.status, got.err, b)
		}
	}
	for range 2 {
		if got := run("", "review", file, dir, "-o", old); got.status != exitDone {
			t.Errorf("over an old report: status %d, %s", got.status, got.err)
		}
	}
}

// A report that can be large is printed in pieces, and a file gets the same.
func TestOutputPieces(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("queryid,query,calls,total_exec_time\n")
	for i := range 500 {
		fmt.Fprintf(&csv, "%d,SELECT v%d FROM parcels WHERE id = $1,%d,%d\n", i+1, i, 10+i, 1000-i)
	}
	var out inPieces
	if status := (env{in: strings.NewReader(csv.String()), out: &out, err: io.Discard}).run([]string{"workload", "-", "--format", "json"}); status != exitDone || out.Len() <= outputBuffer || out.largest > outputBuffer {
		t.Errorf("status %d, %d bytes in pieces of at most %d", status, out.Len(), out.largest)
	}
	file := filepath.Join(t.TempDir(), "report.json")
	if got := run(csv.String(), "workload", "-", "-o", file); got.status != exitDone {
		t.Fatal(got.err)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != out.String() {
		t.Errorf("the file has %d bytes and not the report: %v", len(b), err)
	}
}

// inPieces keeps the size of the largest piece that was written.
type inPieces struct {
	strings.Builder
	largest int
}

func (p *inPieces) Write(b []byte) (int, error) {
	p.largest = max(p.largest, len(b))
	return p.Builder.Write(b)
}

// A file is written whole, keeps its mode, and nothing is left beside it.
func TestOutputFile(t *testing.T) {
	dir, want := t.TempDir(), demoJSON(t)
	write := func(path string) result { return run("", "review", testdata+"/demo", "--format", "json", "-o", path) }
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	fresh := filepath.Join(dir, "fresh.json")
	if got := write(fresh); got.status != exitDone || got.out != "" || read(fresh) != want {
		t.Errorf("a new file: status %d, %s", got.status, got.err)
	}
	old := filepath.Join(dir, "old.json")
	if err := os.WriteFile(old, []byte(strings.Repeat("x", 2*len(want))), 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.json")
	if err := os.Symlink(old, link); err != nil {
		t.Fatal(err)
	}
	if got := write(link); got.status != exitDone || read(old) != want {
		t.Errorf("over an old file, by a link: status %d, %s", got.status, got.err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	if info, err := os.Stat(old); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v", info.Mode())
	}
	for path, line := range map[string]string{
		dir:                                "pgverdict: " + dir + " is a folder: expected a file name\n",
		filepath.Join(dir, "no", "r.json"): "there is no folder " + filepath.Join(dir, "no") + "\n",
		filepath.Join(old, "r.json"):       "not a directory\n",
		filepath.Join(dir, "no\x1b[2J", "r.json"): "there is no folder " + filepath.Join(dir, "no[2J") + "\n",
	} {
		if got := write(path); got.status != exitInput || strings.Count(got.err, "\n") != 1 || !strings.HasSuffix(got.err, line) || strings.Contains(got.err, "\x1b") {
			t.Errorf("-o %q: status %d, %q", path, got.status, got.err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("%d files in the folder: something was left", len(entries))
	}
	if got := write(os.DevNull); got.status != exitDone {
		t.Errorf("a device: status %d, %s", got.status, got.err)
	}
}

// Nothing is written but the file of -o and new files in the folder of --emit, wherever
// the command runs. What is there stays as it is.
func TestNothingElseIsWritten(t *testing.T) {
	demo, err := filepath.Abs(testdata + "/demo")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"in/1_a.up.sql": "CREATE TABLE t (id int);\n", "in/2_b.up.sql": "ALTER TABLE t ALTER COLUMN id TYPE bigint;\n", "emit/ticket.md": "mine", "emit/1_a.up.sql": "mine"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	contents := func() map[string]string {
		all := map[string]string{}
		_ = filepath.WalkDir(".", func(path string, d os.DirEntry, _ error) error {
			if !d.IsDir() {
				b, _ := os.ReadFile(path)
				all[path] = string(b)
			}
			return nil
		})
		return all
	}
	for _, args := range [][]string{
		{"review", demo}, {"plan", demo}, {"workload", demo}, {"indexes", demo}, {"compare", demo, demo}, {"migration", "in"}, {"schema", "in"}, {"rules"}, {"export"}, {"demo"}, {"version"},
		{"review", demo, "-o", "out.html"}, {"indexes", demo, "--emit", "emit"}, {"migration", "in", "--emit", "emit"}, {"schema", "in", "--emit", "emit", "-o", "out.md"},
	} {
		before := contents()
		run("", args...)
		for path, text := range contents() {
			old, was := before[path]
			written := path == "out.html" || path == "out.md" || !was && strings.HasPrefix(path, "emit/") && slices.Contains(args, "--emit")
			if !(was && text == old) && !written {
				t.Errorf("%v wrote %s", args, path)
			}
			delete(before, path)
		}
		for path := range before {
			t.Errorf("%v removed %s", args, path)
		}
	}
}

// With JSON lines each folder is a database: its own report, under its name.
// Every line is flat, and a key has one type in all of them.
func TestJSONLines(t *testing.T) {
	demo, ledger := testdata+"/demo", testcase.Unpack(t, testdata+"/advice/ledger")
	sort, hash := testcase.Unpack(t, testdata+"/rules/sort-spill/fires"), testcase.Unpack(t, testdata+"/rules/hash-spill/fires")
	got := run("", "review", demo, ledger, sort, hash, "--format", "jsonl")
	if got.status != exitDone {
		t.Fatal(got.err)
	}
	types, reports := map[string]string{}, map[string]int{}
	findings := map[string]int{}
	records, appearances, keys := 0, 0, map[string]bool{}
	for line := range strings.Lines(got.out) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		records, appearances = records+1, appearances+len(record)
		of := record["report"].(string)
		switch record["record"] {
		case "report":
			reports[of]++
		case "finding":
			if record["finding"] != float64(findings[of]) {
				t.Errorf("%s: finding %v is called %v", of, findings[of], record["finding"])
			}
			findings[of]++
		}
		for key, value := range record {
			keys[key] = true
			name := ""
			switch value := value.(type) {
			case nil:
				continue
			case string:
				name = "text"
			case float64:
				name = "figure"
			case bool:
				name = "truth"
			case []any:
				name = "list"
				for _, entry := range value {
					below, _ := entry.(map[string]any)
					for inner, v := range below {
						if _, ok := v.(map[string]any); ok {
							t.Errorf("%s: %s in %s is not flat", record["record"], inner, key)
						}
					}
				}
			default:
				t.Errorf("%s: %s is not flat", record["record"], key)
			}
			if types[key] == "" {
				types[key] = name
			}
			if types[key] != name {
				t.Errorf("%s: %s is a %s here and a %s elsewhere", record["record"], key, name, types[key])
			}
		}
	}
	if share := float64(appearances) / float64(records*len(keys)); share < 0.102 {
		t.Errorf("a line holds %.3f of all keys: DuckDB wants 0.1 to take them for columns", share)
	}
	if len(reports) != 3 || reports[demo] != 1 || reports[ledger] != 1 || reports[sort] != 1 {
		t.Errorf("reports: %v", reports)
	}
	var whole struct{ Findings []any }
	if err := json.Unmarshal([]byte(demoJSON(t)), &whole); err != nil || findings[demo] != len(whole.Findings) {
		t.Errorf("%d findings of %d, %v", findings[demo], len(whole.Findings), err)
	}
	one := run("", "compare", testdata+"/pairs/index-added.txt", sort, "--format", "jsonl")
	if n := strings.Count(one.out, `"record":"report"`); n != 1 {
		t.Errorf("compare: %d reports", n)
	}
	if got := run("", "review", demo, ledger, "--format", "jsonl", "--emit", t.TempDir()); got.status != exitInput {
		t.Errorf("--emit of two databases: status %d", got.status)
	}
}

// What the user says of the symptom stands in the report; another key is a
// usage error that names those that there are.
func TestContext(t *testing.T) {
	got := run("", "review", testdata+"/demo", "--format", "markdown", "--context", "since=since the release", "--context", "service=collect=all")
	for _, want := range []string{"- since when: since the release\n", "- service: collect=all\n", "- database: parcels\n", "- how often: 391 calls, 43.4 per day\n"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no line %q in\n%s", want, got.out)
		}
	}
	if strings.Contains(got.out, "not given") {
		t.Error("what was given is not")
	}
	for _, bad := range []string{"colour=red", "since", "since=", "=x"} {
		got := run("", "review", testdata+"/demo", "--context", bad)
		if got.status != exitInput || !strings.Contains(got.err, "ticket, database, service, how-often, slow, since") || strings.Count(got.err, "\n") != 1 {
			t.Errorf("%q: status %d, %s", bad, got.status, got.err)
		}
	}
	secret := run("", "review", testdata+"/demo", "--format", "json", "--context", "service=postgres://app:hunter2@db/shop")
	if strings.Contains(secret.out, "hunter2") {
		t.Error("a password in --context is printed")
	}
}

// The incident that the command carries is the folder's.
func TestDemo(t *testing.T) {
	demo, review := run(tty, "demo"), run("", "review", testdata+"/demo")
	if demo.status != exitDone || demo.out != review.out {
		t.Errorf("status %d, %s: another report than that of the folder", demo.status, demo.err)
	}
	if got := run("", "demo", "plan.txt"); got.status != exitInput || got.err == "" {
		t.Errorf("with a file: status %d", got.status)
	}
}

// Flags with values, rules and keys complete, on the command itself too.
func TestCompletion(t *testing.T) {
	for want, args := range map[string][]string{
		"jsonl\n":                   {"review", "--format", ""},
		"markdown\n":                {"--format", ""},
		"full\n":                    {"plan", "--detail", ""},
		"critical\n":                {"demo", "--fail-on", ""},
		"never\n":                   {"workload", "--color", ""},
		"planning\n":                {"workload", "--sort", ""},
		"service=\n":                {"compare", "--context", ""},
		"18\n":                      {"indexes", "--pg-version", ""},
		"seq-scan\tSequential scan": {"rules", ""},
		"demo\tReview a":            {""},
	} {
		if got := run("", append([]string{"__complete"}, args...)...); !strings.Contains(got.out, want) {
			t.Errorf("%q: no %q in\n%s", args, want, got.out)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if got := run("", "completion", shell); got.status != exitDone || !strings.Contains(got.out, "__complete") {
			t.Errorf("%s: status %d, %s", shell, got.status, got.err)
		}
	}
}

// The manual pages name every command and the values of its flags.
func TestMan(t *testing.T) {
	dir := t.TempDir()
	if got := run("", "man", dir); got.status != exitDone {
		t.Fatal(got.err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "pgverdict-review.1"))
	if err != nil || !strings.Contains(string(page), "text, markdown, jira, json") || !strings.Contains(string(page), `.TH "PGVERDICT-REVIEW" "1"`) {
		t.Errorf("%v\n%s", err, page)
	}
	if got := run("", "man"); got.status != exitDone || !strings.Contains(got.out, `.TH "PGVERDICT" "1"`) {
		t.Errorf("without a folder: status %d, %s\n%s", got.status, got.err, got.out)
	}
}

// In short what fits a screen or two; in full everything.
func TestDetail(t *testing.T) {
	const screens = 120 // lines: two of a terminal over the whole of a laptop
	short, full := run("", "review", testdata+"/demo"), run("", "review", testdata+"/demo", "--detail", "full")
	if n := strings.Count(short.out, "\n"); n > screens {
		t.Errorf("the short report has %d lines", n)
	}
	if !strings.Contains(full.out, "pg_class: table rows 6 M; table pages 91,425") || strings.Contains(short.out, "table pages") {
		t.Error("the figures of findings belong into the full report")
	}
	for line := range strings.Lines(short.out) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 && !strings.Contains(line, "CREATE INDEX") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// Colour follows the terminal, NO_COLOR and --color, in this order of strength
// from the last.
func TestColor(t *testing.T) {
	for _, test := range []struct {
		tty, noColor, forced bool
		flag                 string
		want                 bool
	}{
		{true, false, false, "auto", true}, {true, true, false, "auto", false}, {false, false, false, "auto", false},
		{false, false, true, "auto", true}, {false, true, true, "auto", false}, {false, false, true, "never", false},
		{false, false, false, "always", true}, {true, true, false, "always", true}, {true, false, false, "never", false},
	} {
		var out, errs strings.Builder
		e := env{in: strings.NewReader(plan), out: &out, err: &errs, outTTY: test.tty, noColor: test.noColor, color: test.forced}
		e.run([]string{"--color", test.flag})
		if got := strings.Contains(out.String(), "\x1b["); got != test.want {
			t.Errorf("%+v: colour %v", test, got)
		}
	}
	path := filepath.Join(t.TempDir(), "report.txt")
	e := env{in: strings.NewReader(plan), out: new(strings.Builder), err: new(strings.Builder), outTTY: true}
	e.run([]string{"-o", path})
	if b, err := os.ReadFile(path); err != nil || len(b) == 0 || strings.Contains(string(b), "\x1b") {
		t.Errorf("a file of a terminal's run: %v, %q", err, b)
	}
}

// A version that is none is refused in plain words, with the versions that are
// known.
func TestVersionFlag(t *testing.T) {
	for _, bad := range []string{"9.6", "99", "7", "-3", "0", "abc", "16.x", ""} {
		got := run("x", "review", "--pg-version="+bad)
		if got.status != exitInput || !strings.Contains(got.err, "expected a major version of PostgreSQL, 13 to 18") || strings.Contains(got.err, "invalid") {
			t.Errorf("%q: %d %s", bad, got.status, got.err)
		}
	}
	for _, good := range []string{"13", "18", "16.4"} {
		if got := run("SELECT 1;", "review", "--pg-version", good); strings.Contains(got.err, "pg-version") {
			t.Errorf("%q: %s", good, got.err)
		}
	}
}

// Every command that reads writes every format, and not nothing.
func TestEveryFormat(t *testing.T) {
	plan, demo := testcase.Unpack(t, testdata+"/rules/sort-spill/fires"), testdata+"/demo"
	for _, args := range [][]string{{"review", demo}, {"plan", plan}, {"workload", demo}, {"indexes", demo}, {"compare", plan, plan}, {"demo"}} {
		for _, format := range report.FormatNames() {
			got := run("", append(args, "--format", format)...)
			if got.status == exitInput && args[0] != "compare" {
				t.Errorf("%v --format %s: %s", args, format, got.err)
			}
			switch format {
			case "json", "jsonl":
				dec, n := json.NewDecoder(strings.NewReader(got.out)), 0
				for {
					var v map[string]any
					if err := dec.Decode(&v); err != nil {
						if err != io.EOF {
							t.Errorf("%v --format %s: %v", args, format, err)
						}
						break
					}
					n++
				}
				if n == 0 || format == "jsonl" && n < 3 {
					t.Errorf("%v --format %s: %d values", args, format, n)
				}
			default:
				if len(got.out) < 100 {
					t.Errorf("%v --format %s: %q", args, format, got.out)
				}
			}
		}
	}
}
