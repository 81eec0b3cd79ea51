package cli

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/rules"
)

// What a person types that is not quite right, and what is answered in one line.
func TestMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	for args, want := range map[string]string{
		"hlep":                      `unknown command "hlep": did you mean help?`,
		"reviwe plan.txt":           `unknown command "reviwe": did you mean review?`,
		"demo.txt":                  "demo.txt: no such file or directory",
		"nonsense":                  "nonsense: no such file or directory",
		"review --fromat=json":      "unknown flag: --fromat: did you mean --format?",
		"review --json x":           "unknown flag: --json: did you mean --format json?",
		"rules seqscan":             `no rule "seqscan": did you mean seq-scan?`,
		"rules xyz":                 `no rule "xyz": pgverdict rules lists them`,
		"review https://ex.org/s/1": "https://ex.org/s/1: pgverdict reads files and never connects: save the plan to a file",
		"review --width 8 x":        "--width 8: expected 40 columns or more",
		"demo -q --format json":     "the verdict alone is text, markdown or jira, not json",
		"demo -f jsn":               "--format jsn: expected one of text, markdown, ",
		"review --context a=b":      "expected KEY=VALUE with one of these keys",
	} {
		got := run("", strings.Fields(args)...)
		if got.status != exitInput || strings.Count(got.err, "\n") != 1 || !strings.HasPrefix(got.err, "pgverdict: ") || !strings.Contains(got.err, want) {
			t.Errorf("%s: status %d, %s", args, got.status, got.err)
		}
	}
	if got := run("", "SELECT * FROM people WHERE name = 'secret'", "-f", "json"); got.status != exitInput || strings.Contains(got.out+got.err, "secret") || !strings.Contains(got.err, "SELECT ...: this is SQL, not a file") {
		t.Errorf("SQL: status %d, %s\n%s", got.status, got.err, got.out)
	}
}

func TestVersionCommand(t *testing.T) {
	for _, args := range []string{"version", "-V", "--version"} {
		if got := run("", args); got.status != exitDone || !strings.HasPrefix(got.out, "pgverdict "+version()) || !strings.Contains(got.out, "go1.") || strings.Count(got.out, "\n") != 1 {
			t.Errorf("%s: status %d, %q", args, got.status, got.out)
		}
	}
}

// The verdict alone is one line for a chat, and lines of a terminal's width on one.
func TestQuiet(t *testing.T) {
	line := run("", "demo", "-q")
	if line.status != exitDone || strings.Count(line.out, "\n") != 1 || !strings.Contains(line.out, "parcels") {
		t.Errorf("status %d, %q", line.status, line.out)
	}
	if got := run("", "demo", "--quiet", "--width", "60"); strings.Join(strings.Fields(got.out), " ")+"\n" != line.out || strings.Count(got.out, "\n") < 3 {
		t.Errorf("60 columns: %q", got.out)
	}
	if got := run("", "demo", "-q", "-f", "md"); !strings.HasPrefix(got.out, "**95% of the 1.45\u00a0s") || !strings.HasSuffix(got.out, ".**\n") {
		t.Errorf("Markdown: %q", got.out)
	}
	if got := run("", "demo", "-q", "--fail-on", "high"); got.status != exitFailOn || got.out != line.out {
		t.Errorf("--fail-on: status %d", got.status)
	}
}

// The format follows the ending of the file, unless --format says something else.
func TestFormatByName(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct{ name, flag, begins string }{
		{"r.html", "", "<!DOCTYPE html>"}, {"r.MD", "", "## pgverdict"}, {"r.json", "", "{"}, {"r.txt", "", "VERDICT"}, {"r.out", "", "VERDICT"}, {"s.html", "md", "## pgverdict"},
	} {
		args := []string{"demo", "-o", filepath.Join(dir, test.name)}
		if test.flag != "" {
			args = append(args, "-f", test.flag)
		}
		got := run("", args...)
		b, err := os.ReadFile(filepath.Join(dir, test.name))
		if err != nil || got.status != exitDone || !strings.HasPrefix(strings.ToUpper(string(b)), strings.ToUpper(test.begins)) {
			t.Errorf("%v: status %d, %v, %.40q", test, got.status, err, b)
		}
	}
}

