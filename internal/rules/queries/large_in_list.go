package queries

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var inListSize = rule.NewThreshold("elements", 500, "values", "parsed, planned and sent anew with each call")

var largeInList = rule.Rule{
	ID:     "large-in-list",
	Title:  "A list of hundreds of values in the statement's text",
	Sees:   "IN (...) with 500 values or more.",
	Why:    "Each value is parsed and planned on every call, no plan is kept, and each length of the list is another statement to pg_stat_statements (up to 17).",
	Silent: "The values come as one array parameter; a statement that takes little of the time.",
	Fix:    "One array parameter: = ANY ($1); for very many values a join to unnest($1) or to a temporary table.",
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
		found(c.OnText(t, "lists "+figures.Count(float64(largest))+" values of "+column,
			"They are parsed and planned on every call. Judgment needed: how often it is called with lists like that. pg_stat_statements settles it; without it, leave a statement that runs rarely.",
			"Give the values as one array parameter: "+column+" = ANY ($1). For thousands, join unnest($1), or a temporary table that was analysed."))
	},
}
