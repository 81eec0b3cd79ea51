package plans

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/account"
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
	lateDropped = rule.NewThreshold("discard", 0.9, "share", "of the rows computed, left out by a condition above")
	lateShare   = rule.NewThreshold("share", 0.2, "share", "of the execution time, spent on computing them")
	lateEst     = rule.NewThreshold("estimated_share", 0.5, "share", "of the estimated cost, if the plan was not executed")
	lateCost    = rule.NewThreshold("estimated_cost", 5_000, "planner units", "of a plan that was not executed; such a plan takes about 50 ms")
)

// late is a part of a plan whose rows are nearly all left out by a condition above.
type late struct {
	top        *rule.Node   // returns the rows
	by         *rule.Node   // leaves them out: its filter, or a join
	rows, kept float64      // computed, and left by by
	keys       []lateKey    // what the condition compares
	covers     []*plan.Node // the nodes that work on rows that are not needed
}

// lateKey is a column of the rows, and the column of the other side that a join
// compares it with.
type lateKey struct{ own, other sql.Column }

// leftOut finds the first condition above a node that leaves a tenth of its rows or
// less, and that compares columns for which fits is true. rows are those computed.
func leftOut(top *rule.Node, rows float64, fits func([]lateKey) bool) (late, bool) {
	l := late{top: top, rows: rows, covers: computing(top.Plan, top.Node)}
	used, least := usedBy(top.Plan, l.covers), lateShare
	if !top.Plan.Analyzed {
		least = lateEst
	}
	jumps := 0
	for from := top.Node; ; {
		up := from.Parent
		if name, ok := cteName(from); ok {
			use := cte(top.Plan, name)
			if jumps++; use == nil || len(use.scans) != 1 || jumps > 10 {
				return l, false
			}
			up = use.scans[0]
		} else if up == nil || from.Relationship == "SubPlan" || from.Relationship == "InitPlan" || account.ReadsAll(from) || up.Is("Unique", "Limit") {
			return l, false
		}
		l.covers = append(l.covers, up)
		used += usedBy(top.Plan, l.covers[len(l.covers)-1:])
		if kept := rowsGiven(up).Or(0); kept <= (1-lateDropped.In(top.Plan.Case))*rows {
			if top.Plan.Account().Share(used) < least.In(top.Plan.Case) {
				return l, false
			}
			if keys := comparedAbove(top.Plan.Node(up), from); len(keys) > 0 && fits(keys) {
				l.by, l.kept, l.keys = top.Plan.Node(up), kept, keys
				return l, true
			}
		}
		from = up
	}
}

// comparedAbove returns the columns of a node's rows that the filter or the join
// condition of the node above compares with constants or with the other side.
func comparedAbove(up *rule.Node, n *plan.Node) []lateKey {
	var keys []lateKey
	if !up.Is("Nested Loop", "Hash Join", "Merge Join") {
		for _, c := range up.Filter() {
			if c.Left.Name != "" && c.Value < sql.Runtime {
				keys = append(keys, lateKey{own: c.Left})
			}
		}
		return keys
	}
	theirs := map[string]bool{}
	var looked []sql.Cond
	for _, side := range up.Children {
		if side == n {
			continue
		}
		for _, m := range rule.Subtree(side) {
			theirs[m.Alias], theirs[m.Relation] = true, true
			if up.Type == "Nested Loop" && m.Relation != "" {
				looked = append(looked, conditions.Of(m)...)
			}
		}
	}
	delete(theirs, "")
	for _, property := range [...]string{"Hash Cond", "Merge Cond", "Join Filter"} {
		looked = append(looked, conditions.Parse(up.Node, property)...)
	}
	for _, c := range looked {
		switch {
		case c.Op != sql.Eq || c.Left.Name == "" || c.Other.Name == "":
		case theirs[c.Left.Table] || c.Left.Table == "" && !theirs[c.Other.Table]:
			if !theirs[c.Other.Table] {
				keys = append(keys, lateKey{c.Other, c.Left})
			}
		case theirs[c.Other.Table]:
			keys = append(keys, lateKey{c.Left, c.Other})
		}
	}
	return keys
}

// computing returns the nodes of a subquery, with the CTEs that it alone reads. Scans
// that remove nearly all rows by their own filter have a cause of their own.
func computing(p *rule.Plan, top *plan.Node) []*plan.Node {
	var nodes []*plan.Node
	for _, n := range rule.Subtree(top) {
		if low, _, ok := n.Discard(); ok && low >= lateDropped.In(p.Case) && n.Relation != "" {
			continue
		}
		nodes = append(nodes, n)
		if use := cte(p, n.CTE); n.Type == "CTE Scan" && use != nil && len(use.scans) == 1 && use.root.ID < top.ID {
			nodes = append(nodes, computing(p, use.root)...)
		}
	}
	return nodes
}

