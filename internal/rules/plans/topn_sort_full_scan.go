package plans

import (
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	topnInput  = rule.NewThreshold("rows_sorted", 10_000, "rows", "fewer are sorted in about a millisecond")
	topnRatio  = rule.NewThreshold("rows_per_row", 100, "rows", "sorted for each row that is returned")
	topnBlocks = rule.NewThreshold("blocks", 1_000, "blocks", "8 MB, touched for fewer rows than that: scattered ones cost by the block")
	topnFew    = rule.NewThreshold("blocks_per_row", 20, "blocks", "then, for each row that is returned, where an index in order touches about one")
	topnMatch  = rule.NewThreshold("joined", 0.1, "share", "of the table's rows, that find a partner in the joins above: of fewer a walk in order has to pass over too many")
)

var topnSortFullScan = rule.Rule{
	ID:     "topn-sort-full-scan",
	Title:  "A LIMIT sorts the whole table for its few rows",
	Sees:   "A LIMIT over a sort by columns of one table that was given 10,000 rows or more, a hundred for each that is returned, or fewer that took 1,000 blocks; other tables may be joined below the sort.",
	Why:    "An index in the order of the sort would give the first rows at once; this reads and compares all of them, each time.",
	Silent: "The sort's keys are of two tables, or of an aggregate; the joins below drop most of the table's rows; the scan's filter keeps few rows, so that an index for it is what is missing.",
	Fix:    "An index on the equality columns and then the ORDER BY columns, with their directions where these are mixed.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-ordering.html",
	},
	Thresholds: []*rule.Threshold{topnInput, topnRatio, topnBlocks, topnFew, topnMatch},
	Rank:       rule.RankLimit,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Limit" || len(n.Children) == 0 {
			return
		}
		sort := rule.Under(n.Node, "Limit", "LockRows", "Gather Merge", "Result", "Subquery Scan")
		if sort.Type != "Sort" || len(sort.Children) != 1 {
			return
		}
		input, wanted := sort.Children[0].RowsTotal.Or(0), n.RowsTotal.Or(0)
		few := input < topnInput.In(c) || input < topnRatio.In(c)*wanted
		if few && input < topnFew.In(c)*wanted {
			return
		}
		keys := conditions.SortKeys(sort)
		joins, scan := ordered(sort.Children[0], keys)
		if scan == nil {
			return
		}
		s := n.Plan.Node(scan)
		if few && s.SelfBlocks().Or(0) < max(topnBlocks.In(c), topnFew.In(c)*wanted) {
			return
		}
		low, _, ok := scan.Discard()
		if s.Catalog() || !ok || low > 0.5 || input < topnMatch.In(c)*scan.RowsTotal.Or(0) {
			return
		}
		covers := append([]*plan.Node{n.Node, sort, scan}, joins...)
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Material(cost) {
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
				Title:  redact.Sprintf("%s: %s rows of %s are read and sorted to return %s", n.Ref(), figures.Count(input), scan.Relation, figures.Count(n.RowsTotal.Or(0))),
				Detail: redact.Sprintf("Reading and sorting took %s. An index in that order gives the first rows at once.", cost.Took()),
				Where:  finding.Where{Relation: s.RelationName()},
			},
			Covered: covers,
		}
		orderIndex(&f, s, keys)
		if len(joins) > 0 {
			f.Title = redact.Sprintf("%s: %s rows of %s are joined and sorted to return %s", n.Ref(), figures.Count(input), scan.Relation, figures.Count(n.RowsTotal.Or(0)))
			f.Detail = redact.Sprintf("Reading, joining and sorting took %s. An index in that order gives the first rows at once, and only these are joined.", cost.Took())
			f.Fix = redact.Sprintf("%s The joined tables are then looked up row by row: each needs an index on its join columns, as a primary key is.", f.Fix)
		}
		found(f)
	},
}

// ordered is the scan below joins whose own columns the keys are, and the joins
// that hand its rows on: an index in that order would give the order of all of
// them. Nil where there is none.
func ordered(n *plan.Node, keys []sql.Key) (joins []*plan.Node, scan *plan.Node) {
	n = rule.Under(n, "Result", "Subquery Scan", "Gather", "Hash", "Materialize", "Memoize")
	switch {
	case n.Is("Seq Scan", "Bitmap Heap Scan", "Index Scan", "Index Only Scan"):
		if ownKeys(keys, n) {
			return nil, n
		}
	case n.Is("Hash Join", "Nested Loop", "Merge Join") && len(n.Children) == 2:
		for i, child := range n.Children {
			if kind := n.JoinType; kind != "Inner" && !(i == 0 && (kind == "Left" || kind == "Semi" || kind == "Anti")) {
				continue // its rows are not what the join begins with
			}
			if joins, scan := ordered(child, keys); scan != nil {
				return append(joins, n), scan
			}
		}
	}
	return nil, nil
}
