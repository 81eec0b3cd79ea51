package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var hashIndex = rule.Rule{
	ID:      "hash-index",
	Title:   "Hash index",
	Sees:    "An index of the method hash.",
	Why:     "A hash index serves = on one column and nothing else: no range, no sorting, no uniqueness, no index-only scan. A B-tree serves = as well.",
	Silent:  "The name of the column says that it has long values, such as a URL: of these, a hash index is the smaller one.",
	Fix:     "Replace it by a B-tree index, unless the values are long and only compared for equality.",
	Sources: []string{manual + "indexes-types.html#INDEXES-TYPES-HASH", manual + "hash-index.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, ix := range c.IndexesOf(t) {
			col := firstColumn(t, ix)
			if col == nil || ix.Index.Method != "hash" || !onlySearches(ix) || isLong(col.Name) {
				continue
			}
			f := c.OnStored(t, ix, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("%s is a hash index on %s", ix.Name.Short(), quoted(col.Name))
			f.Detail = redact.Plain("It serves = and nothing else: no range, no sorting, no uniqueness, no index-only scan. A B-tree serves = as well.")
			f.Decide("Are the values short, or does a query sort by them or search a range of them?", "the queries, and avg_width in pg_stats", "replace it by a B-tree index.")
			f.Fix = redact.Plain("Replace it by a B-tree index.")
			if !leads(t, col.Name) {
				f.CreateIndex(c, t, "("+quoted(col.Name)+")")
			}
			f.DropIndex(t, ix.Relation)
			found(f)
		}
	},
}

// isLong reports whether the name of a column says that its values are long.
func isLong(name string) bool {
	return slices.ContainsFunc(design.Words(name), func(w string) bool { return w == "url" || w == "uri" || w == "href" || w == "body" || w == "content" })
}
