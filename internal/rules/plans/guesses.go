package plans

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// guess is a number that the planner takes where it has no statistics to look
// at (selfuncs.h): what it was taken for, and what gives it something to know.
// ANALYZE alone rarely does.
type guess struct {
	share     float64
	why, cure string
}

// say is the guess in words, to end a sentence with.
func (g *guess) say() string {
	if g.share > 1 {
		return "the planner's default of " + figures.Count(g.share) + ", for " + g.why + "."
	}
	return "the planner's default, " + figures.Share(g.share) + " of the rows there are, for " + g.why + "."
}

const (
	unknownBound = "a range whose bound it does not know when it plans"
	boundCure    = "ANALYZE does not change it. Give the bound as a constant; where two columns of a row are compared, a generated column of their difference, compared with a constant, has statistics."
	noStatistics = "a condition of which it has no statistics"
	exprCure     = "CREATE STATISTICS on the expression (14 and later), or an index on it, and ANALYZE: then there are statistics of it."
	containsCure = "ANALYZE first: from 13 on the column's statistics are looked at for such an operator. Where that was done, a key of the document that is asked for often belongs in a generated column, which has statistics of its own."
)

// guesses are the planner's constants, by the conditions that they are taken
// for.
var guesses = []struct {
	guess
	of func([]sql.Cond) bool
}{
	{guess{1.0 / 3, unknownBound, boundCure}, func(c []sql.Cond) bool {
		return len(c) == 1 && c[0].Op == sql.Range || len(c) == 1 && c[0].Op == sql.Unknown && comparesRanges[c[0].Operator]
	}},
	{guess{0.005, "two bounds that it does not know when it plans", boundCure}, func(c []sql.Cond) bool {
		return len(c) == 2 && c[0].Op == sql.Range && c[1].Op == sql.Range && c[0].Left == c[1].Left
	}},
	{guess{0.005, "an equality of which it has no statistics", exprCure}, func(c []sql.Cond) bool {
		return len(c) == 1 && (c[0].Op == sql.Eq || c[0].Op == sql.Unknown && c[0].Operator == "=")
	}},
	{guess{0.005, "a pattern of whose values it has no statistics", exprCure}, func(c []sql.Cond) bool {
		return len(c) == 1 && (c[0].Op == sql.Like || c[0].Op == sql.LikeAny)
	}},
	{guess{0.001, noStatistics, containsCure}, contains},
	{guess{0.005, noStatistics, containsCure}, contains},
	{guess{0.01, noStatistics, containsCure}, contains},
	{guess{1.0 / 3, "a function that it knows nothing of", "Write it as an operator on a column, where that is possible, or give the function a SUPPORT function."}, opaque},
	{guess{0.5, "a condition that it knows nothing of", "Write it as an operator on a column, or give the expression statistics (CREATE STATISTICS, 14 and later)."}, opaque},
}

// comparesRanges are the operators that order two values.
var comparesRanges = map[string]bool{"<": true, "<=": true, ">": true, ">=": true}

func contains(c []sql.Cond) bool { return len(c) == 1 && c[0].Op == sql.Contains }

func opaque(c []sql.Cond) bool {
	return len(c) == 1 && c[0].Op == sql.Unknown && c[0].Operator == "" && c[0].Left.Name == ""
}

const (
	guessNear   = 0.02 // of the constant: what rounding to whole rows may make of it
	guessRows   = 50   // of fewer rows the rounding is more than that
	guessGroups = 200  // different values of a column that was never analysed, or of an expression
)

// guessed tells whether the node's expected rows are one of the planner's
// constants times the rows it was to choose from; nil if they are not.
func guessed(n *rule.Node) *guess {
	expected := n.PlanRows.Or(0)
	if n.Type == "Aggregate" && expected == guessGroups && len(n.List("Group Key")) > 0 {
		return &guess{guessGroups, "the groups of a key of which it has no statistics",
			"ANALYZE the table; for an expression CREATE STATISTICS on it (14 and later), and ANALYZE."}
	}
	conds := n.Filter()
	if n.Relation != "" {
		conds = conditions.Of(n.Node)
	}
	from := chosenFrom(n)
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

// chosenFrom is how many rows the planner had the node choose from; 0 if
// unknown.
func chosenFrom(n *rule.Node) float64 {
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

// cteUse is a CTE of a plan: where it is worked out, and how often it is read.
type cteUse struct {
	root  *plan.Node
	scans int
}

// cte is the plan's CTE of that name; nil if there is none, or if two
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
			use.scans++
		}
	}
	for own, is := range twice {
		if is {
			delete(ctes, own)
		}
	}
	return ctes
})
