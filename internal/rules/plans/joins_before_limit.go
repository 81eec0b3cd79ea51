package plans

import (
	"fmt"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	pageRatio = rule.NewThreshold("rows_per_row", 100, "rows", "joined or grouped per row that reaches the LIMIT")
	pageShare = rule.NewThreshold("share", 0.3, "share", "of the execution, spent on joins and aggregates that the order does not need")
	pageEqual = rule.NewThreshold("one_group", 0.99, "groups", "per row of the table: its columns in the GROUP BY identify a row")
)

var joinsBeforeLimit = rule.Rule{
	ID:    "joins-before-limit",
	Title: "Joins and groups are computed for all rows before LIMIT",
	Sees: "A LIMIT over a sort by columns of one table. Between them and that table are aggregates, or joins with subqueries, that remove none of its rows, are computed for at least 100 rows per row returned, and take at least 30% of the time. " +
		"Joins with tables alone count if the scan of the table removes most of its rows.",
	Why:    "The order is known before the joins. The planner does not move a LIMIT below an aggregate or a join, so that all rows are joined and grouped, and all but one page of them are discarded.",
	Silent: "The order needs the result of a join or an aggregate, the joins remove rows, a HAVING or DISTINCT depends on them, or an index in the order is what is missing (topn-sort-full-scan).",
	Fix:    "Select the page first, in a subquery on this table with the ORDER BY and the LIMIT. Join and group only its rows.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-limit.html",
	},
	Thresholds: []*rule.Threshold{pageRatio, pageShare, pageEqual, lateEst, lateCost},
	Estimates:  true,
	Rank:       rule.RankRewrite,
	On:         []string{"Limit"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		g, ok := pageOf(n)
		if !ok || g.rows < pageRatio.In(c)*g.wanted {
			return
		}
		cost, share := n.Plan.CostOf(g.late...), n.Plan.Account().Share(usedBy(n.Plan, g.late))
		if n.Plan.Analyzed && (share < pageShare.In(c) || !n.Plan.Significant(cost)) ||
			!n.Plan.Analyzed && (share < lateEst.In(c) || n.Plan.Account().Whole < lateCost.In(c)) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Sort Key", redact.Join(g.sort.List("Sort Key"), ", "), "plan")
		e.Number("rows of "+g.table.Alias, opt.Of(g.rows), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title:  redact.Sprintf("%s needs %s of %s, but %s for %s of them", n.Ref(), figures.Plural(g.wanted, "row"), g.name(), g.work(), figures.Count(g.rows)),
				Detail: redact.Sprintf("This %s. The order depends on %s alone.", cost.Took(), g.name()),
				Fix:    g.fix(),
				Where:  finding.Where{Relation: n.Plan.Node(g.table).RelationName()},
			},
			Covered: append(g.late, n.Node),
		}
		if !n.Plan.Analyzed {
			f.Detail = redact.Sprintf("The order depends on %s alone.", g.name())
			f.Decide("Does the statement join as many rows as the planner expects?", "EXPLAIN (ANALYZE, BUFFERS) of the statement", "select the page first: the result is the same")
		}
		found(f)
	},
}

// page is what a LIMIT returns of one table's rows in their order, and the work between
// that only adds to these rows.
type page struct {
	sort, table  *plan.Node
	start        *plan.Node   // returns the table's rows, as far as joins remove some of them
	late         []*plan.Node // the nodes whose work could follow the LIMIT
	groups       []redact.Text
	inner        []string // the tables whose inner joins have to find a match for each row
	own          int      // the leading sort keys that are of the table
	joins        int
	rows, wanted float64
}

