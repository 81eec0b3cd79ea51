package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var indexOnBoolean = rule.Rule{
	ID:      "index-on-boolean",
	Title:   "Index on a boolean column",
	Sees:    "An index whose only column is boolean, of all rows.",
	Why:     "A boolean has two values. Looking up the frequent one by the index is slower than a sequential scan; for the rare one, a partial index is a fraction of the size.",
	Silent:  "The index is partial or unique, or has more columns.",
	Fix:     "Drop the index, or make it partial on the rare value, over the column that the queries sort or filter by.",
	Sources: []string{manual + "indexes-partial.html", manual + "indexes-bitmap-scans.html"},
	Rank:    rule.RankDesign,
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
			f.Decide("Are both values frequent, or does no query search for the rare one?", "pg_stats of the column (most_common_freqs), and the queries", "drop the index.")
			f.Fix = redact.Sprintf("Drop the index. If queries search for a rare value, create a partial index instead: on the column that they sort or filter by, with WHERE %s or WHERE NOT %[1]s.", quoted(col.Name))
			f.DropIndex(t, ix)
			found(f)
		}
	},
}
