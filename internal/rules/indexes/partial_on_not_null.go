package indexes

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var partialOnNotNull = rule.Rule{
	ID:     "partial-on-not-null",
	Title:  "Partial index with IS NOT NULL on a NOT NULL column",
	Sees:   "An index with WHERE column IS NOT NULL on a column that is declared NOT NULL.",
	Why:    "The index holds every row, but only statements with a condition on that column can use it. Since PostgreSQL 17, IS NOT NULL itself no longer counts as such a condition.",
	Silent: "The column may be NULL, or its declaration is not in the input. The index is part of a partitioned index.",
	Fix:    "Leave out the condition when the index is next rebuilt.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-partial.html",
	},
	Rank:  rule.RankUnused - 3,
	Needs: []workload.View{workload.ViewIndex},
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, ix := range c.IndexesOf(t) {
			conds, err := sql.ParseCond(ix.Kept.Def.Where.Raw())
			if err != nil || !ix.Index.Where.There() {
				continue
			}
			for _, cond := range conds {
				col := t.Column(cond.Left.Name)
				if cond.Op != sql.NotNull || col == nil || !col.NotNull {
					continue
				}
				f := c.OnStored(t, ix, finding.Confirmed, finding.Nit)
				f.Title = redact.Sprintf("%s has WHERE %s IS NOT NULL, but %s is declared NOT NULL", ix.Name.Short(), lex.QuoteIdent(col.Name), col.Name)
				f.Detail = redact.Sprintf("The condition excludes no row, and statements without a condition on %s cannot use the index.", col.Name)
				f.Fix = redact.Plain("Leave out the condition when the index is next rebuilt.")
				found(f)
				break
			}
		}
	},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) || ix.Def.Where.Empty() || ix.IsPartition.Or(false) {
				continue
			}
			conds, err := sql.ParseCond(ix.Def.Where.Raw())
			if err != nil {
				continue
			}
			for _, cond := range conds {
				col := t.Column(cond.Left.Name)
				if cond.Op != sql.NotNull || col == nil || !col.NotNull.Or(false) {
					continue
				}
				f := rule.OnIndex(ix)
				f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Nit, c.OfIndex(ix)
				f.Title = redact.Sprintf("%s has WHERE %s IS NOT NULL, but %s is declared NOT NULL", ix.QName(), lex.QuoteIdent(col.Name), col.Name)
				f.Detail = redact.Sprintf("The condition excludes no row, and statements without a condition on %s cannot use the index.", col.Name)
				if c.Server.Has(pgversion.NotNullImplied) {
					f.More = redact.Sprintf("%s IS NOT NULL in a statement does not help: since PostgreSQL %d the planner removes it first.", col.Name, pgversion.NotNullImplied)
				}
				f.Fix = redact.Plain("Leave out the condition when the index is next rebuilt.")
				found(f)
				break
			}
		}
	},
}
