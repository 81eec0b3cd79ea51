package cli

import (
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

// Where a user's values stand in the inputs of the rules' cases: in quotes, as
// numbers beside an operator, and as the elements of a column's statistics.
// Index definitions and constraints are not among them: DDL cannot run without
// its literals.
var (
	quoted  = regexp.MustCompile(`(->>? ?)?'[^'\n]*'(::regconfig)?`)
	operand = regexp.MustCompile(`((?:=|<|>|<=|>=|<>) )(-?[0-9][0-9.]*)`)
	element = regexp.MustCompile(`[^{},"\n]+`)
)

const plantedText, plantedNumber = "Zq7Planted", "918273645"

// plant puts a mark into every literal of an input. Names, counters and figures
// stay, so that the rules go on seeing what they saw.
func plant(name, text string) string {
	switch filepath.Base(name) {
	case "pg_index.csv", "pg_constraint.csv", "pg_class.csv", "pg_settings.csv", "schema.sql", "indexes.csv":
		return text
	case "pg_stats.csv":
		return plantStatistics(text)
	}
	text = quoted.ReplaceAllStringFunc(text, func(s string) string {
		if m := quoted.FindStringSubmatch(s); m[1] != "" || m[2] != "" {
			return s // a key of documents, a configuration: an index on them names them
		}
		return "'" + plantedText + "'"
	})
	return operand.ReplaceAllStringFunc(text, func(s string) string {
		m := operand.FindStringSubmatch(s)
		return m[1] + plantedNumber
	})
}

// plantStatistics marks the values among a table's statistics.
func plantStatistics(text string) string {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic(err)
	}
	for i, column := range rows[0] {
		if !slices.Contains([]string{"most_common_vals", "histogram_bounds", "most_common_elems", "range_bounds_histogram"}, column) {
			continue
		}
		for _, row := range rows[1:] {
			row[i] = element.ReplaceAllStringFunc(row[i], func(v string) string {
				if strings.ContainsFunc(v, unicode.IsLetter) {
					return plantedText
				}
				return plantedNumber
			})
		}
	}
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		panic(err)
	}
	return b.String()
}

// No literal of any input, wherever it stands, reaches an output in any format
// unless it was asked for: a mark is planted into every literal of every rule's
// cases, and looked for in all that is written of them.
func TestNoLiteralIsShown(t *testing.T) {
	cases := testcase.Glob(t, testdata+"/rules/*/fires*")
	shown := 0
	for _, path := range cases {
		planted := testcase.Unpack(t, path)
		plantAll(t, planted)
		emitted := t.TempDir()
		outputs := map[string]result{
			"ticket":        run("", "review", planted, "--emit", emitted),
			"with literals": run("", "review", planted, "--format", "json", "--show-literals"),
		}
		for _, format := range report.FormatNames() {
			outputs[format] = run("", "review", planted, "--format", format)
		}
		for name, got := range outputs {
			for _, text := range []string{got.out, got.err} {
				at := max(strings.Index(text, plantedText), strings.Index(text, plantedNumber))
				switch {
				case at >= 0 && name == "with literals":
					shown++
				case at >= 0:
					t.Errorf("%s as %s shows %q", path, name, text[max(0, at-80):min(len(text), at+40)])
				}
			}
		}
		files, _ := filepath.Glob(emitted + "/*")
		for _, name := range files {
			if text, err := os.ReadFile(name); err == nil && strings.Contains(string(text), plantedText) {
				t.Errorf("%s of %s shows a literal", filepath.Base(name), path)
			}
		}
	}
	if shown < len(cases)/4 {
		t.Errorf("only %d of %d cases show their marks with --show-literals: the marks are not planted where the report looks", shown, len(cases))
	}
}

// plantAll plants the marks into a file, or into the files of a folder.
func plantAll(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, []byte(plant(path, string(text))), 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
}
