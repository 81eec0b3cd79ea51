package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var primaryKeyNullableColumn = rule.Rule{
	ID:      "primary-key-nullable-column",
	Title:   "Primary key over a column that may be NULL",
	Sees:    "ADD PRIMARY KEY, with USING INDEX or without, over a column that is not NOT NULL and has no valid CHECK (column IS NOT NULL).",
	Why:     "The server sets the column NOT NULL and reads the whole table for that, under ACCESS EXCLUSIVE. With a NULL in it, the statement fails.",
	Silent:  "The column is NOT NULL, or a validated CHECK proves it. The table is new, or its columns are not known.",
	Fix:     "Make the column NOT NULL first: ADD CHECK (column IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT, SET NOT NULL. Then add the key USING INDEX.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range added(c, s, catalog.PrimaryKey) {
			var nullable []string
			for _, name := range a.Constraint.Columns {
				if a.Table != nil && a.Table.Column(name) != nil && !provenNotNull(a.Table, name) && !setsNotNull(s, name) {
					nullable = append(nullable, name)
				}
			}
			if len(nullable) == 0 {
				continue
			}
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("The primary key reads all of %s to prove that %s has no NULL", named(c, s, a.Table), columnWords(nullable))
			f.Detail = redact.Plain("The column may be NULL, so the server scans the table under ACCESS EXCLUSIVE. It fails if it finds a NULL.")
			f.Fix = redact.Plain("First add CHECK (column IS NOT NULL) NOT VALID, run VALIDATE CONSTRAINT, then SET NOT NULL. Then add the primary key USING INDEX.")
			found(f)
		}
	},
}

// setsNotNull reports whether the same statement sets a column NOT NULL, which reads
// the table as it is.
func setsNotNull(s *migration.Statement, column string) bool {
	return slices.ContainsFunc(done(s, ddl.SetNotNull), func(a *ddl.Action) bool { return columnName(a) == column })
}
