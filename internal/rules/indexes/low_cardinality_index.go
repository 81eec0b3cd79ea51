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
	fewSize    = rule.NewThreshold("size", 10<<20, "bytes", "a smaller index is not worth the risk of dropping it")
	fewOfTable = rule.NewThreshold("table_share", 0.8, "share", "of the table's blocks touched per call with the index: the index avoids almost none")
)

var lowCardinalityIndex = rule.Rule{
	ID:    "low-cardinality-index",
	Title: "Low-cardinality index is not selective",
	Sees: "A B-tree index of 10 MB or more on one column with at most ten values, none of them rare. Its scans read as many entries as that implies, and the statements that " +
		"filter on the column touch as many blocks as the table has.",
	Why: "Every page of the table has rows with each value, so a lookup with the index still reads all pages.",
	Silent: "A rare value, also one that ANALYZE did not sample (scans read few entries). Rows with the same value stored together. Statements that sort, group or count by the " +
		"column or look for NULL. Unique indexes, indexes on a foreign key, and unused indexes (unused-index). Statements that could not be parsed.",
	Fix: "Drop the index, or put the column behind a more selective one.",
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
			top, selective := lookedUpByAll(c, t, col.Name)
			if top == nil || selective {
				continue
			}
			e := c.OfIndex(ix)
			e.Number("n_distinct of "+col.Name, col.Stats.NDistinct, "", "pg_stats")
			e.Number("share of rows with the rarest value", opt.Of(rarest), "share", "pg_stats")
			e.Number("entries read per scan", opt.Of(perScan), "entries", "pg_stat_user_indexes")
			e.Number("blocks per call", opt.Of(rule.BlocksPerCall(top)), "blocks", "pg_stat_statements")
			e.Number("blocks of the table", t.Pages, "blocks", "pg_class")
			e.Text("statement", top.Query, "pg_stat_statements")
			f := rule.OnIndex(ix)
			f.Aside = true
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s (%s) is not selective: lookups still read all of %s", ix.QName(), figures.Bytes(rule.SizeOf(ix).Or(0)), t.Name)
			f.Detail = redact.Sprintf("%s has %s; the rarest is in %s of the rows. %s touches %s per call, and the table has %s.",
				col.Name, rule.Counted(col.Stats.NDistinct.Or(0), "value"), figures.Share(rarest), rule.Upper(rule.StatementOn(c.Statements[top])), rule.Counted(rule.BlocksPerCall(top), "block"), figures.Count(t.Pages.Or(0)))
			f.Decide(canDoWithout, "idx_tup_read per scan in pg_stat_user_indexes of every replica", "keep the index")
			f.Fix = redact.Plain(dropKeepingDefinition + " A sequential scan reads the same blocks once, in order.")
			found(f)
		}
	},
}

// lookedUpByAll returns the most expensive statement of those that look a table's rows up
// by a column and have no other index for it; selective reports whether one of them
// touches less than the table with the index, or needs the index for something else.
func lookedUpByAll(c *rule.Case, t *workload.Table, column string) (top *workload.Statement, selective bool) {
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

// hasOtherIndex reports whether a statement compares another column of the table
// by value, and a usable index begins with that column.
func hasOtherIndex(c *rule.Case, q *sql.Query, t *workload.Table, than string) bool {
	if slices.ContainsFunc(q.Parts, func(part *sql.Query) bool { return hasOtherIndex(c, part, t, than) }) {
		return true
	}
	return slices.ContainsFunc(q.Where, func(cond sql.Cond) bool {
		return (cond.Op == sql.Eq || cond.Op == sql.In) && cond.Left.Name != than && rule.IsColumnOf(q, t, cond.Left) && leads(c, t, cond.Left.Name)
	})
}
