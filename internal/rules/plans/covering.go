package plans

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	onlyBlocks    = rule.NewThreshold("blocks_per_row", 0.5, "blocks", "below that the rows are close together, and reading the table costs little")
	orderedSpared = rule.NewThreshold("index_size", 0.6, "share", "of the table, up to which an index with all columns in the order of the sort is read faster than the table is read and sorted")
)

// What an index entry and a leaf page of entries hold: bytes beside the columns, and
// bytes that are filled.
const entryHeader, leafFilled = 24, 7300

// covering is an index that holds all columns of a sorted scan, in the order of the
// sort: it is read instead of the table, and nothing is sorted.
type covering struct {
	index        *indexadvisor.Index // its keys; with INCLUDE if the columns are known
	known        bool
	bytes, table float64
	sort         *rule.Node
	scan         *plan.Node
}

// coveringOrder returns the index that makes a sort of a whole table an index-only scan
// of far fewer pages; nil if there is none.
func coveringOrder(sort *rule.Node) *covering {
	if sort.Type != "Sort" || len(sort.Children) != 1 || sort.Executions().Or(1) > 1 {
		return nil
	}
	c := sort.Plan.Case
	scan := sort.Plan.Node(rule.Under(sort.Children[0], "Subquery Scan", "Result"))
	keys := conditions.SortKeys(sort.Node)
	width, known := scan.PlanWidth.Get()
	low, _, counted := scan.Discard()
	if !sort.Plan.Analyzed {
		counted = !scan.Has("Filter")
	}
	if scan.Type != "Seq Scan" || scan.Catalog() || scan.Small() || returnsRow(scan) || scan.StoppedEarly() ||
		!known || width > onlyWidth.In(c) || !counted || low > filterDiscard.In(c) || !ownKeys(keys, scan.Node) {
		return nil
	}
	rows, pages, ok := c.Advisor.SizeOf(scan.Node)
	const page = 8192
	x := covering{bytes: rows * (width + entryHeader) / leafFilled * page, table: pages * page, sort: sort, scan: scan.Node}
	if !ok || x.bytes > orderedSpared.In(c)*x.table {
		return nil
	}
	x.index = inOrder(scan, keys)
	x.index.Include, x.known = lacking(scan, x.index)
	if len(x.index.Include) > int(onlyColumns.In(c)) {
		return nil
	}
	if old := servesOrder(scan.Table(), keys); old != nil && (!x.known || !slices.ContainsFunc(x.index.Include, func(name string) bool { return !holds(old, name) })) {
		return nil
	}
	return &x
}

// lacking returns the columns that a query reads of a scan's table and that are no keys of
// an index; not ok if these are not known.
func lacking(scan *rule.Node, ix *indexadvisor.Index) (columns []string, ok bool) {
	needed, ok := columnsNeeded(scan)
	for _, name := range needed {
		if !slices.ContainsFunc(ix.Keys, func(k workload.IndexKey) bool { return k.Column == name }) {
			columns = append(columns, name)
		}
	}
	return columns, ok
}

// holds reports whether an index holds a column.
func holds(ix *workload.Index, column string) bool {
	return slices.Contains(ix.Def.Include, column) || slices.ContainsFunc(ix.Def.Keys, func(k workload.IndexKey) bool { return k.Column == column })
}

// propose adds the index to a finding on the sort.
func (x *covering) propose(f *rule.Found) {
	f.Detail = redact.Append(f.Detail, "An index in that order with all columns that the query reads has about %s, the table %s. Such an index is read instead of the table, and its rows need no sort.",
		figures.Bytes(x.bytes), figures.Bytes(x.table))
	f.ImpactMs = opt.Both(x.sort.Plan.CostOf(x.sort.Node).Ms, x.sort.Plan.CostOf(x.scan).Ms, func(sort, scan float64) float64 { return sort + scan*(1-x.bytes/x.table) })
	if x.known {
		f.Fix = redact.Text{}
		f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: x.index, Method: "defaults", Ordered: true}}}
		return
	}
	f.Fix = redact.Sprintf("Create an index on %s (%s) INCLUDE (the other columns that the query reads), and VACUUM the table. The plan does not show these columns: add the query, or use EXPLAIN (VERBOSE).",
		x.scan.Relation, strings.Join(x.index.KeyList(), ", "))
}
