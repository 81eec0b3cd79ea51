package workload

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	softShare = rule.NewThreshold("deleted_share", 0.3, "share", "of the rows: below that, indexes without them are hardly smaller")
	softRows  = rule.NewThreshold("rows", 10_000, "rows", "the indexes of a smaller table are small")
	softSize  = rule.NewThreshold("size", 1<<20, "bytes", "of an index: smaller ones save no space")
	softTime  = rule.NewThreshold("time_share", 0.05, "share", "of total execution time, in statements that select only the other rows: then lookups get faster")
)

var softDelete = rule.Rule{
	ID:     "soft-delete",
	Title:  "Soft-deleted rows",
	Sees:   "In a schema: a column that marks rows as deleted, such as deleted_at or is_deleted, while the table keeps them. In exports: a table with a nullable deleted_at (removed_at, archived_at) or a flag is_deleted that is set in 30% of the rows or more, statements that select only the other rows, and indexes that contain all rows.",
	Why:    "Every read has to leave the deleted rows out, foreign keys accept references to them, and ON DELETE actions never run. Lookups read index entries of rows that they then discard, and the indexes are larger than needed.",
	Silent: "Few marked rows. No statement that selects only the other rows. Indexes that are partial, unique or support a foreign key. In a schema: a time that each row has, as in a table of what was deleted, and archived_at, unless a unique index leaves the archived rows out.",
	Fix:    "Decide who needs the deleted rows and for how long. Create partial indexes: WHERE deleted_at IS NULL, or WHERE NOT is_deleted. Or move the rows to their own table.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-partial.html",
	},
	Thresholds: []*rule.Threshold{softShare, softRows, softSize, softTime},
	Rank:       rule.RankTable - 3,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewStatements, workload.ViewStats},
	Relation:   softDeleteOf,
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		column, flag, deleted := markedDeleted(t)
		if column == "" || deleted < softShare.In(c) || t.RowCount().Or(0) < softRows.In(c) {
			return
		}
		asking := askForLive(c, t, column)
		if len(asking) == 0 {
			return
		}
		busy := c.ShareOf(asking...).Or(0) >= softTime.In(c)
		live := column + " IS NULL"
		if flag {
			live = "NOT " + column
		}
		var names []string
		size := 0.0
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) || c.Protected(ix) != "" || c.SupportsForeignKey(ix) || !ix.Def.Where.Empty() || rule.SizeOf(ix).Or(0) < softSize.In(c) && !busy || rule.HasColumn(ix, column) {
				continue
			}
			names = append(names, ix.Name)
			size += rule.SizeOf(ix).Or(0)
		}
		if len(names) == 0 {
			return
		}
		var e rule.Evidence
		e.Number("share of rows with "+column, opt.Of(deleted), "share", "pg_stats")
		e.Number("rows", t.RowCount(), "rows", "pg_class")
		e.Number("size of these indexes", opt.Of(size), "bytes", "pg_class")
		e.Number("size for soft-deleted rows", opt.Of(size*deleted), "bytes", "model")
		e.Number("statements on the other rows", opt.Of(float64(len(asking))), "", "pg_stat_statements")
		e.Number("share of total execution time", c.ShareOf(asking...), "share", "pg_stat_statements")
		f := rule.OnTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("Soft-deleted rows: %s of %s, included in %s", figures.Share(deleted), t.QName(), strings.Join(names, ", "))
		f.Detail = redact.Sprintf("Statements that filter on %s: %s.", live, figures.Count(float64(len(asking))))
		f.Decide("Do all statements that use these indexes skip the soft-deleted rows?", "the application's code: an undo or a clean-up job may need these rows", "leave these indexes as they are and make new ones partial")
		f.Fix = redact.Sprintf("Create each index again with WHERE %s and drop the old one. This saves about %s, and changes of soft-deleted rows no longer write to the index.", live, figures.Bytes(size*deleted))
		found(f)
	},
}

// softDeleteOf finds a soft delete in a schema: a choice with a cost.
func softDeleteOf(c *rule.Case, t *design.Table, found func(rule.Found)) {
	d := t.SoftDelete()
	if d == nil {
		return
	}
	f := c.InSchema(t, finding.Concern, finding.Low)
	f.AtColumn(d.Column)
	f.Title = redact.Sprintf("%s.%s is a soft delete", t.Name.Short(), lex.QuoteIdent(d.Column.Name))
	detail := "Every read has to say " + d.Live + "."
	if n := len(t.Referrers()); n > 0 {
		detail += " Deleted rows can still be referenced from " + figures.Plural(n, "table") + "."
	}
	if n := len(t.IndexesOfAll(d)); n > 0 {
		detail += " They stay in " + figures.Plural(n, "index") + "."
	}
	f.Detail = redact.Plain(detail)
	f.Fix = redact.Sprintf("Read the table through a view WHERE %s, and remove deleted rows after a retention period. Or move them into a table of their own.", d.Live)
	f.Decide("Who reads the deleted rows, and for how long must they be kept?", "the requirements for undo, audit and erasure", "keep the column, and leave the deleted rows out of every unique index")
	found(f)
}

// markedDeleted returns the column that marks a table's rows as deleted, by not
// being NULL or as a flag, and the share of rows that it marks. The share of a
// flag needs the column's common values in the export.
func markedDeleted(t *workload.Table) (column string, flag bool, share float64) {
	for _, col := range t.Columns {
		if col.Stats == nil {
			continue
		}
		switch strings.ToLower(col.Name) {
		case "deleted_at", "deleted_on", "removed_at", "archived_at", "deletedat", "date_deleted", "deleted_date":
			if nulls, ok := col.Stats.NullFrac.Get(); ok && !col.NotNull.Or(false) {
				return col.Name, false, 1 - nulls
			}
		case "is_deleted", "deleted", "isdeleted", "is_removed", "is_archived", "archived":
			for i, v := range col.Stats.MCVs.All() {
				if v.Raw() == "t" && i < len(col.Stats.MCVFreqs) {
					return col.Name, true, col.Stats.MCVFreqs[i]
				}
			}
		}
	}
	return "", false, 0
}

// askForLive returns the statements on a table that select only rows that are not
// marked.
func askForLive(c *rule.Case, t *workload.Table, column string) []*workload.Statement {
	var list []*workload.Statement
	for _, s := range c.On(t) {
		if q := c.Statements[s]; s.TopLevel && q.Kind != sql.Other && asksForLive(q, t, column) {
			list = append(list, s)
		}
	}
	return list
}

func asksForLive(q *sql.Query, t *workload.Table, column string) bool {
	for _, part := range q.Parts {
		if asksForLive(part, t, column) {
			return true
		}
	}
	for _, x := range q.Tables {
		if !rule.IsTable(x, t) {
			continue
		}
		for _, cond := range q.Where {
			if (cond.Op == sql.IsNull || cond.Op == sql.IsFalse || cond.Op == sql.NotTrue) && cond.Left.Name == column && (cond.Left.Table == x.Ref() || cond.Left.Table == "" && len(q.Tables) == 1) {
				return true
			}
		}
	}
	return false
}
