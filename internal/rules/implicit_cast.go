package rules

import (
	"github.com/pgverdict/pgverdict/internal/redact"
)

var implicitCast = Rule{
	ID:     "implicit-cast",
	Title:  "The column is cast, and the index is out",
	Sees:   "A scan that drops nearly all it reads by a condition on a cast of the column: (number)::numeric = ..., where a value of another type was given.",
	Why:    "The server converts the column to the value's type, row by row; an index on the column holds the values of the column's own type.",
	Silent: "The cast changes nothing of the representation (varchar and text), or stands on the value's side; the table is small.",
	Fix:    "Give the value in the column's type: cast the parameter, not the column; set the type in the driver; make the types of joined columns equal.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/typeconv-oper.html",
	},
	Thresholds: []*Threshold{&unsargableRows, &unsargableDiscard, &unsargableIndexed},
	Rank:       rankUnsargable,
	Node: func(c *Case, n *Node, found func(Found)) {
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
					e.text("type of the column", redact.Plain(col.Type), "pg_stats")
				}
			}
			f.Detail = redact.Sprintf("%s The value was given as %s, so each row's %s is converted before it is compared, and no index on %s can be used.", f.Detail, cond.Cast, column, column)
			f.Fix = redact.Sprintf("Cast the value to %s, or set the parameter's type in the driver; no index is needed for that, only one on %s.", own, column)
			f.Evidence = e
			found(f)
			return
		}
	},
}
