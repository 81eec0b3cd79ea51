package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropTypeValue = rule.Rule{
	ID:      "drop-type-value",
	Title:   "DROP TYPE or enum value in use",
	Sees:    "DROP TYPE or DROP DOMAIN of a type that columns use, and DELETE or UPDATE of pg_enum.",
	Why:     "With CASCADE the columns are dropped with their values. Writing to pg_enum leaves values in rows and indexes that no label names.",
	Silent:  "No column of the schema uses the type.",
	Fix:     "Move the columns to another type first. To remove a value of an enum, create a new type and change the columns by expand and contract.",
	Sources: []string{manual + "datatype-enum.html", manual + "sql-droptype.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range tried(s, ddl.DropObject) {
			if a.Target != "type" && a.Target != "domain" || a.Type != nil && a.Type.Since > 0 || s.Effect.Missing != "" {
				continue
			}
			columns := slices.DeleteFunc(slices.Clone(a.Takes), func(o ddl.Object) bool { return o.Kind != "column" })
			if len(columns) == 0 {
				continue
			}
			f := c.About(s, nil, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("DROP of type %s: %s uses it", a.Name, takes(columns))
			f.Detail = redact.Plain("The server refuses the drop.")
			if a.Cascade {
				f.Loses = true
				f.Detail = redact.Plain("CASCADE drops the column with its values.")
			}
			f.Fix = redact.Plain("Change the columns to another type first.")
			found(f)
		}
		for _, a := range done(s, ddl.Write) {
			if a.Node.Get("relation.relname").String() != "pg_enum" {
				continue
			}
			f := c.About(s, nil, finding.Confirmed, finding.High)
			f.Loses = true
			f.Title = redact.Plain("Writing to pg_enum leaves rows and index entries that no label names")
			f.Detail = redact.Plain("An enum value cannot be removed: index entries may hold it even after the rows are gone.")
			f.Fix = redact.Plain("Create a new type without the value and change the columns by expand and contract.")
			found(f)
		}
	},
}
