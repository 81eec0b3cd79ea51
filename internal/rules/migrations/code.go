package migrations

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/recon"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// codeUses are the places in the code given that name what the migration drops,
// renames or changes the type of.
var codeUses = rule.Derive(func(c *rule.Case) map[recon.Object][]recon.Use {
	seen := map[recon.Object]bool{}
	var objects []recon.Object
	for s := range all(c) {
		for _, a := range onExisting(c, s, ddl.DropTable, ddl.DropColumn, ddl.Rename, ddl.AlterType) {
			if a.Table == nil || a.Table.Kind == catalog.IndexKind {
				continue
			}
			column := ""
			if a.Verb == ddl.DropColumn || a.Verb == ddl.AlterType || a.Target == "column" {
				column = columnName(a)
			}
			if o := (recon.Object{Table: a.Table.Name.Name, Column: column}); !seen[o] {
				seen[o] = true
				objects = append(objects, o)
			}
		}
	}
	uses := map[recon.Object][]recon.Use{}
	for _, u := range c.Code.Uses(objects) {
		uses[u.Object] = append(uses[u.Object], u)
	}
	return uses
})

// usesShown is how many places a finding names.
const usesShown = 3

// inCode says where the code given names what a statement drops, renames or changes,
// and returns how many places outside of tests do after the release. Places are
// hints: another table may have such a column.
func inCode(c *rule.Case, f *rule.Found, table *catalog.Relation, column string) (named int) {
	if c.Code == nil || table == nil {
		return 0
	}
	var places []string
	removed := 0
	for _, u := range codeUses.Of(c)[recon.Object{Table: table.Name.Name, Column: column}] {
		switch {
		case u.Removed:
			removed++
		case u.Test:
		default:
			if named++; len(places) < usesShown {
				places = append(places, fmt.Sprintf("%s:%d", u.Path, u.Line))
			}
		}
	}
	what := table.Name.Short()
	if column != "" {
		what += "." + column
	}
	switch {
	case named > usesShown:
		f.More = redact.Append(f.More, "The code given seems to name %s in %d places, such as %s.", what, named, rule.Words(places))
	case named > 0:
		f.More = redact.Append(f.More, "The code given seems to name %s: %s.", what, rule.Words(places))
	case removed > 0:
		f.More = redact.Append(f.More, "The release takes %s out of the code (%s). What runs until the deploy still names it.", what, figures.Plural(removed, "line"))
	default:
		f.More = redact.Append(f.More, "%s was not found in the code given (%s).", what, figures.Plural(c.Code.Files, "file"))
	}
	return named
}

// droppedInCode is inCode for what a statement drops: if the code still names it, the
// finding is critical; if not, what other code there is decides.
func droppedInCode(c *rule.Case, s *migration.Statement, f *rule.Found, table *catalog.Relation, column string) {
	switch named := inCode(c, f, table, column); {
	case c.Code == nil || table == nil:
	case named > 0:
		f.Blast = redact.Plain("the code that names it, as soon as the migration has run")
		f.Critical(s, finding.DoNotShip)
	case f.Tag == finding.Confirmed:
		f.Tag = finding.Concern
		f.Decide("Does any other program name it: reports, jobs, another service, the version that runs until the deploy?", "the code of everything that connects to the database", "drop it a release later.")
	}
}
