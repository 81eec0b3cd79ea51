package plans

import (
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var implicitCast = rule.Rule{
	ID:     "implicit-cast",
	Title:  "Type cast on the column prevents index use",
	Sees:   "A scan whose condition on a cast of the column removes nearly all rows: (number)::numeric = ..., because the value has another type. Or a full scan of a table that is joined to a few rows by such a cast.",
	Why:    "The server converts the column to the value's type, row by row. An index on the column holds values of the column's own type.",
	Silent: "The cast does not change the representation (varchar and text), or is on the value's side; the table is small.",
	Fix:    "Pass the value in the column's type: cast the parameter, not the column, or set the type in the driver. Give joined columns the same type.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/typeconv-oper.html",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard, unsargableIndexed, unsargableLookup},
	Estimates:  true,
	Rank:       rule.RankUnsargable,
	Forms:      []*rewrite.Rewrite{rewrite.BareColumn, rewrite.DateRange},
	On:         []string{"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		for _, cond := range unsargable(n) {
			if byFunction(cond) || len(cond.ExprColumns) != 1 {
				continue
			}
			column := cond.ExprColumns[0].Name
			if conditions.IsUnordered(n.Table(), column) {
				continue // without the cast no index serves it either
			}
			f, e := expressionFinding(n, cond, "the column "+column+" is cast to "+cond.Cast)
			own := "the column's own type"
			if t := n.Table(); t != nil {
				if col := t.Column(column); col != nil && col.Type != "" {
					own = col.Type
					e.Text("column type", redact.Plain(col.Type), "pg_stats")
				}
			}
			given, fix := "The value was passed as "+cond.Cast, "Cast the value to "+own+", or set the parameter's type in the driver"
			if castsInQuery(n.Plan, column) {
				given, fix = "The query casts the column to "+cond.Cast, "Remove the cast of "+column+" from the query, and pass the value as "+own
			}
			f.Detail = redact.Append(f.Detail, "%s, so %s is converted in every row, and no index on %s can be used.", given, column, column)
			f.Fix = redact.Sprintf("%s.", fix)
			f.Index = redact.Sprintf("An index on %s then serves the condition.", column)
			f.Evidence = e
			found(f)
			return
		}
		if f, e, cond, ok := joinedByExpression(n); ok && !byFunction(cond) {
			if ix := expressionIndex(n, cond); ix != nil {
				expressionIndexed(&f, ix, &e)
			} else {
				joinedByCast(&f, n, cond)
			}
			f.Evidence = e
			found(f)
		}
	},
}