// pageOf finds the table whose columns alone decide which rows a LIMIT returns; not ok if
// the work in between is needed to know them.
func pageOf(limit *rule.Node) (g page, ok bool) {
	if len(limit.Children) == 0 {
		return g, false
	}
	n := limit.Children[0]
	g.wanted = max(rowsGiven(limit.Node).Or(0), n.RowsTotal.Or(0), 1)
	var aggregates []*plan.Node
	for ; ; n = n.Children[0] {
		switch {
		case n.Is("Sort", "Incremental Sort") && g.sort == nil:
			g.sort = n
		case n.Type == "Aggregate" && !n.Has("Filter") && !n.Has("Grouping Sets") && !n.Has("Hash Key") && len(n.List("Group Key")) > 0:
			aggregates = append(aggregates, n)
		case !n.Is("Sort", "Incremental Sort", "Gather", "Gather Merge", "Result") || n.Has("One-Time Filter"):
			return g.below(limit.Plan.Case, n, aggregates)
		}
		if len(n.Children) != 1 && n.Type != "Aggregate" || len(n.Children) == 0 {
			return g, false
		}
		g.late = append(g.late, n)
	}
}

// below follows the joins down to the table whose columns are the leading sort keys.
func (g page) below(c *rule.Case, n *plan.Node, aggregates []*plan.Node) (page, bool) {
	if g.sort == nil {
		return g, false
	}
	keys := conditions.SortKeys(g.sort)
	g.table = scanOfKey(n, keys)
	if g.table == nil {
		return g, false
	}
	for g.own < len(keys) && keysOf(keys[:g.own+1], g.table) {
		g.own++
	}
	computed := len(aggregates) > 0
	for g.start = n; ; {
		if g.start.Is("Hash", "Materialize", "Sort", "Incremental Sort", "Gather", "Gather Merge") && len(g.start.Children) == 1 {
			g.late = append(g.late, g.start)
			g.start = g.start.Children[0]
			continue
		}
		ours, other := sidesOf(g.start, g.table)
		if ours == nil || !g.keepsRows(g.start, ours, other) {
			break
		}
		g.late = append(g.late, g.start)
		g.late = append(g.late, rule.Subtree(other)...)
		computed = computed || g.start.Type != "Nested Loop" && slices.ContainsFunc(rule.Subtree(other), func(m *plan.Node) bool {
			return m.Is("Aggregate", "Group", "Unique", "WindowAgg", "Limit", "CTE Scan", "Function Scan")
		}) // the planner cannot look up one row of these; of a LATERAL subquery expression-before-limit speaks
		g.joins++
		g.start = ours
	}
	g.rows = rowsGiven(g.start).Or(0)
	for m := g.start; m != g.table; m = m.Children[0] {
		if ours, _ := sidesOf(m, g.table); ours == nil && !m.Is("Append", "Merge Append", "Hash", "Materialize", "Sort", "Gather", "Gather Merge") {
			return g, false
		} else if ours != nil {
			break
		}
	}
	low, _, _ := g.table.Discard()
	return g, g.joins > 0 && (computed || low > 0.5) && g.grouped(c, aggregates)
}

// keepsRows reports whether a join only adds to the rows of one of its sides: the outer
// join preserves them, or an inner one returns as many or more.
func (g *page) keepsRows(join, ours, other *plan.Node) bool {
	first := join.Children[0] == ours
	switch {
	case join.Has("Filter"):
		return false
	case first && join.JoinType == "Left", !first && join.JoinType == "Right" && join.Type != "Nested Loop":
		return true
	case join.JoinType != "Inner" || !first && join.Type == "Nested Loop" || rowsGiven(join).Or(0) < rowsGiven(ours).Or(math.Inf(1)):
		return false
	}
	if scan := rule.CostliestScan(rule.Subtree(other)); scan != nil {
		g.inner = append(g.inner, named(scan))
	} else {
		g.inner = append(g.inner, "#"+fmt.Sprint(other.ID))
	}
	return true
}

