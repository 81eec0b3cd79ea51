package plans

import (
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var implicitCast = rule.Rule{
	ID:     "implicit-cast",
	Title:  "The column is cast, and the index is out",
	Sees:   "A scan that drops nearly all it reads by a condition on a cast of the column: (number)::numeric = ..., where a value of another type was given. Or one that is read whole for a few rows that it is joined to by such a cast.",
	Why:    "The server converts the column to the value's type, row by row; an index on the column holds the values of the column's own type.",
	Silent: "The cast changes nothing of the representation (varchar and text), or stands on the value's side; the table is small.",
	Fix:    "Give the value in the column's type: cast the parameter, not the column; set the type in the driver; make the types of joined columns equal.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/typeconv-oper.html",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard, unsargableIndexed, unsargableLookup},
	Estimates:  true,
	Rank:       rule.RankUnsargable,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		for _, cond := range unsargable(n) {
			if byFunction(cond) || len(cond.ExprColumns) != 1 {
				continue
			}
			column := cond.ExprColumns[0].Name
			f, e := expressionFinding(n, cond, "the column "+column+" is cast to "+cond.Cast)
			own := "the column's own type"
			if t := n.Table(); t != nil {
				if col := t.Column(column); col != nil && col.Type != "" {
					own = col.Type
					e.Text("type of the column", redact.Plain(col.Type), "pg_stats")
				}
			}
			given, cure := "The value was given as "+cond.Cast, "Cast the value to "+own+", or set the parameter's type in the driver"
			if castsInQuery(n.Plan, column) {
				given, cure = "The query casts it to "+cond.Cast, "Take the cast of "+column+" out of the query, and give the value as "+own
			}
			f.Detail = redact.Sprintf("%s %s, so each row's %s is converted before it is compared, and no index on %s can be used.", f.Detail, given, column, column)
			f.Fix = redact.Sprintf("%s; no index is needed for that, only one on %s.", cure, column)
			f.Evidence = e
			found(f)
			return
		}
		if f, e, cond, ok := joinedByExpression(n); ok && !byFunction(cond) {
			if ix := expressionIndex(n, cond); ix != nil {
				onItAlready(&f, ix, &e)
			} else {
				joinedByCast(&f, n, cond)
			}
			f.Evidence = e
			found(f)
		}
	},
}
