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
	groupedRows  = rule.NewThreshold("rows", 100_000, "rows", "sorted; fewer take a tenth of a second or less")
	groupedFew   = rule.NewThreshold("groups", 0.01, "share", "of the rows, which are left as groups: a hash table of them is small")
	groupedShare = rule.NewThreshold("share", 0.2, "share", "of the execution, spent on the sort")
	groupedOff   = rule.NewThreshold("factor", 10, "times", "the actual number of groups, as expected by the planner")
)

var sortForFewGroups = rule.Rule{
	ID:     "sort-for-few-groups",
	Title:  "All rows are sorted to be grouped into a few",
	Sees:   "A GroupAggregate that turns 100,000 rows or more into 1% of them or fewer, over a sort that takes 20% of the time. Or a DISTINCT ON that does.",
	Why:    "A hash aggregate needs no sort, and its table of a few groups is small. The planner sorts if it expects far more groups, or if an aggregate such as count(DISTINCT ...) needs sorted rows. For DISTINCT ON it sorts or reads a whole index: it does not skip from one group to the next.",
	Silent: "The groups are many, an index gives the order, or a LIMIT stops the aggregate.",
	Fix:    "Correct the estimate of the groups by extended statistics (ndistinct) on the GROUP BY, or group by plain columns of one table in a subquery first. Replace count(DISTINCT x) with two steps: group by x as well, then count the rows. Replace DISTINCT ON with a lookup of each group's first row by an index.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED-N-DISTINCT-COUNTS",
	},
	Thresholds: []*rule.Threshold{groupedRows, groupedFew, groupedShare, groupedOff},
	Rank:       rule.RankSpill + 1, // a sort that is not needed needs no memory
	On:         []string{"Aggregate", "Unique"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		grouped := n.Strategy == "Sorted" && !n.Has("Grouping Sets") && len(n.List("Group Key")) > 0
		if !n.Plan.Analyzed || !grouped && n.Type != "Unique" || n.StoppedEarly() || len(n.Children) == 0 {
			return
		}
		sort := n.Children[0]
		gathered := sort.Type == "Gather Merge"
		covers := []*plan.Node{sort}
		if gathered && len(sort.Children) == 1 {
			sort = sort.Children[0]
			covers = append(covers, sort)
		}
		rows, groups := sort.RowsTotal.Or(0), n.RowsTotal.Or(0)
		cost := n.Plan.CostOf(covers...)
		if sort.Type != "Sort" || rows < groupedRows.In(c) || groups > groupedFew.In(c)*rows || cost.Share.Or(0) < groupedShare.In(c) || !n.Plan.Significant(cost) {
			return
		}
		s := n.Plan.Node(sort)
		e := rule.OfNode(s)
		e.Text("Group Key", redact.Join(n.List("Group Key"), ", "), "plan")
		for up := range n.Ancestors() { // of a part of the aggregate, the groups of all processes
			if up.Text("Partial Mode").Raw() == "Finalize" {
				groups = up.RowsTotal.Or(groups)
			}
		}
		e.Number("groups", opt.Of(groups), "rows", "plan")
		e.Number("groups expected", n.ExpectedTotal, "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title:  redact.Sprintf("%s sorts %s rows, which become %s", s.Ref(), figures.Count(rows), figures.Plural(groups, "group")),
				Detail: redact.Sprintf("The sort %s.", cost.Took()),
			},
			Covered: append(covers, n.Node),
		}
		if disk, spilled := sortDisk(sort); spilled && disk.Known() {
			f.Detail = redact.Append(f.Detail, "It spilled %s to temporary files.", figures.KB(disk.Or(0)))
		}
		if n.Type == "Unique" {
			if f.Title = redact.Sprintf("%s sorts %s rows, of which %s keeps %s", s.Ref(), figures.Count(rows), n.Ref(), figures.Count(groups)); firstOfGroups(&f, n, sort) {
				found(f)
			}
			return
		}
		expected := n.ExpectedTotal.Or(0)
		off := expected >= groupedOff.In(c)*max(groups, 1)
		if off {
			f.Detail = redact.Append(f.Detail, "The planner expected %s: for so many it sorts, for few it hashes.", figures.Plural(expected, "group"))
		}
		const steps = "group by its column as well in a subquery, and count the rows of that outside: SELECT k, sum(n), count(*) FROM (SELECT k, x, count(*) AS n ... GROUP BY k, x) s GROUP BY k. Both steps can be hashed."
		estimate := redact.Plain("Create extended statistics (ndistinct) on the columns or expressions of the GROUP BY, then run ANALYZE. If they are of several tables, group by plain columns of one table in a subquery first, then join and format its rows. SET enable_sort = off shows what hashing gives.")
		partial := n.Text("Partial Mode").Raw() == "Partial"
		switch {
		case distinctInside(n):
			f.Fix = redact.Plain("count(DISTINCT ...) needs the sort. Instead, " + steps)
		case off && (partial || len(n.List("Output")) > 0 || !n.Plan.Plan.Query.Empty()):
			f.Fix = estimate
		case off && !gathered:
			f.Fix = redact.Append(estimate, "If the query has count(DISTINCT x), that needs the sort: "+steps)
		case partial:
			return
		default:
			f.Fix = redact.Plain("An aggregate such as count(DISTINCT x) needs the sort, and cannot run in parallel. If the query has one, " + steps + " If it runs often, store the result (materialized view or summary table).")
		}
		if scan := rule.CostliestScan(rule.Subtree(sort)); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}

