package plans

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	knnRows  = rule.NewThreshold("rows_sorted", 10_000, "rows", "with fewer rows, comparing them all is fast, and exact")
	knnRatio = rule.NewThreshold("rows_per_row", 100, "rows", "compared per row returned")
)

var knnSortFullScan = rule.Rule{
	ID:     "knn-sort-full-scan",
	Title:  "Nearest-neighbor query computes the distance of every row",
	Sees:   "A LIMIT over a sort by a distance (<->, <=>, <#>, <+>) of at least 10,000 rows of one table, also through joins, and at least 100 rows per row returned.",
	Why:    "A vector or GiST index returns the nearest rows first. Without one, or if no index can serve the ORDER BY, the query computes the distance of every row, which reads every vector.",
	Silent: "There are few rows, or a condition leaves few rows to compare.",
	Fix:    "ORDER BY the bare distance (column operator value), ascending, with a LIMIT. Create an index on the column, or on the exact expression in the ORDER BY, whose operator class belongs to the operator: hnsw or ivfflat for vectors, gist for geometry and trigrams.",
	Sources: []string{
		"https://github.com/pgvector/pgvector#indexing", "https://www.postgresql.org/docs/current/gist.html", "https://www.postgresql.org/docs/current/indexes-ordering.html",
	},
	Thresholds: []*rule.Threshold{knnRows, knnRatio},
	Estimates:  true,
	Rank:       rule.RankLimit + 1, // an order by a column beside the distance does not replace it
	On:         []string{"Limit"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) == 0 {
			return
		}
		sort := distanceSort(n.Node)
		if sort == nil {
			return
		}
		by := distanceOf(sort)
		scan := by.scanned(n.Node, sort.Children[0])
		if scan == nil {
			return
		}
		s := n.Plan.Node(scan)
		compared, returned := rowsGiven(scan).Or(0), rowsGiven(n.Node).Or(0)
		if low, _, ok := scan.Discard(); compared < knnRows.In(c) || compared < knnRatio.In(c)*returned || ok && low > 0.5 || s.Catalog() {
			return
		}
		covers := []*plan.Node{n.Node}
		for m := scan; m != n.Node; m = m.Parent {
			covers = append(covers, m)
		}
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(s)
		e.Text("Sort Key", redact.Join(sort.List("Sort Key"), ", "), "plan")
		e.Number("rows compared", scan.RowsTotal, "rows", "plan")
		e.Number("blocks", s.SelfBlocks(), "blocks", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: max(n.Plan.Severity(cost), finding.Low), Evidence: e,
				Title:  redact.Sprintf("%s computes and sorts the distance of %s rows of %s to return %s", n.Ref(), figures.Count(compared), scan.Relation, figures.Count(returned)),
				Detail: redact.Sprintf("The scan and the sort %s.", cost.Took()),
				Where:  finding.Where{Relation: s.RelationName()},
			},
			Covered: covers,
		}
		if !n.Plan.Analyzed {
			f.Detail = redact.Plain("These are estimates: the plan was taken without ANALYZE.")
		}
		explainDistance(&f, s, by)
		found(f)
	},
}

// distanceSort returns the sort by a distance whose rows a LIMIT takes, also through a
// join with a few values; nil if there is none.
func distanceSort(n *plan.Node) *plan.Node {
	n = rule.Under(n, "Limit", "LockRows", "Gather Merge", "Result", "Subquery Scan", "WindowAgg")
	switch {
	case n.Type == "Sort" && len(n.Children) == 1 && distanceOf(n) != nil:
		return n
	case n.Type == "Nested Loop":
		for _, side := range rule.InputsOf(n) {
			if sort := distanceSort(side); sort != nil {
				return sort
			}
		}
	}
	return nil
}

// scanned returns the whole scan of the table whose distance is computed: the largest
// one below, of a table that the sort key names. The value may be of another table.
func (d *distance) scanned(limit, below *plan.Node) (scan *plan.Node) {
	columns := sql.ColumnsOf(d.key)
	for _, m := range rule.Subtree(below) {
		named := slices.ContainsFunc(columns, func(c sql.Column) bool { return c.Table == "" || c.Table == m.Alias || c.Table == m.Relation })
		if m.Type == "Seq Scan" && named && (scan == nil || rowsGiven(m).Or(0) > rowsGiven(scan).Or(0)) {
			scan = m
		}
	}
	if scan == nil {
		return nil
	}
	for _, m := range rule.Subtree(limit) { // a table outside of it gives a parameter
		if m != scan && slices.ContainsFunc(columns, func(c sql.Column) bool { return c.Table != "" && c.Table != scan.Alias && c.Table == m.Alias }) {
			d.valueOf = m.Alias
		}
	}
	if swapped, ok := d.of.Commuted(); ok && d.of.Left.Table == d.valueOf {
		d.of = swapped
	}
	return scan
}

