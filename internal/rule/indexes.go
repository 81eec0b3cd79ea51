package rule

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// OnIndex returns a finding about an index.
func OnIndex(ix *workload.Index) Found {
	f := Found{Finding: finding.Finding{Where: finding.Where{Index: ix.QName()}}, index: ix}
	if ix.Table.Name != "" {
		f.Where.Relation = ix.Table.QName()
	}
	return f
}

func (c *Case) FKIndexed(t *workload.Table, k *workload.Constraint) bool {
	for _, ix := range t.Indexes {
		if ix.Valid.Or(true) && covers(ix.Def, k.Columns) {
			return true
		}
	}
	return false
}

// IndexLike returns an existing index in the form of the advisor's proposals.
func IndexLike(ix *workload.Index) *indexadvisor.Index {
	return &indexadvisor.Index{Schema: ix.Table.Schema, Table: ix.Table.Name, IndexDef: ix.Def}
}

// FKIndex returns the index that lookups by a foreign key need.
func FKIndex(t *workload.Table, k *workload.Constraint) *indexadvisor.Index {
	keys := make([]workload.IndexKey, len(k.Columns))
	for i, col := range k.Columns {
		keys[i] = workload.IndexKey{Column: col}
	}
	return &indexadvisor.Index{Schema: t.Schema, Table: t.Name, IndexDef: workload.IndexDef{Method: "btree", Keys: keys}}
}

// Protected returns the reason why dropping an index must not be proposed; empty if
// there is none. It is the only place that decides this. Missing information about the
// constraints on the index is a reason too.
func (c *Case) Protected(ix *workload.Index) string {
	if why := Elsewhere(ix.Table); why != "" {
		return why
	}
	switch {
	case ix.Table.IsPartition.Or(false) && !ix.IsPartition.Known():
		return "its table is a partition, and the input does not show whether the index belongs to a partitioned index"
	case ix.Primary.Or(false) || ix.ConstraintType == "p":
		return "primary key"
	case ix.ConstraintType == "u":
		return "unique constraint"
	case ix.ConstraintType == "x" || ix.Exclusion.Or(false):
		return "exclusion constraint"
	case ix.Unique.Or(false) || ix.Def.Unique:
		return "unique index"
	case ix.ReplicaIdentity.Or(false):
		return "replica identity"
	case ix.Clustered.Or(false):
		return "the table is clustered on this index"
	case ix.IsPartition.Or(false):
		return "part of a partitioned index"
	case !ix.Valid.Or(true):
		return "invalid index, perhaps still being built"
	case ix.Definition == "":
		return "index definition missing: the index may be unique, and there would be no rollback"
	case c.MayBackConstraint(ix):
		return "the input does not show whether a constraint needs the index"
	}
	return ""
}

// MayBackConstraint reports whether an index may belong to a constraint, as far as the
// input shows. An index definition does not show it. Exclusion constraints usually have
// a GiST index.
func (c *Case) MayBackConstraint(ix *workload.Index) bool {
	if c.KeysKnown() || ix.ConstraintKnown {
		return false
	}
	return ix.Unique.Or(ix.Def.Unique) || (ix.Def.Method == "gist" || ix.Def.Method == "spgist") && ix.Exclusion.Or(true)
}

// SupportsForeignKey reports whether a DELETE on a referenced table, or a change of its
// key, looks up rows by this index. Such scans are rare, but expensive without the
// index.
func (c *Case) SupportsForeignKey(ix *workload.Index) bool {
	for _, k := range ix.Table.Constraints {
		if k.Type == "f" && covers(ix.Def, k.Columns) {
			ref := c.Snapshot.Table(k.RefSchema, k.RefTable)
			if ref == nil || ref.Deleted.Or(1) > 0 || c.setsKey(ref, k.RefCols) || c.UnreadOn(ref) && ref.Updated.Or(1) > 0 {
				return true
			}
		}
	}
	return false
}

// setsKey reports whether a statement sets a column that foreign keys reference. The
// server looks for references only if the value changes, which the input does not show.
func (c *Case) setsKey(t *workload.Table, columns []string) bool {
	return slices.ContainsFunc(c.UpdatesOf(t), func(s *workload.Statement) bool {
		return slices.ContainsFunc(c.Statements[s].Set, func(set sql.Set) bool { return slices.Contains(columns, set.Column) })
	})
}

