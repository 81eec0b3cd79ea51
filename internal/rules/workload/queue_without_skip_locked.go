package workload

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var queueCalls = rule.NewThreshold("calls", 1_000, "calls", "a queue is asked all day; a lock taken now and then is none")

var queueWithoutSkipLocked = rule.Rule{
	ID:     "queue-without-skip-locked",
	Title:  "A queue's workers wait for each other",
	Sees:   "SELECT ... ORDER BY ... LIMIT ... FOR UPDATE without SKIP LOCKED, called a thousand times or more.",
	Why:    "Every worker asks for the same first rows. All but one wait until its transaction ends, and then find the rows gone: more workers make it no faster.",
	Silent: "SKIP LOCKED or NOWAIT is there; no LIMIT; few calls.",
	Fix:    "FOR UPDATE SKIP LOCKED, and a partial index on the open rows in the order of the queue.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE",
	},
	Thresholds: []*rule.Threshold{queueCalls},
	Rank:       rule.RankWorkload - 2,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		if q == nil || !s.TopLevel || s.Calls.Or(0) < queueCalls.In(c) || queueOf(q) == nil {
			return
		}
		e := c.OfStatement(s)
		e.Number("mean", s.MeanMs, "ms", "pg_stat_statements")
		e.Number("standard deviation", s.StddevMs, "ms", "pg_stat_statements")
		e.Text("statement", s.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Low, Evidence: e,
			Title: redact.Sprintf("%s takes rows off a queue and waits for those that others took, in %s", rule.Upper(rule.StatementOn(q)), rule.Counted(s.Calls.Or(0), "call")),
			Detail: redact.Plain("Judgment needed: whether several workers ask at once, and whether the order has to be strict. " +
				"The application's code settles it; without it, leave the statement as it is."),
			Fix: redact.Plain("FOR UPDATE SKIP LOCKED: each worker gets rows that nobody has. And a partial index on the open rows, in the order in which they are taken."),
		}}
		if share := c.ShareOf([]*workload.Statement{s}); share.Or(0) >= hotMedium.In(c) {
			f.Severity = finding.Medium
		}
		found(f)
	},
}

// queueOf is the level of a statement that locks the first rows of an order.
func queueOf(q *sql.Query) *sql.Query {
	if q.Kind == sql.Select && q.Waits && q.Limit && len(q.Sort) > 0 {
		return q
	}
	for _, part := range q.Parts {
		if p := queueOf(part); p != nil {
			return p
		}
	}
	return nil
}
