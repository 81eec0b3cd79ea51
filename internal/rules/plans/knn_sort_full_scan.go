package plans

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	knnRows  = rule.NewThreshold("rows_sorted", 10_000, "rows", "by the distance of fewer one is quick to compare them all, and exact")
	knnRatio = rule.NewThreshold("rows_per_row", 100, "rows", "compared for each row that is returned")
)

var knnSortFullScan = rule.Rule{
	ID:     "knn-sort-full-scan",
	Title:  "The nearest rows are found by comparing them all",
	Sees:   "A LIMIT over a sort by a distance (<->, <=>, <#>, <+>) of 10,000 rows or more of one table, a hundred for each that is returned.",
	Why:    "A vector or GiST index hands the rows out by their distance, nearest first. Without it, or where the ORDER BY is none that it can answer, the distance of every row is computed, which reads every vector.",
	Silent: "Few rows; a condition leaves few of the table's rows to compare.",
	Fix: "ORDER BY the bare distance, column operator value, ascending, with a LIMIT, and an index on the column (or on the very expression that is in the ORDER BY) whose operator class belongs to the operator: " +
		"hnsw or ivfflat for vectors, gist for geometry and trigrams.",
	Sources: []string{
		"https://github.com/pgvector/pgvector#indexing", "https://www.postgresql.org/docs/current/gist.html", "https://www.postgresql.org/docs/current/indexes-ordering.html",
	},
	Thresholds: []*rule.Threshold{knnRows, knnRatio},
	Estimates:  true,
	Rank:       rule.RankLimit + 1, // an order by a column beside the distance is no way round it
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Limit" || len(n.Children) == 0 {
			return
		}
		sort := rule.Under(n.Node, "Limit", "LockRows", "Gather Merge", "Result", "Subquery Scan", "WindowAgg")
		if sort.Type != "Sort" || len(sort.Children) != 1 {
			return
		}
		scan := rule.Under(sort.Children[0], "Result", "Subquery Scan", "Gather")
		by := distanceOf(sort)
		if by == nil || scan.Type != "Seq Scan" {
			return
		}
		s := n.Plan.Node(scan)
		compared, returned := rowsOrExpected(scan), rowsOrExpected(n.Node)
		if low, _, ok := scan.Discard(); compared < knnRows.In(c) || compared < knnRatio.In(c)*returned || ok && low > 0.5 || s.Catalog() {
			return
		}
		covers := []*plan.Node{n.Node, sort, scan}
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Material(cost) {
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
				Title:  redact.Sprintf("%s: the distance of %s rows of %s is computed and sorted to return %s", n.Ref(), figures.Count(compared), scan.Relation, figures.Count(returned)),
				Detail: redact.Sprintf("It took %s.", cost.Took()),
				Where:  finding.Where{Relation: s.RelationName()},
			},
			Covered: covers,
		}
		if !n.Plan.Analyzed {
			f.Detail = redact.Plain("By the plan's estimates: take it with ANALYZE.")
		}
		explainDistance(&f, s, by)
		found(f)
	},
}

// rowsOrExpected are a node's rows, the expected ones where the plan has no
// other.
func rowsOrExpected(n *plan.Node) float64 { return n.RowsTotal.Or(n.PlanRows.Or(0)) }

// distance is an order by how far rows lie from a value.
type distance struct {
	operator string
	key      string   // the sort key, whose casts name the vectors' type
	of       sql.Cond // the distance, as a condition on what is compared with the value
	desc     bool
	wrapped  bool // something is done to the distance before it is sorted by
}

// distanceOperators are those that access methods hand rows out by.
var distanceOperators = map[string]bool{"<->": true, "<=>": true, "<#>": true, "<+>": true, "<~>": true, "<%>": true, "<<->": true, "<<#>>": true}

// distanceOf reads the first key of a sort; nil if it is no distance.
func distanceOf(sort *plan.Node) *distance {
	keys := sort.List("Sort Key")
	if len(keys) == 0 {
		return nil
	}
	var d distance
	d.key = strings.TrimSuffix(strings.TrimSuffix(keys[0].Raw(), " NULLS FIRST"), " NULLS LAST")
	d.key, d.desc = strings.CutSuffix(d.key, " DESC")
	for t := range lex.Tokens(d.key) {
		if t.Kind == lex.Operator && distanceOperators[t.Text] {
			d.operator = cmp.Or(d.operator, t.Text)
		}
	}
	conds, err := sql.ParseCond(d.key)
	if d.operator == "" || err != nil || len(conds) != 1 {
		return nil
	}
	d.of = conds[0]
	d.wrapped = d.of.Operator != d.operator
	return &d
}

