package indexadvisor

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// ForScan proposes an index for a node that scans a table. The Join Filter of joins
// above it counts as well, if these are given.
func (a *Advisor) ForScan(n *plan.Node, joins ...*plan.Node) Proposal {
	var joined []sql.Cond
	for _, join := range joins {
		joined = append(joined, conditions.OfJoin(join, n)...)
	}
	return a.forScan(n, wantedOrder(n), joined, false)
}

// ForScanInOrder is ForScan for rows that are needed in an order which no sort in the
// plan makes, because the index that was used gives it.
func (a *Advisor) ForScanInOrder(n *plan.Node, order []workload.IndexKey) Proposal {
	return a.forScan(n, order, nil, true)
}

// ForBitmapPart proposes an index for one of the index scans that a bitmap scan of a table
// combines, by the conditions of that part alone. It has no cost.
func (a *Advisor) ForBitmapPart(heap, part *plan.Node) Proposal {
	t := conditions.TableOf(a.snap, heap)
	conds := conditions.Converted(t, conditions.Own(heap, conditions.Parse(part, "Index Cond")))
	p := Proposal{Method: "defaults"}
	if c, ok := indexFor(requirements{table: t, conds: conds}); ok {
		if p.Serving = serving(t, conds, c, false); p.Serving == nil {
			p.Index = &Index{Schema: t.Schema, Table: t.Name, IndexDef: c.def}
		}
	}
	return p
}

func (a *Advisor) forScan(n *plan.Node, order []workload.IndexKey, joined []sql.Cond, inOrder bool) Proposal {
	t := conditions.TableOf(a.snap, n)
	conds := slices.Concat(conditions.Settled(a.snap, n, conditions.Of(n)), conditions.ByPredicate(n, t), conditions.Own(n, joined))
	need := requirements{table: t, conds: conditions.Converted(t, conds), order: order, inOrder: inOrder, shown: a.shown(n, t), joins: joinColumn(n)}
	p := Proposal{Method: "defaults"}
	for _, c := range indexesFor(need) {
		if lookedUp(n) && !answersJoin(c) {
			continue // it would serve another join
		}
		p = Proposal{Method: "defaults", Ordered: c.ordered, Unsure: unsure(need, c)}
		p.Serving = serving(t, conds, c, inOrder && c.ordered)
		if p.Serving == nil {
			p.Index = &Index{Schema: t.Schema, Table: t.Name, IndexDef: c.def}
		}
		if inUse(n, p) {
			p = Proposal{Method: "defaults", InUse: &Index{Schema: t.Schema, Table: t.Name, IndexDef: c.def}}
			continue
		}
		a.price(n, c, conds, &p)
		break
	}
	return p
}

// wantedOrder is the order of a sort above the node that a LIMIT cuts, if the rows
// reach it in the scan's order and its keys are the scan's own.
func wantedOrder(n *plan.Node) []workload.IndexKey {
	flow := account.FlowOf(n)
	if flow.Sort == nil || !flow.Ordered {
		return nil
	}
	keys := conditions.SortKeys(flow.Sort)
	for _, k := range keys {
		if t := k.Column.Table; t != "" && t != n.Alias && t != n.Relation {
			return nil
		}
	}
	return conditions.IndexKeys(keys)
}

// joinColumn is the column by which a hash or merge join above a scan compares its rows.
func joinColumn(n *plan.Node) string {
	join := n.Parent
	for join != nil && join.Is("Hash", "Sort", "Materialize", "Gather", "Gather Merge") {
		join = join.Parent
	}
	if join == nil || !join.Is("Hash Join", "Merge Join") {
		return ""
	}
	for _, c := range conditions.Own(n, append(conditions.Parse(join, "Hash Cond"), conditions.Parse(join, "Merge Cond")...)) {
		if c.Op == sql.Eq && c.Left.Name != "" {
			return c.Left.Name
		}
	}
	return ""
}
