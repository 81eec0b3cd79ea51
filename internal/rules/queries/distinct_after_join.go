package queries

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var distinctAfterJoin = rule.Rule{
	ID:     "distinct-after-join",
	Title:  "DISTINCT over a join of which one side is not shown",
	Sees:   "SELECT DISTINCT whose columns are all of one table, while another one is joined.",
	Why:    "The join makes a row for each match, and DISTINCT throws all but one away: EXISTS asks for one match, and makes none of them.",
	Silent: "Columns of every table are shown, or expressions; a statement that takes little of the time; its plan says what it costs (distinct-hides-fanout).",
	Fix:    "EXISTS instead of the join, and no DISTINCT.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-EXISTS",
	},
	Thresholds: []*rule.Threshold{rule.TextShare},
	Rank:       rule.RankText,
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
		found(c.OnText(t, "is DISTINCT, shows columns of "+shown+" alone and joins other tables",
			"Each match of the join makes a row that DISTINCT throws away again. Judgment needed: whether the join may find several rows. The unique keys of the joined tables settle it; if it finds one at most, DISTINCT alone is too much.",
			"WHERE EXISTS (SELECT 1 FROM the other table ...) instead of the join, and no DISTINCT."))
	},
}

// outputOf is the table that all outputs of a level are columns of.
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
