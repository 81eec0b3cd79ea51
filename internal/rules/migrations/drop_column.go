package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropColumn = rule.Rule{
	ID:      "drop-column",
	Title:   "DROP COLUMN",
	Sees:    "DROP COLUMN of a column that was there before the migration.",
	Why:     "The values are gone: only a backup brings them back. Code that still names the column, in a SELECT list or an ORM's column cache, fails at once.",
	Silent:  "The column or its table is new in this migration. The column is added again (drop-and-readd-column reports this).",
	Fix:     "Release code that does not name the column first. Then drop it in a later release, and keep a copy of the values if anybody may need them.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropColumn) {
			if !oldColumn(a) {
				continue
			}
			if _, again := readded(c, s, a); again != nil {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.High)
			f.Loses = true
			f.Title = redact.Sprintf("DROP COLUMN %s: its values are lost, and code that names it fails", actionColumn(a))
			f.Detail = redact.Sprintf("No rollback brings the values of %s.%s back; only a backup does. The drop is instant.", rule.TableWords(a.Table), actionColumn(a))
			if held := slices.DeleteFunc(slices.Clone(a.Takes), func(o ddl.Object) bool { return o.Stops }); len(held) > 0 {
				f.More = redact.Sprintf("It also removes %s.", takes(held))
			}
			f.Fix = redact.Sprintf("Release code that does not name %s first. Drop the column in the release after that, and copy its values away if they may be needed.", actionColumn(a))
			droppedInCode(c, s, &f, a.Table, columnName(a))
			found(f)
		}
	},
}
