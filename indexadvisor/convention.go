package indexadvisor

import (
	"strings"
	"sync"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/workload"
)

// convention is a naming convention for indexes: what is before the table, between it
// and the columns, between columns, and at the end.
type convention struct{ before, between, columns, end string }

// conventions are those of teams and their tools. The first is the server's own, and
// the default.
var conventions = []convention{
	{"", "_", "_", "_idx"},
	{"idx_", "_", "_", ""},
	{"ix_", "_", "_", ""},
	{"index_", "_on_", "_and_", ""}, // Rails
	{"", "_", "_", "_index"},        // Ecto, Laravel
}

// minNamed is how many indexes have to follow a convention before it is the team's.
const minNamed = 2

// conventionOf finds the convention of the indexes that people have named: those
// without a constraint, with known columns.
func conventionOf(snap *workload.Snapshot) convention {
	best, most := conventions[0], minNamed-1
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

// name is the name of an index.
func (c convention) name(table string, keys []string) string {
	return c.before + table + c.between + strings.Join(keys, c.columns) + c.end
}

// keyNames are the keys as an index's name has them: a column, or an expression's
// function, as in the server's own names.
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

// lazyConvention finds a snapshot's convention when it is first needed.
func lazyConvention(snap *workload.Snapshot) func() convention {
	return sync.OnceValue(func() convention { return conventionOf(snap) })
}

// ColumnsByName returns the columns that an index's name tells, if it follows one of
// the usual conventions; known are names of columns of its table, which may hold the
// separator. It is an assumption: nil if the name tells nothing, or could be read in
// several ways. A primary key is assumed to be id, as nearly all tools name it.
func ColumnsByName(index, table string, known []string) []string {
	if index == table+"_pkey" {
		return []string{"id"}
	}
	for _, c := range conventions {
		rest, ok := strings.CutPrefix(index, c.before+table+c.between)
		if c.end != "" { // a name that was taken gets a number behind it: orders_at_idx1
			rest = strings.TrimRight(rest, "0123456789")
		}
		if !ok || !strings.HasSuffix(rest, c.end) {
			continue
		}
		if rest = strings.TrimSuffix(rest, c.end); rest != "" {
			return split(rest, c.columns, known)
		}
	}
	return nil
}

// split takes the names apart that an index's name is made of.
func split(names, between string, known []string) []string {
	var columns []string
	for names != "" {
		longest := ""
		for _, k := range known {
			if len(k) > len(longest) && (names == k || strings.HasPrefix(names, k+between)) {
				longest = k
			}
		}
		if longest == "" {
			break
		}
		columns = append(columns, longest)
		names = strings.TrimPrefix(strings.TrimPrefix(names, longest), between)
	}
	switch parts := strings.Split(names, between); {
	case names == "":
	case between != "_":
		columns = append(columns, parts...)
	case len(parts) <= 2: // created_at, status: one column
		columns = append(columns, names)
	default:
		return nil
	}
	return columns
}
