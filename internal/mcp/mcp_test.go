package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/rules"
)

const plan = "Seq Scan on people  (cost=0.00..9999.00 rows=1 width=4) (actual time=0.010..999.010 rows=1 loops=1)\n" +
	"  Filter: (name = 'MARK'::text)\n  Rows Removed by Filter: 999999\nExecution Time: 1000.0 ms\n"

// fast is the same query after an index was created.
const fast = "Index Scan using by_name on people  (cost=0.00..9.00 rows=1 width=4) (actual time=0.010..0.010 rows=1 loops=1)\n" +
	"  Index Cond: (name = 'MARK'::text)\nExecution Time: 0.1 ms\n"

var tools = []Tool{
	{Name: "review"},
	{Name: "compare", Compares: true, Check: func(r *report.Report) error {
		if r.Comparison == nil || len(r.Comparison.Pairs) == 0 {
			return errors.New("nothing to compare")
		}
		return nil
	}},
	{Name: "migration", Options: review.Options{Migration: &review.Migration{}}},
	{Name: "schema", Options: review.Options{Migration: &review.Migration{Options: migration.Options{WholeSchema: true}}}},
}

// connect returns a client of the server.
func connect(t *testing.T, s *Server) *sdk.ClientSession {
	t.Helper()
	here, there := sdk.NewInMemoryTransports()
	if _, err := s.server().Connect(t.Context(), there, nil); err != nil {
		t.Fatal(err)
	}
	c, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(context.Background(), here, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

type object = map[string]any

// call returns the text of an answer and whether it is an error.
func call(t *testing.T, c *sdk.ClientSession, tool string, a object) (text string, failed bool) {
	t.Helper()
	r, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: a})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	for _, content := range r.Content {
		text += content.(*sdk.TextContent).Text
	}
	return text, r.IsError
}

// What a call gives and gets.
func TestCalls(t *testing.T) {
	c := connect(t, &Server{Tools: tools})
	for name, test := range map[string]struct {
		tool   string
		a      object
		failed bool
		says   []string
	}{
		"a plan":    {"review", object{"text": plan}, false, []string{"99.9% of the 1\u00a0s: `#0` Seq Scan on people"}},
		"files":     {"review", object{"files": []object{{"name": "p.txt", "content": plan}, {"name": "s.sql", "content": "CREATE TABLE people (name text);"}}}, false, []string{"`#0` Seq Scan on people", "CREATE INDEX CONCURRENTLY"}},
		"in detail": {"review", object{"text": plan, "detail": "full"}, false, []string{"Evidence", "rows scanned 1 M"}},
		"as JSON":   {"review", object{"text": plan, "format": "json"}, false, []string{`"schema_version": 1`, `"rows_total"`}},
		"of a version": {"review", object{"text": plan, "pg_version": 14, "format": "json"}, false,
			[]string{"\"value\": \"14\""}},
		"one that is no plan": {"review", object{"text": plan, "files": []object{{"name": "notes", "content": "The server was slow.\n"}}}, false,
			[]string{"`#0` Seq Scan on people", "Not read, or only in part:\n- notes: expected EXPLAIN output"}},
		"prose":                {"review", object{"text": "The server was slow."}, true, []string{"- pasted text: expected EXPLAIN output"}},
		"nothing":              {"review", object{"text": " "}, true, []string{"nothing to review"}},
		"too much":             {"review", object{"text": strings.Repeat("x", mostText+1)}, true, []string{"more than 8 MB"}},
		"too many":             {"review", object{"files": slices.Repeat([]object{{"name": "p", "content": plan}}, mostFiles+1)}, true, []string{"more than 500 files"}},
		"a path":               {"review", object{"paths": []string{"mcp.go"}}, true, []string{"paths"}},
		"a path to compare":    {"compare", object{"before": object{"paths": []string{"mcp.go"}}, "after": object{}}, true, []string{"paths"}},
		"literals":             {"review", object{"text": plan, "show_literals": true}, true, []string{"show_literals"}},
		"a format":             {"review", object{"text": plan, "format": "html"}, true, []string{"html"}},
		"before and after":     {"compare", object{"before": object{"text": plan}, "after": object{"text": fast}}, false, []string{"10,000x faster"}},
		"nothing before":       {"compare", object{"before": object{}, "after": object{"text": fast}}, true, []string{"in before"}},
		"nothing to compare":   {"compare", object{"before": object{"text": plan}, "after": object{"text": "CREATE TABLE t (a int);"}}, false, []string{"- nothing to compare"}},
		"a migration":          {"migration", object{"text": "ALTER TABLE t ALTER a TYPE bigint;", "deploy": "before"}, false, []string{"ACCESS EXCLUSIVE on t"}},
		"of an engine":         {"migration", object{"text": "ALTER TABLE t ADD COLUMN a int;", "engine": "sqlite"}, false, []string{"SQLite"}},
		"a schema":             {"schema", object{"text": "CREATE TABLE t (a int);"}, false, []string{"no primary key"}},
		"a rule":               {"rules", object{"ids": []string{"seq-scan", "sort-spill"}}, false, []string{"seq-scan: ", "sort-spill: ", "Thresholds"}},
		"rules":                {"rules", nil, false, []string{"seq-scan: ", rules.All[len(rules.All)-1].ID}},
		"a rule that is not":   {"rules", object{"ids": []string{"seq"}}, true, []string{`no rule "seq"`}},
		"no argument of plans": {"review", object{"text": plan, "deploy": "before"}, true, []string{"deploy"}},
	} {
		text, failed := call(t, c, test.tool, test.a)
		if failed != test.failed || strings.Contains(text, "MARK") {
			t.Errorf("%s: error %v, MARK %v: %.600s", name, failed, strings.Contains(text, "MARK"), text)
		}
		for _, want := range test.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in %.3000s", name, want, text)
			}
		}
	}
}

