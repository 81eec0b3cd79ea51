package plan_test

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
)

func init() { maps.Copy(dresses, programs) }

// listed joins the lines as a program prints a list.
func listed(before, between, behind string, one func(s string) string) func([]string) []string {
	return func(lines []string) []string {
		return strings.Split(before+strings.Join(each(one)(lines), between)+behind, "\n")
	}
}

// text changes the text as a whole.
func text(change func(s string) string) func([]string) []string {
	return func(lines []string) []string {
		return strings.Split(change(strings.Join(lines, "\n")), "\n")
	}
}

func python(s string) string {
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return `"` + strings.ReplaceAll(s, `\`, `\\`) + `"`
	}
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

func sqlString(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// numbered puts a text before each line in which %d is the line's number.
func numbered(before string) func([]string) []string {
	return func(lines []string) []string {
		for i := range lines {
			lines[i] = strings.ReplaceAll(before, "%d", fmt.Sprint(i+98)) + lines[i]
		}
		return lines
	}
}

// programs are dresses that programs make: their strings, and what carriers of lines put
// before each.
var programs = map[string]func([]string) []string{
	"Python, rows":          listed("[", ", ", "]", func(s string) string { return "(" + python(s) + ",)" }),
	"Python, rows, lines":   listed("[", ",\n ", "]", func(s string) string { return "(" + python(s) + ",)" }),
	"Python, records":       listed("[", ", ", "]", func(s string) string { return "{'QUERY PLAN': " + python(s) + "}" }),
	"Python, named rows":    listed("", "\n", "", func(s string) string { return "Row(plan=" + python(s) + ")" }),
	"Ruby, records":         listed("[", ", ", "]", func(s string) string { return `{"QUERY PLAN"=>` + strconv.Quote(s) + "}" }),
	"Ruby, lines":           listed("", " +\n", "", func(s string) string { return strconv.Quote(s + "\n") }),
	"JavaScript, records":   listed("[\n", ",\n", "\n]", func(s string) string { return "  {\n    'QUERY PLAN': " + python(s) + "\n  }" }),
	"JSON, records by line": listed("", "\n", "", func(s string) string { return `{"QUERY PLAN":` + strconv.Quote(s) + "}" }),
	"JSON, a string":        text(func(s string) string { return `{"query": "SELECT 1", "plan": ` + strconv.Quote(s) + `, "ms": 12}` }),
	"JSON, a list":          listed("[\n", ",\n", "\n]", func(s string) string { return "  " + strconv.Quote(s) }),
	"PHP, dump": listed("array(9) {\n", "\n", "\n}", func(s string) string {
		return fmt.Sprintf("  [1]=>\n  array(1) {\n    [\"QUERY PLAN\"]=>\n    string(%d) %q\n  }", len(s), s)
	}),
	"PHP, print_r": listed("Array\n(\n", "\n", "\n)", func(s string) string {
		return "    [1] => Array\n        (\n            [QUERY PLAN] => " + s + "\n        )\n"
	}),
	"Perl, dump": listed("$VAR1 = [\n", "\n", "\n];", func(s string) string {
		return "  {\n    'QUERY PLAN' => '" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'\n  },"
	}),
	"Java, plus first": listed("String plan = ", "\n    + ", ";", func(s string) string { return strconv.Quote(s + "\n") }),
	"PHP, dot first":   listed("$plan = ", "\n    . ", ";", func(s string) string { return strconv.Quote(s + "\n") }),
	"SQL, bars first":  listed("SELECT ", "\n    || ", ";", func(s string) string { return sqlString(s + `\n`) }),
	"Java, appends":    listed("", "\n", "", func(s string) string { return "    sb.append(" + strconv.Quote(s+"\n") + ");" }),
	"inserts":          listed("", "\n", "", func(s string) string { return "INSERT INTO plans (id, line) VALUES (17, " + sqlString(s) + ");" }),
	"an insert with escapes": text(func(s string) string {
		return "INSERT INTO plans VALUES (1, E" + strings.ReplaceAll(sqlString(strings.ReplaceAll(s, `\`, `\\`)), "\n", `\n`) + ");"
	}),
	"XML, rows": listed("<rows>\n", "\n", "\n</rows>", func(s string) string {
		return "<row>\n  <QUERY_PLAN>" + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s) + "</QUERY_PLAN>\n</row>"
	}),
	"CSV, numbered":          listed("\"\",\"QUERY PLAN\"\n", "\n", "", func(s string) string { return `"12","` + strings.ReplaceAll(s, `"`, `""`) + `"` }),
	"RTF":                    around("", `\par`),
	"colours":                around("\x1b[32m", "\x1b[0m"),
	"colours, shown":         each(words("^[[1;34m", "^[[0m")),
	"colours, escapes lost":  each(words("[1;34m", "[0m")),
	"soft hyphens":           replaced("_", "\u00ad_"),
	"direction marks":        around("\u200e", ""),
	"docker compose":         around("db-1  | ", ""),
	"docker compose, header": then(around(" ", ""), under("     QUERY PLAN", dash), around("db-1  | ", "")),
	"docker json-file":       each(func(s string) string { return `{"log":` + strconv.Quote(s+"\n") + `,"stream":"stderr"}` }),
	"records of a log":       each(func(s string) string { return `{"severity":"INFO","message":` + strconv.Quote(s) + `,"logger":"db"}` }),
	"logfmt":                 each(func(s string) string { return "time=2024-03-05T10:11:12Z level=info msg=" + strconv.Quote(s) }),
	"times":                  numbered("2024-03-05T10:11:12.%d415161Z "),
	"syslog":                 numbered("Mar  5 10:11:12 db1 app[%d]: "),
	"a logger":               numbered("2024-03-05 10:11:12,%d INFO  [main] c.e.Dao - "),
	"a test":                 around("E       ", ""),
	"grep":                   numbered("plan.txt:%d:"),
	"Jira, a line":           around("{{", "}}"),
	"Jira, a block":          text(func(s string) string { return "{noformat}" + s + "{noformat}" }),
	"BBCode":                 text(func(s string) string { return "[code]" + s + "[/code]" }),
	"a page": text(func(s string) string {
		return `<html><body><pre class="x">` + strings.ReplaceAll(s, "<", "&lt;") + "</pre></body></html>"
	}),
	"dollar quotes":        text(func(s string) string { return "SELECT keep($$" + s + "$$);" }),
	"a wiki's indentation": around(":", ""),
}
