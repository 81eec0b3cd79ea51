package plans

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var functionOnColumn = rule.Rule{
	ID:     "function-on-column",
	Title:  "A function on the column keeps the index out",
	Sees:   "A scan that drops nearly all it reads by a condition on an expression: lower(email) = ..., created_at::date = ..., a + 1 = ..., value = ANY (array column). Or one that is read whole for a few rows that it is joined to by such an expression.",
	Why:    "An index on the column is in the column's order, not in the expression's: it cannot answer the condition.",
	Silent: "The table is small; another condition of the filter could be answered by an index; the scan was stopped early.",
	Fix:    "An index on the expression, where the function is immutable; else the condition rewritten: as a range on the bare column, as @> of an array, as LIKE for a part of a text.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-expressional.html",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard, unsargableIndexed, unsargableLookup},
	Estimates:  true,
	Rank:       rule.RankUnsargable,
	Subject:    "expression on a column",
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if cond, ix := containing(n); ix != nil {
			f, e := expressionFinding(n, cond, "the condition is on an expression, "+cond.Expr.String())
			if have := expressionIndex(n, cond); have != nil {
				onItAlready(&f, have, &e)
			} else {
				f.Detail = redact.Sprintf("%s An index on the bare column cannot answer it: the condition is on another type or another part.", f.Detail)
				f.Fix = redact.Plain("Run ANALYZE after it: an index on an expression has statistics of its own.")
				f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}}}
			}
			f.Evidence = e
			found(f)
			return
		}
		if f, ok := memberOf(n); ok {
			found(f)
			return
		}
		for _, cond := range unsargable(n) {
			if !byFunction(cond) {
				continue
			}
			what := "the condition is on an expression of " + cond.ExprColumns[0].Name
			if !cond.Expr.Empty() {
				what = "the condition is on an expression, " + cond.Expr.String()
			}
			f, e := expressionFinding(n, cond, what)
			if ix := expressionIndex(n, cond); ix != nil {
				onItAlready(&f, ix, &e)
			} else if byMeasure(cond) {
				f.Detail = redact.Sprintf("%s The distance of every row is computed; an index knows which rows are near, and not how far each is.", f.Detail)
				f.Fix = withinInstead(cond)
			} else if fix, ok := rewrites[cond.Func]; ok {
				f.Detail = redact.Sprintf("%s An index on the bare column cannot answer it.", f.Detail)
				f.Fix = redact.Plain(strings.ReplaceAll(fix, "column", workload.QuoteIdent(cond.ExprColumns[0].Name)))
			} else if immutable[cond.Func] || rule.OfDocument(cond) || remainder(cond) {
				ix := indexOn(n, cond)
				f.Detail = redact.Sprintf("%s An index on the bare column cannot answer it.", f.Detail)
				f.Fix = redact.Plain("Run ANALYZE after it: an index on an expression has statistics of its own.")
				f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}}}
			} else {
				f.Detail = redact.Sprintf("%s An index on the bare column cannot answer it, and one on the expression only if it is immutable.", f.Detail)
				f.Fix = redact.Plain("Write the condition on the bare column: a range such as col >= day AND col < day + 1, or the inverse of the function on the other side.")
			}
			f.Evidence = e
			found(f)
			return
		}
		if f, e, cond, ok := joinedByExpression(n); ok && byFunction(cond) {
			if ix := expressionIndex(n, cond); ix != nil {
				onItAlready(&f, ix, &e)
			} else {
				joinedByFunction(&f, n, cond)
			}
			f.Evidence = e
			found(f)
		}
	},
}

// rewrites are what to write in the place of a function, so that an index can
// answer the condition.
var rewrites = map[string]string{
	"coalesce": "Where the value looked for is not the one that stands for NULL: write column = value, which an index on column answers. Else: column = value OR column IS NULL.",
	"position": likeInstead,
	"strpos":   likeInstead,
}

const likeInstead = "Write column LIKE '%' || value || '%': a trigram index (CREATE EXTENSION pg_trgm; USING gin (column gin_trgm_ops)) answers that, for three letters or more."

// memberOf is the finding on value = ANY (column): the array of each row is
// gone through, where the containment operator would ask an index.
func memberOf(n *rule.Node) (rule.Found, bool) {
	if !dropsNearlyAll(n) || n.Answered() {
		return rule.Found{}, false
	}
	conds := n.Filter()
	i := slices.IndexFunc(conds, func(c sql.Cond) bool { return c.Op == sql.Member && c.Value < sql.Runtime })
	if i < 0 {
		return rule.Found{}, false
	}
	contains := conds[i]
	column := contains.ExprColumns[0].Name
	contains.Op, contains.Operator, contains.Left = sql.Contains, "@>", contains.ExprColumns[0]
	f, e := expressionFinding(n, contains, "it looks through the array "+column+" of each row, where "+column+" @> ARRAY[value] could ask an index")
	f.Detail = redact.Sprintf("%s No index answers value = ANY (column).", f.Detail)
	f.Evidence = e
	rewrite := fmt.Sprintf("Write %s @> ARRAY[value], one ARRAY for all values that are wanted together.", workload.QuoteIdent(column))
	if ix := containerIndex(n.Table(), column); ix != nil {
		f.Fix = redact.Sprintf("%s The index %s answers that. No new index.", rewrite, ix.QName())
		return f, true
	}
	ix := indexOn(n, contains)
	ix.Method = "gin"
	f.Fix = redact.Plain(rewrite)
	f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}}}
	return f, true
}

// containerIndex is a GIN index of the table on what a column holds.
func containerIndex(t *workload.Table, column string) *workload.Index {
	if t == nil {
		return nil
	}
	for _, ix := range t.Indexes {
		if rule.Usable(ix) && ix.Def.Method == "gin" && len(ix.Def.Keys) == 1 && ix.Def.Keys[0].Column == column {
			return ix
		}
	}
	return nil
}
