package indexes

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var partialOnNotNull = rule.Rule{
	ID:    "partial-on-not-null",
	Title: "A partial index leaves out rows that cannot be there",
	Sees:  "An index WHERE a column IS NOT NULL, on a column that is declared NOT NULL.",
	Why: "It holds every row, and is used for those statements alone that have a condition on that column. " +
		"From PostgreSQL 17 on, IS NOT NULL itself is no such condition any more.",
	Silent: "The column may be NULL, or the input does not tell; an index that is part of a partitioned one.",
	Fix:    "The same index without that condition, when it is next built anew.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-partial.html",
	},
	Rank:  rule.RankUnused - 3,
	Needs: []workload.View{workload.ViewIndex},
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
				f.Title = redact.Sprintf("%s is WHERE %s IS NOT NULL, and %s is NOT NULL anyway", ix.QName(), workload.QuoteIdent(col.Name), col.Name)
				f.Detail = redact.Sprintf("The condition leaves no row out, and keeps every statement from the index that has no condition on %s.", col.Name)
				if c.Server.Has(pgversion.NotNullImplied) {
					f.Detail = redact.Sprintf("%s IS NOT NULL is none: since PostgreSQL %d the planner drops it first.", f.Detail, pgversion.NotNullImplied)
				}
				f.Fix = redact.Plain("Leave that condition out when it is next built anew.")
				found(f)
				break
			}
		}
	},
}
