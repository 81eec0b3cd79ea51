package plans

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	subplanLoops = rule.NewThreshold("loops", 2, "", "a subplan that ran once is as good as a join; how many runs are too many, their time tells")
	subplanShare = rule.NewThreshold("share", 0.2, "share", "of the execution, with all nodes below")
	notInRows    = rule.NewThreshold("hashed_rows", 2, "rows", "of the list per row compared, from which on the hash table is most of the scan's own time")
)

// runsPerRow is the finding on a SubPlan that was executed for every row, and whether
// that was for the few rows of a LIMIT above it.
func runsPerRow(n *rule.Node) (f rule.Found, forFew, ok bool) {
	loops := n.Executions().Or(0)
	if n.Relationship != "SubPlan" || loops < subplanLoops.In(n.Plan.Case) {
		return f, false, false
	}
	below := rule.Subtree(n.Node)
	cost := n.Plan.CostOf(below...)
	if cost.Share.Or(0) < subplanShare.In(n.Plan.Case) || !n.Plan.Significant(cost) {
		return f, false, false
	}
	e := rule.OfNode(n)
	e.Number("runs", opt.Of(loops), "", "plan")
	e.Number("time per run", n.Ms, "ms", "plan")
	e.Number("time of all runs", n.TotalMs, "ms", "plan")
	f = rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
			Title: redact.Sprintf("%s runs %s times, once per row of the outer query", subplanName(n), figures.Count(loops)),
			Fix:   redact.Plain("Rewrite the subquery as a join or as LEFT JOIN LATERAL, or aggregate once before joining."),
		},
		Covered: below,
	}
	limit := beforeLimit(n, loops, func(up *plan.Node) bool { return usesSubplan(up, n.SubplanName) })
	if limit != nil {
		e.Number("rows returned", limit.RowsTotal, "rows", "plan")
		f.Title = redact.Sprintf("%s runs %s times for the %s rows that %s returns", subplanName(n), figures.Count(loops), figures.Count(limit.RowsTotal.Or(0)), limit.Ref())
		f.Fix = redact.Plain("Compute the subquery after the LIMIT: SELECT page.*, (subquery) FROM (SELECT ... ORDER BY ... LIMIT ...) page. The subquery then runs once per returned row.")
	}
	f.Evidence = e
	scan := rule.CostliestScan(below)
	if scan == nil {
		f.Detail = redact.Sprintf("All runs %s.", cost.Took())
		return f, limit != nil, true
	}
	inner := n.Plan.Node(scan)
	f.Where.Relation = inner.RelationName()
	p := inner.Proposal()
	if limit == nil && misplaced(&f, inner) {
		f.Detail = redact.Sprintf("All runs %s.", cost.Took())
		return f, false, true
	}
	if looksUp(inner) {
		propose(&f, inner, p, "All runs", cost, e)
		f.Detail = redact.Append(f.Detail, "Each run scans %s.", scan.Relation)
		return f, false, true
	}
	if low, _, ok := inner.Discard(); ok && low >= filterDiscard.In(n.Plan.Case) && inner.ScannedPerExec().Or(0) >= fetchedPerRun && p.Index != nil && !p.Right() && !inner.Catalog() {
		propose(&f, inner, p, "All runs", cost, e)
		f.Detail = redact.Append(f.Detail, "Each run fetches %s of %s by index, and its %s %s.", figures.Plural(inner.ScannedPerExec().Or(0), "row"), scan.Relation, rule.RemovedBy(scan), figures.Share(low))
		return f, false, true
	}
	f.Detail = redact.Sprintf("All runs %s. A single run is fast (%s), the number of runs costs.", cost.Took(), figures.Ms(n.Ms.Or(0)))
	return f, limit != nil, true
}

// fetchedPerRun are the rows from which on the fetches take most of a run.
const fetchedPerRun = 20

