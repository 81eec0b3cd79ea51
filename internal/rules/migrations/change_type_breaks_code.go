package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var changeTypeBreaksCode = rule.Rule{
	ID:      "change-type-breaks-code",
	Title:   "Type change that running code may not read",
	Sees:    "ALTER COLUMN TYPE to a type that clients read in another way, such as integer to bigint or text to an enum.",
	Why:     "The code that is running binds and reads the old type. Drivers with prepared statements fail with \"cached plan must not change result type\".",
	Silent:  "Both types are text to a client, or only the length or precision differs. The old type is not known.",
	Fix:     "Check the code's types for this column. Add a new column and switch the code in its own deploy if they differ.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AlterType) {
			if a.Was == nil || a.Column == nil || a.Was.Type.Name == "" || a.Was.Type.Name == a.Column.Type.Name && a.Was.Type.Array == a.Column.Type.Array || isText(a.Was.Type) && isText(a.Column.Type) {
				continue
			}
			f := c.About(s, a.Table, finding.Concern, finding.Medium)
			f.Title = redact.Sprintf("Running code may not read %s after the type change (%s)", actionColumn(a), typeChange(a))
			f.Detail = redact.Plain("During the deploy, code that binds and reads the old type runs on the new one. Prepared statements fail once with \"cached plan must not change result type\".")
			f.Decide("Does the code that is running read and write the new type?", "the type that the code declares for the column", "add a new column and switch the code in its own deploy.")
			f.Fix = redact.Plain("Check the declared type in the code. If it differs, add a new column and switch the code in its own deploy.")
			inCode(c, &f, a.Table, columnName(a))
			found(f)
		}
	},
}
