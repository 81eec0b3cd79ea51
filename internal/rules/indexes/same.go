package indexes

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// sameIndex reports whether two indexes serve the same queries.
func sameIndex(a, b *workload.Index) bool {
	x, y := a.Def, b.Def
	if x.Method != y.Method || x.Unique != y.Unique || x.NullsNotDistinct != y.NullsNotDistinct ||
		len(x.Keys) != len(y.Keys) || len(x.Include) != len(y.Include) || x.Where.Raw() != y.Where.Raw() {
		return false
	}
	for i := range x.Keys {
		if !rule.SameKey(x.Keys[i], y.Keys[i]) || !rule.SameDirection(x.Keys[i], y.Keys[i]) {
			return false
		}
	}
	included := map[string]bool{}
	for _, c := range x.Include {
		included[c] = true
	}
	for _, c := range y.Include {
		if !included[c] {
			return false
		}
	}
	return true
}

func sizeWords(ix *workload.Index) string {
	if b, ok := rule.SizeOf(ix).Get(); ok {
		return figures.Bytes(b)
	}
	return "an unknown amount of space"
}

func hasTwin(ix *workload.Index) bool {
	return slices.ContainsFunc(ix.Table.Indexes, func(other *workload.Index) bool { return other != ix && rule.Usable(other) && sameIndex(ix, other) })
}

// widerThan returns the smallest index that serves all queries of a narrow one.
func widerThan(c *rule.Case, narrow *workload.Index) *workload.Index {
	if !rule.Usable(narrow) || narrow.Def.Method != "btree" || c.Protected(narrow) != "" {
		return nil
	}
	var best *workload.Index
	for _, wide := range narrow.Table.Indexes {
		if wide == narrow || !rule.Usable(wide) || wide.Def.Method != "btree" || sameIndex(narrow, wide) ||
			wide.Def.Where.Raw() != narrow.Def.Where.Raw() ||
			!rule.PrefixOf(narrow.Def.Keys, wide.Def.Keys) || !includesAll(wide.Def, narrow.Def.Include) {
			continue
		}
		if len(wide.Def.Keys) == len(narrow.Def.Keys) && !wide.Def.Unique && len(wide.Def.Include) <= len(narrow.Def.Include) {
			continue // the same keys: a duplicate, or its mirror image
		}
		if best == nil || len(wide.Def.Keys) < len(best.Def.Keys) {
			best = wide
		}
	}
	return best
}

// includesAll reports whether the index holds the columns, as keys or
// INCLUDE columns: only then can it serve the same index-only scans.
func includesAll(def workload.IndexDef, columns []string) bool {
	held := map[string]bool{}
	for _, k := range def.Keys {
		held[k.Column] = true
	}
	for _, c := range def.Include {
		held[c] = true
	}
	for _, c := range columns {
		if !held[c] {
			return false
		}
	}
	return true
}

func keyNames(def workload.IndexDef) []string {
	names := make([]string, len(def.Keys))
	for i, k := range def.Keys {
		names[i] = k.Column
	}
	return names
}

// duplicatePair are two indexes of a schema of which one is enough.
type duplicatePair struct{ drop, keep rule.Stored }

// duplicates returns the duplicate indexes of a table of a schema.
func duplicates(c *rule.Case, t *design.Table) []duplicatePair {
	var pairs []duplicatePair
	list := c.IndexesOf(t)
	for i := 0; i < len(list); i++ {
		for j := i + 1; j < len(list); j++ {
			drop, keep := list[j], list[i]
			if !serveSame(drop.Kept, keep.Kept) {
				continue
			}
			if stays(keep) < stays(drop) {
				drop, keep = keep, drop
			}
			if why := mustStay(c, drop.Kept); why != "" && drop.Index.Constraint == "" || drop.Index.Primary || drop.Kept.ReplicaIdentity.Or(false) {
				continue
			}
			pairs = append(pairs, duplicatePair{drop, keep})
			list = slices.DeleteFunc(list, func(ix rule.Stored) bool { return ix.Relation == drop.Relation })
			i, j = -1, len(list)
		}
	}
	return pairs
}

// serveSame reports whether two indexes are the same, or would be if one of them were
// not unique.
func serveSame(a, b *workload.Index) bool {
	if a.Unique != b.Unique {
		x, y := *a, *b
		x.Def.Unique, y.Def.Unique, x.Def.NullsNotDistinct, y.Def.NullsNotDistinct = false, false, false, false
		a, b = &x, &y
	} else if a.Unique.Or(false) && isDeferrable(a) != isDeferrable(b) {
		return false
	}
	return a.ConstraintType != "x" && b.ConstraintType != "x" && sameIndex(a, b)
}

// stays orders indexes by what depends on them: the primary key most of all.
func stays(ix rule.Stored) int {
	switch {
	case ix.Index.Primary:
		return 3
	case ix.Index.Constraint != "":
		return 2
	case ix.Index.Unique:
		return 1
	}
	return 0
}

func isDeferrable(ix *workload.Index) bool {
	return slices.ContainsFunc(ix.Table.Constraints, func(k *workload.Constraint) bool {
		return k.Name == ix.Constraint && ix.Constraint != "" && strings.Contains(k.Def.Raw(), "DEFERRABLE")
	})
}

// mustStay says why an index must stay although another serves its queries; empty
// if it may go. Being unique is no reason, because the other one is unique too.
func mustStay(c *rule.Case, ix *workload.Index) string {
	if !c.MayBackConstraint(ix) && ix.ConstraintType == "" && !ix.Primary.Or(false) && !ix.ReplicaIdentity.Or(false) && !ix.Clustered.Or(false) && !ix.IsPartition.Or(false) {
		return ""
	}
	return c.Protected(ix)
}
