package plans

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// guess is a default selectivity of the planner (selfuncs.h), used for conditions
// without statistics: what it was used for, and how to get statistics. ANALYZE
// alone rarely helps.
type guess struct {
	share    float64
	why, fix string
}

// say returns the guess in words, as the end of a sentence.
func (g *guess) say() string {
	if g.share > 1 {
		return "the planner's default of " + figures.Count(g.share) + " for " + g.why + "."
	}
	return "the planner's default (" + figures.Share(g.share) + " of the rows) for " + g.why + "."
}

const (
	unknownBound = "a range whose bound is unknown at planning time"
	boundFix     = "Write the bound as a constant: ANALYZE does not change this estimate. If two columns of a row are compared, create a generated column of their difference, which has statistics, and compare it with a constant."
	noStatistics = "a condition without statistics"
	exprFix      = "Run CREATE STATISTICS on the expression (PostgreSQL 14 and later) or create an index on it, then run ANALYZE. The expression then has statistics."
	containsFix  = "Run ANALYZE: from PostgreSQL 13 on the planner uses the column's statistics for such an operator. If that does not help, move a key of the document that is often queried into a generated column, which has its own statistics."
)

// guesses lists the planner's default selectivities by the conditions that they
// are used for.
var guesses = []struct {
	guess
	of func([]sql.Cond) bool
}{
	{guess{1.0 / 3, "a range of an expression", "Add a condition on bare columns that is true for the same rows (a range of each, a bounding box): columns have statistics. If no value of the query is in the expression, run CREATE STATISTICS on it instead (PostgreSQL 14 and later), then ANALYZE."}, func(c []sql.Cond) bool {
		return len(c) == 1 && c[0].Left.Name == "" && len(c[0].ExprColumns) > 0 && c[0].Other.Name == "" && (c[0].Op == sql.Range || c[0].Op == sql.Unknown && comparesRanges[c[0].Operator])
	}},
	{guess{1.0 / 3, unknownBound, boundFix}, func(c []sql.Cond) bool {
		return len(c) == 1 && c[0].Op == sql.Range || len(c) == 1 && c[0].Op == sql.Unknown && comparesRanges[c[0].Operator]
	}},
	{guess{0.005, "a range whose two bounds are unknown at planning time", boundFix}, func(c []sql.Cond) bool {
		return len(c) == 2 && c[0].Op == sql.Range && c[1].Op == sql.Range && c[0].Left == c[1].Left
	}},
	{guess{0.005, "an equality without statistics", exprFix}, func(c []sql.Cond) bool {
		return len(c) == 1 && (c[0].Op == sql.Eq || c[0].Op == sql.Unknown && c[0].Operator == "=")
	}},
	{guess{0.005, "a pattern match without statistics", exprFix}, func(c []sql.Cond) bool {
		return len(c) == 1 && (c[0].Op == sql.Like || c[0].Op == sql.LikeAny)
	}},
	{guess{0.001, noStatistics, containsFix}, contains},
	{guess{0.005, noStatistics, containsFix}, contains},
	{guess{0.01, noStatistics, containsFix}, contains},
	{guess{1.0 / 3, "a function that the planner cannot estimate", "Write the condition as an operator on a column if possible, or give the function a SUPPORT function."}, opaque},
	{guess{0.5, "a condition that the planner cannot estimate", "Write the condition as an operator on a column, or run CREATE STATISTICS on the expression (PostgreSQL 14 and later)."}, opaque},
}

// comparesRanges holds the operators that order two values.
var comparesRanges = map[string]bool{"<": true, "<=": true, ">": true, ">=": true}

func contains(c []sql.Cond) bool { return len(c) == 1 && c[0].Op == sql.Contains }

func opaque(c []sql.Cond) bool {
	return len(c) == 1 && c[0].Op == sql.Unknown && c[0].Operator == "" && c[0].Left.Name == ""
}

const (
	guessNear   = 0.02 // of the constant: the error of rounding to whole rows
	guessRows   = 50   // with fewer rows the rounding error is larger
	guessGroups = 200  // distinct values of a column that was never analyzed, or of an expression
)

// guessed returns the default whose share of the input rows is the node's row
// estimate; nil if there is none.
func guessed(n *rule.Node) *guess {
	expected := n.PlanRows.Or(0)
	if n.Type == "Aggregate" && expected == guessGroups && len(n.List("Group Key")) > 0 {
		g := &guess{guessGroups, "the groups of a key without statistics",
			"Run ANALYZE on the table. If the key is an expression, run CREATE STATISTICS on it first (PostgreSQL 14 and later)."}
		switch from := groupedFrom(n.Node); from.Type {
		case "CTE Scan", "WorkTable Scan":
			g.fix = "Columns of a CTE that is computed by itself have no statistics up to version 16, and ANALYZE does not change that: write it as a subquery (or AS NOT MATERIALIZED), or put its rows into a temporary table and ANALYZE that."
		case "Function Scan", "ProjectSet", "Values Scan", "Table Function Scan":
			g.fix = "The result of a function has no statistics, and ANALYZE does not change that: put its rows into a temporary table and ANALYZE that."
		}
		return g
	}
	conds := n.Filter()
	if n.Relation != "" {
		conds = conditions.Of(n.Node)
	}
	from := estimatedInput(n)
	if len(conds) == 0 || from <= 0 || expected < guessRows {
		return nil
	}
	share := expected * n.ParallelDivisor() / from
	for i := range guesses {
		if g := &guesses[i]; math.Abs(share/g.share-1) <= guessNear && g.of(conds) {
			return &g.guess
		}
	}
	return nil
}

// groupedFrom returns the node whose rows are grouped, below what sorts, gathers or groups them.
func groupedFrom(n *plan.Node) *plan.Node {
	for len(n.Children) == 1 && n.Is("Aggregate", "Group", "Sort", "Incremental Sort", "Gather", "Gather Merge", "Materialize", "Unique", "Limit") {
		n = n.Children[0]
	}
	return n
}

// estimatedInput returns the number of input rows that the planner assumed for the
// node; 0 if unknown.
func estimatedInput(n *rule.Node) float64 {
	switch {
	case n.Relation != "":
		return n.TableRows().Or(0)
	case n.Type == "Subquery Scan" && len(n.Children) == 1:
		return n.Children[0].PlanRows.Or(0)
	case n.Type == "CTE Scan":
		if cte := cte(n.Plan, n.CTE); cte != nil {
			return cte.root.PlanRows.Or(0)
		}
	}
	return 0
}

// cteUse is a CTE of a plan: the node that computes it, and the scans that read it.
type cteUse struct {
	root  *plan.Node
	scans []*plan.Node
}

// cte returns the plan's CTE of that name; nil if there is none, or if two
// subqueries each have one.
func cte(p *rule.Plan, name string) *cteUse {
	return ctesOf.Of(p)[name]
}

var ctesOf = rule.Derive(func(p *rule.Plan) map[string]*cteUse {
	ctes := map[string]*cteUse{}
	twice := map[string]bool{}
	for n := range p.Nodes() {
		if own, ok := cteName(n); ok {
			twice[own] = ctes[own] != nil
			ctes[own] = &cteUse{root: n}
		}
	}
	for n := range p.Nodes() {
		if use := ctes[n.CTE]; n.Type == "CTE Scan" && use != nil {
			use.scans = append(use.scans, n)
		}
	}
	for own, is := range twice {
		if is {
			delete(ctes, own)
		}
	}
	return ctes
})
