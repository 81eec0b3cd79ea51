package plans

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	topnInput  = rule.NewThreshold("rows_sorted", 10_000, "rows", "fewer are sorted in about 1 ms")
	topnRatio  = rule.NewThreshold("rows_per_row", 100, "rows", "sorted per row returned")
	topnBlocks = rule.NewThreshold("blocks", 1_000, "blocks", "8 MB, touched for fewer rows than that: scattered rows cost by the block; without BUFFERS each row of an index scan counts as one")
	topnFew    = rule.NewThreshold("blocks_per_row", 20, "blocks", "in this case, per row returned; an index in order touches about one")
	topnMatch  = rule.NewThreshold("joined", 0.1, "share", "of the rows of the table that match in the joins above: with fewer, an index scan in order has to skip too many")
)

var topnSortFullScan = rule.Rule{
	ID:     "topn-sort-full-scan",
	Title:  "LIMIT sorts the whole table to return a few rows",
	Sees:   "A LIMIT over a sort by columns of one table, or by an expression or a GROUP BY of them, that was given at least 10,000 rows and at least 100 per row returned, or fewer rows that took 1,000 blocks. Other tables may be joined below the sort.",
	Why:    "An index in the sort order would return the first rows at once. This plan reads and compares all rows, in each execution.",
	Silent: "The sort keys are from two tables or an aggregate, the joins below remove most rows of the table, or the filter of the scan keeps few rows, so that an index for the filter is what is missing.",
	Fix:    "Create an index on the equality columns followed by the ORDER BY columns, with their directions if these are mixed.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-ordering.html",
	},
	Thresholds: []*rule.Threshold{topnInput, topnRatio, topnBlocks, topnFew, topnMatch, onlyColumns, onlyWidth},
	Estimates:  true,
	Rank:       rule.RankLimit,
	On:         []string{"Sort"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		use, sort := n.Use(), n.Node
		if use.Limit == nil || !use.Ordered || len(n.Children) != 1 {
			return
		}
		n = n.Plan.Node(use.Limit)
		input, returned := rowsGiven(sort.Children[0]).Or(0), rowsGiven(n.Node).Or(0)
		if top := rule.Under(sort.Children[0], "Gather"); top.Type == "Aggregate" && len(top.Children) == 1 {
			input = rowsGiven(top.Children[0]).Or(0)
		}
		few := input < topnInput.In(c) || input < topnRatio.In(c)*returned
		if few && input < topnFew.In(c)*returned {
			return
		}
		keys := conditions.SortKeys(sort)
		joins, scan := ordered(sort.Children[0], keys, ownKeys)
		anew := scan == nil && slices.ContainsFunc(sort.List("Sort Key"), func(key redact.Text) bool { return comparesValue.MatchString(key.Raw()) })
		if anew {
			joins, scan = ordered(sort.Children[0], keys, byValue)
		}
		if scan == nil {
			return
		}
		s := n.Plan.Node(scan)
		if few && fetched(s) < max(topnBlocks.In(c), topnFew.In(c)*returned) {
			return
		}
		low, _, ok := scan.Discard()
		if !n.Plan.Analyzed {
			ok = !scan.Has("Filter") // what it removes is not known
		}
		if s.Catalog() || !ok || low > 0.5 || input < topnMatch.In(c)*rowsGiven(scan).Or(0) {
			return
		}
		covers := append([]*plan.Node{n.Node, sort, scan}, joins...)
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(s)
		e.Text("Sort Key", redact.Join(sort.List("Sort Key"), ", "), "plan")
		e.Number("rows sorted", sort.Children[0].RowsTotal, "rows", "plan")
		e.Number("blocks", s.SelfBlocks(), "blocks", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s reads and sorts %s rows of %s to return %s", n.Ref(), figures.Count(input), scan.Relation, figures.Count(returned)),
				Detail: redact.Sprintf("Reading and sorting %s. An index in that order returns the first rows at once.", cost.Took()),
				Where:  finding.Where{Relation: s.RelationName()},
			},
			Covered: covers,
		}
		if !anew && !orderIndex(&f, s, keys) {
			return
		}
		if !n.Plan.Analyzed {
			f.Detail = redact.Sprintf("An index in that order returns the first rows at once.")
			f.Decide("Are there as many rows as the planner expects?", "EXPLAIN (ANALYZE) of the statement", "create no index")
		}
		for up := sort.Parent; up != nil && up != n.Node; up = up.Parent {
			if up.Type == "Aggregate" && len(joins) == 0 {
				groupsOnly(&f, s)
				break
			}
		}
		switch {
		case len(joins) == 0:
		case !slices.ContainsFunc(joins, func(j *plan.Node) bool { return j.Type != "Aggregate" }):
			f.Title = redact.Sprintf("%s groups and sorts %s rows of %s to return %s", n.Ref(), figures.Count(input), scan.Relation, figures.Count(returned))
			f.Detail = redact.Sprintf("Reading, grouping and sorting %s. An index in that order returns the rows of the first groups at once.", cost.Took())
			groupsOnly(&f, s)
		default:
			f.Title = redact.Sprintf("%s joins and sorts %s rows of %s to return %s", n.Ref(), figures.Count(input), scan.Relation, figures.Count(returned))
			f.Detail = redact.Sprintf("Reading, joining and sorting %s. An index in that order returns the first rows at once, and only these are joined.", cost.Took())
			f.Fix = redact.Append(f.Fix, "Check that each joined table has an index on its join columns, such as the primary key: they are then looked up row by row.")
		}
		if anew {
			f.Detail = redact.Sprintf("Reading all rows and sorting them %s.", cost.Took())
			inOrderOfValue(&f, s)
		}
		found(f)
	},
}

