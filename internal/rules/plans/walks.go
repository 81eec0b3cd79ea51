package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// walk is a scan whose rows are fetched one by one until there are enough: for a LIMIT,
// or for a subquery of which one row is enough.
type walk struct {
	scan, stop *rule.Node
	ordered    bool         // the stop takes the rows in the order of the scan
	between    []*plan.Node // the nodes between that work for each row of the scan
	reach      float64      // the rows that reach the stop, which may skip some by OFFSET
}

// walkOf returns the walk that a scan makes; not ok if its rows are all read anyway.
func walkOf(n *rule.Node) (w walk, ok bool) {
	use := n.Use()
	stop := use.Limit
	if stop == nil {
		stop = use.First
	}
	if stop == nil || n.Relation == "" {
		return w, false
	}
	w = walk{scan: n, stop: n.Plan.Node(stop), ordered: use.Ordered, reach: n.RowsTotal.Or(0)}
	for child := n.Node; child != stop && child.Parent != stop; child = child.Parent {
		up := child.Parent
		if up.Type == "WindowAgg" && up.RowsTotal.Or(0) < child.RowsTotal.Or(0)/2 {
			return w, false // a window reads its partition to the end before it returns a row
		}
		w.reach = up.RowsTotal.Or(0)
		w.between = append(w.between, up)
		for _, side := range up.Children {
			if side != child && side.Relationship == "Inner" && !side.Is("Hash", "Sort") {
				w.between = append(w.between, rule.Subtree(side)...)
			}
		}
	}
	return w, true
}

// remover returns the node above the scan that removes most of its rows: by its own filter,
// or else as the join that passes on the smallest part. It may be a HAVING.
func (w walk) remover() *plan.Node {
	by, most := w.between[0], 0.0
	for _, n := range w.between {
		if n.Is("Nested Loop", "Hash Join", "Merge Join") && len(n.Children) > 0 && n.RowsTotal.Or(0) >= n.Children[0].RowsTotal.Or(0) {
			continue // it removes pairs, and no row of the outer side
		}
		for _, property := range [...]string{"Rows Removed by Filter", "Rows Removed by Join Filter"} {
			if removed := n.Number(property).Or(0) * n.Loops.Or(1); removed > most {
				by, most = n, removed
			}
		}
	}
	if most > 0 {
		return by
	}
	for n := w.scan.Node; n.Parent != nil && n.Parent != w.stop.Node; n = n.Parent {
		if lost := n.RowsTotal.Or(0) - n.Parent.RowsTotal.Or(0); lost > most {
			by, most = n.Parent, lost
		}
	}
	return by
}

// order returns the order that the walk follows: the ORDER BY of the query, the keys
// of the index, or what the plan shows of them. It is assumed if only the index's name
// tells it.
func (w walk) order() (keys []sql.Key, assumed bool) {
	if q := w.scan.Plan.Query; q != nil {
		for level := range q.All {
			here := slices.ContainsFunc(level.Tables, func(t sql.Table) bool { return t.Ref() == w.scan.Alias && t.Name == w.scan.Relation })
			keys := level.Sort
			if len(level.From) == 1 {
				keys = unqualified(keys)
			}
			if keys := own(keys, w.scan.Node, len(level.From) == 1); here && len(keys) > 0 && len(keys) == len(level.Sort) {
				return keys, false
			}
		}
	}
	for up := range w.scan.Ancestors() {
		if up == w.stop.Node {
			break
		}
		if keys := own(conditions.SortKeys(up), w.scan.Node, true); up.Is("Merge Append", "Incremental Sort") && len(keys) > 0 {
			return keys, false
		}
	}
	if t := w.scan.Table(); t != nil && t.Index(w.scan.Index) != nil {
		return w.directed(t.Index(w.scan.Index).Def.Keys), false
	}
	if column := boundedBy(w.scan); column != "" {
		return w.directed([]workload.IndexKey{{Column: column}}), false
	}
	var named []workload.IndexKey
	known := columnsSeen(w.scan)
	columns := indexadvisor.ColumnsByName(w.scan.Index, w.scan.Relation, known)
	if columns == nil {
		columns = indexadvisor.ColumnsByName(w.scan.Index+"_idx", w.scan.Relation, known) // records_updated_at
	}
	for _, column := range columns {
		named = append(named, workload.IndexKey{Column: column})
	}
	return w.directed(named), true
}

// unqualified returns keys without the names of their table.
func unqualified(keys []sql.Key) []sql.Key {
	keys = slices.Clone(keys)
	for i := range keys {
		keys[i].Column.Table = ""
	}
	return keys
}

// own returns the keys as far as they are columns of the scan's table.
func own(keys []sql.Key, scan *plan.Node, only bool) []sql.Key {
	for i, k := range keys {
		if !ownKeys(keys[i:i+1], scan) || k.Column.Table == "" && !only {
			return keys[:i]
		}
	}
	return keys
}

// directed returns the leading columns of an index as the scan's direction gives them.
func (w walk) directed(keys []workload.IndexKey) []sql.Key {
	var order []sql.Key
	backward := w.scan.Direction == "Backward"
	for _, k := range keys {
		if k.Column == "" {
			break
		}
		order = append(order, sql.Key{Column: sql.Column{Name: k.Column}, Desc: k.Desc != backward, NullsFirst: k.NullsFirst != backward})
	}
	return order
}

// boundedBy returns the only column that bounds an index scan, by ranges: the scan is in
// the order of that column.
func boundedBy(n *rule.Node) (column string) {
	for _, c := range conditions.ByIndex(n.Node) {
		if c.Op != sql.Range || column != "" && column != c.Left.Name {
			return ""
		}
		column = c.Left.Name
	}
	return column
}

// columnsSeen are the columns of a scan's table that the plan and the query show.
func columnsSeen(n *rule.Node) (names []string) {
	add := func(columns []sql.Column, qualified bool) {
		for _, c := range columns {
			ours := c.Table == n.Alias || c.Table == n.Relation || c.Table == "" && !qualified
			if ours && !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
		}
	}
	for m := range n.Plan.Nodes() {
		for _, property := range [...]string{"Filter", "Index Cond", "Hash Cond", "Merge Cond", "Join Filter"} {
			add(sql.ColumnsOf(m.Text(property).Raw()), m != n.Node)
		}
		for _, list := range [...]string{"Sort Key", "Group Key", "Output"} {
			for _, expr := range m.List(list) {
				add(sql.ColumnsOf(expr.Raw()), m != n.Node)
			}
		}
	}
	if q := n.Plan.Query; q != nil {
		for level := range q.All {
			add(level.Columns, len(level.Tables) != 1 || level.Tables[0].Ref() != n.Alias)
		}
	}
	return names
}
