package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var floatExactness = rule.Rule{
	ID:      "float-exactness",
	Title:   "Floating point numbers compared for equality",
	Sees:    "A column of type real or double precision in a unique constraint, a primary key, or as a key of a B-tree index before the last one.",
	Why:     "Two values that print alike can differ in the last bit: they do not collide, and = does not find them.",
	Silent:  "The last key of an index, which ranges and sorts use. A rank or a score, by which rows are sorted. Money, which is another finding.",
	Fix:     "Use numeric, or compare ranges.",
	Sources: []string{manual + "datatype-numeric.html#DATATYPE-FLOAT"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if base.Name != "real" && base.Name != "double precision" || base.Array || t.IsMoney(col) || ranks(col) {
				return
			}
			for _, ix := range t.Indexes() {
				keys := ix.Index.Columns()
				at := slices.Index(keys, col.Name)
				if at < 0 || ix.Index.Method != "btree" || !ix.Index.Unique && at == len(keys)-1 {
					continue
				}
				f := c.InSchema(t, finding.Concern, finding.Low)
				f.AtColumn(col)
				f.Title = redact.Sprintf("%s is %s and a key of %s", columnOf(t, col.Name), base, ix.Name.Short())
				f.Detail = redact.Plain("Two values that print alike can differ in the last bit. They do not collide, and an equality does not find them.")
				f.Fix = redact.Plain("Use numeric with the scale that the values have, or compare ranges.")
				f.Decide("Are values compared for equality?", "the statements on the table", "use numeric.")
				found(f)
				return
			}
		})
	},
}

// ranks reports whether the name of a column says that rows are sorted by it.
func ranks(col *catalog.Column) bool {
	return slices.ContainsFunc(design.Words(col.Name), func(w string) bool {
		return oneOf(w, "rank score weight relevance similarity distance priority popularity hotness")
	})
}
