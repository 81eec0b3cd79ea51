package queries

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var orAcrossJoin = rule.Rule{
	ID:     "or-across-join",
	Title:  "An OR over columns of two joined tables",
	Sees:   "An OR in WHERE whose branches are on columns of different tables of the join.",
	Why:    "No index can answer it, for each branch is of another table: the tables are joined whole first, and the condition is asked of every pair.",
	Silent: "All branches are of one table; a statement that takes little of the time; its plan says what it costs (join-filter-loss).",
	Fix:    "One SELECT for each branch, each with its own condition, and UNION of them.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-union.html",
	},
	Thresholds: []*rule.Threshold{rule.TextShare},
	Rank:       rule.RankText,
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
		found(c.OnText(t, "asks for "+one.Table+"."+one.Name+" or "+other.Table+"."+other.Name+", columns of two tables",
			"The condition can be asked only once both tables are joined. Judgment needed: how many rows the join makes before it. EXPLAIN (ANALYZE, BUFFERS) settles it (Rows Removed by Filter or by Join Filter); without it, leave the statement.",
			"One SELECT for each branch of the OR, and UNION of them: each can then use an index of its own table."))
	},
}

// acrossTables gives the columns of two branches of an OR that are of different
// tables and compared with values.
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
