package queries

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var (
	unlimitedRows  = rule.NewThreshold("rows_per_call", 10_000, "rows", "more rows than a person reads, and megabytes in the client's memory")
	unlimitedCalls = rule.NewThreshold("calls", 100, "calls", "fewer calls may be an export or a report")
)

var missingLimit = rule.Rule{
	ID:     "missing-limit",
	Title:  "SELECT without LIMIT returns many rows",
	Sees:   "A SELECT without LIMIT and without an aggregate that returns 10,000 or more rows per call, called 100 times or more.",
	Why:    "All rows are read, sent and kept in the client's memory, and their number grows with the table.",
	Silent: "COPY, cursors and aggregates. Few calls. A statement that takes little time.",
	Fix:    "Page through the result by the last key. If all rows are needed, use a cursor or COPY.",
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
		f := c.OnText(t, "returns "+figures.Count(rows)+" rows per call without LIMIT", "In "+rule.Counted(s.Calls.Or(0), "call")+" all these rows were read, sent and kept by the client.",
			"Page through the result by the last key. If all rows are needed, use a cursor or COPY, which need not keep them in memory.")
		f.Tag = finding.Confirmed
		f.Number("rows per call", opt.Of(rows), "rows", "pg_stat_statements")
		found(f)
	},
}
