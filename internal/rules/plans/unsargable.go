package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// expressionIndexed adds to a finding that there is an index on the expression already.
func expressionIndexed(f *rule.Found, ix *workload.Index, e *rule.Evidence) {
	f.Detail = redact.Append(f.Detail, "The index %s is on that expression, but the plan does not use it.", ix.QName())
	f.Fix = redact.Plain("Run ANALYZE: the expression has no statistics before that. Then compare the collation and types of the index with those of the condition. Do not create another index.")
	*e = append(*e, finding.Evidence{Name: "existing index", Value: ix.Definition, Source: "pg_index"})
	f.Remedies = []rule.Remedy{rule.Exists(ix)}
}

// castsInQuery reports whether the statement's text casts a column itself, where
// it compares it.
func castsInQuery(p *rule.Plan, column string) bool {
	if p.Query == nil {
		return false
	}
	written := false
	rule.Levels(p.Query, func(q *sql.Query) {
		conds := q.Where
		for _, join := range q.Joins {
			conds = append(conds[:len(conds):len(conds)], join.On...)
		}
		rule.EachCond(conds, func(c sql.Cond) {
			written = written || c.Relabel != "" && c.Left.Name == column || castsColumn(c) && c.ExprColumns[0].Name == column
		})
	})
	return written
}

// leading returns an index of the table that begins with a column, and that has each row
// whose column is compared with a value; nil if there is none.
func leading(t *workload.Table, column string) *workload.Index {
	if t == nil {
		return nil
	}
	for _, ix := range t.Indexes {
		if ix.Valid.Or(true) && len(ix.Def.Keys) > 0 && ix.Def.Keys[0].Column == column && ix.Def.Method == "btree" &&
			(ix.Def.Where.Empty() || selectivity.Implied(ix.Def.Where.Raw(), []sql.Cond{{Left: sql.Column{Name: column}, Op: sql.Eq}})) {
			return ix
		}
	}
	return nil
}

// leads reports whether an index of the table begins with a column.
func leads(t *workload.Table, column string) bool { return leading(t, column) != nil }

// Thresholds for conditions that cannot use an index because the column is inside an
// expression: a function, a cast. Both rules use the same.
var (
	unsargableRows    = rule.NewThreshold("rows_scanned", 10_000, "rows", "fewer are read in about 1 ms")
	unsargableDiscard = rule.NewThreshold("discard", 0.9, "share", "below this an index on the expression would hardly pay")
	unsargableIndexed = rule.NewThreshold("discard_beside_index", 0.5, "share", "if there is an index on the bare column, which the condition cannot use")
)

// unsargable returns the filter's conditions on an expression of the scan's columns with
// values known before the scan, if the scan removes nearly all rows by them and no
// other condition can use an index.
func unsargable(n *rule.Node) []sql.Cond {
	if !drops(n, unsargableIndexed.In(n.Plan.Case)) {
		return nil
	}
	nearlyAll := drops(n, unsargableDiscard.In(n.Plan.Case))
	var list []sql.Cond
	if n.IndexFindsFewRows() {
		return nil // reported by seq-scan
	}
	for _, c := range n.Filter() {
		switch {
		case !nearlyAll && (len(c.ExprColumns) != 1 || !leads(n.Table(), c.ExprColumns[0].Name) || remainder(c)):
		case onExpr(c):
			list = append(list, c)
		}
	}
	return list
}

// onExpr reports whether a condition compares an expression of columns with a value that is
// known before the scan.
func onExpr(c sql.Cond) bool {
	known := len(c.ExprColumns) > 0 && c.Left.Name == "" && c.Value < sql.Runtime && c.Value != sql.NoValue
	return known && (c.Op == sql.Eq || c.Op == sql.In || c.Op == sql.Range || c.Op == sql.Like && byPattern(c))
}

