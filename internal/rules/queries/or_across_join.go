package queries

import (
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var orAcrossJoin = rule.Rule{
	ID:     "or-across-join",
	Title:  "OR over columns of two joined tables",
	Sees:   "An OR in WHERE whose branches are on columns of different joined tables.",
	Why:    "No index can serve the condition, because each branch is on another table. The tables are joined completely first, and the condition is checked for every pair.",
	Silent: "All branches are on one table. The statement takes little time. A plan shows what it costs (join-filter-loss).",
	Fix:    "Write one SELECT per branch, each with its own condition, and combine them with UNION.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-union.html",
	},
	Thresholds: []*rule.Threshold{rule.TextShare},
	Rank:       rule.RankText,
	Forms:      []*rewrite.Rewrite{rewrite.UnionAll},
	Subject:    "OR",
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		var one, other sql.Column
		rule.Levels(t.Shape, func(q *sql.Query) {
			for _, cond := range q.Where {
				if a, b, ok := acrossTables(cond); ok && len(q.Tables) > 1 {
					one, other = a, b
				}
			}
		})
		if one.Name == "" || t.Plan != nil || !c.Matters(t) {
			return // a plan shows what it costs
		}
		f := c.OnText(t, "has an OR over "+one.Table+"."+one.Name+" and "+other.Table+"."+other.Name+", columns of two tables",
			"The condition can be checked only after both tables are joined.",
			"Write one SELECT per branch of the OR and combine them with UNION. Each can then use an index of its own table.")
		f.Decide("Does the join produce many rows before the condition is checked?", "EXPLAIN (ANALYZE, BUFFERS) (Rows Removed by Filter or by Join Filter)", "leave the statement as it is")
		found(f)
	},
}

// acrossTables returns the columns of two branches of an OR that belong to different
// tables and are compared with values.
func acrossTables(c sql.Cond) (one, other sql.Column, ok bool) {
	if c.Op != sql.Or {
		return one, other, false
	}
	for _, branch := range c.Any {
		b := branch[0]
		if b.Left.Table == "" || b.Value >= sql.Runtime {
			return one, other, false
		}
		switch {
		case one.Name == "":
			one = b.Left
		case b.Left.Table != one.Table:
			other, ok = b.Left, true
		}
	}
	return one, other, ok
}
