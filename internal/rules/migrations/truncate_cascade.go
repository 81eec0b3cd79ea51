package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var truncateCascade = rule.Rule{
	ID:      "truncate-cascade",
	Title:   "TRUNCATE ... CASCADE",
	Sees:    "TRUNCATE ... CASCADE of a table that was there before the migration.",
	Why:     "It empties every table with a foreign key to it, and every table with a foreign key to those.",
	Silent:  "The table is new or temporary. A schema is given, and no foreign key points to the table.",
	Fix:     "Name each table that has to be emptied, without CASCADE.",
	Sources: []string{manual + "sql-truncate.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.Truncate) {
			if !a.Cascade {
				continue
			}
			var names []string
			for _, l := range s.Effect.Locks {
				if l.Mode == ddl.AccessExclusive && !l.New && l.Relation.IsTable() && (a.Table == nil || l.Relation.OID != a.Table.OID) && !l.Relation.IsPartition() {
					names = append(names, l.Relation.Name.Short())
				}
			}
			if len(names) == 0 && c.Migration.Schema == migration.Dumped {
				continue
			}
			f := c.About(s, a.Table, finding.Critical, finding.Severe)
			f.Title = redact.Plain("TRUNCATE ... CASCADE also empties every table with a foreign key to it")
			if len(names) > 0 {
				f.Title = redact.Sprintf("TRUNCATE ... CASCADE also empties %s", rule.Words(rule.FirstFew(names)))
			}
			lost(&f, s, "every row of the tables that reference it")
			f.Detail = redact.Plain("CASCADE follows the foreign keys, and those of the tables that it finds.")
			f.Fix = redact.Plain("Leave CASCADE out and name each table that has to be emptied.")
			found(f)
		}
	},
}