// remainder reports whether a condition is on the remainder of a division: matching
// rows are everywhere in an index on the column, so no range of it finds them.
func remainder(c sql.Cond) bool { return c.Func == "mod" || strings.Contains(c.Expr.Raw(), " % ") }

// dropsNearlyAll reports whether a scan of a table that is not small ran to its end and
// kept almost no row, in a significant time; on estimates, whether it is expected to
// keep few of the rows that the catalog counts.
func dropsNearlyAll(n *rule.Node) bool { return drops(n, unsargableDiscard.In(n.Plan.Case)) }

func drops(n *rule.Node, share float64) bool {
	if !n.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") || n.Relation == "" || n.Plan.Analyzed && share > 0 && !n.Has("Rows Removed by Filter") || n.Catalog() || n.Small() || n.StoppedEarly() && !walksFor(n) {
		return false
	}
	if !n.Plan.Analyzed {
		rows, ok := n.TableRows().Get()
		if !ok {
			rows, ok = rowsByGuess(n)
		}
		return ok && rows >= unsargableRows.In(n.Plan.Case) && n.PlanRows.Or(rows) <= (1-max(share, unsargableDiscard.In(n.Plan.Case)))*rows // a third of the rows is the planner's default
	}
	low, _, ok := n.Discard()
	if n.Has("Rows Removed by Index Recheck") { // these the index did not find, or they are on lossy pages: the filter did not remove them
		removed := n.Number("Rows Removed by Filter").Or(0)
		low = removed / max(removed+n.Rows.Or(0), 1)
	}
	return ok && low >= share && n.ScannedPerExec().Or(0) >= unsargableRows.In(n.Plan.Case) && n.Plan.Significant(costOfMembers(n))
}

// walksFor reports whether a scan that a LIMIT stopped walked an index in its order, and
// no condition of its filter can use an index: these conditions are why it walked far.
func walksFor(n *rule.Node) bool {
	w, ok := walkOf(n)
	return ok && n.Plan.Analyzed && w.ordered && n.Use().Limit != nil && !rule.Sargable(n.Filter())
}

// rowsByGuess returns the rows of a table that a scan is expected to read, by the rows
// that it is expected to keep: of an equality on an expression without statistics, the
// planner expects 0.5%. That many rows have to fit the cost of the scan, or else the
// expression has statistics.
func rowsByGuess(n *rule.Node) (float64, bool) {
	conds := n.Filter()
	if n.Type != "Seq Scan" || len(conds) != 1 || conds[0].Op != sql.Eq || conds[0].Left.Name != "" || len(conds[0].ExprColumns) == 0 || n.PlanRows.Or(0) < guessRows || n.Plan.Account().Whole < lateCost.In(n.Plan.Case) {
		return 0, false
	}
	const perRow = 0.01 + 0.0025                     // cpu_tuple_cost and cpu_operator_cost
	each := n.PlanRows.Or(0) / selectivity.DefaultEq // of each process
	return each * n.ParallelDivisor(), each*perRow <= n.TotalCost.Or(0)
}

// truncations are casts that are written to compare by day: a function on the column,
// not a mismatch of types.
var truncations = map[string]bool{"date": true, "time without time zone": true, "time with time zone": true}

// byFunction reports whether the expression has a function or an operator, and not just
// a cast of the column.
func byFunction(c sql.Cond) bool {
	return !castsColumn(c) || truncations[c.Cast]
}

// castsColumn reports whether the column itself is cast: (number)::numeric. The
// cast of a condition may also be that of its value.
func castsColumn(c sql.Cond) bool {
	return c.Func == "" && c.Cast != "" && len(c.ExprColumns) == 1 && c.Expr.Raw() == lex.QuoteIdent(c.ExprColumns[0].Name)+"::"+c.Cast
}

