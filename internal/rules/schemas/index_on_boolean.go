package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var rareValue = rule.NewThreshold("rare", 0.05, "share", "of the rows: a rarer value is worth a partial index")

var indexOnBoolean = rule.Rule{
	ID:         "index-on-boolean",
	Title:      "Index on a boolean column",
	Sees:       "An index whose only column is boolean, of all rows.",
	Why:        "A boolean has two values. Looking up the frequent one by the index is slower than a sequential scan; for the rare one, a partial index is a fraction of the size.",
	Silent:     "The index is partial or unique, or has more columns.",
	Fix:        "Drop the index, or make it partial on the rare value, over the column that the queries sort or filter by.",
	Sources:    []string{manual + "indexes-partial.html", manual + "indexes-bitmap-scans.html"},
	Thresholds: []*rule.Threshold{rareValue},
	Rank:       rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, ix := range c.IndexesOf(t) {
			col := firstColumn(t, ix)
			if col == nil || len(ix.Index.Keys) != 1 || len(ix.Index.Include) > 0 || ix.Index.Where.There() || !onlySearches(ix) {
				continue
			}
			if typ := t.Schema.BaseType(col); typ.Name != "boolean" || typ.Array {
				continue
			}
			f := c.OnStored(t, ix, finding.Concern, finding.Medium)
			f.Title = redact.Sprintf("%s is on the boolean column %s alone", ix.Name.Short(), quoted(col.Name))
			f.Detail = redact.Sprintf("%s has two values. For the frequent one the index is slower than a sequential scan, and every write of the table maintains the index.", quoted(col.Name))
			if rarer, known := rarerShare(c, t, col.Name).Get(); known {
				f.Number("share of the rarer value", opt.Of(rarer), "share", "pg_stats")
				f.Detail = redact.Append(f.Detail, "The rarer value is in %s of the rows.", figures.Share(rarer))
			}
			f.Decide("Are both values frequent, or does no query search for the rare one?", "pg_stats of the column (most_common_freqs), and the queries", "drop the index.")
			if rarerShare(c, t, col.Name).Or(1) < rareValue.In(c) {
				f.Decide("Does no query search for the rare value?", "the queries on "+t.Name.Short(), "keep the index until the queries are known.")
			}
			f.Fix = redact.Sprintf("Drop the index. If queries search for a rare value, create a partial index instead: on the column that they sort or filter by, with WHERE %s or WHERE NOT %[1]s.", quoted(col.Name))
			f.DropIndex(t, ix.Relation)
			found(f)
		}
	},
}

// rarerShare returns the share of the rows that the rarer value of a boolean has.
func rarerShare(c *rule.Case, t *design.Table, column string) opt.Float {
	of := c.Exported(t.Relation)
	if of == nil || of.Column(column) == nil || of.Column(column).Stats == nil || len(of.Column(column).Stats.MCVFreqs) == 0 {
		return opt.Float{}
	}
	stats := of.Column(column).Stats
	if len(stats.MCVFreqs) == 1 {
		return opt.Of(max(1-stats.MCVFreqs[0]-stats.NullFrac.Or(0), 0))
	}
	return opt.Of(slices.Min(stats.MCVFreqs))
}
