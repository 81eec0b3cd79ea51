package indexes

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	fewValues  = rule.NewThreshold("values", 10, "values", "of the column: each is a tenth of the rows on average")
	fewRarest  = rule.NewThreshold("rarest", 0.05, "share", "of the rows, for the rarest of them: fewer are worth looking up")
	fewSize    = rule.NewThreshold("size", 10<<20, "bytes", "smaller ones are not worth the risk")
	fewOfTable = rule.NewThreshold("table_share", 0.8, "share", "of the table's blocks, which a call touches with the index: then it spares none")
)

var lowCardinalityIndex = rule.Rule{
	ID:    "low-cardinality-index",
	Title: "An index on a column of few values spares nothing",
	Sees: "A B-tree of 10 MB or more on one column with ten values or fewer, none of them rare, whose scans read as many entries as that makes, while the statements that look rows up by it " +
		"touch as many blocks as the table has.",
	Why: "Each page of the table has rows of each value, so that a lookup reads all of them, by way of the index.",
	Silent: "A rare value (also one that ANALYZE did not see: scans that read few entries); rows of a value that stand together; statements that sort, group or count by the column, or ask for NULL; " +
		"unique indexes, those on a foreign key, and those that nothing used (unused-index); statements that could not be read.",
	Fix: "Drop it, or put the column behind one that tells rows apart.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-bitmap-scans.html", "https://www.postgresql.org/docs/current/view-pg-stats.html",
	},
	Thresholds: []*rule.Threshold{fewValues, fewRarest, fewSize, fewOfTable},
	Rank:       rule.RankUnused - 2,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewIndexes, workload.ViewStatements, workload.ViewStats, workload.ViewClass, workload.ViewConstraint},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		if !c.KeysKnown() {
			return
		}
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) || ix.Def.Method != "btree" || len(ix.Def.Keys) != 1 || len(ix.Def.Include) > 0 || !ix.Def.Where.Empty() ||
				c.Protected(ix) != "" || rule.OnForeignKey(ix) || rule.SizeOf(ix).Or(0) < fewSize.In(c) || ix.SinceReset().Scans.Or(0) == 0 {
				continue
			}
			col := t.Column(ix.Def.Keys[0].Column)
			if col == nil || col.Stats == nil {
				continue
			}
			rarest, ok := rarestValue(c, col.Stats)
			perScan, known := readPerScan(ix)
			if !ok || rarest < fewRarest.In(c) || !known || perScan < fewRarest.In(c)*t.RowCount().Or(0) {
				continue
			}
			top, spares := lookedUpByAll(c, t, col.Name)
			if top == nil || spares {
				continue
			}
			e := c.OfIndex(ix)
			e.Number("n_distinct of "+col.Name, col.Stats.NDistinct, "", "pg_stats")
			e.Number("rows of the rarest value", opt.Of(rarest), "share", "pg_stats")
			e.Number("entries read a scan", opt.Of(perScan), "entries", "pg_stat_user_indexes")
			e.Number("blocks per call", opt.Of(rule.BlocksPerCall(top)), "blocks", "pg_stat_statements")
			e.Number("blocks of the table", t.Pages, "blocks", "pg_class")
			e.Text("statement", top.Query, "pg_stat_statements")
			f := rule.OnIndex(ix)
			f.Aside = true
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s takes %s, and with it a call reads the whole of %s all the same", ix.QName(), figures.Bytes(rule.SizeOf(ix).Or(0)), t.Name)
			f.Detail = redact.Sprintf("%s has %s, the rarest of them in %s of the rows: a call of %s touches %s, and the table has %s. "+
				"Judgment needed: whether a replica or a rare job finds a few rows by it. pg_stat_user_indexes of every replica settles it (idx_tup_read for a scan); without that, keep it.",
				col.Name, rule.Counted(col.Stats.NDistinct.Or(0), "value"), figures.Share(rarest), rule.StatementOn(c.Statements[top]), rule.Counted(rule.BlocksPerCall(top), "block"), figures.Count(t.Pages.Or(0)))
			f.Fix = redact.Plain("If none does: DROP INDEX CONCURRENTLY, with the definition kept at hand; a sequential scan reads the same blocks once, in order.")
			found(f)
		}
	},
}

// rarestValue is the share of the rows that the rarest of a column's values
// has, NULL among them; ok is false where there are many, or not all are known.
func rarestValue(c *rule.Case, s *workload.ColumnStats) (share float64, ok bool) {
	n := s.NDistinct.Or(0)
	if n < 1 || n > fewValues.In(c) || float64(len(s.MCVFreqs)) != n {
		return 0, false
	}
	share = slices.Min(s.MCVFreqs)
	if nulls := s.NullFrac.Or(0); nulls > 0 {
		share = min(share, nulls)
	}
	return share, true
}

// lookedUpByAll is the costliest of the statements that look a table's rows up
// by a column and have no other index to go by; spares, whether one of them
// touches less than the table with it, or needs it in another way.
func lookedUpByAll(c *rule.Case, t *workload.Table, column string) (top *workload.Statement, spares bool) {
	if readInPlaceOf(c, t, column) {
		return nil, true
	}
	for _, s := range c.On(t) {
		q := c.Statements[s]
		byValue, byNull := columnUse(q, t, column)
		switch {
		case byNull:
			return nil, true
		case !byValue || hasOtherIndex(c, q, t, column):
			continue
		case rule.BlocksPerCall(s) < fewOfTable.In(c)*t.Pages.Or(0):
			return nil, true
		case s.TopLevel && (top == nil || s.TotalMs.Or(0) > top.TotalMs.Or(0)):
			top = s
		}
	}
	return top, t.Pages.Or(0) == 0
}

// hasOtherIndex reports whether a statement compares a table's column by value
// that a usable index begins with, other than the one given.
func hasOtherIndex(c *rule.Case, q *sql.Query, t *workload.Table, than string) bool {
	if slices.ContainsFunc(q.Parts, func(part *sql.Query) bool { return hasOtherIndex(c, part, t, than) }) {
		return true
	}
	return slices.ContainsFunc(q.Where, func(cond sql.Cond) bool {
		return (cond.Op == sql.Eq || cond.Op == sql.In) && cond.Left.Name != than && rule.IsColumnOf(q, t, cond.Left) && leads(c, t, cond.Left.Name)
	})
}
