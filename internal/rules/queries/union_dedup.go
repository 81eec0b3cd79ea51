package queries

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var unionDedup = rule.Rule{
	ID:    "union-dedup",
	Title: "UNION removes duplicates that cannot exist",
	Sees:  "UNION of branches that a constant keeps apart: a literal that differs in each branch, or one column compared with a different value in each. In a plan, the UNION also removed no row; without the query's text that alone is reported, if it takes 20% of the time.",
	Why:   "UNION sorts or hashes all rows of all branches to find duplicates. UNION ALL passes the rows on directly.",
	Silent: "A constant is a parameter, or the same in two branches. The plan shows removed rows, or the UNION takes little time. A recursive CTE, which needs UNION to end. A " +
		"statement that takes little time.",
	Fix: "Use UNION ALL. If a branch alone can return duplicates and that matters, add DISTINCT in that branch.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-union.html",
	},
	Thresholds: []*rule.Threshold{rule.TextShare, unionShare, unionCost},
	Estimates:  true,
	Rank:       rule.RankRewrite,
	Forms:      []*rewrite.Rewrite{rewrite.KeepDuplicates},
	On:         []string{"Unique", "Aggregate"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Loops.Or(1) != 1 || len(n.Children) != 1 || n.StoppedEarly() {
			return
		}
		covers := []*plan.Node{n.Node}
		from := n.Children[0]
		for from.Is("Sort", "Incremental Sort", "Gather", "Gather Merge") && len(from.Children) == 1 {
			covers = append(covers, from)
			from = from.Children[0]
		}
		if !from.Is("Append", "Merge Append") || n.RowsTotal != from.RowsTotal {
			return
		}
		if from.Type == "Merge Append" {
			covers = append(covers, from)
			for _, branch := range from.Children {
				if branch.Is("Sort", "Incremental Sort") {
					covers = append(covers, branch)
				}
			}
		}
		var unions []*sql.Query
		if n.Plan.Query != nil {
			unions = unionsOf(n.Plan.Query)
		}
		if !n.Plan.Analyzed || n.Plan.Query == nil || len(unions) != 1 || len(unions[0].Arms) != len(from.Children) {
			if f, ok := nothingRemoved(n, from, covers); ok && (n.Plan.Query == nil || len(unions) > 0) {
				found(f)
			}
			return
		}
		by, ok := outputApartBy(unions[0])
		sure := ok
		if !ok {
			by, ok = selectedApartBy(unions[0])
			sure = rowsApart(c, unions[0])
		}
		cost := n.Plan.CostOf(covers...)
		if f, asked := nothingRemoved(n, from, covers); !ok && asked {
			found(f)
		}
		if !ok || !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("input rows", from.RowsTotal, "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s found no duplicates among %s rows", n.Ref(), figures.Count(from.RowsTotal.Or(0))),
				Detail: redact.Sprintf("The search %s. Each branch of the UNION has another constant for %s, so rows of different branches cannot be equal.", cost.Took(), by),
				Fix:    redact.Plain(unionFix),
			},
			Covered: covers,
		}
		if !sure {
			f.Tag, f.Severity = finding.Concern, min(f.Severity, finding.Low)
			f.Detail = redact.Sprintf("The search %s. Each branch of the UNION selects another %s, so no row of the table is in two branches.", cost.Took(), by)
			f.Decide("Do all rows differ in the output columns?", "a key of the table among these columns", "leave the UNION as it is")
		}
		found(f)
	},
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		by := ""
		for _, q := range unionsOf(t.Shape) {
			if column, ok := outputApartBy(q); ok {
				by = column
			} else if column, ok := selectedApartBy(q); ok && rowsApart(c, q) {
				by = column
			}
		}
		if by == "" || t.Plan != nil || !c.Matters(t) {
			return // a plan shows what it costs, and what it drops
		}
		f := c.OnText(t, "is a UNION of branches that differ in "+by, "Each branch has another constant there, so rows of different branches cannot be equal.", unionFix)
		f.Decide("Do the rows within each branch differ?", "a key among the output columns of the branch", "use UNION ALL with DISTINCT in that branch, which returns the same rows")
		found(f)
	},
}

// unionPart matches the alias of a part of a table.
var unionPart = regexp.MustCompile(`_\d+$`)

// nothingRemoved is the finding on a UNION without its text that removed no row.
func nothingRemoved(n *rule.Node, from *plan.Node, covers []*plan.Node) (rule.Found, bool) {
	cost := n.Plan.CostOf(covers...)
	parts := !slices.ContainsFunc(from.Children, func(branch *plan.Node) bool {
		return branch.Relation == "" || !unionPart.MatchString(branch.Alias) || strings.HasPrefix(branch.Alias, branch.Relation)
	})
	used, a := 0.0, n.Plan.Account()
	for _, m := range covers {
		used += a.Use(m).Own.Or(0)
	}
	if parts || n.PlanWidth.Or(0) > from.PlanWidth.Or(0) || a.Share(used) < unionShare.In(n.Plan.Case) || !n.Plan.Significant(cost) ||
		!n.Plan.Analyzed && (a.Whole < unionCost.In(n.Plan.Case) || n.PlanRows != from.PlanRows) {
		return rule.Found{}, false
	}
	e := rule.OfNode(n)
	e.Number("input rows", from.RowsTotal, "rows", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
			Title:  redact.Sprintf("%s found no duplicates among %s rows", n.Ref(), figures.Count(from.RowsTotal.Or(0))),
			Detail: redact.Sprintf("The search %s.", cost.Took()),
			Fix:    redact.Plain(unionFix),
		},
		Covered: covers,
	}
	if !n.Plan.Analyzed {
		f.Title = redact.Sprintf("%s searches %s rows for duplicates", n.Ref(), figures.Count(from.PlanRows.Or(0)))
		f.Detail = redact.Sprintf("The search is %s of the estimated cost.", figures.Share(a.Share(used)))
	}
	f.Decide("Can a row be in two branches of the UNION?", "the query's text", "leave the UNION as it is")
	return f, true
}