// explainDistance adds to a finding why no index returns the rows in that order, and
// which one would.
func explainDistance(f *rule.Found, n *rule.Node, d *distance) {
	ix, used := d.served(n), usedElsewhere(n)
	class := d.operatorClass()
	switch {
	case d.valueOf != "" && !d.wrapped && !d.desc:
		f.Detail = redact.Append(f.Detail, "The value that the rows are compared with is a column of %s. An index returns the nearest rows only of a value that is known when its scan starts.", d.valueOf)
		f.Fix = redact.Sprintf("Pass the value as a constant or a parameter, or write FROM %s, LATERAL (SELECT ... FROM %s ORDER BY the distance LIMIT n). "+
			"Then create an index that supports ordering by %s on the column or on the exact expression in the ORDER BY: GiST for geometry, ranges and trigrams (gist_trgm_ops), hnsw for vectors.", d.valueOf, n.RelationName(), d.operator)
	case d.wrapped:
		f.Detail = redact.Append(f.Detail, "The ORDER BY is an expression of the distance, but an index returns rows in the order of the distance itself.")
		f.Fix = redact.Sprintf("ORDER BY the bare distance (column %s value), ascending, and compute the displayed value in the select list.", d.operator)
	case d.desc:
		f.Detail = redact.Append(f.Detail, "The order is descending, but an index returns the nearest first and cannot be read backward.")
		f.Fix = redact.Sprintf("Remove DESC. The nearest rows have the smallest %s, also for the negative inner product (<#>). Put a similarity such as 1 - distance in the select list.", d.operator)
	case ix != nil && ix.Def.Keys[0].Column == "" && !sameExpression(ix.Def.Keys[0].Expr.Raw(), d.indexed().Raw()):
		f.Detail = redact.Append(f.Detail, "The index %s is on another expression than the ORDER BY.", ix.QName())
		f.Fix = redact.Sprintf("Write the ORDER BY with the exact expression of %s, including its casts, or index the column as the query uses it.", ix.QName())
	case ix != nil && class != "" && ix.Def.Keys[0].OpClass != "" && !strings.HasSuffix(ix.Def.Keys[0].OpClass, strings.TrimPrefix(class, "vector")):
		f.Detail = redact.Append(f.Detail, "The index %s is for another distance: its operator class is %s, and %s needs %s.", ix.QName(), ix.Def.Keys[0].OpClass, d.operator, class)
		f.Fix = redact.Plain("Use the operator that the index was built for, or create an index with the class of the operator.")
	case ix != nil:
		f.Detail = redact.Append(f.Detail, "The index %s has that order, but the plan does not use it.", ix.QName())
		f.Fix = redact.Sprintf("Do not create another index. %s", whyNotUsed(n, rule.Proposal{Serving: ix}))
	case used != "":
		f.Detail = redact.Append(f.Detail, "%s", used)
		f.Fix = redact.Plain("Do not create another index. Compare the two plans: the settings (enable_indexscan), the expression in the ORDER BY, the conditions.")
	case class != "":
		f.Fix = redact.Sprintf("If there is no index for it yet, run CREATE INDEX CONCURRENTLY ON %s USING hnsw (%s %s). Its results are approximate: some of the nearest rows may be missing. "+
			"If there is one, check that it is valid, on the exact expression in the ORDER BY, of the class %s, and without a predicate that the query lacks.", n.RelationName(), d.indexed(), class, class)
	default:
		f.Fix = redact.Sprintf("Create an index on %s that supports ordering by %s: hnsw with the class of the operator for vectors, GiST for geometry, ranges and trigrams. "+
			"If there is one, check that it is valid and on the exact expression in the ORDER BY.", d.indexed(), d.operator)
	}
	if n.Disabled() {
		f.More = redact.Append(f.More, "The plan has a sequential scan although enable_seqscan is off: no existing index can serve the query as written.")
	}
}

// vectorClasses are the operator classes of pgvector by the operator that they
// serve.
var vectorClasses = map[string]string{"<->": "vector_l2_ops", "<=>": "vector_cosine_ops", "<#>": "vector_ip_ops", "<+>": "vector_l1_ops"}

// operatorClass returns the class of a vector index for the distance; empty if the
// distance is not one of vectors.
func (d *distance) operatorClass() string {
	for _, typ := range [...]string{"vector", "halfvec", "sparsevec"} {
		if strings.Contains(d.key, "::"+typ) || typ == "vector" && d.operator != "<->" {
			return typ + strings.TrimPrefix(vectorClasses[d.operator], "vector")
		}
	}
	return ""
}

// served returns an index of the table that orders rows by a distance of the column;
// nil if none is known.
func (d *distance) served(n *rule.Node) *workload.Index {
	t := n.Table()
	if t == nil {
		return nil
	}
	for _, ix := range t.Indexes {
		if !rule.Usable(ix) || len(ix.Def.Keys) == 0 || ix.Def.Method == "btree" || ix.Def.Method == "gin" || ix.Def.Method == "brin" || ix.Def.Method == "hash" {
			continue
		}
		of := []sql.Column{{Name: ix.Def.Keys[0].Column}}
		if of[0].Name == "" {
			of = sql.ColumnsOf(ix.Def.Keys[0].Expr.Raw())
		}
		if by := sql.ColumnsOf(d.key); len(of) > 0 && len(by) > 0 && of[0].Name == by[0].Name {
			return ix
		}
	}
	return nil
}

// usedElsewhere names another plan of the case that reads the table in the order of a
// distance by an index; empty if there is none.
func usedElsewhere(n *rule.Node) string {
	for _, p := range n.Plan.Case.Plans {
		for other := range p.Nodes() {
			if p != n.Plan && other.Relation == n.Relation && other.Index != "" && other.Has("Order By") {
				return "Plan " + strconv.Itoa(p.Number()) + " reads the table in such an order, using " + other.Index + "."
			}
		}
	}
	return ""
}
