package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/plan"
)

// own puts the figures of each node on lines of their own.
var own = replaced("  (cost=", "\n(cost=", " (actual ", "\n(actual ")

// anywhere are copies whose lines were broken at no width and lost their indentation.
var anywhere = map[string]func([]string) []string{
	"figures on lines of their own":   then(own, each(strings.TrimSpace)),
	"arrows too":                      then(own, replaced("->  ", "->\n"), each(strings.TrimSpace)),
	"within the words of nodes":       then(own, words2, each(strings.TrimSpace)),
	"between figures":                 then(replaced(" rows=", "\nrows=", " width=", "\nwidth=", " loops=", "\nloops="), each(strings.TrimSpace)),
	"a blank line after each":         then(own, each(strings.TrimSpace), func(l []string) []string { return strings.Split(strings.Join(l, "\n"), "\n") }, around("", "\n")),
	"in conditions":                   then(replaced(" AND ", " AND\n", " OR ", "\nOR "), each(strings.TrimSpace)),
	"a line of figures":               then(replaced(" read=", "\nread=", "  Batches: ", "\nBatches: ", "  Memory Usage: ", "\nMemory Usage: "), each(strings.TrimSpace)),
	"all on one line":                 func(l []string) []string { return []string{strings.Join(strings.Fields(strings.Join(l, " ")), " ")} },
	"all on one line, blanks as were": func(l []string) []string { return []string{strings.Join(l, " ")} },
}

// words2 breaks the words of nodes.
func words2(lines []string) []string {
	return each(func(s string) string {
		if strings.Contains(s, ": ") {
			return s
		}
		return strings.NewReplacer(" using ", " using\n", " on ", " on\n").Replace(s)
	})(lines)
}

// TestBrokenAnywhere: lines that were broken wherever that was, without a width that shows
// it, are read as without; that the tree was reconstructed is all that is said.
func TestBrokenAnywhere(t *testing.T) {
	blanks := func(plans []*plan.Plan) string { return strings.Join(strings.Fields(reading(plans)), " ") }
	for _, clean := range []string{fieldPlan, single} {
		want := blanks(onePlan(t, clean))
		for how, change := range anywhere {
			in := strings.Join(change(strings.Split(strings.TrimSuffix(clean, "\n"), "\n")), "\n") + "\n"
			got, err := plan.Parse([]byte(in))
			if err != nil || len(got) != 1 {
				t.Errorf("%s: %d plans, %v\n%s", how, len(got), err, in)
				continue
			}
			if diff := cmp.Diff(want, blanks(got)); diff != "" {
				t.Errorf("%s:\n%s\n%s", how, diff, in)
			}
			for _, w := range got[0].Warnings {
				if !strings.Contains(w.Error(), "indentation") {
					t.Errorf("%s: %v", how, w)
				}
			}
		}
	}
}

// restored are what programs change of blanks, arrows and signs.
var restored = map[string]func([]string) []string{
	"tabs of four": each(func(s string) string {
		at := len(s) - len(strings.TrimLeft(s, " "))
		return strings.Repeat("\t", at/4) + s[at-at%4:]
	}),
	"arrow, long":               replaced("->  ", "⟶  "),
	"arrow, double":             replaced("->  ", "=>  "),
	"arrow, a corner":           replaced("->  ", "└─ "),
	"arrow, a bullet":           replaced("->  ", "* "),
	"arrow, none":               replaced("->  ", ""),
	"arrow, blanks":             replaced("->  ", "    "),
	"wide blanks":               replaced("  ", "\u2003\u2003"),
	"numbers with arrows":       numbered("    %d→"),
	"numbers with arrows, bare": numbered("%d→"),
	"JSON of a page": text(func(s string) string {
		return strings.NewReplacer("\n", `\n`, ">", `\u003e`, "<", `\u003c`, `"`, `\"`).Replace(s)
	}),
	"docstring":                 text(func(s string) string { return `PLAN = """` + s + `"""` }),
	"mail in a mail, flowed":    then(each(flowedAt74), around("> > ", "")),
	"guillemets of a quotation": around("» ", ""),
	"line ends shown":           around("", "↵"),
	"plus signs, ragged":        around("", "+"),
	"source of a mail":          then(replaced("=", "=3D"), each(quotedPrintable)),
	"source of a mail, blanks":  then(replaced("=", "=3D"), around("", "=20")),
}

// flowedAt74 breaks a line between words as a mail program does.
func flowedAt74(s string) string {
	const width = 74
	var b strings.Builder
	for len(s) > width {
		at := strings.LastIndexByte(s[:width], ' ')
		if strings.TrimSpace(s[:max(at, 0)]) == "" {
			break
		}
		b.WriteString(strings.TrimRight(s[:at], " ") + "\n")
		s = strings.TrimLeft(s[at:], " ")
	}
	return b.String() + s
}

// quotedPrintable breaks a line as the source of a mail does.
func quotedPrintable(s string) string {
	const width = 75
	var b strings.Builder
	for len(s) > width {
		at := width
		for strings.Contains(s[at-2:at], "=") {
			at--
		}
		b.WriteString(s[:at] + "=\n")
		s = s[at:]
	}
	return b.String() + s
}

func TestRestored(t *testing.T) {
	for _, clean := range []string{fieldPlan, single} {
		want := reading(onePlan(t, clean))
		for how, change := range restored {
			in := strings.Join(change(strings.Split(strings.TrimSuffix(clean, "\n"), "\n")), "\n") + "\n"
			got, err := plan.Parse([]byte(in))
			if err != nil {
				t.Errorf("%s: %v\n%s", how, err, in)
				continue
			}
			if diff := cmp.Diff(want, reading(got)); diff != "" || len(got[0].Warnings) > 0 {
				t.Errorf("%s: %v\n%s\n%s", how, got[0].Warnings, diff, in)
			}
		}
	}
}

// TestLostIsSaid: what a text lost is said, although each line of it can be read.
func TestLostIsSaid(t *testing.T) {
	for name, in := range map[string]string{
		"the execution of the only node": "Seq Scan on screening  (cost=0.00..73094.00 rows=15933 width=29)...\n  Filter: (closes_on <= '2024-01-01'::date)\n  Rows Removed by Filter: 983371\nExecution Time: 339.539 ms\n",
		"a node between":                 "Sort  (cost=9.00..9.10 rows=4 width=8)\n  Sort Key: a\n  ->  Seq Scan on t  (cost=0.00..4.00 rows=4 width=8)\n  ->  Seq Scan on u  (cost=0.00..4.00 rows=4 width=8)\n",
		"the name of a property":         "Index Scan using i on t  (cost=0.00..4.00 rows=4 width=8)\n  Index Cond: (a = 1) Searches: 5\n",
	} {
		plans, err := plan.Parse([]byte(in))
		if err == nil && len(plans) > 0 && len(plans[0].Warnings) == 0 {
			t.Errorf("%s: nothing is said\n%s", name, in)
		}
	}
}

// TestPlanInLiteral: a literal that holds a plan in JSON is no plan.
func TestPlanInLiteral(t *testing.T) {
	in := strings.Replace(single, "'2024-01-01'::date", `'[{"Plan": {"Node Type": "Result"}}]'::text`, 1)
	if got := onePlan(t, in); got[0].Root.Type != "Seq Scan" || got[0].ExecutionMs.Or(0) != 339.539 {
		t.Error(reading(got))
	}
}