var (
	unionShare = rule.NewThreshold("search_share", 0.2, "share", "of the execution time or of the estimated cost, if the query's text does not prove that the branches differ")
	unionCost  = rule.NewThreshold("estimated_cost", 5_000, "planner units", "of a plan that was not executed; such a plan takes about 50 ms")
)

const unionFix = "Use UNION ALL instead of UNION. If a branch alone can return duplicates and they must not be shown, add DISTINCT in that branch."

// unionsOf returns the levels of a statement that are a UNION, except those of a
// recursive CTE, which needs UNION to end.
func unionsOf(q *sql.Query) []*sql.Query {
	var unions []*sql.Query
	recursive := map[*sql.Query]bool{}
	rule.Levels(q, func(q *sql.Query) {
		for _, cte := range q.With {
			recursive[cte.Part] = cte.Recursive
		}
		if q.SetOp.Name == "UNION" && !q.SetOp.All && !recursive[q] {
			unions = append(unions, q)
		}
	})
	return unions
}

// outputApartBy returns the output column for which each branch of a UNION has another
// constant: a literal, or a column that it compares with one.
func outputApartBy(union *sql.Query) (column string, ok bool) {
	first := union.Arms[0].Output
	for i := range first {
		if first[i].Name == "*" {
			break // the positions after * are unknown
		}
		if distinct(union.Arms, func(arm *sql.Query) string { return fixedOutput(arm, i) }) {
			return "column " + strconv.Itoa(i+1) + " of its output", true
		}
	}
	return "", false
}

// selectedApartBy returns the column of the one table of all branches that each of them
// compares with another constant.
func selectedApartBy(union *sql.Query) (column string, ok bool) {
	for _, arm := range union.Arms {
		if len(arm.From) != 1 || len(arm.Tables) != 1 || len(arm.Group) > 0 || arm.Aggregates > 0 ||
			arm.Tables[0].Name != union.Arms[0].Tables[0].Name || arm.Tables[0].Schema != union.Arms[0].Tables[0].Schema {
			return "", false
		}
	}
	for _, cond := range union.Arms[0].Where {
		name := cond.Left.Name
		if name != "" && distinct(union.Arms, func(arm *sql.Query) string { return comparedWith(arm, sql.Column{Name: name}) }) {
			return name, true
		}
	}
	return "", false
}

// rowsApart reports whether different rows of the one table of all branches
// differ in their outputs: a key is among the outputs.
func rowsApart(c *rule.Case, union *sql.Query) bool {
	shown := map[string]bool{}
	for i, out := range union.Arms[0].Output {
		same := func(arm *sql.Query) bool { return i < len(arm.Output) && arm.Output[i].Name == out.Name }
		if out.Name != "" && !slices.ContainsFunc(union.Arms, func(arm *sql.Query) bool { return !same(arm) }) {
			shown[out.Name] = true
		}
	}
	if shown["*"] {
		return true
	}
	table := c.TableOf(union.Arms[0], "")
	if table == nil {
		return shown["id"] // by convention
	}
	for _, ix := range table.Indexes {
		if ix.Def.Unique && ix.Def.Where.Empty() && rule.Usable(ix) && !slices.ContainsFunc(ix.Def.Keys, func(k workload.IndexKey) bool { return !shown[k.Column] }) {
			return true
		}
	}
	return false
}

// distinct reports whether all branches have a constant of one kind, and each
// a different one.
func distinct(arms []*sql.Query, constant func(*sql.Query) string) bool {
	seen, quoted := map[string]bool{}, 0
	for _, arm := range arms {
		text := strings.TrimSuffix(strings.ToLower(constant(arm)), "::text")
		if !distinctLiterals.MatchString(text) || seen[text] {
			return false
		}
		seen[text] = true
		if text[0] == '\'' {
			quoted++
		}
	}
	return len(arms) > 1 && (quoted == 0 || quoted == len(arms))
}

// distinctLiterals matches literals that are different values if they are written
// differently: 1 and 1.0 are not, nor are two spellings of a date.
var distinctLiterals = regexp.MustCompile(`^(?:'[^']*'|0|-?[1-9][0-9]*|true|false)$`)

// fixedOutput returns the constant that an output has in all rows; empty if there is
// none.
func fixedOutput(arm *sql.Query, i int) string {
	if i >= len(arm.Output) || slices.ContainsFunc(arm.Output[:i], func(o sql.Output) bool { return o.Name == "*" }) {
		return ""
	}
	out := arm.Output[i]
	if out.Name == "" {
		return out.Side.Expr.Raw()
	}
	return comparedWith(arm, out.Column)
}

// comparedWith returns the constant that a branch compares a column with; empty if
// there is none.
func comparedWith(arm *sql.Query, column sql.Column) string {
	for _, cond := range arm.Where {
		if cond.Op == sql.Eq && cond.Value == sql.Const && cond.Left.Name == column.Name && (column.Table == "" || cond.Left.Table == column.Table) {
			return cond.Const.Raw()
		}
	}
	return ""
}
