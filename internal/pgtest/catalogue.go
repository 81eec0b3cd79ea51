package pgtest

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// TableOf is a snapshot with one table.
func TableOf(columns ...*workload.Column) *workload.Snapshot {
	snap := new(workload.Snapshot)
	snap.TableFor("public", "t").Columns = columns
	return snap
}

// Keys are columns as keys of an index: "a", "b desc".
func Keys(columns ...string) []workload.IndexKey {
	list := make([]workload.IndexKey, len(columns))
	for i, c := range columns {
		name, direction, _ := strings.Cut(c, " ")
		list[i] = workload.IndexKey{Column: name, Desc: direction == "desc", NullsFirst: direction == "desc"}
	}
	return list
}

// BTree is a B-tree on columns.
func BTree(columns ...string) workload.IndexDef {
	return workload.IndexDef{Method: "btree", Keys: Keys(columns...)}
}

// Where is an index with a predicate.
func Where(def workload.IndexDef, predicate string) workload.IndexDef {
	def.Where = redact.SQL(predicate)
	return def
}

// With is an index with storage parameters.
func With(def workload.IndexDef, parameters string) workload.IndexDef {
	def.With = parameters
	return def
}

// Include is an index with included columns.
func Include(def workload.IndexDef, columns ...string) workload.IndexDef {
	def.Include = columns
	return def
}

// Values reads an array literal.
func Values(s string) workload.Values {
	v, _ := workload.ParseValues(s)
	return v
}
