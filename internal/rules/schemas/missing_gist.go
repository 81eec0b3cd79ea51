package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var missingGiST = rule.Rule{
	ID:      "missing-gist",
	Title:   "Range column without a GiST index",
	Sees:    "A column of a range type, in a table whose rows belong to another one, and no GiST or SP-GiST index on it.",
	Why:     "Ranges are searched by overlap and containment (&&, @>), which a B-tree does not serve: each search reads the table.",
	Silent:  "A GiST or SP-GiST index has the column, also that of an EXCLUDE constraint. Nothing owns the rows.",
	Fix:     "Create a GiST index on the range, or an EXCLUDE constraint, which has one.",
	Sources: []string{manual + "rangetypes.html#RANGETYPES-GIST"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if !isOwned(t) {
			return
		}
		for i := range t.Columns {
			col := &t.Columns[i]
			if !isRange(t, col.Name) || hasInverted(t, col.Name) {
				continue
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("No GiST index on the range %s.%s", t.Name.Short(), quoted(col.Name))
			f.Detail = redact.Plain("A search for ranges that overlap or contain a value reads the whole table.")
			f.Decide("Do queries search by && or @> on it?", "the queries", "create the index, or the EXCLUDE constraint that has one.")
			f.Fix = redact.Sprintf("Create a GiST index on %s. If ranges of one owner must not overlap, an EXCLUDE constraint has such an index.", quoted(col.Name))
			f.CreateIndex(c, t, "USING gist ("+quoted(col.Name)+")")
			found(f)
		}
	},
}

// isRange reports whether a column is of a range type.
func isRange(t *design.Table, column string) bool {
	typ := t.Schema.BaseType(t.Column(column))
	return !typ.Array && slices.Contains([]string{"int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"}, strings.Replace(typ.Name, "multirange", "range", 1))
}

// isOwned reports whether the rows of a table belong to those of another one.
func isOwned(t *design.Table) bool {
	return len(t.ForeignKeys()) > 0 || slices.ContainsFunc(t.Columns, func(col catalog.Column) bool {
		words := design.Words(col.Name)
		return len(words) > 1 && words[len(words)-1] == "id"
	})
}
