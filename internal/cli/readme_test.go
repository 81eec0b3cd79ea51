package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/rules"
)

// The README shows the report of the demonstration up to its second change, and
// a configuration that the command accepts.
func TestReadme(t *testing.T) {
	const file = "../../README.md"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	readme := string(b)
	report, _, _ := strings.Cut(run("", "review", testdata+"/demo").out, "\n\nR2")
	shown := fenced(t, readme, "```\nVERDICT")
	renew(t, file, readme, strings.Replace(readme, shown, report+"\n", 1))

	config := filepath.Join(t.TempDir(), configFile)
	if err := os.WriteFile(config, []byte(fenced(t, readme, "```yaml\n")), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := run("", "review", testdata+"/demo", "--config", config); got.status != exitDone {
		t.Errorf("the README's configuration: %s", got.err)
	}
}

// SECURITY.md lists the limits as they are.
func TestLimitsDocumented(t *testing.T) {
	const file = "../../SECURITY.md"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	table := "| on | limit | beyond |\n| --- | --- | --- |\n"
	before, after, _ := strings.Cut(string(b), table)
	_, after, _ = strings.Cut("\n"+after, "\n\n")
	for _, l := range limits.All {
		table += "| " + l.On + " | " + l.Most + " | " + l.Beyond + " |\n"
	}
	renew(t, file, string(b), before+table+"\n"+after)
}

// fenced returns the text of the code block that begins with start.
func fenced(t *testing.T, text, start string) string {
	t.Helper()
	at := strings.Index(text, start)
	if at < 0 {
		t.Fatalf("no block %q", start)
	}
	_, text, _ = strings.Cut(text[at:], "\n")
	text, _, _ = strings.Cut(text, "```")
	return text
}

// The list of rules in internal/rules/README.md is that of the rules' packages.
func TestRulesReadme(t *testing.T) {
	const file = "../rules/README.md"
	var b strings.Builder
	b.WriteString("# Rules\n\n`pgverdict rules seq-scan` explains a rule: when it reports, why that matters, its thresholds and its sources.\n")
	for _, group := range rules.Groups {
		fmt.Fprintf(&b, "\n## %s\n\n| rule | finding | thresholds |\n| --- | --- | --- |\n", group.About)
		for _, r := range group.Rules {
			fmt.Fprintf(&b, "| [%s](%s/%s.go) | %s | %s |\n", r.ID, group.Dir, strings.ReplaceAll(r.ID, "-", "_"), r.Title, thresholdsOf(r.Thresholds))
		}
	}
	fmt.Fprintf(&b, "\n## For all rules on plans\n\nA rule on a plan reports what matters by these: %s.\n", thresholdsOf(rule.Guards))
	b.WriteString("\nThe severity of a finding on time is the first line that holds, for one execution or for the workload.\n\n" +
		"| severity | share and time of one execution | time per day | or share of total execution time |\n| --- | --- | --- | --- |\n")
	for _, s := range rule.SeveritySteps {
		fmt.Fprintf(&b, "| %s | %s and %s | %s | %s |\n", s.Severity, figures.Share(s.Share), figures.Ms(s.Ms), figures.Ms(s.PerDayMs), figures.Share(s.OfAll))
	}
	now, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	renew(t, file, string(now), b.String())
}

// thresholdsOf lists thresholds with their values.
func thresholdsOf(list []*rule.Threshold) string {
	var parts []string
	for _, t := range list {
		parts = append(parts, fmt.Sprintf("`%s` %s", t.Name, t))
	}
	return strings.Join(parts, ", ")
}

// renew compares a file's text with what it should be, and writes that with
// -update.
func renew(t *testing.T, file, now, want string) {
	t.Helper()
	switch {
	case now == want:
	case *update:
		if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not up to date (go test ./internal/cli -update):\n%s", file, cmp.Diff(now, want))
	}
}
