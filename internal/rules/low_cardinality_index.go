package rules

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	fewValues  = NewThreshold("values", 10, "values", "of the column: each is a tenth of the rows in the mean")
	fewRarest  = NewThreshold("rarest", 0.05, "share", "of the rows, for the rarest of them: fewer are worth looking up")
	fewSize    = NewThreshold("size", 10<<20, "bytes", "smaller ones are not worth the risk")
	fewOfTable = NewThreshold("table_share", 0.8, "share", "of the table's blocks, which a call touches with the index: then it spares none")
)

var lowCardinalityIndex = Rule{
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
	Thresholds: []*Threshold{fewValues, fewRarest, fewSize, fewOfTable},
	Rank:       rankUnused - 2,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewIndexes, workload.ViewStatements, workload.ViewStats, workload.ViewClass, workload.ViewConstraint},
	Table: func(c *Case, t *workload.Table, found func(Found)) {
		if !c.keysKnown() {
			return
		}
		for _, ix := range t.Indexes {
			if !usable(ix) || ix.Def.Method != "btree" || len(ix.Def.Keys) != 1 || len(ix.Def.Include) > 0 || !ix.Def.Where.Empty() ||
				c.protected(ix) != "" || onForeignKey(ix) || sizeOf(ix).Or(0) < fewSize.In(c) || ix.SinceReset().Scans.Or(0) == 0 {
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
			top, spares := c.lookedUpByAll(t, col.Name)
			if top == nil || spares {
				continue
			}
			e := c.ofIndex(ix)
			e.number("n_distinct of "+col.Name, col.Stats.NDistinct, "", "pg_stats")
			e.number("rows of the rarest value", opt.Of(rarest), "share", "pg_stats")
			e.number("entries read a scan", opt.Of(perScan), "entries", "pg_stat_user_indexes")
			e.number("blocks a call", opt.Of(blocksPerCall(top)), "blocks", "pg_stat_statements")
			e.number("blocks of the table", t.Pages, "blocks", "pg_class")
			e.text("statement", top.Query, "pg_stat_statements")
			f := onIndex(ix)
			f.aside = true
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s takes %s, and with it a call reads the whole of %s all the same", ix.QName(), figures.Bytes(sizeOf(ix).Or(0)), t.Name)
			f.Detail = redact.Sprintf("%s has %s, the rarest of them in %s of the rows: a call of %s touches %s, and the table has %s. "+
				"Judgment needed: whether a replica or a rare job finds a few rows by it. pg_stat_user_indexes of every replica settles it (idx_tup_read for a scan); without that, keep it.",
				col.Name, counted(col.Stats.NDistinct.Or(0), "value"), figures.Share(rarest), statementOn(c.Statements[top]), counted(blocksPerCall(top), "block"), figures.Count(t.Pages.Or(0)))
			f.Fix = redact.Plain("If none does: DROP INDEX CONCURRENTLY, with the definition kept at hand; a sequential scan reads the same blocks once, in order.")
			found(f)
		}
	},
}

// rarestValue is the share of the rows that the rarest of a column's values
// has, NULL among them; ok is false where there are many, or not all are known.
func rarestValue(c *Case, s *workload.ColumnStats) (share float64, ok bool) {
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
func (c *Case) lookedUpByAll(t *workload.Table, column string) (top *workload.Statement, spares bool) {
	if c.readInPlaceOf(t, column) {
		return nil, true
	}
	for _, s := range c.on(t) {
		q := c.Statements[s]
		byValue, byNull := columnUse(q, t, column)
		switch {
		case byNull:
			return nil, true
		case !byValue || c.hasOtherIndex(q, t, column):
			continue
		case blocksPerCall(s) < fewOfTable.In(c)*t.Pages.Or(0):
			return nil, true
		case s.TopLevel && (top == nil || s.TotalMs.Or(0) > top.TotalMs.Or(0)):
			top = s
		}
	}
	return top, t.Pages.Or(0) == 0
}

// hasOtherIndex reports whether a statement compares a table's column by value
// that a usable index begins with, other than the one given.
func (c *Case) hasOtherIndex(q *sql.Query, t *workload.Table, than string) bool {
	if slices.ContainsFunc(q.Parts, func(part *sql.Query) bool { return c.hasOtherIndex(part, t, than) }) {
		return true
	}
	return slices.ContainsFunc(q.Where, func(cond sql.Cond) bool {
		return (cond.Op == sql.Eq || cond.Op == sql.In) && cond.Left.Name != than && isColumnOf(q, t, cond.Left) && c.leads(t, cond.Left.Name)
	})
}
