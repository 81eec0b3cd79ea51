package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropTable = rule.Rule{
	ID:      "drop-table",
	Title:   "DROP TABLE, MATERIALIZED VIEW or SCHEMA",
	Sees:    "DROP TABLE, DROP MATERIALIZED VIEW or DROP SCHEMA of what was there before the migration.",
	Why:     "The rows are gone: only a backup brings them back. Code that still reads the table fails. Tables with a foreign key to or from it are locked ACCESS EXCLUSIVE too.",
	Silent:  "The object is temporary or new in this migration. The table is created again (drop-and-readd-column reports this).",
	Fix:     "Stop the code, drop the foreign keys one at a time, rename the table away for a week, take a dump, then drop it.",
	Sources: []string{manual + "sql-droptable.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropTable, ddl.DropObject) {
			kind := a.Target
			if a.Table != nil {
				kind = a.Table.Kind.String()
			}
			if !slices.Contains([]string{"table", "partitioned table", "materialized view", "schema"}, kind) || a.Table != nil && a.Table.Temporary || recreated(c, s, a) != nil {
				continue
			}
			name := a.Name
			if a.Table != nil {
				name = named(c, s, a.Table)
			}
			f := c.About(s, a.Table, finding.Critical, finding.High)
			switch kind {
			case "materialized view":
				f.Critical(s, finding.AskFirst) // its query fills it again
			case "schema":
				lost(&f, s, "every row of the tables in "+name)
			default:
				lost(&f, s, "every row of "+name)
			}
			f.Title = redact.Sprintf("DROP of %s %s: its rows are lost, and code that reads it fails", kind, name)
			f.Detail = redact.Plain("Only a backup brings it back.")
			switch kind {
			case "schema":
				f.Title = redact.Sprintf("DROP of schema %s: the rows of its tables are lost, and code that uses its tables or functions fails", name)
			case "materialized view":
				f.Title = redact.Sprintf("DROP of materialized view %s: queries on it fail", name)
				f.Detail = redact.Plain("Its query can fill it again, which takes as long as the query.")
			}
			if a.Table != nil && tookName(c, s, a.Table.Name) != "" && kind != "materialized view" {
				f.Title = redact.Sprintf("%s is dropped and %s takes its name: rows written since the copy are lost", name, tookName(c, s, a.Table.Name))
				f.Detail = redact.Plain("Running code writes to the old table until the drop. Only a backup brings these rows back.")
			}
			f.Fix = redact.Sprintf("Stop the code that reads it. Rename it away for a week (ALTER %s ... RENAME TO), take a dump, then drop it.", strings.ToUpper(strings.TrimPrefix(kind, "partitioned ")))
			droppedInCode(c, s, &f, a.Table, "")
			found(f)
		}
	},
}
