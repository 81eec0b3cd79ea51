package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var btreeOnArray = rule.Rule{
	ID:      "btree-on-array",
	Title:   "B-tree index on an array",
	Sees:    "A B-tree index that begins with an array column.",
	Why:     "A B-tree compares whole arrays. It cannot find the rows whose array contains a value (@>, &&), and an INSERT fails if the array is larger than a third of a page.",
	Silent:  "The index is unique. The column has a GIN index as well. The array is a path or a version by which rows are sorted.",
	Fix:     "Replace it by a GIN index, and search with @> or &&: = ANY (column) cannot use it.",
	Sources: []string{manual + "gin.html", manual + "btree.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, ix := range c.IndexesOf(t) {
			col := firstColumn(t, ix)
			if col == nil || !t.Schema.BaseType(col).Array || ix.Index.Method != "btree" || !onlySearches(ix) || hasInverted(t, col.Name) || isSortedArray(col.Name) {
				continue
			}
			f := c.OnStored(t, ix, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("%s is a B-tree on the array %s", ix.Name.Short(), quoted(col.Name))
			f.Detail = redact.Plain("A B-tree compares whole arrays, so it cannot find the rows whose array contains a value. An INSERT fails if the array is larger than a third of a page.")
			f.Fix = redact.Sprintf("Create a GIN index on %s and drop this one. Search with @> or &&: a GIN index does not serve = ANY (%[1]s).", quoted(col.Name))
			replaceByGIN(c, &f, t, ix, col.Name)
			found(f)
		}
	},
}

// isSortedArray reports whether the name of an array says that its order is what rows
// are sorted by: the path to a node of a tree, the parts of a version.
func isSortedArray(name string) bool {
	return slices.ContainsFunc(design.Words(name), func(w string) bool {
		return slices.Contains([]string{"path", "ancestry", "lineage", "breadcrumb", "breadcrumbs", "version", "position", "sort", "order", "rank"}, w)
	})
}