// countEnds counts how often the end of the input is met: on a terminal, each needs
// its own Ctrl-D.
type countEnds struct {
	io.Reader
	ends int
}

func (r *countEnds) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		r.ends++
	}
	return n, err
}

// What is pasted into a terminal is read to the first Ctrl-D, and nothing is written
// into it.
func TestPaste(t *testing.T) {
	for _, args := range [][]string{{}, {"review"}, {"plan", "-"}} {
		var out, errs strings.Builder
		in := &countEnds{Reader: strings.NewReader(plan)}
		status := env{in: in, out: &out, err: &errs, inTTY: true, errTTY: true}.run(args)
		if status != exitDone || !strings.Contains(out.String(), "Seq Scan on t") || in.ends != 1 || strings.Count(errs.String(), "\n") != 1 || !strings.HasPrefix(errs.String(), "Paste ") {
			t.Errorf("%v: status %d, %d ends\n%s%s", args, status, in.ends, errs.String(), out.String())
		}
	}
}

// Help fits its terminal, with the flags in groups; every command is in a group.
func TestHelp(t *testing.T) {
	for _, width := range []int{80, 120} {
		for _, args := range [][]string{{"--help"}, {"review", "--help"}, {"migration", "--help"}, {"config", "--help"}} {
			var out strings.Builder
			env{in: strings.NewReader(""), out: &out, err: io.Discard, width: width}.run(args)
			_, examples, _ := strings.Cut(out.String(), "\nExamples:\n")
			examples, _, _ = strings.Cut(examples, "\n\n")
			for line := range strings.Lines(out.String()) {
				if len(line)-1 > width && !strings.Contains(examples, strings.TrimSpace(line)) {
					t.Errorf("%v in %d columns: %s", args, width, line)
				}
			}
		}
	}
	if got := run("", "--help"); strings.Contains(got.out, "Additional") || !strings.Contains(got.out, "\nReview flags:\n") || !strings.Contains(got.out, "\nOutput flags:\n") {
		t.Error(got.out)
	}
}

func TestRulesAsJSON(t *testing.T) {
	var list []struct {
		ID         string
		Reports    string
		Thresholds []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(run("", "rules", "-f", "json").out), &list); err != nil || len(list) != len(rules.All) {
		t.Fatalf("%v, %d rules", err, len(list))
	}
	if got := run("", "explain", "seq-scan", "sort-spill"); got.status != exitDone || !strings.Contains(got.out, "\n\nsort-spill: ") {
		t.Errorf("two rules: status %d\n%s", got.status, got.out)
	}
	if err := json.Unmarshal([]byte(run("", "rules", "seq-scan", "-f", "json").out), &list); err != nil || len(list) != 1 || list[0].ID != "seq-scan" || len(list[0].Thresholds) == 0 {
		t.Errorf("%v %+v", err, list)
	}
}

// The first configuration changes nothing, is never written over a file, and each of
// its comments that are settings holds as it is.
func TestConfigInit(t *testing.T) {
	t.Chdir(t.TempDir())
	if got := run("", "config", "init"); got.status != exitDone || got.err != "wrote "+configFile+"\n" {
		t.Fatalf("status %d, %s", got.status, got.err)
	}
	if got := run("", "config", "init"); got.status != exitInput || !strings.Contains(got.err, "exists already") {
		t.Errorf("again: status %d, %s", got.status, got.err)
	}
	if c, err := readConfig(""); err != nil || len(c.Rules) != 0 {
		t.Errorf("%v %+v", err, c)
	}
	var set strings.Builder
	for line := range strings.Lines(string(firstConfig)) {
		if comment, ok := strings.CutPrefix(line, "#"); ok && !strings.HasPrefix(comment, " ") || ok && strings.HasPrefix(comment, "  ") {
			line = comment
		}
		set.WriteString(line)
	}
	if err := os.WriteFile(configFile, []byte(set.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig("")
	if err != nil || len(c.Rules) != 3 || !c.Rules["select-star"].Off || !c.Rules["convention-timeouts"].Fail || c.Rules["seq-scan"].Thresholds["rows_scanned"] == 0 || c.StatementTimeout != "1min" || len(c.HotTables) != 1 {
		t.Errorf("%v %+v\n%s", err, c, set.String())
	}
}
