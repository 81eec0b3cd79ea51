package workload

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var jitHeavyStatement = rule.Rule{
	ID:     "jit-heavy-statement",
	Title:  "JIT compilation takes much of the time",
	Sees:   "Statements that spend 25% of their time or more on JIT compilation, together 1% of total execution time or more.",
	Why:    "The estimated cost enabled JIT, and the compiled code runs for too short a time to make up for it. Each call compiles again.",
	Silent: "Statements whose plan is in the input (jit-overhead). Less of the time.",
	Fix:    "Set jit = off for the role that runs them, or raise jit_above_cost. If one estimate is far too high, correct that estimate.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/jit-decision.html",
	},
	Thresholds: []*rule.Threshold{jitOfTime, jitOfAll},
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		var list []*workload.Statement
		compiling, all := 0.0, c.TotalMs()
		for _, s := range c.Snapshot.Statements {
			if jit, ok := s.JITMs.Get(); ok && s.TopLevel && jit >= jitOfTime.In(c)*s.TotalMs.Or(0) && jit > 0 && c.Explainable(s) {
				list = append(list, s)
				compiling += jit
			}
		}
		if len(list) == 0 || all <= 0 || compiling < jitOfAll.In(c)*all {
			return
		}
		slices.SortStableFunc(list, func(a, b *workload.Statement) int { return cmp.Compare(b.JITMs.Or(0), a.JITMs.Or(0)) })
		top := list[0]
		e := c.OfStatement(top)
		e.Number("JIT compilation time", top.JITMs, "ms", "pg_stat_statements")
		e.Number("JIT compilation time of all these statements", opt.Of(compiling), "ms", "pg_stat_statements")
		e.Number("jit_above_cost", c.Snapshot.SettingNumber("jit_above_cost"), "planner units", "pg_settings")
		e.Text("statement", top.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low, Evidence: e}, Statement: top}
		f.Title = redact.Sprintf("JIT compilation takes %s of the time of %s, %s of total execution time", figures.Share(compiling/max(rule.SumMs(list), compiling)), figures.Plural(len(list), "statement"), figures.Share(compiling/all))
		f.Detail = redact.Sprintf("%s spends %s of its %s per call on JIT compilation.", rule.Upper(rule.StatementOn(c.Statements[top])), figures.Ms(top.JITMs.Or(0)/top.Calls.Or(1)), figures.Ms(top.MeanMs.Or(0)))
		if len(list) > 1 {
			var ids []string
			for _, s := range list[1:min(len(list), 4)] {
				ids = append(ids, fmt.Sprintf("%s (%s of %s)", c.Called(s), figures.Ms(s.JITMs.Or(0)), figures.Ms(s.TotalMs.Or(0))))
			}
			f.More = redact.Sprintf("Next: %s.", strings.Join(ids, ", "))
		}
		f.Fix = redact.Plain("Run ALTER ROLE ... SET jit = off for the role that runs them, or raise jit_above_cost to ten times its value. EXPLAIN shows the cost that enabled JIT, and whether an estimate in it is far too high.")
		found(f)
	},
}
