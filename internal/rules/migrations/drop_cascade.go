package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropCascade = rule.Rule{
	ID:      "drop-cascade",
	Title:   "DROP ... CASCADE",
	Sees:    "CASCADE in a DROP of a table, column, constraint, type, function, view, schema or extension.",
	Why:     "It removes all that depends on the object, without naming it: views, foreign keys of other tables, policies, columns.",
	Silent:  "The object is new in this migration. A schema is given or the files create it, and nothing depends on the object.",
	Fix:     "Leave CASCADE out and drop each dependent object by its name, so that the migration fails if there is one more.",
	Sources: []string{manual + "ddl-depend.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropTable, ddl.DropColumn, ddl.DropConstraint, ddl.DropObject, ddl.DropIndex) {
			if !a.Cascade {
				continue
			}
			depend := slices.DeleteFunc(slices.Clone(a.Takes), func(o ddl.Object) bool { return !o.Stops })
			if len(depend) == 0 && (c.Migration.Schema == migration.Dumped || a.Table != nil && !a.Table.Assumed) {
				continue
			}
			f := c.About(s, a.Table, finding.Critical, finding.High)
			f.Blast = redact.Plain("whatever depends on it")
			f.Title = redact.Plain("CASCADE drops all that depends on the object; no schema tells what that is")
			f.Detail = redact.Plain("Views, foreign keys of other tables, policies or columns go with it, without a word.")
			if len(depend) > 0 {
				f.Title = redact.Sprintf("CASCADE also drops %s", takes(depend))
				f.Blast = redact.Plain(takes(depend))
				for _, o := range depend {
					f.Loses = f.Loses || o.Kind == "table" || o.Kind == "column" || o.Kind == "partition"
				}
			}
			f.Critical(s, finding.DoNotShip)
			f.Fix = redact.Plain("Leave CASCADE out, and drop each dependent object by its name.")
			found(f)
		}
	},
}
