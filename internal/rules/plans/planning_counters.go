package plans

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

var (
	planningShare  = rule.NewThreshold("share", 0.01, "share", "of total execution time including planning, over all such statements")
	planningDay    = rule.NewThreshold("ms_per_day", 10_000, "ms", "less does not matter to a server")
	planningMedium = rule.NewThreshold("medium_share", 0.2, "share", "of total execution time")
)

// planningInCounters reports the statements that are planned per call and take longer
// to plan than to execute.
func planningInCounters(c *rule.Case, found func(rule.Found)) {
	if c.Snapshot == nil {
		return
	}
	var list []*workload.Statement
	planning, perDay, all := 0.0, 0.0, 0.0
	for _, s := range c.Snapshot.Statements {
		if !s.TopLevel {
			continue
		}
		took := s.PlanTotalMs.Or(0)
		all += s.TotalMs.Or(0) + took
		if s.Plans.Or(0) < rule.SlowCalls.In(c) || took < s.TotalMs.Or(took+1) || !c.Explainable(s) {
			continue
		}
		list = append(list, s)
		planning += took
		perDay += c.Snapshot.StatementPerDay(s, func(s *workload.Statement) opt.Float { return s.PlanTotalMs }).Or(0)
	}
	if len(list) == 0 || c.TotalMs() <= 0 || planning < planningShare.In(c)*all || perDay < planningDay.In(c) {
		return
	}
	slices.SortStableFunc(list, func(a, b *workload.Statement) int { return cmp.Compare(b.PlanTotalMs.Or(0), a.PlanTotalMs.Or(0)) })
	top := list[0]
	e := c.OfStatement(top)
	e.Number("times planned", top.Plans, "", "pg_stat_statements")
	e.Number("planning time of this statement", top.PlanTotalMs, "ms", "pg_stat_statements")
	e.Number("planning time of all these statements", opt.Of(planning), "ms", "pg_stat_statements")
	e.Number("planning time per day", opt.Of(perDay), "ms", "pg_stat_statements")
	e.Number("share of total execution time including planning", opt.Of(planning/all), "share", "pg_stat_statements")
	e.Text("statement", top.Query, "pg_stat_statements")
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low, Evidence: e, Share: opt.Of(planning / all)}, Statement: top, Aside: planning < planningMedium.In(c)*all}
	if planning >= planningMedium.In(c)*all && perDay >= rule.SeveritySteps[1].PerDayMs {
		f.Severity = finding.Medium
	}
	f.SaysShare = true
	f.Title = redact.Sprintf("%s took longer to plan than to execute: planning is %s of total execution time", figures.Plural(len(list), "statement"), figures.Share(planning/all))
	f.Detail = redact.Sprintf("%s was planned %s, %s each, and takes %s to execute.", rule.Upper(rule.StatementOn(c.Statements[top])),
		rule.Often(top.Plans.Or(0)), figures.Ms(top.PlanTotalMs.Or(0)/top.Plans.Or(1)), figures.Ms(top.MeanMs.Or(0)))
	if len(list) > 1 {
		var ids []string
		for _, s := range list[1:min(len(list), 4)] {
			ids = append(ids, fmt.Sprintf("%s (%s and %s)", c.Called(s), figures.Ms(s.PlanTotalMs.Or(0)/s.Plans.Or(1)), figures.Ms(s.MeanMs.Or(0))))
		}
		f.More = redact.Sprintf("Next (planning and execution per call): %s.", strings.Join(ids, ", "))
	}
	f.Fix = redact.Plain("Use prepared statements in the driver or the connection pool: they are planned a few times per session, not per call. If planning takes milliseconds, reduce partitions, indexes or joins, or add a condition on the partition key.")
	found(f)
}
