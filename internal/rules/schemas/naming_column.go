package schemas

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var namingColumn = rule.Rule{
	ID:      "naming-column",
	Title:   "Column named otherwise than most",
	Sees:    "A column whose name is not in the case (snake_case, camelCase, PascalCase) of at least two thirds of four names or more.",
	Why:     "Whoever writes a query has to look the name up, and a capital has to be quoted everywhere.",
	Silent:  "There is no such majority. A name of one word in lower case fits snake_case and camelCase. Most tables with the column write it so: created_at among names in camelCase.",
	Fix:     "Rename the column like the others, before more code uses its name.",
	Sources: []string{manual + "sql-altertable.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_upper_case_table_or_column_names"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		k := t.Schema.Conventions.ColumnCase
		if k == nil {
			return
		}
		usual := design.Case(k.Value)
		for i := range t.Columns {
			col := &t.Columns[i]
			if t.Schema.Conventions.KeepsCase(col.Name) || col.Inherited {
				continue
			}
			f := c.InSchema(t, finding.Confirmed, finding.Low)
			f.AtColumn(col)
			better := usual.Of(design.Words(col.Name))
			breaks(&f, t.Name.Short()+"."+quoted(col.Name), fmt.Sprintf("is not in %s", usual), k, better)
			found(f)
		}
	},
}
