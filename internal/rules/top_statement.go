package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	topShare = Threshold{"share", 0.2, "share", "of the exported time: a fifth of what there is to gain"}
	topDay   = Threshold{"ms_per_day", 10_000, "ms", "the first of a server that has nothing to do is no problem"}
)

var topStatement = Rule{
	ID:     "top-statement",
	Title:  "One statement takes a large part of the time",
	Sees:   "A statement that takes a fifth of the exported time or more, and 10 s a day or more.",
	Why:    "Whatever makes it faster makes the server faster; work on the others gains little.",
	Silent: "Utility statements, monitoring, EXPLAIN; a statement whose plan was pasted, or of which another rule says why it takes its time; counters whose age is not known.",
	Fix:    "EXPLAIN (ANALYZE, BUFFERS) of it, with values that are asked for in practice.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*Threshold{&topShare, &topDay},
	Rank:       rankWorkload - 2,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) {
		share, day, top := c.top(s)
		if !top || !c.asksForPlan(s, q) {
			return
		}
		f := c.slowOne(s, q)
		f.Evidence = append(f.Evidence, finding.Evidence{Name: "time a day", Value: day, Unit: "ms", Source: "pg_stat_statements"})
		f.Title = redact.Sprintf("%s takes %s of the exported time: %s calls of %s", upper(statementOn(q)), figures.Share(share), figures.Count(s.Calls.Or(0)), figures.Ms(s.MeanMs.Or(0)))
		f.Detail = redact.Sprintf("That is %s a day.%s", figures.Ms(day), f.Detail)
		found(f)
	},
}

// top gives a statement's share of the exported time and its time a day, and
// whether both are large.
func (c *Case) top(s *workload.Statement) (share, day float64, large bool) {
	share = c.shareOf([]*workload.Statement{s}).Or(0)
	day = opt.Both(c.CallsPerDay(s), s.MeanMs, func(calls, ms float64) float64 { return calls * ms }).Or(0)
	return share, day, share >= topShare.Value && day >= topDay.Value
}
