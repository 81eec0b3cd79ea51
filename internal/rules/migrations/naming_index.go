package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var namingIndex = rule.Rule{
	ID:      "naming-index",
	Title:   "Index named otherwise than most",
	Sees:    "A new index whose name does not follow the template of at least 4 names and two thirds of the repository's migrations and schema dump. In a schema, any index whose name does not follow that of most.",
	Why:     "A name tells the table and the columns only if all names are made in one way.",
	Silent:  "There is no such template. The index has an expression, and the template has columns. The server makes the name up.",
	Fix:     "Name the index like the others.",
	Sources: []string{docIndex},
	Rank:    rule.RankText,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.CreateIndex) {
			if a.Index == nil || a.Index.Index == nil {
				continue
			}
			kind := design.KindIndex
			if a.Index.Index.Unique {
				kind = design.KindUniqueIndex
			}
			if f, is := misnamed(c, s, a.Table, kind, s.Tree.Get("idxname").String(), keyNames(a.Index.Index)); is {
				f.Where.Index = quoted(a.Index.Name.Name)
				found(f)
			}
		}
	}, Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, x := range t.Named() {
			if x.Index != nil {
				misnamedObject(c, t, x, found)
			}
		}
	},
}
