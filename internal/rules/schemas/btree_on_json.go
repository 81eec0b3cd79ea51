package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var btreeOnJSON = rule.Rule{
	ID:      "btree-on-json",
	Title:   "B-tree index on a jsonb document",
	Sees:    "A B-tree index that begins with a jsonb column.",
	Why:     "A B-tree compares whole documents. It serves neither @>, ? and @? nor a search by one of the keys, and an INSERT fails if the document is larger than a third of a page.",
	Silent:  "The index is unique, or on an expression such as document ->> 'key'. The column has a GIN index as well.",
	Fix:     "Replace it by a GIN index, or by a B-tree on the key that is searched: ((document ->> 'key')).",
	Sources: []string{manual + "datatype-json.html#JSON-INDEXING", manual + "gin.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, ix := range c.IndexesOf(t) {
			col := firstColumn(t, ix)
			if col == nil || !isDocument(t.Schema.BaseType(col)) || ix.Index.Method != "btree" || !onlySearches(ix) || hasInverted(t, col.Name) {
				continue
			}
			f := c.OnStored(t, ix, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("%s is a B-tree on the jsonb document %s", ix.Name.Short(), quoted(col.Name))
			f.Detail = redact.Plain("A B-tree compares whole documents, so it serves no search for a key or a value in them. An INSERT fails if the document is larger than a third of a page.")
			f.Fix = redact.Sprintf("Create a GIN index on %s and drop this one. If queries search by one key only, create a B-tree on that key instead: ((%[1]s ->> 'key')).", quoted(col.Name))
			replaceByGIN(c, &f, t, ix, col.Name)
			found(f)
		}
	},
}
