package queries

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var inListSize = rule.NewThreshold("elements", 500, "values", "values that are sent, parsed and planned on each call")

var largeInList = rule.Rule{
	ID:     "large-in-list",
	Title:  "IN list with hundreds of values",
	Sees:   "IN (...) with 500 values or more.",
	Why:    "Every value is parsed and planned on each call, and no plan is reused. Up to PostgreSQL 17, each list length is another statement in pg_stat_statements.",
	Silent: "The values come as one array parameter. The statement takes little time.",
	Fix:    "Pass one array parameter: = ANY ($1). For very many values, join unnest($1) or a temporary table.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-comparisons.html#FUNCTIONS-COMPARISONS-ANY-SOME",
	},
	Thresholds: []*rule.Threshold{inListSize, rule.TextShare},
	Rank:       rule.RankText,
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		largest, column := 0, ""
		rule.Levels(t.Shape, func(q *sql.Query) {
			rule.EachCond(q.Where, func(cond sql.Cond) {
				if cond.Op == sql.In && cond.InSize > largest && cond.Left.Name != "" {
					largest, column = cond.InSize, cond.Left.Name
				}
			})
		})
		if float64(largest) < inListSize.In(c) || !c.Matters(t) {
			return
		}
		f := c.OnText(t, "has an IN list of "+figures.Count(float64(largest))+" values for "+column, "The values are parsed and planned on each call.",
			"Pass the values as one array parameter: "+column+" = ANY ($1). For thousands of values, join unnest($1) or an analyzed temporary table.")
		f.Decide("Is the statement called often with such lists?", "pg_stat_statements", "leave the statement as it is if it runs rarely")
		found(f)
	},
}
