package indexadvisor

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// serving finds an existing index that answers every condition of a proposed one, with
// its order if inOrder: then the question is why it was not used.
func serving(t *workload.Table, conds []sql.Cond, proposed scanIndex, inOrder bool) *workload.Index {
	for _, ix := range t.Indexes {
		c := proposed.beside(ix.Def.Where)
		wanted, equal := map[string]bool{}, map[string]bool{}
		for _, a := range c.answered {
			wanted[a.Left.Name] = true
			if a.Op != sql.Range && a.Op != sql.Like && a.Op != sql.Or {
				equal[a.Left.Name] = true
			}
		}
		if !ix.Valid.Or(true) || ix.Def.Method != c.def.Method || !selectivity.Implied(ix.Def.Where.Raw(), conds) || inOrder && !inOrderOf(ix.Def, c.def, len(equal)) {
			continue
		}
		if c.def.Method == "btree" && prefixAnswers(ix.Def, c, wanted) || c.def.Method != "btree" && sameKeys(ix.Def, c.def) {
			return ix
		}
	}
	return nil
}

// beside is an index without the keys whose conditions the predicate of another one
// answers.
func (c scanIndex) beside(where redact.Text) scanIndex {
	if where.Empty() {
		return c
	}
	_, implied := planner.SplitImplied(where.Raw(), c.answered)
	if len(implied) == 0 {
		return c
	}
	is := func(column string) bool {
		return slices.ContainsFunc(implied, func(i sql.Cond) bool { return i.Left.Name == column })
	}
	c.answered = slices.DeleteFunc(slices.Clone(c.answered), func(a sql.Cond) bool { return is(a.Left.Name) })
	c.def.Keys = slices.DeleteFunc(slices.Clone(c.def.Keys), func(k workload.IndexKey) bool { return is(k.Column) })
	return c
}

// inOrderOf reports whether an index gives the order of another one that begins with
// some equality columns: it has these in any order, then the same keys in the same
// directions or in the opposite ones.
func inOrderOf(def, other workload.IndexDef, equal int) bool {
	if len(def.Keys) < len(other.Keys) || equal > len(other.Keys) {
		return false
	}
	for _, k := range other.Keys[:equal] {
		if !slices.ContainsFunc(def.Keys[:equal], func(have workload.IndexKey) bool { return have.Column == k.Column }) {
			return false
		}
	}
	same, turned := true, true
	for i, k := range other.Keys[equal:] {
		have := def.Keys[equal+i]
		if have.Column != k.Column {
			return false
		}
		same = same && have.Desc == k.Desc && have.NullsFirst == k.NullsFirst
		turned = turned && have.Desc != k.Desc && have.NullsFirst != k.NullsFirst
	}
	return same || turned
}

// prefixAnswers walks the index's keys as a B-tree scan does: over equalities up to the
// first range.
func prefixAnswers(def workload.IndexDef, c scanIndex, wanted map[string]bool) bool {
	found := 0
	for _, k := range def.Keys {
		var equal, bounded bool
		for _, a := range c.answered {
			if a.Left.Name != k.Column || k.Column == "" {
				continue
			}
			switch a.Op {
			case sql.Like:
				bounded = bounded || strings.HasSuffix(k.OpClass, "_pattern_ops") || k.Collation == "C"
			case sql.Range, sql.Or:
				bounded = true
			default:
				equal = true
			}
		}
		if equal || bounded {
			found++
		}
		if !equal {
			break
		}
	}
	return found == len(wanted) && found > 0
}

func sameKeys(a, b workload.IndexDef) bool {
	if len(a.Keys) != len(b.Keys) {
		return false
	}
	for i := range a.Keys {
		if a.Keys[i].Column != b.Keys[i].Column || a.Keys[i].OpClass != b.Keys[i].OpClass {
			return false
		}
	}
	return true
}

// inUse reports whether a scan finds its rows by the proposed index already. Without
// its definition, an index is taken for it whose name tells its columns, or else one
// that the scan searches by all of them. One that also gives an order is another index,
// unless the name tells that it is the same.
func inUse(n *plan.Node, p Proposal) bool {
	return slices.ContainsFunc(indexScans(n), func(m *plan.Node) bool {
		if p.Serving != nil {
			return m.Index == p.Serving.Name
		}
		ix := p.Index
		if !ix.Where.Empty() {
			return false
		}
		conds := conditions.Own(n, conditions.Parse(m, "Index Cond"))
		var known []string
		for _, c := range conds {
			known = append(known, c.Left.Name)
		}
		if len(conds) == 0 && ix.Keys[0].OpClass != "" {
			return false // an index of the same columns that cannot be searched for a pattern
		}
		keys := keyNames(ix.IndexDef)
		if named := ColumnsByName(m.Index, ix.Table, append(known, keys...)); ix.Method == "btree" && len(named) > 0 {
			return len(named) >= len(keys) && slices.Equal(named[:len(keys)], keys)
		}
		return !p.Ordered && !slices.ContainsFunc(keys, func(column string) bool {
			return !slices.ContainsFunc(conds, func(c sql.Cond) bool {
				return c.Left.Name == column && (c.Op == sql.Contains) == (ix.Method != "btree")
			})
		})
	})
}

// indexScans are the nodes that search an index for a scan of a table.
func indexScans(n *plan.Node) []*plan.Node {
	if n.Is("Index Scan", "Index Only Scan", "Bitmap Index Scan") {
		return []*plan.Node{n}
	}
	var list []*plan.Node
	if n.Is("Bitmap Heap Scan", "BitmapAnd", "BitmapOr") {
		for _, c := range n.Children {
			list = append(list, indexScans(c)...)
		}
	}
	return list
}

// lookedUp reports whether each run of a scan searches its index by values of other
// tables.
func lookedUp(n *plan.Node) bool {
	return slices.ContainsFunc(conditions.ByIndex(n), func(c sql.Cond) bool { return c.Op == sql.Eq && c.Value == sql.Runtime && c.Other.Name != "" })
}
