package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var changeTypeRewrite = rule.Rule{
	ID:      "change-type-rewrite",
	Title:   "Type change that rewrites the table",
	Sees:    "ALTER COLUMN TYPE that needs a new value for each row, on a table that was there before.",
	Why:     "The table and all of its indexes are written again under ACCESS EXCLUSIVE: reads and writes wait. It needs as much free disk space as the table takes.",
	Silent:  "The new type is stored the same way: a longer varchar, varchar to text, numeric with more digits and the same scale. Casts of the column itself in USING change nothing about that. The table is new. On a table known to be tiny, the finding is minor.",
	Fix:     "Add a column of the new type, keep both by a trigger, backfill in batches, switch the code, and drop the old column in a later release.",
	Sources: []string{docAlter + "#SQL-ALTERTABLE-NOTES"},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AlterType) {
			if !a.Rewrites {
				continue
			}
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("The type change of %s (%s) rewrites %s under ACCESS EXCLUSIVE", actionColumn(a), typeChange(a), named(c, s, a.Table))
			f.Detail = redact.Plain("Every row and every index is written again while reads and writes wait.")
			if a.Why != "" {
				f.More = redact.Sprintf("Reason: %s.", a.Why)
			}
			f.Fix = redact.Sprintf("Add a new column, copy %s into it by a trigger and in batches, switch the code to it, and drop the old column in a later release.", actionColumn(a))
			switch {
			case a.Was == nil || a.Column == nil:
			case toSwappedEnum(c, a):
				f.Fix = redact.Sprintf("Leave the type of %s: ALTER TYPE ... ADD VALUE adds values to the enum without a lock on the table.", actionColumn(a))
			case isShorter(a.Was.Type, a.Column.Type):
				f.Fix = redact.Sprintf("Leave the type and add CHECK (length(%s) <= %d) NOT VALID, then VALIDATE CONSTRAINT.", actionColumn(a), a.Column.Type.Mods[0])
			case a.FreeInUTC:
				f.Fix = redact.Sprintf("If the stored values are in UTC, run SET LOCAL timezone = 'UTC' before it in the same transaction, without USING: then no row is written. Otherwise add a new column, copy %s into it by a trigger and in batches, switch the code to it, and drop the old column in a later release.", actionColumn(a))
			}
			found(f)
		}
	},
}
