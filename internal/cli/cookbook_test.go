package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/testcase"
)

// Each recipe of the cookbook shows how the report of its input begins. The input is the
// case in testdata/cookbook that has the name of the recipe.
func TestCookbook(t *testing.T) {
	const file, command = "../../COOKBOOK.md", "\n$ pgverdict "
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	cases, err := filepath.Abs(testdata + "/cookbook")
	if err != nil {
		t.Fatal(err)
	}
	recipes := strings.Split(string(b), "\n## ")
	for i, recipe := range recipes[1:] {
		title, _, _ := strings.Cut(recipe, "\n")
		t.Run(title, func(t *testing.T) {
			files, err := testcase.Files(filepath.Join(cases, strings.ReplaceAll(strings.ToLower(title), " ", "-")))
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			for name, text := range files {
				if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			before, shown, ok := strings.Cut(recipe, command)
			args, _, _ := strings.Cut(shown, "\n")
			_, after, closed := strings.Cut(shown, "\n```\n")
			if !ok || !closed {
				t.Fatal("the recipe shows no command")
			}
			got := run("", strings.Fields(args)...)
			if got.status != exitDone {
				t.Error(got.err)
			}
			recipes[i+1] = before + command + args + "\n" + opening(got.out) + "\n```\n" + after
		})
	}
	renew(t, path, string(b), strings.Join(recipes, "\n## "))
}

// later is where a report goes on with what a recipe does not show.
var later = regexp.MustCompile(`\n\n(R[2-9] |THEN|REPOSITORY|PLAN|STATEMENTS|SERVER LOG|NEW FINDINGS|FINDINGS|NOT PROPOSED|MISSING)`)

// opening returns the beginning of a report: the verdict and the first change, with the
// second if the verdict names it.
func opening(report string) string {
	verdict, _, _ := strings.Cut(report, "\n\n")
	for _, at := range later.FindAllStringSubmatchIndex(report, -1) {
		if next := report[at[2]:at[3]]; next != "R2 " || !strings.Contains(verdict, "R2") {
			return report[:at[0]]
		}
	}
	return strings.TrimRight(report, "\n")
}