// found begins the finding on rows that are left out late; what names the part of the
// query that computes them.
func (l *late) found(what string) (rule.Found, bool) {
	p := l.top.Plan
	slices.SortFunc(l.covers, func(a, b *plan.Node) int { return cmp.Compare(a.ID, b.ID) })
	l.covers = slices.Compact(l.covers)
	share, cost := p.Account().Share(usedBy(p, l.covers)), p.CostOf(l.covers...)
	if p.Analyzed && (share < lateShare.In(p.Case) || !p.Significant(cost)) ||
		!p.Analyzed && (share < lateEst.In(p.Case) || p.Account().Whole < lateCost.In(p.Case)) {
		return rule.Found{}, false
	}
	e := rule.OfNode(l.by)
	for _, property := range [...]string{"Filter", "Run Condition", "Hash Cond", "Merge Cond", "Join Filter"} {
		e.Text(property, l.by.Text(property), "plan")
	}
	e.Number("rows of the "+what, opt.Of(l.rows), "rows", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: min(p.Severity(cost), finding.Medium), Evidence: e,
			Title:  redact.Sprintf("%s keeps %s of the %s rows of the %s", l.by.Ref(), figures.Count(l.kept), figures.Count(l.rows), what),
			Detail: redact.Sprintf("Computing them and leaving them out %s.", cost.Took()),
		},
		Covered: l.covers,
	}
	f.Where.Node = opt.Some(l.by.ID)
	if l.by.Line > 0 {
		f.Where.Line = opt.Some(l.by.Line)
	}
	if scan := rule.CostliestScan(l.covers); scan != nil {
		f.Where.Relation = p.Node(scan).RelationName()
	}
	if !p.Analyzed {
		f.Detail = redact.Sprintf("Computing them and leaving them out is %s of the estimated cost.", figures.Share(share))
		f.Decide("Does the condition keep as few rows as the planner expects?", "EXPLAIN (ANALYZE, BUFFERS) of the statement", "put the condition into the "+what+": the result is the same")
	}
	return f, true
}

// usedBy returns what nodes used together, in the unit of the plan's account.
func usedBy(p *rule.Plan, nodes []*plan.Node) float64 {
	used := 0.0
	for _, n := range nodes {
		used += p.Account().Use(n).Own.Or(0)
	}
	return used
}

// inside returns how to apply the condition before the rows are computed, and the index
// that the rewritten query uses.
func (l late) inside(what string, key lateKey) (fix, index redact.Text) {
	own := lex.QuoteIdent(key.own.Name)
	fix = redact.Sprintf("Put the condition on %s into the %s.", own, what)
	if key.other.Name != "" {
		other := lex.QuoteIdent(key.other.Name)
		wanted := redact.Sprintf("SELECT %s of the wanted rows", other)
		if scan := l.otherSide(key.other.Table); scan != nil {
			wanted = redact.Sprintf("SELECT %s FROM %s", other, named(scan))
			if cond := ownCondition(scan); !cond.Empty() {
				wanted = redact.Sprintf("%s WHERE %s", wanted, cond)
			}
		}
		outer := "the outer " + other
		if key.other.Table != "" {
			outer = key.other.Table + "." + other
		}
		fix = redact.Sprintf("Compute only what the join keeps: put WHERE %s IN (%s) into the %s. Or join it by LATERAL (SELECT ... WHERE %[1]s = %[4]s).",
			own, wanted, what, outer)
	}
	return fix, l.index(key.own, nil)
}

// index returns which index serves the condition on a column, and the order, in the
// rewritten query.
func (l late) index(column sql.Column, order []sql.Key) redact.Text {
	return redact.Plain(l.servedBy(column, order))
}

// otherSide returns the scan of a join's other side; nil unless the columns of that
// side are all from it.
func (l late) otherSide(alias string) *plan.Node {
	for _, m := range rule.Subtree(l.by.Node) {
		if m.Relation != "" && alias != "" && (m.Alias == alias || m.Relation == alias) && m.Type != "Bitmap Index Scan" {
			return m
		}
	}
	return nil
}

// named returns a scan's table as a FROM item.
func named(scan *plan.Node) string {
	name := lex.QuoteIdent(scan.Relation)
	if scan.Alias != "" && scan.Alias != scan.Relation {
		name += " " + lex.QuoteIdent(scan.Alias)
	}
	return name
}

// ownCondition returns the conditions of a scan that compare its columns with
// constants.
func ownCondition(scan *plan.Node) redact.Text {
	var parts []redact.Text
	for _, property := range [...]string{"Index Cond", "Recheck Cond", "Filter"} {
		conds := conditions.Parse(scan, property)
		if len(conds) > 0 && !slices.ContainsFunc(conds, func(c sql.Cond) bool { return c.Value >= sql.Runtime || c.Op == sql.Unknown }) {
			parts = append(parts, scan.Text(property))
		}
	}
	return redact.Join(parts, " AND ")
}