// KeysKnown reports whether the input lists the foreign keys.
func (c *Case) KeysKnown() bool {
	return c.Snapshot.Has(workload.ViewConstraint) || c.Snapshot.Has(workload.ViewSchema)
}

// OnForeignKey reports whether an index begins with the columns of a foreign key.
// Without this index the key would have none, even if no rows are deleted so far.
func OnForeignKey(ix *workload.Index) bool {
	return slices.ContainsFunc(ix.Table.Constraints, func(k *workload.Constraint) bool { return k.Type == "f" && covers(ix.Def, k.Columns) })
}

// ReadsAlone reports whether a level of a statement reads only these columns of a
// table, as a count does. An index-only scan of an index on them then replaces the
// larger scan of the table.
func ReadsAlone(q *sql.Query, t *workload.Table, columns ...string) bool {
	if slices.ContainsFunc(q.Parts, func(part *sql.Query) bool { return ReadsAlone(part, t, columns...) }) {
		return true
	}
	if q.Star || q.Target != "" || !slices.ContainsFunc(q.Tables, func(x sql.Table) bool { return IsTable(x, t) }) {
		return false
	}
	return !slices.ContainsFunc(q.Columns, func(col sql.Column) bool {
		return IsColumnOf(q, t, col) && !slices.Contains(columns, col.Name)
	})
}

// covers reports whether the columns are the leading keys of an index, in any order, so
// that it serves an equality on all of them. A predicate may only require that they are
// not NULL.
func covers(def workload.IndexDef, columns []string) bool {
	if len(columns) == 0 || len(def.Keys) < len(columns) || def.Method != "btree" && !(def.Method == "hash" && len(columns) == 1) {
		return false
	}
	wanted := map[string]bool{}
	for _, c := range columns {
		wanted[c] = true
	}
	for _, k := range def.Keys[:len(columns)] {
		if k.Column == "" || !wanted[k.Column] {
			return false
		}
	}
	if def.Where.Empty() {
		return true
	}
	conds, err := sql.ParseCond(def.Where.Raw())
	if err != nil {
		return false
	}
	for _, c := range conds {
		if c.Op != sql.NotNull || !wanted[c.Left.Name] {
			return false
		}
	}
	return true
}

// SameKey reports whether two key columns have the same order and the same comparison.
func SameKey(a, b workload.IndexKey) bool {
	return a.Column == b.Column && a.Expr.Raw() == b.Expr.Raw() && a.OpClass == b.OpClass && a.Collation == b.Collation
}

func SameDirection(a, b workload.IndexKey) bool {
	return a.Desc == b.Desc && a.NullsFirst == b.NullsFirst
}

// PrefixOf reports whether the keys of narrow are the first keys of wide, all in the
// same direction or all reversed (a B-tree can be read in both directions).
func PrefixOf(narrow, wide []workload.IndexKey) bool {
	if len(narrow) > len(wide) {
		return false
	}
	same, reversed := true, true
	for i, k := range narrow {
		if !SameKey(k, wide[i]) {
			return false
		}
		same = same && SameDirection(k, wide[i])
		reversed = reversed && k.Desc != wide[i].Desc && k.NullsFirst != wide[i].NullsFirst
	}
	return same || reversed
}

// Usable reports whether statements can use an index.
func Usable(ix *workload.Index) bool { return ix.Valid.Or(true) && ix.Definition != "" }

// OfIndex returns the figures that every finding on an index shows.
func (c *Case) OfIndex(ix *workload.Index) Evidence {
	var e Evidence
	if ix.Definition != "" {
		e = append(e, DefinitionOf("definition", ix))
	}
	e.Number("idx_scan", ix.SinceReset().Scans, "scans", "pg_stat_user_indexes")
	e.Number("size", SizeOf(ix), "bytes", "pg_class")
	if age, ok := c.Snapshot.ResetAge(); ok {
		e.Number("time since statistics reset", opt.Of(age.Hours()/24), "days", workload.BasisReset)
	}
	return e
}

func SizeOf(ix *workload.Index) opt.Float {
	if ix.SizeBytes.Known() {
		return ix.SizeBytes
	}
	return opt.Map(ix.Pages, func(p float64) float64 { return p * 8192 })
}

// InUse returns how often a table was scanned since the statistics reset.
func InUse(t *workload.Table) float64 {
	whole := t.SinceReset()
	return whole.SeqScan.Or(0) + whole.IdxScan.Or(0)
}
