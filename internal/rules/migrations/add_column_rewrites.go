package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var addColumnRewrites = rule.Rule{
	ID:      "add-column-rewrites",
	Title:   "Added column that rewrites the table",
	Sees:    "ADD COLUMN of serial or identity, GENERATED ... STORED, or of a domain with constraints, on a table that was there before.",
	Why:     "Each row gets its own value, so the whole table is rewritten with its indexes under ACCESS EXCLUSIVE. Reads and writes wait.",
	Silent:  "Plain columns, constant defaults, VIRTUAL generated columns. The table is new. On a table known to be tiny, the finding is minor.",
	Fix:     "Add a plain column, fill new rows by a default or trigger, backfill in batches, then attach the sequence or the constraint.",
	Sources: []string{docAlter + "#SQL-ALTERTABLE-NOTES"},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AddColumn) {
			if a.Column == nil || !a.Rewrites || isVolatileDefault(a) {
				continue
			}
			col := a.Column
			f := c.Blocking(s, a.Table, finding.High)
			what, fix := "The domain's constraints are checked for every row", "Add the column with the domain's base type, backfill, and add the check with NOT VALID."
			switch {
			case col.Type.Serial || col.Identity != "":
				what = "Each row gets a number of the sequence"
				fix = "Create the sequence, add a plain column, set DEFAULT nextval(...) for new rows, backfill in batches, then ALTER SEQUENCE ... OWNED BY."
			case col.Generated != "":
				what = "The expression is evaluated for every row"
				fix = "Add a plain column filled by a BEFORE INSERT OR UPDATE trigger and backfill in batches. An index on the expression may do without the column."
				if c.Migration.Server.Has(18) {
					fix = "Use GENERATED ... VIRTUAL, which writes nothing. " + fix
				}
			}
			f.Title = redact.Sprintf("ADD COLUMN %s rewrites %s under ACCESS EXCLUSIVE", quoted(col.Name), named(c, s, a.Table))
			f.Detail = redact.Sprintf("%s, so the table and its indexes are written again. Reads and writes wait.", what)
			f.Fix = redact.Plain(fix)
			found(f)
		}
	},
}