// An assistant may name files only below the folder that the user gave.
func TestPaths(t *testing.T) {
	outside := t.TempDir()
	dir := t.TempDir()
	t.Chdir(dir)
	for path, text := range map[string]string{
		"plan.txt": plan, "sub/plan.txt": plan, ".env": plan, ".git/plan.txt": plan, outside + "/plan.txt": plan, outside + "/folder/plan.txt": plan,
	} {
		if i := strings.LastIndexByte(path, '/'); i > 0 {
			if err := os.MkdirAll(path[:i], 0o777); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for to, name := range map[string]string{outside + "/plan.txt": "sub/link.txt", outside + "/folder": "sub/linked", ".env": "visible.txt", "plan.txt": "also.txt"} {
		if err := os.Symlink(to, name); err != nil {
			t.Skip(err)
		}
	}
	c := connect(t, &Server{Tools: tools, Files: true})
	// Of a folder, what links lead to elsewhere is not read: it would be one plan more.
	const refused = "only files below the folder"
	for path, want := range map[string]string{
		"plan.txt": "`#0` Seq Scan", "also.txt": "`#0` Seq Scan", "sub": "pgverdict: a query on people", ".": "pgverdict: 2 plans", "./sub/../plan.txt": "`#0` Seq Scan",
		".env": refused, ".git": refused, ".git/plan.txt": refused, "sub/../.git/plan.txt": refused, "visible.txt": refused,
		"..": refused, "../" + outside + "/plan.txt": refused, outside + "/plan.txt": refused, outside + "/none.txt": refused,
		"sub/link.txt": refused, "sub/linked": refused, "sub/linked/plan.txt": refused, "-": refused, "": refused, "none.txt": "no such file",
	} {
		text, failed := call(t, c, "review", object{"paths": []string{path}})
		if failed != (want == refused || path == "none.txt") || !strings.Contains(text, want) {
			t.Errorf("%q: error %v, %.500s", path, failed, text)
		}
	}
	if text, failed := call(t, c, "compare", object{"before": object{"paths": []string{"plan.txt"}}, "after": object{"paths": []string{"../x"}}}); !failed || !strings.Contains(text, refused) {
		t.Errorf("%v %s", failed, text)
	}
}

// An answer has a limit, and says what it leaves out.
func TestLargeAnswers(t *testing.T) {
	c := connect(t, &Server{Tools: tools, Full: true})
	var plans strings.Builder
	for i := range 300 {
		plans.WriteString(strings.ReplaceAll(plan, "people", fmt.Sprint("people", i)) + "\n")
	}
	for format, test := range map[string]struct {
		failed bool
		says   string
	}{"markdown": {false, "Left out, because a comment has at most"}, "json": {true, "ask for markdown"}} {
		text, failed := call(t, c, "review", object{"text": plans.String(), "format": format})
		if failed != test.failed || len(text) > mostAnswer || !strings.Contains(text, test.says) {
			t.Errorf("%s: error %v, %d bytes, %.300s", format, failed, len(text), text)
		}
	}
	unread := slices.Repeat([]object{{"name": "notes", "content": "The server was slow.\n"}}, mostErrors+5)
	if text, _ := call(t, c, "review", object{"text": plan, "files": unread}); !strings.HasSuffix(text, "\n- 5 more inputs\n") {
		t.Error(text[max(len(text)-500, 0):])
	}
	if text, failed := call(t, c, "rules", object{"ids": slices.Repeat([]string{"seq-scan"}, mostRules+1)}); !failed || len(text) > 100 {
		t.Error(failed, len(text))
	}
}

// Inputs have a limit in all, whatever they are compressed to.
func TestMostRead(t *testing.T) {
	left := int64(10)
	b := bounded{strings.NewReader("0123456789ab"), &left}
	if n, err := b.Read(make([]byte, 8)); n != 8 || err != nil {
		t.Error(n, err)
	}
	if n, err := b.Read(make([]byte, 8)); n != 0 || err == nil {
		t.Error(n, err)
	}
}

// The documentation of each rule is a resource.
func TestResources(t *testing.T) {
	c := connect(t, &Server{Tools: tools})
	n := 0
	for r, err := range c.Resources(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%100 != 1 {
			continue
		}
		read, err := c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: r.URI})
		if err != nil || !strings.HasPrefix(read.Contents[0].Text, r.Name+": "+r.Title+"\n\nReports\n") {
			t.Errorf("%s: %v %v", r.URI, read, err)
		}
	}
	if n != len(rules.All) {
		t.Errorf("%d resources", n)
	}
	if _, err := c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: ruleURI + "no-rule"}); err == nil {
		t.Error("no-rule was read")
	}
}

