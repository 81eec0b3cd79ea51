package rules

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

var functionOnColumn = Rule{
	ID:     "function-on-column",
	Title:  "A function on the column keeps the index out",
	Sees:   "A scan that drops nearly all it reads by a condition on an expression: lower(email) = ..., created_at::date = ..., a + 1 = ....",
	Why:    "An index on the column is in the column's order, not in the expression's: it cannot answer the condition.",
	Silent: "The table is small; another condition of the filter could be answered by an index; the scan was stopped early.",
	Fix:    "An index on the expression, where the function is immutable; else the condition rewritten as a range on the bare column.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-expressional.html",
	},
	Thresholds: []*Threshold{&unsargableRows, &unsargableDiscard, &unsargableIndexed},
	Estimates:  true,
	Rank:       rankUnsargable,
	Node: func(c *Case, n *Node, found func(Found)) {
		if cond, ix := containing(n); ix != nil {
			f, e := expressionFinding(n, cond, "the condition is on an expression, "+cond.Expr.String())
			if have := expressionIndex(n, cond); have != nil {
				f.onItAlready(have, &e)
			} else {
				f.Detail = redact.Sprintf("%s An index on the bare column cannot answer it: the condition is on another type or another part.", f.Detail)
				f.Fix = redact.Sprintf("Index on %s, and ANALYZE after it.", ix.String())
				f.Remedies = []Remedy{{Create: &proposal{Index: ix, Method: "defaults"}}}
			}
			f.Evidence = e
			found(f)
			return
		}
		for _, cond := range unsargable(n) {
			if !byFunction(cond) {
				continue
			}
			f, e := expressionFinding(n, cond, "the condition is on an expression, "+cond.Expr.String())
			if ix := expressionIndex(n, cond); ix != nil {
				f.onItAlready(ix, &e)
			} else if byMeasure(cond) {
				f.Detail = redact.Sprintf("%s The distance of every row is computed; an index knows which rows are near, and not how far each is.", f.Detail)
				f.Fix = withinInstead(cond)
			} else if immutable[cond.Func] || ofDocument(cond) || remainder(cond) {
				ix := n.indexOn(cond)
				f.Detail = redact.Sprintf("%s An index on the bare column cannot answer it.", f.Detail)
				f.Fix = redact.Sprintf("Index on %s, and ANALYZE after it.", ix.String())
				f.Remedies = []Remedy{{Create: &proposal{Index: ix, Method: "defaults"}}}
			} else {
				f.Detail = redact.Sprintf("%s An index on the bare column cannot answer it, and one on the expression only if it is immutable.", f.Detail)
				f.Fix = redact.Plain("Write the condition on the bare column: a range such as col >= day AND col < day + 1, or the inverse of the function on the other side.")
			}
			f.Evidence = e
			found(f)
			return
		}
	},
}

// onItAlready says that an index is on the expression.
func (f *Found) onItAlready(ix *workload.Index, e *evidence) {
	f.Detail = redact.Sprintf("%s The index %s is on that expression already, and the planner did not take it.", f.Detail, ix.QName())
	f.Fix = redact.Plain("No new index. Run ANALYZE: the expression has statistics only since then; and compare its collation and types with the condition's.")
	*e = append(*e, finding.Evidence{Name: "index that serves", Value: ix.Definition, Source: "pg_index"})
	f.Remedies = []Remedy{{Refused: &Refused{Index: *indexLike(ix), Why: "exists already as " + ix.QName()}}}
}
