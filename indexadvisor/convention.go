package indexadvisor

import (
	"strings"
	"sync"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/workload"
)

// convention is a manner of naming indexes: what stands before the table,
// between it and the columns, between columns, and at the end.
type convention struct{ before, between, columns, end string }

// conventions are those that teams and their tools keep to. The first is the
// server's own, and stands in where no other is seen.
var conventions = []convention{
	{"", "_", "_", "_idx"},
	{"idx_", "_", "_", ""},
	{"ix_", "_", "_", ""},
	{"index_", "_on_", "_and_", ""}, // Rails
	{"", "_", "_", "_index"},        // Ecto, Laravel
}

// leastNamed is how many indexes have to be named in one manner before it is
// the team's.
const leastNamed = 2

// conventionOf learns from the indexes that people have named: those without
// a constraint, whose columns are known.
func conventionOf(snap *workload.Snapshot) convention {
	best, most := conventions[0], leastNamed-1
	if snap == nil {
		return best
	}
	for _, c := range conventions {
		seen := 0
		for _, t := range snap.Tables {
			for _, ix := range t.Indexes {
				if ix.Constraint == "" && len(ix.Def.Keys) > 0 && ix.Name == c.name(t.Name, keyNames(ix.Def)) {
					seen++
				}
			}
		}
		if seen > most {
			best, most = c, seen
		}
	}
	return best
}

// name is what an index is called.
func (c convention) name(table string, keys []string) string {
	return c.before + table + c.between + strings.Join(keys, c.columns) + c.end
}

// keyNames are the keys as they stand in an index's name: a column's, or that
// of an expression's function, as the server has it.
func keyNames(def workload.IndexDef) []string {
	names := make([]string, len(def.Keys))
	for i, k := range def.Keys {
		names[i] = k.Column
		if k.Column == "" {
			names[i] = "expr"
			if f := indexcost.OuterFunction(k.Expr.Raw()); f != "" && !strings.ContainsAny(f, " '\":.-+*/<>=|") {
				names[i] = f
			}
		}
	}
	return names
}

// learned asks for a snapshot's convention once.
func learned(snap *workload.Snapshot) func() convention {
	return sync.OnceValue(func() convention { return conventionOf(snap) })
}
