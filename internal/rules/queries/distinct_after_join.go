package queries

import (
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var distinctAfterJoin = rule.Rule{
	ID:     "distinct-after-join",
	Title:  "DISTINCT over a join with one table in the output",
	Sees:   "SELECT DISTINCT with columns of one table only, joined to other tables.",
	Why:    "The join produces a row for each match, and DISTINCT discards all but one. EXISTS stops at the first match and produces no duplicates.",
	Silent: "The output has columns of several tables, or expressions. The statement takes little time. A plan shows what it costs (distinct-hides-fanout).",
	Fix:    "Use EXISTS instead of the join. Remove DISTINCT if the output has a key of the table.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-EXISTS",
	},
	Thresholds: []*rule.Threshold{rule.TextShare},
	Rank:       rule.RankText,
	Forms:      []*rewrite.Rewrite{rewrite.DistinctExists},
	Subject:    "DISTINCT over a join",
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		shown := ""
		rule.Levels(t.Shape, func(q *sql.Query) {
			if q.Distinct && len(q.Tables) > 1 && len(q.Parts) == 0 {
				if of, ok := outputOf(q); ok {
					shown = of
				}
			}
		})
		if shown == "" || t.Plan != nil || !c.Matters(t) {
			return // a plan shows what it costs
		}
		f := c.OnText(t, "is DISTINCT on columns of "+shown+" only, but joins other tables",
			"Each further match of the join produces a row that DISTINCT discards.",
			"Replace the join with WHERE EXISTS (SELECT 1 FROM the other table ...). Remove DISTINCT if the output has a key of "+shown+".")
		f.More = redact.Plain("If the join finds one row at most, EXISTS saves nothing, and DISTINCT is unnecessary.")
		f.Decide("Can the join find several rows for one row of "+shown+"?", "the unique keys of the joined tables", "leave the statement as it is")
		found(f)
	},
}

// outputOf returns the table that all output columns of a level belong to.
func outputOf(q *sql.Query) (string, bool) {
	of := ""
	for _, out := range q.Output {
		if out.Table == "" || of != "" && out.Table != of {
			return "", false
		}
		of = out.Table
	}
	return of, of != ""
}
