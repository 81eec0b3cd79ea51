package queries

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var nullComparison = rule.Rule{
	ID:     "null-comparison",
	Title:  "Comparison with NULL is never true",
	Sees:   "A condition = NULL or <> NULL.",
	Why:    "A comparison with NULL gives NULL, and a row for which a condition is NULL is left out. The condition keeps no row, whatever the table contains.",
	Silent: "IS NULL and IS NOT DISTINCT FROM. transform_null_equals is on. A parameter, whose value the text does not show.",
	Fix:    "Use IS NULL or IS NOT NULL, or IS [NOT] DISTINCT FROM if the value may be NULL.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-comparison.html",
	},
	Rank:  rule.RankText,
	Forms: []*rewrite.Rewrite{rewrite.IsNull},
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		if c.Snapshot != nil && c.Snapshot.Settings["transform_null_equals"].Value == "on" {
			return
		}
		column := ""
		rule.Levels(t.Shape, func(q *sql.Query) {
			rule.EachCond(q.Where, func(cond sql.Cond) {
				if (cond.Op == sql.Eq || cond.Op == sql.Ne) && cond.Const.Raw() == "NULL" && cond.Left.Name != "" {
					column = cond.Left.Name
				}
			})
		})
		if column == "" {
			return
		}
		f := c.OnText(t, "compares "+column+" with NULL by an operator, so no row passes", "A comparison with NULL gives NULL, never true, so the condition keeps no row.",
			"Write "+column+" IS NULL or "+column+" IS NOT NULL.")
		f.Tag = finding.Confirmed
		found(f)
	},
}
