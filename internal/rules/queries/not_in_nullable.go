package queries

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var notInNullable = rule.Rule{
	ID:     "not-in-nullable",
	Title:  "NOT IN with a nullable column",
	Sees:   "NOT IN (SELECT column ...) if the column may be NULL, or if the input does not show that it cannot be NULL.",
	Why:    "x NOT IN (1, NULL) is NULL, not true: with one NULL in the list the condition keeps no row. NOT IN also cannot become an anti join, so the list has to fit in memory.",
	Silent: "The column is NOT NULL, or the subquery excludes NULL. The subquery returns an expression.",
	Fix:    "Use NOT EXISTS (SELECT 1 FROM ... WHERE column = outer column).",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-NOTIN",
	},
	Rank:    rule.RankText,
	Forms:   []*rewrite.Rewrite{rewrite.NotExists},
	Subject: "NOT IN",
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		var of *sql.Query
		rule.Levels(t.Shape, func(q *sql.Query) {
			if q.NotIn && len(q.Output) == 1 && q.Output[0].Name != "" && q.Output[0].Name != "*" && !neverNull(c, q) {
				of = q
			}
		})
		if of == nil {
			return
		}
		column := of.Output[0].Name
		f := c.OnText(t, "has NOT IN (SELECT "+column+" ...): with a single NULL there, no row passes", "Whether "+column+" can be NULL is not in the input.",
			"Write WHERE NOT EXISTS (SELECT 1 FROM ... WHERE "+column+" = the outer column). NULL does no harm there, and the planner can use an anti join.")
		f.Decide("Can "+column+" be NULL?", `\d of its table`, "write NOT EXISTS, which is right either way")
		table := c.TableOf(of, of.Output[0].Table)
		col := (*workload.Column)(nil)
		if table != nil {
			col = table.Column(column)
		}
		switch {
		case returnedRows(t):
			f.Detail = redact.Plain("The statement has returned rows so far, so the list held no NULL.")
		case col != nil && col.Stats != nil && col.Stats.NullFrac.Or(0) > 0:
			share := col.Stats.NullFrac.Or(0)
			f.Tag, f.Severity = finding.Confirmed, finding.High
			f.Decide("", "", "")
			f.Title = redact.Sprintf("%s has NOT IN (SELECT %s ...), and %s is NULL in %s of the rows", rule.Upper(rule.StatementOn(t.Shape)), column, column, figures.Share(share))
			f.Detail = redact.Sprintf("The statistics of %s show NULL in that column. If the subquery returns one of these rows, the condition keeps no row at all: the result is wrong, not slow.", table.QName())
			f.Evidence = append(f.Evidence, finding.Evidence{Name: "null_frac of " + column, Value: share, Source: "pg_stats"})
		case col != nil && col.NotNull.Known():
			f.Detail = redact.Sprintf("%s.%s has no NOT NULL constraint.", table.QName(), column)
			f.Decide("Is "+column+" ever NULL?", "null_frac of the column in pg_stats", "write NOT EXISTS")
		}
		found(f)
	},
}

// returnedRows reports whether the statement is known to have returned rows of
// its tables.
func returnedRows(t *rule.Text) bool {
	if t.Shape.Kind != sql.Select || t.Shape.Aggregates > 0 {
		return false
	}
	return t.Statement != nil && t.Statement.Rows.Or(0) > 0 || t.Plan != nil && t.Plan.Root.RowsTotal.Or(0) > 0
}

// neverNull reports whether a subquery returns a column that cannot be NULL:
// it is declared so, or a condition leaves NULL out.
func neverNull(c *rule.Case, q *sql.Query) bool {
	out := q.Output[0]
	for _, cond := range q.Where {
		if cond.Left.Name == out.Name && (cond.Left.Table == out.Table || cond.Left.Table == "" || out.Table == "") && strict[cond.Op] {
			return true
		}
	}
	t := c.TableOf(q, out.Table)
	if t == nil {
		return false
	}
	for _, k := range t.Constraints {
		if k.Type == "p" && len(k.Columns) > 0 {
			for _, column := range k.Columns {
				if column == out.Name {
					return true
				}
			}
		}
	}
	col := t.Column(out.Name)
	return col != nil && col.NotNull == opt.Some(true)
}

// strict are the comparisons that NULL never passes.
var strict = map[sql.Op]bool{sql.Eq: true, sql.Ne: true, sql.Range: true, sql.In: true, sql.NotNull: true, sql.Like: true, sql.LikeAny: true, sql.NotLike: true, sql.IsTrue: true}