// A tool has the arguments that it uses, and no others.
func TestArguments(t *testing.T) {
	for files, paths := range map[bool]string{false: "", true: ", paths"} {
		c := connect(t, &Server{Tools: tools, Files: files})
		got := map[string]string{}
		for tool, err := range c.Tools(t.Context(), nil) {
			if err != nil {
				t.Fatal(err)
			}
			var schema struct{ Properties map[string]any }
			text, _ := json.Marshal(tool.InputSchema)
			if err := json.Unmarshal(text, &schema); err != nil {
				t.Fatal(err)
			}
			var names []string
			for name := range schema.Properties {
				names = append(names, name)
			}
			slices.Sort(names)
			got[tool.Name] = strings.Join(names, ", ")
			if !tool.Annotations.ReadOnlyHint || *tool.Annotations.OpenWorldHint {
				t.Errorf("%s: %+v", tool.Name, tool.Annotations)
			}
		}
		for tool, want := range map[string]string{
			"review": "detail, files, format" + paths + ", pg_version, text", "compare": "after, before, detail, format, pg_version", "rules": "ids",
			"migration": "deploy, detail, engine, files, format" + paths + ", pg_version, text", "schema": "detail, engine, files, format" + paths + ", pg_version, text",
		} {
			if got[tool] != want {
				t.Errorf("%s: %s, want %s", tool, got[tool], want)
			}
		}
	}
}
