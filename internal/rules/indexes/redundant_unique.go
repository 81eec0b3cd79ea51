package indexes

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var redundantUniqueSize = rule.NewThreshold("size", 1<<20, "bytes", "smaller ones are not worth the risk")

var redundantUnique = rule.Rule{
	ID:    "redundant-unique",
	Title: "A unique index forbids what another one forbids already",
	Sees: "A unique index that has all columns of another unique one and more, and is not read, or only by what the smaller one finds: it was never scanned, or begins with the same columns. " +
		"Of 1 MB or more.",
	Why: "Rows that differ in the smaller key differ in the larger one as well, so it keeps nothing out, while each write maintains it.",
	Silent: "A foreign key that references its columns; ON CONFLICT on the table, which may name them; the replica identity and parts of partitioned indexes; a smaller one that is partial, deferrable or invalid, or takes NULLs as distinct where this one does not; " +
		"lookups by its other columns; included columns; statements that could not be read; counters younger than a week.",
	Fix: "Drop it, with the definition kept at hand.",
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
			i := slices.IndexFunc(t.Indexes, func(narrow *workload.Index) bool { return impliesUnique(narrow, wide) && spared(narrow, wide) })
			if i < 0 {
				continue
			}
			narrow := t.Indexes[i]
			e := c.OfIndex(wide)
			e = append(e, rule.DefinitionOf("unique already "+narrow.QName(), narrow))
			e.Number("scans of "+narrow.Name, narrow.SinceReset().Scans, "scans", "pg_stat_user_indexes")
			f := rule.OnIndex(wide)
			f.Aside = true
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s keeps no row out that %s lets in", wide.QName(), narrow.Name)
			use := "It was not scanned in " + figures.Days(age.Hours()/24) + "."
			if wide.SinceReset().Scans.Or(0) > 0 {
				use = "Whatever looks a row up by it finds that one row by " + narrow.Name + " as well."
			}
			f.Detail = redact.Sprintf("No two rows are alike in %s, so none are in %s. %s It takes %s, and every insert writes into it. "+
				"Judgment needed: whether it is there for index-only scans of a replica, or named in an ON CONFLICT that is not in the export. The application's code settles it; without it, keep it.",
				strings.Join(keyNames(narrow.Def), ", "), strings.Join(keyNames(wide.Def), ", "), use, sizeWords(wide))
			f.Fix = redact.Sprintf("If neither: DROP INDEX CONCURRENTLY %s, with the definition kept at hand.", wide.QName())
			if wide.ConstraintType == "u" {
				f.Fix = redact.Sprintf("If neither: ALTER TABLE %s DROP CONSTRAINT %s, with the definition kept at hand; it takes ACCESS EXCLUSIVE for a moment.", t.QName(), workload.QuoteIdent(wide.Constraint))
			}
			found(f)
		}
	},
}

// onlyUnique reports whether all that speaks for an index is that it keeps
// duplicates out.
func onlyUnique(c *rule.Case, ix *workload.Index) bool {
	return rule.Usable(ix) && ix.Def.Method == "btree" && ix.Unique.Or(ix.Def.Unique) && !ix.Primary.Or(false) && ix.ConstraintType != "p" && ix.ConstraintType != "x" &&
		len(ix.Def.Include) == 0 && !ix.ReplicaIdentity.Or(false) && !ix.Clustered.Or(false) && !ix.IsPartition.Or(false) && ix.SinceReset().Scans.Known()
}

// impliesUnique reports whether rows that differ by one unique index differ by
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

// spared reports whether lookups do without the wider of two unique indexes:
// there are none, or its first columns are the key of the narrower one, by which
// a row is found. Where it does the same as a plain index, redundant-index
// proposes the narrow one.
func spared(narrow, wide *workload.Index) bool {
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

func isDeferrable(ix *workload.Index) bool {
	return slices.ContainsFunc(ix.Table.Constraints, func(k *workload.Constraint) bool {
		return k.Name == ix.Constraint && ix.Constraint != "" && strings.Contains(k.Def.Raw(), "DEFERRABLE")
	})
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

// mayConflictOn reports whether a statement may name a table's unique keys as
// what it looks for conflicts on.
func mayConflictOn(c *rule.Case, t *workload.Table) bool {
	return c.UnreadOn(t) || len(c.On(t)) == 0 || slices.ContainsFunc(c.On(t), func(s *workload.Statement) bool {
		return rule.Writes(c.Statements[s], t) && strings.Contains(strings.ToUpper(s.Query.Raw()), "CONFLICT")
	})
}
