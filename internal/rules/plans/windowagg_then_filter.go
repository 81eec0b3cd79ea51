package plans

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var windowAggThenFilter = rule.Rule{
	ID:     "windowagg-then-filter",
	Title:  "Window function computed for all rows to keep a few",
	Sees:   "A window function that takes at least 20% of the time, with its sorts and scans, and of whose rows at most 10% are kept: by a join on a column of PARTITION BY, by a filter on the subquery or the CTE, or by a Run Condition.",
	Why:    "All rows are read, sorted and numbered before the condition is checked: the first row of each group costs as much as all rows. The planner moves a condition into the subquery only if it is a filter on a column of PARTITION BY, never the condition of a join.",
	Silent: "Many rows are kept, or the window has no PARTITION BY and needs all rows.",
	Fix:    "Compute only the wanted partitions: put the condition into the subquery, or join the subquery by LATERAL. For the first rows of each group, use a LATERAL subquery with ORDER BY and LIMIT, or DISTINCT ON, with an index on the group's columns followed by the order's.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-LATERAL", "https://www.postgresql.org/docs/current/sql-select.html#SQL-DISTINCT",
	},
	Thresholds: []*rule.Threshold{lateDropped, lateShare, lateEst, lateCost},
	Estimates:  true,
	Rank:       rule.RankRewrite,
	Forms:      []*rewrite.Rewrite{rewrite.FilterInside, rewrite.TopPerGroup},
	On:         []string{"WindowAgg"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		for up := range n.Ancestors() {
			if up.Type == "WindowAgg" {
				return // the topmost one is judged
			}
			if !up.Is("Sort", "Incremental Sort") {
				break
			}
		}
		rows, sorted := windowed(n)
		columns, certain := partitionedBy(n)
		var key lateKey
		l, ok := leftOut(n, rows, func(keys []lateKey) bool {
			i := slices.IndexFunc(keys, func(k lateKey) bool { return slices.Contains(columns, k.own.Name) })
			if i >= 0 {
				key = keys[i]
			}
			return i >= 0
		})
		if ok {
			f, ok := l.found("window function")
			if !ok {
				return
			}
			f.Fix, f.Index = l.inside("subquery", key)
			if !certain {
				f.Tag = finding.Concern
				f.Decide("Is "+key.own.Name+" a column of the window's PARTITION BY?", "the query's text", "compute the window for the wanted rows only if it is")
			}
			found(f)
			return
		}
		firstRows(n, rows, sorted, columns, certain, found)
	},
}

// windowed returns the rows that a chain of window functions is computed for, and the
// sort below it; nil if there is none.
func windowed(n *rule.Node) (rows float64, sorted *plan.Node) {
	for below := n.Node; ; below = below.Children[0] {
		rows = max(rows, rowsGiven(below).Or(0))
		if !windowing(below) {
			return rows, sorted
		}
		if below.Is("Sort", "Incremental Sort") {
			sorted = below
		}
	}
}

