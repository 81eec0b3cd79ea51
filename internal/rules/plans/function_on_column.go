package plans

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var functionOnColumn = rule.Rule{
	ID:     "function-on-column",
	Title:  "Function on the column prevents index use",
	Sees:   "A scan whose condition on an expression removes nearly all rows: lower(email) = ..., created_at::date = ..., a + 1 = ..., value = ANY (array column), on a column IS NOT DISTINCT FROM a value, or compared with a volatile function. Or a full scan of a table that is joined to a few rows by such an expression.",
	Why:    "An index on the column is sorted by the column, not by the expression, so it cannot serve the condition.",
	Silent: "The table is small; an index could serve another condition of the filter; the scan was stopped early, unless it walked an index in the order of a LIMIT and no other condition can use one.",
	Fix:    "Create an index on the expression if the function is immutable. Otherwise rewrite the condition: as a range on the bare column, as @> for an array, as LIKE for part of a text. The new condition needs an index of its own.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-expressional.html",
	},
	Thresholds: []*rule.Threshold{unsargableRows, unsargableDiscard, unsargableIndexed, unsargableLookup},
	Estimates:  true,
	Rank:       rule.RankUnsargable,
	Forms:      []*rewrite.Rewrite{rewrite.DateRange, rewrite.NoCoalesce, rewrite.Contains, rewrite.ArrayContains},
	Subject:    "expression on a column",
	On:         []string{"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if dropsNearlyAll(n) && !n.IndexFindsFewRows() {
			if cond, ix := containing(n); ix != nil {
				f, e := expressionFinding(n, cond, "the condition is on the expression "+cond.Expr.String())
				if have := expressionIndex(n, cond); have != nil {
					expressionIndexed(&f, have, &e)
				} else {
					why := "An index on the bare column cannot serve the condition, which is on another type or another part."
					if rangeOfColumns(cond) {
						why = "An index on a bare column cannot serve the condition, which is on the range."
					}
					f.Detail = redact.Append(f.Detail, "%s", why)
					onExpression(&f, ix)
				}
				f.Evidence = e
				found(f)
				return
			}
			if f, ok := memberOf(n); ok {
				found(f)
				return
			}
			if f, ok := sameAs(n); ok {
				found(f)
				return
			}
			if f, ok := computedPerRow(n); ok {
				found(f)
				return
			}
		}
		for _, cond := range unsargable(n) {
			if !byFunction(cond) {
				continue
			}
			what := "the condition is on an expression of " + cond.ExprColumns[0].Name
			if !cond.Expr.Empty() {
				what = "the condition is on the expression " + cond.Expr.String()
			}
			f, e := expressionFinding(n, cond, what)
			bareInstead(&f, &e, n, cond)
			f.Evidence = e
			found(f)
			return
		}
		if f, e, cond, ok := joinedByExpression(n); ok && byFunction(cond) {
			if ix := expressionIndex(n, cond); ix != nil {
				expressionIndexed(&f, ix, &e)
			} else {
				joinedByFunction(&f, n, cond)
			}
			f.Evidence = e
			found(f)
		}
	},
}

// memberOf finds value = ANY (column), which checks the array of each row. The
// containment operator can use an index.
func memberOf(n *rule.Node) (rule.Found, bool) {
	conds := n.Filter()
	i := slices.IndexFunc(conds, func(c sql.Cond) bool { return c.Op == sql.Member && c.Value < sql.Runtime })
	if i < 0 {
		return rule.Found{}, false
	}
	contains := conds[i]
	column := contains.ExprColumns[0].Name
	contains.Op, contains.Operator, contains.Left = sql.Contains, "@>", contains.ExprColumns[0]
	f, e := expressionFinding(n, contains, "value = ANY ("+column+") checks the array of each row")
	f.Detail = redact.Append(f.Detail, "No index serves value = ANY (%[1]s), but a GIN index serves %[1]s @> ARRAY[value].", column)
	f.Evidence = e
	rewrite := fmt.Sprintf("Write %s @> ARRAY[value], with all values that must be present in one ARRAY.", lex.QuoteIdent(column))
	if ix := containerIndex(n.Table(), column); ix != nil {
		f.Fix = redact.Sprintf("%s The index %s serves it, so do not create another one.", rewrite, ix.QName())
		return f, true
	}
	ix := indexOn(n, contains)
	ix.Method = "gin"
	f.Fix = redact.Plain(rewrite)
	inForm(&f, ix)
	return f, true
}

// sameAs finds conditions by IS NOT DISTINCT FROM, which no index serves. An equality
// and IS NULL can use one.
func sameAs(n *rule.Node) (rule.Found, bool) {
	conds := slices.DeleteFunc(slices.Clone(n.Filter()), func(c sql.Cond) bool { return !isSame(c) })
	if len(conds) == 0 {
		return rule.Found{}, false
	}
	var columns []string
	for _, c := range conds {
		columns = append(columns, lex.QuoteIdent(c.ExprColumns[0].Name))
	}
	f, e := expressionFinding(n, conds[0], "no index serves IS NOT DISTINCT FROM")
	f.Evidence = e
	first := columns[0]
	f.Fix = redact.Sprintf("Write %s = value if the value is never NULL. Otherwise write two queries: %[1]s = value, or %[1]s IS NULL if the value is NULL. An index on %s (%s) then serves them.",
		first, n.RelationName(), strings.Join(columns, ", "))
	return f, true
}

// computedPerRow finds a comparison with a volatile function, whose value is another one for
// each row. The planner guesses how many match, and statistics do not help.
func computedPerRow(n *rule.Node) (rule.Found, bool) {
	conds := n.Filter()
	i := slices.IndexFunc(conds, func(c sql.Cond) bool { return c.Op == sql.Volatile })
	if i < 0 {
		return rule.Found{}, false
	}
	column := lex.QuoteIdent(conds[i].ExprColumns[0].Name)
	f, e := expressionFinding(n, conds[i], "the value that "+column+" is compared with is computed for each row")
	f.Evidence = e
	f.Detail = redact.Append(f.Detail, "It calls a volatile function, such as clock_timestamp() or random(), so no index serves the condition.")
	on := redact.Plain(column)
	if !conds[i].Expr.Empty() {
		on = conds[i].Expr
	}
	f.Fix = redact.Sprintf("Compute the value once: write now() for the time, or put the expression into a subquery, (SELECT ...). An index on %s (%s) then serves it.", n.RelationName(), on)
	if strings.Contains(n.Text("Filter").Raw(), "random") && (conds[i].Operator == "<" || conds[i].Operator == "<=" || conds[i].Operator == ">" || conds[i].Operator == ">=") {
		f.Fix = redact.Append(redact.Plain("If each row has to draw its own value, as for a sample, keep the condition: the whole table is read for it, or a part with TABLESAMPLE. If not:"), "%s", f.Fix)
	}
	return f, true
}

// containerIndex returns a GIN index of the table on a column; nil if there is
// none.
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