// servedBy says which index serves the condition on a column, and the order within its
// rows, once the condition is inside; empty if it is not known to be a table's column.
func (l late) servedBy(column sql.Column, order []sql.Key) string {
	var scans []*plan.Node
	for _, n := range l.covers {
		if n.Relation != "" && n.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") {
			scans = append(scans, n)
		}
	}
	i := slices.IndexFunc(scans, func(n *plan.Node) bool { return names(column, n) })
	if i < 0 && (len(scans) != 1 || l.fromFunction(column)) {
		return ""
	}
	scan := l.top.Plan.Node(scans[max(i, 0)])
	t := scan.Table()
	name := lex.QuoteIdent(column.Name)
	switch {
	case t != nil && t.Column(column.Name) == nil && len(t.Columns) > 0:
		return ""
	case t != nil && len(order) == 0 && leads(t, column.Name):
		return ""
	}
	for _, k := range order {
		if k.Column.Name == "" || k.Column.Table != "" && !names(k.Column, scan.Node) {
			break
		}
		name += ", " + lex.QuoteIdent(k.Column.Name)
		if k.Desc {
			name += " DESC"
		}
	}
	return "An index on " + scan.RelationName() + " (" + name + ") then serves it."
}

// names reports whether a column is qualified by what a scan reads.
func names(c sql.Column, scan *plan.Node) bool {
	return c.Table != "" && (scan.Alias == c.Table || scan.Relation == c.Table)
}

// fromFunction reports whether a column is one of rows that no table has.
func (l late) fromFunction(column sql.Column) bool {
	return slices.ContainsFunc(rule.Subtree(l.top.Node), func(n *plan.Node) bool {
		return names(column, n) && n.Is("Function Scan", "Table Function Scan", "Values Scan")
	})
}

// cteName returns the name of the CTE that a node computes.
func cteName(n *plan.Node) (string, bool) {
	if n.Relationship != "InitPlan" {
		return "", false
	}
	return strings.CutPrefix(n.SubplanName, "CTE ")
}

// within returns the key whose condition means the same below the top of a subquery: no
// LIMIT, set operation or aggregate over other rows is in between.
func within(p *rule.Plan, root *plan.Node, keys []lateKey) (lateKey, bool) {
	top := computed(root)
	one := func(columns []string) (lateKey, bool) {
		i := slices.IndexFunc(keys, func(k lateKey) bool { return slices.Contains(columns, k.own.Name) })
		if i < 0 {
			return lateKey{}, false
		}
		return keys[i], true
	}
	switch {
	case plain(top):
		return keys[0], true
	case top.Is("Aggregate", "Group") && !top.Has("Grouping Sets") && !top.Has("Hash Key"):
		return one(columnNames(sql.ParseKeys(raw(top.List("Group Key")))))
	case top.Type == "Unique":
		if sorted := rule.Under(top, "Unique"); len(sorted.List("Sort Key")) > 0 {
			first := conditions.SortKeys(sorted)                // none of a damaged plan
			return one(columnNames(first[:min(len(first), 1)])) // of DISTINCT ON, the first keys
		}
	case top.Type == "WindowAgg":
		columns, _ := partitionedBy(p.Node(top))
		return one(columns)
	}
	return lateKey{}, false
}

// computed returns the node of a subquery that makes its rows.
func computed(root *plan.Node) *plan.Node {
	return rule.Under(root, "Sort", "Incremental Sort", "Gather", "Gather Merge", "Subquery Scan", "Result")
}

// plain reports whether a node returns rows of tables as they are, so that each
// condition on them may come first.
func plain(top *plan.Node) bool {
	return top.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Hash Join", "Merge Join", "Nested Loop", "Append", "Merge Append", "CTE Scan")
}

func columnNames(keys []sql.Key) []string {
	var names []string
	for _, k := range keys {
		if k.Column.Name != "" {
			names = append(names, k.Column.Name)
		}
	}
	return names
}

func raw(list []redact.Text) []string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = t.Raw()
	}
	return texts
}

// ownColumns reports whether the columns are known to be columns of tables below:
// by VERBOSE, or by the catalog.
func ownColumns(n *rule.Node, names []string) bool {
	for _, name := range names {
		if !slices.ContainsFunc(rule.Subtree(n.Children[0]), func(below *plan.Node) bool {
			if below.Relation == "" {
				return false
			}
			t := n.Plan.Node(below).Table()
			return t != nil && t.Column(name) != nil || slices.ContainsFunc(below.List("Output"), func(o redact.Text) bool { return strings.HasSuffix(o.Raw(), "."+name) })
		}) {
			return false
		}
	}
	return true
}