// explainDistance says why no index hands the rows out in that order, and what
// would.
func explainDistance(f *rule.Found, n *rule.Node, d *distance) {
	ix, used := d.served(n), usedElsewhere(n)
	class := d.operatorClass()
	switch {
	case d.wrapped:
		f.Detail = redact.Sprintf("%s The order is by an expression made of the distance; an index gives the order of the distance itself.", f.Detail)
		f.Fix = redact.Sprintf("ORDER BY the bare distance, column %s value, ascending, and compute what is shown of it in the select list.", d.operator)
	case d.desc:
		f.Detail = redact.Sprintf("%s The order is descending, the farthest first: an index gives the nearest first, and cannot be read backwards.", f.Detail)
		f.Fix = redact.Sprintf("Leave DESC out. The nearest have the smallest %s, also where the distance is the negative inner product (<#>); a similarity such as 1 - distance belongs into the select list.", d.operator)
	case ix != nil && ix.Def.Keys[0].Column == "" && !sameExpression(ix.Def.Keys[0].Expr.Raw(), d.indexed().Raw()):
		f.Detail = redact.Sprintf("%s The index %s is on another expression than the one in the ORDER BY.", f.Detail, ix.QName())
		f.Fix = redact.Sprintf("No new index: write the ORDER BY with the very expression of %s (its casts too), or index the column as the query names it.", ix.QName())
	case ix != nil && class != "" && ix.Def.Keys[0].OpClass != "" && !strings.HasSuffix(ix.Def.Keys[0].OpClass, strings.TrimPrefix(class, "vector")):
		f.Detail = redact.Sprintf("%s The index %s is built for another distance: its operator class is %s, and %s asks for %s.", f.Detail, ix.QName(), ix.Def.Keys[0].OpClass, d.operator, class)
		f.Fix = redact.Plain("The operator that the index was built for, or an index of the operator's own class.")
	case ix != nil:
		f.Detail = redact.Sprintf("%s The index %s gives that order, and was not taken.", f.Detail, ix.QName())
		f.Fix = redact.Sprintf("No new index. %s", whyNotUsed(n, rule.Proposal{Serving: ix}))
	case used != "":
		f.Detail = redact.Sprintf("%s %s", f.Detail, used)
		f.Fix = redact.Sprintf("No new index. %s Compare what else differs: the settings (enable_indexscan), the expression in the ORDER BY, the conditions.", used)
	case class != "":
		f.Fix = redact.Sprintf("If there is no index for it yet: CREATE INDEX CONCURRENTLY ON %s USING hnsw (%s %s). It finds nearly the nearest, not surely all of them. "+
			"If there is one: it has to be on the very expression in the ORDER BY, of the class %s, valid, and without a predicate that the query leaves out.", n.RelationName(), d.indexed(), class, class)
	default:
		f.Fix = redact.Sprintf("An index on %s that gives the rows by %s, nearest first: hnsw of the operator's class for a vector, GiST for geometry, ranges and trigrams. "+
			"If there is one, it has to be on the very expression in the ORDER BY, and valid.", d.indexed(), d.operator)
	}
	if n.Disabled() {
		f.Detail = redact.Sprintf("%s Sequential scans were forbidden, and this one was taken all the same: as the query stands no index that is there can answer it.", f.Detail)
	}
}

// vectorClasses are the operator classes of pgvector by the operator that they
// serve.
var vectorClasses = map[string]string{"<->": "vector_l2_ops", "<=>": "vector_cosine_ops", "<#>": "vector_ip_ops", "<+>": "vector_l1_ops"}

// operatorClass is the class of a vector index for the distance; empty where
// it is none of vectors.
func (d *distance) operatorClass() string {
	for _, typ := range [...]string{"vector", "halfvec", "sparsevec"} {
		if strings.Contains(d.key, "::"+typ) || typ == "vector" && d.operator != "<->" {
			return typ + strings.TrimPrefix(vectorClasses[d.operator], "vector")
		}
	}
	return ""
}

// served is an index of the table that hands rows out by a distance of the
// column; nil if none is known.
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

// indexed is what is compared with the value, as an index on it would name it.
func (d *distance) indexed() redact.Text {
	if d.of.Left.Name != "" {
		return redact.Plain(workload.QuoteIdent(d.of.Left.Name))
	}
	return redact.Sprintf("(%s)", d.of.Expr)
}

// usedElsewhere says that another plan of the case reads the table in the order
// of a distance by an index.
func usedElsewhere(n *rule.Node) string {
	for _, p := range n.Plan.Case.Plans {
		for other := range p.Nodes() {
			if p != n.Plan && other.Relation == n.Relation && other.Index != "" && other.Has("Order By") {
				return "Plan " + strconv.Itoa(p.Number()) + " reads the table in such an order by " + other.Index + "."
			}
		}
	}
	return ""
}