// immutable are functions that an index may be built on with any argument types: the
// server refuses the others (date_trunc of a timestamptz,
// to_char, a cast that depends on a setting).
var immutable = map[string]bool{
	"lower": true, "upper": true, "btrim": true, "ltrim": true, "rtrim": true, "md5": true, "abs": true, "length": true, "char_length": true,
	"substr": true, "substring": true, "left": true, "right": true, "reverse": true, "replace": true, "split_part": true, "coalesce": true,
	"jsonb_extract_path_text": true, "floor": true, "ceil": true, "round": true, "mod": true,
}

// expressionFinding begins a finding on such a condition.
func expressionFinding(n *rule.Node, c sql.Cond, what string) (rule.Found, rule.Evidence) {
	cost := n.Plan.CostOf(n.Node)
	e := rule.OfNode(n)
	e.Text("Filter", n.Text("Filter"), "plan")
	e.Text("expression", c.Expr, "plan")
	e.Number("rows scanned", n.ScannedTotal(), "rows", "plan")
	e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
	how := redact.Sprintf("The scan %s.", cost.Took())
	if !n.Plan.Analyzed {
		e.Number("cost", n.TotalCost, "planner units", "plan")
		how = redact.Sprintf("The estimated cost of the scan is %s, of %s for the whole query.", figures.Count(n.TotalCost.Or(0)), figures.Count(n.Plan.Root.TotalCost.Or(0)))
	}
	var at rewrite.Place
	if len(c.ExprColumns) == 1 {
		at.Column = c.ExprColumns[0].Name
	}
	return rule.Found{Cost: cost, At: at, Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
		Title:  redact.Sprintf("%s reads %s and keeps %s: %s", n.Ref(), rowsRead(n), rowsKept(n), what),
		Detail: how,
	}}, e
}

// indexOn returns a B-tree on the column or the expression of a condition.
func indexOn(n *rule.Node, c sql.Cond) *indexadvisor.Index {
	schema := n.Schema
	if t := n.Table(); t != nil {
		schema = t.Schema
	}
	key := workload.IndexKey{Column: c.Left.Name}
	if key.Column == "" {
		text := c.Expr.Raw()
		if c.Func == "" && !(strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")")) {
			text = "(" + text + ")"
		}
		key.Expr = redact.SQL(text)
	}
	if c.Op == sql.Like {
		key.OpClass = conditions.PatternOps(n.Table(), c.Left.Name)
	}
	return &indexadvisor.Index{Schema: schema, Table: n.Relation, IndexDef: workload.IndexDef{Method: "btree", Keys: []workload.IndexKey{key}}}
}

// isKey reports whether a condition is on the key of an index.
func isKey(c sql.Cond, k workload.IndexKey) bool {
	return k.Column == c.Left.Name && (k.Column != "" || sameExpression(k.Expr.Raw(), c.Expr.Raw()))
}

// expressionIndex returns an index of the table whose first key is the expression; nil
// if there is none.
func expressionIndex(n *rule.Node, c sql.Cond) *workload.Index {
	t := n.Table()
	if t == nil {
		return nil
	}
	for _, ix := range t.Indexes {
		if len(ix.Def.Keys) > 0 && isKey(c, ix.Def.Keys[0]) && (c.Op != sql.Like || ix.Def.Keys[0].OpClass != "") {
			return ix
		}
	}
	return nil
}

// sameExpression compares two expressions without the brackets, blanks and
// relabels that plans and definitions write in different ways.
func sameExpression(a, b string) bool { return bareExpression(a) == bareExpression(b) }

func bareExpression(s string) string {
	for _, drop := range []string{"::text", "::character varying", "(", ")", " "} {
		s = strings.ReplaceAll(s, drop, "")
	}
	return strings.ToLower(s)
}

const noIndexForSame = "No index serves IS NOT DISTINCT FROM. Write column = value if the value is never NULL: an index on the column then serves it."

// isSame reports whether a condition compares a column of the scan by IS NOT DISTINCT
// FROM with a value that is known before the scan.
func isSame(c sql.Cond) bool {
	return c.Op == sql.Same && c.Value < sql.Runtime && len(c.ExprColumns) == 1 && c.Expr.Empty()
}
