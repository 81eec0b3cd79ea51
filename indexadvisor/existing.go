package indexadvisor

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// serving finds an existing index that answers every condition of a proposed one, with
// its order if inOrder: then the question is why it was not used.
func serving(t *workload.Table, conds []sql.Cond, c scanIndex, inOrder bool) *workload.Index {
	wanted, equal := map[string]bool{}, map[string]bool{}
	for _, a := range c.answered {
		wanted[a.Left.Name] = true
		if a.Op != sql.Range && a.Op != sql.Like {
			equal[a.Left.Name] = true
		}
	}
	for _, ix := range t.Indexes {
		if !ix.Valid.Or(true) || ix.Def.Method != c.def.Method || !selectivity.Implied(ix.Def.Where.Raw(), conds) || inOrder && !inOrderOf(ix.Def, c.def, len(equal)) {
			continue
		}
		if c.def.Method == "btree" && prefixAnswers(ix.Def, c, wanted) || c.def.Method != "btree" && sameKeys(ix.Def, c.def) {
			return ix
		}
	}
	return nil
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
				bounded = bounded || k.OpClass == "text_pattern_ops" || k.OpClass == "varchar_pattern_ops" || k.Collation == "C"
			case sql.Range:
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
