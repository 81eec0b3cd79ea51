package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/rules"
)

// banned lists the words that reports, rules, help and README do not use: they
// are not plain technical English, or another term is used for the same thing.
var banned = []string{
	`mind:`, `\bMind\b`, `\bdear(er|est)?\b`, `\bspare(s|d)?\b`, `\bin the mean\b`, `\bof it\b`, `\bstands?\b`, `\bthrows?\b`, `\bthrown\b`, `\bgives? back\b`, `\ba call\b`,
	`\bas far as known\b`, `\bfrom outside of the cache\b`, `\bgoes well\b`, `\bis out\b`, `\bso and so\b`, `\bas for\b`, `\bthe mean\b`,
	`\bexported time\b`, `\bplanner's arithmetic\b`, `\bplanner's units\b`, `\bplan cost\b`, `\bstops? being HOT\b`, `\breads and writes go on\b`, `\bnot inside a transaction block\b`,
	`\bthe counters (run|were|are)\b`, `\btakes for granted\b`, `\bthat the input shows\b`, `\bJudgment needed\b`, `\bof one execution\b`, `\bupkeep\b`,
	`\bwants?\b`, `\bit comes\b`, `\bin vain\b`, `\bwhereof\b`, `\bwell under\b`, `\bfor lack of\b`, `\bthe kind\b`, `\bmeanwhile\b`, `\bworked out\b`,
	`\d %`, `\d more nit\b`, `\ba day\b`, `\btime explained\b`, `\btook an unknown time\b`, `\bplanned by this\b`, `\bSaves:? serves\b`, `\b1 more \w+s\b`,
}

// TestLanguage checks that texts for readers have no banned words.
func TestLanguage(t *testing.T) {
	check := func(where, text string) {
		text = strings.Join(strings.Fields(text), " ")
		for _, pattern := range banned {
			at := regexp.MustCompile(pattern).FindStringIndex(text)
			if at == nil {
				continue
			}
			t.Errorf("%s: %s in %q", where, pattern, text[max(0, at[0]-50):min(len(text), at[1]+50)])
		}
	}
	files := []string{"../../README.md", "../../COOKBOOK.md", "../../FIGURES.md"}
	for _, pattern := range []string{"/golden/*", "/rules/*/answers.txt"} {
		some, err := filepath.Glob(testdata + pattern)
		if err != nil || len(some) == 0 {
			t.Fatal("no files ", pattern, err)
		}
		files = append(files, some...)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		check(path, string(b))
	}
	for _, r := range rules.All {
		text := strings.Join([]string{r.Title, r.Sees, r.Why, r.Silent, r.Fix}, ". ")
		for _, threshold := range r.Thresholds {
			text += ". " + threshold.Why
		}
		check("rule "+r.ID, text)
	}
	check("pgverdict --help", run("", "--help").out)
	for _, cmd := range (env{}).root().Commands() {
		check("pgverdict "+cmd.Name()+" --help", run("", cmd.Name(), "--help").out)
	}
	check("pgverdict export", run("", "export").out)
}
