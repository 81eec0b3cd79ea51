package queries

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var (
	unlimitedRows  = rule.NewThreshold("rows_a_call", 10_000, "rows", "more than anybody looks at, and megabytes for the client to keep")
	unlimitedCalls = rule.NewThreshold("calls", 100, "calls", "fewer are an export or a report")
)

var missingLimit = rule.Rule{
	ID:     "missing-limit",
	Title:  "A SELECT without LIMIT returns very many rows",
	Sees:   "A SELECT without LIMIT and without an aggregate that returns 10,000 rows or more a call, called 100 times or more.",
	Why:    "All of it is read, sent and kept in the client's memory, and it grows with the table.",
	Silent: "COPY, cursors, aggregates; few calls; a statement that takes little of the time.",
	Fix:    "Page by page, by the last key; or a cursor or COPY where all rows are wanted.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-limit.html", "https://www.postgresql.org/docs/current/sql-declare.html",
	},
	Thresholds: []*rule.Threshold{unlimitedRows, unlimitedCalls, rule.TextShare},
	Rank:       rule.RankText,
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		s, q := t.Statement, t.Shape
		if s == nil || q.Kind != sql.Select || q.Limit || q.Whole || q.Aggregates > 0 || len(q.Group) > 0 || s.Calls.Or(0) < unlimitedCalls.In(c) || !c.Matters(t) {
			return
		}
		rows := s.Rows.Or(0) / s.Calls.Or(1)
		if rows < unlimitedRows.In(c) {
			return
		}
		f := c.OnText(t, "returns "+figures.Count(rows)+" rows per call, without a LIMIT", "In "+rule.Counted(s.Calls.Or(0), "call")+" all of these were read, sent and kept by the client.",
			"Page by page, by the last row's key; where all rows are wanted, a cursor or COPY, which need not keep them.")
		f.Tag = finding.Confirmed
		e := rule.Evidence(f.Evidence)
		e.Number("rows per call", opt.Of(rows), "rows", "pg_stat_statements")
		f.Evidence = e
		found(f)
	},
}
