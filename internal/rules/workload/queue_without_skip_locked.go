package workload

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var queueCalls = rule.NewThreshold("calls", 1_000, "calls", "a queue is polled all day; a rare lock is no queue")

var queueWithoutSkipLocked = rule.Rule{
	ID:     "queue-without-skip-locked",
	Title:  "Queue workers wait for each other",
	Sees:   "SELECT ... ORDER BY ... LIMIT ... FOR UPDATE without SKIP LOCKED, called a thousand times or more.",
	Why:    "Every worker selects the same first rows. All but one wait until its transaction ends, and then find the rows gone. More workers do not make it faster.",
	Silent: "Statements with SKIP LOCKED or NOWAIT, or without LIMIT. Few calls.",
	Fix:    "Use FOR UPDATE SKIP LOCKED, and a partial index on the open rows in the order of the queue.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE",
	},
	Thresholds: []*rule.Threshold{queueCalls, hotMedium},
	Rank:       rule.RankWorkload - 2,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		if q == nil || !s.TopLevel || s.Calls.Or(0) < queueCalls.In(c) || queueOf(q) == nil {
			return
		}
		e := c.OfStatement(s)
		e.Number("standard deviation", s.StddevMs, "ms", "pg_stat_statements")
		e.Text("statement", s.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Low, Evidence: e,
			Title:    redact.Sprintf("Queue polling without SKIP LOCKED: %s, %s", rule.StatementOn(q), rule.Counted(s.Calls.Or(0), "call")),
			Detail:   redact.Plain("Every worker selects the same first rows, and all but one wait until that transaction ends."),
			Question: redact.Plain("Do several workers poll at once, and may they skip rows that are locked?"),
			Settles:  redact.Plain("the application's code"),
			Default:  redact.Plain("leave the statement as it is"),
			Fix:      redact.Plain("Add SKIP LOCKED to FOR UPDATE: each worker then gets rows that no other worker has. Create a partial index on the open rows, in queue order."),
		}}
		if share := c.ShareOf(s); share.Or(0) >= hotMedium.In(c) {
			f.Severity = finding.Medium
		}
		found(f)
	},
}

// queueOf returns the level of a statement that locks the first rows of an order.
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
