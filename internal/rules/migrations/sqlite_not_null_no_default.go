package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteNotNullNoDefault = rule.Rule{
	ID:      "sqlite-not-null-no-default",
	Title:   "SQLite: copy into a NOT NULL column that may get NULL",
	Sees:    "A copy of a table whose new table has a NOT NULL column that INSERT ... SELECT fills from a nullable column, or not at all.",
	Why:     "The copy stops at the first row with NULL.",
	Silent:  "An expression such as coalesce() fills the column. The column was NOT NULL before, or has a default and is not filled.",
	Fix:     "Fill the column with coalesce(), or give it a default.",
	Sources: []string{"https://www.sqlite.org/lang_createtable.html"},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		for _, t := range tableCopies(file) {
			names, certain := t.Unfilled()
			if len(names) == 0 {
				continue
			}
			f := aboutTable(c, t.create, t.Table, finding.Concern, finding.Medium)
			f.Title = redact.Sprintf("The copy of %s stops at the first row with NULL in %s", t.Table, strings.Join(names, ", "))
			f.Detail = redact.Plain("The new table does not take NULL there, and the old one does.")
			f.Fix = redact.Plain("Fill the column with coalesce(column, value) in INSERT ... SELECT.")
			if certain {
				f.Tag, f.Severity = finding.Confirmed, finding.High
				f.Title = redact.Sprintf("The copy of %s fails: nothing fills the NOT NULL column %s", t.Table, strings.Join(names, ", "))
				f.Detail = redact.Plain("INSERT ... SELECT gives it NULL, and it has no default.")
				f.Fix = redact.Plain("Give the column a default, or fill it in INSERT ... SELECT.")
			} else {
				f.Decide("Has a row NULL there?", "SELECT count(*) FROM "+t.Table+" WHERE "+names[0]+" IS NULL", "use coalesce().")
			}
			found(f)
		}
	},
}
