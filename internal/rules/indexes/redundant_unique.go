package indexes

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var redundantUniqueSize = rule.NewThreshold("size", 1<<20, "bytes", "a smaller index is not worth the risk of dropping it")

var redundantUnique = rule.Rule{
	ID:    "redundant-unique",
	Title: "Unique index implied by a smaller unique index",
	Sees:  "A unique index of 1 MB or more with all columns of another unique index and more. The larger one was never scanned, or begins with the same columns, so that the smaller index can serve its lookups.",
	Why:   "Rows that differ in the smaller key also differ in the larger one, so the larger index rejects nothing more. Every write maintains it.",
	Silent: "A foreign key references its columns. A statement has ON CONFLICT on the table, which may name them. The replica identity, and parts of partitioned indexes. A " +
		"smaller index that is partial, deferrable or invalid, or treats NULLs as distinct while this one does not. Lookups by the other columns. INCLUDE columns. Statements " +
		"that could not be parsed. Statistics younger than a week.",
	Fix: "Drop the index and keep its definition.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-unique.html",
	},
	Thresholds: []*rule.Threshold{redundantUniqueSize, unusedYoung},
	Rank:       rule.RankRedundant,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewIndexes, workload.ViewConstraint, workload.ViewStatements, workload.ViewDatabase},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		age, known := c.Snapshot.ResetAge()
		if !known || !c.KeysKnown() || age.Hours() < unusedYoung.In(c)*24 || c.SettingIsOff("track_counts") {
			return
		}
		for _, wide := range t.Indexes {
			if !onlyUnique(c, wide) || rule.SizeOf(wide).Or(0) < redundantUniqueSize.In(c) || usedByPlan(c, wide) || isReferenced(c, wide) || rule.OnForeignKey(wide) || mayConflictOn(c, t) {
				continue
			}
			i := slices.IndexFunc(t.Indexes, func(narrow *workload.Index) bool { return impliesUnique(narrow, wide) && unneeded(narrow, wide) })
			if i < 0 {
				continue
			}
			narrow := t.Indexes[i]
			e := c.OfIndex(wide)
			e = append(e, rule.DefinitionOf("smaller unique index "+narrow.QName(), narrow))
			e.Number("scans of "+narrow.Name, narrow.SinceReset().Scans, "scans", "pg_stat_user_indexes")
			f := rule.OnIndex(wide)
			f.Aside = true
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s enforces nothing beyond %s", wide.QName(), narrow.Name)
			f.Detail = redact.Sprintf("(%s) is already unique, so (%s) is unique as well. %s takes %s, and every INSERT writes to it.",
				strings.Join(keyNames(narrow.Def), ", "), strings.Join(keyNames(wide.Def), ", "), wide.Name, sizeWords(wide))
			f.More = redact.Sprintf("%s had no scans in %s.", wide.Name, figures.Days(age.Hours()/24))
			if wide.SinceReset().Scans.Or(0) > 0 {
				f.More = redact.Sprintf("%s finds the same single row for each lookup.", narrow.Name)
			}
			f.Decide("Can index-only scans on replicas, and ON CONFLICT clauses outside the export, do without this index?", "the application's code", "keep the index")
			f.Fix = redact.Plain(dropKeepingDefinition)
			if wide.ConstraintType == "u" {
				f.Fix = redact.Sprintf("Run ALTER TABLE %s DROP CONSTRAINT %s and keep its definition. DROP CONSTRAINT takes an ACCESS EXCLUSIVE lock for a moment.", t.QName(), lex.QuoteIdent(wide.Constraint))
			}
			found(f)
		}
	},
}

// onlyUnique reports whether the only purpose of an index is to reject duplicates.
func onlyUnique(c *rule.Case, ix *workload.Index) bool {
	return rule.Usable(ix) && ix.Def.Method == "btree" && ix.Unique.Or(ix.Def.Unique) && !ix.Primary.Or(false) && ix.ConstraintType != "p" && ix.ConstraintType != "x" &&
		len(ix.Def.Include) == 0 && !ix.ReplicaIdentity.Or(false) && !ix.Clustered.Or(false) && !ix.IsPartition.Or(false) && ix.SinceReset().Scans.Known()
}

// impliesUnique reports whether rows that differ in one unique index also differ in
// another one, which has all of its keys and more.
func impliesUnique(narrow, wide *workload.Index) bool {
	if narrow == wide || !rule.Usable(narrow) || !narrow.Unique.Or(narrow.Def.Unique) || len(narrow.Def.Keys) >= len(wide.Def.Keys) ||
		!narrow.Def.Where.Empty() || wide.Def.NullsNotDistinct && !narrow.Def.NullsNotDistinct || isDeferrable(narrow) {
		return false
	}
	for _, k := range narrow.Def.Keys {
		if !slices.ContainsFunc(wide.Def.Keys, func(other workload.IndexKey) bool { return rule.SameKey(k, other) }) {
			return false
		}
	}
	return true
}

// unneeded reports whether lookups do without the wider of two unique indexes:
// there are none, or its first columns are the key of the narrower one, which finds
// the row. For an index that is not unique, redundant-index proposes the narrow one.
func unneeded(narrow, wide *workload.Index) bool {
	if wide.SinceReset().Scans.Or(0) == 0 {
		return true
	}
	for _, k := range wide.Def.Keys[:len(narrow.Def.Keys)] {
		if !slices.ContainsFunc(narrow.Def.Keys, func(other workload.IndexKey) bool { return rule.SameKey(k, other) }) {
			return false
		}
	}
	return true
}

// isReferenced reports whether a foreign key points to an index's columns.
func isReferenced(c *rule.Case, ix *workload.Index) bool {
	keys := keyNames(ix.Def)
	for _, t := range c.Snapshot.Tables {
		for _, k := range t.Constraints {
			if k.Type == "f" && k.RefTable == ix.Table.Name && (k.RefSchema == "" || k.RefSchema == ix.Table.Schema) && len(k.RefCols) == len(keys) &&
				!slices.ContainsFunc(k.RefCols, func(col string) bool { return !slices.Contains(keys, col) }) {
				return true
			}
		}
	}
	return false
}

// mayConflictOn reports whether a statement may name a table's unique keys in ON
// CONFLICT.
func mayConflictOn(c *rule.Case, t *workload.Table) bool {
	return c.UnreadOn(t) || len(c.On(t)) == 0 || slices.ContainsFunc(c.On(t), func(s *workload.Statement) bool {
		return rule.Writes(c.Statements[s], t) && strings.Contains(strings.ToUpper(s.Query.Raw()), "CONFLICT")
	})
}
