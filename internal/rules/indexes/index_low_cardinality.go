package indexes

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var indexLowCardinality = rule.Rule{
	ID:         "index-low-cardinality",
	Title:      "Index on a column with few values",
	Sees:       "In a schema with pg_stats, an index of all rows whose only column has at most ten values, none of them rare.",
	Why:        "Each value is in a large part of the pages, so that a search by the index reads nearly the whole table. Every write maintains the index.",
	Silent:     "A value is rare, or the values are not known. The table is small. The index is unique, partial or on a foreign key. A boolean (index-on-boolean).",
	Fix:        "Drop the index, or put the column behind a more selective one.",
	Sources:    []string{"https://www.postgresql.org/docs/current/indexes-bitmap-scans.html", "https://www.postgresql.org/docs/current/view-pg-stats.html"},
	Thresholds: []*rule.Threshold{fewValues, fewRarest},
	Rank:       rule.RankDesign,
	Needs:      []workload.View{workload.ViewStats},
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		of := c.Exported(t.Relation)
		if size := c.ExtentOfTable(t).Size(); of == nil || size == rule.Tiny {
			return
		}
		for _, ix := range c.IndexesOf(t) {
			if len(ix.Index.Keys) != 1 || len(ix.Index.Include) > 0 || ix.Index.Where.There() || ix.Index.Unique || ix.Index.Constraint != "" || rule.OnForeignKey(ix.Kept) || ix.Index.Method != "btree" {
				continue
			}
			col, has := t.Column(ix.Index.Keys[0].Column), of.Column(ix.Index.Keys[0].Column)
			if col == nil || has == nil || has.Stats == nil || t.Schema.BaseType(col).Name == "boolean" {
				continue
			}
			rarest, known := rarestValue(c, has.Stats)
			if !known || rarest < fewRarest.In(c) {
				continue
			}
			f := c.OnStored(t, ix, finding.Concern, finding.Medium)
			f.Number("n_distinct of "+col.Name, has.Stats.NDistinct, "", "pg_stats")
			f.Number("share of rows with the rarest value", opt.Of(rarest), "share", "pg_stats")
			f.Title = redact.Sprintf("%s is on %s alone, which has %s", ix.Name.Short(), lex.QuoteIdent(col.Name), rule.Counted(has.Stats.NDistinct.Or(0), "value"))
			f.Detail = redact.Sprintf("The rarest value is in %s of the rows, so that a search by the index reads nearly the whole table.", figures.Share(rarest))
			f.Decide("Does no query sort or group by the column, or count its values?", "the queries on "+t.Name.Short(), "drop the index.")
			f.Fix = redact.Plain("If so, drop the index, or put the column behind a more selective one.")
			f.DropIndex(t, ix.Relation)
			found(f)
		}
	},
}
