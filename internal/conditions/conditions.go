// Package conditions reads the conditions and sort keys of a plan node in terms of the
// columns of its table: what an index could answer.
//
// A condition that the grammar does not take is left out: no index answers it.
package conditions

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Of are the conjuncts that a scan applies to its own table: its filter and its index
// condition, which a bitmap scan has on the index scans below it.
func Of(n *plan.Node) []sql.Cond {
	return append(ByIndex(n), Own(n, Parse(n, "Filter"))...)
}

// ByIndex are the conjuncts that an index answers for a scan.
func ByIndex(n *plan.Node) []sql.Cond {
	conds := Own(n, Parse(n, "Index Cond"))
	if n.Type == "Bitmap Heap Scan" {
		for _, c := range n.Children {
			if c.Type == "Bitmap Index Scan" || c.Type == "BitmapAnd" {
				for _, i := range bitmapIndexes(c) {
					conds = append(conds, Own(n, Parse(i, "Index Cond"))...)
				}
			}
		}
	}
	return conds
}

// ByPredicate are the conjuncts that the predicate of a scan's partial index
// guarantees. A bitmap scan shows them as its recheck condition; for an index scan the
// index's definition has to be known.
func ByPredicate(n *plan.Node, t *workload.Table) []sql.Cond {
	switch n.Type {
	case "Bitmap Heap Scan":
		found := ByIndex(n)
		return slices.DeleteFunc(Own(n, Parse(n, "Recheck Cond")), func(c sql.Cond) bool {
			return c.Op == sql.Or || slices.ContainsFunc(found, func(f sql.Cond) bool {
				return f.Left == c.Left && f.Operator == c.Operator && f.Const.Raw() == c.Const.Raw()
			})
		})
	case "Index Scan", "Index Only Scan":
		if ix := t.Index(n.Index); ix != nil && !ix.Def.Where.Empty() {
			conds, err := sql.ParseCond(ix.Def.Where.Raw())
			if err == nil {
				return conds
			}
		}
	}
	return nil
}

func bitmapIndexes(n *plan.Node) []*plan.Node {
	if n.Type == "Bitmap Index Scan" {
		return []*plan.Node{n}
	}
	var all []*plan.Node
	for _, c := range n.Children {
		all = append(all, bitmapIndexes(c)...)
	}
	return all
}

// Parse reads a node's condition; nil if it is none that the grammar takes, and so none
// that an index answers.
func Parse(n *plan.Node, property string) []sql.Cond {
	text := n.Text(property)
	if text.Empty() {
		return nil
	}
	conds, err := sql.ParseCond(text.Raw())
	if err != nil {
		return nil // an expression outside of the grammar is one that no index answers
	}
	return conds
}

// Own keeps the conditions on the node's relation, and turns round those that name it
// on the right: c.id = o.customer_id is one on o.customer_id too.
func Own(n *plan.Node, conds []sql.Cond) []sql.Cond {
	ours := func(c sql.Column) bool {
		return c.Table == "" || c.Table == n.Alias || c.Table == n.Relation
	}
	var kept []sql.Cond
	for _, c := range conds {
		switch {
		case c.Value == sql.Runtime && c.Other.Name == "" && ours(c.Left) && asksEachRow(n):
			// The value is known only when the row is read: no index is searched for it.
			kept = append(kept, sql.Cond{Op: sql.Unknown, Operator: c.Operator, Value: sql.Runtime, ExprColumns: []sql.Column{c.Left}})
		case c.Left.Name != "" && c.Other.Name != "" && ours(c.Left) && ours(c.Other):
			// Two columns of one row: nothing to look up by.
			kept = append(kept, sql.Cond{Op: sql.Unknown, Operator: c.Operator, Value: sql.Runtime, ExprColumns: []sql.Column{c.Left, c.Other}})
		case c.Left.Name == "" || ours(c.Left):
			kept = append(kept, c)
		case c.Other.Name != "" && ours(c.Other) && (c.Op == sql.Eq || c.Op == sql.Range):
			c.Left, c.Other = c.Other, c.Left
			kept = append(kept, c)
		}
	}
	return kept
}

// asksEachRow reports whether a scan's filter runs a subquery that compares the scan's own
// columns.
func asksEachRow(n *plan.Node) bool {
	var names func(m *plan.Node) bool
	names = func(m *plan.Node) bool {
		for _, property := range [...]string{"Index Cond", "Filter", "Recheck Cond", "One-Time Filter", "Join Filter", "Hash Cond"} {
			if slices.ContainsFunc(sql.ColumnsOf(m.Text(property).Raw()), func(c sql.Column) bool { return c.Table != "" && c.Table == n.Alias }) {
				return true
			}
		}
		return slices.ContainsFunc(m.Children, names)
	}
	return slices.ContainsFunc(n.Children, func(sub *plan.Node) bool {
		return sub.Relationship == "SubPlan" && !sub.Hashed() && names(sub)
	})
}

// SortKeys are the keys of a Sort, with their directions.
func SortKeys(sort *plan.Node) []sql.Key {
	var keys []string
	for _, k := range sort.List("Sort Key") {
		keys = append(keys, k.Raw())
	}
	return sql.ParseKeys(keys)
}

// OfJoin are the conjuncts that name a scan's table in the Join Filter of a join, or in
// the Index Cond of a scan that it is joined to.
func OfJoin(join, scan *plan.Node) []sql.Cond {
	named := func(c sql.Column) bool {
		return c.Table != "" && (c.Table == scan.Alias || c.Table == scan.Relation)
	}
	var kept []sql.Cond
	for _, c := range slices.Concat(Parse(join, "Join Filter"), Parse(join, "Index Cond"), Parse(join, "Hash Cond"), Parse(join, "Merge Cond")) {
		if c.Left.Table == "" {
			c.Left.Table = join.Alias // of a scan: its own columns are not qualified
		}
		if named(c.Left) || named(c.Other) {
			kept = append(kept, c)
		}
	}
	return kept
}

// IndexKeys are sort keys as the keys of an index in their order.
func IndexKeys(keys []sql.Key) []workload.IndexKey {
	list := make([]workload.IndexKey, len(keys))
	for i, k := range keys {
		list[i] = workload.IndexKey{Column: k.Column.Name, Expr: k.Expr, Desc: k.Desc, NullsFirst: k.NullsFirst}
	}
	return list
}

// TableOf is the catalogue's table of a node, or an empty one that has its name.
func TableOf(snap *workload.Snapshot, n *plan.Node) *workload.Table {
	if snap != nil {
		if t := snap.Table(n.Schema, n.Relation); t != nil {
			return t
		}
	}
	return &workload.Table{Schema: n.Schema, Name: n.Relation}
}

// OnPartition gives the conditions on a partitioned table as those on one of its
// partitions, whose alias in a plan is the table's with a number.
func OnPartition(scan *plan.Node, conds []sql.Cond) []sql.Cond {
	whole := account.PartOf(scan)
	if whole == "" {
		return conds
	}
	conds = slices.Clone(conds)
	for i := range conds {
		for _, column := range []*sql.Column{&conds[i].Left, &conds[i].Other} {
			if column.Table == whole {
				column.Table = scan.Alias
			}
		}
	}
	return conds
}
