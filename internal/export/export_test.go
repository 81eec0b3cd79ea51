package export

import (
	"regexp"
	"strings"
	"testing"
)

// waiting are the functions that open a table, and so wait where somebody has
// locked it against all reading.
var waiting = regexp.MustCompile(`pg_(?:total_|table_|indexes_)?(?:relation_)?size\(|pg_get_(?:indexdef|constraintdef|expr|statisticsobjdef)\(`)

// What may have to wait for a table's lock is not called for a table that is
// locked, and never in the statement that exports something else.
func TestScriptDoesNotWaitForLocks(t *testing.T) {
	for _, line := range strings.Split(Script(Options{WithValues: true}), "\n") {
		name := regexp.MustCompile(`TO '(\w+)\.csv'`).FindStringSubmatch(line)
		if name == nil {
			continue
		}
		for _, at := range waiting.FindAllStringIndex(line, -1) {
			if !strings.HasSuffix(line[:at[0]], "THEN NULL ELSE ") || !strings.Contains(line, "IN (SELECT l.relation FROM locked l)") {
				t.Errorf("%s: %s is called whatever is locked", name[1], line[at[0]:at[1]])
			}
			if strings.Contains(line[at[0]:at[1]], "size") && name[1] != "pg_relation_size" {
				t.Errorf("%s waits for sizes", name[1])
			}
		}
	}
}

// After every \copy the script looks at what came of it, and its last words
// depend on that.
func TestScriptSaysWhatFailed(t *testing.T) {
	script := Script(Options{})
	copied, looked := strings.Count(script, "\n\\set ERROR true\n"), strings.Count(script, "\n\\if :ERROR\n")
	files := map[string]bool{}
	for _, m := range regexp.MustCompile(`TO '(\w+)\.csv'`).FindAllStringSubmatch(script, -1) {
		files[m[1]] = true
	}
	if copied != len(files) || looked != len(files) {
		t.Errorf("%d files, %d attempts, %d looked at", len(files), copied, looked)
	}
	for name := range files {
		if !strings.Contains(script, "\\o "+name+".csv\n  \\qecho '-- pgverdict export failed: "+name+":' :LAST_ERROR_MESSAGE") {
			t.Errorf("%s.csv stays as it is where its statement failed", name)
		}
	}
	if last := script[strings.LastIndex(script, `\if`):]; !strings.HasPrefix(last, `\if :any_failed`) || strings.Index(last, `\else`) > strings.Index(last, "Export complete.") {
		t.Errorf("the end: %s", last)
	}
	if begun, done := strings.Index(script, "export: not finished"), strings.Index(script, "export: finished"); begun < 0 || begun > strings.Index(script, "\n\\copy") || done < strings.LastIndex(script, "\n\\copy") {
		t.Error("that it is whole is not said last")
	}
}

// Every statement carries the comment by which it is known in
// pg_stat_statements.
func TestScriptMarksItsStatements(t *testing.T) {
	for _, line := range strings.Split(Script(Options{}), "\n") {
		if statement := regexp.MustCompile(`^(\\copy \(|SELECT|SET) `).MatchString(line + " "); (statement || strings.HasPrefix(line, `\copy`)) && !strings.Contains(line, "/* pgverdict */") {
			t.Errorf("no mark: %s", line)
		}
	}
}