// inOrderOfValue words the finding on an order that depends on a value of the query, such
// as CASE WHEN owner = 7 THEN ...: another value is another order.
func inOrderOfValue(f *rule.Found, s *rule.Node) {
	f.Severity = min(f.Severity, finding.Medium)
	said := "The sort key compares a column with a value of the query, so that another value is another order."
	f.Detail = redact.Append(f.Detail, "%s", said)
	f.Fix = redact.Sprintf("Do not create an index on that expression: it serves only the statements with this value. Write one SELECT for each result of the comparison, each with ORDER BY on bare columns of %s and the LIMIT (an OFFSET added to it), and sort the few rows of their UNION ALL. An index in the order of each SELECT then returns its first rows at once.", s.Relation)
	if !s.Plan.Analyzed {
		f.Detail = redact.Plain(said)
		f.Decide("Are there as many rows as the planner expects?", "EXPLAIN (ANALYZE) of the statement", "leave the query as it is")
	}
}

// fetched is how many blocks a scan touched. Without them, each row of an index scan
// counts as one.
func fetched(n *rule.Node) float64 {
	if blocks := n.SelfBlocks(); blocks.Known() || n.Type != "Index Scan" {
		return blocks.Or(0)
	}
	return n.ScannedTotal().Or(0)
}

// groupsOnly adds the other columns to an index in the order of groups, if they are few
// and narrow: all rows of the first groups are read, and these may be many.
func groupsOnly(f *rule.Found, s *rule.Node) {
	if len(f.Remedies) == 0 {
		return
	}
	p := f.Remedies[0].Create
	if p == nil || p.Index == nil || s.PlanWidth.Or(onlyWidth.In(s.Plan.Case)+1) > onlyWidth.In(s.Plan.Case) {
		return
	}
	if more, ok := lacking(s, p.Index); ok && len(more) > 0 && len(more) <= int(onlyColumns.In(s.Plan.Case)) {
		p.Index.Include = more
		f.Detail = redact.Append(f.Detail, "All rows of these groups are read: with %s in the index, not from the table.", strings.Join(more, ", "))
	}
}

// ordered returns the scan below joins and groups to which the sort keys belong, and the joins
// that keep its order: an index in that order would return all of them in order. It is
// nil if there is none.
func ordered(n *plan.Node, keys []sql.Key, own func([]sql.Key, *plan.Node) bool) (joins []*plan.Node, scan *plan.Node) {
	n = rule.Under(n, "Result", "Subquery Scan", "Gather", "Hash", "Materialize", "Memoize")
	switch {
	case n.Is("Seq Scan", "Bitmap Heap Scan", "Index Scan", "Index Only Scan"):
		if own(keys, n) {
			return nil, n
		}
	case n.Is("Append", "Merge Append"):
		for _, child := range n.Children {
			if _, found := ordered(child, keys, own); found != nil && (scan == nil || rule.CostliestScan([]*plan.Node{scan, found}) == found) {
				scan = found
			}
		}
		return nil, scan
	case n.Type == "Aggregate" && len(n.Children) == 1 && groupedBy(n, keys):
		joins, scan := ordered(n.Children[0], keys, own)
		return append(joins, n), scan
	case n.Is("Hash Join", "Nested Loop", "Merge Join") && len(n.Children) == 2:
		for i, child := range n.Children {
			if kind := n.JoinType; kind != "Inner" && !(i == 0 && (kind == "Left" || kind == "Semi" || kind == "Anti")) {
				continue // the join does not begin with its rows
			}
			if joins, scan := ordered(child, keys, own); scan != nil {
				return append(joins, n), scan
			}
		}
	}
	return nil, nil
}

// groupedBy reports whether an aggregate groups by the leading sort keys: a scan in
// their order then gives the groups one after the other.
func groupedBy(n *plan.Node, keys []sql.Key) bool {
	var groups []string
	for _, k := range n.List("Group Key") {
		groups = append(groups, k.Raw())
	}
	parsed := sql.ParseKeys(groups)
	return len(parsed) == len(keys) && !slices.ContainsFunc(keys, func(k sql.Key) bool {
		return !slices.ContainsFunc(parsed, func(g sql.Key) bool { return g.Column == k.Column && g.Expr.Raw() == k.Expr.Raw() })
	})
}