// misplaced finds the condition between a scan and the query around it that is written in a
// subquery inside, where it bounds no scan: the subquery is asked for each row of the table.
// It says where the condition belongs if that returns the same rows.
func misplaced(f *rule.Found, scan *rule.Node) bool {
	filter := scan.Text("Filter").Raw()
	if scan.Type != "Seq Scan" || !strings.Contains(filter, "SubPlan") || reverses.MatchString(filter) {
		return false
	}
	for _, sub := range scan.Children {
		if sub.Relationship != "SubPlan" || !sub.Has("One-Time Filter") || sub.Executions().Or(0) < subplanLoops.In(scan.Plan.Case) {
			continue
		}
		for _, cond := range conditions.Own(scan.Node, conditions.Parse(sub, "One-Time Filter")) {
			if cond.Op != sql.Eq || cond.Left.Name == "" || cond.Left.Table == "" || cond.Other.Name == "" || cond.Other.Table == "" || cond.Other.Table == cond.Left.Table {
				continue
			}
			column := lex.QuoteIdent(cond.Left.Name)
			f.Title = redact.Append(f.Title, "and each time tests all rows of %s with #%d (%s runs)", scan.Relation, sub.ID, figures.Count(sub.Executions().Or(0)))
			f.Fix = redact.Sprintf("Move %s (One-Time Filter of #%d) from the inner subquery to the WHERE of the one on %s. An index on %s (%s) then finds the rows for each row of %s. If the query's text has no such subquery, it is in a view or a row-level security policy.",
				sub.Text("One-Time Filter"), sub.ID, scan.Relation, scan.RelationName(), column, cond.Other.Table)
			return true
		}
	}
	return false
}

// reverses matches what makes a row match because a subquery returns nothing.
var reverses = regexp.MustCompile(`\b(NOT|OR|IS|COALESCE|CASE)\b`)

// looksUp reports whether the scan of a subquery that runs often reads all rows to find
// those of one value, and an index would find them.
func looksUp(inner *rule.Node) bool {
	if inner.Small() || inner.Catalog() || inner.Type != "Seq Scan" && !slices.ContainsFunc(inner.Filter(), func(c sql.Cond) bool { return c.Op == sql.Eq && c.Value == sql.Runtime }) {
		return false
	}
	p := inner.Proposal()
	return (p.Index != nil || p.Serving != nil) && !p.Right()
}

// usesSubplan reports whether a condition or a key of a node needs the result of a
// subplan.
func usesSubplan(n *plan.Node, subplan string) bool {
	for _, property := range [...]string{"Filter", "Join Filter", "Sort Key", "Group Key", "Presorted Key"} {
		if namesSubplan(n, property, subplan) {
			return true
		}
	}
	return false
}

// namesSubplan reports whether a property of a node names a subplan.
func namesSubplan(n *plan.Node, property, subplan string) bool {
	if strings.Contains(n.Text(property).Raw(), subplan) {
		return true
	}
	for _, key := range n.List(property) {
		if strings.Contains(key.Raw(), subplan) {
			return true
		}
	}
	return false
}

// subplanName returns what to call a subplan: its node, with the name in the plan.
func subplanName(n *rule.Node) string {
	if n.SubplanName != "" && !strings.HasPrefix(n.SubplanName, "CTE") {
		return n.Ref() + " (" + n.SubplanName + ")"
	}
	return n.Ref()
}

// orSubplan matches an OR in a plan that has a subquery as a branch; from 17 on plans
// print the comparison with it.
var orSubplan = regexp.MustCompile(`\bOR \(*(?:NOT \(?)?(?:hashed )?(?:SubPlan|ANY \()|(?:SubPlan \d+\)(?:\.\w+)?\)*) OR `)

// unclosed reports whether the bracket before a text is still open at its end.
func unclosed(text string) bool {
	depth := 0
	for _, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return true
}

// comparesLists reports whether most of a scan's own time is that of the lists which its
// filter compares its rows with: they have more rows than it reads.
func comparesLists(n *rule.Node) bool {
	return slices.ContainsFunc(n.Children, func(list *plan.Node) bool {
		return list.Relationship == "SubPlan" && rowsGiven(list).Or(0) >= notInRows.In(n.Plan.Case)*n.ScannedTotal().Or(0)
	})
}
