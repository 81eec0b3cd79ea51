package indexes

import (
	"slices"

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
