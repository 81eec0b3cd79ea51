package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var backfillWithDDL = rule.Rule{
	ID:      "backfill-with-ddl",
	Title:   "Backfill and DDL in one file",
	Sees:    "A write over the rows of a table that was there before, and DDL with a strong lock on an existing table, in one transaction or file.",
	Why:     "In one transaction the lock is held while the rows are written. In one file neither can be repeated or taken back without the other.",
	Silent:  "Writes by a key. New tables, and tables known to be tiny.",
	Fix:     "Schema first, backfill second, enforcement third, each in its own file and deploy.",
	Sources: []string{docLocks, "https://github.com/ankane/strong_migrations#backfilling-data"},
	Rank:    rule.RankChange,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		w, ok := firstBackfill(c, file)
		if !ok {
			return
		}
		for _, s := range file.Statements {
			l := strongLock(c, s)
			if l == nil || s == outerOf(w.s) || len(done(s, ddl.LockTable, ddl.Truncate)) > 0 {
				continue
			}
			f := c.Sized(w.s, w.rows, finding.High)
			f.Title = redact.Sprintf("The backfill of %s and the DDL in %s are in one file", named(c, w.s, w.rows), at(w.s, s))
			if sameTransaction(outerOf(w.s), s) {
				f.Detail = redact.Sprintf("They are in one transaction (%s), so %s of %s is held with the row locks until both are done.", transactionWords(outerOf(w.s)), l.Mode, rule.TableWords(l.Relation))
			} else {
				f.Detail = redact.Plain("If the file stops between the two, neither can be repeated or taken back without the other.")
			}
			f.Fix = redact.Plain("Use three files, each in its own deploy: schema first, backfill second, enforcement third.")
			found(f)
			return
		}
	},
}