// grouped reports whether each group is of one row of the table, as its columns in the
// GROUP BY show.
func (g *page) grouped(c *rule.Case, aggregates []*plan.Node) bool {
	if len(aggregates) == 0 {
		return true
	}
	for _, key := range aggregates[0].List("Group Key") {
		if keysOf(sql.ParseKeys([]string{key.Raw()}), g.table) {
			g.groups = append(g.groups, key)
		}
	}
	groups, rows, ok := opt.Two(rowsGiven(aggregates[0]), rowsGiven(g.start))
	if aggregates[0].StoppedEarly() {
		groups, rows, ok = opt.Two(aggregates[0].PlanRows, g.start.ExpectedTotal)
	}
	return ok && len(g.groups) > 0 && groups >= pageEqual.In(c)*rows
}

// sidesOf returns the side of a join that a scan is below, and the other one; nil if the
// node is no join.
func sidesOf(join, scan *plan.Node) (ours, other *plan.Node) {
	if !join.Is("Nested Loop", "Hash Join", "Merge Join") || len(join.Children) != 2 {
		return nil, nil
	}
	for i, side := range join.Children {
		if slices.Contains(rule.Subtree(side), scan) {
			return side, join.Children[1-i]
		}
	}
	return nil, nil
}

// scanOfKey returns the scan of the table that the first of some keys is from.
func scanOfKey(n *plan.Node, keys []sql.Key) *plan.Node {
	for _, m := range rule.Subtree(n) {
		if len(keys) > 0 && m.Relation != "" && m.Type != "Bitmap Index Scan" && keysOf(keys[:1], m) {
			return m
		}
	}
	return nil
}

// keysOf reports whether keys are columns that are known to be of the scan's table, or
// expressions of these.
func keysOf(keys []sql.Key, scan *plan.Node) bool {
	return ownKeys(keys, scan) && !slices.ContainsFunc(keys, func(k sql.Key) bool {
		return k.Column.Name != "" && k.Column.Table == "" || slices.ContainsFunc(k.Columns, func(c sql.Column) bool { return c.Table == "" })
	})
}

// name is how the query calls the table.
func (g page) name() string { return named(g.table) }

// work says what is computed before the LIMIT.
func (g page) work() string {
	what := "its joins are"
	if g.joins == 1 {
		what = "a join is"
	}
	if len(g.groups) > 0 {
		what = map[bool]string{true: "a join and an aggregate are", false: "joins and an aggregate are"}[g.joins == 1]
	}
	return what + " computed"
}

// fix is the query in its other form, and what has to hold for the same rows.
func (g page) fix() redact.Text {
	keys := g.sort.List("Sort Key")
	order := redact.Join(keys[:g.own], ", ")
	from := redact.Plain(g.name())
	if cond := ownCondition(g.table); !cond.Empty() {
		from = redact.Sprintf("%s WHERE %s", from, cond)
	} else if g.table.Has("Filter") || g.table.Has("Index Cond") || g.start != g.table && !g.start.Is("Append", "Merge Append") {
		from = redact.Sprintf("%s (with the conditions and joins that remove rows)", from)
	}
	few := fmt.Sprintf("LIMIT %.0f", g.wanted)
	if g.own < len(keys) && len(g.groups) == 0 {
		few = fmt.Sprintf("FETCH FIRST %.0f ROWS WITH TIES", g.wanted)
	}
	var fix redact.Text
	if len(g.groups) == 1 {
		fix = redact.Sprintf("Select the page first: add the condition %s IN (SELECT %[1]s FROM %s ORDER BY %s %s). Keep the rest of the query.", g.groups[0], from, order, few)
	} else {
		fix = redact.Sprintf("Select the page first: write (SELECT * FROM %s ORDER BY %s %s) in place of the table %s. Keep the outer ORDER BY and LIMIT.", from, order, few, g.table.Relation)
	}
	if len(g.groups) > 0 {
		fix = redact.Append(fix, "The rows are the same if %s is unique in %s.", redact.Join(g.groups, ", "), g.table.Relation)
	}
	if len(g.inner) > 0 {
		slices.Sort(g.inner)
		fix = redact.Append(fix, "A row without a match in %s would be missing: if there are such rows (no NOT NULL foreign key), put the condition into the subquery as EXISTS.", figures.List(slices.Compact(g.inner)))
	}
	return fix
}
