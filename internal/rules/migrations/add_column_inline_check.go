package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var addColumnInlineCheck = rule.Rule{
	ID:      "add-column-inline-check",
	Title:   "CHECK or foreign key inside ADD COLUMN",
	Sees:    "ADD COLUMN ... CHECK, or ADD COLUMN with a default and REFERENCES, on a table that was there before.",
	Why:     "The server reads the whole table to check it under ACCESS EXCLUSIVE, even for a constant default.",
	Silent:  "REFERENCES without a default, which reads nothing. The table is new. On a table known to be tiny, the finding is minor.",
	Fix:     "Add the column alone, then the constraint with NOT VALID, then VALIDATE CONSTRAINT in another transaction.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AddColumn) {
			kinds := inlineConstraints(a)
			check, key := slices.Contains(kinds, "CONSTR_CHECK"), slices.Contains(kinds, "CONSTR_FOREIGN") && a.Column != nil && a.Column.Default.There()
			if a.Rewrites || !check && !key {
				continue
			}
			what := "CHECK"
			if !check {
				what = "foreign key"
			}
			f := c.Blocking(s, a.Table, finding.Medium)
			f.Title = redact.Sprintf("The %s in ADD COLUMN %s reads all of %s under ACCESS EXCLUSIVE", what, actionColumn(a), named(c, s, a.Table))
			f.Detail = redact.Plain("The column alone is instant. With the constraint beside it, every row is checked while reads and writes wait.")
			f.Fix = redact.Plain("Add the column alone. Then add the constraint with NOT VALID, and run VALIDATE CONSTRAINT in another transaction.")
			found(f)
		}
	},
}