// firstRows is the finding on a condition on the window function's result: the first
// rows of each group, or of all rows.
func firstRows(n *rule.Node, rows float64, sorted *plan.Node, columns []string, certain bool, found func(rule.Found)) {
	l := late{top: n, by: n, rows: rows, kept: rowsGiven(n.Node).Or(0)}
	few := (1 - lateDropped.In(n.Plan.Case)) * rows
	stops := n.Has("Run Condition") && l.kept <= few
	if up := n.Parent; !stops {
		if use := cteRead(n); use != nil {
			up = use
		}
		for up != nil && up.Is("Gather", "Gather Merge") {
			up = up.Parent
		}
		if up == nil || !up.Is("Subquery Scan", "CTE Scan") || !up.Has("Filter") || rowsGiven(up).Or(0) > few || n.Plan.Node(up).StoppedEarly() {
			return
		}
		l.by, l.kept = n.Plan.Node(up), rowsGiven(up).Or(0)
		l.covers = append(l.covers, up)
	}
	for below := n.Node; windowing(below); below = below.Children[0] {
		l.covers = append(l.covers, below)
	}
	whole := certain && len(columns) == 0
	if whole && !stops {
		return // each result depends on all rows
	}
	f, ok := l.found("window function")
	if !ok {
		return
	}
	var order []sql.Key
	if sorted != nil {
		order = conditions.SortKeys(sorted)
	}
	keys := orderText(order)
	switch {
	case stops && sorted != nil && (whole || rowsGiven(sorted).Or(0) <= few):
		f.Detail = redact.Append(f.Detail, "All rows are sorted for the first ones.")
		f.Fix = redact.Sprintf("Use ORDER BY %s LIMIT n instead of the condition on the window function: the sort then keeps only the first rows.", keys)
		f.Index = l.ordering(order)
	case !stops && ownFilter(l.by):
		group := "the PARTITION BY columns"
		if certain || len(columns) == 1 {
			group = strings.Join(columns, ", ")
		}
		f.Fix = redact.Sprintf("Compute only the groups that hold wanted rows: put WHERE (%s) IN (SELECT %[1]s ... WHERE %s) into the subquery.", group, l.by.Text("Filter"))
	case stops && len(order) > 0 && l.fromFunction(order[0].Column):
		f.Tag, f.Severity = finding.Concern, min(f.Severity, finding.Low)
		f.Detail = redact.Append(f.Detail, "The groups are rows of a function. No index has them, so that each group by itself would take as long as all of them.")
		f.Fix = redact.Plain("Store the rows of the function in a table, with an index on the group's columns followed by the order's. Then select the groups and JOIN LATERAL (SELECT ... ORDER BY ... LIMIT n).")
		f.Decide("Does the query run often enough for a table that has to be kept up to date?", "its calls in pg_stat_statements", "leave the query as it is")
	default:
		f.Fix = redact.Plain("Select the groups and JOIN LATERAL (SELECT ... ORDER BY ... LIMIT 1), with an index on the group's columns followed by the order's. For one row per group, DISTINCT ON is shorter.")
		if len(columns) > 0 && len(columns) < len(order) {
			group := strings.Join(columns, ", ")
			f.Fix = redact.Sprintf("Select the groups and JOIN LATERAL (SELECT ... WHERE %s = the group's ORDER BY %s LIMIT 1). For one row per group, DISTINCT ON (%[1]s) is shorter.", group, orderText(order[len(columns):]))
			f.Index = l.ordering(order)
		}
	}
	if !stops {
		f.Tag, f.Severity = finding.Concern, min(f.Severity, finding.Low)
		f.Decide("Does the condition select the first rows of each group?", "the query's text", "leave the query as it is")
	}
	found(f)
}

// cteRead returns the scan that alone reads the CTE that a node computes; nil if it
// computes none.
func cteRead(n *rule.Node) *plan.Node {
	name, ok := cteName(n.Node)
	if use := cte(n.Plan, name); ok && use != nil && len(use.scans) == 1 {
		return use.scans[0]
	}
	return nil
}

// ownFilter reports whether a filter compares a column of the tables inside with a
// constant: no window function returns a text.
func ownFilter(by *rule.Node) bool {
	for _, k := range by.Filter() {
		if k.Op == sql.Eq && k.Left.Name != "" && k.Value < sql.Runtime && (quotedText.MatchString(k.Const.Raw()) || ownColumns(by, []string{k.Left.Name})) {
			return true
		}
	}
	return false
}

// quotedText matches a literal that is no number.
var quotedText = regexp.MustCompile(`^'[^']*[^-0-9.'][^']*'`)

// ordering returns which index returns the rows in an order.
func (l late) ordering(order []sql.Key) redact.Text {
	if len(order) == 0 || order[0].Column.Name == "" {
		return redact.Text{}
	}
	l.covers = append(slices.Clone(l.covers), rule.Subtree(l.top.Node)...)
	return l.index(order[0].Column, order[1:])
}

func orderText(keys []sql.Key) string {
	var list []string
	for _, k := range keys {
		text := lex.QuoteIdent(k.Column.Name)
		if k.Column.Name == "" {
			text = k.Expr.String()
		}
		if k.Desc {
			text += " DESC"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}
