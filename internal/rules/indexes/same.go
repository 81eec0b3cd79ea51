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

func hasTwin(c *rule.Case, ix *workload.Index) bool {
	return slices.ContainsFunc(beginningWith(c, ix.Table, ix.Def.Keys), func(other *workload.Index) bool { return other != ix && sameIndex(ix, other) })
}

// beginningWith returns the usable indexes of a table whose first keys are these columns
// and expressions, in any direction and operator class.
func beginningWith(c *rule.Case, t *workload.Table, keys []workload.IndexKey) []*workload.Index {
	return byFirstKeys.Of(c)[firstKeys{t, keyWords(keys)}]
}

// byFirstKeys holds the usable indexes of each table by their first key, their first two
// keys, and so on, those with the fewest keys first: comparing each index with all others
// takes seconds for 10,000.
var byFirstKeys = rule.Derive(func(c *rule.Case) map[firstKeys][]*workload.Index {
	by := map[firstKeys][]*workload.Index{}
	for _, t := range c.Snapshot.Tables {
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) {
				continue
			}
			for n := range len(ix.Def.Keys) + 1 {
				at := firstKeys{t, keyWords(ix.Def.Keys[:n])}
				by[at] = append(by[at], ix)
			}
		}
	}
	for _, list := range by {
		slices.SortStableFunc(list, func(a, b *workload.Index) int { return len(a.Def.Keys) - len(b.Def.Keys) })
	}
	return by
})

type firstKeys struct {
	table *workload.Table
	keys  string
}

// keyWords returns what keys are on.
func keyWords(keys []workload.IndexKey) string {
	var words strings.Builder
	for _, k := range keys {
		words.WriteString(k.Column)
		words.WriteByte(0)
		words.WriteString(k.Expr.Raw())
		words.WriteByte(0)
	}
	return words.String()
}

// widerThan returns the smallest index that serves all queries of a narrow one.
func widerThan(c *rule.Case, narrow *workload.Index) *workload.Index {
	if !rule.Usable(narrow) || narrow.Def.Method != "btree" || c.Protected(narrow) != "" {
		return nil
	}
	for _, wide := range beginningWith(c, narrow.Table, narrow.Def.Keys) {
		if wide == narrow || wide.Def.Method != "btree" || sameIndex(narrow, wide) ||
			wide.Def.Where.Raw() != narrow.Def.Where.Raw() ||
			!rule.PrefixOf(narrow.Def.Keys, wide.Def.Keys) || !includesAll(wide.Def, narrow.Def.Include) {
			continue
		}
		if len(wide.Def.Keys) == len(narrow.Def.Keys) && !wide.Def.Unique && len(wide.Def.Include) <= len(narrow.Def.Include) {
			continue // the same keys: a duplicate, or its mirror image
		}
		return wide
	}
	return nil
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
	like := map[string][]rule.Stored{} // those on the same keys, in their order
	for _, ix := range list {
		words := keyWords(ix.Kept.Def.Keys)
		like[words] = append(like[words], ix)
	}
	gone := map[*workload.Index]bool{}
	for _, ix := range list {
		group := like[keyWords(ix.Kept.Def.Keys)]
		at := slices.IndexFunc(group, func(other rule.Stored) bool { return other.Kept == ix.Kept })
		for _, other := range group[at+1:] {
			drop, keep := other, ix
			if gone[drop.Kept] || gone[keep.Kept] || !serveSame(drop.Kept, keep.Kept) {
				continue
			}
			if stays(keep) < stays(drop) {
				drop, keep = keep, drop
			}
			if why := mustStay(c, drop.Kept); why != "" && drop.Index.Constraint == "" || drop.Index.Primary || drop.Kept.ReplicaIdentity.Or(false) {
				continue
			}
			pairs = append(pairs, duplicatePair{drop, keep})
			gone[drop.Kept] = true
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
