package rules

import (
	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	topnInput  = NewThreshold("rows_sorted", 10_000, "rows", "fewer are sorted in about a millisecond")
	topnRatio  = NewThreshold("rows_per_row", 100, "rows", "sorted for each row that is returned")
	topnBlocks = NewThreshold("blocks", 1_000, "blocks", "8 MB, touched for fewer rows than that: scattered ones cost by the block")
	topnFew    = NewThreshold("blocks_per_row", 20, "blocks", "then, for each row that is returned, where an index in order touches about one")
	topnMatch  = NewThreshold("joined", 0.1, "share", "of the table's rows, that find a partner in the joins above: of fewer a walk in order has to pass over too many")
)

var topnSortFullScan = Rule{
	ID:     "topn-sort-full-scan",
	Title:  "A LIMIT sorts the whole table for its few rows",
	Sees:   "A LIMIT over a sort by columns of one table that was given 10,000 rows or more, a hundred for each that is returned, or fewer that took 1,000 blocks; other tables may be joined below the sort.",
	Why:    "An index in the order of the sort would give the first rows at once; this reads and compares all of them, each time.",
	Silent: "The sort's keys are of two tables, or of an aggregate; the joins below drop most of the table's rows; the scan's filter keeps few rows, so that an index for it is what is missing.",
	Fix:    "An index on the equality columns and then the ORDER BY columns, with their directions where these are mixed.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-ordering.html",
	},
	Thresholds: []*Threshold{topnInput, topnRatio, topnBlocks, topnFew, topnMatch},
	Rank:       rankLimit,
	Node: func(c *Case, n *Node, found func(Found)) {
		if n.Type != "Limit" || len(n.Children) == 0 {
			return
		}
		sort := under(n.Node, "Limit", "LockRows", "Gather Merge", "Result", "Subquery Scan")
		if sort.Type != "Sort" || len(sort.Children) != 1 {
			return
		}
		input, wanted := sort.Children[0].RowsTotal.Or(0), n.RowsTotal.Or(0)
		few := input < topnInput.In(c) || input < topnRatio.In(c)*wanted
		if few && input < topnFew.In(c)*wanted {
			return
		}
		keys := indexadvisor.SortKeys(sort)
		joins, scan := ordered(sort.Children[0], keys)
		if scan == nil {
			return
		}
		s := n.Plan.node(scan)
		if few && s.SelfBlocks().Or(0) < max(topnBlocks.In(c), topnFew.In(c)*wanted) {
			return
		}
		low, _, ok := scan.Discard()
		if s.catalog() || !ok || low > 0.5 || input < topnMatch.In(c)*scan.RowsTotal.Or(0) {
			return
		}
		covers := append([]*plan.Node{n.Node, sort, scan}, joins...)
		cost := n.Plan.costOf(covers...)
		if !n.Plan.material(cost) {
			return
		}
		e := ofNode(s)
		e.text("Sort Key", redact.Join(sort.List("Sort Key"), ", "), "plan")
		e.number("rows sorted", sort.Children[0].RowsTotal, "rows", "plan")
		e.number("blocks", s.SelfBlocks(), "blocks", "plan")
		f := Found{
			cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s: %s rows of %s are read and sorted to return %s", n.name(), figures.Count(input), scan.Relation, figures.Count(n.RowsTotal.Or(0))),
				Detail: redact.Sprintf("Reading and sorting took %s. An index in that order gives the first rows at once.", cost.took()),
				Where:  finding.Where{Relation: s.RelationName()},
			},
			covers: covers,
		}
		f.orderIndex(s, keys)
		if len(joins) > 0 {
			f.Title = redact.Sprintf("%s: %s rows of %s are joined and sorted to return %s", n.name(), figures.Count(input), scan.Relation, figures.Count(n.RowsTotal.Or(0)))
			f.Detail = redact.Sprintf("Reading, joining and sorting took %s. An index in that order gives the first rows at once, and only these are joined.", cost.took())
			f.Fix = redact.Sprintf("%s The joined tables are then looked up row by row: each needs an index on its join columns, as a primary key is.", f.Fix)
		}
		found(f)
	},
}

// ordered is the scan below joins whose own columns the keys are, and the joins
// that hand its rows on: an index in that order would give the order of all of
// them. Nil where there is none.
func ordered(n *plan.Node, keys []sql.Key) (joins []*plan.Node, scan *plan.Node) {
	n = under(n, "Result", "Subquery Scan", "Gather", "Hash", "Materialize", "Memoize")
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

// ownKeys reports whether all keys are plain columns of the scan's table.
func ownKeys(keys []sql.Key, scan *plan.Node) bool {
	for _, k := range keys {
		if k.Column.Name == "" || k.Column.Table != "" && k.Column.Table != scan.Alias && k.Column.Table != scan.Relation {
			return false
		}
	}
	return len(keys) > 0
}

// orderIndex proposes the index that gives an order, or names the one that
// does and was not taken.
func (f *Found) orderIndex(n *Node, keys []sql.Key) {
	p := n.Plan.c.Advisor.ForScanInOrder(n.Node, keys)
	if p.Index == nil && p.Serving == nil {
		p.Index = inOrder(n, keys)
	}
	if p.Serving == nil {
		p.Serving = servesOrder(n.Table(), keys)
	}
	if ix := p.Serving; ix != nil {
		f.Detail = redact.Sprintf("%s The index %s has it, and was not taken.", f.Detail, ix.QName())
		f.Fix = redact.Sprintf("No new index. %s", whyNotUsed(n, p))
		f.Remedies = []Remedy{{Refused: &Refused{Index: *indexLike(ix), Why: "exists already as " + ix.QName()}}}
		return
	}
	f.Fix = redact.Sprintf("Index on %s.", p.Index.String())
	f.Remedies = []Remedy{{Create: &p}}
}

// inOrder is the index on the sort's keys alone: written ascending where a
// backward scan serves.
func inOrder(n *Node, keys []sql.Key) *indexadvisor.Index {
	schema := n.Schema
	if t := n.Table(); t != nil {
		schema = t.Schema
	}
	def := workload.IndexDef{Method: "btree"}
	allDesc := true
	for _, k := range keys {
		allDesc = allDesc && k.Desc
	}
	for _, k := range keys {
		key := workload.IndexKey{Column: k.Column.Name, Desc: k.Desc, NullsFirst: k.NullsFirst}
		if allDesc {
			key.Desc, key.NullsFirst = false, !k.NullsFirst
		}
		def.Keys = append(def.Keys, key)
	}
	return &indexadvisor.Index{Schema: schema, Table: n.Relation, IndexDef: def}
}

// servesOrder is an index whose keys begin with the sort's, in its directions
// or in the opposite ones.
func servesOrder(t *workload.Table, keys []sql.Key) *workload.Index {
	if t == nil {
		return nil
	}
	wanted := make([]workload.IndexKey, len(keys))
	for i, k := range keys {
		wanted[i] = workload.IndexKey{Column: k.Column.Name, Desc: k.Desc, NullsFirst: k.NullsFirst}
	}
	for _, ix := range t.Indexes {
		if usable(ix) && ix.Def.Method == "btree" && ix.Def.Where.Empty() && prefixOf(wanted, ix.Def.Keys) {
			return ix
		}
	}
	return nil
}
