package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var uniqueImplied = rule.Rule{
	ID:      "unique-implied",
	Title:   "Unique index implied by a smaller one",
	Sees:    "A unique constraint or index whose columns include all columns of another one.",
	Why:     "Rows that differ in the smaller key also differ in the larger one, which rejects nothing more. Every write maintains it.",
	Silent:  "A foreign key refers to the columns, as in keys with the tenant. The smaller one is partial or deferrable, or has a nullable column. The larger one leads with other columns and has INCLUDE columns.",
	Fix:     "Drop the larger one. If queries need its columns, create an index that is not unique.",
	Sources: []string{manual + "indexes-unique.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		uniques := t.Uniques()
		for _, wide := range uniques {
			ix := wide.Index.Index
			if ix.Primary || len(ix.Include) > 0 || t.IsReferenced(wide.Columns) || t.Identity == wide.Index.Name.Name {
				continue
			}
			i := slices.IndexFunc(uniques, func(narrow design.Unique) bool { return implies(t, narrow, wide) })
			if i < 0 {
				continue
			}
			narrow := uniques[i]
			f := c.InSchema(t, finding.Confirmed, finding.Low)
			f.AtIndex(wide.Index)
			f.Title = redact.Sprintf("%s rejects nothing that %s does not", rule.TableWords(wide.Index), narrow.Index.Name.Short())
			f.Detail = redact.Sprintf("%s is already unique, so %s is unique as well. Every write maintains both.", design.ColumnList(narrow.Columns), design.ColumnList(wide.Columns))
			f.Fix = redact.Plain("Drop it. If queries search by its columns, create an index that is not unique.")
			f.DropIndex(t, wide.Index)
			found(f)
		}
	},
}

// implies reports whether rows that differ in one unique index also differ in another
// one, which has all of its columns and more.
func implies(t *design.Table, narrow, wide design.Unique) bool {
	if !narrow.Whole || len(narrow.Columns) >= len(wide.Columns) {
		return false
	}
	if k := t.Constraint(narrow.Index.Index.Constraint); k != nil && k.Deferrable {
		return false
	}
	return !slices.ContainsFunc(narrow.Columns, func(name string) bool {
		col := t.Column(name)
		return !slices.Contains(wide.Columns, name) || col == nil || !t.RefusesNull(col)
	}) && !slices.ContainsFunc(wide.Index.Index.Keys, func(k catalog.Key) bool { return k.Opclass != "" || k.Collation != "" })
}
