package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	topShare = NewThreshold("share", 0.2, "share", "of total execution time: a fifth of what there is to gain")
	topDay   = NewThreshold("ms_per_day", 10_000, "ms", "the first of a server that has nothing to do is no problem")
	topTotal = NewThreshold("total", 1_000, "ms", "of all calls, where the age of the counters is not known: of less a share says nothing")
)

var topStatement = Rule{
	ID:     "top-statement",
	Title:  "One statement takes a large part of total execution time",
	Sees:   "A statement that takes 20% of total execution time or more, and 10 s per day or more; where the age of the counters is not known, 1 s in all.",
	Why:    "Whatever makes it faster makes the server faster; work on the others gains little.",
	Silent: "Utility statements, monitoring, EXPLAIN; a statement whose plan was pasted, or of which another rule says why it takes its time.",
	Fix:    "Run EXPLAIN (ANALYZE, BUFFERS) of it, with values that the application uses.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*Threshold{topShare, topDay, topTotal},
	Rank:       rankWorkload - 2,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) {
		share, day, top := c.top(s)
		if !top || !c.Explainable(s) {
			return
		}
		f := c.slowOne(s, q)
		f.Evidence = append(f.Evidence, perDay(day)...)
		f.Title = redact.Sprintf("%s takes %s of total execution time: %s of %s", upper(statementOn(q)), figures.Share(share), counted(s.Calls.Or(0), "call"), figures.Ms(s.MeanMs.Or(0)))
		if ms, ok := day.Get(); ok {
			f.begin("That is %s per day.", figures.Ms(ms))
		}
		found(f)
	},
}

func perDay(day opt.Float) evidence {
	var e evidence
	e.number("time per day", day, "ms", "pg_stat_statements")
	return e
}

// top gives a statement's share of total execution time and its time per day,
// and whether it is one of the few that matter.
func (c *Case) top(s *workload.Statement) (share float64, day opt.Float, large bool) {
	share = c.shareOf([]*workload.Statement{s}).Or(0)
	return share, c.msPerDay(s), share >= topShare.In(c) && c.TakesTime(s)
}

// TakesTime reports whether a statement takes enough time for its share to say
// anything: per day, or in all where the age of the counters is not known.
func (c *Case) TakesTime(s *workload.Statement) bool {
	if ms, ok := c.weightPerDay(s).Get(); ok {
		return ms >= topDay.In(c)
	}
	return s.TotalMs.Or(0) >= topTotal.In(c)
}

// msPerDay is the time per day that a statement takes.
func (c *Case) msPerDay(s *workload.Statement) opt.Float {
	return opt.Both(c.CallsPerDay(s), s.MeanMs, func(calls, ms float64) float64 { return calls * ms })
}

// weightPerDay is the time per day that a statement is weighed by: of too few
// calls for a rate, what they took.
func (c *Case) weightPerDay(s *workload.Statement) opt.Float {
	if day := c.msPerDay(s); day.Known() {
		return day
	}
	counted := c.Snapshot.StatementPerDay(s, func(s *workload.Statement) opt.Float { return s.TotalMs })
	return opt.Both(counted, s.TotalMs, func(day, total float64) float64 { return min(day, total) })
}