// firstOfGroups says how to find the rows of a DISTINCT ON without the sort, by an index on
// its keys; false if that is not what the sort is for.
func firstOfGroups(f *rule.Found, n *rule.Node, sort *plan.Node) bool {
	keys, scan := conditions.SortKeys(sort), rule.Under(sort.Children[0], "Subquery Scan", "Result")
	if len(keys) < 2 || scan.Relation == "" || !ownKeys(keys, scan) || keys[0].Column.Name == "" {
		return false
	}
	distinct := 1
	if q := n.Plan.Query; q != nil {
		if distinct = distinctOn(q, keys); distinct == 0 {
			return false // a DISTINCT of whole rows
		}
	}
	of := n.Plan.Node(scan)
	var columns, same []string
	for _, k := range keys[:distinct] {
		name := lex.QuoteIdent(k.Column.Name)
		columns, same = append(columns, name), append(same, name+" = groups."+name)
	}
	f.Where.Relation = of.RelationName()
	f.Fix = redact.Sprintf("List the groups (from a table that has them, or step by step by a recursive CTE), and look up the row of each: FROM groups CROSS JOIN LATERAL (SELECT ... FROM %s WHERE %s ORDER BY ... LIMIT 1).", of.RelationName(), strings.Join(same, " AND "))
	if n.Plan.Query == nil {
		f.Tag = finding.Concern
		f.Decide("Is the query a DISTINCT ON ("+strings.Join(columns, ", ")+")?", "the query's text", "leave the query as it is")
		f.Index = redact.Sprintf("An index on %s serves that.", inOrder(of, keys).String())
		return true
	}
	if ix := servesOrder(of.Table(), keys); ix != nil {
		f.Index = redact.Sprintf("The index %s serves this.", ix.QName())
		return true
	}
	inForm(f, inOrder(of, keys))
	return true
}

// distinctOn returns how many of the sort keys are those of a DISTINCT ON in the query; 0 if
// it has none that sorts by further keys.
func distinctOn(q *sql.Query, keys []sql.Key) int {
	for level := range q.All {
		n := len(level.DistinctOn)
		if n > 0 && n < len(keys) && !slices.ContainsFunc(level.DistinctOn, func(k sql.Key) bool {
			return !slices.ContainsFunc(keys[:n], func(by sql.Key) bool { return by.Column.Name == k.Column.Name })
		}) {
			return n
		}
	}
	return 0
}

// distinctArgument matches an aggregate of the different values of an expression.
var distinctArgument = regexp.MustCompile(`(?i)\(\s*DISTINCT\b`)

// distinctInside reports whether the output of an aggregate, or else the text of its
// query, has an aggregate of different values.
func distinctInside(n *rule.Node) bool {
	if out := n.List("Output"); len(out) > 0 {
		return slices.ContainsFunc(out, func(o redact.Text) bool { return distinctArgument.MatchString(o.Raw()) })
	}
	return distinctArgument.MatchString(n.Plan.Plan.Query.Raw())
}
