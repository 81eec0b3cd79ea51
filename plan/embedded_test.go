package plan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// jsonPlan returns a plan in JSON on one line, and indented.
func jsonPlan(t *testing.T) (one, pretty string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/formats/jit.json")
	if err != nil {
		t.Fatal(err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, raw); err != nil {
		t.Fatal(err)
	}
	return line.String(), strings.TrimSpace(string(raw))
}

// program returns a text as the strings of a program, one for each line, which end with a
// text and are joined by an operator.
func program(text, operator, end string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = `"` + strings.ReplaceAll(strings.ReplaceAll(l, `\`, `\\`), `"`, `\"`) + end + `"`
	}
	return strings.Join(lines, operator)
}

// A plan in JSON is read wherever it begins, in the quotes that the text around it needs.
func TestEmbedded(t *testing.T) {
	one, pretty := jsonPlan(t)
	text := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	want := figuresOf(onePlan(t, pretty))
	for _, in := range []string{
		"plan = " + pretty + "\nprint(plan)\n",
		"const plan = " + one + ";\n",
		"module.exports = {\n  name: 'parcels',\n  plan: " + one + ",\n};\n",
		"plan = " + asPython(one) + "\n",
		"rows = [('QUERY PLAN',), (" + asPython(one) + ",)]\n",
		"Here is the plan: " + one + " It is slow.\n",
		"[worker 7] 12:00 WARN slow query " + `{"ms":12,"explain":` + one + "}\n",
		`{"level":"warn","msg":"slow query","explain":` + one + "}\n" + `{"level":"info","msg":"next"}` + "\n",
		`time=2026-01-02T10:00:00Z level=warn msg="slow query" plan=` + one + " rows=3\n",
		`time=2026-01-02T10:00:00Z level=warn msg="slow query" plan=` + text(one) + "\n",
		`{"id":1,"plan":` + text(one) + "}\n",
		`{"body":` + text(`{"plan":`+text(one)+"}") + "}\n",
		"INSERT INTO plans VALUES (1, '" + one + "');\n",
		"curl -X POST localhost -d '{\"plan\": " + text(one) + ", \"title\": \"parcels\"}'\n",
		"| ms | plan |\n|---|---|\n| 12 | `" + one + "` |\n",
		" QUERY PLAN\n-----\n" + strings.ReplaceAll(strings.ReplaceAll(pretty, "\n", " +\n"), "  ", "") + "\n(1 row)\n",
		"String plan = " + program(pretty, "\n  + ", `\n`) + ";\n",
		"String plan =\n  " + program(pretty, " +\n  ", `\n`) + ";\n",
		"$plan = " + program(pretty, "\n  . ", "") + ";\n",
		"PLAN = (" + program(pretty, "\n  ", `\n`) + ")\n",
		"<pre>" + strings.ReplaceAll(pretty, `"`, "&quot;") + "</pre>\n",
		"entry = {\"Query Text\": \"select count(*) from parcels where state = any('{a,b}')\",\n" + strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(pretty[1:len(pretty)-1]), "}"))[1:] + "}\n",
	} {
		plans, err := plan.Parse([]byte(in))
		if err != nil || figuresOf(plans) != want || len(plans[0].Warnings) > 0 {
			t.Errorf("%v\n%.300s\n%s", err, in, figuresOf(plans))
		}
	}
	for _, in := range []string{
		"before = " + one + "\nafter = " + one + "\n",
		"before = " + one + " after = " + one + "\n",
		one + " and then " + one + "\n",
		`{"before":` + one + `,"after":` + one + "}\n",
	} {
		if plans, err := plan.Parse([]byte(in)); err != nil || figuresOf(plans) != want+want {
			t.Errorf("%d plans, %v\n%.300s", len(plans), err, in)
		}
	}
	// A second one whose node is not whole is lost, and said to be.
	short := "Result  (cost=0.00..0.01 rows=1 width=4)\n\nand as JSON:\n [   +\n   {  +\n     \"Plan\": {  +\n       \"Node Type\": \"Agg"
	if plans, err := plan.Parse([]byte(short)); err != nil || len(plans) != 1 || len(plans[0].Warnings) == 0 {
		t.Errorf("%d plans, %v: the second one was lost in silence", len(plans), err)
	}
	// What is damaged is said beside what was read.
	cut := "before = " + one + "\nafter = " + strings.Replace(one, `"Plan":{`, `"Plan":{?`, 1) + "\n"
	plans, err := plan.Parse([]byte(cut))
	if err != nil || len(plans) != 1 || !slices.ContainsFunc(plans[0].Warnings, func(w *plan.SyntaxError) bool { return w.Line == 2 }) {
		t.Error(fmt.Sprint(len(plans), plans[0].Warnings, err))
	}
}

// So is one in another format.
func TestEmbeddedFormats(t *testing.T) {
	for _, format := range []string{"txt", "yaml", "xml"} {
		b, err := os.ReadFile("testdata/formats/jit." + format)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		quoted, _ := json.Marshal(text)
		one := string(quoted)
		want := figuresOf(onePlan(t, text))
		for _, in := range []string{
			`{"level":"warn","msg":"slow query","explain":` + one + "}\n" + `{"level":"info","msg":"next"}` + "\n",
			`{"level":"warn","explain":` + one + `,"msg":"slow query"}` + "\n",
			`time=2026-01-02T10:00:00Z level=warn msg="slow query" plan=` + one + " rows=3\n",
			"2026-01-02 10:11:12 WARN slow query: " + one + "\n",
			"[worker 7] plan=" + one + "\n",
			"const plan = " + one + ";\n",
			"INSERT INTO plans VALUES (1, '" + strings.ReplaceAll(text, "'", "''") + "');\n",
			"UPDATE plans SET plan = E'" + strings.NewReplacer("'", "''", "\n", `\n`).Replace(text) + "' WHERE id = 1;\n",
			"id,plan,ms\n1,\"" + strings.ReplaceAll(text, `"`, `""`) + "\",12\n",
			"plan = \"\"\"" + text + "\"\"\"\nprint(plan)\n",
			"incident: 7\nplan: " + one + "\nowner: ops\n",
		} {
			plans, err := plan.Parse([]byte(in))
			if err != nil || figuresOf(plans) != want || len(plans[0].Warnings) > 0 {
				t.Errorf("%s: %v\n%.200s\n%s", format, err, in, figuresOf(plans))
			}
		}
	}
}

// asPython returns JSON as Python prints the same value.
func asPython(s string) string {
	s = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`).ReplaceAllStringFunc(s, func(one string) string {
		if strings.Contains(one, "'") {
			return one
		}
		return "'" + strings.ReplaceAll(one[1:len(one)-1], `\"`, `"`) + "'"
	})
	return strings.NewReplacer("true", "True", "false", "False", "null", "None").Replace(s)
}
